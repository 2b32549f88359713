-- +goose Up

-- The books: double entry, only ever added to. Amounts are in minor units of their currency; what an account is credited is positive,
-- what it is debited negative, so that every transaction adds up to zero.

create table ledger_accounts (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  network_id uuid,
  kind text not null check (kind in ('WALLET', 'HOLD', 'REVENUE', 'TAX', 'CLEARING', 'FEES', 'PROMOTION', 'WRITE_OFF', 'RECEIVABLE')),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- Whose it is: a wallet for WALLET and HOLD, a payment account for CLEARING; none for those of the books themselves.
  owner_id uuid,
  created_at timestamptz not null default now(),
  unique (tenant_id, id, currency),
  unique nulls not distinct (tenant_id, network_id, kind, currency, owner_id),
  foreign key (tenant_id, network_id) references networks (tenant_id, id)
);
call busbar_isolate('ledger_accounts', 'network_id');
grant select, insert on ledger_accounts to busbar_app;

-- The balance of an account that must not go below a floor, kept beside its entries under a row lock. Other accounts have none: their
-- row would be a queue for the whole tenant.
create table ledger_balances (
  account_id uuid primary key,
  tenant_id uuid not null,
  network_id uuid,
  currency text not null,
  balance bigint not null default 0,
  floor bigint not null default 0,
  foreign key (tenant_id, account_id, currency) references ledger_accounts (tenant_id, id, currency),
  foreign key (tenant_id, network_id) references networks (tenant_id, id)
);
call busbar_isolate('ledger_balances', 'network_id');
grant select, insert, update (balance, floor) on ledger_balances to busbar_app;

create table ledger_transactions (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  network_id uuid,
  kind text not null,
  -- Who asks twice with one key means one transaction.
  idempotency_key text not null check (length(idempotency_key) between 1 and 200),
  subject text not null default '',
  memo text not null default '',
  actor text not null,
  -- When it happened, and when it came into the books.
  at timestamptz not null,
  recorded_at timestamptz not null default now(),
  -- Entries join in the same database transaction or never.
  xid xid8 not null default pg_current_xact_id(),
  unique (tenant_id, id, xid),
  unique (tenant_id, idempotency_key),
  foreign key (tenant_id, network_id) references networks (tenant_id, id)
);
create index on ledger_transactions (tenant_id, xid, id);
create index on ledger_transactions (tenant_id, subject) where subject <> '';
call busbar_isolate('ledger_transactions', 'network_id');
grant select, insert on ledger_transactions to busbar_app;

create table ledger_entries (
  transaction_id uuid not null,
  position smallint not null,
  tenant_id uuid not null,
  network_id uuid,
  account_id uuid not null,
  currency text not null,
  amount bigint not null check (amount <> 0),
  -- The account's balance after it, where one is kept.
  balance_after bigint,
  xid xid8 not null default pg_current_xact_id(),
  primary key (transaction_id, position),
  foreign key (tenant_id, transaction_id, xid) references ledger_transactions (tenant_id, id, xid),
  foreign key (tenant_id, account_id, currency) references ledger_accounts (tenant_id, id, currency)
);
create index on ledger_entries (account_id, transaction_id);
call busbar_isolate('ledger_entries', 'network_id');
grant select, insert on ledger_entries to busbar_app;

-- The chain of a tenant's transactions: each link holds the hash of the one before and of its transaction, so that a change anywhere
-- breaks it from there on. Links are added shortly after the commit, in an order in which nothing can come in between.
create table ledger_links (
  tenant_id uuid not null references tenants (id),
  position bigint not null check (position > 0),
  transaction_id uuid not null unique,
  hash bytea not null check (length(hash) = 32),
  sealed_at timestamptz not null default now(),
  primary key (tenant_id, position)
);
-- The chain is the tenant's as a whole: viewers who are bound to networks see none of it.
alter table ledger_links enable row level security;
alter table ledger_links force row level security;
create policy tenant on ledger_links for all to busbar_app
  using (tenant_id = (select busbar_tenant()) and (select busbar_networks()) is null)
  with check (tenant_id = (select busbar_tenant()) and (select busbar_networks()) is null);
grant select, insert on ledger_links to busbar_app;

-- +goose StatementBegin
create function ledger_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the books are only ever added to: % on % is refused', tg_op, tg_table_name using errcode = 'BL003';
end
$$;
-- +goose StatementEnd
create trigger append_only before update or delete or truncate on ledger_accounts for each statement execute function ledger_refuse_change();
create trigger append_only before update or delete or truncate on ledger_transactions for each statement execute function ledger_refuse_change();
create trigger append_only before update or delete or truncate on ledger_entries for each statement execute function ledger_refuse_change();
create trigger append_only before update or delete or truncate on ledger_links for each statement execute function ledger_refuse_change();

-- Whether a transaction adds up is looked at when it is committed.
-- +goose StatementBegin
create function ledger_check_transaction() returns trigger language plpgsql as $$
declare
  wrong text;
  currencies integer;
begin
  select string_agg(currency || ' ' || total, ', ') filter (where total <> 0 or entries < 2), count(*) into wrong, currencies from (
    select currency, sum(amount) as total, count(*) as entries from ledger_entries where transaction_id = new.id group by currency) t;
  if wrong is not null or currencies = 0 then
    raise exception 'transaction % does not add up: %', new.id, coalesce(wrong, 'it has no entries') using errcode = 'BL004';
  end if;
  return null;
end
$$;
-- +goose StatementEnd
create constraint trigger adds_up after insert on ledger_transactions deferrable initially deferred
  for each row execute function ledger_check_transaction();

-- ledger_post records a transaction with its entries and moves the balances that are kept, in the order of the accounts' ids so that
-- two never wait for each other. A key that is known gives the transaction that has it, if it is the same.
-- +goose StatementBegin
create function ledger_post(new_id uuid, network uuid, new_kind text, key text, new_subject text, new_memo text, new_actor text, new_at timestamptz,
  accounts uuid[], amounts bigint[], out transaction uuid, out fresh boolean) language plpgsql as $$
declare
  known ledger_transactions;
  moved record;
  after bigint;
  least bigint;
  written integer;
begin
  insert into ledger_transactions (id, tenant_id, network_id, kind, idempotency_key, subject, memo, actor, at)
    values (new_id, (select busbar_tenant()), network, new_kind, key, new_subject, new_memo, new_actor, new_at)
    on conflict (tenant_id, idempotency_key) do nothing;
  fresh := found;
  transaction := new_id;
  if not fresh then
    select * into known from ledger_transactions where tenant_id = (select busbar_tenant()) and idempotency_key = key;
    if known.id is null or known.kind <> new_kind or exists (
      (select account_id, amount from ledger_entries where transaction_id = known.id except all select * from unnest(accounts, amounts))
      union all
      (select * from unnest(accounts, amounts) except all select account_id, amount from ledger_entries where transaction_id = known.id)) then
      raise exception 'key % belongs to another transaction', key using errcode = 'BL002';
    end if;
    transaction := known.id;
    return;
  end if;
  for moved in
    select account, sum(amount) as total from unnest(accounts, amounts) as e (account, amount) group by account order by account
  loop
    update ledger_balances set balance = balance + moved.total where account_id = moved.account returning balance, floor into after, least;
    if found and moved.total < 0 and after < least then
      raise exception 'account % would have %, below %', moved.account, after, least using errcode = 'BL001', detail = moved.account::text;
    end if;
  end loop;
  insert into ledger_entries (transaction_id, position, tenant_id, network_id, account_id, currency, amount, balance_after)
    select new_id, e.position, a.tenant_id, a.network_id, a.id, a.currency, e.amount, b.balance
    from unnest(accounts, amounts) with ordinality as e (account, amount, position)
    join ledger_accounts a on a.id = e.account left join ledger_balances b on b.account_id = a.id;
  get diagnostics written = row_count;
  if written <> cardinality(accounts) then
    raise exception 'an account is unknown' using errcode = 'BL005';
  end if;
end
$$;
-- +goose StatementEnd

-- +goose Down
drop function ledger_post(uuid, uuid, text, text, text, text, text, timestamptz, uuid[], bigint[]);
drop table ledger_links, ledger_entries, ledger_transactions, ledger_balances, ledger_accounts;
drop function ledger_check_transaction();
drop function ledger_refuse_change();

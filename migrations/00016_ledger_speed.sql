-- +goose Up

-- The books are written by one function, as a role that can do nothing else. Row-level security and foreign keys would be asked for
-- each row of each posting, and their locks would be on rows that all postings share; what they guard is looked at in the function.
--
--   busbar_app ── execute ──> ledger_post (as busbar_ledger) ──> transaction, balances, entries ──> adds_up

-- +goose StatementBegin
do $$
begin
  begin
    create role busbar_ledger nologin nosuperuser nobypassrls noinherit;
  exception when duplicate_object or unique_violation then
    null; -- roles belong to the server, so another database may have made it
  end;
  if not (select rolsuper from pg_roles where rolname = current_user) then
    grant busbar_ledger to current_user;
  end if;
end
$$;
-- +goose StatementEnd
grant usage on schema public to busbar_ledger;

create policy ledger on networks for select to busbar_ledger using (true);
create policy ledger on ledger_accounts for select to busbar_ledger using (true);
create policy ledger on ledger_balances for all to busbar_ledger using (true) with check (true);
create policy ledger on ledger_transactions for all to busbar_ledger using (true) with check (true);
create policy ledger on ledger_entries for all to busbar_ledger using (true) with check (true);
grant select (id, tenant_id) on networks to busbar_ledger;
grant select on ledger_accounts to busbar_ledger;
grant select, update (balance) on ledger_balances to busbar_ledger;
grant select, insert on ledger_transactions, ledger_entries to busbar_ledger;

-- Nobody posts around the function, and a balance begins at nothing.
revoke insert on ledger_transactions, ledger_entries from busbar_app;
revoke insert, update (balance) on ledger_balances from busbar_app;
grant insert (account_id, tenant_id, network_id, currency, floor) on ledger_balances to busbar_app;

alter table ledger_entries
  drop constraint ledger_entries_tenant_id_account_id_currency_fkey,
  drop constraint ledger_entries_tenant_id_transaction_id_xid_fkey,
  drop column xid;
alter table ledger_transactions
  drop constraint ledger_transactions_tenant_id_fkey,
  drop constraint ledger_transactions_tenant_id_network_id_fkey,
  drop constraint ledger_transactions_tenant_id_id_xid_key;
drop trigger adds_up on ledger_transactions;
drop function ledger_check_transaction();

-- Whatever adds entries, be it the owner: they add up to zero in each currency, and belong to a transaction that the same database
-- transaction made. So what is in the books adds up, and nothing joins later.
-- +goose StatementBegin
create function ledger_check_entries() returns trigger language plpgsql as $$
declare
  wrong uuid;
begin
  select e.transaction_id into wrong from written e group by e.transaction_id, e.currency
    having sum(e.amount) <> 0 or count(*) < 2
      or (select t.xid from ledger_transactions t where t.id = e.transaction_id) is distinct from pg_current_xact_id()
    limit 1;
  if found then
    raise exception 'transaction % does not add up', wrong using errcode = 'BL004';
  end if;
  return null;
end
$$;
-- +goose StatementEnd
create trigger adds_up after insert on ledger_entries referencing new table as written for each statement execute function ledger_check_entries();

-- ledger_post records a transaction with its entries and moves the balances that are kept. The accounts come in the order of their ids,
-- so that two postings never wait for each other. A key that is known gives the transaction that has it, if it is the same.
-- Each statement finds one row by its key: connections keep the plans, and one that was made while a table was nearly empty would read
-- the whole of it for ever, were such scans not switched off.
-- It runs as busbar_ledger, whom no policy binds: tenant and networks are the viewer's, and every row is held against them here.
-- +goose StatementBegin
create or replace function ledger_post(new_id uuid, network uuid, new_kind text, key text, new_subject text, new_memo text, new_actor text, new_at timestamptz,
  accounts uuid[], amounts bigint[], out transaction uuid, out fresh boolean) language plpgsql security definer
  set search_path = public, pg_temp set enable_seqscan = off as $$
declare
  tenant uuid := nullif(current_setting('busbar.tenant', true), '')::uuid;
  seen uuid[] := string_to_array(nullif(current_setting('busbar.networks', true), ''), ',')::uuid[];
  last integer := cardinality(accounts);
  known ledger_transactions;
  owner uuid;
  part uuid;
  unit text;
  after bigint;
  networks uuid[];
  currencies text[];
  total bigint;
  least bigint;
  afters bigint[];
begin
  if tenant is null then
    raise exception 'nobody posts without a tenant' using errcode = 'insufficient_privilege';
  end if;
  if (seen is not null and (network is null or network <> all (seen)))
    or (network is not null and not exists (select from networks n where n.id = network and n.tenant_id = tenant)) then
    raise exception 'the network is unknown' using errcode = 'BL005';
  end if;
  if last < 2 or last <> cardinality(amounts) then
    raise exception 'a transaction has two entries or more' using errcode = 'BL004';
  end if;

  insert into ledger_transactions (id, tenant_id, network_id, kind, idempotency_key, subject, memo, actor, at)
    values (new_id, tenant, network, new_kind, key, new_subject, new_memo, new_actor, new_at)
    on conflict (tenant_id, idempotency_key) do nothing;
  fresh := found;
  transaction := new_id;
  if not fresh then
    select * into known from ledger_transactions t
      where t.tenant_id = tenant and t.idempotency_key = key and (seen is null or t.network_id = any (seen));
    if known.id is null or known.kind <> new_kind or exists (
      (select account_id, amount from ledger_entries where transaction_id = known.id except all select * from unnest(accounts, amounts))
      union all
      (select * from unnest(accounts, amounts) except all select account_id, amount from ledger_entries where transaction_id = known.id)) then
      raise exception 'key % belongs to another transaction', key using errcode = 'BL002';
    end if;
    transaction := known.id;
    return;
  end if;

  for i in 1 .. last loop
    if accounts[i] = accounts[i - 1] then -- moved with the one before
      currencies[i] := currencies[i - 1];
      networks[i] := networks[i - 1];
      afters[i] := afters[i - 1];
      continue;
    elsif accounts[i] < accounts[i - 1] then
      raise exception 'the accounts are not in the order of their ids';
    end if;
    select a.tenant_id, a.network_id, a.currency into owner, part, unit from ledger_accounts a where a.id = accounts[i];
    if owner is distinct from tenant or (seen is not null and (part is null or part <> all (seen))) then
      raise exception 'account % is unknown', accounts[i] using errcode = 'BL005';
    end if;
    networks[i] := part;
    currencies[i] := unit;
    total := amounts[i];
    for j in i + 1 .. last loop
      exit when accounts[j] <> accounts[i];
      total := total + amounts[j];
    end loop;
    update ledger_balances b set balance = b.balance + total where b.account_id = accounts[i] returning b.balance, b.floor into after, least;
    if total < 0 and after < least then
      raise exception 'account % would have %, below %', accounts[i], after, least using errcode = 'BL001', detail = accounts[i]::text;
    end if;
    afters[i] := after; -- null where none is kept
  end loop;
  insert into ledger_entries (transaction_id, position, tenant_id, network_id, account_id, currency, amount, balance_after)
    select new_id, e.position, tenant, e.network, e.account, e.currency, e.amount, e.after
    from unnest(accounts, amounts, networks, currencies, afters) with ordinality as e (account, amount, network, currency, after, position);
end
$$;
-- +goose StatementEnd
revoke all on function ledger_post(uuid, uuid, text, text, text, text, text, timestamptz, uuid[], bigint[]) from public;
grant execute on function ledger_post(uuid, uuid, text, text, text, text, text, timestamptz, uuid[], bigint[]) to busbar_app;
grant create on schema public to busbar_ledger;
alter function ledger_post(uuid, uuid, text, text, text, text, text, timestamptz, uuid[], bigint[]) owner to busbar_ledger;
revoke create on schema public from busbar_ledger;

-- +goose Down
drop function ledger_post(uuid, uuid, text, text, text, text, text, timestamptz, uuid[], bigint[]);
drop trigger adds_up on ledger_entries;
drop function ledger_check_entries();
alter table ledger_transactions
  add unique (tenant_id, id, xid),
  add foreign key (tenant_id) references tenants (id),
  add foreign key (tenant_id, network_id) references networks (tenant_id, id);
alter table ledger_entries disable trigger append_only;
alter table ledger_entries add column xid xid8 default pg_current_xact_id();
update ledger_entries e set xid = t.xid from ledger_transactions t where t.id = e.transaction_id;
alter table ledger_entries alter column xid set not null;
alter table ledger_entries enable trigger append_only;
alter table ledger_entries
  add foreign key (tenant_id, transaction_id, xid) references ledger_transactions (tenant_id, id, xid),
  add foreign key (tenant_id, account_id, currency) references ledger_accounts (tenant_id, id, currency);
revoke insert (account_id, tenant_id, network_id, currency, floor) on ledger_balances from busbar_app;
grant insert, update (balance) on ledger_balances to busbar_app;
grant insert on ledger_transactions, ledger_entries to busbar_app;
revoke all on networks, ledger_accounts, ledger_balances, ledger_transactions, ledger_entries from busbar_ledger;
revoke select (id, tenant_id) on networks from busbar_ledger;
drop policy ledger on networks;
drop policy ledger on ledger_accounts;
drop policy ledger on ledger_balances;
drop policy ledger on ledger_transactions;
drop policy ledger on ledger_entries;
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

-- +goose Up

-- busbar_webhooks finds whose a payment account is that a provider's webhook names, before any tenant is known.
-- +goose StatementBegin
do $$
begin
  begin
    create role busbar_webhooks nologin nosuperuser nobypassrls noinherit;
  exception when duplicate_object or unique_violation then
    null; -- roles belong to the server, so another database may have made it
  end;
  if not (select rolsuper from pg_roles where rolname = current_user) then
    grant busbar_webhooks to current_user;
  end if;
end
$$;
-- +goose StatementEnd
grant usage on schema public to busbar_webhooks;
create policy webhook on payment_accounts for select to busbar_webhooks using (true);
grant select (id, tenant_id, provider) on payment_accounts to busbar_webhooks;

-- Whether the webhook works: when an event last came. It is as true as a minute.
alter table payment_accounts add column last_event_at timestamptz;
grant update (last_event_at) on payment_accounts to busbar_app;
-- Which account takes a payment is never in doubt.
create unique index payment_accounts_one on payment_accounts (tenant_id, network_id, provider) nulls not distinct where enabled;

alter table payments
  -- What came in, where it isn't what was asked for; empty until something came.
  add column captured_currency text not null default '',
  -- What of refunds made at the provider, behind our back, was taken from the wallet.
  add column refunded_elsewhere bigint not null default 0 check (refunded_elsewhere >= 0),
  -- What an automatic top-up is taken from.
  add column method_id uuid,
  add foreign key (tenant_id, method_id) references payment_methods (tenant_id, id),
  add check ((purpose = 'AUTO_TOP_UP') = (method_id is not null));
grant update (captured_currency, refunded_elsewhere) on payments to busbar_app;
-- At most one automatic top-up of a wallet is under way.
create unique index payments_auto on payments (wallet_id) where purpose = 'AUTO_TOP_UP' and status = 'PENDING';
create index payments_settled on payments (account_id, settled_at);

alter table payment_refunds
  add column key text not null default '' check (length(key) <= 100);
create unique index payment_refunds_key on payment_refunds (payment_id, key) where key <> '';
create index payment_refunds_open on payment_refunds (tenant_id, created_at) where status = 'PENDING';

-- Objections of payers at their banks. Booked is what of it was taken from the wallet, in so many moves.
create table payment_disputes (
  payment_id uuid not null,
  ref text not null check (length(ref) between 1 and 255),
  tenant_id uuid not null,
  network_id uuid not null,
  amount bigint not null check (amount >= 0),
  taken bigint not null check (taken >= 0),
  fee bigint not null default 0 check (fee >= 0),
  reason text not null default '',
  outcome text not null check (outcome in ('ASKED', 'OPEN', 'LOST', 'WON')),
  booked bigint not null default 0,
  moves integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (payment_id, ref),
  foreign key (tenant_id, network_id, payment_id) references payments (tenant_id, network_id, id)
);
call busbar_isolate('payment_disputes', 'network_id');
grant select, insert, update (amount, taken, fee, reason, outcome, booked, moves, updated_at) on payment_disputes to busbar_app;

-- +goose Down
drop table payment_disputes;
drop index payment_refunds_open, payment_refunds_key;
alter table payment_refunds drop column key;
drop index payments_settled, payments_auto;
alter table payments drop column captured_currency, drop column refunded_elsewhere, drop column method_id;
drop index payment_accounts_one;
alter table payment_accounts drop column last_event_at;
drop policy webhook on payment_accounts;
revoke all on payment_accounts from busbar_webhooks;
revoke usage on schema public from busbar_webhooks;

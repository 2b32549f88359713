-- +goose Up

-- What a tenant's bills and receipts say of whoever sells, and how amounts are rounded.
alter table tenants
  add column rounding text not null default 'HALF_EVEN' check (rounding in ('HALF_EVEN', 'HALF_UP')),
  add column legal_name text not null default '',
  add column address text not null default '',
  add column tax_id text not null default '',
  add column receipt_prefix text not null default '' check (length(receipt_prefix) <= 16);
grant update (rounding, legal_name, address, tax_id, receipt_prefix) on tenants to busbar_app;

-- A network without a tariff refuses to start sessions, unless it says that charging costs nothing. The hold is what is set aside of a
-- wallet for a session that begins; null leaves that to what a session there usually costs.
alter table networks
  add column free boolean not null default false,
  add column hold bigint check (hold >= 0);

-- Puts a table behind the walls, except that what belongs to the tenant as a whole is read in all its networks: they are priced by it.
-- +goose StatementBegin
create procedure busbar_isolate_shared(tbl text) language plpgsql as $$
declare
  own text := 'tenant_id = (select busbar_tenant()) and ((select busbar_networks()) is null or network_id = any ((select busbar_networks())::uuid[]))';
begin
  execute format('alter table %I enable row level security', tbl);
  execute format('alter table %I force row level security', tbl);
  execute format('create policy tenant on %I for select to busbar_app using (tenant_id = (select busbar_tenant())
    and (network_id is null or (select busbar_networks()) is null or network_id = any ((select busbar_networks())::uuid[])))', tbl);
  execute format('create policy own_insert on %I for insert to busbar_app with check (%s)', tbl, own);
  execute format('create policy own_update on %I for update to busbar_app using (%s) with check (%s)', tbl, own, own);
end
$$;
-- +goose StatementEnd
revoke all on procedure busbar_isolate_shared(text) from public;

create table tariffs (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  network_id uuid,
  name text not null check (length(name) between 1 and 200),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  archived_at timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, network_id) references networks (tenant_id, id)
);
create index on tariffs (tenant_id, created_at desc);
call busbar_isolate_shared('tariffs');
grant select, insert, update (name, archived_at) on tariffs to busbar_app;

-- A version never changes: sessions are priced by the one that held at their start, for ever.
create table tariff_versions (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid,
  tariff_id uuid not null,
  number integer not null check (number > 0),
  definition jsonb not null,
  valid_from timestamptz,
  valid_to timestamptz,
  created_by text not null,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tariff_id, number),
  foreign key (tenant_id, tariff_id) references tariffs (tenant_id, id),
  foreign key (tenant_id, network_id) references networks (tenant_id, id)
);
call busbar_isolate_shared('tariff_versions');
grant select, insert on tariff_versions to busbar_app;

-- Where a tariff counts: on a connector, an EVSE, a station, in a location, in a network or, with none of them, in the whole tenant.
-- What ended stays, because a session that is reported late is priced by what held when it began.
create table tariff_assignments (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  network_id uuid,
  tariff_id uuid not null,
  level text not null check (level in ('CONNECTOR', 'EVSE', 'STATION', 'LOCATION', 'NETWORK', 'TENANT')),
  target_id uuid,
  assigned_at timestamptz not null default now(),
  ended_at timestamptz,
  created_by text not null,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  check ((level = 'TENANT') = (target_id is null)),
  check (level = 'TENANT' or network_id is not null),
  check (level <> 'NETWORK' or target_id = network_id),
  foreign key (tenant_id, tariff_id) references tariffs (tenant_id, id),
  foreign key (tenant_id, network_id) references networks (tenant_id, id)
);
create unique index tariff_assignments_current on tariff_assignments (tenant_id, level, target_id) nulls not distinct where ended_at is null;
create index on tariff_assignments (tenant_id, target_id, assigned_at);
create index on tariff_assignments (tariff_id);
call busbar_isolate_shared('tariff_assignments');
grant select, insert, update (ended_at) on tariff_assignments to busbar_app;

create table drivers (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  network_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  email text not null default '' check (email = lower(email)),
  phone text not null default '',
  language text not null default 'en',
  note text not null default '',
  status text not null default 'ACTIVE' check (status in ('ACTIVE', 'BLOCKED')),
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, network_id, id),
  foreign key (tenant_id, network_id) references networks (tenant_id, id)
);
create unique index drivers_email on drivers (tenant_id, network_id, email) where email <> '';
create index on drivers (tenant_id, created_at desc);
call busbar_isolate('drivers', 'network_id');
grant select, insert, update (name, email, phone, language, note, status) on drivers to busbar_app;

alter table tokens
  add column driver_id uuid,
  add foreign key (tenant_id, driver_id) references drivers (tenant_id, id);
create index on tokens (driver_id) where driver_id is not null;

create table payment_accounts (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  network_id uuid,
  provider text not null check (provider in ('STRIPE', 'RAZORPAY')),
  name text not null check (length(name) between 1 and 200),
  live boolean not null,
  key text not null default '',
  secret bytea not null,
  webhook_secret bytea not null,
  enabled boolean not null default true,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, network_id) references networks (tenant_id, id)
);
create index on payment_accounts (tenant_id, network_id);
call busbar_isolate_shared('payment_accounts');
grant select, insert, update (name, key, secret, webhook_secret, enabled) on payment_accounts to busbar_app;

-- A way to pay that a driver saved at a provider. No number of a card is ever here.
create table payment_methods (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  driver_id uuid not null,
  account_id uuid not null,
  customer_ref text not null default '',
  setup_ref text not null default '',
  ref text not null default '',
  label text not null default '',
  expires text not null default '',
  status text not null default 'PENDING' check (status in ('PENDING', 'ACTIVE', 'FAILED', 'REMOVED')),
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, network_id, driver_id) references drivers (tenant_id, network_id, id),
  foreign key (tenant_id, account_id) references payment_accounts (tenant_id, id)
);
create index on payment_methods (driver_id);
call busbar_isolate('payment_methods', 'network_id');
grant select, insert, update (customer_ref, setup_ref, ref, label, expires, status) on payment_methods to busbar_app;

-- What is in a wallet stands in the books, on the account whose owner the wallet is.
create table wallets (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  driver_id uuid not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  credit_limit bigint not null default 0 check (credit_limit >= 0),
  auto_top_up_below bigint check (auto_top_up_below >= 0),
  auto_top_up_amount bigint check (auto_top_up_amount > 0),
  payment_method_id uuid,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, network_id, id),
  unique (driver_id, network_id),
  check ((auto_top_up_below is null) = (auto_top_up_amount is null)),
  check (auto_top_up_below is null or payment_method_id is not null),
  foreign key (tenant_id, network_id, driver_id) references drivers (tenant_id, network_id, id),
  foreign key (tenant_id, payment_method_id) references payment_methods (tenant_id, id)
);
create index on wallets (tenant_id, created_at desc);
call busbar_isolate('wallets', 'network_id');
grant select, insert, update (credit_limit, auto_top_up_below, auto_top_up_amount, payment_method_id) on wallets to busbar_app;

-- What a session is priced by, and who pays it, is settled at its start.
alter table charging_sessions
  add column driver_id uuid,
  add column wallet_id uuid,
  add column tariff_version_id uuid,
  -- Whether it was settled that the session costs nothing.
  add column free boolean not null default false,
  add column register_per_session boolean not null default false,
  add foreign key (tenant_id, driver_id) references drivers (tenant_id, id),
  add foreign key (tenant_id, wallet_id) references wallets (tenant_id, id),
  add foreign key (tenant_id, tariff_version_id) references tariff_versions (tenant_id, id);
create index on charging_sessions (driver_id, started_at desc) where driver_id is not null;

-- The states of charging that stations of OCPP 2.x report within a session; those of 1.6 are statuses of the connector.
create table session_states (
  session_id uuid not null,
  at timestamptz not null,
  state text not null check (length(state) <= 32),
  tenant_id uuid not null,
  network_id uuid not null,
  primary key (session_id, at, state),
  foreign key (tenant_id, session_id) references charging_sessions (tenant_id, id)
);
call busbar_isolate('session_states', 'network_id');
grant select, insert on session_states to busbar_app;

-- The bill of a session. What it says never changes; corrections are rows of their own.
create table charges (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  session_id uuid not null,
  driver_id uuid,
  wallet_id uuid,
  tariff_version_id uuid not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  net bigint not null check (net >= 0),
  tax bigint not null check (tax >= 0),
  gross bigint not null check (gross = net + tax),
  bill jsonb not null,
  -- What was rated: a digest of the facts. Other facts later mean another bill.
  facts bytea not null,
  status text not null check (status in ('PAID', 'RECEIVABLE', 'BILLING_FAILED', 'NEEDS_REVIEW', 'WRITTEN_OFF')),
  failure_code text not null default '',
  failure text not null default '',
  attempts integer not null default 0,
  failed_at timestamptz,
  next_attempt_at timestamptz,
  paid_at timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, network_id, id),
  unique (session_id),
  foreign key (tenant_id, network_id) references networks (tenant_id, id),
  foreign key (tenant_id, session_id) references charging_sessions (tenant_id, id),
  foreign key (tenant_id, driver_id) references drivers (tenant_id, id),
  foreign key (tenant_id, wallet_id) references wallets (tenant_id, id),
  foreign key (tenant_id, tariff_version_id) references tariff_versions (tenant_id, id)
);
create index on charges (tenant_id, created_at desc);
create index on charges (wallet_id, created_at desc) where wallet_id is not null;
create index charges_open on charges (tenant_id, next_attempt_at) where status in ('BILLING_FAILED', 'NEEDS_REVIEW');
call busbar_isolate('charges', 'network_id');
grant select, insert, update (status, failure_code, failure, attempts, failed_at, next_attempt_at, paid_at) on charges to busbar_app;

-- What changes a charge after it was made: amounts are differences.
create table charge_corrections (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  charge_id uuid not null,
  driver_id uuid,
  key text not null check (length(key) between 1 and 200),
  kind text not null check (kind in ('REFUND', 'WRITE_OFF', 'REBILL', 'LATE_VALUES')),
  status text not null check (status in ('OPEN', 'APPLIED', 'DISMISSED')),
  net bigint not null,
  tax bigint not null,
  gross bigint not null check (gross = net + tax),
  currency text not null,
  bill jsonb,
  facts bytea,
  tariff_version_id uuid,
  reason text not null default '',
  created_by text not null,
  decided_by text not null default '',
  decided_at timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (charge_id, key),
  foreign key (tenant_id, network_id, charge_id) references charges (tenant_id, network_id, id),
  foreign key (tenant_id, driver_id) references drivers (tenant_id, id),
  foreign key (tenant_id, tariff_version_id) references tariff_versions (tenant_id, id)
);
create index on charge_corrections (tenant_id, created_at desc);
call busbar_isolate('charge_corrections', 'network_id');
grant select, insert, update (status, decided_by, decided_at, reason) on charge_corrections to busbar_app;

create table payments (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  wallet_id uuid not null,
  driver_id uuid not null,
  account_id uuid not null,
  provider text not null check (provider in ('STRIPE', 'RAZORPAY')),
  purpose text not null default 'TOP_UP' check (purpose in ('TOP_UP', 'AUTO_TOP_UP')),
  amount bigint not null check (amount > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  live boolean not null,
  status text not null default 'PENDING' check (status in ('PENDING', 'FAILED', 'EXPIRED', 'CAPTURED', 'REFUNDED', 'DISPUTED')),
  ref text not null default '',
  charge_ref text not null default '',
  checkout_url text not null default '',
  return_url text not null default '',
  captured bigint not null default 0 check (captured >= 0),
  refunded bigint not null default 0 check (refunded >= 0),
  disputed bigint not null default 0 check (disputed >= 0),
  -- What of it is in the books: each posting brings these up to what the provider says.
  credited bigint not null default 0,
  returned bigint not null default 0,
  fee bigint,
  failure text not null default '',
  flags jsonb,
  -- Whether the provider's answer is missing, so that nobody knows how it stands.
  uncertain boolean not null default false,
  asked_by text not null,
  expires_at timestamptz not null,
  looked_up_at timestamptz,
  settled_at timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, network_id, id),
  foreign key (tenant_id, network_id, wallet_id) references wallets (tenant_id, network_id, id),
  foreign key (tenant_id, driver_id) references drivers (tenant_id, id),
  foreign key (tenant_id, account_id) references payment_accounts (tenant_id, id)
);
create unique index payments_ref on payments (account_id, ref) where ref <> '';
create index on payments (tenant_id, created_at desc);
create index on payments (wallet_id, created_at desc);
create index payments_open on payments (tenant_id, created_at) where status in ('PENDING', 'FAILED') or uncertain;
call busbar_isolate('payments', 'network_id');
grant select, insert, update (status, ref, charge_ref, checkout_url, captured, refunded, disputed, credited, returned, fee, failure, flags, uncertain, looked_up_at, settled_at)
  on payments to busbar_app;

create table payment_refunds (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  payment_id uuid not null,
  driver_id uuid not null,
  amount bigint not null check (amount > 0),
  currency text not null,
  status text not null default 'PENDING' check (status in ('PENDING', 'DONE', 'FAILED')),
  ref text not null default '',
  reason text not null default '',
  failure text not null default '',
  asked_by text not null,
  settled_at timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, network_id, payment_id) references payments (tenant_id, network_id, id),
  foreign key (tenant_id, driver_id) references drivers (tenant_id, id)
);
create index on payment_refunds (payment_id);
create index on payment_refunds (tenant_id, created_at desc);
call busbar_isolate('payment_refunds', 'network_id');
grant select, insert, update (status, ref, failure, settled_at) on payment_refunds to busbar_app;

-- Webhooks as they came: each event once, however often it is sent.
create table payment_events (
  account_id uuid not null,
  event_id text not null check (length(event_id) between 1 and 255),
  tenant_id uuid not null,
  network_id uuid,
  kind text not null,
  payment_id uuid,
  ref text not null default '',
  body bytea not null,
  received_at timestamptz not null default now(),
  processed_at timestamptz,
  outcome text not null default '',
  primary key (account_id, event_id),
  foreign key (tenant_id, account_id) references payment_accounts (tenant_id, id)
);
create index on payment_events (tenant_id, received_at);
call busbar_isolate('payment_events', 'network_id');
grant select, insert, update (processed_at, outcome), delete on payment_events to busbar_app;

-- What a look at a provider found to be otherwise than in the books.
create table reconciliations (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid,
  account_id uuid not null,
  status text not null default 'RUNNING' check (status in ('RUNNING', 'DONE', 'FAILED')),
  looked_up integer not null default 0,
  differences jsonb not null default '[]',
  failure text not null default '',
  asked_by text not null,
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, account_id) references payment_accounts (tenant_id, id)
);
create index on reconciliations (tenant_id, created_at desc);
call busbar_isolate('reconciliations', 'network_id');
grant select, insert, update (status, looked_up, differences, failure, finished_at) on reconciliations to busbar_app;

-- Numbers of receipts, without gaps: the counter and the receipt are written in one transaction.
create table receipt_counters (
  tenant_id uuid not null references tenants (id),
  prefix text not null,
  year integer not null,
  last bigint not null check (last > 0),
  primary key (tenant_id, prefix, year)
);
call busbar_isolate('receipt_counters');
grant select, insert, update (last) on receipt_counters to busbar_app;

create table receipts (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  charge_id uuid not null,
  correction_id uuid,
  driver_id uuid,
  kind text not null check (kind in ('RECEIPT', 'INVOICE', 'CREDIT_NOTE')),
  number text not null,
  currency text not null,
  gross bigint not null,
  document jsonb not null,
  email text not null default '',
  email_status text not null default 'NONE' check (email_status in ('NONE', 'QUEUED', 'SENT', 'FAILED')),
  email_failure text not null default '',
  emailed_at timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, number),
  foreign key (tenant_id, network_id, charge_id) references charges (tenant_id, network_id, id),
  foreign key (tenant_id, correction_id) references charge_corrections (tenant_id, id),
  foreign key (tenant_id, driver_id) references drivers (tenant_id, id)
);
create index on receipts (tenant_id, created_at desc);
create unique index receipts_of_charge on receipts (charge_id) where correction_id is null;
create unique index receipts_of_correction on receipts (correction_id) where correction_id is not null;
call busbar_isolate('receipts', 'network_id');
grant select, insert, update (email, email_status, email_failure, emailed_at) on receipts to busbar_app;

-- What somebody has to look at. One row for each cause, until it is resolved; then the next time is a row of its own.
create table detected_issues (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  network_id uuid,
  kind text not null check (length(kind) between 1 and 64),
  severity text not null check (severity in ('CRITICAL', 'WARNING', 'NOTICE')),
  cause text not null check (length(cause) between 1 and 200),
  station_id uuid,
  session_id uuid,
  charge_id uuid,
  payment_id uuid,
  details jsonb,
  status text not null default 'OPEN' check (status in ('OPEN', 'ACKNOWLEDGED', 'SNOOZED', 'RESOLVED')),
  occurrences bigint not null default 1,
  last_seen_at timestamptz not null default now(),
  snoozed_until timestamptz,
  decided_by text not null default '',
  note text not null default '',
  resolved_at timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, network_id) references networks (tenant_id, id),
  foreign key (tenant_id, station_id) references stations (tenant_id, id),
  foreign key (tenant_id, session_id) references charging_sessions (tenant_id, id),
  foreign key (tenant_id, charge_id) references charges (tenant_id, id),
  foreign key (tenant_id, payment_id) references payments (tenant_id, id)
);
create unique index detected_issues_open on detected_issues (tenant_id, network_id, kind, cause) nulls not distinct where status <> 'RESOLVED';
create index on detected_issues (tenant_id, created_at desc);
create index on detected_issues (station_id) where station_id is not null;
call busbar_isolate('detected_issues', 'network_id');
grant select, insert, update (severity, details, status, occurrences, last_seen_at, snoozed_until, decided_by, note, resolved_at) on detected_issues to busbar_app;

-- +goose Down
drop table detected_issues, receipts, receipt_counters, reconciliations, payment_events, payment_refunds, payments, charge_corrections, charges, session_states;
alter table charging_sessions drop column driver_id, drop column wallet_id, drop column tariff_version_id, drop column free, drop column register_per_session;
drop table wallets, payment_methods, payment_accounts;
alter table tokens drop column driver_id;
drop table drivers, tariff_assignments, tariff_versions, tariffs;
drop procedure busbar_isolate_shared(text);
alter table networks drop column free, drop column hold;
revoke update (rounding, legal_name, address, tax_id, receipt_prefix) on tenants from busbar_app;
alter table tenants drop column rounding, drop column legal_name, drop column address, drop column tax_id, drop column receipt_prefix;

-- +goose Up

-- Drivers at their own door. busbar_driver reads what is a driver's own, and what anybody may know who looks for a place to charge
-- in the driver's network. It changes nothing but what the driver asked for.
-- +goose StatementBegin
do $$
begin
  begin
    create role busbar_driver nologin nosuperuser nobypassrls noinherit;
  exception when duplicate_object or unique_violation then
    null; -- roles belong to the server, so another database may have made it
  end;
  if not (select rolsuper from pg_roles where rolname = current_user) then
    grant busbar_driver to current_user;
  end if;
end
$$;
-- +goose StatementEnd
grant usage on schema public to busbar_driver;

-- The driver who is acting; null for everybody else.
create function busbar_driver() returns uuid language sql stable parallel safe
  return nullif(current_setting('busbar.driver', true), '')::uuid;

-- Whether people may become drivers of the network by themselves.
alter table networks add column driver_sign_up boolean not null default false;

-- Lets the driver read rows that are theirs, by a condition on the row.
-- +goose StatementBegin
create procedure busbar_open_to_driver(tbl text, columns text, own text) language plpgsql as $$
begin
  execute format('create policy driver on %I for select to busbar_driver using (%s)', tbl, own);
  execute format('grant select (%s) on %I to busbar_driver', columns, tbl);
end
$$;
-- +goose StatementEnd
revoke all on procedure busbar_open_to_driver(text, text, text) from public;

-- What is the driver's own.
call busbar_open_to_driver('drivers', 'id, tenant_id, network_id, name, email, phone, language, status, created_at',
  'tenant_id = (select busbar_tenant()) and id = (select busbar_driver())');
-- +goose StatementBegin
do $$
declare
  own text;
begin
  for own in select * from (values
    ('wallets: id, tenant_id, network_id, driver_id, currency, credit_limit, auto_top_up_below, auto_top_up_amount, payment_method_id, created_at'),
    ('tokens: id, tenant_id, network_id, driver_id, id_tag, type, label, status, valid_until, created_at'),
    ('charging_sessions: id, tenant_id, network_id, station_id, connector_id, location_id, command_id, evse_no, connector_no, driver_id, wallet_id, started_at, stopped_at, energy_wh, power_w, soc, status, stop_reason'),
    ('charges: id, tenant_id, network_id, session_id, driver_id, wallet_id, currency, net, tax, gross, bill, status, paid_at, created_at'),
    ('charge_corrections: id, tenant_id, network_id, charge_id, driver_id, kind, status, net, tax, gross, currency, bill, created_at'),
    ('receipts: id, tenant_id, network_id, charge_id, correction_id, driver_id, kind, number, currency, gross, document, created_at'),
    ('payment_methods: id, tenant_id, network_id, driver_id, account_id, label, expires, status, created_at'),
    ('payments: id, tenant_id, network_id, wallet_id, driver_id, provider, purpose, amount, currency, status, checkout_url, captured, refunded, failure, expires_at, settled_at, created_at'),
    ('payment_refunds: id, tenant_id, network_id, payment_id, driver_id, amount, currency, status, settled_at, created_at')
  ) v loop
    call busbar_open_to_driver(split_part(own, ': ', 1), split_part(own, ': ', 2), 'tenant_id = (select busbar_tenant()) and driver_id = (select busbar_driver())');
  end loop;
end
$$;
-- +goose StatementEnd

-- What is in the driver's wallet, and held of it: the policies of the tables that are asked here leave only what is the driver's.
call busbar_open_to_driver('ledger_accounts', 'id, tenant_id, network_id, kind, currency, owner_id', $$tenant_id = (select busbar_tenant())
  and (kind = 'WALLET' and owner_id in (select id from wallets) or kind = 'HOLD' and owner_id in (select id from charging_sessions))$$);
call busbar_open_to_driver('ledger_balances', 'account_id, tenant_id, network_id, currency, balance, floor',
  'tenant_id = (select busbar_tenant()) and account_id in (select id from ledger_accounts)');

-- What anybody may know who looks for a place to charge, in the driver's network.
call busbar_open_to_driver('tenants', 'id, slug, name, timezone, rounding', 'id = (select busbar_tenant())');
call busbar_open_to_driver('networks', 'id, tenant_id, slug, name, currency, free, hold', 'tenant_id = (select busbar_tenant()) and id = any ((select busbar_networks())::uuid[])');
call busbar_open_to_driver('locations', 'id, tenant_id, network_id, name, address, postal_code, city, country, latitude, longitude, timezone',
  'tenant_id = (select busbar_tenant()) and network_id = any ((select busbar_networks())::uuid[])');
call busbar_open_to_driver('stations', 'id, tenant_id, network_id, location_id, identity, name, online, onboarding, removed_at',
  $$tenant_id = (select busbar_tenant()) and network_id = any ((select busbar_networks())::uuid[]) and removed_at is null and onboarding = 'ONBOARDED'$$);
call busbar_open_to_driver('evses', 'id, tenant_id, network_id, station_id, evse_no',
  'tenant_id = (select busbar_tenant()) and network_id = any ((select busbar_networks())::uuid[])');
call busbar_open_to_driver('connectors', 'id, tenant_id, network_id, station_id, evse_id, evse_no, connector_no, type, max_power_w, status, status_at',
  'tenant_id = (select busbar_tenant()) and network_id = any ((select busbar_networks())::uuid[])');
-- +goose StatementBegin
do $$
declare
  shared text := 'tenant_id = (select busbar_tenant()) and (network_id is null or network_id = any ((select busbar_networks())::uuid[]))';
begin
  call busbar_open_to_driver('tariffs', 'id, tenant_id, network_id, currency', shared);
  call busbar_open_to_driver('tariff_versions', 'id, tenant_id, network_id, tariff_id, number, definition, valid_from, valid_to, created_at', shared);
  call busbar_open_to_driver('tariff_assignments', 'id, tenant_id, network_id, tariff_id, level, target_id, assigned_at, ended_at', shared);
end
$$;
-- +goose StatementEnd

-- What a driver asked to begin. The key makes it one start, however often it is asked for.
create table driver_starts (
  driver_id uuid not null,
  key text not null check (length(key) between 1 and 100),
  tenant_id uuid not null,
  network_id uuid not null,
  connector_id uuid not null,
  command_id uuid,
  -- Why it was refused before a station was asked.
  failure text not null default '',
  failure_code text not null default '',
  -- When somebody last took it on: one that was given up without an outcome may be taken on again.
  taken_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  primary key (driver_id, key),
  foreign key (tenant_id, network_id, driver_id) references drivers (tenant_id, network_id, id),
  foreign key (tenant_id, connector_id) references connectors (tenant_id, id) on delete cascade,
  foreign key (tenant_id, command_id) references commands (tenant_id, id)
);
create index on driver_starts (command_id) where command_id is not null;
call busbar_isolate('driver_starts', 'network_id');
grant select on driver_starts to busbar_app;
create policy driver on driver_starts for all to busbar_driver
  using (tenant_id = (select busbar_tenant()) and driver_id = (select busbar_driver()))
  with check (tenant_id = (select busbar_tenant()) and network_id = any ((select busbar_networks())::uuid[]) and driver_id = (select busbar_driver()));
grant select, insert, update (command_id, failure, failure_code, taken_at) on driver_starts to busbar_driver;
call busbar_open_to_driver('commands', 'id, tenant_id, network_id, station_id, session_id, status, error, error_code, created_at',
  'tenant_id = (select busbar_tenant()) and id in (select command_id from driver_starts)');

-- Codes that were mailed to whoever wants to sign in: one at a time for an address of a network.
create table driver_codes (
  network_id uuid not null,
  email text not null check (email = lower(email)),
  tenant_id uuid not null,
  code_mac bytea not null,
  tries integer not null default 0,
  expires_at timestamptz not null,
  -- How many were mailed since when, so that nobody's mailbox is filled.
  mailed integer not null default 1,
  mailed_since timestamptz not null default now(),
  primary key (network_id, email),
  foreign key (tenant_id, network_id) references networks (tenant_id, id)
);
create index on driver_codes (expires_at);

create table driver_sessions (
  token_hash bytea primary key,
  tenant_id uuid not null,
  driver_id uuid not null,
  data bytea not null,
  expires_at timestamptz not null,
  foreign key (tenant_id, driver_id) references drivers (tenant_id, id)
);
create index on driver_sessions (driver_id);
create index on driver_sessions (expires_at);

alter table driver_codes enable row level security;
alter table driver_codes force row level security;
alter table driver_sessions enable row level security;
alter table driver_sessions force row level security;
create policy everyone on driver_codes for all to busbar_signin using (true) with check (true);
create policy everyone on driver_sessions for all to busbar_signin using (true) with check (true);
grant select, insert, update, delete on driver_codes, driver_sessions to busbar_signin;
create policy signin on drivers for select to busbar_signin using (true);
grant select (id, tenant_id, network_id, name, email, language, status) on drivers to busbar_signin;

-- +goose Down
drop policy signin on drivers;
drop table driver_sessions, driver_codes;
-- +goose StatementBegin
do $$
declare
  t text;
begin
  for t in select tablename from pg_policies where policyname = 'driver' and tablename <> 'driver_starts' loop
    execute format('drop policy driver on %I', t);
    execute format('revoke all on %I from busbar_driver', t);
  end loop;
end
$$;
-- +goose StatementEnd
drop table driver_starts;
drop procedure busbar_open_to_driver(text, text, text);
alter table networks drop column driver_sign_up;
drop function busbar_driver();

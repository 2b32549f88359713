-- +goose Up

create table tokens (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  network_id uuid,
  id_tag text not null check (length(id_tag) between 1 and 36),
  type text not null default 'RFID' check (type in ('RFID', 'VIRTUAL')),
  label text not null default '',
  group_id text not null default '',
  status text not null default 'ACTIVE' check (status in ('ACTIVE', 'BLOCKED')),
  valid_until timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, network_id) references networks (tenant_id, id)
);
-- An idTag is a CiString: its case carries no meaning (OCPP 1.6 §7.28).
create unique index tokens_id_tag on tokens (tenant_id, upper(id_tag));
call busbar_isolate('tokens', 'network_id');
grant select, insert, update on tokens to busbar_app;

create table commands (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  session_id uuid,
  action text not null,
  status text not null default 'PENDING' check (status in ('PENDING', 'SENT', 'ACCEPTED', 'REJECTED', 'FAILED', 'TIMEOUT')),
  request jsonb not null,
  response jsonb,
  error text,
  error_code text,
  requested_by text not null,
  message_id text not null,
  sent_at timestamptz,
  completed_at timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (station_id, message_id),
  foreign key (tenant_id, network_id) references networks (tenant_id, id),
  foreign key (tenant_id, station_id) references stations (tenant_id, id)
);
create index on commands (tenant_id, created_at desc);
create index on commands (station_id, created_at desc);
create index commands_open on commands (tenant_id, created_at) where status in ('PENDING', 'SENT');
call busbar_isolate('commands', 'network_id');
grant select, insert, update (status, response, error, error_code, sent_at, completed_at, session_id) on commands to busbar_app;

-- OCPP 1.6 transaction ids are ours to give: 31 bits, never reused within reach of an offline queue.
create sequence ocpp_transaction_ids as integer minvalue 1 maxvalue 2147483647 cycle;
grant usage on sequence ocpp_transaction_ids to busbar_app;

create table charging_sessions (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  connector_id uuid,
  location_id uuid,
  token_id uuid,
  command_id uuid,
  evse_no integer not null,
  connector_no integer not null,
  ocpp_transaction_id text not null,
  id_tag text not null default '',
  started_at timestamptz not null,
  start_received_at timestamptz not null,
  stopped_at timestamptz,
  stop_received_at timestamptz,
  meter_start_wh numeric(20, 4),
  meter_stop_wh numeric(20, 4),
  energy_wh numeric(20, 4),
  power_w double precision,
  soc double precision,
  last_sample_at timestamptz,
  status text not null check (status in ('PENDING', 'RUNNING', 'STOPPED', 'COMPLETED', 'BILLING_FAILED', 'NEEDS_REVIEW', 'CANCELLED')),
  stop_reason text not null default '',
  stop_id_tag text not null default '',
  flags jsonb,
  authorization_status text,
  start_key text,
  stop_key text,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, network_id) references networks (tenant_id, id),
  foreign key (tenant_id, station_id) references stations (tenant_id, id),
  foreign key (tenant_id, connector_id) references connectors (tenant_id, id),
  foreign key (tenant_id, location_id) references locations (tenant_id, id) on delete set null (location_id),
  foreign key (tenant_id, token_id) references tokens (tenant_id, id),
  foreign key (tenant_id, command_id) references commands (tenant_id, id)
) with (fillfactor = 80);
-- A report that is repeated finds the row it made the first time.
create unique index charging_sessions_start on charging_sessions (station_id, start_key) where start_key is not null;
create unique index charging_sessions_stop on charging_sessions (station_id, stop_key) where stop_key is not null;
create index on charging_sessions (station_id, ocpp_transaction_id);
create index on charging_sessions (tenant_id, started_at desc);
create index on charging_sessions (station_id, started_at desc);
create index charging_sessions_running on charging_sessions (station_id, connector_no) where status in ('PENDING', 'RUNNING');
create index charging_sessions_token on charging_sessions (tenant_id, upper(id_tag)) where status in ('PENDING', 'RUNNING');
call busbar_isolate('charging_sessions', 'network_id');
grant select, insert, update on charging_sessions to busbar_app;
create policy journal on charging_sessions for all to busbar_journal using (true) with check (true);
grant select, update (energy_wh, power_w, soc, last_sample_at) on charging_sessions to busbar_journal;

alter table commands add foreign key (tenant_id, session_id) references charging_sessions (tenant_id, id);

-- +goose Down
alter table commands drop constraint commands_tenant_id_session_id_fkey;
drop table charging_sessions, commands, tokens;
drop sequence ocpp_transaction_ids;

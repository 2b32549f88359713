-- +goose Up

-- When the newest handshake was admitted. A connection that was admitted earlier doesn't take a station over from one that was
-- admitted later, whichever of the two is set up first.
alter table stations
  add column admitted_at timestamptz,
  add column preferred_version text check (preferred_version in ('1.6', '2.0.1', '2.1')),
  add column quirks jsonb,
  add column local_list_version integer,
  add column local_list_at timestamptz,
  add column local_list_supported boolean;
grant select (preferred_version, model, firmware_version, quirks) on stations to busbar_handshake;

-- One list of variables for every version: a configuration key of OCPP 1.6 has no component.
alter table station_variables
  add column component_instance text not null default '',
  add column evse_no integer not null default 0,
  add column connector_no integer not null default 0,
  add column instance text not null default '',
  add column mutability text not null default 'READ_WRITE' check (mutability in ('READ_ONLY', 'WRITE_ONLY', 'READ_WRITE')),
  add column data_type text check (data_type in ('STRING', 'DECIMAL', 'INTEGER', 'DATE_TIME', 'BOOLEAN', 'OPTION_LIST', 'SEQUENCE_LIST', 'MEMBER_LIST')),
  add column unit text not null default '',
  add column min_limit double precision,
  add column max_limit double precision,
  add column values_list jsonb,
  add column persistent boolean not null default false,
  add column constant boolean not null default false,
  add column supports_monitoring boolean not null default false;
update station_variables set mutability = 'READ_ONLY' where readonly;
alter table station_variables drop column readonly,
  drop constraint station_variables_station_id_component_variable_attribute_key,
  add unique (station_id, component, component_instance, evse_no, connector_no, variable, instance, attribute);

alter table tokens drop constraint tokens_id_tag_check, add check (length(id_tag) between 1 and 255);
alter table tokens drop constraint tokens_type_check, add check (type in
  ('RFID', 'VIRTUAL', 'ISO15693', 'EMAID', 'KEY_CODE', 'LOCAL', 'MAC_ADDRESS', 'VIN', 'EVCCID', 'DIRECT_PAYMENT'));

-- A session of OCPP 2.x is a sequence of events. Which of them have come tells repeats from news, and shows what is missing.
alter table charging_sessions
  add column seq_seen int4multirange,
  add column charging_state text not null default '',
  add column remote_start_id integer,
  add column id_token_type text not null default '',
  add column reservation_id uuid;
grant update (charging_state, seq_seen) on charging_sessions to busbar_journal;

-- Numbers that requests to stations carry, so that what a station sends later finds what it answers.
create sequence ocpp_request_ids as integer minvalue 1 maxvalue 2147483647 cycle;
grant usage on sequence ocpp_request_ids to busbar_app;

-- A bulk command: one order to a selection of stations.
create table bulk_commands (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid,
  name text not null,
  command text not null,
  parameters jsonb not null,
  per_minute integer not null check (per_minute between 1 and 6000),
  status text not null default 'RUNNING' check (status in ('RUNNING', 'COMPLETED', 'CANCELLED')),
  requested_by text not null,
  viewer jsonb not null,
  created_at timestamptz not null default now(),
  completed_at timestamptz,
  unique (tenant_id, id),
  foreign key (tenant_id, network_id) references networks (tenant_id, id)
);
create index on bulk_commands (tenant_id, created_at desc);
call busbar_isolate('bulk_commands', 'network_id');
grant select, insert, update (status, completed_at) on bulk_commands to busbar_app;

alter table commands
  add column result jsonb,
  add column bulk_id uuid,
  add foreign key (tenant_id, bulk_id) references bulk_commands (tenant_id, id);
grant update (result) on commands to busbar_app;

create table bulk_command_targets (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  bulk_id uuid not null,
  station_id uuid not null,
  position integer not null,
  command_id uuid,
  status text not null default 'WAITING' check (status in ('WAITING', 'STARTED', 'ACCEPTED', 'REJECTED', 'FAILED', 'TIMEOUT', 'SKIPPED')),
  error text not null default '',
  unique (tenant_id, id),
  unique (bulk_id, station_id),
  foreign key (tenant_id, bulk_id) references bulk_commands (tenant_id, id),
  foreign key (tenant_id, station_id) references stations (tenant_id, id),
  foreign key (tenant_id, command_id) references commands (tenant_id, id)
);
create index bulk_command_targets_waiting on bulk_command_targets (tenant_id, bulk_id, position) where status in ('WAITING', 'STARTED');
call busbar_isolate('bulk_command_targets', 'network_id');
grant select, insert, update (status, command_id, error) on bulk_command_targets to busbar_app;

-- Reports that stations deliver in parts, which may come twice or out of order.
create table station_reports (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  command_id uuid,
  request_id bigint not null,
  kind text not null check (kind in ('VARIABLES', 'MONITORS', 'CUSTOMER_INFORMATION', 'DISPLAY_MESSAGES', 'CHARGING_PROFILES', 'DER_CONTROLS')),
  replaces boolean not null default false,
  parts int4multirange not null default '{}',
  last_seq integer,
  text text not null default '',
  requested_at timestamptz not null,
  completed_at timestamptz,
  unique (tenant_id, id),
  foreign key (tenant_id, network_id, station_id) references stations (tenant_id, network_id, id) on update cascade,
  foreign key (tenant_id, command_id) references commands (tenant_id, id)
);
create unique index on station_reports (station_id, kind, request_id);
create index on station_reports (tenant_id, requested_at desc);
call busbar_isolate('station_reports', 'network_id');
grant select, insert, update, delete on station_reports to busbar_app;

-- Charging profiles as we set them or a station reported them.
create table charging_profiles (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  session_id uuid,
  command_id uuid,
  evse_no integer not null,
  profile_id bigint not null,
  stack_level integer not null,
  purpose text not null,
  kind text not null check (kind in ('ABSOLUTE', 'RECURRING', 'RELATIVE', 'DYNAMIC')),
  recurrency text not null default '' check (recurrency in ('', 'DAILY', 'WEEKLY')),
  source text not null default 'CSO',
  valid_from timestamptz,
  valid_to timestamptz,
  schedules jsonb not null,
  status text not null check (status in ('REQUESTED', 'INSTALLED', 'REFUSED', 'CLEARED')),
  reported_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, network_id, station_id) references stations (tenant_id, network_id, id) on update cascade,
  foreign key (tenant_id, session_id) references charging_sessions (tenant_id, id),
  foreign key (tenant_id, command_id) references commands (tenant_id, id)
);
create unique index charging_profiles_installed on charging_profiles (station_id, profile_id) where status in ('REQUESTED', 'INSTALLED');
create index on charging_profiles (tenant_id, station_id, created_at desc);
call busbar_isolate('charging_profiles', 'network_id');
grant select, insert, update on charging_profiles to busbar_app;

create table reservations (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  token_id uuid,
  session_id uuid,
  command_id uuid,
  reservation_id integer not null,
  evse_no integer not null,
  connector_no integer not null default 0,
  connector_type text not null default '',
  id_tag text not null,
  group_id text not null default '',
  expires_at timestamptz not null,
  status text not null check (status in ('REQUESTED', 'ACTIVE', 'REFUSED', 'USED', 'CANCELLED', 'EXPIRED', 'REMOVED')),
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  unique (tenant_id, id),
  unique (station_id, reservation_id),
  foreign key (tenant_id, network_id, station_id) references stations (tenant_id, network_id, id) on update cascade,
  foreign key (tenant_id, token_id) references tokens (tenant_id, id),
  foreign key (tenant_id, session_id) references charging_sessions (tenant_id, id),
  foreign key (tenant_id, command_id) references commands (tenant_id, id)
);
create index on reservations (tenant_id, created_at desc);
create index reservations_open on reservations (tenant_id, expires_at) where status in ('REQUESTED', 'ACTIVE');
call busbar_isolate('reservations', 'network_id');
grant select, insert, update on reservations to busbar_app;
alter table charging_sessions add foreign key (tenant_id, reservation_id) references reservations (tenant_id, id);

-- What the local authorisation list of a station holds, as far as it accepted it.
create table local_list_entries (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  token_id uuid,
  id_tag text not null,
  type text not null default 'RFID',
  status text not null,
  group_id text not null default '',
  valid_until timestamptz,
  unique (tenant_id, id),
  foreign key (tenant_id, network_id, station_id) references stations (tenant_id, network_id, id) on update cascade,
  foreign key (tenant_id, token_id) references tokens (tenant_id, id)
);
create unique index on local_list_entries (station_id, upper(id_tag));
call busbar_isolate('local_list_entries', 'network_id');
grant select, insert, update, delete on local_list_entries to busbar_app;

create table firmware_updates (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  command_id uuid,
  request_id integer not null,
  location text not null,
  signed boolean not null default false,
  from_version text not null default '',
  status text not null,
  ended boolean not null default false,
  retrieve_at timestamptz not null,
  install_at timestamptz,
  history jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (station_id, request_id),
  foreign key (tenant_id, network_id, station_id) references stations (tenant_id, network_id, id) on update cascade,
  foreign key (tenant_id, command_id) references commands (tenant_id, id)
);
create index on firmware_updates (tenant_id, created_at desc);
call busbar_isolate('firmware_updates', 'network_id');
grant select, insert, update on firmware_updates to busbar_app;

create table log_uploads (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  command_id uuid,
  request_id integer not null,
  type text not null check (type in ('DIAGNOSTICS', 'SECURITY', 'DATA_COLLECTOR')),
  location text not null,
  transfer_id uuid,
  file_id uuid,
  file_name text not null default '',
  status text not null,
  ended boolean not null default false,
  history jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (station_id, request_id),
  foreign key (tenant_id, network_id, station_id) references stations (tenant_id, network_id, id) on update cascade,
  foreign key (tenant_id, command_id) references commands (tenant_id, id)
);
create index on log_uploads (tenant_id, created_at desc);
call busbar_isolate('log_uploads', 'network_id');
grant select, insert, update on log_uploads to busbar_app;

-- What a station holds on our behalf beside profiles: monitors, display messages, tariffs, DER controls, event streams,
-- network profiles, certificates' hashes. Each version says it in its own shape; what is common has columns.
create table station_settings (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  command_id uuid,
  kind text not null check (kind in ('MONITOR', 'DISPLAY_MESSAGE', 'TARIFF', 'DER_CONTROL', 'EVENT_STREAM', 'NETWORK_PROFILE', 'CERTIFICATE', 'TRANSACTION_LIMIT')),
  key text not null,
  evse_no integer not null default 0,
  component text not null default '',
  variable text not null default '',
  summary text not null default '',
  data jsonb not null,
  reported_at timestamptz not null,
  unique (tenant_id, id),
  unique (station_id, kind, key),
  foreign key (tenant_id, network_id, station_id) references stations (tenant_id, network_id, id) on update cascade,
  foreign key (tenant_id, command_id) references commands (tenant_id, id)
);
create index on station_settings (tenant_id, station_id, kind);
call busbar_isolate('station_settings', 'network_id');
grant select, insert, update, delete on station_settings to busbar_app;

-- What a station notices beside status and meter: security events, monitored variables, limits, needs, alarms.
create table station_events (
  id uuid not null,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  session_id uuid,
  kind text not null,
  type text not null default '',
  severity integer,
  cleared boolean not null default false,
  evse_no integer not null default 0,
  connector_no integer not null default 0,
  component text not null default '',
  variable text not null default '',
  value text not null default '',
  info text not null default '',
  data jsonb,
  at timestamptz not null,
  received_at timestamptz not null
) partition by range (received_at);
create index station_events_station on station_events (tenant_id, station_id, at);
create index station_events_kind on station_events (tenant_id, kind, at);
alter table station_events enable row level security;
create policy tenant on station_events for all to busbar_app using (tenant_id = (select busbar_tenant())
  and ((select busbar_networks()) is null or network_id = any ((select busbar_networks())::uuid[])));
grant select, insert on station_events to busbar_app;

-- Signed values are evidence: they are kept as they came.
alter table meter_values add column signed jsonb;
alter table meter_values rename column connector_no to evse_no;

grant create on schema public to busbar_journal;
alter table station_events owner to busbar_journal;
revoke create on schema public from busbar_journal;

-- The partitions of one more table.
-- +goose StatementBegin
create or replace function hot.ensure_partitions(around timestamptz, weeks integer) returns integer
language plpgsql security definer set search_path = public, hot, pg_temp as $$
declare
  t text;
  monday timestamptz;
  part text;
  made integer := 0;
begin
  for i in -1..weeks loop
    monday := date_trunc('week', around at time zone 'UTC') at time zone 'UTC' + make_interval(weeks => i);
    foreach t in array array['ocpp_messages', 'meter_values', 'status_changes', 'station_events'] loop
      part := format('%s_%s', t, to_char(monday at time zone 'UTC', 'YYYYMMDD'));
      if to_regclass('hot.' || part) is null then
        execute format('create table hot.%I partition of public.%I for values from (%L) to (%L)', part, t, monday, monday + interval '7 days');
        made := made + 1;
      end if;
    end loop;
  end loop;
  return made;
end
$$;
-- +goose StatementEnd
-- +goose StatementBegin
create or replace function hot.drop_partitions(parent text, before timestamptz) returns integer
language plpgsql security definer set search_path = public, hot, pg_temp as $$
declare
  part text;
  dropped integer := 0;
begin
  if parent not in ('ocpp_messages', 'meter_values', 'status_changes', 'station_events') then
    raise exception 'no such hot table: %', parent;
  end if;
  for part in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = ('public.' || quote_ident(parent))::regclass
      and to_date(right(c.relname, 8), 'YYYYMMDD') + 7 <= before
  loop
    execute format('drop table hot.%I', part);
    dropped := dropped + 1;
  end loop;
  return dropped;
end
$$;
-- +goose StatementEnd
select hot.ensure_partitions(now(), 4);

-- +goose Down
drop table station_events, station_settings, log_uploads, firmware_updates, local_list_entries;
alter table charging_sessions drop column seq_seen, drop column charging_state, drop column remote_start_id, drop column id_token_type, drop column reservation_id;
drop table reservations, charging_profiles, station_reports, bulk_command_targets;
alter table commands drop column result, drop column bulk_id;
drop table bulk_commands;
drop sequence ocpp_request_ids;
alter table meter_values rename column evse_no to connector_no;
alter table meter_values drop column signed;
alter table station_variables add column readonly boolean not null default false;
update station_variables set readonly = mutability = 'READ_ONLY';
delete from station_variables where component_instance <> '' or instance <> '' or evse_no <> 0 or connector_no <> 0;
alter table station_variables drop column component_instance, drop column evse_no, drop column connector_no, drop column instance,
  drop column mutability, drop column data_type, drop column unit, drop column min_limit, drop column max_limit, drop column values_list,
  drop column persistent, drop column constant, drop column supports_monitoring,
  add unique (station_id, component, variable, attribute);
alter table stations drop column admitted_at, drop column preferred_version, drop column quirks, drop column local_list_version,
  drop column local_list_at, drop column local_list_supported;

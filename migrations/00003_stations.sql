-- +goose Up

create table locations (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  name text not null check (name <> ''),
  address text not null default '',
  postal_code text not null default '',
  city text not null default '',
  country text not null default '',
  latitude double precision check (latitude between -90 and 90),
  longitude double precision check (longitude between -180 and 180),
  timezone text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, network_id) references networks (tenant_id, id)
);
create index on locations (tenant_id, name);
call busbar_isolate('locations', 'network_id');
grant select, insert, update, delete on locations to busbar_app;

create table stations (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  location_id uuid,
  identity text not null check (length(identity) between 1 and 48),
  name text not null,
  onboarding text not null default 'PENDING' check (onboarding in ('PENDING', 'ONBOARDED')),
  onboarded_at timestamptz,
  registration_status text not null default 'PENDING' check (registration_status in ('ACCEPTED', 'PENDING', 'REJECTED')),
  ocpp_version text not null default '1.6' check (ocpp_version in ('1.6', '2.0.1', '2.1')),
  security_profile integer not null default 1 check (security_profile between 0 and 3),
  password_salt bytea,
  password_mac bytea,
  next_password_salt bytea,
  next_password_mac bytea,
  credential_verified_at timestamptz,
  vendor text not null default '',
  model text not null default '',
  serial_number text not null default '',
  firmware_version text not null default '',
  iccid text not null default '',
  imsi text not null default '',
  meter_type text not null default '',
  meter_serial_number text not null default '',
  booted_at timestamptz,
  inventory_at timestamptz,
  online boolean not null default false,
  connected_at timestamptz,
  disconnected_at timestamptz,
  last_seen_at timestamptz,
  node text not null default '',
  remote_address text not null default '',
  connection_version text not null default '',
  connection_profile integer not null default 0,
  connection_epoch bigint not null default 0,
  status text,
  error_code text not null default '',
  info text not null default '',
  vendor_error_code text not null default '',
  status_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  removed_at timestamptz,
  unique (tenant_id, id),
  unique (tenant_id, network_id, id),
  foreign key (tenant_id, network_id) references networks (tenant_id, id),
  foreign key (tenant_id, location_id) references locations (tenant_id, id)
) with (fillfactor = 80);
create unique index stations_identity on stations (tenant_id, identity) where removed_at is null;
create index stations_lookup on stations (lower(identity)) where removed_at is null;
create index on stations (tenant_id, location_id);
create index stations_online on stations (node) where online;
call busbar_isolate('stations', 'network_id');
grant select, insert, update on stations to busbar_app;

-- The handshake finds a station before any tenant is known, and reads what decides on admission.
create policy everyone on stations for select to busbar_handshake using (true);
grant select (id, tenant_id, network_id, location_id, identity, onboarding, registration_status, ocpp_version, security_profile,
  password_salt, password_mac, next_password_salt, next_password_mac, credential_verified_at, connection_epoch, removed_at, vendor)
  on stations to busbar_handshake;

-- The support desk sees which stations are stuck, not what they sell.
create policy pending on stations for select to busbar_support using (onboarding = 'PENDING' and removed_at is null);
grant select (id, tenant_id, identity, onboarding, registration_status, ocpp_version, security_profile, vendor, model, online, last_seen_at,
  created_at, removed_at) on stations to busbar_support;

-- The journal notes liveness and the status of the station as a whole.
create policy journal on stations for all to busbar_journal using (true) with check (true);
grant select (id, tenant_id, network_id, node, online, last_seen_at, status_at), update (online, disconnected_at, last_seen_at, status, error_code, info, vendor_error_code, status_at) on stations to busbar_journal;

create table evses (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  evse_no integer not null check (evse_no > 0),
  unique (tenant_id, id),
  unique (station_id, evse_no),
  foreign key (tenant_id, network_id, station_id) references stations (tenant_id, network_id, id) on update cascade
);
call busbar_isolate('evses', 'network_id');
grant select, insert, update, delete on evses to busbar_app;

create table connectors (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  evse_id uuid not null,
  evse_no integer not null check (evse_no > 0),
  connector_no integer not null check (connector_no > 0),
  type text not null default 'UNKNOWN',
  max_power_w integer check (max_power_w > 0),
  status text,
  error_code text not null default '',
  info text not null default '',
  vendor_id text not null default '',
  vendor_error_code text not null default '',
  status_at timestamptz,
  status_received_at timestamptz,
  unique (tenant_id, id),
  unique (station_id, evse_no, connector_no),
  foreign key (tenant_id, network_id, station_id) references stations (tenant_id, network_id, id) on update cascade,
  foreign key (tenant_id, evse_id) references evses (tenant_id, id)
) with (fillfactor = 70);
call busbar_isolate('connectors', 'network_id');
grant select, insert, update, delete on connectors to busbar_app;
create policy journal on connectors for all to busbar_journal using (true) with check (true);
grant select, update (status, error_code, info, vendor_id, vendor_error_code, status_at, status_received_at) on connectors to busbar_journal;

create table station_variables (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  component text not null default '',
  variable text not null,
  attribute text not null default 'Actual',
  value text not null default '',
  readonly boolean not null default false,
  reboot_required boolean not null default false,
  reported_at timestamptz not null,
  unique (station_id, component, variable, attribute),
  foreign key (tenant_id, network_id, station_id) references stations (tenant_id, network_id, id) on update cascade
);
call busbar_isolate('station_variables', 'network_id');
grant select, insert, update, delete on station_variables to busbar_app;

-- Attempts on an identity that no tenant owns have no tenant: only the support desk sees them.
create table connection_attempts (
  id uuid primary key,
  tenant_id uuid references tenants (id),
  network_id uuid,
  station_id uuid,
  identity text not null,
  at timestamptz not null,
  last_at timestamptz not null,
  count integer not null default 1,
  outcome text not null check (outcome in ('ACCEPTED', 'REFUSED')),
  cause text not null,
  explanation text not null,
  fix text not null,
  remote_address text not null,
  url text not null,
  subprotocols jsonb,
  user_agent text not null default '',
  tls_version text not null default '',
  unique (tenant_id, id),
  foreign key (tenant_id, station_id) references stations (tenant_id, id)
);
create index on connection_attempts (tenant_id, last_at desc);
create index on connection_attempts (station_id, last_at desc);
create index on connection_attempts (last_at);
call busbar_isolate('connection_attempts', 'network_id');
grant select, delete on connection_attempts to busbar_app;
create policy everyone on connection_attempts for all to busbar_handshake using (true) with check (true);
grant select, insert, update (last_at, count) on connection_attempts to busbar_handshake;
create policy everyone_reads on connection_attempts for select to busbar_support using (true);
grant select on connection_attempts to busbar_support;
create policy strays on connection_attempts for all to busbar_platform using (tenant_id is null);
grant select, delete on connection_attempts to busbar_platform;

-- Nodes that hold sockets. A node that stopped reporting has lost them. No tenant's data.
create table nodes (
  id text primary key,
  started_at timestamptz not null,
  seen_at timestamptz not null
);
grant select, insert, update, delete on nodes to busbar_journal;

-- +goose Down
drop table nodes, connection_attempts, station_variables, connectors, evses, stations, locations;

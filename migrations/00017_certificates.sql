-- +goose Up

-- How a tenant's certificates are made: under which name, for how long, and when stations may be asked to change theirs. Without a row the
-- defaults of internal/pki/authority hold. Quiet hours are minutes of the day, by the clock of the station's location.
create table certificate_policies (
  tenant_id uuid primary key references tenants (id),
  organization text not null default '' check (length(organization) <= 64),
  lifetime_days integer not null default 365 check (lifetime_days between 1 and 3650),
  quiet_from smallint check (quiet_from between 0 and 1439),
  quiet_to smallint check (quiet_to between 0 and 1439),
  grace_days integer not null default 30 check (grace_days between 0 and 365),
  factory text not null default 'RENEW' check (factory in ('RENEW', 'ADMIT')),
  updated_at timestamptz not null default now(),
  check ((quiet_from is null) = (quiet_to is null))
);
call busbar_isolate('certificate_policies');
grant select, insert, update on certificate_policies to busbar_app;

-- Who signs for a tenant, and whom else it believes: its own root and those under it, whose keys are sealed, and roots of makers of
-- stations. A successor waits as NEXT until stations have it; what it follows is RETIRING while stations still use it.
create table certificate_authorities (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  kind text not null check (kind in ('ROOT', 'INTERMEDIATE', 'MANUFACTURER')),
  parent_id uuid,
  status text not null check (status in ('NEXT', 'ACTIVE', 'RETIRING', 'RETIRED')),
  name text not null check (length(name) between 1 and 200),
  certificate bytea not null,
  sealed_key bytea,
  serial_number text not null,
  fingerprint text not null,
  not_before timestamptz not null,
  not_after timestamptz not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  activated_at timestamptz,
  retired_at timestamptz,
  unique (tenant_id, id),
  unique (tenant_id, fingerprint),
  foreign key (tenant_id, parent_id) references certificate_authorities (tenant_id, id),
  check ((kind = 'INTERMEDIATE') = (parent_id is not null)),
  check ((kind = 'MANUFACTURER') = (sealed_key is null))
);
-- One signs and one follows, however many ask at once.
create unique index certificate_authorities_one on certificate_authorities (tenant_id, kind, status) where kind <> 'MANUFACTURER' and status in ('NEXT', 'ACTIVE');
call busbar_isolate('certificate_authorities');
grant select, insert, update (status, name, activated_at, retired_at, sealed_key) on certificate_authorities to busbar_app;
create policy everyone on certificate_authorities for select to busbar_handshake using (true);
grant select (id, tenant_id, kind, parent_id, status, certificate, fingerprint, not_after) on certificate_authorities to busbar_handshake;

-- The certificates of stations: what we signed, and what they came with. One request of a station is signed once.
create table station_certificates (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  authority_id uuid,
  use text not null check (use in ('CHARGING_STATION', 'V2G', 'V2G20')),
  origin text not null check (origin in ('SIGNED', 'FACTORY', 'ELSEWHERE')),
  status text not null check (status in ('SIGNED', 'INSTALLED', 'IN_USE', 'SUPERSEDED', 'REFUSED', 'REVOKED')),
  serial_number text not null,
  subject text not null,
  issuer text not null,
  key_type text not null,
  fingerprint text not null,
  request text not null default '',
  request_id bigint,
  request_digest text,
  certificate bytea not null,
  not_before timestamptz not null,
  not_after timestamptz not null,
  renew_at timestamptz,
  deliveries integer not null default 0,
  deliver_at timestamptz,
  last_error text not null default '',
  installed_at timestamptz,
  first_used_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  revocation_reason text not null default '',
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, station_id, fingerprint),
  unique (tenant_id, authority_id, serial_number),
  unique (tenant_id, station_id, use, request_digest),
  foreign key (tenant_id, network_id, station_id) references stations (tenant_id, network_id, id) on update cascade,
  foreign key (tenant_id, authority_id) references certificate_authorities (tenant_id, id)
);
create index on station_certificates (tenant_id, station_id, created_at desc);
create index on station_certificates (tenant_id, not_after);
create index station_certificates_renewal on station_certificates (tenant_id, renew_at) where status in ('INSTALLED', 'IN_USE');
create index station_certificates_delivery on station_certificates (tenant_id, deliver_at) where status = 'SIGNED';
create index station_certificates_revoked on station_certificates (tenant_id, authority_id) where status = 'REVOKED';
call busbar_isolate('station_certificates', 'network_id');
grant select, insert, update on station_certificates to busbar_app;
create policy everyone on station_certificates for select to busbar_handshake using (true);
grant select (id, tenant_id, station_id, authority_id, use, status, serial_number, fingerprint, not_after) on station_certificates to busbar_handshake;
create policy everyone on certificate_policies for select to busbar_handshake using (true);
grant select on certificate_policies to busbar_handshake;

-- What is done to a station's security step by step: a change of its profile, of its password or of its certificate, or a root that it is
-- given. One at a time for each station.
create table security_operations (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  batch_id uuid,
  kind text not null check (kind in ('PROFILE', 'PASSWORD', 'RENEWAL', 'ROOT')),
  from_profile integer,
  to_profile integer,
  status text not null check (status in ('APPROVAL', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED')),
  step text not null,
  explanation text not null default '',
  steps jsonb not null default '[]',
  state jsonb not null default '{}',
  sealed_secret bytea,
  attempts integer not null default 0,
  next_at timestamptz,
  busy_until timestamptz,
  deadline timestamptz,
  requested_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  completed_at timestamptz,
  unique (tenant_id, id),
  foreign key (tenant_id, network_id, station_id) references stations (tenant_id, network_id, id) on update cascade
);
create unique index security_operations_one on security_operations (station_id) where status in ('APPROVAL', 'RUNNING');
create index on security_operations (tenant_id, station_id, created_at desc);
create index on security_operations (tenant_id, batch_id) where batch_id is not null;
create index security_operations_due on security_operations (tenant_id, next_at) where status = 'RUNNING';
call busbar_isolate('security_operations', 'network_id');
grant select, insert, update on security_operations to busbar_app;

-- What one person asked for and another must agree to.
create table approvals (
  id uuid primary key,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  action text not null check (action in ('DELETE_LAST_ROOT', 'PROFILE_DOWNGRADE')),
  request jsonb not null,
  reason text not null check (length(reason) between 1 and 1000),
  status text not null default 'WAITING' check (status in ('WAITING', 'APPROVED', 'REFUSED', 'EXPIRED')),
  requested_by text not null,
  requester text not null,
  decided_by text not null default '',
  decided_at timestamptz,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, network_id, station_id) references stations (tenant_id, network_id, id) on update cascade
);
create unique index approvals_one on approvals (station_id, action, md5(request::text)) where status = 'WAITING';
create index on approvals (tenant_id, created_at desc);
call busbar_isolate('approvals', 'network_id');
grant select, insert, update (status, decided_by, decided_at) on approvals to busbar_app;

-- The certificate a station is connected with, whether that is good for nothing but a new one, and the serial number that the operator expects before a station ever booted.
alter table stations
  add column certificate_id uuid,
  add column renewal_only boolean not null default false,
  add column expected_serial text not null default '' check (length(expected_serial) <= 64),
  add foreign key (tenant_id, certificate_id) references station_certificates (tenant_id, id);
grant select (serial_number, expected_serial, certificate_id, booted_at) on stations to busbar_handshake;

-- A TLS handshake that failed says no identity: it belongs to the station that was last heard from the same address, if there is one.
create index stations_address on stations (remote_address) where remote_address <> '' and removed_at is null;
grant select (remote_address) on stations to busbar_handshake;

-- +goose Down
drop index stations_address;
alter table stations drop column certificate_id, drop column renewal_only, drop column expected_serial;
drop table approvals;
drop table security_operations;
drop table station_certificates;
drop table certificate_authorities;
drop table certificate_policies;

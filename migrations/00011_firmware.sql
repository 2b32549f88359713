-- +goose Up

-- Firmware that is kept here for stations to fetch. A row is made before its file is uploaded.
create table firmwares (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  network_id uuid,
  version text not null check (length(version) between 1 and 50),
  vendor text not null check (length(vendor) between 1 and 50),
  models jsonb,
  file_name text not null,
  note text not null default '',
  status text not null default 'AWAITING_UPLOAD' check (status in ('AWAITING_UPLOAD', 'READY', 'DAMAGED')),
  size bigint,
  sha256 text not null default '',
  md5 text not null default '',
  expected_sha256 text not null default '',
  signature text not null default '',
  signing_certificate text not null default '',
  transfer_id uuid,
  file_id uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id),
  check (status <> 'READY' or file_id is not null),
  foreign key (tenant_id, network_id) references networks (tenant_id, id),
  foreign key (tenant_id, file_id) references files (tenant_id, id)
);
create index on firmwares (tenant_id, created_at desc);
create index on firmwares (transfer_id) where transfer_id is not null;
create index on firmwares (file_id) where file_id is not null;
call busbar_isolate('firmwares', 'network_id');
grant select, insert, delete, update (status, size, sha256, md5, file_id, file_name, updated_at) on firmwares to busbar_app;

alter table firmware_updates
  add column firmware_id uuid,
  add foreign key (tenant_id, firmware_id) references firmwares (tenant_id, id) on delete set null (firmware_id);
create index on firmware_updates (firmware_id) where firmware_id is not null;

-- People upload firmware, over the same links as stations upload logs.
alter table files add column md5 bytea check (length(md5) = 16);
alter table file_transfers drop constraint file_transfers_check,
  add check (direction = 'OUT' and file_id is not null
    or direction = 'IN' and (station_id is not null or kind = 'FIRMWARE') and max_bytes is not null);

-- What only OCPP 2.1 says of a charging profile.
alter table charging_profiles add column details jsonb;

-- What a station asks to have signed is kept until somebody signs it.
alter table station_settings drop constraint station_settings_kind_check,
  add check (kind in ('MONITOR', 'DISPLAY_MESSAGE', 'TARIFF', 'DER_CONTROL', 'EVENT_STREAM', 'NETWORK_PROFILE', 'CERTIFICATE', 'TRANSACTION_LIMIT', 'SIGNING_REQUEST'));

-- +goose Down
delete from station_settings where kind = 'SIGNING_REQUEST';
alter table station_settings drop constraint station_settings_kind_check,
  add check (kind in ('MONITOR', 'DISPLAY_MESSAGE', 'TARIFF', 'DER_CONTROL', 'EVENT_STREAM', 'NETWORK_PROFILE', 'CERTIFICATE', 'TRANSACTION_LIMIT'));
alter table charging_profiles drop column details;
delete from file_transfers where direction = 'IN' and station_id is null;
alter table file_transfers drop constraint file_transfers_check,
  add check (direction = 'OUT' and file_id is not null or direction = 'IN' and station_id is not null and max_bytes is not null);
alter table files drop column md5;
alter table firmware_updates drop column firmware_id;
drop table firmwares;

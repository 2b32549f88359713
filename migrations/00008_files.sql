-- +goose Up

-- Files that stations fetch (firmware) and send (logs, diagnostics), and the short-lived links over which they do.
-- The bytes are in the blob storage; a row here is what makes them visible.

-- busbar_files finds the tenant of a link by its token, before any tenant is known.
-- +goose StatementBegin
do $$
begin
  begin
    create role busbar_files nologin nosuperuser nobypassrls noinherit;
  exception when duplicate_object or unique_violation then
    null; -- roles belong to the server, so another database may have made it
  end;
  if not (select rolsuper from pg_roles where rolname = current_user) then
    grant busbar_files to current_user;
  end if;
end
$$;
-- +goose StatementEnd
grant usage on schema public to busbar_files;

create table files (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  network_id uuid,
  station_id uuid,
  kind text not null check (kind in ('FIRMWARE', 'LOG')),
  name text not null check (length(name) between 1 and 128),
  size bigint not null check (size >= 0),
  sha256 bytea not null check (length(sha256) = 32),
  content_type text not null,
  blob_key text not null unique,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, network_id) references networks (tenant_id, id),
  foreign key (tenant_id, station_id) references stations (tenant_id, id)
);
create index on files (tenant_id, kind, created_at desc);
create index on files (station_id, created_at desc) where station_id is not null;
call busbar_isolate('files', 'network_id');
grant select, insert, delete on files to busbar_app;

create table file_transfers (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  network_id uuid,
  station_id uuid,
  token_hash bytea not null unique check (length(token_hash) = 32),
  direction text not null check (direction in ('OUT', 'IN')),
  kind text not null check (kind in ('FIRMWARE', 'LOG')),
  name text not null default '',
  file_id uuid,
  max_bytes bigint check (max_bytes > 0),
  received_bytes bigint not null default 0,
  used_at timestamptz,
  finished_at timestamptz,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  check (direction = 'OUT' and file_id is not null or direction = 'IN' and station_id is not null and max_bytes is not null),
  foreign key (tenant_id, network_id) references networks (tenant_id, id),
  foreign key (tenant_id, station_id) references stations (tenant_id, id),
  foreign key (tenant_id, file_id) references files (tenant_id, id) on delete cascade
);
create index on file_transfers (tenant_id, expires_at);
create index on file_transfers (tenant_id, file_id) where file_id is not null;
call busbar_isolate('file_transfers', 'network_id');
grant select, insert, update (file_id, received_bytes, used_at, finished_at), delete on file_transfers to busbar_app;

-- Whoever knows a token learns whose link it is, and nothing else.
create policy link on file_transfers for select to busbar_files using (expires_at > now());
grant select (id, tenant_id, token_hash, expires_at) on file_transfers to busbar_files;

-- +goose Down
drop table file_transfers, files;

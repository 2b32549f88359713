-- +goose Up

create table tenants (
  id uuid primary key,
  slug text not null unique check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  name text not null check (name <> ''),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  timezone text not null,
  status text not null default 'ACTIVE' check (status in ('ACTIVE', 'SUSPENDED')),
  created_at timestamptz not null default now()
);
call busbar_isolate('tenants', tenant_column => 'id');
grant select, update (name, timezone) on tenants to busbar_app;
create policy everyone on tenants for select to busbar_handshake, busbar_signin, busbar_support using (true);
create policy platform on tenants for all to busbar_platform using (true) with check (true);
grant select on tenants to busbar_handshake, busbar_signin, busbar_support;
grant select, insert, update (status, name) on tenants to busbar_platform;

create table networks (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  slug text not null check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  name text not null check (name <> ''),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  allow_unsecured boolean not null default false,
  accept_unknown_tokens boolean not null default false,
  archived_at timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, slug)
);
call busbar_isolate('networks', 'id');
grant select, insert, update on networks to busbar_app;
create policy everyone on networks for select to busbar_handshake, busbar_signin using (true);
create policy platform on networks for all to busbar_platform using (true) with check (true);
grant select on networks to busbar_handshake, busbar_signin;
grant select, insert on networks to busbar_platform;

-- A person may belong to several tenants, so people have no tenant: a tenant sees those who are its members.
create table users (
  id uuid primary key,
  email text not null check (email = lower(email) and email like '%@%'),
  name text not null,
  password_hash text,
  platform_role text check (platform_role in ('SUPPORT', 'PLATFORM_ADMIN')),
  disabled_at timestamptz,
  created_at timestamptz not null default now(),
  unique (email)
);

create table memberships (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  user_id uuid not null references users (id),
  role text not null check (role in ('OWNER', 'ADMIN', 'OPERATOR', 'FINANCE', 'VIEWER')),
  network_id uuid,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique nulls not distinct (tenant_id, user_id, network_id),
  foreign key (tenant_id, network_id) references networks (tenant_id, id)
);
create index on memberships (user_id);
call busbar_isolate('memberships', 'network_id');
grant select, insert, update (role), delete on memberships to busbar_app;
create policy everyone on memberships for select to busbar_signin using (true);
create policy platform on memberships for all to busbar_platform using (true) with check (true);
grant select on memberships to busbar_signin;
grant select, insert on memberships to busbar_platform;

alter table users enable row level security;
alter table users force row level security;
create policy members on users for select to busbar_app using (
  exists (select from memberships m where m.user_id = users.id and m.tenant_id = (select busbar_tenant())));
create policy everyone on users for all to busbar_signin, busbar_platform using (true) with check (true);
grant select (id, email, name, created_at) on users to busbar_app;
grant select, insert, update on users to busbar_signin;
grant select, insert on users to busbar_platform;

create table api_keys (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  network_id uuid,
  name text not null check (name <> ''),
  prefix text not null unique,
  hash bytea not null,
  role text not null check (role in ('OWNER', 'ADMIN', 'OPERATOR', 'FINANCE', 'VIEWER')),
  scopes jsonb,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, network_id) references networks (tenant_id, id)
);
call busbar_isolate('api_keys', 'network_id');
grant select, insert, update (revoked_at) on api_keys to busbar_app;
create policy everyone on api_keys for all to busbar_signin using (true) with check (true);
grant select, update (last_used_at) on api_keys to busbar_signin;

-- Append-only: the application has neither UPDATE nor DELETE.
create table audit_events (
  id uuid primary key,
  tenant_id uuid not null references tenants (id),
  network_id uuid,
  at timestamptz not null default now(),
  actor_kind text not null,
  actor_id uuid,
  actor_name text not null,
  action text not null,
  subject_type text,
  subject_id text,
  outcome text not null,
  remote_address text,
  request_id text,
  details jsonb,
  foreign key (tenant_id, network_id) references networks (tenant_id, id)
);
create index on audit_events (tenant_id, at desc);
call busbar_isolate('audit_events', 'network_id');
grant select, insert on audit_events to busbar_app;

-- Portal sessions, invitations and the brake on guessing: sign-in alone reads and writes them.
create table sign_in_sessions (
  token_hash bytea primary key,
  user_id uuid references users (id) on delete cascade,
  data bytea not null,
  expires_at timestamptz not null
);
create index on sign_in_sessions (user_id);
create index on sign_in_sessions (expires_at);

create table invitations (
  token_hash bytea primary key,
  user_id uuid not null references users (id) on delete cascade,
  expires_at timestamptz not null
);

alter table sign_in_sessions enable row level security;
alter table sign_in_sessions force row level security;
alter table invitations enable row level security;
alter table invitations force row level security;
create policy everyone on sign_in_sessions for all to busbar_signin using (true) with check (true);
create policy everyone on invitations for all to busbar_signin using (true) with check (true);
grant select, insert, update, delete on sign_in_sessions, invitations to busbar_signin;

-- +goose Down
drop table invitations, sign_in_sessions, audit_events, api_keys, memberships, users, networks, tenants;

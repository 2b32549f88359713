-- +goose Up

-- A membership counts once the person accepted it, with the link that was made for that membership alone. An e-mail address
-- doesn't say who chose an account's password: without this, whoever registered somebody's address first, in a tenant of
-- their own, would be let into every tenant that invites that address later.
alter table memberships add column accepted_at timestamptz default now();
alter table memberships alter column accepted_at drop default;

-- The application invites; that a person accepted is for sign-in alone to write.
revoke insert on memberships from busbar_app;
grant insert (id, tenant_id, user_id, role, network_id, created_at) on memberships to busbar_app;
create policy accept on memberships for update to busbar_signin using (true) with check (true);
grant update (accepted_at) on memberships to busbar_signin;

drop table invitations;
create table invitations (
  token_hash bytea primary key,
  tenant_id uuid not null,
  membership_id uuid not null,
  expires_at timestamptz not null,
  unique (tenant_id, membership_id),
  foreign key (tenant_id, membership_id) references memberships (tenant_id, id) on delete cascade
);
create index on invitations (expires_at);
alter table invitations enable row level security;
alter table invitations force row level security;
create policy everyone on invitations for all to busbar_signin using (true) with check (true);
grant select, insert, update, delete on invitations to busbar_signin;

-- +goose Down
drop table invitations;
create table invitations (
  token_hash bytea primary key,
  user_id uuid not null references users (id) on delete cascade,
  expires_at timestamptz not null
);
alter table invitations enable row level security;
alter table invitations force row level security;
create policy everyone on invitations for all to busbar_signin using (true) with check (true);
grant select, insert, update, delete on invitations to busbar_signin;
drop policy accept on memberships;
revoke insert on memberships from busbar_app;
grant insert on memberships to busbar_app;
alter table memberships drop column accepted_at;

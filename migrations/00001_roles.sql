-- +goose Up

-- Who may touch what. The owner migrates and nothing else. The application, the journal and each actor that must look
-- across tenants are roles of their own, without login: a connection takes one with SET ROLE.
--
--   busbar_app        everything a viewer with a tenant does; row-level security binds it
--   busbar_journal    owns the hot tables, so that it may COPY into them
--   busbar_handshake  finds a station by identity before any tenant is known
--   busbar_signin     recognises people and apps
--   busbar_platform   makes and lists tenants
--   busbar_support    lists what is stuck in Pending, for the platform's support desk

-- +goose StatementBegin
do $$
declare
  r text;
begin
  foreach r in array array['busbar_app', 'busbar_journal', 'busbar_handshake', 'busbar_signin', 'busbar_platform', 'busbar_support'] loop
    begin
      execute format('create role %I nologin nosuperuser nobypassrls noinherit', r);
    exception when duplicate_object or unique_violation then
      null; -- roles belong to the server, so another database may have made them
    end;
    -- An owner who is no superuser may take a role only once it is granted to them, although they made it.
    if not (select rolsuper from pg_roles where rolname = current_user) then
      execute format('grant %I to current_user', r);
    end if;
  end loop;
end
$$;
-- +goose StatementEnd

revoke create on schema public from public;
grant usage on schema public to busbar_app, busbar_journal, busbar_handshake, busbar_signin, busbar_platform, busbar_support;

-- Partitions of the hot tables live apart, where only the journal may make them and the application has no rights at all.
create schema hot;
grant usage, create on schema hot to busbar_journal;

-- The tenant and the networks of whoever is acting, set for one transaction at a time. Policies call them in a sub-select, so
-- that the planner evaluates them once per statement.
create function busbar_tenant() returns uuid language sql stable parallel safe
  return nullif(current_setting('busbar.tenant', true), '')::uuid;

-- Null means every network of the tenant.
create function busbar_networks() returns uuid[] language sql stable parallel safe
  return string_to_array(nullif(current_setting('busbar.networks', true), ''), ',')::uuid[];

-- Puts a table behind the tenant wall and, where network_column is given, behind the network wall. The owner is bound too.
-- +goose StatementBegin
create procedure busbar_isolate(tbl text, network_column text default null, tenant_column text default 'tenant_id') language plpgsql as $$
declare
  condition text := format('%I = (select busbar_tenant())', tenant_column);
begin
  if network_column is not null then
    condition := condition || format(
      ' and ((select busbar_networks()) is null or %I = any ((select busbar_networks())::uuid[]))', network_column);
  end if;
  execute format('alter table %I enable row level security', tbl);
  execute format('alter table %I force row level security', tbl);
  execute format('create policy tenant on %I for all to busbar_app using (%s) with check (%s)', tbl, condition, condition);
end
$$;
-- +goose StatementEnd
revoke all on procedure busbar_isolate(text, text, text) from public;

-- +goose Down
drop procedure busbar_isolate(text, text, text);
drop function busbar_networks();
drop function busbar_tenant();
drop schema hot;

-- +goose Up

-- The hot tables: written with COPY by the journal, read by ent. They are partitioned by the time of receipt, a week each.
-- Foreign keys would cost a look-up per row: the journal writes only ids that it was handed by a station's own connection, and
-- row-level security decides who reads them. Row-level security is enabled but not forced, because Postgres refuses COPY FROM
-- where it binds the role; so the owner is a role that owns nothing else.

create table ocpp_messages (
  id uuid not null,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  at timestamptz not null,
  direction text not null,
  type text not null,
  action text not null,
  message_id text not null,
  payload text not null,
  error_code text not null default '',
  repairs jsonb,
  raw bytea
) partition by range (at);
create index ocpp_messages_station on ocpp_messages (tenant_id, station_id, at);
create index ocpp_messages_id on ocpp_messages using brin (id) with (pages_per_range = 32);
create index ocpp_messages_at on ocpp_messages using brin (at) with (pages_per_range = 32);

create table meter_values (
  id uuid not null,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  session_id uuid,
  connector_no integer not null,
  at timestamptz not null,
  received_at timestamptz not null,
  measurand text not null,
  phase text not null default '',
  location text not null default '',
  context text not null default '',
  value double precision,
  unit text not null,
  raw_value text not null,
  raw_unit text not null default ''
) partition by range (received_at);
create index meter_values_session on meter_values (tenant_id, session_id, at) where session_id is not null;
create index meter_values_received on meter_values using brin (received_at) with (pages_per_range = 32);

create table status_changes (
  id uuid not null,
  tenant_id uuid not null,
  network_id uuid not null,
  station_id uuid not null,
  evse_no integer not null,
  connector_no integer not null,
  status text not null,
  error_code text not null default '',
  info text not null default '',
  vendor_id text not null default '',
  vendor_error_code text not null default '',
  at timestamptz not null,
  received_at timestamptz not null
) partition by range (received_at);
create index status_changes_station on status_changes (tenant_id, station_id, at);

-- +goose StatementBegin
do $$
declare
  t text;
begin
  foreach t in array array['ocpp_messages', 'meter_values', 'status_changes'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy tenant on %I for all to busbar_app using (tenant_id = (select busbar_tenant())
      and ((select busbar_networks()) is null or network_id = any ((select busbar_networks())::uuid[])))', t);
    execute format('grant select, insert on %I to busbar_app', t);
  end loop;
end
$$;
-- +goose StatementEnd

grant create on schema public to busbar_journal;
alter table ocpp_messages owner to busbar_journal;
alter table meter_values owner to busbar_journal;
alter table status_changes owner to busbar_journal;
revoke create on schema public from busbar_journal;

-- Makes the partitions for the weeks around a day. Anybody may call it; it runs as the journal, which owns the tables.
-- +goose StatementBegin
create function hot.ensure_partitions(around timestamptz, weeks integer) returns integer
language plpgsql security definer set search_path = public, hot, pg_temp as $$
declare
  t text;
  monday timestamptz;
  part text;
  made integer := 0;
begin
  for i in -1..weeks loop
    monday := date_trunc('week', around at time zone 'UTC') at time zone 'UTC' + make_interval(weeks => i);
    foreach t in array array['ocpp_messages', 'meter_values', 'status_changes'] loop
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

-- Drops the partitions of one table that hold nothing younger than the given time.
-- +goose StatementBegin
create function hot.drop_partitions(parent text, before timestamptz) returns integer
language plpgsql security definer set search_path = public, hot, pg_temp as $$
declare
  part text;
  dropped integer := 0;
begin
  if parent not in ('ocpp_messages', 'meter_values', 'status_changes') then
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

grant create on schema hot to busbar_journal;
alter function hot.ensure_partitions(timestamptz, integer) owner to busbar_journal;
alter function hot.drop_partitions(text, timestamptz) owner to busbar_journal;
revoke all on function hot.ensure_partitions(timestamptz, integer) from public;
revoke all on function hot.drop_partitions(text, timestamptz) from public;

select hot.ensure_partitions(now(), 4);

-- +goose Down
drop function hot.drop_partitions(text, timestamptz);
drop function hot.ensure_partitions(timestamptz, integer);
drop table status_changes, meter_values, ocpp_messages;

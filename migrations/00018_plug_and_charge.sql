-- +goose Up

-- A tenant also believes roots of cars' contracts: V2G_ROOT stands above stations' certificates for cars and often above contracts, MO_ROOT
-- above the contracts of one mobility operator. Neither lets a station in: the handshake asks for the other kinds alone.
alter table certificate_authorities
  drop constraint certificate_authorities_kind_check,
  drop constraint certificate_authorities_check1,
  add constraint certificate_authorities_kind_check check (kind in ('ROOT', 'INTERMEDIATE', 'MANUFACTURER', 'V2G_ROOT', 'MO_ROOT')),
  add constraint certificate_authorities_key_check check ((kind in ('ROOT', 'INTERMEDIATE')) = (sealed_key is not null));
drop index certificate_authorities_one;
create unique index certificate_authorities_one on certificate_authorities (tenant_id, kind, status) where kind in ('ROOT', 'INTERMEDIATE') and status in ('NEXT', 'ACTIVE');

-- What somebody else signed comes with the certificates above it, as PEM; above what we sign stands one of our authorities.
alter table station_certificates add column chain text not null default '' check (length(chain) <= 40000);

-- Who hands out contracts and signs stations' certificates for cars, where a tenant has an operator of its own. The token is sealed.
create table plug_and_charge_operators (
  tenant_id uuid primary key references tenants (id),
  url text not null check (length(url) between 1 and 2000),
  sealed_token bytea not null,
  updated_by text not null,
  updated_at timestamptz not null default now()
);
call busbar_isolate('plug_and_charge_operators');
grant select, insert, update, delete on plug_and_charge_operators to busbar_app;

-- +goose Down
drop table plug_and_charge_operators;
alter table station_certificates drop column chain;
delete from certificate_authorities where kind in ('V2G_ROOT', 'MO_ROOT');
drop index certificate_authorities_one;
create unique index certificate_authorities_one on certificate_authorities (tenant_id, kind, status) where kind <> 'MANUFACTURER' and status in ('NEXT', 'ACTIVE');
alter table certificate_authorities
  drop constraint certificate_authorities_kind_check,
  drop constraint certificate_authorities_key_check,
  add constraint certificate_authorities_kind_check check (kind in ('ROOT', 'INTERMEDIATE', 'MANUFACTURER')),
  add constraint certificate_authorities_check1 check ((kind = 'MANUFACTURER') = (sealed_key is null));

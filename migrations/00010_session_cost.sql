-- +goose Up

-- What a session may take at most, and what it costs by the station's own reckoning (OCPP 2.1).
alter table charging_sessions
  add column limits jsonb,
  add column station_cost jsonb;

-- +goose Down
alter table charging_sessions drop column limits, drop column station_cost;

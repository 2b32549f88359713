-- +goose Up

-- The texts of a report's parts by their numbers, until all are there: they may come out of order.
alter table station_reports add column part_texts jsonb;

-- +goose Down
alter table station_reports drop column part_texts;

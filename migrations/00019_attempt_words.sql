-- What is said of connection attempts, as codes with details beside the English text: so that it can be said in other languages.

-- +goose Up
alter table connection_attempts add column said jsonb;

-- +goose Down
alter table connection_attempts drop column said;

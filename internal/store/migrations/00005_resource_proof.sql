-- What proves a state of a resource, and why it was made.

-- +goose Up

-- The reason given with the change, as its change record holds it.
ALTER TABLE resource ADD COLUMN reason TEXT NOT NULL DEFAULT '';
-- Made by the journal's key in the transaction of the change record; NULL before this migration.
ALTER TABLE resource ADD COLUMN proof BYTEA;

-- +goose Down
ALTER TABLE resource DROP COLUMN proof;
ALTER TABLE resource DROP COLUMN reason;

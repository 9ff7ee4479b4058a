-- Erasures of persons that one administrator proposed and another decides on. The record of the proposal in the journal
-- holds the person, sealed; id is its index.

-- +goose Up
CREATE TABLE erasure (
    id         BIGINT NOT NULL PRIMARY KEY,
    at         BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    actor      TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    pseudonym  BYTEA  NOT NULL,
    records    BIGINT NOT NULL,
    state      TEXT   NOT NULL,
    decided_by TEXT   NOT NULL,
    decided_at BIGINT NOT NULL,
    note       TEXT   NOT NULL
);

-- +goose Down
DROP TABLE erasure;

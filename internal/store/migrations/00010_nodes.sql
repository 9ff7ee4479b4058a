-- Which process goes by the name of a node, and which signatures have counted. Times are microseconds since 1970.

-- +goose Up
CREATE TABLE node (
    name   TEXT   NOT NULL PRIMARY KEY,
    epoch  BIGINT NOT NULL,
    holder TEXT   NOT NULL,
    until  BIGINT NOT NULL,
    probe  BYTEA
);

CREATE TABLE signature (
    id    BYTEA  NOT NULL PRIMARY KEY,
    until BIGINT NOT NULL
);
CREATE INDEX signature_until ON signature (until);

-- +goose Down
DROP TABLE signature;
DROP TABLE node;

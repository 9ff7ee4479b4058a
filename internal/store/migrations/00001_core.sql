-- One text for SQLite and PostgreSQL. Types are PostgreSQL's; SQLite stores blobs, texts and integers
-- under any of these names as they are. Times are microseconds since 1970, UTC.

-- +goose Up
CREATE TABLE log_head (
    log      TEXT   NOT NULL PRIMARY KEY,
    size     BIGINT NOT NULL,
    frontier BYTEA,
    note     BYTEA
);

-- One row a batch. entries and asides are a chain of (u32 length, bytes); asides is NULL when none has any.
CREATE TABLE log_batch (
    log     TEXT   NOT NULL,
    first   BIGINT NOT NULL,
    count   BIGINT NOT NULL,
    entries BYTEA  NOT NULL,
    asides  BYTEA,
    hashes  BYTEA,
    note    BYTEA,
    PRIMARY KEY (log, first)
);

-- One row; locking it orders all changes of resources.
CREATE TABLE revision (
    id    BIGINT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO revision (id, value) VALUES (1, 0);

-- Every state a resource ever had; the newest one of each (kind, id) carries newest = 1.
CREATE TABLE resource (
    revision   BIGINT NOT NULL PRIMARY KEY,
    kind       TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    newest     BIGINT NOT NULL,
    deleted    BIGINT NOT NULL,
    doc        BYTEA  NOT NULL,
    changed_by TEXT   NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX resource_key ON resource (kind, id, revision);
CREATE INDEX resource_newest ON resource (revision) WHERE newest = 1;

CREATE TABLE body (
    call    TEXT   NOT NULL,
    part    TEXT   NOT NULL,
    expires BIGINT NOT NULL,
    sealed  BYTEA  NOT NULL,
    PRIMARY KEY (call, part)
);
CREATE INDEX body_expires ON body (expires);

-- +goose Down
DROP TABLE body;
DROP TABLE resource;
DROP TABLE revision;
DROP TABLE log_batch;
DROP TABLE log_head;

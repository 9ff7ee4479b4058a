-- What stands beside the event log. The log itself is one more log in log_head and log_batch.

-- +goose Up

-- How far each partition of each group has confirmed: the index of the next event. Positions only grow.
CREATE TABLE event_position (
    system TEXT   NOT NULL,
    grp    TEXT   NOT NULL,
    part   BIGINT NOT NULL,
    pos    BIGINT NOT NULL,
    PRIMARY KEY (system, grp, part)
);

-- Dead events of consumers: what a consumer could not use, as delivered or as it changed it.
CREATE TABLE event_dead (
    id       BIGINT NOT NULL PRIMARY KEY,
    system   TEXT   NOT NULL,
    grp      TEXT   NOT NULL,
    state    TEXT   NOT NULL,
    position BIGINT NOT NULL,
    type     TEXT   NOT NULL,
    source   TEXT   NOT NULL,
    event    TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    doc      BYTEA  NOT NULL
);
CREATE INDEX event_dead_of ON event_dead (system, id);

-- Summary of a stretch of whole batches of the event log: what is in it, and the fingerprints of its entries.
CREATE TABLE event_segment (
    first   BIGINT NOT NULL PRIMARY KEY,
    size    BIGINT NOT NULL,
    summary BYTEA  NOT NULL,
    hashes  BYTEA  NOT NULL
);

-- Which node gives the events of which partitions to its readers, while several nodes share a store; and how many
-- readers of a group each node has. Times are microseconds since 1970.
CREATE TABLE event_owner (
    system TEXT   NOT NULL,
    grp    TEXT   NOT NULL,
    part   BIGINT NOT NULL,
    node   TEXT   NOT NULL,
    until  BIGINT NOT NULL,
    PRIMARY KEY (system, grp, part)
);
CREATE TABLE event_share (
    system  TEXT   NOT NULL,
    grp     TEXT   NOT NULL,
    node    TEXT   NOT NULL,
    readers BIGINT NOT NULL,
    until   BIGINT NOT NULL,
    PRIMARY KEY (system, grp, node)
);

-- +goose Down
DROP TABLE event_share;
DROP TABLE event_owner;
DROP TABLE event_segment;
DROP TABLE event_dead;
DROP TABLE event_position;

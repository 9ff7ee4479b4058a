-- The derived search index: everything here can be built again from the logs.

-- +goose Up
CREATE TABLE search_state (
    id       BIGINT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL
);
INSERT INTO search_state (id, position) VALUES (1, 0);

-- Words that repeat (participants, systems, services, …) are stored once; 0 stands for none.
CREATE TABLE search_word (
    id   BIGINT NOT NULL PRIMARY KEY,
    word TEXT   NOT NULL UNIQUE
);

CREATE TABLE search_row (
    seq         BIGINT NOT NULL PRIMARY KEY,
    outcome_seq BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    kind        BIGINT NOT NULL,
    call        TEXT,
    consumer    BIGINT NOT NULL,
    system      BIGINT NOT NULL,
    service     BIGINT NOT NULL,
    provider    BIGINT NOT NULL,
    agreement   BIGINT NOT NULL,
    purpose     BIGINT NOT NULL,
    verdict     BIGINT NOT NULL,
    code        BIGINT NOT NULL,
    subject_key BIGINT,
    subject     BYTEA,
    day         TEXT   NOT NULL
);
CREATE UNIQUE INDEX search_call ON search_row (call);
CREATE INDEX search_subject ON search_row (subject_key, seq);
CREATE INDEX search_system ON search_row (system, seq);
CREATE INDEX search_at ON search_row (at, seq);

CREATE TABLE search_usage (
    day       TEXT   NOT NULL,
    agreement TEXT   NOT NULL,
    calls     BIGINT NOT NULL,
    PRIMARY KEY (day, agreement)
);

-- +goose Down
DROP TABLE search_usage;
DROP TABLE search_row;
DROP TABLE search_word;
DROP TABLE search_state;

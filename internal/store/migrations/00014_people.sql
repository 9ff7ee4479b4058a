-- Persons who log in: who they are, their roles, their sessions, and what local accounts log in with. Times are microseconds
-- since 1970; 0: none. The identification number of a person is in sealed only, and found by its pseudonym.

-- +goose Up
CREATE TABLE person (
    id        TEXT   NOT NULL PRIMARY KEY,
    pseudonym BYTEA  UNIQUE,
    sealed    BYTEA,
    name      TEXT   NOT NULL,
    email     TEXT   NOT NULL,
    verified  BIGINT NOT NULL,
    language  TEXT   NOT NULL,
    created   BIGINT NOT NULL,
    blocked   BIGINT NOT NULL
);

CREATE TABLE membership (
    id          TEXT   NOT NULL PRIMARY KEY,
    person      TEXT   NOT NULL,
    participant TEXT   NOT NULL,
    role        TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    since       BIGINT NOT NULL,
    until       BIGINT NOT NULL,
    proposed_by TEXT   NOT NULL,
    granted_by  TEXT   NOT NULL
);
CREATE INDEX membership_person ON membership (person);
CREATE INDEX membership_participant ON membership (participant);

CREATE TABLE session (
    digest      BYTEA  NOT NULL PRIMARY KEY,
    person      TEXT   NOT NULL,
    participant TEXT   NOT NULL,
    staff       BIGINT NOT NULL,
    name_id     BYTEA,
    name_sealed BYTEA,
    name_index  TEXT   NOT NULL,
    entities    TEXT   NOT NULL,
    created     BIGINT NOT NULL,
    seen        BIGINT NOT NULL,
    until       BIGINT NOT NULL,
    address     TEXT   NOT NULL,
    agent       TEXT   NOT NULL,
    step_up     BIGINT NOT NULL
);
CREATE INDEX session_person ON session (person);
CREATE INDEX session_name ON session (name_id);
CREATE INDEX session_until ON session (until);

CREATE TABLE credential (
    person    TEXT   NOT NULL PRIMARY KEY,
    login     TEXT   NOT NULL UNIQUE,
    password  TEXT   NOT NULL,
    totp      BYTEA,
    totp_next BYTEA,
    used      BIGINT NOT NULL,
    changed   BIGINT NOT NULL
);

CREATE TABLE recovery_code (
    person TEXT  NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (person, digest)
);

CREATE TABLE login_attempt (
    id       BYTEA  NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last     BIGINT NOT NULL
);
CREATE INDEX login_attempt_last ON login_attempt (last);

CREATE TABLE setup_code (
    digest BYTEA  NOT NULL PRIMARY KEY,
    person TEXT   NOT NULL,
    until  BIGINT NOT NULL
);

-- +goose Down
DROP TABLE setup_code;
DROP TABLE login_attempt;
DROP TABLE recovery_code;
DROP TABLE credential;
DROP TABLE session;
DROP TABLE membership;
DROP TABLE person;

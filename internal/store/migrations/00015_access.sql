-- Access requests as JSON with what they are found by; the contents that they refer to by digest (frozen versions and
-- attachments); the documents made of them; and the last number that was given in each series and year.

-- +goose Up
CREATE TABLE access_request (
    number    TEXT   NOT NULL PRIMARY KEY,
    kind      TEXT   NOT NULL,
    state     TEXT   NOT NULL,
    consumer  TEXT   NOT NULL,
    provider  TEXT   NOT NULL,
    service   TEXT   NOT NULL,
    agreement TEXT   NOT NULL,
    revision  BIGINT NOT NULL,
    changed   BIGINT NOT NULL,
    doc       BYTEA  NOT NULL
);
CREATE INDEX access_request_consumer ON access_request (consumer, changed);
CREATE INDEX access_request_provider ON access_request (provider, changed);
CREATE INDEX access_request_state ON access_request (state, changed);
CREATE INDEX access_request_agreement ON access_request (agreement);

CREATE TABLE access_content (
    request TEXT   NOT NULL,
    digest  TEXT   NOT NULL,
    media   TEXT   NOT NULL,
    data    BYTEA  NOT NULL,
    PRIMARY KEY (request, digest)
);

CREATE TABLE access_document (
    number  TEXT   NOT NULL PRIMARY KEY,
    code    TEXT   NOT NULL UNIQUE,
    request TEXT   NOT NULL,
    doc     BYTEA  NOT NULL,
    content BYTEA  NOT NULL
);
CREATE INDEX access_document_request ON access_document (request);

CREATE TABLE access_number (
    series TEXT   NOT NULL PRIMARY KEY,
    last   BIGINT NOT NULL
);

-- +goose Down
DROP TABLE access_number;
DROP TABLE access_document;
DROP TABLE access_content;
DROP TABLE access_request;

-- How each webhook fares on each node, for operators: what it answered, and which events are tried again. Times are microseconds
-- since 1970.

-- +goose Up
CREATE TABLE webhook_state (
    subscription TEXT   NOT NULL,
    node         TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    doc          BYTEA  NOT NULL,
    PRIMARY KEY (subscription, node)
);

-- +goose Down
DROP TABLE webhook_state;

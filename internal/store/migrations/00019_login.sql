-- Logins that were begun at an identity provider and not finished: any node may finish them, once. Sealed, since a login
-- that waits for its confirmation names the person.

-- +goose Up
CREATE TABLE login_begun (
    key    BYTEA  NOT NULL PRIMARY KEY,
    sealed BYTEA  NOT NULL,
    begun  BIGINT NOT NULL
);
CREATE INDEX login_begun_begun ON login_begun (begun);

-- +goose Down
DROP TABLE login_begun;

-- Which batches had their asides overwritten, so that an incremental backup carries them again.

-- +goose Up

-- One row; counts the transactions that overwrote asides. Locking it puts them in order.
CREATE TABLE aside_generation (
    id    BIGINT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO aside_generation (id, value) VALUES (1, 0);

-- The newest generation that overwrote asides of a batch.
CREATE TABLE aside_change (
    log        TEXT   NOT NULL,
    first      BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    PRIMARY KEY (log, first)
);

-- +goose Down
DROP TABLE aside_change;
DROP TABLE aside_generation;

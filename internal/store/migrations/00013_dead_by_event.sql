-- Receipts, histories and consumers that bury an event ask for dead events by the event's source and id.

-- +goose Up
CREATE INDEX event_dead_event ON event_dead (source, event, id);

-- +goose Down
DROP INDEX event_dead_event;

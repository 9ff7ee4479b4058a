package store

import (
	"context"
	"database/sql"
	"time"

	"mconnect/internal/appendlog"
)

// webhookKept is how long a state is kept that its node does not renew.
const webhookKept = 30 * 24 * time.Hour

const (
	sqlPutWebhook = `INSERT INTO webhook_state (subscription, node, at, doc) VALUES ($1, $2, $3, $4)
		ON CONFLICT (subscription, node) DO UPDATE SET at = excluded.at, doc = excluded.doc`
	sqlWebhooks    = `SELECT subscription, node, at, doc FROM webhook_state ORDER BY subscription, node`
	sqlOldWebhooks = `DELETE FROM webhook_state WHERE at < $1`
)

// SaveWebhooks replaces the states of the subscriptions and nodes that are named, and drops what is long out of date.
func (db *DB) SaveWebhooks(ctx context.Context, states []appendlog.WebhookState) error {
	rows := make([][]any, len(states))
	newest := time.Time{}
	for i, s := range states {
		rows[i] = []any{s.Subscription, s.Node, s.At.UnixMicro(), s.Doc}
		if s.At.After(newest) {
			newest = s.At
		}
	}
	if len(rows) == 0 {
		return nil
	}
	old := [][]any{{newest.Add(-webhookKept).UnixMicro()}}
	return db.change(ctx, func(*sql.Tx) error {
		if err := db.d.many(ctx, db.main.conn, sqlPutWebhook, rows); err != nil {
			return err
		}
		return db.d.many(ctx, db.main.conn, sqlOldWebhooks, old)
	})
}

// Webhooks lists the states of all nodes, by subscription and node.
func (db *DB) Webhooks(ctx context.Context) ([]appendlog.WebhookState, error) {
	all, err := collect(ctx, db.pool, func(rows *sql.Rows, s *appendlog.WebhookState) error {
		var at int64
		err := rows.Scan(&s.Subscription, &s.Node, &at, &s.Doc)
		s.At = time.UnixMicro(at).UTC()
		return err
	}, sqlWebhooks)
	return all, unavailable(err)
}

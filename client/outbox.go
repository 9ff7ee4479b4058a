package client

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"mconnect/fault"
)

// Tables that Outbox and Once need, for PostgreSQL and SQLite. Create them with the application's own migrations.
const (
	OutboxTable = `CREATE TABLE IF NOT EXISTS mconnect_outbox (
	source TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, created BIGINT NOT NULL, refused TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (source, id))`
	OutboxLease = `CREATE TABLE IF NOT EXISTS mconnect_outbox_lease (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until BIGINT NOT NULL)`
	InboxTable  = `CREATE TABLE IF NOT EXISTS mconnect_inbox (source TEXT NOT NULL, id TEXT NOT NULL, seen BIGINT NOT NULL, PRIMARY KEY (source, id))`
)

// Enqueue puts an event into the outbox in the caller's own transaction: it will be produced if, and only if, that
// commits (transactional outbox). The same source and ID enqueued again changes nothing.
func Enqueue(ctx context.Context, tx *sql.Tx, e Event) error {
	if e.Source == "" || e.ID == "" {
		return errors.New("client: an event in the outbox needs source and id")
	}
	if e.Time.IsZero() {
		e.Time = time.Now().UTC()
	}
	text, err := e.Text()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO mconnect_outbox (source, id, body, created) VALUES ($1, $2, $3, $4) ON CONFLICT (source, id) DO NOTHING`,
		e.Source, e.ID, string(text), time.Now().UnixNano())
	return err
}

// Outbox produces what Enqueue put into a database. Any number of processes may run one; a lease lets one of them work
// at a time, so that order is kept.
type Outbox struct {
	DB     *sql.DB
	Client *Client
	Holder string        // name of this process; must differ between those that share the database
	Lease  time.Duration // after which another process takes over; 0: 30 s
	Every  time.Duration // how often it looks for events; 0: 200 ms
	Failed func(error)   // called at every failure, when set; the event is tried again
}

const outboxBatch = 100

// Run works until ctx ends.
func (o *Outbox) Run(ctx context.Context) error {
	every := o.Every
	if every <= 0 {
		every = 200 * time.Millisecond
	}
	for {
		n, err := o.Once(ctx)
		if err != nil && ctx.Err() == nil && o.Failed != nil {
			o.Failed(err)
		}
		if n == outboxBatch && err == nil {
			continue
		}
		select {
		case <-time.After(every):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Once produces one batch of the oldest events, if this process has or gets the lease, and removes them. An event that
// the platform refuses permanently stays in the table with the code in "refused", and the others go on. One whose time
// lies ahead of the platform's clock waits, and those behind it, until it does not.
func (o *Outbox) Once(ctx context.Context) (int, error) {
	if mine, err := o.lease(ctx); err != nil || !mine {
		return 0, err
	}
	rows, err := o.waiting(ctx)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	batch := []byte("[")
	for i, r := range rows {
		if i > 0 {
			batch = append(batch, ',')
		}
		batch = append(batch, r.body...)
	}
	err = o.Client.produce(ctx, append(batch, ']'))
	if f, ok := errors.AsType[*fault.Error](err); ok {
		if at, bad := refused(f, len(rows)); bad {
			_, err := o.DB.ExecContext(ctx, `UPDATE mconnect_outbox SET refused = $1 WHERE source = $2 AND id = $3`,
				string(f.Code), rows[at].source, rows[at].id)
			return 0, errors.Join(fmt.Errorf("event %s of %s: %w", rows[at].id, rows[at].source, f), err)
		}
	}
	if err != nil {
		return 0, err
	}
	return len(rows), o.remove(ctx, rows)
}

// refused reports which event of a batch is refused permanently.
func refused(f *fault.Error, rows int) (at int, bad bool) {
	if f.Code == fault.EventFuture {
		return 0, false
	}
	if at, err := strconv.Atoi(f.Params["index"]); err == nil {
		return at, at >= 0 && at < rows
	}
	return 0, rows == 1 && f.Kind() == fault.TooLarge // the platform need not read it to say so
}

// row is an event in the outbox.
type row struct{ source, id, body string }

func (o *Outbox) waiting(ctx context.Context) (all []row, err error) {
	found, err := o.DB.QueryContext(ctx, `SELECT source, id, body FROM mconnect_outbox WHERE refused = '' ORDER BY created, id LIMIT $1`, outboxBatch)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	size := 0
	for found.Next() {
		var r row
		if err := found.Scan(&r.source, &r.id, &r.body); err != nil {
			return nil, err
		}
		if size += len(r.body); size > 900<<10 && len(all) > 0 { // a request has 1 MB
			break
		}
		all = append(all, r)
	}
	return all, found.Err()
}

// remove takes out what is durable at the platform. When it fails the events are produced again, and dropped there.
func (o *Outbox) remove(ctx context.Context, rows []row) error {
	tx, err := o.DB.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // of a transaction that is committed
	for _, r := range rows {
		if _, err := tx.ExecContext(ctx, `DELETE FROM mconnect_outbox WHERE source = $1 AND id = $2`, r.source,
			r.id); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// lease takes or renews the right to produce.
func (o *Outbox) lease(ctx context.Context) (bool, error) {
	lasts := o.Lease
	if lasts <= 0 {
		lasts = 30 * time.Second
	}
	now := time.Now()
	done, err := o.DB.ExecContext(ctx, `INSERT INTO mconnect_outbox_lease (name, holder, until) VALUES ('outbox', $1, $2)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
		WHERE mconnect_outbox_lease.holder = excluded.holder OR mconnect_outbox_lease.until < $3`, o.Holder, now.Add(lasts).UnixNano(), now.UnixNano())
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n == 1, err
}

// Once does what an event asks for at most once, though it may be delivered more than once: do runs in a transaction
// that also notes the event, unless it is noted already. Rows older than the platform's retention may be deleted.
func Once(ctx context.Context, db *sql.DB, e *Event, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // of a transaction that is committed
	noted, err := tx.ExecContext(ctx, `INSERT INTO mconnect_inbox (source, id, seen) VALUES ($1, $2, $3) ON CONFLICT (source, id) DO NOTHING`,
		e.Source, e.ID, time.Now().UnixNano())
	if err != nil {
		return err
	}
	if n, err := noted.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

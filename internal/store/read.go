package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
)

// maxReadBytes ends a Read early, so that memory stays bounded also with large entries.
const maxReadBytes = 16 << 20

// Read returns whole batches in order, beginning with the one that holds entry from and ending with the
// one that holds entry from+limit-1, or earlier after about 16 MiB: always at least one when from is below
// the log's size, none when it is not. The first batch may begin before from. Where batches were dropped (see
// DropSegment), reading goes on with the next one that is there.
func (l *Log) Read(ctx context.Context, from int64, limit int) ([]appendlog.Batch, error) {
	return l.readBy(ctx, l.db.pool, from, limit)
}

// readBy is Read over a connection, or over a pool.
func (l *Log) readBy(ctx context.Context, q reader, from int64, limit int) ([]appendlog.Batch, error) {
	batches, err := l.read(ctx, q, max(from, 0), limit)
	if err != nil || len(batches) > 0 {
		return batches, err
	}
	// What was not there a moment ago may be by now, with more behind it: the batch that holds from is looked for
	// again, in the same statement as the next one.
	var next sql.NullInt64
	if err := q.QueryRowContext(ctx, sqlAfter, l.name, from).Scan(&next); err != nil || !next.Valid {
		return nil, unavailable(err)
	}
	return l.read(ctx, q, next.Int64, limit)
}

func (l *Log) read(ctx context.Context, q reader, from int64, limit int) ([]appendlog.Batch, error) {
	rows, err := q.QueryContext(ctx, sqlRead, l.name, from, from+int64(max(limit, 1)))
	if err != nil {
		return nil, unavailable(err)
	}
	defer func() { _ = rows.Close() }()
	var batches []appendlog.Batch
	bytes := 0
	for bytes < maxReadBytes && rows.Next() {
		var r row
		if err := rows.Scan(&r.first, &r.count, &r.entries, &r.asides, &r.hashes, &r.note); err != nil {
			return nil, unavailable(err)
		}
		if r.first+r.count <= from {
			continue
		}
		b, err := r.batch()
		if err != nil {
			return nil, unavailable(err)
		}
		bytes += len(r.entries) + len(r.asides) + len(r.hashes)
		batches = append(batches, b)
	}
	return batches, unavailable(rows.Err())
}

// ReadDurable is Read of what no fail-over can take back (see Durable), for what leaves the process. A batch that
// another process appended is waited for until it is durable; when that cannot be confirmed now, only those before it
// are returned, and an error when there are none. Fault record.unavailable.
func (l *Log) ReadDurable(ctx context.Context, from int64, limit int) ([]appendlog.Batch, error) {
	known := l.Acknowledged() // before the reading: a later one may be of another server
	for {
		batches, err := l.Read(ctx, from, limit)
		covered := upTo(batches, known)
		if err != nil || len(batches) == 0 || len(covered) > 0 { // as nearly always
			return covered, errors.Join(err, l.Forked())
		}
		if known = l.Acknowledged(); len(upTo(batches, known)) == 0 {
			break // not what this process has appended meanwhile
		}
	}
	// What is confirmed is read again over the connection that confirms it. After a fail-over another server answers
	// there, which may have other entries in these places.
	var again []appendlog.Batch
	head, err := l.confirm(ctx, func(ctx context.Context, q reader) (err error) {
		again, err = l.readBy(ctx, q, from, limit)
		return err
	})
	if err != nil {
		return nil, fault.Wrap(err, fault.RecordUnavailable)
	}
	return upTo(again, head), l.Forked()
}

// upTo leaves the batches that a head covers.
func upTo(batches []appendlog.Batch, head appendlog.Head) []appendlog.Batch {
	for n := len(batches); n > 0; n-- {
		if last := batches[n-1]; last.First+int64(len(last.Entries)) <= head.Size {
			return batches[:n]
		}
	}
	return nil
}

// Follow calls fn for every batch from entry from on, in order, each entry exactly once, and waits for
// more until ctx ends (its error is returned) or fn fails (fn's error). The first batch is cut so that
// it begins with from; asides may be missing. It hears of appends, by
// whatever process, within 100 ms, and passes them on as soon as they are durable; while the store cannot be read it
// waits and tries again.
func (l *Log) Follow(ctx context.Context, from int64, fn func(appendlog.Batch) error) error {
	return l.follow(ctx, from, false, fn)
}

// FollowClosely is Follow for who must not be late: it hears of appends by this process within a few milliseconds, at
// the price of being woken so often.
func (l *Log) FollowClosely(ctx context.Context, from int64, fn func(appendlog.Batch) error) error {
	return l.follow(ctx, from, true, fn)
}

func (l *Log) follow(ctx context.Context, from int64, close bool, fn func(appendlog.Batch) error) error {
	leave := l.db.watch.join()
	defer leave()
	failing := false
	for {
		var near <-chan struct{}
		if close {
			near = l.db.watch.changedSoon(l.name)
		}
		size, heard, changed := l.db.watch.size(l.name)
		batches, err := l.recent.from(from), error(nil)
		if len(batches) == 0 && (!heard || size > from) {
			batches, err = l.ReadDurable(ctx, from, maxGroup)
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			if !failing {
				l.db.log.Warn("cannot follow; trying again", "log", l.name, "cause", err)
			}
			failing = true
			if err := l.db.watch.pause(ctx, 100*time.Millisecond); err != nil {
				return err
			}
			continue
		}
		failing = false
		for _, b := range batches {
			b = b.From(from)
			if err := fn(b); err != nil {
				return err
			}
			from = b.First + int64(len(b.Entries))
		}
		if len(batches) > 0 {
			continue
		}
		if size > from { // the head is ahead of what can be read yet
			if err := l.db.watch.pause(ctx, 10*time.Millisecond); err != nil {
				return err
			}
			continue
		}
		select {
		case <-changed:
		case <-near:
		case <-ctx.Done():
			return ctx.Err()
		case <-l.db.stop:
			return errClosed
		}
	}
}

package store_test

import (
	"context"
	"sync"
	"testing"

	"mconnect/internal/store"
	"mconnect/test/must"
)

// looks is how often each observer of TestDurable_BesideAppends looks.
const looks = 400

// TestDurable_BesideAppends: heads are confirmed and leases renewed while the same process appends at full rate. An
// append that becomes durable between the reading of a head and the verdict on it is no other history.
func TestDurable_BesideAppends(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		l := openLog(t, db, "journal", chain{})
		lease := must.Get(db.LeaseName(t.Context(), "node"))(t)
		ctx, stop := context.WithCancel(t.Context())
		var callers, observers sync.WaitGroup
		for range 4 {
			callers.Go(func() {
				for ctx.Err() == nil {
					if _, err := l.Append(t.Context(), entry("beside")); err != nil {
						t.Errorf("an append: %v", err)
						return
					}
				}
			})
		}
		for what, look := range map[string]func() error{
			"a confirmation": func() error { _, err := l.Durable(t.Context(), 0); return err },
			"a renewal":      func() error { return lease.RenewNow(t.Context()) },
		} {
			observers.Go(func() {
				for range looks {
					if err := look(); err != nil {
						t.Errorf("%s: %v", what, err)
						return
					}
				}
			})
		}
		observers.Wait()
		stop()
		callers.Wait()
		if err := l.Forked(); err != nil {
			t.Errorf("a healthy log counts as forked: %v", err)
		}
		head, err := l.Head(t.Context())
		if known := l.Acknowledged(); err != nil || known.Size != head.Size {
			t.Errorf("%d entries are acknowledged, the log holds %d, %v", known.Size, head.Size, err)
		}
		whole(t, l)
	})
}

// TestDurable_ReaderBesideAppends: who only reads takes the head that there is and never calls it a fork when it has
// grown.
func TestDurable_ReaderBesideAppends(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		l := openLog(t, open(t, url), "journal", chain{})
		must.Get(l.Append(t.Context(), entry("first")))(t)
		other := must.Get(store.Open(t.Context(), store.Config{URL: url, ReadOnly: true}))(t)
		defer func() { _ = other.Close() }()
		reading := openLog(t, other, "journal", chain{})
		var observers sync.WaitGroup
		for range 4 {
			observers.Go(func() {
				for range looks / 10 {
					if h, err := reading.Durable(t.Context(), 0); err != nil || h.Size < 1 {
						t.Errorf("%+v, %v", h, err)
						return
					}
				}
			})
		}
		for range looks / 10 {
			must.Get(l.Append(t.Context(), entry("more")))(t)
		}
		observers.Wait()
		if err := reading.Forked(); err != nil {
			t.Errorf("a reader takes a log that grows for a fork: %v", err)
		}
	})
}

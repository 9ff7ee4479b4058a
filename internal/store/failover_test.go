package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/must"
	"mconnect/test/postgres"
)

// impatient ends the wait for a silent server sooner than a store in production does.
const impatient = 1500 * time.Millisecond

// pair is a primary and its synchronous standby, each behind a relay that can fall silent.
type pair struct {
	primary, standby     *postgres.Cluster
	toPrimary, toStandby *postgres.Relay
	replication          *postgres.Relay
	url                  string // of both, the one that can be written is chosen
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{}
	cluster := func(cfg postgres.Config) *postgres.Cluster {
		c := must.Get(postgres.StartWith(cfg))(t)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	relay := func(to *postgres.Cluster) *postgres.Relay {
		r := must.Get(postgres.NewRelay(to))(t)
		t.Cleanup(func() { _ = r.Close() })
		return r
	}
	p.primary = cluster(postgres.Config{})
	must.Get(p.primary.Create(t.Context(), "store"))(t)
	p.replication = relay(p.primary)
	p.standby = cluster(postgres.Config{Source: p.replication.Source()})
	for _, text := range []string{"ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"} {
		must.OK(t, p.primary.Exec(t.Context(), "postgres", text))
	}
	p.toPrimary, p.toStandby = relay(p.primary), relay(p.standby)
	p.url = fmt.Sprintf("postgres://postgres@%s,%s/store?target_session_attrs=read-write", p.toPrimary.Address(), p.toStandby.Address())
	return p
}

// failOver promotes the standby; the relay to the primary must be silent, or the primary ended.
func (p *pair) failOver(t *testing.T) {
	t.Helper()
	must.OK(t, p.standby.Promote(t.Context()))
}

// TestFailover_ThePrimaryFallsSilent: the machine of the primary vanishes without a word. Once the standby is promoted,
// appends, followers, leases and every other statement go on by themselves, and nothing acknowledged is missing.
func TestFailover_ThePrimaryFallsSilent(t *testing.T) {
	if server == nil {
		return
	}
	p := newPair(t)
	db := openWith(t, store.Config{URL: p.url, Patience: impatient})
	l := openLog(t, db, "journal", chain{})
	var mu sync.Mutex
	told := map[string]bool{}
	acknowledged := map[string]bool{}
	go func() {
		_ = l.Follow(t.Context(), 0, func(b appendlog.Batch) error { // ends with the test
			mu.Lock()
			defer mu.Unlock()
			for _, e := range b.Entries {
				told[string(e.Data)] = true
			}
			return nil
		})
	}()
	ctx, cancel := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	for n := range 8 {
		callers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				name := fmt.Sprintf("entry %d of %d", i, n)
				if _, err := l.Append(context.WithoutCancel(ctx), entry("%s", name)); err == nil {
					mu.Lock()
					acknowledged[name] = true
					mu.Unlock()
				}
			}
		})
	}
	renew := func() error {
		_, err := db.RenewPartitions(t.Context(), "node", nil, time.Minute)
		return err
	}
	read := func() error { _, err := l.Read(t.Context(), 0, 1); return err }
	all := map[string]func() error{
		"an append": func() error { _, err := l.Append(t.Context(), entry("after")); return err }, "a lease": renew, "a read": read,
		"the index": func() error { _, err := db.IndexPosition(t.Context()); return err },
	}
	for what, do := range all {
		if err := do(); err != nil {
			t.Fatalf("%s before: %v", what, err)
		}
	}
	p.toPrimary.Silence()
	p.replication.Silence()
	p.failOver(t)
	began := time.Now()
	var each sync.WaitGroup
	for what, do := range all {
		each.Go(func() {
			var last error
			for last = do(); last != nil; last = do() {
				if t.Context().Err() != nil {
					t.Errorf("%s: %v", what, last)
					return
				}
			}
			t.Logf("%s after %s", what, time.Since(began).Round(time.Millisecond))
		})
	}
	each.Wait()
	cancel()
	callers.Wait()
	await(t, "the follower has heard of everything", func() bool {
		mu.Lock()
		defer mu.Unlock()
		for name := range acknowledged {
			if !told[name] {
				return false
			}
		}
		return told["after"]
	})
	t.Logf("followers after %s", time.Since(began).Round(time.Millisecond))
	stands := map[string]bool{}
	for _, e := range whole(t, l) {
		stands[string(e.Data)] = true
	}
	for name := range acknowledged {
		if !stands[name] {
			t.Errorf("%s was acknowledged and is missing", name)
		}
	}
}

// await waits until so holds, however long a busy machine takes.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatalf("%s: not seen", what)
		}
	}
}

// TestFailover_NothingIsServedThatTheStandbyLacks: the standby is cut off, a commit is given up, and readers get
// only what the standby has. After the fail-over the log goes on from there.
func TestFailover_NothingIsServedThatTheStandbyLacks(t *testing.T) {
	if server == nil {
		return
	}
	p := newPair(t)
	first, second := openLog(t, openWith(t, store.Config{URL: p.url, Patience: impatient}), "journal", chain{}), openLog(t, openWith(t, store.Config{URL: p.url, Patience: impatient}), "journal", chain{})
	must.Get(first.Append(t.Context(), entry("replicated")))(t)
	for n, l := range []*store.Log{first, second} {
		if h, err := l.Durable(t.Context(), 0); err != nil || h.Size != 1 {
			t.Fatalf("node %d before: %+v, %v", n, h, err)
		}
	}
	var mu sync.Mutex
	var told []string
	go func() {
		_ = second.FollowClosely(t.Context(), 0, func(b appendlog.Batch) error { // ends with the test
			mu.Lock()
			defer mu.Unlock()
			for _, e := range b.Entries {
				told = append(told, string(e.Data))
			}
			return nil
		})
	}()
	p.replication.Silence()
	if _, err := first.Append(t.Context(), entry("cut off")); !refusedly(err) {
		t.Fatalf("without the standby: %v", err)
	}
	// The commit waits on; the first node gave it up without cancelling it.
	if h, err := second.Head(t.Context()); err != nil || h.Size != 1 {
		t.Errorf("giving up made the commit visible: %+v, %v", h, err)
	}
	// An operator, or a restart of the server, can make it visible all the same.
	const wake = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`
	await(t, "the entry is visible on the primary", func() bool {
		must.OK(t, p.primary.Exec(t.Context(), "postgres", wake))
		h, err := second.Head(t.Context())
		return err == nil && h.Size == 2
	})
	var nodes sync.WaitGroup // each look waits for the standby as long as it may
	for n, l := range []*store.Log{first, second} {
		nodes.Go(func() {
			if h, err := l.Durable(t.Context(), 0); err != nil || h.Size != 1 {
				t.Errorf("node %d serves what the standby lacks: %+v, %v", n, h, err)
			}
			if _, err := l.Durable(t.Context(), 2); !refusedly(err) {
				t.Errorf("node %d confirms what the standby lacks: %v", n, err)
			}
			if batches, err := l.ReadDurable(t.Context(), 1, 10); len(batches) > 0 || !refusedly(err) {
				t.Errorf("node %d reads what the standby lacks: %d batches, %v", n, len(batches), err)
			}
			if batches, err := l.ReadDurable(t.Context(), 0, 10); len(batches) != 1 || err != nil {
				t.Errorf("node %d reads %d batches of the one that is durable, %v", n, len(batches), err)
			}
		})
	}
	nodes.Wait()
	p.toPrimary.Silence()
	p.failOver(t)
	for n, l := range []*store.Log{first, second} {
		tries(t, l, fmt.Sprintf("node %d after the fail-over", n), succeeded)
		if err := l.Forked(); err != nil {
			t.Errorf("node %d takes a lawful fail-over for a fork: %v", n, err)
		}
	}
	for i, e := range whole(t, first) {
		if string(e.Data) == "cut off" {
			t.Errorf("entry %d was lost with the primary and is back", i)
		}
	}
	all := whole(t, first)
	await(t, "the follower has heard of everything", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(told) >= len(all)
	})
	mu.Lock()
	defer mu.Unlock()
	for i, e := range all {
		if told[i] != string(e.Data) {
			t.Fatalf("a follower was told %.20q as entry %d, which is %.20q", told[i], i, e.Data)
		}
	}
}

// TestFailover_WhatWasAcknowledgedIsGone: without a synchronous standby a fail-over loses entries. The process that was
// told of them appends nothing to the other history.
func TestFailover_WhatWasAcknowledgedIsGone(t *testing.T) {
	if server == nil {
		return
	}
	p := newPair(t)
	l := openLog(t, openWith(t, store.Config{URL: p.url, Patience: impatient}), "journal", chain{})
	must.Get(l.Append(t.Context(), entry("replicated")))(t)
	for _, text := range []string{"ALTER SYSTEM SET synchronous_standby_names = ''", "SELECT pg_reload_conf()"} {
		must.OK(t, p.primary.Exec(t.Context(), "postgres", text))
	}
	p.replication.Silence()
	tries(t, l, "without a standby", succeeded)
	p.toPrimary.Silence()
	p.failOver(t)
	tries(t, l, "the refusal", func(err error) bool { return refusedly(err) && l.Forked() != nil })
	if _, err := l.Append(t.Context(), entry("more")); !refusedly(err) {
		t.Errorf("appended to another history: %v", err)
	}
	if _, err := l.Durable(t.Context(), 0); !refusedly(err) {
		t.Errorf("served from another history: %v", err)
	}
}

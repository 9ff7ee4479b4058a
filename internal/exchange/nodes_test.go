package exchange_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/journal"
	"mconnect/internal/exchange"
	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
	"mconnect/verify"
)

// node is one of several processes of an installation: it shares the store and the keys, nothing else.
type node struct {
	*platform
	count *journal.Meter
}

// newNodes opens n nodes on one store, each of which follows what the others record.
func newNodes(t *testing.T, n int, quota agreement.Quota) []*node {
	t.Helper()
	first := newPlatform(t)
	nodes := make([]*node, n)
	for i := range nodes {
		db, err := store.Open(t.Context(), store.Config{URL: first.url})
		must.OK(t, err)
		t.Cleanup(func() { must.OK(t, db.Close()) })
		w := &platform{keys: first.keys, url: first.url, deliver: first.deliver, trusting: func() {}}
		w.populate(t)
		w.agree(t, agreement.Agreement{ID: "town-person", Service: "GetPerson", Quota: quota})
		w.log = must.Get(db.OpenLog(t.Context(), "journal", journal.NewSealer(w.keys, origin)))(t)
		w.journal, err = journal.New(journal.Config{Log: w.log, Keys: w.keys, Origin: origin, Node: "node-" + string(rune('a'+i))})
		must.OK(t, err)
		counts := must.Get(w.journal.Meter(t.Context(), db))(t)
		w.ledger.to, w.kept.keys = w.journal, w.keys
		w.Exchange, err = exchange.New(exchange.Config{Registry: w.registry, Catalog: w.catalog, Agreements: w.book, Ledger: &w.ledger,
			Deliverer: w, Meter: meter{counts}, Bodies: &w.kept, Observe: w.observe})
		must.OK(t, err)
		t.Cleanup(func() { must.OK(t, w.Close(context.Background())) })
		follow(t, counts)
		nodes[i] = &node{w, counts}
	}
	return nodes
}

// follow keeps a meter up with the journal until the test ends.
func follow(t *testing.T, m *journal.Meter) {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- m.Follow(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("stopped following: %v", err)
		}
	})
}

// knows waits until the node has counted so many calls of the day, which both nodes carried.
func (n *node) knows(t *testing.T, want int64) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		got, _ := n.count.Usage("town-person", journal.Limit{}, time.Now())
		if got == want {
			return
		}
		if got > want {
			t.Fatalf("the node knows of %d calls, want %d", got, want)
		}
		<-tick.C
	}
}

func (n *node) calls(t *testing.T, times int) {
	t.Helper()
	for range times {
		answer := must.Get(n.Do(t.Context(), n.call()))(t)
		answer.Release()
	}
}

func TestNodes_ShareOneQuota(t *testing.T) { engines.Each(t, aQuotaIsOneForAllNodes) }

func aQuotaIsOneForAllNodes(t *testing.T) {
	nodes := newNodes(t, 2, agreement.Quota{PerDay: 10})
	a, b := nodes[0], nodes[1]
	a.calls(t, 6)
	b.knows(t, 6)
	b.calls(t, 4)
	_, err := b.Do(t.Context(), b.call())
	wantFault(t, err, fault.QuotaUsedUp, fault.Caller)
	a.knows(t, 10)
	_, err = a.Do(t.Context(), a.call())
	wantFault(t, err, fault.QuotaUsedUp, fault.Caller)
	by := map[string]int{}
	for _, e := range b.records(t) {
		by[e.Node+" "+string(e.Kind)]++
	}
	want := map[string]int{"node-a intent": 6, "node-a outcome": 6, "node-a refusal": 1, "node-b intent": 4, "node-b outcome": 4, "node-b refusal": 1}
	for what, n := range want {
		if by[what] != n {
			t.Errorf("%s: %d records, want %d", what, by[what], n)
		}
	}
}

// TestNodes_ShareOneJournal: three nodes write at the same time; every call has its two records, in order,
// and every answer names the record that is its outcome.
func TestNodes_ShareOneJournal(t *testing.T) {
	engines.Each(t, nodesShareOneJournalWithoutGaps)
}

func nodesShareOneJournalWithoutGaps(t *testing.T) {
	const callers, each = 4, 8
	nodes := newNodes(t, 3, agreement.Quota{})
	var mu sync.Mutex
	outcome := map[mconnect.CallID]int64{}
	var all sync.WaitGroup
	for _, n := range nodes {
		for range callers {
			all.Go(func() {
				for range each {
					c := n.call()
					answer, err := n.Do(context.Background(), c)
					if err != nil {
						t.Error(err)
						return
					}
					answer.Release()
					mu.Lock()
					outcome[c.ID] = c.Receipt.Index
					mu.Unlock()
				}
			})
		}
	}
	all.Wait()
	total := len(nodes) * callers * each
	begun := map[mconnect.CallID]bool{}
	for i, e := range nodes[0].records(t) {
		switch e.Kind {
		case journal.Intent:
			if begun[e.Call] {
				t.Errorf("record %d: a second intent of %s", i, e.Call)
			}
			begun[e.Call] = true
		case journal.Outcome:
			if !begun[e.Call] || outcome[e.Call] != int64(i) {
				t.Errorf("record %d is the outcome of %s; the caller was told %d", i, e.Call, outcome[e.Call])
			}
		}
	}
	if len(begun) != total || len(outcome) != total {
		t.Errorf("%d intents, %d answers, want %d of each", len(begun), len(outcome), total)
	}
	for _, n := range nodes {
		n.knows(t, int64(total))
		report, err := verify.Journal(t.Context(), journal.NewSource(n.log), n.journal.Key(), verify.Options{})
		if err != nil || report.Records != int64(2*total) {
			t.Errorf("a node reads %d records, %v", report.Records, err)
		}
	}
}

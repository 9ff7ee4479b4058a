package broker_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"mconnect/internal/broker"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// TestLease_NodesShareAGroup: two nodes on one store divide a group's partitions, keep the order of each key while they
// do, and take over from one another when a node stops or dies.
func TestLease_NodesShareAGroup(t *testing.T) { engines.Each(t, nodesShareAGroup) }

func nodesShareAGroup(t *testing.T) {
	a := &fixture{t: t, url: engines.URL(t), rights: newRights(), ledger: &ledger{}, node: "a"}
	a.rights.producers[producer] = []string{source}
	a.rights.grant(bank, void)
	a.start()
	t.Cleanup(a.stop)
	b := &fixture{t: t, url: a.url, rights: a.rights, ledger: &ledger{}, node: "b"}
	b.start()
	first, second := a.open(bank, broker.Options{}), b.open(bank, broker.Options{})

	c := &census{t: t, next: map[string]int{}}
	c.round(a, 40)
	c.until("both nodes deliver", func() bool { return c.by["b"] > 0 && c.by["a"] > 0 }, func() {
		c.round(a, 10)
		c.read(a, first, "a")
		c.read(b, second, "b")
	})
	b.stop()
	c.until("all is delivered after one stopped", c.complete, func() { c.read(a, first, "a") })
	b.start()
	second = b.open(bank, broker.Options{})
	c.by = map[string]int{}
	c.until("both nodes deliver again", func() bool { return c.by["b"] > 0 && c.by["a"] > 0 }, func() {
		c.round(b, 10)
		c.read(a, first, "a")
		c.read(b, second, "b")
	})
	_ = b.db.Close() // it dies and gives nothing up
	_ = b.Engine.Close()
	c.until("all is delivered after one died", c.complete, func() { c.read(a, first, "a") })
}

// census counts what was produced and delivered, by key.
type census struct {
	t        *testing.T
	produced int
	next     map[string]int // by key: the number that is due, or smaller when it comes again
	by       map[string]int // by node
}

const censusKeys = 30

// round produces n events of each key.
func (c *census) round(w *fixture, n int) {
	if c.by == nil {
		c.by = map[string]int{}
	}
	for range n {
		var ids []string
		for k := range censusKeys {
			ids = append(ids, fmt.Sprintf("k%d/%d", k, c.produced))
		}
		batch := evs(void, "", ids...)
		for i := range batch {
			batch[i].PartitionKey = strings.Split(ids[i], "/")[0]
		}
		w.produce(batch...)
		c.produced++
	}
}

func (c *census) read(w *fixture, r broker.Reader, node string) {
	ctx, cancel := context.WithTimeout(c.t.Context(), 2*time.Millisecond)
	defer cancel()
	ds := must.Get(r.Next(ctx, 100, 1<<20))(c.t)
	for _, d := range ds {
		var n int
		key := keyIn(d.Event.ID)
		must.Get(fmt.Sscanf(d.Event.ID, key+"/%d", &n))(c.t)
		if n > c.next[key] {
			c.t.Fatalf("node %s got %s before number %d", node, d.Event.ID, c.next[key])
		}
		c.next[key] = max(c.next[key], n+1)
		c.by[node]++
	}
	w.confirm(r, 0)
}

func (c *census) complete() bool {
	for k := range censusKeys {
		if c.next[fmt.Sprint("k", k)] < c.produced {
			return false
		}
	}
	return true
}

func (c *census) until(what string, is func() bool, do func()) {
	c.t.Helper()
	deadline := time.Now().Add(patience)
	for !is() {
		if do(); time.Now().After(deadline) {
			c.t.Fatal("in vain: " + what)
		}
	}
}

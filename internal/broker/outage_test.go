package broker_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/internal/eventlog"
	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// onPostgres runs a test of what only a database over a network does.
func onPostgres(t *testing.T, test func(t *testing.T)) {
	engines.Each(t, func(t *testing.T) {
		if engines.Of(t) == engines.Postgres {
			test(t)
		}
	})
}

// TestReader_ASlowStoreIsReadByShortWaits: a reader that is behind reads the log although every read takes longer than
// its caller waits.
func TestReader_ASlowStoreIsReadByShortWaits(t *testing.T) {
	onPostgres(t, slowStoreIsReadByShortWaits)
}

func slowStoreIsReadByShortWaits(t *testing.T) {
	w := &fixture{t: t, rights: newRights(), ledger: &ledger{}, log: eventlog.Limits{Window: 7, Delivered: 40}}
	var line *wire
	line, w.url = newWire(t, engines.URL(t))
	w.rights.producers[producer] = []string{source}
	w.rights.grant(bank, void)
	w.start()
	t.Cleanup(w.stop)
	w.open(bank, broker.Options{}).Close()
	var all []string
	for n := range 30 {
		all = append(all, strconv.Itoa(n))
	}
	w.produce(evs(void, "key", all...)...)
	w.restart() // nothing is in memory any more
	line.slow(10 * time.Millisecond)
	r := w.open(bank, broker.Options{})
	var got []string
	eventually(t, "everything is read", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		ds := must.Get(r.Next(ctx, 100, 1<<20))(t)
		got = append(got, ids(ds)...)
		w.confirm(r, 0)
		return len(got) == len(all)
	})
	if fmt.Sprint(got) != fmt.Sprint(all) {
		t.Errorf("got %v", got)
	}
}

// fleet is several nodes on one database, each behind a wire of its own, and a way to the database that is never
// spoilt.
type fleet struct {
	t      *testing.T
	rights *rights
	nodes  []*fixture
	wires  []*wire
	direct *store.DB
	count  int
	served []*attendance
}

// attendance is one reader of a group, and which number it expects next of each key.
type attendance struct {
	on     *fixture
	reader broker.Reader
	group  string
	got    map[string]map[string]int // by group, by key; shared by the readers of a group
}

func newFleet(t *testing.T, nodes int) *fleet {
	t.Helper()
	f := &fleet{t: t, rights: newRights()}
	f.rights.producers[producer] = []string{source}
	f.rights.grant(bank, void)
	to := engines.URL(t)
	var err error
	if f.direct, err = store.Open(t.Context(), store.Config{URL: to}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.direct.Close() })
	for n := range nodes {
		w := &fixture{t: t, rights: f.rights, ledger: &ledger{}, node: string(rune('a' + n)), lease: time.Second}
		var line *wire
		line, w.url = newWire(t, to)
		w.start()
		t.Cleanup(func() {
			line.heal()
			w.stop()
		})
		f.nodes, f.wires = append(f.nodes, w), append(f.wires, line)
	}
	got := map[string]map[string]int{"all": {}}
	for _, w := range f.nodes {
		got[w.node] = map[string]int{}
		for _, group := range []string{w.node, "all"} { // one group only this node reads, one all nodes read
			f.served = append(f.served, &attendance{w, w.open(bank, broker.Options{Group: group}), group, got})
		}
	}
	return f
}

const fleetKeys = 24

// produce makes a further event of each key durable by one of the nodes; while its database is away it tries again.
func (f *fleet) produce() {
	f.t.Helper()
	var batch []event.Event
	for k := range fleetKeys {
		batch = append(batch, ev(fmt.Sprintf("k%d/%d", k, f.count), void, fmt.Sprint("k", k)))
	}
	f.count++
	on := f.nodes[f.count%len(f.nodes)]
	eventually(f.t, "a node accepts events again", func() bool {
		return on.Produce(f.t.Context(), broker.Caller{System: producer}, batch) == nil
	})
}

// complete reads until every group has everything, in order.
func (f *fleet) complete(what string) {
	f.t.Helper()
	eventually(f.t, what+": every group is served", func() bool {
		whole := true
		for _, a := range f.served {
			ctx, cancel := context.WithTimeout(f.t.Context(), 2*time.Millisecond)
			ds, err := a.reader.Next(ctx, 500, 1<<20)
			cancel()
			must.OK(f.t, err)
			next := a.got[a.group]
			for _, d := range ds {
				key, number, _ := strings.Cut(d.Event.ID, "/")
				n, err := strconv.Atoi(number)
				if err != nil || n > next[key] {
					f.t.Fatalf("%s: group %s on node %s got %s before number %d", what, a.group, a.on.node, d.Event.ID, next[key])
				}
				next[key] = max(next[key], n+1)
			}
			a.on.confirm(a.reader, 0)
			for k := range fleetKeys {
				whole = whole && next[fmt.Sprint("k", k)] == f.count
			}
		}
		return whole
	})
}

// announced waits until the nodes, and no others, have a share in force.
func (f *fleet) announced(nodes ...string) {
	f.t.Helper()
	eventually(f.t, fmt.Sprint("announced are ", nodes), func() bool {
		shares, err := f.direct.ReaderCounts(f.t.Context())
		found := map[string]bool{}
		for _, s := range shares {
			found[s.Node] = true
		}
		for _, n := range nodes {
			if !found[n] {
				return false
			}
		}
		return err == nil && len(found) == len(nodes)
	})
}

// TestOutage_EveryGroupIsServedAfterwards: the database refuses, stalls or dies for longer than a lease, and the nodes
// come back one after the other: every group is served again, in order, also one that a single node reads.
func TestOutage_EveryGroupIsServedAfterwards(t *testing.T) {
	onPostgres(t, func(t *testing.T) {
		for _, nodes := range []int{1, 3} {
			t.Run(fmt.Sprint(nodes), func(t *testing.T) { servedAfterAnOutage(t, nodes) })
		}
	})
}

func servedAfterAnOutage(t *testing.T, nodes int) {
	f := newFleet(t, nodes)
	f.produce()
	f.complete("at the beginning")
	for _, outage := range []struct {
		what  string
		begin func(*wire)
	}{
		{"refused", (*wire).refuse},
		{"frozen", (*wire).stall},
	} {
		for _, w := range f.wires {
			outage.begin(w)
		}
		f.announced()
		for n := range f.wires { // in turn: who comes first finds that the leases of the others have ended
			f.wires[n].heal()
			var back []string
			for _, w := range f.nodes[:n+1] {
				back = append(back, w.node)
			}
			f.announced(back...)
		}
		for range 3 {
			f.produce()
		}
		f.complete(outage.what)
	}
	for _, w := range f.wires {
		w.stall()
	}
	for _, w := range f.wires {
		w.drop() // the outcome of what was under way is not known
		w.heal()
	}
	f.produce()
	f.complete("dropped")
	for _, w := range f.wires {
		w.refuse()
	}
	cluster := engines.Cluster(t)
	must.OK(t, cluster.Kill())
	must.OK(t, cluster.Resume())
	for _, w := range f.wires {
		w.heal()
	}
	f.produce()
	f.complete("killed")
}

// TestRenew_FreesWhatAFormerProcessLeft: a node that died and came back under its name holds no partition that none of
// its readers wants; another node gets all of them.
func TestRenew_FreesWhatAFormerProcessLeft(t *testing.T) {
	engines.Each(t, freesWhatAFormerProcessLeft)
}

func freesWhatAFormerProcessLeft(t *testing.T) {
	a := &fixture{t: t, url: engines.URL(t), rights: newRights(), ledger: &ledger{}, node: "a"}
	a.rights.producers[producer] = []string{source}
	a.rights.grant(bank, void)
	a.start()
	a.open(bank, broker.Options{})
	_ = a.db.Close() // it dies and gives nothing up
	_ = a.Engine.Close()
	a.start()
	t.Cleanup(a.stop)
	b := &fixture{t: t, url: a.url, rights: a.rights, ledger: &ledger{}, node: "b"}
	b.start()
	t.Cleanup(b.stop)
	r := b.open(bank, broker.Options{})
	c := &census{t: t, next: map[string]int{}}
	c.round(b, 3)
	c.until("all is delivered by the other node", c.complete, func() { c.read(b, r, "b") })
}

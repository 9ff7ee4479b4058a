package broker_test

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mconnect"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/internal/eventlog"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// TestEngine_LosesAndReordersNothing: whatever the order of producing, joining, leaving, confirming, burying and
// crashing, every accepted event is delivered to each entitled group at least once, in order per partition key, and to
// nobody else.
func TestEngine_LosesAndReordersNothing(t *testing.T) { engines.Each(t, nothingIsLostOrOvertaken) }

func nothingIsLostOrOvertaken(t *testing.T) {
	if engines.Of(t) == engines.SQLite {
		overRuns(t, 1)
		return
	}
	few(t)
	for _, nodes := range []int{1, 3} {
		t.Run(fmt.Sprint(nodes, " nodes"), func(t *testing.T) { overRuns(t, nodes) })
	}
}

// few makes the property run less often than the library does by itself: a restart takes PostgreSQL a hundred times as
// long.
func few(t *testing.T) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		must.OK(t, f.Value.Set("8"))
		t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
	}
}

func overRuns(t *testing.T, nodes int) {
	all := fixture{
		t:      t,
		url:    engines.URL(t),
		rights: newRights(),
		log:    eventlog.Limits{Window: 7, Delivered: 40},
		grace:  4 * time.Millisecond,
		lease:  time.Second,
	}
	all.rights.producers[producer] = []string{source}
	fixed := play{}
	for n := range nodes {
		w := all
		w.ledger = &ledger{}
		if nodes > 1 {
			w.node = fmt.Sprint("node", n)
		}
		if engines.Of(t) == engines.Postgres {
			var line *wire
			line, w.url = newWire(t, w.url)
			w.spoilt = true
			fixed.wires = append(fixed.wires, line)
		}
		w.start()
		t.Cleanup(w.stop)
		fixed.nodes = append(fixed.nodes, &w)
	}
	t.Cleanup(fixed.heal)
	cases := 0
	rapid.Check(t, func(r *rapid.T) {
		cases++
		p := fixed
		p.rights, p.t, p.n, p.accepted = all.rights, r, cases, map[string][]string{}
		p.begin()
		steps := map[string]func(*rapid.T){
			"produce": p.doProduce, "join": p.doJoin, "leave": p.doLeave, "read": p.doRead, "confirm": p.doConfirm,
			"bury": p.doBury, "restart": p.doRestart, "crash": p.doCrash, "try": p.doTry,
		}
		if len(p.wires) > 0 {
			steps["disturb"], steps["heal"] = p.doDisturb, func(*rapid.T) { p.heal() }
		}
		r.Repeat(steps)
		p.end()
	})
}

// play is one run of the property: groups with what each was given, and what was accepted, by partition key.
type play struct {
	nodes    []*fixture
	wires    []*wire // of each node, on PostgreSQL
	rights   *rights
	t        *rapid.T
	n        int
	count    int
	accepted map[string][]string
	groups   []*audience
}

func (p *play) heal() {
	for _, w := range p.wires {
		w.heal()
	}
}

// doDisturb spoils the way of one node to the database until something needs it.
func (p *play) doDisturb(t *rapid.T) {
	w := rapid.SampledFrom(p.wires).Draw(t, "wire")
	rapid.SampledFrom([]func(){w.refuse, w.stall, w.drop, func() { w.slow(3 * time.Millisecond) }}).Draw(t, "how")()
}

// sure does what must succeed in the end, on a way that is drawn to be whole, or to break while it is done.
func (p *play) sure(t *rapid.T, do func() error) {
	if len(p.wires) == 0 || rapid.Bool().Draw(t, "healed") {
		p.heal()
	}
	done := make(chan error, 1)
	go func() { done <- do() }()
	for _, w := range p.wires {
		if rapid.IntRange(0, 3).Draw(t, "drop") == 0 {
			w.drop()
		}
	}
	p.heal()
	err := <-done
	for end := time.Now().Add(patience); err != nil; err = do() { // a producer repeats until it has its answer
		if len(p.wires) == 0 || time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// audience is one group of one consumer.
type audience struct {
	system   mconnect.SystemID
	group    string
	types    []mconnect.EventType
	readers  []broker.Reader
	on       map[broker.Reader]*fixture
	last     map[broker.Reader][]broker.Delivery
	given    map[string]int // by key: how many of the accepted ones were given, without a gap
	entitled bool
}

func (p *play) begin() {
	system := func(name string) mconnect.SystemID { return mconnect.SystemID(fmt.Sprintf("p%d.%s", p.n, name)) }
	p.groups = []*audience{
		{system: system("one"), group: "a", types: []mconnect.EventType{void}, entitled: true},
		{system: system("one"), group: "b", types: []mconnect.EventType{void}, entitled: true},
		{system: system("two"), group: "~default", types: []mconnect.EventType{void}, entitled: true},
		{system: system("none"), group: "~default", types: []mconnect.EventType{born}},
	}
	for _, a := range p.groups {
		a.given, a.last, a.on = map[string]int{}, map[broker.Reader][]broker.Delivery{}, map[broker.Reader]*fixture{}
		p.rights.grant(a.system, a.types...)
		p.join(p.node(p.t), a)
	}
}

// node draws one.
func (p *play) node(t *rapid.T) *fixture { return rapid.SampledFrom(p.nodes).Draw(t, "node") }

func (p *play) join(on *fixture, a *audience) {
	p.heal()
	end := time.Now().Add(patience)
	for {
		r, err := on.Open(context.Background(), broker.Caller{System: a.system}, broker.Options{Group: a.group, Events: true})
		if err == nil {
			a.readers, a.on[r] = append(a.readers, r), on
			return
		}
		if len(p.wires) == 0 || time.Now().After(end) {
			p.t.Fatal(err)
		}
	}
}

func (p *play) any(t *rapid.T) *audience { return rapid.SampledFrom(p.groups).Draw(t, "group") }

func (p *play) doJoin(t *rapid.T) {
	if a := p.any(t); len(a.readers) < 14 {
		p.join(p.node(t), a)
	}
}

func (p *play) doLeave(t *rapid.T) {
	a := p.any(t)
	if len(a.readers) == 0 {
		return
	}
	at := rapid.IntRange(0, len(a.readers)-1).Draw(t, "reader")
	a.readers[at].Close()
	delete(a.last, a.readers[at])
	a.readers = slices.Delete(a.readers, at, at+1)
}

func (p *play) doProduce(t *rapid.T) {
	var batch []event.Event
	for range rapid.IntRange(1, 20).Draw(t, "events") {
		key := fmt.Sprintf("p%d/k%d", p.n, rapid.IntRange(0, 5).Draw(t, "key"))
		if all := p.accepted[key]; len(all) > 0 && rapid.IntRange(0, 9).Draw(t, "repeat") == 0 {
			batch = append(batch, ev(all[rapid.IntRange(0, len(all)-1).Draw(t, "which")], void, key))
			continue
		}
		p.count++
		id := fmt.Sprintf("%s/%d", key, p.count)
		batch = append(batch, ev(id, void, key))
		p.accepted[key] = append(p.accepted[key], id)
	}
	on := p.node(t)
	p.sure(t, func() error { return on.Produce(context.Background(), broker.Caller{System: producer}, batch) })
}

func (p *play) doTry(t *rapid.T) {
	a, on := p.any(t), p.node(t)
	p.sure(t, func() error {
		return on.Try(context.Background(), broker.Caller{System: a.system}, ev("try", void, ""))
	})
}

func (p *play) doRead(t *rapid.T) {
	a := p.any(t)
	if len(a.readers) > 0 {
		p.read(a, rapid.SampledFrom(a.readers).Draw(t, "reader"), rapid.IntRange(1, 30).Draw(t, "max"), 3*time.Millisecond)
	}
}

// read takes what comes and checks it: accepted, for this group, nothing left out before it.
func (p *play) read(a *audience, r broker.Reader, most int, wait time.Duration) int {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	ds := must.Get(r.Next(ctx, most, 1<<20))(p.t)
	for _, d := range ds {
		key, id := keyIn(d.Event.ID), d.Event.ID
		at := slices.Index(p.accepted[key], id)
		switch {
		case !a.entitled:
			p.t.Fatalf("%s got %s", a.system, id)
		case at < 0:
			p.t.Fatalf("%s/%s got %s, which was not accepted in this run", a.system, a.group, id)
		case at > a.given[key]:
			p.t.Fatalf("%s/%s got %s of %s, the %dth, before the %dth", a.system, a.group, id, key, at, a.given[key])
		}
		a.given[key] = max(a.given[key], at+1)
	}
	if len(ds) > 0 {
		a.last[r] = ds
	}
	return len(ds)
}

func (p *play) doConfirm(t *rapid.T) {
	a := p.any(t)
	if len(a.readers) == 0 {
		return
	}
	r := rapid.SampledFrom(a.readers).Draw(t, "reader")
	if ds := a.last[r]; len(ds) > 0 {
		a.on[r].confirm(r, ds[rapid.IntRange(0, len(ds)-1).Draw(t, "delivery")].Offset)
	}
}

func (p *play) doBury(t *rapid.T) {
	a := p.any(t)
	if len(a.readers) == 0 {
		return
	}
	r := rapid.SampledFrom(a.readers).Draw(t, "reader")
	if ds := a.last[r]; len(ds) > 0 {
		d := ds[rapid.IntRange(0, len(ds)-1).Draw(t, "delivery")]
		p.sure(t, func() error { return r.Bury(context.Background(), *d.Event) })
	}
}

// doRestart stops in order.
func (p *play) doRestart(t *rapid.T) {
	on := p.node(t)
	p.heal()
	on.restart()
	p.reopen(on)
}

// doCrash takes the store away under the engine, so that what was not yet durable is lost.
func (p *play) doCrash(t *rapid.T) {
	on := p.node(t)
	p.heal()
	must.OK(t, on.db.Close())
	_ = on.Engine.Close() // it cannot save
	on.start()
	p.reopen(on)
}

// reopen gives every group as many readers on a node as it had there.
func (p *play) reopen(on *fixture) {
	for _, a := range p.groups {
		was := a.readers
		a.readers = nil
		for _, r := range was {
			if a.on[r] != on {
				a.readers = append(a.readers, r)
				continue
			}
			delete(a.on, r)
			delete(a.last, r)
			p.join(on, a)
		}
	}
}

// end lets every group read all there is.
func (p *play) end() {
	p.heal()
	for _, a := range p.groups {
		if len(a.readers) == 0 {
			p.join(p.nodes[0], a)
		}
		deadline := time.Now().Add(patience)
		for !p.complete(a) {
			for _, r := range a.readers {
				p.read(a, r, 100, 2*time.Millisecond)
				a.on[r].confirm(r, 0)
			}
			if time.Now().After(deadline) {
				p.t.Fatalf("%s/%s got %v, accepted was %v", a.system, a.group, a.given, p.accepted)
			}
		}
		for _, r := range a.readers {
			r.Close()
		}
	}
}

func (p *play) complete(a *audience) bool {
	for key, all := range p.accepted {
		if a.entitled && a.given[key] < len(all) {
			return false
		}
	}
	return true
}

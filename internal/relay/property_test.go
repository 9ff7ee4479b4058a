package relay_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mconnect"
	"mconnect/internal/event"
	"mconnect/internal/relay"
	"mconnect/test/engines"
)

// TestNothingIsLostOrOvertaken: whatever the order of producing, joining, leaving, confirming, burying and crashing, every
// accepted event is delivered to each entitled group at least once, in order per partition key, and to
// nobody else.
func TestNothingIsLostOrOvertaken(t *testing.T) { engines.Each(t, nothingIsLostOrOvertaken) }

func nothingIsLostOrOvertaken(t *testing.T) {
	w := &world{t: t, url: engines.URL(t), law: newLaw(), book: &book{}, limits: relay.Limits{Window: 7, Delivered: 40}, grace: 4 * time.Millisecond}
	w.law.producers[producer] = []string{source}
	w.start()
	t.Cleanup(w.stop)
	cases := 0
	rapid.Check(t, func(r *rapid.T) {
		cases++
		p := &play{world: w, t: r, n: cases, accepted: map[string][]string{}}
		p.begin()
		r.Repeat(map[string]func(*rapid.T){
			"produce": p.doProduce, "join": p.doJoin, "leave": p.doLeave, "read": p.doRead, "confirm": p.doConfirm,
			"bury": p.doBury, "restart": p.doRestart, "crash": p.doCrash, "try": p.doTry,
		})
		p.end()
	})
}

// play is one run of the property: groups with what each was given, and what was accepted, by partition key.
type play struct {
	*world
	t        *rapid.T
	n        int
	count    int
	accepted map[string][]string
	groups   []*audience
}

// audience is one group of one consumer.
type audience struct {
	system   mconnect.SystemID
	group    string
	types    []mconnect.EventType
	readers  []relay.Reader
	last     map[relay.Reader][]relay.Delivery
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
		a.given, a.last = map[string]int{}, map[relay.Reader][]relay.Delivery{}
		p.law.grant(a.system, a.types...)
		p.join(a)
	}
}

func (p *play) join(a *audience) {
	r, err := p.Open(context.Background(), relay.Caller{System: a.system}, relay.Options{Group: a.group, Events: true})
	if err != nil {
		p.t.Fatal(err)
	}
	a.readers = append(a.readers, r)
}

func (p *play) any(t *rapid.T) *audience { return rapid.SampledFrom(p.groups).Draw(t, "group") }

func (p *play) doJoin(t *rapid.T) {
	if a := p.any(t); len(a.readers) < 14 {
		p.join(a)
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
		id := fmt.Sprintf("p%d/%d", p.n, p.count)
		batch = append(batch, ev(id, void, key))
		p.accepted[key] = append(p.accepted[key], id)
	}
	p.produce(batch...)
}

func (p *play) doTry(t *rapid.T) {
	a := p.any(t)
	if err := p.Try(context.Background(), relay.Caller{System: a.system}, ev("try", void, "")); err != nil {
		t.Fatal(err)
	}
}

func (p *play) doRead(t *rapid.T) {
	a := p.any(t)
	if len(a.readers) > 0 {
		p.read(a, rapid.SampledFrom(a.readers).Draw(t, "reader"), rapid.IntRange(1, 30).Draw(t, "max"), 3*time.Millisecond)
	}
}

// read takes what comes and checks it: accepted, for this group, nothing left out before it.
func (p *play) read(a *audience, r relay.Reader, most int, wait time.Duration) int {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	ds, err := r.Next(ctx, most, 1<<20)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, d := range ds {
		key, id := d.Event.PartitionKey, d.Event.ID
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
		p.confirm(r, ds[rapid.IntRange(0, len(ds)-1).Draw(t, "delivery")].Offset)
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
		if err := r.Bury(context.Background(), *d.Event); err != nil {
			t.Fatal(err)
		}
	}
}

// doRestart stops in order.
func (p *play) doRestart(*rapid.T) {
	p.restart()
	p.reopen()
}

// doCrash takes the store away under the engine, so that what was not yet durable is lost.
func (p *play) doCrash(t *rapid.T) {
	if err := p.db.Close(); err != nil {
		t.Fatal(err)
	}
	_ = p.Engine.Close() // it cannot save
	p.start()
	p.reopen()
}

// reopen gives every group as many readers as it had.
func (p *play) reopen() {
	for _, a := range p.groups {
		n := len(a.readers)
		a.readers = nil
		clear(a.last)
		for range n {
			p.join(a)
		}
	}
}

// end lets every group read all there is.
func (p *play) end() {
	for _, a := range p.groups {
		if len(a.readers) == 0 {
			p.join(a)
		}
		deadline := time.Now().Add(patience)
		for !p.complete(a) {
			for _, r := range a.readers {
				p.read(a, r, 100, 2*time.Millisecond)
				p.confirm(r, 0)
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

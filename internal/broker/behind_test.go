package broker_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/internal/eventlog"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// TestReader_FarBehindSkipsForeignEvents: a group that slept while twenty thousand events of another type came
// finds its own three.
func TestReader_FarBehindSkipsForeignEvents(t *testing.T) { engines.Each(t, farBehind) }

func farBehind(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, born)
	w.open(bank, broker.Options{}).Close()
	w.produce(ev("first", born, "k"))
	w.fill("a", 10_000)
	w.produce(ev("second", born, "k"))
	w.fill("b", 10_000)
	w.produce(ev("third", born, "k"))
	eventually(t, "segments are written", func() bool { return w.segments() >= 4 })
	w.restart()
	r := w.open(bank, broker.Options{})
	wantIDs(t, w.take(r, 3), "first", "second", "third")
	w.confirm(r, 0)
	w.produce(ev("live", born, "k"))
	wantIDs(t, w.take(r, 1), "live")
	w.none(r)
}

// TestReader_OrderHoldsBetweenLogAndMemory: production goes on while the reader is slow, then quick, then
// slow.
func TestReader_OrderHoldsBetweenLogAndMemory(t *testing.T) {
	w := &fixture{t: t, url: engines.URL(t), rights: newRights(), ledger: &ledger{}, log: eventlog.Limits{Window: 50}}
	w.rights.producers[producer] = []string{source}
	w.start()
	t.Cleanup(w.stop)
	w.rights.grant(bank, void)
	r := w.open(bank, broker.Options{})
	const n = 6000
	var work sync.WaitGroup
	work.Go(func() {
		for i := 0; i < n; i += 20 {
			var batch []event.Event
			for j := i; j < i+20; j++ {
				batch = append(batch, ev(fmt.Sprint(j), void, "one key"))
			}
			w.produce(batch...)
		}
	})
	for i := 0; i < n; {
		most := []int{1, 500}[i/1000%2]
		for _, d := range w.take(r, min(most, n-i)) {
			if d.Event.ID != fmt.Sprint(i) {
				t.Fatalf("got %s, due is %d", d.Event.ID, i)
			}
			i++
		}
		w.confirm(r, 0)
	}
	work.Wait()
	w.none(r)
}

func TestReader_NextObeysLimits(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	r := w.open(bank, broker.Options{})
	big := ev("big", void, "k")
	big.Data = []byte(`"` + strings.Repeat("x", 5000) + `"`)
	w.produce(ev("1", void, "k"), ev("2", void, "k"), big, ev("3", void, "k"))
	next := func(most, bytes int) []string {
		ds := must.Get(r.Next(t.Context(), most, bytes))(t)
		return ids(ds)
	}
	for _, c := range []struct {
		most, bytes int
		want        string
	}{{1, 1 << 20, "1"}, {10, 1000, "2"}, {10, 1, "big"}, {0, 0, "3"}} {
		if got := strings.Join(next(c.most, c.bytes), " "); got != c.want {
			t.Errorf("at most %d and %d bytes: %q, want %q", c.most, c.bytes, got, c.want)
		}
	}
}

func TestReader_BinaryAndExtendedEventsAreUnchanged(t *testing.T) { engines.Each(t, passUnchanged) }

func passUnchanged(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	r := w.open(bank, broker.Options{})
	at := time.Date(2025, 1, 2, 3, 4, 5, 678901234, time.UTC)
	sent := []event.Event{
		{Source: source, ID: "bytes", Type: void, ContentType: "application/octet-stream", Data: []byte{0, 255, 1}, Time: at},
		{
			Source:      source,
			ID:          "text",
			Type:        void,
			ContentType: "text/plain",
			Data:        []byte("Naștere „x”"),
			Subject:     "s/1",
			Time:        at,
		},
		{
			Source:       source,
			ID:           "ext",
			Type:         void,
			ContentType:  "application/json",
			Data:         []byte(`{"a": 1}`),
			DataSchema:   "https://x.example/s",
			PartitionKey: "k",
			Extensions:   []event.Extension{{Name: "traceparent", Value: "00-1"}, {Name: "n", Value: "5", Bare: true}},
			Time:         at,
		},
	}
	w.produce(sent...)
	seen := map[string]broker.Delivery{}
	for _, d := range w.take(r, 3) {
		seen[d.Event.ID] = d
	}
	for _, e := range sent {
		d := seen[e.ID]
		if e.PartitionKey != "" {
			e.PartitionKey = d.Event.PartitionKey
		}
		if got := string(d.JSON); got != string(e.AppendJSON(nil)) {
			t.Errorf("%s: %s", e.ID, got)
		}
		if string(d.Event.Data) != string(e.Data) || !d.Event.Time.Equal(at) || len(d.Event.Extensions) != len(e.Extensions) {
			t.Errorf("%s: %+v", e.ID, d.Event)
		}
	}
}

// TestReader_ManyConsumersOfManyTypes: two hundred consumers each get exactly the events of their own type.
func TestReader_ManyConsumersOfManyTypes(t *testing.T) {
	w := newFixture(t)
	typeOf := func(n int) mconnect.EventType { return mconnect.EventType(fmt.Sprintf("ASP.RSP.Entity%d.Changed", n)) }
	const consumers = 200
	readers := make([]broker.Reader, consumers)
	for n := range readers {
		system := mconnect.SystemID(fmt.Sprintf("owner.app%d", n))
		w.rights.grant(system, typeOf(n))
		readers[n] = w.open(system, broker.Options{})
	}
	var batch []event.Event
	for i := range 3 * consumers {
		batch = append(batch, ev(fmt.Sprint(i), typeOf(i%consumers), "k"))
	}
	w.produce(batch...)
	for n, r := range readers {
		wantIDs(t, w.take(r, 3), fmt.Sprint(n), fmt.Sprint(n+consumers), fmt.Sprint(n+2*consumers))
	}
	if w.Readers() != consumers {
		t.Errorf("%d readers", w.Readers())
	}
}

func TestClose_EndsReadersAndKeepsAcknowledgements(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	r := w.open(bank, broker.Options{})
	w.produce(ev("1", void, ""), ev("2", void, ""))
	w.take(r, 2)
	w.confirm(r, 1)
	ended := make(chan error, 1)
	go func() {
		_, err := r.Next(context.Background(), 1, 1)
		ended <- err
	}()
	w.restart() // without a pause: the confirmation is in memory only
	if err := <-ended; code(err) != fault.Draining {
		t.Errorf("the reader ended with %v", err)
	}
	wantIDs(t, w.take(w.open(bank, broker.Options{}), 1), "2")
}

func TestClose_NothingOpensAfterwards(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	must.OK(t, w.Engine.Close())
	if _, err := w.Open(t.Context(), broker.Caller{System: bank}, broker.Options{Events: true}); code(
		err,
	) != fault.Draining {
		t.Errorf("opened: %v", err)
	}
	if err := w.Engine.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
}

func TestOpen_RefusesMissingParts(t *testing.T) {
	w := newFixture(t)
	log := &eventlog.Engine{}
	for name, cfg := range map[string]broker.Config{
		"no log": {Dead: w.db, Rights: w.rights, Ledger: w.ledger}, "no dead events": {Log: log, Rights: w.rights, Ledger: w.ledger},
		"no rights": {Log: log, Dead: w.db, Ledger: w.ledger}, "no ledger": {Log: log, Dead: w.db, Rights: w.rights},
	} {
		if _, err := broker.Open(cfg); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := eventlog.Open(t.Context(), eventlog.Config{}, w.db.OpenLog); err == nil {
		t.Error("no tables: opened")
	}
}

func TestEngine_LostStoreIsAFault(t *testing.T) {
	w := newFixture(t)
	must.OK(t, w.db.Close())
	err := w.Produce(t.Context(), broker.Caller{System: producer}, []event.Event{ev("1", void, "")})
	if code(err) != fault.RecordUnavailable {
		t.Errorf("produced: %v", err)
	}
	_ = w.Engine.Close() // what was confirmed cannot be saved
	w.start()
	w.produce(ev("1", void, ""))
}

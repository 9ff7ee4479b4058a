package broker_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"mconnect/internal/broker"
	"mconnect/test/engines"
	"mconnect/test/must"
)

func TestSharing_Even(t *testing.T) { engines.Each(t, readersShareEvenly) }

func readersShareEvenly(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	var readers []broker.Reader
	for n := 1; n <= 13; n++ {
		readers = append(readers, w.open(bank, broker.Options{}))
		const events = 240 // without a key they are spread by index: 20 a partition
		for i := range events {
			w.produce(ev(fmt.Sprint(n, "/", i), void, ""))
		}
		got, total := make([]int, n), 0
		eventually(t, "all events come", func() bool {
			for at, r := range readers {
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				ds, err := r.Next(ctx, 1000, 1<<20)
				cancel()
				must.OK(t, err)
				w.confirm(r, 0)
				got[at] += len(ds)
				total += len(ds)
			}
			return total >= events
		})
		for at := range readers {
			if low, high := 12/n*20, (12+n-1)/n*20; got[at] < low || got[at] > high {
				t.Errorf("reader %d of %d got %d events, want %d to %d", at+1, n, got[at], low, high)
			}
		}
	}
}

func TestSharing_Reassigns(t *testing.T) { engines.Each(t, handOver) }

func handOver(t *testing.T) {
	w := newFixture(t)
	w.stop()
	w.grace = -1
	w.start()
	w.rights.grant(bank, void)
	a := w.open(bank, broker.Options{})
	w.produce(evs(void, "one key", "1", "2", "3", "4")...)
	w.take(a, 3)
	w.confirm(a, 1)
	a.Close()
	b := w.open(bank, broker.Options{})
	got := w.take(b, 3)
	wantIDs(t, got, "2", "3", "4")
	if got[0].Offset != 1 {
		t.Errorf("offsets begin at %d", got[0].Offset)
	}
	c := w.open(bank, broker.Options{}) // takes half: perhaps the partition of this key
	w.produce(evs(void, "one key", "5")...)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	ds := must.Get(c.Next(ctx, 10, 1<<20))(t)
	if len(ds) > 0 {
		wantIDs(t, append(ds, w.take(c, 4-len(ds))...), "2", "3", "4", "5")
	} else {
		wantIDs(t, w.take(b, 1), "5")
	}
}

// TestSharing_OwnerAcknowledgesBeforeAJoin: what a reader has in its hands when another joins is not delivered twice,
// if it confirms in time; what came meanwhile waits for that, and then arrives order.
func TestSharing_OwnerAcknowledgesBeforeAJoin(t *testing.T) {
	w := newFixture(t)
	w.stop()
	w.grace = time.Hour
	w.start()
	w.rights.grant(bank, void)
	a := w.open(bank, broker.Options{})
	const keys = 24
	produce := func(round int) {
		for k := range keys {
			w.produce(ev(fmt.Sprintf("%d/%d", round, k), void, fmt.Sprint("key ", k)))
		}
	}
	produce(1)
	first := w.take(a, keys)
	b := w.open(bank, broker.Options{})
	produce(2)
	of := map[string]int{} // by key: the newest round that was delivered
	for _, d := range first {
		of[d.Event.PartitionKey] = 1
	}
	seen := func(ds []broker.Delivery) {
		for _, d := range ds {
			var round, key int
			if _, err := fmt.Sscanf(d.Event.ID, "%d/%d", &round, &key); err != nil || round != of[d.Event.PartitionKey]+1 {
				t.Errorf("%s after round %d", d.Event.ID, of[d.Event.PartitionKey])
			}
			of[d.Event.PartitionKey] = round
		}
	}
	nothing := func(r broker.Reader) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		ds, err := r.Next(ctx, 1000, 1<<20)
		if err != nil || len(ds) > 0 {
			t.Fatalf("%d events before the former owner confirmed, %v", len(ds), err)
		}
	}
	nothing(b)
	w.confirm(a, 0)
	mine := w.take(b, 1) // half of the partitions hold about half of the keys
	seen(mine)
	eventually(t, "the second round comes once", func() bool {
		for _, r := range []broker.Reader{a, b} {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Millisecond)
			ds, err := r.Next(ctx, 1000, 1<<20)
			cancel()
			must.OK(t, err)
			seen(ds)
		}
		for _, round := range of {
			if round != 2 {
				return false
			}
		}
		return len(of) == keys
	})
	c := w.open(bank, broker.Options{})
	nothing(c) // a and b hold the second round
	a.Close()  // its share is free at once
	w.confirm(b, 0)
	got := w.take(c, 1)
	if got[0].Event.ID[0] != '2' {
		t.Errorf("got %s", got[0].Event.ID)
	}
}

// TestSharing_GraceEnds: a reader that does not confirm in time keeps nothing; its events come again, in order.
func TestSharing_GraceEnds(t *testing.T) {
	w := newFixture(t)
	w.stop()
	w.grace = 30 * time.Millisecond
	w.start()
	w.rights.grant(bank, void)
	a := w.open(bank, broker.Options{})
	for k := range 24 {
		w.produce(evs(void, fmt.Sprint("key ", k), fmt.Sprintf("%d/1", k), fmt.Sprintf("%d/2", k))...)
	}
	w.take(a, 48)
	b := w.open(bank, broker.Options{})
	round := map[string]string{}
	for got := w.take(b, 2); len(got) > 0; {
		for _, d := range got {
			key, id := d.Event.PartitionKey, d.Event.ID[len(d.Event.ID)-1:]
			if id == "2" && round[key] != "1" || id == "1" && round[key] != "" {
				t.Errorf("%s after %q", d.Event.ID, round[key])
			}
			round[key] = id
		}
		w.confirm(b, 0)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		var err error
		got, err = b.Next(ctx, 1000, 1<<20)
		cancel()
		must.OK(t, err)
	}
	if len(round) < 4 || len(round) > 20 {
		t.Errorf("%d of 24 keys moved to the second reader", len(round))
	}
	w.confirm(a, 0) // late, and harmless
}

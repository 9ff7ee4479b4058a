package relay_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"mconnect/internal/relay"
	"mconnect/test/engines"
)

func TestReadersShareEvenly(t *testing.T) { engines.Each(t, readersShareEvenly) }

func readersShareEvenly(t *testing.T) {
	w := newWorld(t)
	w.law.grant(bank, void)
	var readers []relay.Reader
	for n := 1; n <= 13; n++ {
		readers = append(readers, w.open(bank, relay.Options{}))
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
				if err != nil {
					t.Fatal(err)
				}
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

func TestHandOver(t *testing.T) { engines.Each(t, handOver) }

func handOver(t *testing.T) {
	w := newWorld(t)
	w.law.grant(bank, void)
	a := w.open(bank, relay.Options{})
	w.produce(evs(void, "one key", "1", "2", "3", "4")...)
	w.take(a, 3)
	w.confirm(a, 1)
	a.Close()
	b := w.open(bank, relay.Options{})
	got := w.take(b, 3)
	wantIDs(t, got, "2", "3", "4")
	if got[0].Offset != 1 {
		t.Errorf("offsets begin at %d", got[0].Offset)
	}
	c := w.open(bank, relay.Options{}) // takes half: perhaps the partition of this key
	w.produce(evs(void, "one key", "5")...)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	ds, err := c.Next(ctx, 10, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if len(ds) > 0 {
		wantIDs(t, append(ds, w.take(c, 4-len(ds))...), "2", "3", "4", "5")
	} else {
		wantIDs(t, w.take(b, 1), "5")
	}
}

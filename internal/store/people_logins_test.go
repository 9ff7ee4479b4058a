package store

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// TestLogins_AreTakenOnce by whichever node comes first; what is old or too much is forgotten, the oldest first.
func TestLogins_AreTakenOnce(t *testing.T) { engines.Each(t, takenOnce) }

func takenOnce(t *testing.T) {
	ctx, url := t.Context(), engines.URL(t)
	db := must.Get(Open(ctx, Config{URL: url}))(t)
	t.Cleanup(func() { _ = db.Close() })
	at := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	key := func(n byte) []byte { return []byte{n, 1, 2} }
	must.OK(t, db.KeepLogin(ctx, key(1), []byte("sealed"), at, at.Add(-time.Hour)))
	var taken atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			text, err := db.TakeLogin(ctx, key(1))
			switch {
			case err == nil && string(text) == "sealed":
				taken.Add(1)
			case fault.From(err).Code != fault.LoginUnsolicited:
				t.Errorf("%q %v", text, err)
			}
		})
	}
	all.Wait()
	if taken.Load() != 1 {
		t.Errorf("taken %d times", taken.Load())
	}
	for n := range byte(5) {
		must.OK(t, db.keepLogin(ctx, key(10+n), []byte{n}, at.Add(time.Duration(n)*time.Second), at.Add(-time.Hour), 3))
	}
	must.OK(t, db.KeepLogin(ctx, key(20), []byte("late"), at.Add(time.Minute), at.Add(3*time.Second)))
	for n, want := range map[byte]bool{10: false, 11: false, 12: false, 13: true, 14: true, 20: true} {
		if _, err := db.TakeLogin(ctx, key(n)); (err == nil) != want {
			t.Errorf("login %d: %v, want it kept: %t", n, err, want)
		}
	}
}

package store

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"mconnect/internal/appendlog"
)

// entriesOf draws what a batch may hold.
func entriesOf(t *rapid.T) []appendlog.Entry {
	part := rapid.SliceOfN(rapid.Byte(), 0, 40)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) appendlog.Entry {
		return appendlog.Entry{Data: part.Draw(t, "data"), Aside: part.Draw(t, "aside")}
	}), 1, 20).Draw(t, "entries")
}

func TestFrames_AreReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := entriesOf(t)
		r := row{count: int64(len(entries)), entries: frame(nil, entries, false)}
		if hasAside(entries) {
			r.asides = frame(nil, entries, true)
		}
		b, err := r.batch()
		if err != nil || len(b.Entries) != len(entries) {
			t.Fatalf("%d entries, %v", len(b.Entries), err)
		}
		for i, e := range entries {
			if !bytes.Equal(b.Entries[i].Data, e.Data) || !bytes.Equal(b.Entries[i].Aside, e.Aside) {
				t.Fatalf("entry %d came back different", i)
			}
		}
	})
}

func TestFrames_OfAnotherCountAreRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := entriesOf(t)
		chain := frame(nil, entries, false)
		count := rapid.Int64Range(-3, 100).Draw(t, "count")
		if _, err := unframe(chain, count); (err == nil) != (count == int64(len(entries))) {
			t.Fatalf("%d entries read as %d: %v", len(entries), count, err)
		}
		if cut := rapid.IntRange(0, len(chain)-1).Draw(t, "cut"); cut > 0 {
			if _, err := unframe(chain[:cut], int64(len(entries))); err == nil {
				t.Fatalf("read after it was cut at %d of %d", cut, len(chain))
			}
		}
	})
}

func FuzzUnframe(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 'a', 0, 0, 0, 0}, int64(2))
	f.Add([]byte{255, 255, 255, 255}, int64(1))
	f.Add([]byte{}, int64(1)<<62)
	f.Fuzz(func(t *testing.T, chain []byte, count int64) {
		parts, err := unframe(chain, count)
		if err != nil {
			return
		}
		entries := make([]appendlog.Entry, len(parts))
		for i := range parts {
			entries[i].Data = parts[i]
		}
		if !bytes.Equal(frame(nil, entries, false), chain) {
			t.Error("two chains read alike")
		}
	})
}

func TestBatch_IsCutAtAnEntry(t *testing.T) {
	b := appendlog.Batch{First: 10, Note: []byte("note"), Hashes: bytes.Repeat([]byte{0}, 96)}
	for i := range 3 {
		b.Entries = append(b.Entries, appendlog.Entry{Data: []byte{byte(i)}})
		b.Hashes[32*i] = byte(i)
	}
	for from, want := range map[int64]int64{0: 10, 10: 10, 11: 11, 12: 12} {
		c := b.From(from)
		n := 13 - want
		if c.First != want || int64(len(c.Entries)) != n || int64(len(c.Hashes)) != 32*n || c.Hashes[0] != c.Entries[0].Data[0] {
			t.Errorf("from %d: %+v", from, c)
		}
	}
	b.Hashes = nil
	if c := b.From(12); c.Hashes != nil || len(c.Entries) != 1 {
		t.Errorf("without hashes: %+v", c)
	}
}

func TestRecent_IsTheContiguousTail(t *testing.T) {
	var r recent
	add := func(first int64, sizes ...int) {
		entries := make([]appendlog.Entry, len(sizes))
		for i, n := range sizes {
			entries[i].Data = make([]byte, n)
		}
		r.add(&move{old: first, count: int64(len(sizes)), entries: frame(nil, entries, false)})
	}
	firsts := func(from int64) (all []int64) {
		for _, b := range r.from(from) {
			all = append(all, b.First)
		}
		return all
	}
	check := func(from int64, want ...int64) {
		t.Helper()
		if got := firsts(from); len(got) != len(want) || len(got) > 0 && (got[0] != want[0] || got[len(got)-1] != want[len(want)-1]) {
			t.Errorf("from %d: %v, want %v", from, got, want)
		}
	}
	check(0)
	add(5, 1, 1)
	add(7, 1)
	add(8, 1, 1, 1)
	check(4)
	check(5, 5, 7, 8)
	check(6, 5, 7, 8)
	check(7, 7, 8)
	check(10, 8)
	check(11)
	add(20, 1) // another process committed what lies between
	check(10)
	check(20, 20)
	add(21, maxRecentBytes) // more than is remembered: only itself stays
	check(20)
	check(21, 21)
	add(22, 1)
	check(22, 22)
	r.forget()
	check(22)
	for i := range int64(2 * maxRecent) {
		add(i, 1)
	}
	if n := len(firsts(2*maxRecent - 1)); n != 1 {
		t.Errorf("the newest: %d", n)
	}
	check(maxRecent - 1)
	if n := len(firsts(maxRecent)); n != maxRecent {
		t.Errorf("remembers %d batches, want %d", n, maxRecent)
	}
}

// TestRecent_MakesSpaceForWhoNeedsIt: the tail is short while followers keep close or are lost, longer
// whenever one that is near was missed, and short again after a while.
func TestRecent_MakesSpaceForWhoNeedsIt(t *testing.T) {
	const size = 64 << 10
	var r recent
	next := int64(0)
	add := func(n int) {
		for range n {
			r.add(&move{old: next, count: 1, entries: frame(nil, []appendlog.Entry{{Data: make([]byte, size)}}, false)})
			next++
		}
	}
	short, long := minRecentBytes/size, maxRecentBytes/size
	for range 4 * long { // who reads along is served, and a short tail is enough
		add(1)
		if got := r.from(next - 1); len(got) != 1 || len(r.batches) > short {
			t.Fatalf("%d batches for a close follower, %d remembered", len(got), len(r.batches))
		}
	}
	if r.from(next-int64(near)-1) != nil {
		t.Fatal("what was never remembered is found")
	}
	if add(long); len(r.batches) > short {
		t.Errorf("%d batches are remembered for a follower that is lost", len(r.batches))
	}
	for room := short; room < 2*long; room *= 2 {
		if r.from(next-int64(room)-1) != nil { // one batch too late
			t.Fatal("what was let go is found")
		}
		want := min(2*room, long)
		if add(long); len(r.batches) < want-2 || len(r.batches) > want {
			t.Errorf("%d batches are remembered once one was missed, want about %d", len(r.batches), want)
		}
	}
	for range 3 * calm / size { // it is served just so: nothing is given up
		add(1)
		if got := r.from(next - int64(long) + 2); len(got) != long-2 {
			t.Fatalf("%d batches for a slow follower, want %d", len(got), long-2)
		}
	}
	for range 5 * calm / size {
		add(1)
		r.from(next - 1)
	}
	if len(r.batches) > short {
		t.Errorf("%d batches are still remembered, want %d", len(r.batches), short)
	}
}

package verify_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mconnect/test/must"
	"mconnect/verify"
)

// TestJournal_AnyDamageIsFound draws damage of every kind at any place. Whatever it is, what is reported concerns
// nothing before the damage, and nothing that was damaged passes.
func TestJournal_AnyDamageIsFound(t *testing.T) {
	w := newWorld(t, 1, 5, 2, 17, 3, 4)
	rapid.Check(t, func(t *rapid.T) {
		b := copyOf(w.batches)
		at := rapid.IntRange(0, len(b)-1).Draw(t, "batch")
		k := rapid.IntRange(0, len(b[at].Records)-1).Draw(t, "record")
		flip := func(data []byte) {
			data[rapid.IntRange(0, len(data)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		}
		switch rapid.IntRange(0, 8).Draw(t, "damage") {
		case 0:
			flip(b[at].Records[k])
		case 1:
			flip(b[at].Hashes)
		case 2:
			flip(b[at].Note)
		case 3:
			b[at].Records = slices.Delete(b[at].Records, k, k+1)
		case 4:
			b[at].Records = slices.Insert(b[at].Records, k, b[at].Records[k])
		case 5:
			b = slices.Delete(b, at, at+1)
		case 6:
			b = slices.Insert(b, at, b[at])
		case 7:
			b[at].First += rapid.SampledFrom([]int64{-1, 1, 1 << 40, -1 << 40}).Draw(t, "first")
		case 8:
			n := rapid.IntRange(0, len(b[at].Hashes)-1).Draw(t, "hashes")
			b[at].Hashes = b[at].Hashes[:n]
		}
		_, err := w.check(b, verify.Options{Known: [][]byte{w.head.Note}})
		var p *verify.Problem
		if !errors.As(err, &p) {
			t.Fatalf("found %v", err)
		}
		if p.Last < w.batches[at].First {
			t.Fatalf("the damage is in the batch at %d, reported was %v", w.batches[at].First, p)
		}
	})
}

// TestExport_IsFaithful: what was exported reads back to the byte.
func TestExport_IsFaithful(t *testing.T) {
	w := newWorld(t, 3, 1, 6)
	e := must.Get(verify.OpenExport(bytes.NewReader(w.export(t, w.batches))))(t)
	for _, want := range w.batches {
		got := must.Get(e.Next(t.Context()))(t)
		if got.First != want.First || !bytes.Equal(got.Hashes, want.Hashes) || !bytes.Equal(got.Note, want.Note) ||
			!slices.EqualFunc(got.Records, want.Records, bytes.Equal) {
			t.Errorf("batch at %d reads back otherwise", want.First)
		}
	}
}

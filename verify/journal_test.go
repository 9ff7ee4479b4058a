package verify_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/test/must"
	"mconnect/verify"
)

func TestJournal_Sound(t *testing.T) {
	w := newWorld(t, 1, 3, 7, 64, 1, 2)
	var seen []int64
	report := must.Get(w.check(w.batches, verify.Options{Each: func(index int64, record []byte) error {
		if !bytes.Contains(record, fmt.Appendf(nil, "nr. %06d", index)) {
			t.Errorf("record %d is another: %s", index, record)
		}
		seen = append(seen, index)
		return nil
	}}))(t)
	if report.Records != 78 || report.Batches != 6 || report.Kinds["intent"] != 78 || len(seen) != 78 {
		t.Errorf("report %+v after %d records", report, len(seen))
	}
	if !report.First.Equal(start) || !report.Last.Equal(start.Add(77*time.Second)) {
		t.Errorf("times %v to %v", report.First, report.Last)
	}
	cp, err := w.key.Open(report.Checkpoint)
	if err != nil || cp.Size != 78 || cp.Root != report.Root || cp.Origin != origin || cp.Time.IsZero() {
		t.Errorf("checkpoint %+v, %v", cp, err)
	}
	stop := errors.New("enough")
	if _, err := w.check(w.batches, verify.Options{Each: func(int64, []byte) error { return stop }}); !errors.Is(err, stop) {
		t.Errorf("Each's error became %v", err)
	}
}

func TestJournal_Empty(t *testing.T) {
	w := newWorld(t)
	report, err := w.check(nil, verify.Options{})
	if err != nil || report.Records != 0 || report.Root != verify.Hash([]byte(
		"\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24\x27\xae\x41\xe4\x64\x9b\x93\x4c\xa4\x95\x99\x1b\x78\x52\xb8\x55")) {
		t.Errorf("%+v, %v", report, err)
	}
	if _, err := verify.Journal(t.Context(), &tape{}, verify.Key{}, verify.Options{}); err == nil {
		t.Error("checked without a key")
	}
}

// damage is one way to tamper with a journal of batches 4, 8, 1, 16, 3 (records 0-3, 4-11, 12, 13-28,
// 29-31), and what must be found.
type damage struct {
	name        string
	do          func(b []verify.Batch) []verify.Batch
	what        verify.What
	first, last int64
}

// text finds where the note of a record stands, to change a record without breaking its form.
func text(record []byte) *byte { return &record[bytes.Index(record, []byte("nr. "))] }

// inRecords is damage to records and to the hashes stored with them.
func inRecords() []damage {
	return []damage{
		{"one letter of a record", func(b []verify.Batch) []verify.Batch {
			*text(b[1].Records[3]) = 'x'
			return b
		}, verify.RecordAltered, 7, 7},
		{"one letter of the very first record", func(b []verify.Batch) []verify.Batch {
			*text(b[0].Records[0]) = 'x'
			return b
		}, verify.RecordAltered, 0, 0},
		{"a record's form", func(b []verify.Batch) []verify.Batch {
			b[3].Records[2] = bytes.Replace(b[3].Records[2], []byte(`":`), []byte(`": `), 1)
			return b
		}, verify.NotCanonical, 15, 15},
		{"an empty record", func(b []verify.Batch) []verify.Batch {
			b[3].Records[15] = nil
			return b
		}, verify.NotCanonical, 28, 28},
		{"a record that is too long", func(b []verify.Batch) []verify.Batch {
			b[2].Records[0] = append(b[2].Records[0], make([]byte, verify.MaxRecord)...)
			return b
		}, verify.TooLong, 12, 12},
		{"a record and its leaf hash", func(b []verify.Batch) []verify.Batch { // 7 is a right child: its parent differs
			*text(b[1].Records[3]) = 'x'
			leaf := verify.LeafHash(b[1].Records[3])
			copy(b[1].Hashes[stored(4, 7)*32:], leaf[:])
			return b
		}, verify.RecordAltered, 6, 7},
		{"a left record and its leaf hash", func(b []verify.Batch) []verify.Batch {
			*text(b[1].Records[2]) = 'x'
			leaf := verify.LeafHash(b[1].Records[2])
			copy(b[1].Hashes[stored(4, 6)*32:], leaf[:])
			return b
		}, verify.RecordAltered, 6, 7},
		{"a record and all its hashes", func(b []verify.Batch) []verify.Batch { // only the signature is left
			*text(b[4].Records[0]) = 'x'
			return rehash(b)
		}, verify.CheckpointWrong, 29, 31},
		{"a stored leaf hash", func(b []verify.Batch) []verify.Batch {
			b[1].Hashes[stored(4, 9)*32] ^= 1
			return b
		}, verify.HashAltered, 9, 9},
		{"a stored hash of a subtree", func(b []verify.Batch) []verify.Batch {
			b[1].Hashes[stored(4, 7)*32+3*32] ^= 1 // of records 0 to 7
			return b
		}, verify.HashAltered, 7, 7},
		{"no hashes", func(b []verify.Batch) []verify.Batch { b[3].Hashes = nil; return b }, verify.HashAltered, 13, 13},
		{"one hash too many", func(b []verify.Batch) []verify.Batch {
			b[3].Hashes = append(b[3].Hashes, make([]byte, 32)...)
			return b
		}, verify.HashAltered, 28, 28},
	}
}

// inOrder is damage to the sequence and to checkpoints.
func inOrder(foreign *world) []damage {
	return []damage{
		{"a record deleted from a batch", func(b []verify.Batch) []verify.Batch {
			b[1].Records = slices.Delete(b[1].Records, 2, 3)
			return b
		}, verify.RecordAltered, 6, 6},
		{"the last record of a batch deleted", func(b []verify.Batch) []verify.Batch {
			b[3].Records = b[3].Records[:15]
			return b
		}, verify.CheckpointWrong, 13, 27},
		{"the last record of a batch deleted with its hash", func(b []verify.Batch) []verify.Batch {
			b[3].Records, b[3].Hashes = b[3].Records[:15], b[3].Hashes[:len(b[3].Hashes)-32]
			return b
		}, verify.CheckpointWrong, 13, 27},
		{"two records swapped", func(b []verify.Batch) []verify.Batch {
			r := b[1].Records
			r[3], r[5] = r[5], r[3]
			return b
		}, verify.RecordAltered, 7, 7},
		{"a record repeated", func(b []verify.Batch) []verify.Batch {
			b[1].Records = slices.Insert(b[1].Records, 4, b[1].Records[3])
			return b
		}, verify.RecordAltered, 8, 8},
		{"a batch deleted", func(b []verify.Batch) []verify.Batch { return slices.Delete(b, 1, 2) }, verify.Gap, 4, 11},
		{"the first batch deleted", func(b []verify.Batch) []verify.Batch { return b[1:] }, verify.Gap, 0, 3},
		{"a batch deleted and the rest renumbered", func(b []verify.Batch) []verify.Batch {
			b = slices.Delete(b, 1, 2)
			b[1].First, b[2].First, b[3].First = 4, 5, 21
			return b
		}, verify.CheckpointWrong, 4, 4},
		{"two batches swapped", func(b []verify.Batch) []verify.Batch { b[1], b[2] = b[2], b[1]; return b }, verify.Gap, 4, 11},
		{"a batch repeated", func(b []verify.Batch) []verify.Batch { return slices.Insert(b, 2, b[1]) }, verify.Gap, 12, 12},
		{"an empty batch", func(b []verify.Batch) []verify.Batch {
			return slices.Insert(b, 2, verify.Batch{First: 12, Note: b[1].Note})
		}, verify.Gap, 12, 12},
		{"a batch split in two", func(b []verify.Batch) []verify.Batch {
			half := verify.Batch{First: 4, Records: b[1].Records[:3], Hashes: b[1].Hashes[:stored(4, 7)*32], Note: b[1].Note}
			return slices.Insert(b, 1, half)
		}, verify.CheckpointWrong, 4, 6},
		{"no checkpoint", func(b []verify.Batch) []verify.Batch { b[1].Note = nil; return b }, verify.CheckpointAbsent, 4, 11},
		{"the checkpoint of another batch", func(b []verify.Batch) []verify.Batch {
			b[1].Note = b[2].Note
			return b
		}, verify.CheckpointWrong, 4, 11},
		{"a letter of a checkpoint", func(b []verify.Batch) []verify.Batch {
			b[1].Note[bytes.Index(b[1].Note, []byte("time "))+5+20] ^= 1
			return b
		}, verify.CheckpointForged, 4, 11},
		{"a checkpoint signed with another key", func(b []verify.Batch) []verify.Batch {
			b[3].Note = foreign.batches[3].Note
			return b
		}, verify.CheckpointForged, 13, 28},
		{"the whole journal of another key", func([]verify.Batch) []verify.Batch {
			return copyOf(foreign.batches)
		}, verify.CheckpointForged, 0, 3},
	}
}

// stored is how many hashes are stored for records first to index-1.
func stored(first, index int64) (n int64) {
	for i := first; i < index; i++ {
		n++
		for k := i; k&1 == 1; k >>= 1 {
			n++
		}
	}
	return n
}

// rehash computes all stored hashes again, as an intruder without the private key can.
func rehash(batches []verify.Batch) []verify.Batch {
	keys, _ := journal.NewKeys()
	sealer, head := journal.NewSealer(keys, origin), appendlog.Head{}
	for i, b := range batches {
		entries := make([]appendlog.Entry, len(b.Records))
		for k := range entries {
			entries[k].Data = b.Records[k]
		}
		head, batches[i].Hashes, _ = sealer.Seal(head, entries)
	}
	return batches
}

func TestJournal_DamageIsNamed(t *testing.T) {
	sizes := []int{4, 8, 1, 16, 3}
	w, foreign := newWorld(t, sizes...), newWorld(t, sizes...)
	for _, d := range append(inRecords(), inOrder(foreign)...) {
		t.Run(d.name, func(t *testing.T) {
			_, err := w.check(d.do(copyOf(w.batches)), verify.Options{})
			var p *verify.Problem
			if !errors.As(err, &p) {
				t.Fatalf("found %v", err)
			}
			if p.What != d.what || p.Index != d.first || p.Last != d.last {
				t.Errorf("found %s at %d to %d, want %s at %d to %d (%s)", p.What, p.Index, p.Last, d.what, d.first, d.last, p.Detail)
			}
			if !strings.Contains(p.Error(), fmt.Sprint(d.first)) || !strings.Contains(p.Error(), string(d.what)) {
				t.Errorf("said %q", p.Error())
			}
		})
	}
	if _, err := w.check(w.batches, verify.Options{}); err != nil {
		t.Errorf("the undamaged journal: %v", err)
	}
}

// TestJournal_EveryByteCounts flips every byte of every part of a small journal, each in three ways.
func TestJournal_EveryByteCounts(t *testing.T) {
	w := newWorld(t, 2, 3)
	flip := func(part string, pick func(b []verify.Batch) []byte, first, last int64) {
		for at := range pick(w.batches) {
			for _, bit := range []byte{0x01, 0x20, 0x80} {
				b := copyOf(w.batches)
				pick(b)[at] ^= bit
				_, err := w.check(b, verify.Options{})
				var p *verify.Problem
				if !errors.As(err, &p) || p.Index < first || p.Last > last {
					t.Fatalf("%s, byte %d, bit %#x: found %v, want it within %d to %d", part, at, bit, err, first, last)
				}
			}
		}
	}
	for i := range 3 {
		flip(fmt.Sprintf("record %d", 2+i), func(b []verify.Batch) []byte { return b[1].Records[i] }, int64(2+i), int64(2+i))
	}
	flip("hashes", func(b []verify.Batch) []byte { return b[1].Hashes }, 2, 4)
	flip("checkpoint", func(b []verify.Batch) []byte { return b[1].Note }, 2, 4)
}

func TestJournal_RollbackNeedsAKnownCheckpoint(t *testing.T) {
	w := newWorld(t, 4, 8, 1, 16, 3)
	kept := w.batches[3].Note // over 29 records
	for n := range 6 {
		_, err := w.check(w.batches[:n], verify.Options{})
		if err != nil {
			t.Errorf("%d batches, nothing known: %v", n, err)
		}
		_, err = w.check(w.batches[:n], verify.Options{Known: [][]byte{w.batches[0].Note, kept}})
		var p *verify.Problem
		switch found := errors.As(err, &p); {
		case n >= 4 && err != nil:
			t.Errorf("%d batches: %v", n, err)
		case n < 4 && (!found || p.What != verify.RolledBack || p.Last != 28 || p.Index != []int64{0, 4, 12, 13}[n]):
			t.Errorf("%d batches: found %v", n, err)
		}
	}
}

func TestJournal_RewrittenHistoryNeedsAKnownCheckpoint(t *testing.T) {
	w := newWorld(t, 4, 8)
	kept := [][]byte{w.batches[1].Note}
	// The owner of the key writes another history of the same length, and goes on.
	w = worldOf(t, w.keys)
	w.write(t, 6, start.Add(time.Microsecond))
	w.write(t, 30, start)
	if _, err := w.check(w.batches, verify.Options{}); err != nil {
		t.Fatalf("by itself it is sound: %v", err)
	}
	_, err := w.check(w.batches, verify.Options{Known: kept})
	var p *verify.Problem
	if !errors.As(err, &p) || p.What != verify.HistoryChanged || p.Index != 0 || p.Last != 11 {
		t.Errorf("found %v", err)
	}
	if _, err := w.check(w.batches, verify.Options{Known: [][]byte{[]byte("scrap")}}); err == nil || errors.As(err, &p) && p == nil {
		t.Error("an unusable known checkpoint was ignored")
	}
}

func TestTimes(t *testing.T) {
	record := func(at time.Time) appendlog.Entry {
		w := newWorld(t)
		e := must.Get(w.j.Seal(journal.Record{Kind: journal.Started, Time: at}))(t)
		return e
	}
	now := time.Now()
	for _, c := range []struct {
		name  string
		times []time.Time
		lag   time.Duration
		bad   int64
	}{
		{"in order", []time.Time{start, start.Add(time.Hour), now}, 0, -1},
		{"a little late", []time.Time{now, now.Add(-14 * time.Minute)}, 0, -1},
		{"too late", []time.Time{now, now, now.Add(-16 * time.Minute)}, 0, 2},
		{"late, but expected", []time.Time{now, now.Add(-16 * time.Minute)}, time.Hour, -1},
		{"from the future", []time.Time{now, now.Add(time.Hour)}, 0, 1},
	} {
		w := newWorld(t)
		for _, at := range c.times {
			w.seal(t, []appendlog.Entry{record(at)})
		}
		_, err := w.check(w.batches, verify.Options{Lag: c.lag})
		var p *verify.Problem
		switch found := errors.As(err, &p); {
		case c.bad < 0 && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.bad >= 0 && (!found || p.What != verify.TimeWrong || p.Index != c.bad):
			t.Errorf("%s: found %v", c.name, err)
		}
	}
}

// TestAsides shows what lies outside the proofs: keys next to the records can be erased or swapped without
// breaking them, and the journal itself notices.
func TestAsides(t *testing.T) {
	w := newWorld(t, 3)
	e := must.Get(journal.Decode(w.batches[0].Records[0]))(t)
	altered := bytes.Clone(w.asides[0])
	altered[len(altered)-1] ^= 1
	for name, c := range map[string]struct {
		aside []byte
		want  error
	}{
		"its own": {w.asides[0], nil}, "another's": {w.asides[1], journal.ErrAside},
		"erased": {[]byte{0}, journal.ErrErased}, "none": {nil, journal.ErrAside},
		"cut": {w.asides[0][:40], journal.ErrAside}, "altered": {altered, journal.ErrAside},
	} {
		subject, err := w.j.Open(e, c.aside)
		if !errors.Is(err, c.want) || (err == nil) != (subject == "2009876543219") {
			t.Errorf("%s: opened %q, %v", name, subject, err)
		}
	}
	if _, err := w.check(w.batches, verify.Options{}); err != nil {
		t.Error(err)
	}
}

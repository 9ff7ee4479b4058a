package journal

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/transparency-dev/merkle/rfc6962"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/test/engines"
	"mconnect/test/must"
)

func entries(from, n int) []appendlog.Entry {
	out := make([]appendlog.Entry, n)
	for i := range out {
		out[i].Data = fmt.Appendf(nil, `{"n":%d}`, from+i)
	}
	return out
}

// TestSeal_MatchesTlog compares hashes and roots with an independent implementation, at every size and for
// batches of many lengths.
func TestSeal_MatchesTlog(t *testing.T) {
	keys := testKeys(t)
	key := must.Get(keys.Public(origin))(t)
	s := NewSealer(keys, origin)
	var head appendlog.Head
	var all []byte
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range indexes {
			out = append(out, tlog.Hash(all[i*hashSize:(i+1)*hashSize]))
		}
		return out, nil
	})
	for round, n := range []int{1, 1, 1, 5, 8, 16, 3, 64, 100, 1, 55, 256, 1, 700} {
		if round%4 == 3 {
			s = NewSealer(keys, origin) // another process goes on
		}
		next, hashes, err := s.Seal(head, entries(int(head.Size), n))
		must.OK(t, err)
		all, head = append(all, hashes...), next
		if want := tlog.StoredHashCount(head.Size) * hashSize; int64(len(all)) != want {
			t.Fatalf("size %d: %d bytes of hashes, want %d", head.Size, len(all), want)
		}
		root := must.Get(tlog.TreeHash(head.Size, reader))(t)
		if cp, err := key.Open(head.Note); err != nil || cp.Size != head.Size || tlog.Hash(cp.Root) != root {
			t.Fatalf("size %d: checkpoint %+v, %v; want root %v", head.Size, cp, err, root)
		}
	}
	for i := range head.Size {
		want := tlog.RecordHash(fmt.Appendf(nil, `{"n":%d}`, i))
		at := tlog.StoredHashIndex(0, i) * hashSize
		if !bytes.Equal(all[at:at+hashSize], want[:]) {
			t.Fatalf("leaf hash %d", i)
		}
	}
}

// TestSealer_ChecksItsHead: nothing is signed on top of a head that was tampered with.
func TestSealer_ChecksItsHead(t *testing.T) {
	keys := testKeys(t)
	s := NewSealer(keys, origin)
	one, _, err := s.Seal(appendlog.Head{}, entries(0, 5))
	must.OK(t, err)
	two, _, err := s.Seal(one, entries(5, 4))
	must.OK(t, err)
	foreign, _, err := NewSealer(testKeys(t), origin).Seal(appendlog.Head{}, entries(100, 9))
	must.OK(t, err)
	flipped := bytes.Clone(two.Frontier)
	flipped[20] ^= 1
	for name, head := range map[string]appendlog.Head{
		"frontier altered":    {Size: 9, Frontier: flipped, Note: two.Note},
		"frontier cut":        {Size: 9, Frontier: two.Frontier[:40], Note: two.Note},
		"frontier one short":  {Size: 9, Frontier: two.Frontier[:8+32], Note: two.Note},
		"frontier gone":       {Size: 9, Note: two.Note},
		"size altered":        {Size: 10, Frontier: two.Frontier, Note: two.Note},
		"older checkpoint":    {Size: 9, Frontier: two.Frontier, Note: one.Note},
		"no checkpoint":       {Size: 9, Frontier: two.Frontier},
		"signed by a forger":  {Size: 9, Frontier: foreign.Frontier, Note: foreign.Note},
		"frontier of another": {Size: 9, Frontier: foreign.Frontier, Note: two.Note},
	} {
		for who, s := range map[string]*Sealer{"the same process": s, "another process": NewSealer(keys, origin)} {
			if _, _, err := s.Seal(head, entries(9, 1)); err == nil {
				t.Errorf("%s: %s signed", name, who)
			}
		}
	}
	if _, _, err := s.Seal(two, entries(9, 1)); err != nil {
		t.Errorf("the sound head: %v", err)
	}
	if _, _, err := NewSealer(keys, origin).Seal(one, entries(5, 1)); err != nil {
		t.Errorf("nobody can know after a restart, yet: %v", err)
	}
}

// TestSeal_RepeatsAfterAFailedCommit: the batch that was sealed was not stored; the next one is.
func TestSeal_RepeatsAfterAFailedCommit(t *testing.T) {
	keys := testKeys(t)
	key, _ := keys.Public(origin)
	s := NewSealer(keys, origin)
	one, _, err := s.Seal(appendlog.Head{}, entries(0, 5))
	must.OK(t, err)
	for n := 1; n < 4; n++ {
		next, hashes, err := s.Seal(one, entries(5, n))
		if err != nil || len(hashes) == 0 {
			t.Fatal(err)
		}
		if cp, err := key.Open(next.Note); err != nil || cp.Size != int64(5+n) {
			t.Errorf("%+v, %v", cp, err)
		}
	}
}

func TestCheckpoint_TimeNeverRunsBackwards(t *testing.T) {
	keys := testKeys(t)
	key, _ := keys.Public(origin)
	s := NewSealer(keys, origin)
	at := start
	s.clock = func() time.Time { return at }
	head, _, err := s.Seal(appendlog.Head{}, entries(0, 1))
	must.OK(t, err)
	at = start.Add(-time.Hour)
	for i, s := range []*Sealer{s, NewSealer(keys, origin)} {
		s.clock = func() time.Time { return at }
		if head, _, err = s.Seal(head, entries(i+1, 1)); err != nil {
			t.Fatal(err)
		}
		if cp, err := key.Open(head.Note); err != nil || !cp.Time.Equal(start) {
			t.Errorf("signed at %v, %v", cp.Time, err)
		}
	}
}

// published serves a journal's tiles to tessera.
type published struct{ j *Journal }

func full(p uint8) int {
	if p == 0 {
		return 256
	}
	return int(p)
}

func (p published) ReadCheckpoint(ctx context.Context) ([]byte, error) { return p.j.Checkpoint(ctx) }

func (p published) ReadTile(ctx context.Context, l, i uint64, w uint8) ([]byte, error) {
	return p.j.TileBytes(ctx, int(l), int64(i), full(w))
}

func (p published) ReadEntryBundle(ctx context.Context, i uint64, w uint8) ([]byte, error) {
	return p.j.EntriesBytes(ctx, int64(i), full(w))
}

// TestTiles_PassTesserasFsck has transparency-dev/tessera check the whole layout independently.
func TestTiles_PassTesserasFsck(t *testing.T) { engines.Each(t, tilesPassTesserasFsck) }

func tilesPassTesserasFsck(t *testing.T) {
	j, log, _ := newJournal(t)
	ctx := context.Background()
	verifier := must.Get(note.NewECDSAVerifier(j.Key().String()))(t)
	hasher := func(bundle []byte) (hashes [][]byte, err error) {
		var b api.EntryBundle
		if err := b.UnmarshalText(bundle); err != nil {
			return nil, err
		}
		for _, e := range b.Entries {
			hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(e))
		}
		return hashes, nil
	}
	for _, n := range []int{1, 254, 1, 1, 300, 2048, 33} {
		must.Get(log.Append(ctx, entries(int(sizeOf(t, log)), n)...))(t)
		if err := fsck.New(origin, verifier, published{j}, hasher, fsck.Opts{N: 2}).Check(ctx); err != nil {
			t.Errorf("size %d: %v", sizeOf(t, log), err)
		}
	}
	for _, c := range []struct {
		level int
		index int64
		width int
	}{{0, 10, 79}, {0, 0, 0}, {0, 0, 257}, {0, -1, 256}, {-1, 0, 1}, {8, 0, 1}, {1, 0, 11}, {2, 0, 1}, {0, 1 << 62, 1}, {7, 1 << 60, 1}} {
		if _, err := j.TileBytes(ctx, c.level, c.index, c.width); fault.From(err).Code != fault.RecordUnknown {
			t.Errorf("tile %+v: %v", c, err)
		}
	}
	if _, err := j.EntriesBytes(ctx, 11, 1); fault.From(err).Code != fault.RecordUnknown {
		t.Errorf("a bundle beyond the end: %v", err)
	}
	empty, _, _ := newJournal(t)
	if _, err := empty.Checkpoint(ctx); fault.From(err).Code != fault.RecordUnknown {
		t.Errorf("the checkpoint of an empty journal: %v", err)
	}
}

func BenchmarkSeal64(b *testing.B) {
	keys := testKeys(b)
	s := NewSealer(keys, origin)
	e := Entry{Record: callRecord(), Pseudonym: make([]byte, 16), Sealed: make([]byte, 29)}
	batch := make([]appendlog.Entry, 64)
	for i := range batch {
		batch[i].Data = encode(&e)
	}
	var head appendlog.Head
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if head, _, err = s.Seal(head, batch); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealRecord(b *testing.B) {
	j, _, _ := newJournal(b)
	r := callRecord()
	b.ReportAllocs()
	for b.Loop() {
		must.Get(j.Seal(r))(b)
	}
}

package journal

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mconnect/internal/appendlog"
)

// history is a journal in memory: its batches as a store keeps them.
type history struct {
	heads  []appendlog.Head // after each batch; the first one is of the empty journal
	firsts []int64
	hashes [][]byte
}

// grow seals further batches of so many entries. Entry i of a branch other than "" differs from that of all other
// branches.
func (h *history) grow(t fatal, keys Keys, branch string, sizes ...int) *history {
	if len(h.heads) == 0 {
		h.heads = []appendlog.Head{{}}
	}
	s := NewSealer(keys, origin)
	for _, n := range sizes {
		head := h.heads[len(h.heads)-1]
		batch := entries(int(head.Size), n)
		for i := range batch {
			batch[i].Data = append(batch[i].Data, branch...)
		}
		next, hashes, err := s.Seal(head, batch)
		if err != nil {
			t.Fatalf("seal: %v", err)
		}
		h.firsts, h.hashes, h.heads = append(h.firsts, head.Size), append(h.hashes, hashes), append(h.heads, next)
	}
	return h
}

// branch is the same journal up to a batch, from which on it can grow otherwise.
func (h *history) branch(batches int) *history {
	return &history{
		heads: slices.Clone(h.heads[:batches+1]), firsts: slices.Clone(h.firsts[:batches]), hashes: slices.Clone(h.hashes[:batches]),
	}
}

func (h *history) newest() appendlog.Head { return h.heads[len(h.heads)-1] }

// read is what a store answers when it is asked for the hashes of the batch that holds an entry.
func (h *history) read(index int64) (int64, []byte, error) {
	for n := len(h.firsts) - 1; n >= 0; n-- {
		if h.firsts[n] <= index && index < h.heads[n+1].Size {
			return h.firsts[n], h.hashes[n], nil
		}
	}
	return 0, nil, fmt.Errorf("no batch holds entry %d", index)
}

// fatal is what *testing.T and *rapid.T have in common.
type fatal interface {
	Fatalf(format string, args ...any)
}

func TestSealer_Continues(t *testing.T) {
	keys := testKeys(t)
	h := new(history).grow(t, keys, "", 1, 4, 1, 9, 3) // 1, 5, 6, 15, 18
	replaced, longer, another := h.branch(4).grow(t, keys, "x", 3), h.branch(4).grow(t, keys, "x", 30), new(history).grow(t, keys, "x", 40)
	for name, c := range map[string]struct {
		from   appendlog.Head
		to     appendlog.Head
		in     *history
		forked bool
	}{
		"the same head":                  {h.heads[3], h.heads[3], h, false},
		"one batch more":                 {h.heads[3], h.heads[4], h, false},
		"all batches more":               {h.heads[1], h.heads[5], h, false},
		"up to where they part":          {h.heads[4], longer.newest(), longer, false},
		"one batch less":                 {h.heads[4], h.heads[3], h, true},
		"nothing any more":               {h.heads[4], appendlog.Head{}, h, true},
		"the last batch replaced":        {h.heads[5], replaced.newest(), replaced, true},
		"the last batch replaced longer": {h.heads[5], longer.newest(), longer, true},
		"another journal":                {h.heads[2], another.newest(), another, true},
	} {
		err := NewSealer(keys, origin).Continues(c.from, c.to, c.in.read)
		if errors.Is(err, appendlog.ErrForked) != c.forked || err != nil && !c.forked {
			t.Errorf("%s: %v; want forked: %v", name, err, c.forked)
		}
	}
}

// TestSealer_ContinuesWhateverTheBatches: how entries were cut into batches plays no part in the proof.
func TestSealer_ContinuesWhateverTheBatches(t *testing.T) {
	keys := testKeys(t)
	before := new(history).grow(t, keys, "", 3, 4, 6)
	after := new(history).grow(t, keys, "", 1, 5, 2, 5, 8)
	for n, head := range before.heads[1:] {
		if err := NewSealer(keys, origin).Continues(head, after.newest(), after.read); err != nil {
			t.Errorf("after batch %d: %v", n, err)
		}
	}
}

// TestSealer_ContinuesTrustsNoHash: a hash that was altered in the store proves nothing, and neither does one that is
// missing.
func TestSealer_ContinuesTrustsNoHash(t *testing.T) {
	keys := testKeys(t)
	h := new(history).grow(t, keys, "", 5, 8, 6)
	from, to := h.heads[1], h.newest()
	used := map[int64]bool{}
	if err := NewSealer(keys, origin).Continues(from, to, func(index int64) (int64, []byte, error) {
		used[index] = true
		return h.read(index)
	}); err != nil || len(used) == 0 {
		t.Fatalf("as it was sealed: %v, %d reads", err, len(used))
	}
	damage := map[string]func(hashes []byte) []byte{
		"gone": func([]byte) []byte { return nil },
		"cut":  func(hashes []byte) []byte { return hashes[:hashSize/2] },
		"zero": func(hashes []byte) []byte { return make([]byte, len(hashes)) },
		"flipped": func(hashes []byte) []byte {
			out := bytes.Clone(hashes)
			for i := range out {
				out[i] ^= 1
			}
			return out
		},
	}
	for name, damaged := range damage {
		for index := range used {
			err := NewSealer(keys, origin).Continues(from, to, func(asked int64) (int64, []byte, error) {
				first, hashes, err := h.read(asked)
				if asked == index {
					hashes = damaged(hashes)
				}
				return first, hashes, err
			})
			if !errors.Is(err, appendlog.ErrForked) {
				t.Errorf("%s, for entry %d: %v", name, index, err)
			}
		}
	}
}

// TestSealer_ContinuesTellsAwayFromForked: a store that does not answer, or a head that nobody signed, is an error, but
// it is no proof of a fork: that would stop a node permanently.
func TestSealer_ContinuesTellsAwayFromForked(t *testing.T) {
	keys := testKeys(t)
	h := new(history).grow(t, keys, "", 5, 8)
	from, to := h.heads[1], h.newest()
	away := errors.New("connection refused")
	unsigned, foreign := to, new(history).grow(t, testKeys(t), "", 5, 8)
	unsigned.Note = nil
	for name, c := range map[string]struct {
		from, to appendlog.Head
		read     func(int64) (int64, []byte, error)
		is       error
	}{
		"the store is away":            {from, to, func(int64) (int64, []byte, error) { return 0, nil, away }, away},
		"the head is not signed":       {from, unsigned, h.read, nil},
		"the head is another key's":    {from, foreign.newest(), foreign.read, nil},
		"the checkpoint is not signed": {appendlog.Head{Size: 5}, to, h.read, nil},
	} {
		err := NewSealer(keys, origin).Continues(c.from, c.to, c.read)
		if err == nil || errors.Is(err, appendlog.ErrForked) || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := NewSealer(Keys{}, origin).Continues(from, to, h.read); err == nil || errors.Is(err, appendlog.ErrForked) {
		t.Errorf("without keys: %v", err)
	}
}

// TestSealer_ContinuesExactlyWhatItBegins: of two journals of any sizes that part after any number of entries, one
// continues a head of the other exactly when that head lies in what they have in common.
func TestSealer_ContinuesExactlyWhatItBegins(t *testing.T) {
	keys := testKeys(t)
	s := NewSealer(keys, origin)
	sizes := rapid.SliceOfN(rapid.IntRange(1, 40), 0, 6)
	rapid.Check(t, func(t *rapid.T) {
		common := new(history).grow(t, keys, "", sizes.Draw(t, "common")...)
		batches := len(common.firsts)
		one := common.branch(batches).grow(t, keys, "one", sizes.Draw(t, "one")...)
		other := common.branch(batches).grow(t, keys, "other", sizes.Draw(t, "other")...)
		to := other.newest()
		for n, from := range one.heads {
			if from.Size == 0 { // nothing was acknowledged: the log does not ask
				continue
			}
			err := s.Continues(from, to, other.read)
			switch want := n <= batches; {
			case want && err != nil:
				t.Fatalf("%d entries in common, a head over %d, the other journal of %d: %v", common.newest().Size, from.Size, to.Size, err)
			case !want && !errors.Is(err, appendlog.ErrForked):
				t.Fatalf("%d entries in common, a head over %d, the other journal of %d: not found to be forked, %v",
					common.newest().Size, from.Size, to.Size, err)
			}
		}
	})
}

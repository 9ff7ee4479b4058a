package journal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
	"mconnect/verify"
)

// barrier is a log of which a test says what is durable. All else is the real log.
type barrier struct {
	*store.Log
	durable appendlog.Head
	failure error
	waits   []int64      // for how many entries it was waited
	reads   func() error // runs before each Read
}

// Durable implements Log.
func (b *barrier) Durable(_ context.Context, size int64) (appendlog.Head, error) {
	b.waits = append(b.waits, size)
	return b.durable, b.failure
}

// Read implements Log.
func (b *barrier) Read(ctx context.Context, from int64, limit int) ([]appendlog.Batch, error) {
	if b.reads != nil {
		if err := b.reads(); err != nil {
			return nil, err
		}
	}
	return b.Log.Read(ctx, from, limit)
}

// waited is the largest number of entries that was waited for since the last call.
func (b *barrier) waited() int64 {
	most := int64(-1)
	if len(b.waits) > 0 {
		most = slices.Max(b.waits)
	}
	b.waits = nil
	return most
}

// behindBarrier is a journal of ten batches with one record each, and its heads after each; the first one is of the
// empty journal.
func behindBarrier(t *testing.T) (j *Journal, b *barrier, heads []appendlog.Head) {
	t.Helper()
	keys := testKeys(t)
	_, log := openLog(t, keys)
	b = &barrier{Log: log}
	j = must.Get(New(Config{Log: b, Keys: keys, Origin: origin, Node: "node-1"}))(t)
	heads = []appendlog.Head{{}}
	for range 10 {
		must.Get(j.Record(t.Context(), callRecord()))(t)
		head := must.Get(log.Head(t.Context()))(t)
		heads = append(heads, head)
	}
	b.durable, b.waits = heads[10], nil
	return j, b, heads
}

// leaves is everything of a journal that leaves a node, and how many entries it needs to be durable. 0 is the newest.
func leaves(t *testing.T, j *Journal) map[string]struct {
	needs int64
	get   func() ([]byte, error)
} {
	ctx := t.Context()
	return map[string]struct {
		needs int64
		get   func() ([]byte, error)
	}{
		"evidence of the first record": {1, func() ([]byte, error) { return j.Evidence(ctx, 0) }},
		"evidence of the fifth record": {5, func() ([]byte, error) { return j.Evidence(ctx, 4) }},
		"evidence of the last record":  {10, func() ([]byte, error) { return j.Evidence(ctx, 9) }},
		"a tile of 7 hashes":           {7, func() ([]byte, error) { return j.TileBytes(ctx, 0, 0, 7) }},
		"a tile of 10 hashes":          {10, func() ([]byte, error) { return j.TileBytes(ctx, 0, 0, 10) }},
		"a bundle of 3 records":        {3, func() ([]byte, error) { return j.EntriesBytes(ctx, 0, 3) }},
		"a bundle of 10 records":       {10, func() ([]byte, error) { return j.EntriesBytes(ctx, 0, 10) }},
		"the checkpoint":               {0, func() ([]byte, error) { return j.Checkpoint(ctx) }},
		"the export": {10, func() ([]byte, error) {
			var file bytes.Buffer
			err := j.Export(ctx, &file)
			return file.Bytes(), err
		}},
	}
}

// TestDurable_WhatLeavesWaits: nothing of the journal leaves before exactly those entries that it shows are confirmed.
func TestDurable_WhatLeavesWaits(t *testing.T) { engines.Each(t, whatLeavesWaits) }

func whatLeavesWaits(t *testing.T) {
	j, b, _ := behindBarrier(t)
	for name, l := range leaves(t, j) {
		b.waits = nil
		if out, err := l.get(); err != nil || len(out) == 0 {
			t.Errorf("%s: %d bytes, %v", name, len(out), err)
		}
		if waited := b.waited(); waited != l.needs {
			t.Errorf("%s: waited for %d entries, want %d", name, waited, l.needs)
		}
	}
}

// TestDurable_NothingLeavesWithoutConfirmation: when it cannot be confirmed, the answer is record.unavailable.
func TestDurable_NothingLeavesWithoutConfirmation(t *testing.T) {
	engines.Each(t, nothingLeavesWithoutConfirmation)
}

func nothingLeavesWithoutConfirmation(t *testing.T) {
	j, b, _ := behindBarrier(t)
	b.failure = fault.Wrap(errors.New("the standby is away"), fault.RecordUnavailable)
	for name, l := range leaves(t, j) {
		out, err := l.get()
		if err == nil || fault.From(err).Code != fault.RecordUnavailable {
			t.Errorf("%s: %v", name, err)
		}
		if len(out) > 0 && name != "the export" { // its header is written before anything is read
			t.Errorf("%s: %d bytes", name, len(out))
		}
		if bytes.Contains(out, []byte(`"kind"`)) {
			t.Errorf("%s shows a record", name)
		}
	}
}

// TestDurable_OnlyTheConfirmedPartIsThere: of ten records that can be read six are confirmed. The others are not there
// yet, for a party that reads tiles and checkpoints; evidence of one says that it is to be had later.
func TestDurable_OnlyTheConfirmedPartIsThere(t *testing.T) {
	engines.Each(t, onlyTheConfirmedPartIsThere)
}

func onlyTheConfirmedPartIsThere(t *testing.T) {
	j, b, heads := behindBarrier(t)
	b.durable = heads[6]
	note, err := j.Checkpoint(t.Context())
	if err != nil || !bytes.Equal(note, heads[6].Note) {
		t.Errorf("the checkpoint: %s, %v", note, err)
	}
	for index := range int64(10) {
		proof, err := j.Evidence(t.Context(), index)
		if index < 6 {
			if err != nil || !bytes.HasSuffix(proof, heads[index+1].Note) {
				t.Errorf("evidence of record %d: %v", index, err)
			}
		} else if fault.From(err).Code != fault.RecordUnavailable {
			t.Errorf("evidence of record %d: %v", index, err)
		}
	}
	for width := 1; width <= 10; width++ {
		hashes, err := j.TileBytes(t.Context(), 0, 0, width)
		bundle, bundleErr := j.EntriesBytes(t.Context(), 0, width)
		if width <= 6 {
			if err != nil || len(hashes) != width*hashSize || bundleErr != nil || len(bundle) == 0 {
				t.Errorf("width %d: %v, %v", width, err, bundleErr)
			}
			continue
		}
		if fault.From(err).Code != fault.RecordUnknown || fault.From(bundleErr).Code != fault.RecordUnknown {
			t.Errorf("width %d: %v, %v", width, err, bundleErr)
		}
	}
	b.durable = heads[0]
	if _, err := j.Checkpoint(t.Context()); fault.From(err).Code != fault.RecordUnknown {
		t.Errorf("the checkpoint of nothing: %v", err)
	}
}

// TestDurable_AnExportWaitsForWhatItReads: another process appends after the head was read and before the batches are.
// The export shows these records too, so it waits for them as well.
func TestDurable_AnExportWaitsForWhatItReads(t *testing.T) {
	engines.Each(t, anExportWaitsForWhatItReads)
}

func anExportWaitsForWhatItReads(t *testing.T) {
	j, b, _ := behindBarrier(t)
	appended := false
	b.reads = func() error {
		if appended {
			return nil
		}
		appended = true
		_, err := j.Record(t.Context(), callRecord())
		return err
	}
	source, shown := NewSource(b), int64(0)
	for {
		batch, err := source.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		must.OK(t, err)
		shown = batch.First + int64(len(batch.Records))
		if waited := slices.Max(b.waits); waited < shown {
			t.Fatalf("shows %d records, waited for %d", shown, waited)
		}
	}
	if shown != 11 {
		t.Errorf("shows %d records", shown)
	}
	if _, err := verify.Journal(t.Context(), NewSource(b), j.Key(), verify.Options{}); err != nil {
		t.Error(err)
	}
}

package verify_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"testing"

	"mconnect/test/must"
	"mconnect/verify"
)

// publish lays a world's journal out as the files of a tlog-tiles log.
func publish(t testing.TB, w *world) map[string][]byte {
	t.Helper()
	j := w.j
	files := map[string][]byte{"checkpoint": w.head.Note}
	for level, n := 0, w.head.Size; n > 0; level, n = level+1, n>>8 {
		for first := int64(0); first < n; first += verify.TileWidth {
			width := int(min(verify.TileWidth, n-first))
			tile, err := j.TileBytes(t.Context(), level, first/verify.TileWidth, width)
			must.OK(t, err)
			place := verify.TilePath(first/verify.TileWidth, width)
			files[fmt.Sprintf("tile/%d/%s", level, place)] = tile
			if level > 0 {
				continue
			}
			if files["tile/entries/"+place], err = j.EntriesBytes(t.Context(), first/verify.TileWidth, width); err != nil {
				t.Fatal(err)
			}
		}
	}
	return files
}

func fetchFrom(files map[string][]byte) verify.Fetch {
	return func(_ context.Context, path string) ([]byte, error) {
		data, ok := files[path]
		if !ok {
			return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
		}
		return data, nil
	}
}

func TestTiles_OfASoundJournal(t *testing.T) {
	for _, sizes := range [][]int{{1}, {255}, {256}, {257}, {100, 411, 1}, {513, 600}} {
		w := newWorld(t, sizes...)
		report, err := verify.Tiles(t.Context(), fetchFrom(publish(t, w)), w.key, verify.Options{Known: [][]byte{w.batches[0].Note}})
		if err != nil || report.Records != w.head.Size || !bytes.Equal(report.Checkpoint, w.head.Note) {
			t.Errorf("%v: %+v, %v", sizes, report, err)
		}
	}
}

func TestTiles_DamageIsFound(t *testing.T) {
	w, foreign := newWorld(t, 500, 200), newWorld(t, 500, 200) // 2 full tiles, one of 188; level 1 of 2
	alter := func(path, old, new string) func(map[string][]byte) {
		return func(files map[string][]byte) {
			files[path] = bytes.Replace(files[path], []byte(old), []byte(new), 1)
		}
	}
	for name, c := range map[string]struct {
		do          func(files map[string][]byte)
		what        verify.What
		first, last int64
	}{
		"a record":                       {alter("tile/entries/001", "nr. 000300", "nr. 000400"), verify.RecordAltered, 300, 300},
		"a record of the partial bundle": {alter("tile/entries/002.p/188", "nr. 000699", "nr. 000400"), verify.RecordAltered, 699, 699},
		"a record and its tile": {func(files map[string][]byte) {
			alter("tile/entries/001", "nr. 000300", "nr. 000400")(files)
			leaf := verify.LeafHash(bytes.Replace(w.batches[0].Records[300], []byte("nr. 000300"), []byte("nr. 000400"), 1))
			copy(files["tile/0/001"][(300-256)*32:], leaf[:])
		}, verify.RecordAltered, 256, 511},
		"a tile":             {func(files map[string][]byte) { files["tile/0/001"][32*5] ^= 1 }, verify.RecordAltered, 261, 261},
		"a tile higher up":   {func(files map[string][]byte) { files["tile/1/000.p/2"][40] ^= 1 }, verify.RecordAltered, 256, 511},
		"a record's form":    {alter("tile/entries/000", `"kind":`, `"kimd":`), verify.NotCanonical, 0, 0},
		"a bundle cut":       {func(files map[string][]byte) { files["tile/entries/000"] = files["tile/entries/000"][:1000] }, verify.Unreadable, 3, 3},
		"a bundle prolonged": {func(files map[string][]byte) { files["tile/entries/000"] = append(files["tile/entries/000"], 0, 0) }, verify.Unreadable, 255, 255},
		"a tile cut":         {func(files map[string][]byte) { files["tile/0/000"] = files["tile/0/000"][:32*9+1] }, verify.Unreadable, 9, 9},
		"a tile prolonged":   {func(files map[string][]byte) { files["tile/0/000"] = append(files["tile/0/000"], 7) }, verify.Unreadable, 255, 255},
		"bundles swapped": {func(files map[string][]byte) {
			e := "tile/entries/00"
			files[e+"0"], files[e+"1"] = files[e+"1"], files[e+"0"]
		}, verify.RecordAltered, 0, 0},
		"another's checkpoint": {func(files map[string][]byte) { files["checkpoint"] = foreign.head.Note }, verify.CheckpointForged, 0, 0},
		"all of another": {func(files map[string][]byte) {
			for path, data := range publish(t, foreign) {
				if path != "checkpoint" {
					files[path] = data
				}
			}
		}, verify.CheckpointWrong, 0, 699},
		"rolled back": {func(files map[string][]byte) {
			maps.Copy(files, publish(t, worldOf(t, w.keys, 500)))
		}, verify.RolledBack, 500, 699},
	} {
		files := publish(t, w)
		for path := range files {
			files[path] = bytes.Clone(files[path])
		}
		c.do(files)
		_, err := verify.Tiles(t.Context(), fetchFrom(files), w.key, verify.Options{Known: [][]byte{w.head.Note}})
		var p *verify.Problem
		if !errors.As(err, &p) || p.What != c.what || p.Index != c.first || p.Last != c.last {
			t.Errorf("%s: found %v, want %s at %d to %d", name, err, c.what, c.first, c.last)
		}
	}
	for path := range publish(t, w) {
		files := publish(t, w)
		delete(files, path)
		if _, err := verify.Tiles(t.Context(), fetchFrom(files), w.key, verify.Options{}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("without %s: %v", path, err)
		}
	}
	if _, err := verify.Tiles(t.Context(), fetchFrom(nil), verify.Key{}, verify.Options{}); err == nil {
		t.Error("checked without a key")
	}
}

func TestTilePath(t *testing.T) {
	for want, c := range map[string]struct {
		index int64
		width int
	}{
		"000": {0, 256}, "999.p/1": {999, 1}, "x001/000": {1000, 256}, "x001/x234/067": {1234067, 256}, "x001/x234/067.p/255": {1234067, 255},
	} {
		if got := verify.TilePath(c.index, c.width); got != want {
			t.Errorf("path of %d, width %d: %s, want %s", c.index, c.width, got, want)
		}
	}
}

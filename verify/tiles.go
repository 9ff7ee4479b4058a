package verify

import (
	"context"
	"encoding/binary"
	"fmt"
)

// TileWidth is the number of hashes in a full tile, and of records in a full entry bundle.
const TileWidth = 256

// Fetch reads one resource of a C2SP tlog-tiles log by its path below the log's prefix, such as
// "checkpoint", "tile/0/000" or "tile/entries/000.p/17", whole and uncompressed.
type Fetch func(ctx context.Context, path string) ([]byte, error)

// Tiles checks a journal that is published as C2SP tlog-tiles. There is one checkpoint, the newest; the
// tiles are not believed either, but serve to name the record that is wrong: exactly if its bundle
// contradicts its tile, else to within the smallest subtree whose stored hash is right.
func Tiles(ctx context.Context, fetch Fetch, key Key, o Options) (Report, error) {
	c, err := newChecker(key, o)
	if err != nil {
		return Report{}, err
	}
	note, err := fetch(ctx, "checkpoint")
	if err != nil {
		return c.report, fmt.Errorf("verify: %w", err)
	}
	cp, err := key.Open(note)
	if err != nil {
		return c.report, problem(0, CheckpointForged, "%v", err)
	}
	t := tiles{c: c, fetch: fetch}
	for c.tree.size < cp.Size {
		if err := t.bundle(ctx, min(TileWidth, cp.Size-c.tree.size)); err != nil {
			return c.report, err
		}
	}
	for level := range t.levels {
		if err := t.tile(ctx, level); err != nil {
			return c.report, err
		}
	}
	if p := c.checkpoint(note, 0); p != nil {
		return c.report, p
	}
	return c.finish()
}

// tiles recomputes every tile from the records and compares it with the one that is served.
type tiles struct {
	c      *checker
	fetch  Fetch
	levels []tileLevel
}

// tileLevel is the tile that is being filled on one level.
type tileLevel struct {
	index  int64
	hashes []Hash
}

// bundle checks the next entry bundle, of width records.
func (t *tiles) bundle(ctx context.Context, width int64) error {
	index := t.c.tree.size
	path := "tile/entries/" + TilePath(index/TileWidth, int(width))
	data, err := t.fetch(ctx, path)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	for range width {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return problem(t.c.tree.size, Unreadable, "%s is cut off", path)
		}
		n := 2 + int(binary.BigEndian.Uint16(data))
		made, err := t.c.record(data[2:n])
		if err != nil {
			return err
		}
		data = data[n:]
		if err := t.put(ctx, 0, made); err != nil {
			return err
		}
	}
	if len(data) > 0 {
		return problem(t.c.tree.size-1, Unreadable, "%s holds more than %d records", path, width)
	}
	return nil
}

// put adds the newest hash of a level. On completing a tile it checks it and climbs: a tile's root stands
// 8 tree levels higher, which is where it appears in made.
func (t *tiles) put(ctx context.Context, level int, made []Hash) error {
	if level == len(t.levels) {
		t.levels = append(t.levels, tileLevel{})
	}
	l := &t.levels[level]
	l.hashes = append(l.hashes, made[8*level])
	if len(l.hashes) < TileWidth {
		return nil
	}
	if err := t.tile(ctx, level); err != nil {
		return err
	}
	t.levels[level] = tileLevel{index: l.index + 1}
	return t.put(ctx, level+1, made)
}

// tile compares the tile that was filled on a level with the served one.
func (t *tiles) tile(ctx context.Context, level int) error {
	l := t.levels[level]
	if len(l.hashes) == 0 {
		return nil
	}
	path := fmt.Sprintf("tile/%d/%s", level, TilePath(l.index, len(l.hashes)))
	data, err := t.fetch(ctx, path)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	size := int64(1) << (8 * level) // records under one hash of this level
	for i, want := range l.hashes {
		first := (l.index*TileWidth + int64(i)) * size
		if len(data) < len(want) {
			return &Problem{first, first + size - 1, Unreadable, path + " is cut off"}
		}
		if Hash(data[:len(want)]) != want {
			return &Problem{first, first + size - 1, RecordAltered, "record and tile contradict each other: " + path}
		}
		data = data[len(want):]
	}
	if len(data) > 0 {
		return problem(t.c.tree.size-1, Unreadable, "%s is too long", path)
	}
	return nil
}

// TilePath writes a tile's index and width as C2SP tlog-tiles does: "x001/x234/067", and with ".p/<width>"
// when it is not full.
func TilePath(index int64, width int) string {
	path := fmt.Sprintf("%03d", index%1000)
	for index >= 1000 {
		index /= 1000
		path = fmt.Sprintf("x%03d/%s", index%1000, path)
	}
	if width < TileWidth {
		path += fmt.Sprintf(".p/%d", width)
	}
	return path
}

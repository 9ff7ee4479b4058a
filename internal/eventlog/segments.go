package eventlog

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"time"

	"mconnect"
	"mconnect/internal/appendlog"
)

// A segment has at least SegmentSize entries, unless the next ones came segmentSpan after its first: what a quiet log
// holds passes its retention too. Both are read off the log, so all nodes divide it alike.
const (
	SegmentSize = 4096
	segmentSpan = time.Hour
)

// Segment is what is known, without reading it, of a stretch of whole batches: which types it holds, the newest event
// of each, and for which systems it holds special entries. Readers far behind jump over what does not concern them, and
// the sweeper sees when all of it is past retention.
type Segment struct {
	First, End int64
	types      map[mconnect.EventType]tally
	special    map[mconnect.SystemID]tally
}

// stretch is how many events of one kind a segment holds, and when the newest was accepted.
type tally struct {
	count  int64
	newest int64 // microseconds since 1970
}

// segments holds the segments of the log, oldest first. Entries after the last one have no summary yet.
type segments struct {
	mu  mutex[segmentsLock]
	all []*Segment
}

func newSegment(first int64) *Segment {
	return &Segment{
		First: first, End: first, types: map[mconnect.EventType]tally{}, special: map[mconnect.SystemID]tally{},
	}
}

// add takes one batch in.
func (s *Segment) add(b appendlog.Batch) {
	for i := range b.Entries {
		data := b.Entries[i].Data
		flags, typ, system, ok := peek(data)
		if !ok || flags&flagControl != 0 {
			continue
		}
		if flags&special != 0 {
			s.special[mconnect.SystemID(system)] = s.special[mconnect.SystemID(system)].with(data)
			if flags&flagDirect != 0 { // kept as long as its type
				t := s.types[mconnect.EventType(typ)]
				s.types[mconnect.EventType(typ)] = tally{t.count, t.with(data).newest}
			}
			continue
		}
		if _, repeat := hashAt(b.Hashes, i); !repeat {
			s.types[mconnect.EventType(typ)] = s.types[mconnect.EventType(typ)].with(data)
		}
	}
	s.End = b.First + int64(len(b.Entries))
}

func (s tally) with(data []byte) tally {
	return tally{s.count + 1, max(s.newest, acceptedAt(data))}
}

// Concerns reports whether a reader of system with these grants may find something in it.
func (s *Segment) Concerns(system mconnect.SystemID, types Types) bool {
	if _, ok := s.special[system]; ok {
		return true
	}
	if types == nil {
		return false
	}
	if types.Len() < len(s.types) {
		for typ := range types.All() {
			if _, ok := s.types[typ]; ok {
				return true
			}
		}
		return false
	}
	for typ := range s.types {
		if types.Has(typ) {
			return true
		}
	}
	return false
}

// Count is how many ordinary events of the types the segment holds.
func (s *Segment) Count(types Types) (n int64) {
	for typ, t := range s.types {
		if has(types, typ) {
			n += t.count
		}
	}
	return n
}

// skip returns the first index from which on something may concern a reader.
func (sh *segments) skip(from int64, system mconnect.SystemID, types Types) int64 {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	at, _ := slices.BinarySearchFunc(sh.all, from, func(s *Segment, from int64) int {
		if s.End <= from {
			return -1
		}
		return 1
	})
	for ; at < len(sh.all) && sh.all[at].First <= from; at++ {
		if sh.all[at].Concerns(system, types) {
			break
		}
		from = sh.all[at].End
	}
	return from
}

func (sh *segments) put(s *Segment) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.all = append(sh.all, s)
}

// end is where what has a summary ends.
func (sh *segments) end() int64 {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if n := len(sh.all); n > 0 {
		return sh.all[n-1].End
	}
	return 0
}

// begin is the first index that has a summary. Entries before it were removed.
func (sh *segments) begin() int64 {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if len(sh.all) > 0 {
		return sh.all[0].First
	}
	return 0
}

// list is a copy of all segments.
func (sh *segments) list() []*Segment {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return slices.Clone(sh.all)
}

func (sh *segments) remove(s *Segment) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if at := slices.Index(sh.all, s); at >= 0 {
		sh.all = slices.Delete(sh.all, at, at+1)
	}
}

// encode writes the summary: for types, then for systems, a count and for each name, how many, newest.
func (s *Segment) encode() []byte {
	b := appendStretches(nil, s.types)
	return appendStretches(b, s.special)
}

func appendStretches[K ~string](b []byte, m map[K]tally) []byte {
	b = binary.AppendUvarint(b, uint64(len(m)))
	for name, s := range m {
		b = binary.AppendUvarint(b, uint64(len(name)))
		b = append(b, name...)
		b = binary.AppendUvarint(b, uint64(s.count))
		b = binary.AppendUvarint(b, uint64(s.newest))
	}
	return b
}

// decodeSegment reads a summary.
func decodeSegment(row appendlog.Segment) (*Segment, error) {
	s := newSegment(row.First)
	s.End = row.First + row.Size
	b, err := readStretches(row.Summary, s.types)
	if err == nil {
		_, err = readStretches(b, s.special)
	}
	return s, err
}

func readStretches[K ~string](b []byte, m map[K]tally) ([]byte, error) {
	next := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			b = nil
			return 0
		}
		b = b[n:]
		return v
	}
	for range next() {
		size := next()
		if size > uint64(len(b)) {
			return nil, errEntry
		}
		name := K(b[:size])
		b = b[size:]
		m[name] = tally{int64(next()), int64(next())}
		if b == nil {
			return nil, errEntry
		}
	}
	return b, nil
}

// loadSegments reads the summaries and remembers their fingerprints.
func (e *Engine) loadSegments(ctx context.Context) error {
	return e.db.Segments(ctx, 0, func(row appendlog.Segment) error {
		s, err := decodeSegment(row)
		if err != nil || int64(len(row.Hashes)) != row.Size*hashSize {
			return errEntry
		}
		for i := range int(row.Size) {
			if print, repeat := hashAt(row.Hashes, i); print != 0 && !repeat {
				e.seen.add(print, row.First+int64(i))
			}
		}
		e.segments.put(s)
		return nil
	})
}

// keepShelf follows the log and writes a summary of each stretch. Every node computes the same ones; the first to write
// one wins.
func (e *Engine) summarise(ctx context.Context) {
	for ctx.Err() == nil {
		s, hashes, begun := newSegment(e.segments.end()), []byte(nil), int64(0)
		finish := func() error {
			row := appendlog.Segment{First: s.First, Size: s.End - s.First, Summary: s.encode(), Hashes: hashes}
			if err := e.db.PutSegment(ctx, row); err != nil {
				return err
			}
			e.segments.put(s)
			s, hashes = newSegment(s.End), nil
			return nil
		}
		err := e.log.Follow(ctx, s.End, func(b appendlog.Batch) error {
			at := acceptedAt(b.Entries[0].Data)
			if len(hashes) > 0 && at-begun >= segmentSpan.Microseconds() {
				if err := finish(); err != nil {
					return err
				}
			}
			if len(hashes) == 0 {
				s.First, begun = b.First, at // batches may have been dropped before it
			}
			s.add(b)
			hashes = append(hashes, b.Hashes...)
			if s.End-s.First < SegmentSize {
				return nil
			}
			return finish()
		})
		if ctx.Err() == nil {
			e.logger.Warn("cannot summarise the event log; trying again", "cause", err)
			pause(ctx, time.Second)
		}
	}
}

// whole returns the segment that begins at index, if there is one.
func (sh *segments) whole(index int64) *Segment {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	at, ok := slices.BinarySearchFunc(
		sh.all,
		index,
		func(s *Segment, index int64) int { return cmp.Compare(s.First, index) },
	)
	if !ok {
		return nil
	}
	return sh.all[at]
}

package broker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"mconnect"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
)

// Noted is a record of the journal by which events were accepted.
type Noted struct {
	Record int64 // its index
	System mconnect.SystemID
	Origin string // certificate and address
	Event  journal.EventNote
	Time   time.Time
}

// surely is how long every event is kept: test events are the shortest.
const minRetention = time.Hour

// checked is a record with what the event log holds of it.
type checked struct {
	Noted
	accepted
}

// Compare reports where the event log is not what the journal recorded as accepted: events that were altered, removed,
// or put in. Whole batches that are gone an hour after they were accepted may have been removed by retention: they are
// passed over.
func Compare(ctx context.Context, log journal.Reader, noted []Noted, now time.Time) (found []string, err error) {
	c := comparison{}
	for _, n := range noted {
		c.rest = append(c.rest, &checked{n, accepted{digest: sha256.New(), content: sha256.New()}})
		c.through = max(c.through, n.Event.Last+1)
	}
	slices.SortFunc(c.rest, func(a, b *checked) int { return int(a.Event.First - b.Event.First) })
	all := slices.Clone(c.rest)
	for from := int64(0); from < c.through; {
		batches, err := log.Read(ctx, from, 1024)
		if err != nil {
			return nil, err
		}
		if len(batches) == 0 {
			c.missing(from, c.through)
			break
		}
		for _, b := range batches {
			c.missing(from, b.First)
			c.add(b)
			from = b.First + int64(len(b.Entries))
		}
	}
	for _, n := range all {
		if says := n.differs(); says != "" && (!c.gone(n.Event) || now.Sub(n.Time) < minRetention) {
			c.found = append(
				c.found,
				fmt.Sprintf("events %d to %d of %s: %s (record %d)", n.Event.First, n.Event.Last, n.System, says,
					n.Record),
			)
		}
	}
	return c.found, nil
}

type comparison struct {
	through int64 // up to where acceptance is recorded
	rest    []*checked
	active  []*checked
	gaps    [][2]int64
	origin  string
	line    []byte
	found   []string
}

// missing notes that nothing is stored from one index up to another.
func (c *comparison) missing(from, to int64) {
	if from < to {
		c.gaps = append(c.gaps, [2]int64{from, to})
	}
}

// gone reports that whole batches are missing among the events of a record.
func (c *comparison) gone(e journal.EventNote) bool {
	return slices.ContainsFunc(c.gaps, func(g [2]int64) bool { return e.First < g[1] && e.Last >= g[0] })
}

// add takes in what a batch holds, as round.add did when it was accepted.
func (c *comparison) add(b appendlog.Batch) {
	for one, named := range produced(b) {
		if named.First {
			c.origin = string(named.Origin)
		}
		if one.Repeat {
			continue
		}
		if n := c.of(one.Index, string(one.System)); n != nil {
			n.count++
			c.line = n.hash(c.line, named, one.Entry())
		} else if one.Index < c.through {
			c.found = append(c.found, fmt.Sprintf("event %d of %s: no record says that it was accepted", one.Index,
				one.System))
		}
	}
}

// of finds the record that an event belongs to; nil when there is none. Of two that may be, of one system, the origin
// decides.
func (c *comparison) of(index int64, system string) (n *checked) {
	for len(c.rest) > 0 && c.rest[0].Event.First <= index {
		c.active, c.rest = append(c.active, c.rest[0]), c.rest[1:]
	}
	c.active = slices.DeleteFunc(c.active, func(n *checked) bool { return n.Event.Last < index })
	for _, one := range c.active {
		if string(one.System) == system && (n == nil || one.Origin == c.origin) {
			n = one
		}
	}
	return n
}

// differs reports how what is stored departs from the record; "" when it does not.
func (n *checked) differs() string {
	switch {
	case n.count != n.Event.Count:
		return fmt.Sprintf("%d are recorded as accepted, %d are stored", n.Event.Count, n.count)
	case hex.EncodeToString(n.digest.Sum(nil)) != n.Event.Digest:
		return "their sources and ids are not those that were accepted"
	case n.Event.Content != "" && hex.EncodeToString(n.content.Sum(nil)) != n.Event.Content:
		return "at least one of them was altered"
	}
	return ""
}

package broker

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"mconnect"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/eventlog"
)

// One record covers what one producer brought in about a second, or for at most so many events.
const (
	acceptEvery = time.Second
	acceptMost  = 1 << 15
)

// accepted gathers what one producer brought from one address under one certificate.
type accepted struct {
	origin      string
	system      mconnect.SystemID
	first, last int64
	count       int
	types       map[string]bool
	digest      hash.Hash // over source and id of each
	content     hash.Hash // over the entries whole
}

// journalAccepted follows the log and journals who brought what. The record and the engine's position commit together,
// so every accepted event is journalled exactly once, by whichever node comes first; never later than the events
// themselves are removed.
func (e *Engine) journalAccepted(ctx context.Context) {
	for ctx.Err() == nil {
		err := e.acceptRounds(ctx)
		switch {
		case ctx.Err() != nil:
		case errors.Is(err, errOvertaken): // ordinary where there are other nodes
			e.logger.Debug("another node has journalled the accepted events")
		default:
			e.logger.Warn("cannot journal accepted events; trying again", "cause", err)
		}
		pause(ctx, acceptEvery)
	}
}

// errOvertaken ends a round that another node was first to journal.
var errOvertaken = errors.New("another node has journalled them")

func (e *Engine) acceptRounds(ctx context.Context) error {
	from, err := e.log.Recorded(ctx)
	if err != nil {
		return err
	}
	r := round{from: from, next: from, by: map[string]*accepted{}}
	flush := func() error {
		if r.next == r.from {
			return nil
		}
		took, err := e.recordAccepted(ctx, r)
		if err == nil && !took {
			err = errOvertaken
		}
		r = round{from: r.next, next: r.next, by: map[string]*accepted{}}
		return err
	}
	var began time.Time
	for {
		// What has come within a second is journalled together; the deadline only ends the waiting.
		wait, cancel := context.WithTimeout(ctx, acceptEvery)
		began = time.Now()
		err := e.log.Follow(wait, r.next, func(b appendlog.Batch) error {
			r.add(b)
			if r.count >= acceptMost || time.Since(began) >= acceptEvery {
				return flush()
			}
			return nil
		})
		ended := wait.Err() != nil
		cancel()
		if !ended {
			return err
		}
		if err := flush(); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// round is what is journalled together.
type round struct {
	from, next int64
	count      int
	by         map[string]*accepted
	origin     string
	last       *accepted // that the event before belongs to
	line       []byte    // of a digest, for use again
}

// add takes a batch in. The origin is part of the first entry of each call.
func (r *round) add(b appendlog.Batch) {
	for one, named := range produced(b) {
		if named.First && string(named.Origin) != r.origin {
			r.origin, r.last = string(named.Origin), nil
		}
		if one.Repeat {
			continue
		}
		a := r.brought(one.System, one.Index)
		a.last = one.Index
		a.count++
		if !a.types[string(one.Type)] {
			a.types[string(one.Type)] = true
		}
		r.line = a.hash(r.line, named, one.Entry())
	}
	r.next = b.End()
	r.count += len(b.Entries)
}

// produced yields the entries of a batch that producers brought, repeats as well.
func produced(b appendlog.Batch) iter.Seq2[eventlog.Summary, eventlog.Named] {
	return func(yield func(eventlog.Summary, eventlog.Named) bool) {
		for i := range b.Entries {
			one, ok := eventlog.Peek(b, i)
			if !ok || one.Kind == eventlog.Direct || one.Kind == eventlog.Dead {
				continue
			}
			if named, ok := one.Named(); ok && !yield(one, named) {
				return
			}
		}
	}
}

// hash takes one event into the digests; line is for use again.
func (a *accepted) hash(line []byte, named eventlog.Named, entry []byte) []byte {
	line = append(append(append(append(line[:0], named.Source...), 0), named.ID...), 0)
	_, _ = a.digest.Write(line)
	line = binary.BigEndian.AppendUint32(line[:0], uint32(len(entry)))
	_, _ = a.content.Write(line)
	_, _ = a.content.Write(entry)
	return line
}

// brought finds what the system brought from the present origin; it begins at index when nothing yet.
func (r *round) brought(system []byte, index int64) *accepted {
	if a := r.last; a != nil && string(a.system) == string(system) && a.origin == r.origin {
		return a
	}
	key := string(system) + " " + r.origin
	a := r.by[key]
	if a == nil {
		a = &accepted{
			origin:  r.origin,
			system:  mconnect.SystemID(system),
			first:   index,
			types:   map[string]bool{},
			digest:  sha256.New(),
			content: sha256.New(),
		}
		r.by[key] = a
	}
	r.last = a
	return a
}

// recordAccepted journals a round and moves the engine's position, both or neither; false when another node was first.
func (e *Engine) recordAccepted(ctx context.Context, r round) (bool, error) {
	records := make([]journal.Record, 0, len(r.by))
	all := slices.SortedFunc(maps.Values(r.by), func(a, b *accepted) int { return cmp.Compare(a.first, b.first) })
	for _, a := range all {
		certificate, address, _ := strings.Cut(a.origin, " ")
		records = append(records, journal.Record{
			Kind: journal.Accepted, System: a.system, Consumer: a.system.Participant(),
			Certificate: mconnect.Fingerprint(certificate), Address: address,
			Event: &journal.EventNote{
				Types: slices.Sorted(
					maps.Keys(a.types),
				), First: a.first, Last: a.last, Count: a.count, Digest: hex.EncodeToString(a.digest.Sum(nil)),
				Content: hex.EncodeToString(a.content.Sum(nil)),
			},
		})
	}
	took := false
	err := e.ledger.RecordIf(ctx, records, func(tx appendlog.Tx) (bool, error) {
		var err error
		took, err = e.log.MoveRecorded(tx, r.from, r.next)
		return took, err
	})
	return took, err
}

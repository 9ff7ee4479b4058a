package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"mconnect"
	"mconnect/internal/appendlog"
	"mconnect/internal/broker"
	"mconnect/internal/domain/journal"
	"mconnect/internal/eventlog"
	"mconnect/internal/store"
	"mconnect/verify"
)

// StoreCheck compares what a store holds outside the journal with the records: accepted events, dead events, kept
// bodies and the search index. Pass See to verify.Options.Each, and call Compare once the journal was found to be
// whole.
type StoreCheck struct {
	db       *store.DB
	keys     *journal.Keys // nil: kept bodies are not opened
	accepted []broker.Noted
	dead     map[deadKey]deadRecord
	bodies   map[[2]string][]byte // sealed, by call and part
	digests  map[[2]string]string // as recorded, hexadecimal
	position int64                // of the search index when the check began
	indexed  int64                // rows that it should have
}

type deadKey struct{ system, group, source, id string }

// deadRecord is the newest record of a dead event.
type deadRecord struct {
	record int64
	at     time.Time
	stored bool
}

// NewStoreCheck begins a comparison. Without keys, kept bodies are not compared.
func NewStoreCheck(ctx context.Context, db *store.DB, keys *journal.Keys) (*StoreCheck, error) {
	b := &StoreCheck{db: db, keys: keys, dead: map[deadKey]deadRecord{}, bodies: map[[2]string][]byte{},
		digests: map[[2]string]string{}}
	if position, err := db.IndexPosition(ctx); err == nil {
		b.position = position
	}
	if keys == nil {
		return b, nil
	}
	return b, db.KeptBodies(ctx, func(call, part string, sealed []byte) error {
		b.bodies[[2]string{call, part}] = bytes.Clone(sealed)
		return nil
	})
}

// Quotes in texts are escaped, so these stand in no other place of a record.
var (
	markOutcome  = []byte(`"kind":"outcome"`)
	markIntent   = []byte(`"kind":"intent"`)
	markAccepted = []byte(`"kind":"accepted"`)
	markDead     = []byte(`"kind":"dead"`)
)

// See takes note of a record.
func (b *StoreCheck) See(index int64, record []byte) error {
	outcome := bytes.Contains(record, markOutcome)
	if index < b.position && !outcome {
		b.indexed++
	}
	call := len(b.bodies) > 0 && (outcome || bytes.Contains(record, markIntent))
	if !call && !bytes.Contains(record, markAccepted) && !bytes.Contains(record, markDead) {
		return nil
	}
	e, err := journal.Decode(record)
	if err != nil {
		return nil //nolint:nilerr // the check of the record itself says so
	}
	switch {
	case e.Kind == journal.Accepted && e.Event != nil:
		b.accepted = append(b.accepted, broker.Noted{
			Record: index, System: e.System, Origin: string(e.Certificate) + " " + e.Address, Event: *e.Event,
			Time: e.Time,
		})
	case e.Kind == journal.Dead && e.Event != nil:
		b.dead[deadKey{string(e.System), e.Event.Group, e.Event.Source, e.Event.ID}] = deadRecord{record: index,
			at: e.Time}
	case call:
		b.body(e.Call, "request", e.Request)
		b.body(e.Call, "answer", e.Answer)
	}
	return nil
}

func (b *StoreCheck) body(call mconnect.CallID, part string, recorded *journal.Body) {
	if key := [2]string{string(call), part}; recorded != nil && b.bodies[key] != nil {
		b.digests[key] = recorded.SHA256
	}
}

// CheckStore verifies the journal of a store, and compares the resources and what else the store holds with the
// records: what is not as recorded is in differences. Without keys, what is sealed is not opened. The store is only
// read, also while a server writes it.
func CheckStore(ctx context.Context, db *store.DB, log *store.Log, keys *journal.Keys, key verify.Key,
	o verify.Options) (r verify.Report, differences []string, err error) {
	source := journal.NewSource(log)
	if keys != nil {
		if source, err = journal.NewSourceWithKeys(log, *keys); err != nil {
			return r, nil, err
		}
	}
	through, err := db.Revision(ctx)
	if err != nil {
		return r, nil, err
	}
	check, err := NewStoreCheck(ctx, db, keys)
	if err != nil {
		return r, nil, err
	}
	state := journal.NewState()
	o.Each = func(index int64, record []byte) error {
		return errors.Join(state.See(index, record), check.See(index, record))
	}
	if r, err = verify.Journal(ctx, source, key, o); err != nil {
		return r, nil, err
	}
	found, err := state.Compare(ctx, db, through)
	if err != nil {
		return r, nil, err
	}
	for _, d := range found {
		differences = append(differences, d.String())
	}
	if says := state.Unsigned(key, r.Checkpoint); says != "" {
		differences = append(differences, says)
	}
	others, err := check.Compare(ctx, time.Now())
	return r, append(differences, others...), err
}

// Compare returns what is not as it was recorded.
func (b *StoreCheck) Compare(ctx context.Context, now time.Time) (found []string, err error) {
	log, err := b.db.OpenLog(ctx, eventlog.LogName, nil)
	if err != nil {
		return nil, err
	}
	if found, err = broker.Compare(ctx, log, b.accepted, now); err != nil {
		return nil, err
	}
	dead, err := b.unrecordedDead(ctx, now)
	if err != nil {
		return nil, err
	}
	found = append(append(found, dead...), b.alteredBodies()...)
	rows, err := b.db.IndexRows(ctx, b.position)
	if err == nil && rows >= 0 && rows != b.indexed {
		found = append(found, fmt.Sprintf("the search index holds %d rows for the first %d records and should hold %d: searches and counted quotas are wrong. "+
			"It is derived from the journal: stop the server and delete it, and it is built again", rows, b.position,
			b.indexed))
	}
	return found, err
}

// unrecordedDead finds dead events without a record, and recorded ones that are not stored though they should still be
// kept.
func (b *StoreCheck) unrecordedDead(ctx context.Context, now time.Time) (found []string, err error) {
	const page = 1000
	for from := int64(0); ; {
		dead, err := b.db.DeadEvents(ctx, appendlog.DeadQuery{From: from, Limit: page})
		if err != nil {
			return nil, err
		}
		for _, d := range dead {
			from = d.ID + 1
			key := deadKey{d.System, d.Group, d.Source, d.Event}
			recorded, ok := b.dead[key]
			if !ok {
				found = append(found, fmt.Sprintf("dead event %d of %s: no record says that it was buried", d.ID,
					d.System))
				continue
			}
			recorded.stored = true
			b.dead[key] = recorded
		}
		if len(dead) < page {
			break
		}
	}
	for key, d := range b.dead {
		if !d.stored && now.Sub(d.at) < broker.DeadRetention {
			found = append(found, fmt.Sprintf("dead event %s of %s, source %s: it is recorded and not stored (record %d)", key.id, key.system, key.source, d.record))
		}
	}
	return found, nil
}

// alteredBodies finds kept bodies that are not what the records of their calls hold the digest of.
func (b *StoreCheck) alteredBodies() (found []string) {
	for key, sealed := range b.bodies {
		body, err := b.keys.OpenBody(mconnect.CallID(key[0]), key[1], sealed)
		sum := sha256.Sum256(body)
		switch recorded, known := b.digests[key]; {
		case err != nil:
			found = append(found, fmt.Sprintf("kept %s of call %s: it was altered, or belongs to another call", key[1],
				key[0]))
		case known && recorded != hex.EncodeToString(sum[:]):
			found = append(found, fmt.Sprintf("kept %s of call %s: it is not the recorded one", key[1], key[0]))
		}
	}
	return found
}

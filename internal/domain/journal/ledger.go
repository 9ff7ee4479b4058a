package journal

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/verify"
)

// MaxRecord is the longest record in bytes (C2SP tlog-tiles counts entries in 16 bits).
const MaxRecord = 65535

// MaxDocument is the longest document of a change that is kept in its record; of a longer one, or one that
// does not fit into MaxRecord once quoted, the record has the digest only.
const MaxDocument = 48 << 10

// Log is the durable sequence under the journal. package store implements it, opened with this journal's Sealer.
type Log interface {
	// Append makes entries durable, all or none, and says where the first stands.
	Append(ctx context.Context, entries ...appendlog.Entry) (appendlog.Position, error)
	// Head reads the newest committed state.
	Head(ctx context.Context) (appendlog.Head, error)
	// Durable returns a head over at least size entries that no fail-over can take back; the newest one when size is 0.
	Durable(ctx context.Context, size int64) (appendlog.Head, error)
	// Read returns whole batches from the one that holds entry from, at least one unless from is the size.
	Read(ctx context.Context, from int64, limit int) ([]appendlog.Batch, error)
	// Follow calls fn for what stands from entry from on and for what comes, until ctx ends or fn fails.
	Follow(ctx context.Context, from int64, fn func(appendlog.Batch) error) error
	// ReplaceAsides overwrites the asides of entries, all or none, so that no trace of them is left.
	ReplaceAsides(ctx context.Context, indices []int64, aside []byte) error
}

// Config is what a Journal needs.
type Config struct {
	Log    Log
	Keys   Keys
	Origin string           // name of the journal, e.g. "mconnect.example/journal"
	Clock  func() time.Time // default time.Now
	Node   string           // id of this process, different for each, written into its records
	Logger *slog.Logger     // default: silent
}

// Journal writes and reads records. It is safe for any number of goroutines.
type Journal struct {
	log      Log
	public   verify.Key
	subjects *subjects
	proving  []byte
	clock    func() time.Time
	node     string
	zone     *time.Location
	logger   *slog.Logger

	mu   sync.Mutex
	last time.Time // newest time given out: a node's records never run backwards

	changes changes
}

// New makes a journal over an open log. It needs the time zone Zone: import time/tzdata where the system
// has no zone database.
func New(cfg Config) (*Journal, error) {
	if cfg.Log == nil {
		return nil, errors.New("journal: no log")
	}
	public, err := cfg.Keys.Public(cfg.Origin)
	if err != nil {
		return nil, err
	}
	subjects, err := newSubjects(cfg.Keys)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(Zone)
	if err != nil {
		return nil, err
	}
	proving, err := provingKey(cfg.Keys)
	if err != nil {
		return nil, err
	}
	j := &Journal{
		log: cfg.Log, public: public, subjects: subjects, proving: proving, clock: cfg.Clock, node: cfg.Node,
		zone: zone, logger: cfg.Logger,
	}
	if j.clock == nil {
		j.clock = time.Now
	}
	if j.logger == nil {
		j.logger = slog.New(slog.DiscardHandler)
	}
	return j, nil
}

// Key returns the public key that checks this journal.
func (j *Journal) Key() verify.Key { return j.public }

// Record makes r durable and says where it stands. A journal that cannot be written is fault
// record.unavailable; then it is not known whether the record was written.
func (j *Journal) Record(ctx context.Context, r Record) (Receipt, error) {
	if r.Time.IsZero() {
		r.Time = j.now()
	}
	entry, err := j.Seal(r)
	if err != nil {
		return Receipt{}, err
	}
	at, err := j.log.Append(ctx, entry)
	if err != nil {
		return Receipt{}, fault.From(err)
	}
	return Receipt{Index: at.Index, Size: at.Size, Time: r.Time.UTC().Truncate(time.Microsecond)}, nil
}

// RecordAll makes all the records durable in one append, or none. See Record.
func (j *Journal) RecordAll(ctx context.Context, records []Record) error {
	entries := make([]appendlog.Entry, len(records))
	for i, r := range records {
		var err error
		if entries[i], err = j.Seal(r); err != nil {
			return err
		}
	}
	if len(entries) == 0 {
		return nil
	}
	if _, err := j.log.Append(ctx, entries...); err != nil {
		return fault.From(err)
	}
	return nil
}

// Seal encodes r as an entry for the log, for writers that append it together with other changes. Time
// and Node are set when empty. The subject's identifier leaves only as pseudonym and sealed; where it
// stands in the texts of the record, Masked takes its place.
func (j *Journal) Seal(r Record) (appendlog.Entry, error) {
	if r.Time.IsZero() {
		r.Time = j.now()
	}
	r.Time = r.Time.UTC().Truncate(time.Microsecond)
	r.Node = cmp.Or(r.Node, j.node)
	e := Entry{Record: r}
	var aside []byte
	if r.Subject != "" {
		mask(&e.Record)
		e.Pseudonym = j.subjects.pseudonym(r.Subject)
		if r.Kind != Erasure {
			var err error
			if e.Sealed, aside, err = j.subjects.seal(r.Subject); err != nil {
				return appendlog.Entry{}, fault.From(err)
			}
		}
	}
	data, err := encodeChecked(&e)
	if err != nil {
		return appendlog.Entry{}, fault.From(err)
	}
	return appendlog.Entry{Data: data, Aside: aside, Once: r.Once}, nil
}

// encodeChecked encodes within MaxRecord, leaving out a document that is too long.
func encodeChecked(e *Entry) ([]byte, error) {
	if e.Kind == "" || e.Time.Year() < 1970 || e.Time.Year() > 9999 {
		return nil, errors.New("journal: a record has a kind and a time")
	}
	if c := e.Change; c != nil && c.Document != "" {
		change := *c
		change.Document = strings.ToValidUTF8(c.Document, "\uFFFD") // as encode would replace it
		sum := sha256.Sum256([]byte(change.Document))
		change.Digest = hex.EncodeToString(sum[:])
		if len(change.Document) > MaxDocument {
			change.Document = ""
		}
		e.Change = &change
	}
	data := encode(e)
	if len(data) > MaxRecord && e.Change != nil {
		e.Change.Document = ""
		data = encode(e)
	}
	if len(data) > MaxRecord {
		return nil, fmt.Errorf("journal: a record of %d bytes is over the limit of %d", len(data), MaxRecord)
	}
	return data, nil
}

// now is the clock, except that it never runs backwards within this process.
func (j *Journal) now() time.Time {
	at := j.clock().UTC().Truncate(time.Microsecond)
	j.mu.Lock()
	defer j.mu.Unlock()
	if at.Before(j.last) {
		return j.last
	}
	j.last = at
	return at
}

// Pseudonym returns the 16 bytes under which the subject's records can be found.
func (j *Journal) Pseudonym(subject string) []byte { return j.subjects.pseudonym(subject) }

// Open returns the clear identifier sealed in a record, given its aside. It fails with
// ErrErased, ErrNoSubject, or ErrAside when the two do not belong together or to this installation.
func (j *Journal) Open(e Entry, aside []byte) (string, error) {
	return j.subjects.open(e.Sealed, aside)
}

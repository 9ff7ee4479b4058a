package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Batch is what committed together: records First, First+1, … and the checkpoint signed over them and
// everything before.
type Batch struct {
	First   int64
	Records [][]byte
	Hashes  []byte // stored hashes, 32 bytes each: per record its leaf, then the subtrees it completes
	Note    []byte // the signed checkpoint over the first First+len(Records) records
}

// Source yields the batches of a journal in order, and io.EOF after the last. An error that is a *Problem
// is a finding about the journal; any other means that it could not be read.
type Source interface {
	Next(ctx context.Context) (Batch, error)
}

// Options tune a check. The zero value is a strict check from the first record to the last.
type Options struct {
	// Known are signed checkpoints that the journal must still agree with: those which the auditor kept
	// from earlier checks. Without one it cannot be detected that a journal was put back to an older state.
	Known [][]byte
	// Lag is how far a record's own time may lie from the time of its checkpoint and behind the records
	// before it: clocks of several nodes differ, and a record waits for its commit. Default 15 minutes.
	Lag time.Duration
	// Each, when set, sees every record once it was read, before its batch is proven.
	Each func(index int64, record []byte) error
}

// Report reports what was checked.
type Report struct {
	Records    int64
	Batches    int64
	Kinds      map[string]int64 // records by kind
	First      time.Time        // time of the first record
	Last       time.Time        // newest time of a record
	Root       Hash
	Checkpoint []byte // the newest signed checkpoint: keep it for Options.Known of the next check
}

// What is wrong with a journal, for programs.
type What string

// The kinds of finding.
const (
	Gap              What = "gap"              // records are missing, repeated or out of order
	TooLong          What = "tooLong"          // over MaxRecord bytes
	NotCanonical     What = "notCanonical"     // not the one byte form of a record
	RecordAltered    What = "recordAltered"    // a record is not what was signed
	HashAltered      What = "hashAltered"      // the records are what was signed, a stored hash is not
	CheckpointAbsent What = "checkpointAbsent" // a batch is not signed
	CheckpointForged What = "checkpointForged" // not signed by this journal's key
	CheckpointWrong  What = "checkpointWrong"  // signed, but over something else
	TimeWrong        What = "timeWrong"        // time runs backwards
	RolledBack       What = "rolledBack"       // shorter than a known checkpoint
	HistoryChanged   What = "historyChanged"   // not the history of a known checkpoint
	Unreadable       What = "unreadable"       // cut off or framed wrongly
	// the records are what was signed, the store's own note of where they end is not
	HeadAltered    What = "headAltered"
	ErasureUnknown What = "erasureUnknown" // the key stored with it was destroyed, and no erasure record says so
	// the record is what was signed, the key stored with it for its subject is not
	AsideAltered What = "asideAltered"
)

// Problem is the first thing wrong with a journal. Index is the first record that it concerns and Last
// the last one: the same when the culprit is known exactly.
type Problem struct {
	Index  int64
	Last   int64
	What   What
	Detail string
}

// Error says in English which record is wrong, and how.
func (p *Problem) Error() string {
	if p.Index == p.Last {
		return fmt.Sprintf("record %d: %s: %s", p.Index, p.What, p.Detail)
	}
	return fmt.Sprintf("records %d to %d: %s: %s", p.Index, p.Last, p.What, p.Detail)
}

func problem(index int64, what What, detail string, args ...any) *Problem {
	return &Problem{Index: index, Last: index, What: what, Detail: fmt.Sprintf(detail, args...)}
}

// Journal checks a whole journal against its public key and stops at the first thing wrong, which it
// returns as a *Problem. The report counts what was checked until then; only what stands in a report
// returned with a nil error is proven.
func Journal(ctx context.Context, src Source, key Key, o Options) (Report, error) {
	c, err := newChecker(key, o)
	if err != nil {
		return Report{}, err
	}
	for {
		b, err := src.Next(ctx)
		if errors.Is(err, io.EOF) {
			return c.finish()
		}
		if err == nil {
			err = c.batch(b)
		}
		if err != nil {
			return c.report, err
		}
	}
}

// checker is the state of a check between records.
type checker struct {
	key    Key
	known  []Checkpoint // ascending by size
	lag    time.Duration
	each   func(int64, []byte) error
	tree   tree
	sealed time.Time // time of the newest checkpoint
	later  *Problem  // a finding about authentic records: reported once the checkpoint shows that they are
	report Report
}

func newChecker(key Key, o Options) (*checker, error) {
	if key.IsZero() {
		return nil, errors.New("verify: no public key to check against")
	}
	c := &checker{key: key, lag: o.Lag, each: o.Each, report: Report{Kinds: map[string]int64{}}}
	c.lag = cmp.Or(c.lag, 15*time.Minute)
	for _, note := range o.Known {
		cp, err := key.Open(note)
		if err != nil {
			return nil, fmt.Errorf("verify: the known checkpoint cannot be used: %w", err)
		}
		c.known = append(c.known, cp)
	}
	slices.SortFunc(c.known, func(a, b Checkpoint) int { return int(a.Size - b.Size) })
	return c, nil
}

// batch checks one batch: each record by itself, then the stored hashes, then the signature.
func (c *checker) batch(b Batch) error {
	first := c.tree.size
	switch {
	case b.First > first:
		return &Problem{first, b.First - 1, Gap, "missing: the next batch begins later"}
	case b.First < first:
		return problem(first, Gap, "expected here, found a batch that begins at %d", b.First)
	case len(b.Records) == 0:
		return problem(first, Gap, "an empty batch")
	}
	var differs *Problem // the first stored hash that differs
	hashes := b.Hashes
	for _, record := range b.Records {
		made, err := c.record(record)
		if err != nil && differs != nil {
			return differs // it stands before
		}
		if err != nil {
			return err
		}
		if d := c.compare(made, &hashes, first); differs == nil {
			differs = d
		}
	}
	signed := c.checkpoint(b.Note, first)
	switch {
	case differs == nil && signed == nil && len(hashes) > 0:
		return problem(c.tree.size-1, HashAltered, "more hashes are stored than there are records")
	case differs == nil && signed == nil:
		return nil
	case differs == nil:
		return signed
	case signed == nil || signed.What == TimeWrong || signed.What == HistoryChanged: // the records are what was signed
		return problem(differs.Last, HashAltered, "the record is what was signed, but a hash stored with it is not")
	}
	return differs
}

// record checks one record by itself and appends it to the tree.
func (c *checker) record(data []byte) ([]Hash, error) {
	index := c.tree.size
	if len(data) > MaxRecord {
		return nil, problem(index, TooLong, "%d bytes", len(data))
	}
	facts, err := ReadFacts(data)
	if err != nil {
		return nil, problem(index, NotCanonical, "%v", err)
	}
	if c.later == nil && facts.Time.Before(c.report.Last.Add(-c.lag)) {
		c.later = problem(index, TimeWrong, "its time %s lies more than %v behind a record before it",
			facts.Time.Format(TimeForm), c.lag)
	}
	if index == 0 {
		c.report.First = facts.Time
	}
	if facts.Time.After(c.report.Last) {
		c.report.Last = facts.Time
	}
	c.report.Kinds[facts.Kind]++
	c.report.Records++
	if c.each != nil {
		if err := c.each(index, data); err != nil {
			return nil, err
		}
	}
	made := c.tree.append(LeafHash(data))
	for len(c.known) > 0 && c.known[0].Size <= c.tree.size {
		if k := c.known[0]; c.later == nil && k.Size == c.tree.size && k.Root != c.tree.root() {
			c.later = &Problem{0, index, HistoryChanged, fmt.Sprintf(
				"signed, but not the records of the known checkpoint over %d records", k.Size)}
		}
		c.known = c.known[1:]
	}
	return made, nil
}

// compare takes from stored the hashes that appending the newest record made. The n-th covers the last
// 2^n records, so the level of the first that differs bounds where the altered record is; what stands
// before the batch is proven.
func (c *checker) compare(made []Hash, stored *[]byte, first int64) *Problem {
	last := c.tree.size - 1
	for level, h := range made {
		if len(*stored) < len(h) {
			return problem(last, HashAltered, "its hash is not stored")
		}
		if Hash((*stored)[:len(h)]) != h {
			*stored = nil // what follows cannot be read on
			return &Problem{max(c.tree.size-1<<level, first), last, RecordAltered,
				"not what was hashed when it was written"}
		}
		*stored = (*stored)[len(h):]
	}
	return nil
}

// checkpoint checks the signed note over everything read so far.
func (c *checker) checkpoint(note []byte, first int64) *Problem {
	last := c.tree.size - 1
	if len(note) == 0 {
		return &Problem{first, last, CheckpointAbsent, "the batch carries no signed checkpoint"}
	}
	cp, err := c.key.Open(note)
	switch {
	case err != nil:
		return &Problem{first, last, CheckpointForged, err.Error()}
	case cp.Size != c.tree.size:
		return &Problem{first, last, CheckpointWrong, fmt.Sprintf("signed over %d records, but %d stand here", cp.Size,
			c.tree.size)}
	case cp.Root != c.tree.root():
		return &Problem{first, last, CheckpointWrong, "one of the records is not what was signed"}
	case cp.Time.Before(c.sealed):
		return &Problem{first, last, TimeWrong, "signed at a time before the batch before it"}
	case !cp.Time.IsZero() && c.report.Last.After(cp.Time.Add(c.lag)):
		return &Problem{first, last, TimeWrong, fmt.Sprintf("a record claims a time more than %v after it was signed",
			c.lag)}
	}
	if c.later != nil {
		return c.later
	}
	c.sealed = cp.Time
	c.report.Batches++
	c.report.Root, c.report.Checkpoint = cp.Root, note
	return nil
}

// finish checks that no known checkpoint promises more records than there are.
func (c *checker) finish() (Report, error) {
	if n := len(c.known); n > 0 {
		longest := c.known[n-1].Size
		return c.report, &Problem{c.tree.size, longest - 1, RolledBack,
			fmt.Sprintf("missing: a known checkpoint covers %d records", longest)}
	}
	if c.tree.size == 0 {
		c.report.Root = c.tree.root()
	}
	return c.report, nil
}

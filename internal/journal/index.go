package journal

import (
	"context"
	"time"

	"mconnect"
	"mconnect/internal/store"
)

// Verdicts of a call, as the search index has them.
const (
	VerdictOpen     = "open"     // intent recorded, no outcome (yet): in delivery, or the node died
	VerdictAnswered = "answered" // delivered and answered
	VerdictFailed   = "failed"   // allowed, but ended in a fault
	VerdictRefused  = "refused"  // refused before delivery
)

// KindCall is the kind of an index row that stands for one call: its intent and outcome, or its refusal.
const KindCall = "call"

// How the follower works: it writes what it read once roundSize records came together or roundTime went
// by, and remembers up to maxOpen calls whose outcome it has not seen.
const (
	roundSize = 4096
	roundTime = 500 * time.Millisecond
	maxOpen   = 1 << 16
)

// Index is the search index that the follower feeds. *store.DB is one.
type Index interface {
	// IndexPosition says up to which entry (exclusive) the index was written.
	IndexPosition(ctx context.Context) (int64, error)
	// WriteIndex writes rows and the new position together. A row whose Call is already there completes it.
	WriteIndex(ctx context.Context, upTo int64, rows []store.IndexRow) error
}

// Index follows the journal from where the search index stands and feeds it, until ctx ends (its error is
// returned). While the index cannot be written it waits and tries again. What it writes is derived: an
// index that is lost is rebuilt by starting at position 0.
func (j *Journal) Index(ctx context.Context, sink Index) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	f := follower{zone: j.zone, open: map[mconnect.CallID]store.IndexRow{}}
	for {
		from, err := sink.IndexPosition(ctx)
		if err == nil {
			f.next = from
			break
		}
		j.logger.Warn("cannot read the search index; trying again", "cause", err)
		if err := pause(ctx, roundTime); err != nil {
			return err
		}
	}
	batches, ended := make(chan store.Batch), make(chan error, 1)
	go func() {
		ended <- j.log.Follow(ctx, f.next, func(b store.Batch) error {
			select {
			case batches <- b:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	return j.rounds(ctx, sink, &f, batches, ended)
}

// rounds takes batches until a round is full or its time is up, then writes it.
func (j *Journal) rounds(ctx context.Context, sink Index, f *follower, batches <-chan store.Batch, ended <-chan error) error {
	timer := time.NewTimer(roundTime)
	defer timer.Stop()
	for {
		select {
		case b := <-batches:
			f.batch(b, j)
			if f.read < roundSize {
				continue
			}
		case <-timer.C:
		case err := <-ended:
			return err
		}
		for f.read > 0 {
			err := sink.WriteIndex(ctx, f.next, f.rows)
			if err == nil {
				f.rows, f.read = f.rows[:0], 0
				clear(f.at)
				break
			}
			j.logger.Warn("cannot write the search index; trying again", "cause", err)
			if err := pause(ctx, roundTime); err != nil {
				return err
			}
		}
		timer.Reset(roundTime)
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// follower turns records into rows, one row per call.
type follower struct {
	zone *time.Location
	next int64 // position after what was read
	read int   // records since the last write
	rows []store.IndexRow
	at   map[mconnect.CallID]int // rows of this round by call
	open map[mconnect.CallID]store.IndexRow
}

func (f *follower) batch(b store.Batch, j *Journal) {
	for i := range b.Entries {
		index := b.First + int64(i)
		if index < f.next {
			continue
		}
		f.next, f.read = index+1, f.read+1
		e, err := Decode(b.Entries[i].Data)
		if err != nil {
			j.logger.Error("a record cannot be indexed", "index", index, "cause", err)
			continue
		}
		f.put(f.row(index, &e))
	}
}

// row is what the index keeps of one record, completed by what is known of its call.
func (f *follower) row(index int64, e *Entry) store.IndexRow {
	row := store.IndexRow{
		Seq: index, At: e.Time, Kind: string(e.Kind), Call: string(e.Call),
		Consumer: string(e.Consumer), System: string(e.System), Service: string(e.Service), Provider: string(e.Provider),
		Agreement: string(e.Agreement), Purpose: string(e.Purpose), Code: string(e.Code), Subject: e.Pseudonym,
		Day: e.Time.In(f.zone).Format(dayForm),
	}
	switch e.Kind {
	case Intent:
		row.Kind, row.Verdict = KindCall, VerdictOpen
		if len(f.open) < maxOpen {
			f.open[e.Call] = row
		}
	case Refusal:
		row.Kind, row.Verdict = KindCall, VerdictRefused
	case Outcome:
		if intent, ok := f.open[e.Call]; ok {
			delete(f.open, e.Call)
			intent.Code = row.Code
			row = intent
		}
		row.Kind, row.OutcomeSeq, row.Verdict = KindCall, index, VerdictAnswered
		if e.Code != "" {
			row.Verdict = VerdictFailed
		}
	}
	return row
}

// put adds a row to the round; the outcome of a call whose intent is in the same round takes its place.
func (f *follower) put(row store.IndexRow) {
	if row.Kind == KindCall && row.Call != "" {
		call := mconnect.CallID(row.Call)
		if i, ok := f.at[call]; ok {
			f.rows[i] = row
			return
		}
		if f.at == nil {
			f.at = map[mconnect.CallID]int{}
		}
		f.at[call] = len(f.rows)
	}
	f.rows = append(f.rows, row)
}

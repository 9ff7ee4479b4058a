package journal

import (
	"context"
	"time"

	"mconnect/internal/appendlog"
)

// Verdicts of a call, as the search index has them.
const (
	VerdictOpen     = "open"     // intent recorded, no outcome (yet): in delivery, or the node died
	VerdictAnswered = "answered" // delivered and answered
	VerdictFailed   = "failed"   // allowed, but ended in a fault
	VerdictRefused  = "refused"  // refused before delivery
)

// KindCall is the kind of an index row of one call: its intent and outcome, or its refusal.
const KindCall = "call"

// The follower writes what it read once roundSize records came together or roundTime went by.
const (
	roundSize = 4096
	roundTime = 500 * time.Millisecond
	leisure   = 19 // rests this many times as long as it worked: calls come first, the index may lag
	restTime  = time.Second
)

// Index is the search index that the follower feeds. package store implements it.
type Index interface {
	// IndexPosition says up to which entry (exclusive) the index was written.
	IndexPosition(ctx context.Context) (int64, error)
	// WriteIndex writes rows and moves the position to upTo, both or neither. A row with Seq equal to
	// OutcomeSeq completes the row of its Call; Day is set on the one row that uses up a call of a quota.
	WriteIndex(ctx context.Context, from, upTo int64, rows []appendlog.IndexRow) error
	// ResetIndex empties the index and moves the position to 0.
	ResetIndex(ctx context.Context) error
}

// Index follows the journal from where the search index stands and feeds it, until ctx ends (its error is
// returned). Several nodes may do so at once: who comes late reads on from the new position. While the
// index cannot be written it waits and tries again. The index is derived: one that was lost, or is ahead
// of a journal that was restored, is built again from the first record.
func (j *Journal) Index(ctx context.Context, sink Index) error {
	for {
		err := j.follow(ctx, sink)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		j.logger.Warn("the search index is behind; trying again", "cause", err)
		if err := pause(ctx, roundTime); err != nil {
			return err
		}
	}
}

// follow feeds the index until something fails.
func (j *Journal) follow(ctx context.Context, sink Index) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	from, err := sink.IndexPosition(ctx)
	if err != nil {
		return err
	}
	head, err := j.log.Head(ctx)
	if err != nil {
		return err
	}
	if head.Size < from {
		if err := sink.ResetIndex(ctx); err != nil {
			return err
		}
		from = 0
	}
	batches, ended := make(chan appendlog.Batch), make(chan error, 1)
	go func() {
		ended <- j.log.Follow(ctx, from, func(b appendlog.Batch) error {
			select {
			case batches <- b:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	return j.rounds(ctx, sink, &follower{zone: j.zone, from: from, next: from, at: map[string]int{}}, batches, ended)
}

// rounds takes batches until a round is full or its time is up, then writes it.
func (j *Journal) rounds(ctx context.Context, sink Index, f *follower, batches <-chan appendlog.Batch,
	ended <-chan error) error {
	timer := time.NewTimer(roundTime)
	defer timer.Stop()
	var worked time.Duration
	for {
		select {
		case b := <-batches:
			began := time.Now()
			f.batch(b, j)
			worked += time.Since(began)
			if f.read < roundSize {
				continue
			}
		case <-timer.C:
		case err := <-ended:
			return err
		}
		if f.read > 0 {
			began := time.Now()
			if err := sink.WriteIndex(ctx, f.from, f.next, f.rows); err != nil {
				return err
			}
			f.rows, f.read, f.from = f.rows[:0], 0, f.next
			clear(f.at)
			worked += time.Since(began)
			if err := pause(ctx, min(leisure*worked, restTime)); err != nil {
				return err
			}
			worked = 0
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
	from int64 // position before what was read since the last write
	next int64 // position after what was read
	read int   // records since the last write
	rows []appendlog.IndexRow
	at   map[string]int // rows of this round by call
}

func (f *follower) batch(b appendlog.Batch, j *Journal) {
	for i := range b.Entries {
		index := b.First + int64(i)
		if index < f.next {
			continue
		}
		f.next, f.read = index+1, f.read+1
		e, err := parseIndexed(b.Entries[i].Data)
		if err != nil {
			j.logger.Error("a record cannot be indexed", "index", index, "cause", err)
			continue
		}
		f.put(f.row(index, &e))
	}
}

// row is what the index keeps of one record.
func (f *follower) row(index int64, e *indexed) appendlog.IndexRow {
	row := appendlog.IndexRow{
		Seq: index, At: e.at, Kind: string(e.Kind),
		Consumer: string(e.Consumer), System: string(e.System), Service: string(e.Service),
		Provider:  string(e.Provider),
		Agreement: string(e.Agreement), Purpose: string(e.Purpose), Code: string(e.Code), Subject: e.pseudonym,
	}
	switch e.Kind {
	case Intent:
		row.Kind, row.Call, row.Verdict, row.Day = KindCall, string(e.Call), VerdictOpen,
			e.at.In(f.zone).Format(dayForm)
	case Refusal:
		row.Kind, row.Call, row.Verdict = KindCall, string(e.Call), VerdictRefused
	case Outcome:
		row.Kind, row.Call, row.Verdict, row.OutcomeSeq = KindCall, string(e.Call), VerdictAnswered, index
		if e.Code != "" {
			row.Verdict = VerdictFailed
		}
	}
	return row
}

// put adds a row to the round; an outcome completes the row of its call when that is in the same round.
func (f *follower) put(row appendlog.IndexRow) {
	if row.Call != "" {
		if i, ok := f.at[row.Call]; ok {
			before := &f.rows[i]
			before.OutcomeSeq, before.Verdict, before.Code = row.Seq, row.Verdict, row.Code
			return
		}
		f.at[row.Call] = len(f.rows)
	}
	f.rows = append(f.rows, row)
}

package journal

import (
	"context"
	"crypto/hmac"
	"fmt"
	"math"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
)

// ApproveWithin is how long a proposed erasure waits for a second person.
const ApproveWithin = 7 * 24 * time.Hour

// The states of a proposed erasure.
const (
	Pending  = "pending"
	Approved = "approved" // and carried out
	Rejected = "rejected"
	Lapsed   = "expired" // nobody decided in time
)

// Proposals keeps proposed erasures, durably. package store implements it.
type Proposals interface {
	PutErasure(ctx context.Context, e appendlog.Erasure) error
	Erasure(ctx context.Context, id int64) (appendlog.Erasure, error) // fault record.unknown
	Erasures(ctx context.Context, before int64, limit int) ([]appendlog.Erasure, error)
	// DecideErasure stores the decision unless the proposal has left the state from; then it returns false.
	DecideErasure(ctx context.Context, from string, e appendlog.Erasure) (bool, error)
}

// Erasures executes erasures that two persons want: one proposes, another approves within ApproveWithin. Nothing is
// erased before. An erasure cannot be undone, so no single account, stolen or mistaken, is enough for it.
type Erasures struct {
	journal *Journal
	store   Proposals
}

// NewErasures makes Erasures of j whose proposals s keeps.
func NewErasures(j *Journal, s Proposals) *Erasures { return &Erasures{j, s} }

// Propose records that actor proposes to erase the subject and keeps the proposal. It returns the number of records
// that an approval concerns. Faults: query.invalid for what is no IDNP or IDNO, erasure.nothing, record.unavailable.
func (x *Erasures) Propose(ctx context.Context, actor, subject, reason string) (appendlog.Erasure, error) {
	n, err := x.Count(ctx, subject)
	if err != nil {
		return appendlog.Erasure{}, err
	}
	at, err := x.journal.Record(ctx, Record{
		Kind: ErasureProposed, Subject: subject, Actor: actor, Note: reason,
		Reading: &ReadingNote{Query: "propose erasure", Count: n},
	})
	if err != nil {
		return appendlog.Erasure{}, err
	}
	e := appendlog.Erasure{
		ID: at.Index, At: at.Time, Until: at.Time.Add(ApproveWithin), Actor: actor, Reason: reason,
		Pseudonym: x.journal.Pseudonym(subject), Records: n, State: Pending,
	}
	return e, x.store.PutErasure(ctx, e)
}

// Count reports how many records hold the subject's identifier, sealed and not erased. Faults: query.invalid,
// erasure.nothing.
func (x *Erasures) Count(ctx context.Context, subject string) (int, error) {
	if err := JudgeSubject(subject); err != nil {
		return 0, err
	}
	indices, err := x.journal.sealedOf(ctx, subject)
	if err == nil && len(indices) == 0 {
		err = fault.New(fault.ErasureNothing)
	}
	return len(indices), err
}

// JudgeSubject demands an identifier with its check digit: a mistyped one would be erased or searched for in vain, and
// nobody would notice.
func JudgeSubject(subject string) error {
	if _, err := mconnect.ParseIDNP(subject); err == nil {
		return nil
	}
	if _, err := mconnect.ParseIDNO(subject); err == nil {
		return nil
	}
	if _, err := mconnect.ParseIDNV(subject); err == nil {
		return nil
	}
	return fault.New(fault.QueryInvalid, "what", "subject (IDNP, IDNO, IDNV)")
}

// Approve carries out a pending proposal. The second person states the subject again: a person who approves without
// knowing the subject approves nothing. The erasure is recorded before it is carried out. Faults: record.unknown,
// erasure.decided, erasure.own, erasure.subject, record.unavailable; when it fails, it may be approved again.
func (x *Erasures) Approve(ctx context.Context, actor string, id int64, subject, note string) (appendlog.Erasure,
	error) {
	e, err := x.open(ctx, id)
	switch {
	case err != nil:
		return appendlog.Erasure{}, err
	case sameAccount(e.Actor, actor):
		return appendlog.Erasure{}, fault.New(fault.ErasureOwn)
	case !hmac.Equal(e.Pseudonym, x.journal.Pseudonym(subject)):
		return appendlog.Erasure{}, fault.New(fault.ErasureSubject)
	}
	reason := fmt.Sprintf("%s (proposed by %s in record %d)", e.Reason, e.Actor, e.ID)
	if note != "" {
		reason += "; " + note
	}
	if e.Records, err = x.journal.Erase(ctx, actor, subject, reason); err != nil {
		return appendlog.Erasure{}, err
	}
	return x.decide(ctx, e, Approved, actor, note)
}

// sameAccount reports whether two names may represent one person. Commands at the machine name a login that nobody
// proved, so all of them, and the machine's own administrator, count as one.
func sameAccount(a, b string) bool {
	local := func(name string) bool { return name == "local" || strings.HasPrefix(name, "cli:") }
	return a == b || local(a) && local(b)
}

// Reject declines a pending proposal, also one's own. Faults: record.unknown, erasure.decided, record.unavailable.
func (x *Erasures) Reject(ctx context.Context, actor string, id int64, note string) (appendlog.Erasure, error) {
	e, err := x.open(ctx, id)
	if err != nil {
		return appendlog.Erasure{}, err
	}
	query := fmt.Sprintf("reject erasure, proposed by %s in record %d", e.Actor, e.ID)
	if _, err := x.journal.Record(ctx, Record{Kind: ErasureRejected, Actor: actor, Note: note,
		Reading: &ReadingNote{Query: query}}); err != nil {
		return appendlog.Erasure{}, err
	}
	return x.decide(ctx, e, Rejected, actor, note)
}

// List returns at most limit proposals before an id, newest first; 0: from the newest.
func (x *Erasures) List(ctx context.Context, before int64, limit int) ([]appendlog.Erasure, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	all, err := x.store.Erasures(ctx, before, limit)
	for i := range all {
		x.age(&all[i])
	}
	return all, err
}

// open returns a proposal on which somebody may still decide.
func (x *Erasures) open(ctx context.Context, id int64) (appendlog.Erasure, error) {
	e, err := x.store.Erasure(ctx, id)
	if err != nil {
		return e, err
	}
	if x.age(&e); e.State != Pending {
		return e, fault.New(fault.ErasureDecided, "state", e.State)
	}
	return e, nil
}

// age shows a proposal on which nobody decided in time as expired.
func (x *Erasures) age(e *appendlog.Erasure) {
	if e.State == Pending && x.journal.now().After(e.Until) {
		e.State = Lapsed
	}
}

func (x *Erasures) decide(ctx context.Context, e appendlog.Erasure, state, actor, note string) (appendlog.Erasure,
	error) {
	e.State, e.DecidedBy, e.DecidedAt, e.Note = state, actor, x.journal.now(), note
	done, err := x.store.DecideErasure(ctx, Pending, e)
	if err == nil && !done {
		err = fault.New(fault.ErasureDecided, "state", "?")
	}
	return e, err
}

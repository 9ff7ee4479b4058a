package admin

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// Erasure is a proposal to make a person's sealed identifiers unreadable, and what became of it.
type Erasure struct {
	ID         int64      `json:"id" doc:"index of the proposal's record in the journal"`
	State      string     `json:"state" enum:"pending,approved,rejected,expired," doc:"empty: counted only"`
	Pseudonym  string     `json:"pseudonym" doc:"of the person, hexadecimal, as records hold it"`
	Records    int        `json:"records" doc:"whose identifier is to become unreadable; once approved, whose did"`
	Reason     string     `json:"reason" doc:"the decision behind it"`
	ProposedBy string     `json:"proposed_by"`
	ProposedAt time.Time  `json:"proposed_at"`
	Until      time.Time  `json:"until" doc:"by when another person must approve"`
	DecidedBy  string     `json:"decided_by,omitempty"`
	DecidedAt  *time.Time `json:"decided_at,omitempty"`
	Note       string     `json:"note,omitempty" doc:"of who decided"`
}

// Erasures performs erasures that two persons want; each step is recorded, durably, before it takes effect. Nothing is
// erased before Approve. Faults: query.invalid, record.unknown, erasure.*, record.unavailable.
type Erasures interface {
	Count(ctx context.Context, subject string) (records int, err error)
	Propose(ctx context.Context, actor, subject, reason string) (Erasure, error)
	Approve(ctx context.Context, actor string, id int64, subject, note string) (Erasure, error)
	Reject(ctx context.Context, actor string, id int64, note string) (Erasure, error)
	// List returns at most limit proposals with an id below before (0: from the newest), newest first.
	List(ctx context.Context, before int64, limit int) ([]Erasure, error)
}

// proposeIn travels in the body: a subject's identifier must never stand in a URI.
type proposeIn struct {
	Body struct {
		Subject string `json:"subject" minLength:"1" maxLength:"64" doc:"IDNP or IDNO"`
		Reason  string `json:"reason" minLength:"1" maxLength:"512" doc:"the decision behind it"`
		DryRun  bool   `json:"dry_run,omitempty" doc:"only count the records; nothing is proposed"`
	}
}

type approveIn struct {
	ID   int64 `path:"id" minimum:"0" doc:"of the proposal"`
	Body struct {
		Subject string `json:"subject" minLength:"1" maxLength:"64" doc:"IDNP or IDNO of the proposal, stated once more"`
		Note    string `json:"note,omitempty" maxLength:"512" doc:"kept in the journal"`
	}
}

type rejectIn struct {
	ID   int64 `path:"id" minimum:"0" doc:"of the proposal"`
	Body struct {
		Note string `json:"note" minLength:"1" maxLength:"512" doc:"why; kept in the journal"`
	}
}

type erasureOut struct{ Body Erasure }

type erasuresIn struct {
	Cursor string `query:"cursor" doc:"as the page before gave it"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type erasuresOut struct {
	Body struct {
		Items []Erasure `json:"items" doc:"newest first"`
		Next  string    `json:"next,omitempty" doc:"cursor of the next page; absent on the last"`
	}
}

// erasures registers what needs two persons: one proposes, another approves. Who audits may look on.
func (s *Surface) erasures() {
	all := s.cfg.Erasures
	if all == nil {
		return
	}
	propose := recordsOperation(http.MethodPost, "/erase", "propose-erasure",
		"Propose to make a person's sealed identifiers unreadable")
	propose.DefaultStatus = http.StatusAccepted
	propose.Description = "Nothing is erased until another person approves, within seven days. The proposal is recorded in the journal."
	handle(s, erases, propose, func(ctx context.Context, in *proposeIn) (*erasureOut, error) {
		if in.Body.DryRun {
			n, err := all.Count(ctx, in.Body.Subject)
			return &erasureOut{Erasure{Records: n, Reason: in.Body.Reason}}, err
		}
		e, err := all.Propose(ctx, actor(ctx).Name, in.Body.Subject, in.Body.Reason)
		return &erasureOut{e}, err
	})
	list := recordsOperation(http.MethodGet, "/erase", "list-erasures",
		"List proposed erasures and what became of them")
	handle(s, seesErasures, list, s.listErasures)
	approve := recordsOperation(http.MethodPost, "/erase/{id}/approve", "approve-erasure",
		"Approve another person's proposal and carry it out")
	approve.Description = "Cannot be undone, except by restoring a backup. The erasure is recorded in the journal with both names."
	handle(s, erases, approve, func(ctx context.Context, in *approveIn) (*erasureOut, error) {
		e, err := all.Approve(ctx, actor(ctx).Name, in.ID, in.Body.Subject, in.Body.Note)
		return &erasureOut{e}, err
	})
	reject := recordsOperation(http.MethodPost, "/erase/{id}/reject", "reject-erasure",
		"Decline a proposal, or withdraw one's own")
	handle(s, erases, reject, func(ctx context.Context, in *rejectIn) (*erasureOut, error) {
		e, err := all.Reject(ctx, actor(ctx).Name, in.ID, in.Body.Note)
		return &erasureOut{e}, err
	})
}

func (s *Surface) listErasures(ctx context.Context, in *erasuresIn) (*erasuresOut, error) {
	before, err := cursor(in.Cursor, 1)
	if err != nil {
		return nil, err
	}
	found, err := s.cfg.Erasures.List(ctx, before, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &erasuresOut{}
	out.Body.Items = append([]Erasure{}, found...)
	if len(found) == in.Limit {
		out.Body.Next = strconv.FormatInt(found[len(found)-1].ID, 10)
	}
	return out, nil
}

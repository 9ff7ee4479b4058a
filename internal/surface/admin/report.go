package admin

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mconnect"
	"mconnect/internal/domain/journal"
)

// ReportQuery selects what a report is about; empty fields do not narrow. Subject is the clear identifier and is
// compared by its pseudonym; Reason is a part of the stated reason, compared without case.
type ReportQuery struct {
	From, To          time.Time
	Subject, Official string
	Reason            string
	Service, System   string
	Verdict           string
	Before            int64 // cursor: only records with an index below; 0: from the newest
	Limit             int
}

// Reported is one use of data as a person reads it: the intent or refusal of a call and its outcome together, or the
// handing over of an event.
type Reported struct {
	Index      int64      `json:"index" doc:"of the record of the intent, the refusal or the consumption"`
	Outcome    *int64     `json:"outcome,omitempty" doc:"index of the record of the outcome"`
	Kind       string     `json:"kind" enum:"call,consumption"`
	At         time.Time  `json:"at" doc:"UTC"`
	Ended      *time.Time `json:"ended,omitempty"`
	Call       string     `json:"call,omitempty"`
	Consumer   string     `json:"consumer,omitempty" doc:"participant that asked"`
	Name       string     `json:"consumer_name,omitempty" doc:"its name today, in the language asked for"`
	System     string     `json:"system,omitempty" doc:"information system that asked"`
	Official   string     `json:"official,omitempty" doc:"person who asked (CallingUser)"`
	Entity     string     `json:"entity,omitempty" doc:"CallingEntity"`
	Basis      string     `json:"basis,omitempty" doc:"stated by the caller (CallBasis)"`
	LegalBasis string     `json:"legal_basis,omitempty" doc:"act and article behind the purpose"`
	Reason     string     `json:"reason,omitempty" doc:"stated by the caller (CallReason)"`
	Purpose    string     `json:"purpose,omitempty"`
	Agreement  string     `json:"agreement,omitempty"`
	Service    string     `json:"service,omitempty" doc:"service with its version, or event type"`
	Provider   string     `json:"provider,omitempty"`
	Fields     []string   `json:"fields,omitempty" doc:"that were allowed to leave"`
	Verdict    string     `json:"verdict,omitempty" doc:"answered, refused, failed or open"`
	Code       string     `json:"code,omitempty" doc:"of the fault"`
}

// Reports reads the journal as a person does. It returns at most q.Limit uses, newest first; next is the cursor of the
// rest, 0 when there is none. A page may be shorter than the limit and yet have a next. Fault: query.invalid.
type Reports interface {
	Report(ctx context.Context, q ReportQuery, lang mconnect.Lang) (page []Reported, next int64, err error)
}

// reportIn travels in the body: a person's identifier must never stand in a URI.
type reportIn struct {
	Lang mconnect.Lang `query:"lang" enum:"ro,en,ru" default:"ro" doc:"of names"`
	Body struct {
		Subject  string      `json:"subject,omitempty" maxLength:"64" doc:"IDNP, IDNO or IDNV of the person asked about"`
		Official string      `json:"official,omitempty" maxLength:"64" doc:"person who asked (CallingUser)"`
		Reason   string      `json:"reason,omitempty" maxLength:"256" doc:"a part of the stated CallReason"`
		Service  string      `json:"service,omitempty" maxLength:"64"`
		System   string      `json:"system,omitempty" maxLength:"81" doc:"that asked"`
		Verdict  string      `json:"verdict,omitempty" enum:"answered,refused,failed,open,"`
		From     periodStart `json:"from,omitzero"`
		To       periodEnd   `json:"to,omitzero"`
		Cursor   string      `json:"cursor,omitempty" maxLength:"20"`
		Limit    int         `json:"limit,omitempty" minimum:"1" maximum:"1000" default:"100"`
		Why      string      `json:"why,omitempty" maxLength:"512" doc:"why the journal is read; kept with the reading"`
	}
}

type reportOut struct {
	Body struct {
		Items []Reported `json:"items" doc:"newest first"`
		Next  string     `json:"next,omitempty" doc:"cursor of the next page; absent on the last"`
	}
}

// reports registers the reading of the journal by whom it concerns.
func (s *Surface) reports() {
	if s.cfg.Reports == nil {
		return
	}
	op := recordsOperation(http.MethodPost, "/report", "report-journal",
		"Say who used whose data, when, why, on which basis and with what outcome")
	op.Description = "One line for each call, intent and outcome together, and for each event handed over with personal data. The report itself is recorded."
	handle(s, Auditor, op, s.report)
}

func (s *Surface) report(ctx context.Context, in *reportIn) (*reportOut, error) {
	b := in.Body
	q := ReportQuery{
		From: b.From.Time, To: b.To.Time, Subject: b.Subject, Official: b.Official, Reason: b.Reason,
		Service: b.Service, System: b.System,
		Verdict: b.Verdict, Limit: b.Limit,
	}
	q.Limit = cmp.Or(q.Limit, 100)
	var err error
	if q.Before, err = cursor(b.Cursor, 1); err != nil {
		return nil, err
	}
	if q.Subject != "" {
		if err := journal.JudgeSubject(q.Subject); err != nil {
			return nil, err
		}
	}
	found, next, err := s.cfg.Reports.Report(ctx, q, in.Lang)
	if err != nil {
		return nil, err
	}
	if err := s.read(ctx, q.words(), b.Why, len(found)); err != nil {
		return nil, err
	}
	out := &reportOut{}
	out.Body.Items = append([]Reported{}, found...)
	if next > 0 {
		out.Body.Next = strconv.FormatInt(next, 10)
	}
	return out, nil
}

// words says the query for the record of the reading, without the identifier of the person asked about.
func (q ReportQuery) words() string {
	text := Query{
		From: q.From, To: q.To, Subject: q.Subject, Official: q.Official, CallReason: q.Reason, Service: q.Service,
		System:  q.System,
		Verdict: q.Verdict, Before: q.Before,
	}.words()
	return "report" + strings.TrimPrefix(text, "search")
}

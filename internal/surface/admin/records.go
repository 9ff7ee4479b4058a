package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mconnect/fault"
	"mconnect/internal/domain/journal"
)

// searchIn travels in the body: a subject's identifier must never stand in a URI.
type searchIn struct {
	Body struct {
		From        periodStart `json:"from,omitzero"`
		To          periodEnd   `json:"to,omitzero"`
		Participant string      `json:"participant,omitempty" maxLength:"40"`
		System      string      `json:"system,omitempty" maxLength:"81"`
		Service     string      `json:"service,omitempty" maxLength:"64"`
		Provider    string      `json:"provider,omitempty" maxLength:"81"`
		Agreement   string      `json:"agreement,omitempty" maxLength:"64"`
		Purpose     string      `json:"purpose,omitempty" maxLength:"40"`
		Verdict     string      `json:"verdict,omitempty" maxLength:"40" doc:"answered, refused, failed or open"`
		Call        string      `json:"call,omitempty" maxLength:"36"`
		Subject     string      `json:"subject,omitempty" maxLength:"64" doc:"IDNP or IDNO of the data subject"`
		Official    string      `json:"official,omitempty" maxLength:"64" doc:"person who asked (CallingUser)"`
		CallReason  string      `json:"call_reason,omitempty" maxLength:"256" doc:"a part of the stated CallReason"`
		Records     bool        `json:"records,omitempty" doc:"also answer the records themselves"`
		Cursor      string      `json:"cursor,omitempty" maxLength:"20"`
		Limit       int         `json:"limit,omitempty" minimum:"1" maximum:"1000" default:"100"`
		Reason      string      `json:"reason,omitempty" maxLength:"512" doc:"why the journal is read; kept with the reading"`
	}
}

type searchOut struct {
	Body struct {
		Items []Found `json:"items" doc:"newest first; may be fewer than the limit though more follow"`
		Next  string  `json:"next,omitempty" doc:"cursor of the next page; absent on the last"`
	}
}

type showIn struct {
	Index  int64  `path:"index" minimum:"0"`
	Reveal bool   `query:"reveal" doc:"also show the data subject's clear identifier; needs a reason"`
	Reason string `query:"reason" maxLength:"512" doc:"why; kept with the reading. No personal data here"`
}

type showOut struct {
	Body struct {
		Index   int64           `json:"index"`
		Record  json.RawMessage `json:"record" doc:"the canonical bytes that the Merkle tree holds"`
		Subject string          `json:"subject,omitempty" doc:"clear identifier, when revealed and not erased"`
	}
}

type evidenceIn struct {
	Index  int64  `path:"index" minimum:"0"`
	Reason string `query:"reason" maxLength:"512" doc:"why; kept with the reading. No personal data here"`
}

type evidenceOut struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

type noteIn struct {
	Body struct {
		Query  string `json:"query" minLength:"1" maxLength:"1024" doc:"what is read, without personal data"`
		Count  int    `json:"count" minimum:"0" doc:"how many records are read"`
		Reason string `json:"reason,omitempty" maxLength:"512" doc:"why; kept with the reading"`
	}
}

func recordsOperation(method, path, id, summary string) huma.Operation {
	return huma.Operation{
		Method: method, Path: "/v1/journal" + path, OperationID: id, Summary: summary, Tags: []string{"journal"},
		DefaultStatus: http.StatusOK,
	}
}

// journal registers the reading of the journal.
func (s *Surface) journal() {
	handle(s, Auditor, recordsOperation(http.MethodPost, "/search", "search-journal",
		"Search calls, changes and readings"), s.search)
	handle(s, Auditor, recordsOperation(http.MethodGet, "/{index}", "show-record", "Show one record"), s.show)
	evidence := recordsOperation(http.MethodGet, "/{index}/evidence", "record-evidence",
		"Record, inclusion proof and signed checkpoint in one file")
	evidence.Responses = answersIn(mediaBytes)
	handle(s, Auditor, evidence, s.evidence)
	handle(s, Auditor, recordsOperation(http.MethodPost, "/readings", "note-reading",
		"Record that the journal is read by other means: before a copy, an export or a file of it is looked into"),
		s.note)
	s.reports()
	s.erasures()
	s.streams()
}

// read notes in the journal that the administrator reads it, before anything is shown.
func (s *Surface) read(ctx context.Context, query, reason string, count int) error {
	_, err := s.cfg.Ledger.Record(ctx, journal.Record{
		Kind: journal.Reading, Node: s.cfg.Node, Actor: actor(ctx).Name, Note: reason,
		Reading: &journal.ReadingNote{Query: query, Count: count},
	})
	return err
}

// cursor reads the cursor of a page, at least as large as least; 0 when there is none.
func cursor(text string, least int64) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < least {
		return 0, fault.New(fault.QueryInvalid, "what", "cursor")
	}
	return n, nil
}

// note records a reading that this surface does not serve itself.
func (s *Surface) note(ctx context.Context, in *noteIn) (*struct{}, error) {
	return nil, s.read(ctx, in.Body.Query, in.Body.Reason, in.Body.Count)
}

func (s *Surface) search(ctx context.Context, in *searchIn) (*searchOut, error) {
	b := in.Body
	q := Query{
		From: b.From.Time, To: b.To.Time, Participant: b.Participant, System: b.System, Service: b.Service,
		Provider:  b.Provider,
		Agreement: b.Agreement, Purpose: b.Purpose, Verdict: b.Verdict, Call: b.Call, Subject: b.Subject,
		Limit:    b.Limit,
		Official: b.Official, CallReason: b.CallReason, Whole: b.Records,
	}
	var err error
	if q.Before, err = cursor(b.Cursor, 1); err != nil {
		return nil, err
	}
	q.Limit = cmp.Or(q.Limit, 100)
	found, next, err := s.cfg.Records.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	if err := s.read(ctx, q.words(), b.Reason, len(found)); err != nil {
		return nil, err
	}
	out := &searchOut{}
	out.Body.Items = append([]Found{}, found...)
	if next > 0 {
		out.Body.Next = strconv.FormatInt(next, 10)
	}
	return out, nil
}

// words says the query for the record of the reading. The subject's identifier is left out: the record of
// a reading must not become a new place where it stands in clear.
func (q Query) words() string {
	var b strings.Builder
	add := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s=%s ", name, value)
		}
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	b.WriteString("search ")
	add("from", at(q.From))
	add("to", at(q.To))
	add("participant", q.Participant)
	add("system", q.System)
	add("service", q.Service)
	add("provider", q.Provider)
	add("agreement", q.Agreement)
	add("purpose", q.Purpose)
	add("verdict", q.Verdict)
	add("call", q.Call)
	if q.Subject != "" {
		add("subject", "(stated)")
	}
	add("official", q.Official)
	if q.CallReason != "" {
		add("reason", "(stated)")
	}
	if q.Whole {
		b.WriteString("with records ")
	}
	if q.Before > 0 {
		add("before", strconv.FormatInt(q.Before, 10))
	}
	return strings.TrimSpace(b.String())
}

func (s *Surface) show(ctx context.Context, in *showIn) (*showOut, error) {
	query := "show " + strconv.FormatInt(in.Index, 10)
	if in.Reveal {
		if strings.TrimSpace(in.Reason) == "" {
			return nil, fault.New(fault.QueryInvalid, "what", "reason")
		}
		query += " with subject"
	}
	canonical, subject, err := s.cfg.Records.Record(ctx, in.Index)
	if err != nil {
		return nil, err
	}
	out := &showOut{}
	out.Body.Index, out.Body.Record = in.Index, canonical
	if in.Reveal {
		out.Body.Subject = subject
	}
	return out, s.read(ctx, query, in.Reason, 1)
}

func (s *Surface) evidence(ctx context.Context, in *evidenceIn) (*evidenceOut, error) {
	bundle, err := s.cfg.Records.Evidence(ctx, in.Index)
	if err != nil {
		return nil, err
	}
	return &evidenceOut{
		ContentType: mediaBytes,
		Disposition: fmt.Sprintf(`attachment; filename="mconnect-record-%d.evidence"`, in.Index), Body: bundle,
	}, s.read(ctx, "evidence "+strconv.FormatInt(in.Index, 10), in.Reason, 1)
}

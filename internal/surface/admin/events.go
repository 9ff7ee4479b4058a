package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mconnect"
	"mconnect/fault"
)

// EventLag is how far one group of a consumer of events is behind.
type EventLag struct {
	System    string           `json:"system"`
	Group     string           `json:"group"`
	Readers   int              `json:"readers" doc:"open on this node"`
	Waiting   int64            `json:"waiting" doc:"events not confirmed to which the consumer is entitled"`
	Oldest    *time.Time       `json:"oldest,omitempty" doc:"when the oldest of them was accepted"`
	Delivered int              `json:"delivered" doc:"delivered by this node and not confirmed"`
	Fault     string           `json:"fault,omitempty" doc:"code, when the consumer gets nothing at present"`
	Parts     []EventPartition `json:"partitions"`
	Webhooks  []WebhookState   `json:"webhooks,omitempty" doc:"of a group that is pushed to, one for each node"`
}

// EventPartition is one of the twelve partitions of a group.
type EventPartition struct {
	Position int64 `json:"position" doc:"index in the event log of the first event that is not confirmed"`
	Waiting  int64 `json:"waiting"`
}

// EventQuery selects events of the log; empty fields select everything.
type EventQuery struct {
	Source, ID, Type string
	From, To         time.Time
	After            int64 // index to read on from
	Limit            int
}

// FoundEvent is one event of the log, without its payload.
type FoundEvent struct {
	Index    int64     `json:"index"`
	Accepted time.Time `json:"accepted"`
	Producer string    `json:"producer"`
	Source   string    `json:"source"`
	ID       string    `json:"id"`
	Type     string    `json:"type"`
	Time     time.Time `json:"time"`
	Size     int       `json:"size" doc:"bytes of the payload"`
	Test     bool      `json:"test,omitempty"`
	Direct   bool      `json:"direct,omitempty" doc:"replayed or queued again for one group"`
}

// EventStep reports how one group stands to one event.
type EventStep struct {
	System  string `json:"system"`
	Group   string `json:"group"`
	Arrival string `json:"arrival" doc:"notEntitled, filtered, before, waiting, delivered, confirmed or dead"`
	Why     string `json:"why,omitempty"`
	Behind  int64  `json:"behind,omitempty" doc:"entries of the log that stand before it"`
}

// DeadQuery selects dead events; empty fields select everything.
type DeadQuery struct {
	System, Type, State string
	From                int64
	Limit               int
}

// DeadEvent is an event that a consumer could not use. Document is shown one at a time only.
type DeadEvent struct {
	ID       int64           `json:"id"`
	System   string          `json:"system"`
	Group    string          `json:"group"`
	State    string          `json:"state" doc:"waiting, requeued or dropped"`
	Position int64           `json:"position" doc:"index in the event log of the event as accepted"`
	Type     string          `json:"type"`
	Source   string          `json:"source"`
	Event    string          `json:"event" doc:"id of the event"`
	Reason   string          `json:"reason" doc:"consumer, with why when it was posted in vain, or the code of the fault"`
	At       time.Time       `json:"at"`
	Document json.RawMessage `json:"document,omitempty"`
}

// ReplayOrder asks for events to be delivered once more to one group.
type ReplayOrder struct {
	System string    `json:"system" minLength:"1" maxLength:"81"`
	Group  string    `json:"group,omitempty" maxLength:"64" doc:"default ~default"`
	Types  []string  `json:"types,omitempty" maxItems:"100" doc:"default: all that the consumer is entitled to"`
	From   time.Time `json:"from,omitzero" doc:"accepted at or after"`
	To     time.Time `json:"to,omitzero" doc:"accepted before"`
	First  int64     `json:"first,omitempty" minimum:"0" doc:"or: first index"`
	Last   int64     `json:"last,omitempty" minimum:"0" doc:"last index"`
	DryRun bool      `json:"dry_run,omitempty" doc:"say only what would be delivered"`
	Reason string    `json:"reason" minLength:"1" maxLength:"512" doc:"why; journalled"`
}

// Replayed is what a replay delivers once more, or would deliver.
type Replayed struct {
	System    string     `json:"system"`
	Group     string     `json:"group"`
	Events    int        `json:"events" doc:"how many are delivered once more"`
	Confirmed int        `json:"confirmed" doc:"of them, acknowledged or passed over before"`
	First     int64      `json:"first" doc:"index in the event log of the first of them"`
	Last      int64      `json:"last" doc:"index of the last"`
	From      *time.Time `json:"from,omitempty" doc:"when the first was accepted"`
	To        *time.Time `json:"to,omitempty" doc:"when the last was accepted"`
	Parts     []int      `json:"partitions" doc:"how many of each of the twelve"`
	DryRun    bool       `json:"dry_run,omitempty" doc:"nothing is delivered, nothing was recorded"`
}

// Events looks into the event log and acts on it; every act is journalled before it is done. Dead with an id shows one
// with its document; fault record.unknown. Change is "correct" (with the new payload), "requeue" or "drop".
type Events interface {
	Lag(ctx context.Context, system, group string) ([]EventLag, error)
	Find(ctx context.Context, q EventQuery) (found []FoundEvent, next int64, err error)
	History(ctx context.Context, index int64) (FoundEvent, []EventStep, error)
	Dead(ctx context.Context, q DeadQuery) ([]DeadEvent, error)
	ChangeDead(ctx context.Context, actor string, id int64, change, reason string, data []byte) error
	Replay(ctx context.Context, actor string, o ReplayOrder) (Replayed, error)
}

type lagIn struct {
	System string        `query:"system" maxLength:"81"`
	Group  string        `query:"group" maxLength:"64"`
	Lang   mconnect.Lang `query:"lang" enum:"ro,en,ru" default:"ro" doc:"of what is said about webhooks"`
}

type lagOut struct {
	Body struct {
		Items []EventLag `json:"items"`
	}
}

type findEventsIn struct {
	Body struct {
		Source string    `json:"source,omitempty" maxLength:"1024" doc:"with an id: exactly; else its beginning"`
		ID     string    `json:"id,omitempty" maxLength:"256"`
		Type   string    `json:"type,omitempty" maxLength:"163"`
		From   time.Time `json:"from,omitzero" doc:"accepted at or after"`
		To     time.Time `json:"to,omitzero" doc:"accepted before"`
		Cursor string    `json:"cursor,omitempty" maxLength:"20"`
		Limit  int       `json:"limit,omitempty" minimum:"1" maximum:"1000" default:"100"`
		Reason string    `json:"reason,omitempty" maxLength:"512" doc:"why; kept with the reading"`
	}
}

type findEventsOut struct {
	Body struct {
		Items []FoundEvent `json:"items"`
		Next  string       `json:"next,omitempty" doc:"cursor of the next page; absent on the last"`
	}
}

type eventHistoryIn struct {
	Index  int64  `path:"index" minimum:"0"`
	Reason string `query:"reason" maxLength:"512" doc:"why; kept with the reading. No personal data here"`
}

type eventHistoryOut struct {
	Body struct {
		Event FoundEvent  `json:"event"`
		Steps []EventStep `json:"steps" doc:"one for each group that ever read"`
	}
}

type deadIn struct {
	System string `query:"system" maxLength:"81"`
	Type   string `query:"type" maxLength:"163"`
	State  string `query:"state" enum:"waiting,requeued,dropped"`
	Cursor int64  `query:"cursor" minimum:"0"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type deadOut struct {
	Body struct {
		Items []DeadEvent `json:"items"`
		Next  int64       `json:"next,omitempty" doc:"cursor of the next page; absent on the last"`
	}
}

type showDeadIn struct {
	ID     int64  `path:"id" minimum:"0"`
	Reason string `query:"reason" maxLength:"512" doc:"why; kept with the reading. No personal data here"`
}

type showDeadOut struct{ Body DeadEvent }

type changeDeadIn struct {
	ID   int64 `path:"id" minimum:"0"`
	Body struct {
		Change string          `json:"change" enum:"mend,requeue,drop"`
		Data   json.RawMessage `json:"data,omitempty" doc:"the new payload, to mend"`
		Reason string          `json:"reason" minLength:"1" maxLength:"512" doc:"why; journalled"`
	}
}

type replayIn struct{ Body ReplayOrder }

type replayOut struct{ Body Replayed }

func eventsOperation(method, path, id, summary string) huma.Operation {
	op := recordsOperation(method, "", id, summary)
	op.Path, op.Tags = "/v1/events"+path, []string{"events"}
	return op
}

// events registers what operators see of events and do with them. What shows events is an auditor's, and recorded as
// a reading.
func (s *Surface) events() {
	if s.cfg.Events == nil {
		return
	}
	handle(s, Reader, eventsOperation(http.MethodGet, "/lag", "event-lag", "How far each consumer's groups are behind"),
		s.eventLag)
	handle(s, Auditor, eventsOperation(http.MethodPost, "/search", "search-events", "Search events of the log"),
		s.findEvents)
	handle(s, Auditor, eventsOperation(http.MethodGet, "/log/{index}/history", "event-history",
		"Who has one event, who has not, and why"), s.eventHistory)
	handle(s, Operator, eventsOperation(http.MethodGet, "/dead", "list-dead", "List dead events"), s.listDead)
	handle(s, Auditor, eventsOperation(http.MethodGet, "/dead/{id}", "show-dead",
		"Show one dead event with its payload"), s.showDead)
	change := eventsOperation(http.MethodPost, "/dead/{id}", "change-dead", "Mend, requeue or drop a dead event")
	change.DefaultStatus = http.StatusNoContent
	handle(s, Operator, change, s.changeDead)
	handle(s, Operator, eventsOperation(http.MethodPost, "/replay", "replay-events",
		"Deliver events once more to one group, or say what would be"), s.replay)
	s.webhooks()
}

func (s *Surface) eventLag(ctx context.Context, in *lagIn) (*lagOut, error) {
	out := &lagOut{}
	var err error
	if out.Body.Items, err = s.cfg.Events.Lag(ctx, in.System, in.Group); err != nil {
		return nil, err
	}
	out.Body.Items, err = s.withWebhooks(ctx, in, out.Body.Items)
	return out, err
}

func (s *Surface) findEvents(ctx context.Context, in *findEventsIn) (*findEventsOut, error) {
	b := in.Body
	q := EventQuery{Source: b.Source, ID: b.ID, Type: b.Type, From: b.From, To: b.To, Limit: b.Limit}
	var err error
	if q.After, err = cursor(b.Cursor, 0); err != nil {
		return nil, err
	}
	found, next, err := s.cfg.Events.Find(ctx, q)
	if err != nil {
		return nil, err
	}
	if err := s.read(ctx, fmt.Sprintf("events type=%s source=%s", b.Type, b.Source), b.Reason, len(found)); err != nil {
		return nil, err
	}
	out := &findEventsOut{}
	if out.Body.Items = found; next >= 0 {
		out.Body.Next = strconv.FormatInt(next, 10)
	}
	return out, nil
}

func (s *Surface) eventHistory(ctx context.Context, in *eventHistoryIn) (*eventHistoryOut, error) {
	found, steps, err := s.cfg.Events.History(ctx, in.Index)
	if err != nil {
		return nil, err
	}
	out := &eventHistoryOut{}
	out.Body.Event, out.Body.Steps = found, steps
	return out, s.read(ctx, fmt.Sprintf("event history index=%d", in.Index), in.Reason, 1)
}

func (s *Surface) listDead(ctx context.Context, in *deadIn) (*deadOut, error) {
	found, err := s.cfg.Events.Dead(ctx, DeadQuery{System: in.System, Type: in.Type, State: in.State, From: in.Cursor,
		Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &deadOut{}
	for i := range found {
		found[i].Document = nil
	}
	if out.Body.Items = found; len(found) == in.Limit {
		out.Body.Next = found[len(found)-1].ID + 1
	}
	return out, nil
}

func (s *Surface) showDead(ctx context.Context, in *showDeadIn) (*showDeadOut, error) {
	found, err := s.cfg.Events.Dead(ctx, DeadQuery{From: in.ID, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 || found[0].ID != in.ID {
		return nil, fault.New(fault.RecordUnknown)
	}
	return &showDeadOut{Body: found[0]}, s.read(ctx, fmt.Sprintf("dead event id=%d", in.ID), in.Reason, 1)
}

func (s *Surface) changeDead(ctx context.Context, in *changeDeadIn) (*struct{}, error) {
	if in.Body.Change == "mend" && len(in.Body.Data) == 0 {
		f := fault.New(fault.ResourceInvalid)
		f.Fields = []fault.FieldError{{Path: "/data", Code: fault.InputMissing}}
		return nil, f
	}
	return nil, s.cfg.Events.ChangeDead(ctx, actor(ctx).Name, in.ID, in.Body.Change, in.Body.Reason, in.Body.Data)
}

func (s *Surface) replay(ctx context.Context, in *replayIn) (*replayOut, error) {
	done, err := s.cfg.Events.Replay(ctx, actor(ctx).Name, in.Body)
	return &replayOut{Body: done}, err
}

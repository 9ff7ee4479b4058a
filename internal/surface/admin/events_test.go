package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/test/must"
)

// fakeEvents is an event log of five events and three dead ones. What the real engine does is tested where app wires
// it; here it notes what it was asked.
type fakeEvents struct {
	asked []string
	query EventQuery
	order ReplayOrder
}

func (b *fakeEvents) note(format string, args ...any) {
	b.asked = append(b.asked, fmt.Sprintf(format, args...))
}

func (b *fakeEvents) Lag(_ context.Context, system, group string) ([]EventLag, error) {
	b.note("lag %s %s", system, group)
	oldest := time.Unix(1, 0).UTC()
	return []EventLag{{System: "hall.app", Group: "core", Readers: 1, Waiting: 7, Oldest: &oldest, Parts: []EventPartition{{Position: 3, Waiting: 7}}}}, nil
}

func (b *fakeEvents) Find(_ context.Context, q EventQuery) ([]FoundEvent, int64, error) {
	b.query = q
	b.note("find")
	if q.Type == "A.B.C.None" {
		return nil, -1, nil
	}
	return []FoundEvent{{Index: 4, Producer: "asp.rsc", Source: "urn:asp", ID: "7"}}, 5, nil
}

func (b *fakeEvents) History(_ context.Context, index int64) (FoundEvent, []EventStep, error) {
	b.note("history %d", index)
	if index > 4 {
		return FoundEvent{}, nil, fault.New(fault.RecordUnknown)
	}
	return FoundEvent{Index: index, ID: "7"}, []EventStep{{System: "hall.app", Group: "core", Arrival: "waiting", Behind: 3}}, nil
}

func (b *fakeEvents) Dead(_ context.Context, q DeadQuery) (out []DeadEvent, err error) {
	b.note("dead %s %s %s %d %d", q.System, q.Type, q.State, q.From, q.Limit)
	for _, id := range []int64{3, 5, 8} {
		if id >= q.From && len(out) < q.Limit {
			out = append(out, DeadEvent{ID: id, System: "hall.app", State: "waiting", Document: json.RawMessage(`{"secret":"2999000006393"}`)})
		}
	}
	return out, nil
}

func (b *fakeEvents) ChangeDead(_ context.Context, actor string, id int64, change, reason string, data []byte) error {
	b.note("%s %s %d %s %s", actor, change, id, reason, data)
	if id != 3 {
		return fault.New(fault.RecordUnknown)
	}
	return nil
}

func (b *fakeEvents) Replay(_ context.Context, actor string, o ReplayOrder) (Replayed, error) {
	b.order = o
	b.note("%s replay %s", actor, o.System)
	if o.System == "nobody.here" {
		return Replayed{}, fault.New(fault.SystemUnknown, "system", o.System)
	}
	return Replayed{System: o.System, Events: 12, DryRun: o.DryRun}, nil
}

// newEventsAPI is an API with an event log.
func newEventsAPI(t *testing.T) (*testAPI, *fakeEvents) {
	t.Helper()
	o, b := newTestAPI(t), &fakeEvents{}
	cfg := o.config()
	cfg.Events = b
	surface := must.Get(New(cfg))(t)
	server := httptest.NewTLSServer(surface.Handler())
	t.Cleanup(server.Close)
	o.server = server
	return o, b
}

// TestEvents_WhoMayDoWhatWithEvents: how far consumers are is for everybody with a role, what stands in events for
// auditors, and what changes something for operators. Nobody else reaches the log.
func TestEvents_WhoMayDoWhatWithEvents(t *testing.T) {
	o, b := newEventsAPI(t)
	for _, c := range []struct {
		method, path, body string
		status             int
		who                []string
	}{
		{"GET", "/v1/events/lag", "", 200, []string{"reader", "auditor", "operator"}},
		{"POST", "/v1/events/search", `{}`, 200, []string{"auditor"}},
		{"GET", "/v1/events/log/2/history", "", 200, []string{"auditor"}},
		{"GET", "/v1/events/dead", "", 200, []string{"operator"}},
		{"GET", "/v1/events/dead/3", "", 200, []string{"auditor"}},
		{"POST", "/v1/events/dead/3", `{"change":"drop","reason":"old"}`, 204, []string{"operator"}},
		{"POST", "/v1/events/replay", `{"system":"hall.app","reason":"restored"}`, 200, []string{"operator"}},
	} {
		for _, who := range []string{"reader", "auditor", "operator", "nobody"} {
			b.asked = nil
			r := o.ask(who+"-token", c.method, c.path, c.body)
			switch allowed := slices.Contains(c.who, who); {
			case allowed && (r.status != c.status || len(b.asked) == 0):
				t.Errorf("%s %s as %s: %d %s", c.method, c.path, who, r.status, r.body)
			case !allowed && (r.status != http.StatusForbidden && r.status != http.StatusUnauthorized || len(b.asked) > 0):
				t.Errorf("%s %s as %s: %d, asked %v", c.method, c.path, who, r.status, b.asked)
			}
		}
	}
}

// TestEvents_WhatIsReadOfEventsIsRecorded: who, what and why, before it is shown.
func TestEvents_WhatIsReadOfEventsIsRecorded(t *testing.T) {
	o, _ := newEventsAPI(t)
	for _, c := range []struct {
		method, path, body, query, note string
		count                           int
	}{
		{"POST", "/v1/events/search", `{"type":"A.B.C.D","source":"urn:asp","reason":"complaint 7"}`, "events type=A.B.C.D source=urn:asp", "complaint 7", 1},
		{"POST", "/v1/events/search", `{"type":"A.B.C.None"}`, "events type=A.B.C.None source=", "", 0},
		{"GET", "/v1/events/log/2/history?reason=complaint", "", "event history index=2", "complaint", 1},
		{"GET", "/v1/events/dead/5?reason=complaint", "", "dead event id=5", "complaint", 1},
	} {
		o.country.readings = nil
		o.want(o.ask("auditor-token", c.method, c.path, c.body), 200, "")
		if len(o.country.readings) != 1 {
			t.Fatalf("%s: %d readings", c.path, len(o.country.readings))
		}
		r := o.country.readings[0]
		if r.Kind != journal.Reading || r.Actor != "audit.one" || r.Note != c.note || r.Reading.Query != c.query || r.Reading.Count != c.count {
			t.Errorf("%s: %+v %+v", c.path, r, r.Reading)
		}
	}
	o.country.broken = fault.Wrap(errors.New("disk full"), fault.RecordUnavailable)
	for _, c := range [][3]string{
		{"POST", "/v1/events/search", "{}"}, {"GET", "/v1/events/log/2/history", ""}, {"GET", "/v1/events/dead/3", ""},
	} {
		r := o.ask("auditor-token", c[0], c[1], c[2])
		o.want(r, http.StatusServiceUnavailable, fault.RecordUnavailable)
		if strings.Contains(r.body, "urn:asp") || strings.Contains(r.body, "2999000006393") {
			t.Errorf("%s shows what could not be recorded: %s", c[1], r.body)
		}
	}
}

// TestEvents_ListOfDeadEventsShowsNoPayload: a payload is read one at a time, by a person who answers for reading.
func TestEvents_ListOfDeadEventsShowsNoPayload(t *testing.T) {
	o, b := newEventsAPI(t)
	r := o.ask("operator-token", "GET", "/v1/events/dead?system=hall.app&type=A.B.C.D&state=waiting&cursor=4&limit=2", "")
	o.want(r, 200, "")
	if strings.Contains(r.body, "2999000006393") || b.asked[0] != "dead hall.app A.B.C.D waiting 4 2" {
		t.Errorf("%v: %s", b.asked, r.body)
	}
	var page struct {
		Items []DeadEvent
		Next  int64
	}
	for from, want := range map[int64]int64{0: 6, 4: 9, 6: 0} { // the last page names no next
		r := o.ask("operator-token", "GET", fmt.Sprintf("/v1/events/dead?cursor=%d&limit=2", from), "")
		page.Items, page.Next = nil, 0
		if err := json.Unmarshal([]byte(r.body), &page); err != nil || page.Next != want {
			t.Errorf("from %d: next %d, want %d: %v %s", from, page.Next, want, err, r.body)
		}
	}
	if r := o.ask("auditor-token", "GET", "/v1/events/dead/3", ""); !strings.Contains(r.body, "2999000006393") {
		t.Errorf("the payload is not there: %s", r.body)
	}
	// the one after it is not it
	o.want(o.ask("auditor-token", "GET", "/v1/events/dead/4", ""), http.StatusNotFound, fault.RecordUnknown)
	o.want(o.ask("auditor-token", "GET", "/v1/events/dead/9", ""), http.StatusNotFound, fault.RecordUnknown)
}

func TestEvents_SearchesOfEventsArePagedAndBounded(t *testing.T) {
	o, b := newEventsAPI(t)
	r := o.ask("auditor-token", "POST", "/v1/events/search", `{"source":"urn:asp","id":"7","type":"A.B.C.D","from":"2026-03-01T00:00:00Z","to":"2026-03-02T00:00:00Z","cursor":"17","limit":9}`)
	o.want(r, 200, "")
	want := EventQuery{Source: "urn:asp", ID: "7", Type: "A.B.C.D", From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		To: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), After: 17, Limit: 9}
	if b.query != want || !strings.Contains(r.body, `"next":"5"`) {
		t.Errorf("%+v: %s", b.query, r.body)
	}
	if r := o.ask("auditor-token", "POST", "/v1/events/search", `{"type":"A.B.C.None"}`); strings.Contains(r.body, `"next"`) || b.query.Limit != 100 {
		t.Errorf("limit %d: %s", b.query.Limit, r.body)
	}
	for _, cursor := range []string{"-1", "x", "1e3", "99999999999999999999"} {
		o.want(o.ask("auditor-token", "POST", "/v1/events/search", `{"cursor":"`+cursor+`"}`), 400, fault.QueryInvalid)
	}
}

// TestEvents_BadOrdersReachNoEvents: whatever is wrong in a question is said, and the log is not asked.
func TestEvents_BadOrdersReachNoEvents(t *testing.T) {
	o, b := newEventsAPI(t)
	for _, c := range []struct{ token, method, path, body string }{
		{"operator", "GET", "/v1/events/lag?group=" + strings.Repeat("g", 65), ""},
		{"operator", "GET", "/v1/events/dead?state=gone", ""},
		{"operator", "GET", "/v1/events/dead?limit=0", ""},
		{"operator", "GET", "/v1/events/dead?limit=1001", ""},
		{"operator", "GET", "/v1/events/dead?cursor=-1", ""},
		{"auditor", "GET", "/v1/events/dead/x", ""},
		{"auditor", "GET", "/v1/events/dead/-3", ""},
		{"auditor", "GET", "/v1/events/log/-1/history", ""},
		{"auditor", "POST", "/v1/events/search", `{"limit":1001}`},
		{"auditor", "POST", "/v1/events/search", `{"from":"yesterday"}`},
		{"auditor", "POST", "/v1/events/search", `{"colour":"red"}`},
		{"auditor", "POST", "/v1/events/search", `{`},
		{"operator", "POST", "/v1/events/dead/3", `{"change":"burn","reason":"x"}`},
		{"operator", "POST", "/v1/events/dead/3", `{"change":"drop"}`},
		{"operator", "POST", "/v1/events/dead/3", `{"change":"drop","reason":""}`},
		{"operator", "POST", "/v1/events/dead/3", `{"change":"drop","reason":"` + strings.Repeat("r", 513) + `"}`},
		// with nothing to put in its place
		{"operator", "POST", "/v1/events/dead/3", `{"change":"mend","reason":"typo"}`},
		{"operator", "POST", "/v1/events/replay", `{"system":"hall.app"}`},
		{"operator", "POST", "/v1/events/replay", `{"reason":"restored"}`},
		{"operator", "POST", "/v1/events/replay", `{"system":"hall.app","reason":"x","first":-1}`},
	} {
		b.asked = nil
		r := o.ask(c.token+"-token", c.method, c.path, c.body)
		if r.status < 400 || r.status > 422 || len(b.asked) > 0 {
			t.Errorf("%s %s %s: %d, asked %v: %s", c.method, c.path, c.body, r.status, b.asked, r.body)
		}
	}
}

// TestEvents_OrdersReachEvents with who gave them.
func TestEvents_OrdersReachEvents(t *testing.T) {
	o, b := newEventsAPI(t)
	o.want(o.ask("operator-token", "GET", "/v1/events/lag?system=hall.app&group=core", ""), 200, "")
	o.want(o.ask("operator-token", "POST", "/v1/events/dead/3", `{"change":"mend","reason":"typo","data":{"A":1}}`), 204, "")
	o.want(o.ask("operator-token", "POST", "/v1/events/dead/3", `{"change":"requeue","reason":"mended"}`), 204, "")
	o.want(o.ask("operator-token", "POST", "/v1/events/dead/4", `{"change":"drop","reason":"old"}`), 404, fault.RecordUnknown)
	r := o.ask("operator-token", "POST", "/v1/events/replay",
		`{"system":"hall.app","group":"core","types":["A.B.C.D"],"from":"2026-03-01T00:00:00Z","first":3,"last":9,"reason":"restored"}`)
	o.want(r, 200, "")
	if !strings.Contains(r.body, `"events":12`) || b.order.Group != "core" || b.order.First != 3 || b.order.Last != 9 || b.order.From.IsZero() || len(b.order.Types) != 1 {
		t.Errorf("%+v: %s", b.order, r.body)
	}
	o.want(o.ask("operator-token", "POST", "/v1/events/replay", `{"system":"nobody.here","reason":"restored"}`), 403, fault.SystemUnknown)
	want := []string{
		"lag hall.app core", `ops.duty mend 3 typo {"A":1}`, "ops.duty requeue 3 mended ", "ops.duty drop 4 old ",
		"ops.duty replay hall.app", "ops.duty replay nobody.here",
	}
	if !slices.Equal(b.asked, want) {
		t.Errorf("asked %q, want %q", b.asked, want)
	}
}

// TestEvents_AbsentWithoutAnEventLog: a platform that carries none has no such paths.
func TestEvents_AbsentWithoutAnEventLog(t *testing.T) {
	o := newTestAPI(t)
	for _, path := range []string{"/v1/events/lag", "/v1/events/dead", "/v1/events/log/1/history"} {
		if r := o.ask("operator-token", "GET", path, ""); r.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.status)
		}
	}
}

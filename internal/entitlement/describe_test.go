package entitlement_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/event"
)

func TestRights_AsyncAPI(t *testing.T) {
	w := newFixture(t)
	for _, server := range []string{"events.example.md:8443", "https://events.example.md:8443/"} {
		text, err := w.AsyncAPI("hall.desk", server, now)
		check(t, err)
		var d struct {
			Info       struct{ Version string }
			Servers    map[string]struct{ Host string }
			Operations map[string]struct{ Action string }
		}
		check(t, json.Unmarshal(text, &d))
		if d.Servers["http"].Host != "events.example.md:8443" || d.Info.Version != "2026.5.1" || len(d.Operations) != 2 ||
			d.Operations["consume-ASP-RSC-Birth-Registered"].Action != "receive" {
			t.Errorf("%+v", d)
		}
		if !strings.Contains(string(text), "Region") ||
			strings.Count(string(text), `"Reason"`) != 2 { // schema and example of the notice, which is granted whole
			t.Errorf("not what is granted: %s", text)
		}
	}
	text, err := w.AsyncAPI("asp.rsc", "x", now)
	if err != nil || !strings.Contains(string(text), `"send"`) || strings.Contains(string(text), `"receive"`) {
		t.Errorf("%s %v", text, err)
	}
	_, err = w.AsyncAPI("no.body", "x", now)
	wantCode(t, err, fault.SystemUnknown)
	d := birthDeal()
	d.Status = agreement.Suspended
	w.agree(d)
	w.Announce()
	if text, err = w.AsyncAPI("hall.desk", "x", now); err != nil || strings.Contains(string(text), "Birth") {
		t.Error("a suspended right is described")
	}
}

func TestCompare_NamesAffectedConsumers(t *testing.T) {
	w := newFixture(t)
	check(
		t,
		w.events.PutSubscription(
			event.Subscription{
				ID:      "hall.s1",
				System:  "hall.desk",
				Filters: []event.Rule{{Not: &event.Rule{Any: []event.Rule{{CEL: "data.Region == 'x'"}}}}},
			},
		),
	)
	check(
		t,
		w.events.PutSubscription(
			event.Subscription{ID: "hall.s2", System: "hall.desk", Group: "b", Filters: []event.Rule{{CEL: "data.IDNP == 'x'"}}},
		),
	)
	check(t, w.events.PutSubscription(event.Subscription{ID: "hall.s3", System: "hall.desk", Group: "c"}))
	next := typeOf(births, true)
	prepare := func() *event.ReadyType {
		r, err := event.Prepare(next)
		check(t, err)
		return r
	}
	same, ok := w.Compare(prepare())
	if !ok || same.Breaks() || len(same.Changes) != 0 {
		t.Errorf("%+v", same)
	}
	next.Schema = json.RawMessage(`{"type":"object","properties":{"IDNP":{"type":"string"},"Entity":{"type":"string"}}}`)
	i, _ := w.Compare(prepare())
	if !i.Breaks() || len(i.Changes) != 2 || len(i.Agreements) != 1 || i.Agreements[0].ID != "hall.births" ||
		!slices.Equal(i.Agreements[0].What, []string{"property removed: Region"}) {
		t.Errorf("%+v", i)
	}
	if len(i.Subscriptions) != 1 || i.Subscriptions[0].ID != "hall.s1" {
		t.Errorf("%+v", i.Subscriptions)
	}
	next = typeOf(births, true)
	next.Version = mconnect.Version{Major: 2}
	versioned := birthDeal()
	versioned.Version = mconnect.Version{Major: 1}
	w.agree(versioned)
	if i, _ = w.Compare(prepare()); len(i.Agreements) != 1 ||
		!slices.Equal(i.Agreements[0].What, []string{"version 1.0.0"}) {
		t.Errorf("%+v", i)
	}
	next.Name = "A.B.C.D"
	if _, ok := w.Compare(prepare()); ok {
		t.Error("compared with nothing")
	}
}

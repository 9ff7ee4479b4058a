package events_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"
)

// told is a receipt as its producer reads it.
type told struct {
	Source, ID, Type string
	Accepted, Until  time.Time
	Index            int64
	Recorded         bool
	Groups           struct{ Entitled, Acknowledged, Delivered, Waiting, Dead int }
}

func receiptPath(id string) string {
	return "/ce/tools/producer/receipt?" + url.Values{"source": {source}, "id": {id}}.Encode()
}

func (c *caller) receipt(t testing.TB, id string) told {
	t.Helper()
	g := c.ask(t, "GET", receiptPath(id), "")
	var r told
	if err := json.Unmarshal([]byte(g.body), &r); err != nil || g.status != 200 || g.header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s: %v", g, err)
	}
	return r
}

// TestReceipt_FollowsAnEvent from its acceptance until every group has it or gave it up, in numbers.
func TestReceipt_FollowsAnEvent(t *testing.T) {
	w := newTestPlatform(t, brief)
	producer, bank, hall := w.as(t, "asp.rst", true), w.as(t, "bank.core", true), w.as(t, "hall.app", false)
	first, second, third := bank.instance(t, ""), bank.instance(t, "?group=other"), hall.instance(t, "")
	began := time.Now().Add(-time.Minute)
	if g := producer.ask(t, "POST", "/ce/produce/raw", `{"Number":"1"}`, raw("r-1", invalidated, jsonType)...); g.status != 202 {
		t.Fatal(g)
	}
	r := producer.receipt(t, "r-1")
	if r.Source != source || r.ID != "r-1" || r.Type != invalidated || r.Accepted.Before(began) || r.Until.Sub(r.Accepted) != 120*time.Hour {
		t.Errorf("%+v", r)
	}
	all := r.Groups.Entitled
	if all < 2 || r.Groups.Waiting+r.Groups.Delivered != all || r.Groups.Acknowledged+r.Groups.Dead != 0 {
		t.Errorf("nobody has read: %+v", r.Groups)
	}
	if g := bank.ask(t, "GET", first+"/raw", ""); g.status != 200 {
		t.Fatal(g)
	}
	if r = producer.receipt(t, "r-1"); r.Groups.Delivered < 1 || r.Groups.Acknowledged != 0 {
		t.Errorf("one reads: %+v", r.Groups)
	}
	if g := bank.ask(t, "POST", first+"/confirm", ""); g.status != 204 {
		t.Fatal(g)
	}
	if r = producer.receipt(t, "r-1"); r.Groups.Acknowledged != 1 {
		t.Errorf("one acknowledged: %+v", r.Groups)
	}
	g := bank.ask(t, "GET", second+"/raw", "")
	var back []string
	for name, values := range g.header {
		if strings.HasPrefix(name, "Ce-") && name != "Ce-Offset" {
			back = append(back, name+": "+values[0])
		}
	}
	if g := bank.ask(t, "POST", second+"/dead", g.body, append(back, jsonType)...); g.status != 202 {
		t.Fatal(g)
	}
	if r = producer.receipt(t, "r-1"); r.Groups.Dead != 1 || r.Groups.Entitled != all {
		t.Errorf("one gave it up: %+v", r.Groups)
	}
	if g := hall.ask(t, "GET", third+"/raw", ""); g.status == 200 {
		hall.ask(t, "POST", third+"/confirm", "")
	}
	if r = producer.receipt(t, "r-1"); r.Groups.Waiting+r.Groups.Delivered != 0 || r.Groups.Acknowledged != all-1 {
		t.Errorf("at the end: %+v", r.Groups)
	}
	for !r.Recorded { // within about a second of the acceptance
		r = producer.receipt(t, "r-1")
	}
	if text := producer.ask(t, "GET", receiptPath("r-1"), "").body; strings.Contains(text, "bank") || strings.Contains(text, "hall") {
		t.Errorf("a consumer is named: %s", text)
	}
}

// TestReceipt_IsTheProducersOwn: of what it did not produce nothing is said, not even that it exists.
func TestReceipt_IsTheProducersOwn(t *testing.T) {
	w := newTestPlatform(t, brief)
	for _, p := range protocols {
		producer := w.as(t, "asp.rst", p.h2)
		if g := producer.ask(t, "POST", "/ce/produce/raw", `{"Number":"1"}`, raw("own-"+p.name, invalidated, jsonType)...); g.status != 202 {
			t.Fatal(g)
		}
		other, none := w.as(t, "hall.app", p.h2).ask(t, "GET", receiptPath("own-"+p.name), ""), producer.ask(t, "GET", receiptPath("never"), "")
		for name, g := range map[string]got{"another system": other, "an event that is none": none} {
			if g.status != 404 || !strings.Contains(g.body, "has produced no event with this source and id") {
				t.Errorf("%s, %s: %s", p.name, name, g)
			}
		}
		for name, path := range map[string]string{
			"nothing": "/ce/tools/producer/receipt", "no id": "/ce/tools/producer/receipt?source=x", "two ids": receiptPath("1") + "&id=2",
			"more": receiptPath("1") + "&system=asp.rst", "empty": "/ce/tools/producer/receipt?source=&id=",
		} {
			if g := producer.ask(t, "GET", path, ""); g.status != 400 {
				t.Errorf("%s, %s: %s", p.name, name, g)
			}
		}
	}
}

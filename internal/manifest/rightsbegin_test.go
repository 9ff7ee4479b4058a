package manifest

import (
	"strings"
	"testing"
	"time"

	"mconnect/test/engines"
	"mconnect/test/must"
)

// TestARightToEventsBeginsWhenItIsRecorded: an agreement that names no begin has that of its record; amending it
// changes nothing, declaring it again does, and so does another consumer or type.
func TestARightToEventsBeginsWhenItIsRecorded(t *testing.T) {
	engines.Each(t, aRightToEventsBeginsWhenItIsRecorded)
}

func aRightToEventsBeginsWhenItIsRecorded(t *testing.T) {
	url := engines.URL(t)
	o := open(t, url)
	o.apply(t, eventful())
	since := func(of *office) time.Time {
		t.Helper()
		c, ok := of.Rooms.Agreements.Get("hall-births")
		if !ok {
			t.Fatal("no agreement")
		}
		return c.Since
	}
	states := func() []time.Time {
		t.Helper()
		all := must.Get(o.Store.History(t.Context(), Agreement, "hall-births"))(t)
		var at []time.Time
		for _, s := range all {
			at = append(at, s.ChangedAt)
		}
		return at
	}
	first := since(o)
	if at := states(); len(at) != 1 || !first.Equal(at[0]) {
		t.Fatalf("begins at %v, recorded %v", first, at)
	}
	o.apply(t, strings.Replace(birthDeal, "[ChildIDNP, Parents.IDNP]", "[ChildIDNP]", 1))
	if len(states()) != 2 || !since(o).Equal(first) {
		t.Errorf("amended: begins at %v, not %v", since(o), first)
	}
	again := openWith(t, url, o.keys)
	must.OK(t, again.Load(t.Context()))
	if !since(again).Equal(first) {
		t.Errorf("another node: begins at %v, not %v", since(again), first)
	}
	must.OK(t, o.Remove(t.Context(), Order{Actor: "ana"}, Agreement, "hall-births", BaseAny))
	o.apply(t, birthDeal)
	if at := states(); len(at) != 4 || !since(o).Equal(at[3]) {
		t.Errorf("declared anew: begins at %v, recorded %v", since(o), at)
	}
	o.apply(t, strings.Replace(birthDeal, "version: 1.0.0", "version: 1.0.0\nvalidity: { from: 2026-01-01T00:00:00Z }", 1))
	if !since(o).IsZero() {
		t.Errorf("one that names its begin has another one: %v", since(o))
	}
}

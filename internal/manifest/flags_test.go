package manifest

import (
	"strings"
	"testing"

	"mconnect/test/engines"
)

// TestPrune_KeepsWhatARequestMade, with what it refers to, and says so; an order that names it removes it. An agreement
// of a manifest goes.
func TestPrune_KeepsWhatARequestMade(t *testing.T) { engines.Each(t, pruneKeepsWhatARequestMade) }

func pruneKeepsWhatARequestMade(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	requested := strings.Replace("---"+deal, "hall-person", "a-2026-0001", 1) + "origin: D-2026-0001\n"
	if _, err := o.Execute(t.Context(), Order{Actor: "clerk", Request: "D-2026-0001"}, load(t, requested)); err != nil {
		t.Fatal(describe(err))
	}
	rest := load(t, whole())[:0]
	for _, item := range load(t, whole()) {
		if item.Kind != Agreement {
			rest = append(rest, item)
		}
	}
	const stays = "unchanged Agreement a-2026-0001: stays: request D-2026-0001 made it; --replace with its id removes it"
	for _, c := range []struct {
		order Order
		want  string
	}{
		{Order{DryRun: true}, "delete Agreement hall-person\n" + stays},
		{Order{DryRun: true, Replace: []string{"another"}}, "delete Agreement hall-person\n" + stays},
		{Order{}, "delete Agreement hall-person\n" + stays},
		{Order{}, stays},
		{Order{Replace: []string{"a-2026-0001"}}, "delete Agreement a-2026-0001"},
		{Order{}, ""},
	} {
		c.order.Actor, c.order.Prune = "tester", true
		plan, err := o.Execute(t.Context(), c.order, rest)
		if err != nil || withPlan(plan) != c.want {
			t.Errorf("plan\n%s\nwant\n%s\n%v", withPlan(plan), c.want, err)
		}
	}
	if n := o.Rooms.Agreements.Len(); n != 0 {
		t.Errorf("%d agreements are left", n)
	}
}

package agreement_test

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mconnect"
	"mconnect/internal/domain/agreement"
	"mconnect/test/must"
)

// TestBook_AgreesWithItsModel puts and removes at random agreements for services and for events, and compares every
// lookup with a search through a plain list.
func TestBook_AgreesWithItsModel(t *testing.T) {
	systems := []mconnect.SystemID{"aa.bb", "cc.dd"}
	services := []mconnect.ServiceName{"GetX", "GetY", "GetZ"}
	events := []mconnect.EventType{"ASP.RSC.Birth.Registered", "ASP.RSC.Death.Registered"}
	rapid.Check(t, func(rt *rapid.T) {
		b := agreement.NewBook()
		model := map[mconnect.AgreementID]*agreement.Compiled{}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			id := fmt.Sprintf("a%d", rapid.IntRange(0, 9).Draw(rt, "id"))
			if rapid.IntRange(0, 3).Draw(rt, "remove") == 0 {
				b.Remove(mconnect.AgreementID(id))
				delete(model, mconnect.AgreementID(id))
				continue
			}
			a := sample(id, rapid.SampledFrom(systems).Draw(rt, "system"), rapid.SampledFrom(services).Draw(rt, "service"))
			if rapid.Bool().Draw(rt, "of events") {
				a.Service, a.Event = "", rapid.SampledFrom(events).Draw(rt, "event")
				a.Purposes[0].Accepts = nil
			}
			c := must.Get(agreement.Compile(a))(rt)
			b.Put(c)
			model[c.ID] = c
		}
		of := func(keep func(*agreement.Compiled) bool) (list []*agreement.Compiled) {
			for _, c := range model {
				if keep(c) {
					list = append(list, c)
				}
			}
			slices.SortFunc(list, func(x, y *agreement.Compiled) int { return cmp.Compare(x.ID, y.ID) })
			return list
		}
		for _, system := range systems {
			for _, s := range append(services, "") {
				want := of(func(c *agreement.Compiled) bool { return c.Consumer == system && c.Service == s && c.Event == "" })
				if got := b.For(system, s); !slices.Equal(got, want) {
					rt.Fatalf("%s %s: %v, want %v", system, s, ids(got), ids(want))
				}
			}
			byType := map[mconnect.EventType][]*agreement.Compiled{}
			for _, e := range events {
				want := of(func(c *agreement.Compiled) bool { return c.Consumer == system && c.Event == e })
				if got := b.ForEvent(system, e); !slices.Equal(got, want) {
					rt.Fatalf("%s %s: %v, want %v", system, e, ids(got), ids(want))
				}
				if want != nil {
					byType[e] = want
				}
			}
			if got := b.Events(system); !reflect.DeepEqual(got, byType) {
				rt.Fatalf("the events of %s: %v, want %v", system, got, byType)
			}
		}
		if all := of(func(*agreement.Compiled) bool { return true }); !slices.Equal(b.All(), all) || b.Len() != len(all) {
			rt.Fatalf("all: %v, want %v", ids(b.All()), ids(all))
		}
	})
}

// TestBook_StatedIsWhatWasCompiled: sharing the terms changes nothing of what each agreement says, and a fault that
// concerns only one of two equal agreements is found though the other is known.
func TestBook_StatedIsWhatWasCompiled(t *testing.T) {
	first := sample("a1", "aa.bb", "GetX")
	second := sample("a2", "cc.dd", "GetX")
	second.Note = "nr. 17 din 2026"
	second.Validity = mconnect.Period{From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	third := sample("a3", "cc.dd", "GetX")
	third.Quota.PerDay = 7
	one, two, three := compiled(t, first), compiled(t, second), compiled(t, third)
	for _, pair := range []struct {
		c    *agreement.Compiled
		want agreement.Agreement
	}{{one, first}, {two, second}, {three, third}} {
		if got := pair.c.Stated(); !reflect.DeepEqual(got, pair.want) {
			t.Errorf("stated\n%+v\nwant\n%+v", got, pair.want)
		}
	}
	if &one.Purposes[0] != &two.Purposes[0] || &one.Purposes[0] != &three.Purposes[0] {
		t.Error("equal purposes are not shared")
	}
	for name, spoil := range map[string]func(*agreement.Agreement){
		"id":       func(a *agreement.Agreement) { a.ID = "no id" },
		"consumer": func(a *agreement.Agreement) { a.Consumer = "nobody" },
		"validity": func(a *agreement.Agreement) { a.Validity = mconnect.Period{From: time.Unix(2, 0), To: time.Unix(1, 0)} },
		"note":     func(a *agreement.Agreement) { a.Note = string(make([]byte, 5000)) },
	} {
		bad := sample("a4", "aa.bb", "GetX")
		spoil(&bad)
		if _, err := agreement.Compile(bad); err == nil {
			t.Errorf("a wrong %s passes because the terms are known", name)
		}
	}
}

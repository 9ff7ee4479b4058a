package demo

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mconnect"
)

func TestWorld_IsTheSameForTheSameSeed(t *testing.T) {
	hidden := cmpopts.IgnoreUnexported(Dataset{})
	if diff := cmp.Diff(Generate(7), Generate(7), hidden); diff != "" {
		t.Fatalf("seed 7 gave two worlds:\n%s", diff)
	}
	if cmp.Equal(Generate(7), Generate(8), hidden) {
		t.Fatal("seeds 7 and 8 gave the same world")
	}
	if got := Generate(0).Seed; got != DefaultSeed {
		t.Fatalf("seed 0 = %d, want the default", got)
	}
}

func TestWorld_HasTheSizeOfTheSampleCountry(t *testing.T) {
	w := Generate(0)
	if len(w.Persons) != 500 || len(w.Entities) != 100 {
		t.Fatalf("%d persons and %d entities", len(w.Persons), len(w.Entities))
	}
	for what, n := range map[string]int{"vehicles": len(w.Vehicles), "estates": len(w.Estates), "debts": len(w.Debts), "benefits": len(w.Benefits)} {
		if n < 40 {
			t.Errorf("only %d %s", n, what)
		}
	}
}

func TestWorld_IdentifiersAreValidAndUnique(t *testing.T) {
	w := Generate(0)
	seen := map[string]bool{}
	once := func(id string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", id, err)
		}
		if seen[id] {
			t.Errorf("%s twice", id)
		}
		seen[id] = true
		if id[1:4] != "999" {
			t.Errorf("%s is not of the year 2999: it might be somebody's", id)
		}
	}
	for _, p := range w.Persons {
		_, err := mconnect.ParseIDNP(string(p.IDNP))
		once(string(p.IDNP), err)
	}
	for _, e := range w.Entities {
		_, err := mconnect.ParseIDNO(string(e.IDNO))
		once(string(e.IDNO), err)
	}
	for _, v := range w.Vehicles {
		_, err := mconnect.ParseIDNV(string(v.IDNV))
		once(string(v.IDNV), err)
	}
	numbers := map[string]bool{}
	for _, e := range w.Estates {
		if numbers[e.Number] {
			t.Errorf("cadastral number %s twice", e.Number)
		}
		numbers[e.Number] = true
	}
}

func TestWorld_NamesAreVisiblySynthetic(t *testing.T) {
	for _, p := range Generate(0).Persons {
		if !strings.HasPrefix(p.GivenName, "Exemplu-") || !strings.HasPrefix(p.FamilyName, "Sintetic-") {
			t.Fatalf("%s %s looks like a person", p.GivenName, p.FamilyName)
		}
	}
}

func TestRegisters_HoldTheSamePersons(t *testing.T) {
	w := Generate(0)
	known := func(id mconnect.IDNP, where string) {
		t.Helper()
		if _, ok := w.Person(id); !ok {
			t.Errorf("%s speaks of %s, whom the population register does not know", where, id)
		}
	}
	for _, p := range w.Persons {
		for _, c := range p.Children {
			known(c, "children")
			if child, _ := w.Person(c); child.FamilyName != p.FamilyName || child.Address != p.Address {
				t.Errorf("child %s is not of the household", c)
			}
		}
	}
	for _, e := range w.Entities {
		known(e.Administrator, "legal entities")
		sum := 0
		for _, f := range e.Founders {
			known(f.IDNP, "founders")
			sum += f.Share
		}
		if sum != 10000 {
			t.Errorf("%s: shares make %d", e.Name, sum)
		}
	}
	for _, v := range w.Vehicles {
		known(v.Owner, "vehicles")
	}
	for _, e := range w.Estates {
		for _, o := range e.Owners {
			known(o.IDNP, "cadastre")
		}
	}
	for _, b := range w.Benefits {
		known(b.IDNP, "social insurance")
	}
	for _, d := range w.Debts {
		if d.Subject[0] == '2' {
			known(mconnect.IDNP(d.Subject), "tax service")
		} else if _, ok := w.Entity(mconnect.IDNO(d.Subject)); !ok {
			t.Errorf("debt of the unknown entity %s", d.Subject)
		}
	}
}

func TestLookups(t *testing.T) {
	w := Generate(0)
	e := w.Estates[0]
	if got := w.EstatesOf(e.Owners[0].IDNP); len(got) == 0 || got[0].Number != e.Number {
		t.Errorf("EstatesOf = %v", got)
	}
	if got := w.BenefitsOf(w.Benefits[0].IDNP); len(got) == 0 {
		t.Error("BenefitsOf found nothing")
	}
	if got := w.DebtsOf(w.Debts[0].Subject); len(got) == 0 {
		t.Error("DebtsOf found nothing")
	}
	if v, ok := w.Vehicle(w.Vehicles[3].IDNV); !ok || v.Plate != "EXM 004" {
		t.Errorf("Vehicle = %v %v", v, ok)
	}
	if _, ok := w.Person("2000000000000"); ok {
		t.Error("found nobody's IDNP")
	}
	if _, ok := w.Entity("1000000000000"); ok {
		t.Error("found no entity's IDNO")
	}
	if _, ok := w.Vehicle("3000000000000"); ok {
		t.Error("found no vehicle's IDNV")
	}
}

package agreement_test

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/domain/agreement"
	"mconnect/test/must"
)

func sample(id string, system mconnect.SystemID, service mconnect.ServiceName) agreement.Agreement {
	return agreement.Agreement{
		ID: mconnect.AgreementID(id), Consumer: system, Service: service, Version: mconnect.Version{Major: 1},
		Purposes: []agreement.Purpose{{
			Code: "scop", Title: mconnect.Text{RO: "Scop"}, LegalBasis: agreement.LegalBasis{Act: "Lege", Article: "art. 1"},
			Accepts: []string{"Lege, art. 1"}, Fields: []string{"LastName"},
		}},
	}
}

func compiled(t testing.TB, a agreement.Agreement) *agreement.Compiled {
	t.Helper()
	c := must.Get(agreement.Compile(a))(t)
	return c
}

func ids(list []*agreement.Compiled) (all []string) {
	for _, c := range list {
		all = append(all, string(c.ID))
	}
	return all
}

func TestBook_PutAndRemove(t *testing.T) {
	b := agreement.NewBook()
	if b.For("aa.bb", "GetX") != nil || b.Len() != 0 {
		t.Error("an empty book holds something")
	}
	b.Put(compiled(t, sample("b2", "aa.bb", "GetX")))
	b.Put(compiled(t, sample("a1", "aa.bb", "GetX")))
	b.Put(compiled(t, sample("c3", "aa.bb", "GetY")))
	if got := ids(b.For("aa.bb", "GetX")); !slices.Equal(got, []string{"a1", "b2"}) {
		t.Errorf("in order of id: %v", got)
	}
	before := b.For("aa.bb", "GetX")
	b.Put(compiled(t, sample("a1", "cc.dd", "GetX"))) // moves to another system
	if got := ids(b.For("aa.bb", "GetX")); !slices.Equal(got, []string{"b2"}) {
		t.Errorf("a replaced agreement stays behind: %v", got)
	}
	if !slices.Equal(ids(before), []string{"a1", "b2"}) {
		t.Error("a slice once handed out was changed")
	}
	if got := ids(b.For("cc.dd", "GetX")); !slices.Equal(got, []string{"a1"}) {
		t.Errorf("moved to: %v", got)
	}
	b.Remove("b2")
	b.Remove("b2")
	if b.For("aa.bb", "GetX") != nil || !slices.Equal(ids(b.All()), []string{"a1", "c3"}) || b.Len() != 2 {
		t.Errorf("after removal: %v", ids(b.All()))
	}
	if _, ok := b.Get("b2"); ok {
		t.Error("a removed agreement is found")
	}
	if c, ok := b.Get("c3"); !ok || c.Service != "GetY" {
		t.Error("an agreement is not found by its id")
	}
}

// TestBook_SharedPurposesStaySeparate compiles agreements that state the same purposes, and one that differs in a
// single field: neither the caller's later changes nor the other's reach an agreement that is compiled.
func TestBook_SharedPurposesStaySeparate(t *testing.T) {
	first := sample("a1", "aa.bb", "GetX")
	one := compiled(t, first)
	first.Purposes[0].Fields[0], first.Purposes[0].Accepts[0] = "Changed", "Changed"
	same, other := sample("a2", "cc.dd", "GetX"), sample("a3", "cc.dd", "GetX")
	other.Purposes[0].Fields = append(other.Purposes[0].Fields, "Extra")
	two, three := compiled(t, same), compiled(t, other)
	if !reflect.DeepEqual(one.Purposes, same.Purposes) || !reflect.DeepEqual(two.Purposes, same.Purposes) {
		t.Errorf("compiled as\n%+v\n%+v\nwant %+v", one.Purposes, two.Purposes, same.Purposes)
	}
	if !reflect.DeepEqual(three.Purposes, other.Purposes) || three.ID != "a3" || two.ID != "a2" {
		t.Errorf("compiled as %+v, want %+v", three.Purposes, other.Purposes)
	}
	if &one.Purposes[0] != &two.Purposes[0] || &one.Purposes[0] == &three.Purposes[0] {
		t.Error("equal purposes are not shared, or different ones are")
	}
}

func TestBook_ConcurrentUse(t *testing.T) {
	b := agreement.NewBook()
	one, other := compiled(t, sample("a1", "aa.bb", "GetX")), compiled(t, sample("a1", "cc.dd", "GetX"))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 2000 {
				for _, c := range b.For("aa.bb", "GetX") {
					if c.Consumer != "aa.bb" {
						t.Error("an agreement of another system")
						return
					}
				}
			}
		})
	}
	for range 1000 {
		b.Put(one)
		b.Put(other)
		b.Remove("a1")
	}
	all.Wait()
}

func fullBook(t testing.TB, n int) *agreement.Book {
	b := agreement.NewBook()
	for i := range n {
		system := mconnect.SystemID(fmt.Sprintf("p%d.s%d", i/100, i/10))
		b.Put(compiled(t, sample(fmt.Sprintf("a%d", i), system, mconnect.ServiceName(fmt.Sprintf("Get%d", i%10)))))
	}
	return b
}

// TestBook_FindsAmongManyAgreements: BenchmarkDecide says how fast it is.
func TestBook_FindsAmongManyAgreements(t *testing.T) {
	b := fullBook(t, 100_000)
	for i := range 20_000 {
		n := i * 4 % 100_000
		found := b.For(mconnect.SystemID(fmt.Sprintf("p%d.s%d", n/100, n/10)), mconnect.ServiceName(fmt.Sprintf("Get%d", n%10)))
		if len(found) != 1 {
			t.Fatalf("agreement %d: found %d", n, len(found))
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	for _, n := range []int{10, 1000, 100_000} {
		b.Run(fmt.Sprintf("agreements=%d", n), func(b *testing.B) {
			book := fullBook(b, n)
			req := agreement.Request{
				Consumer: agreement.Consumer{System: "p0.s0", Owner: "1999900000014", SystemActive: true, ParticipantActive: true, MayConsume: true},
				Service:  agreement.Service{Name: "Get5", Version: mconnect.Version{Major: 1}, Personal: true, ProviderActive: true},
				Context:  mconnect.LegalContext{User: "2999000006393", Entity: "1999900000014", Basis: "Lege,  ART. 1", Reason: "dosar 1"},
			}
			at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
			b.ReportAllocs()
			for b.Loop() {
				found := book.For(req.Consumer.System, req.Service.Name)
				candidates := make([]agreement.Candidate, len(found))
				for i, c := range found {
					candidates[i].Compiled = c
				}
				if v := agreement.Decide(candidates, req, at); !v.Allowed {
					b.Fatal(v.Fault)
				}
			}
		})
	}
}

package search_test

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/discovery/guide"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/search"
	"mconnect/internal/domain/schema"
	"mconnect/test/must"
)

func lines(t testing.TB, name string) (all []string) {
	t.Helper()
	text := must.Get(os.ReadFile("testdata/" + name))(t)
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			all = append(all, line)
		}
	}
	return all
}

var library = schema.NewLibrary().With(
	schema.Category{Code: "persoane", Title: mconnect.Text{RO: "Persoane"}},
	schema.Category{Code: "populatie", Parent: "persoane", Title: mconnect.Text{RO: "Populație", EN: "Population", RU: "Население"}},
	schema.Category{Code: "stare-civila", Parent: "persoane", Title: mconnect.Text{RO: "Stare civilă", EN: "Civil status", RU: "Гражданское состояние"}},
)

func one(name string, v mconnect.Version, status catalog.Status) catalog.Service {
	return catalog.Service{
		Name: mconnect.ServiceName(name), Version: v, Title: mconnect.Text{RO: name}, Provider: "asp.rsp", Status: status,
		Request:     schema.Type{Name: name, Fields: []schema.Field{{Name: "Key", Type: schema.String}}},
		Response:    schema.Type{Name: name + "Answer", Fields: []schema.Field{{Name: "Value", Type: schema.String}}},
		Endpoint:    catalog.Endpoint{SQL: &catalog.SQL{Database: "d", Query: "SELECT 1"}},
		Deprecation: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Sunset: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC),
	}
}

func document(t testing.TB, s catalog.Service) search.Document {
	t.Helper()
	r := must.Get(catalog.PrepareWith(library, s))(t)
	return guide.Document(r, library, mconnect.Text{RO: "Instituția " + string(r.OwnerID())}, s.Status == catalog.Published)
}

// shelf holds the services of testdata.
func shelf(t testing.TB) (docs []search.Document) {
	t.Helper()
	for _, line := range lines(t, "services.txt") {
		c := strings.Split(line, " | ")
		if len(c) != 7 {
			t.Fatalf("%q", line)
		}
		s := one(c[0], mconnect.Version{Major: 1}, catalog.Published)
		s.Categories, s.Provider, s.Title = []string{c[1]}, mconnect.SystemID(c[2]+".sistem"), mconnect.Text{RO: c[3], EN: c[4], RU: c[5]}
		s.Response.Fields = nil
		for name := range strings.FieldsSeq(c[6]) {
			s.Response.Fields = append(s.Response.Fields, schema.Field{Name: name, Type: schema.String, Personal: name == "IDNP"})
		}
		docs = append(docs, document(t, s))
	}
	return docs
}

func names(r search.Result) (all []string) {
	for _, h := range r.Hits {
		name, _, _ := strings.Cut(h.ID, "/")
		all = append(all, name)
	}
	return all
}

// TestSearch_WholeNameFirst: a service whose name is what was asked for stands before one that only speaks of it more
// often.
func TestSearch_WholeNameFirst(t *testing.T) {
	plain, more := one("GetPerson", mconnect.Version{Major: 1}, catalog.Published), one("GetPersonBenefits", mconnect.Version{Major: 1}, catalog.Published)
	plain.Title = mconnect.Text{RO: "Date", EN: "Data about somebody in a long sentence that says many things"}
	more.Title = mconnect.Text{RO: "Prestații", EN: "Person, persons"}
	more.Description = mconnect.Text{RO: "Prestații", EN: "What a person gets, by person and person"}
	x := search.New([]search.Document{document(t, more), document(t, plain)})
	for query, want := range map[string]string{"person": "GetPerson", "persons": "GetPerson", "get person": "GetPerson", "person benefits": "GetPersonBenefits"} {
		if got := names(x.Find(search.Query{Text: query})); len(got) == 0 || got[0] != want {
			t.Errorf("%q: %v", query, got)
		}
	}
}

// TestSearch_JudgedQueries: what people type, and what they mean. The measure is nDCG over the first five.
func TestSearch_JudgedQueries(t *testing.T) {
	x := search.New(shelf(t))
	var sum float64
	queries := lines(t, "queries.txt")
	for _, line := range queries {
		text, right, _ := strings.Cut(line, " => ")
		wanted := strings.Fields(right)
		got := names(x.Find(search.Query{Text: text, Limit: 5}))
		var gain, ideal float64
		for i, w := range wanted {
			worth := float64(len(wanted) - i)
			ideal += worth / math.Log2(float64(i)+2)
			if at := slices.Index(got, w); at >= 0 {
				gain += worth / math.Log2(float64(at)+2)
			}
		}
		sum += gain / ideal
		if len(got) == 0 || got[0] != wanted[0] {
			t.Errorf("%q: %v, want %s first", text, got, wanted[0])
		}
		for _, w := range wanted[1:] {
			if !slices.Contains(got, w) {
				t.Errorf("%q: %v, want %s among them", text, got, w)
			}
		}
	}
	if quality := sum / float64(len(queries)); quality < 0.97 {
		t.Errorf("nDCG@5 over %d queries is %.3f", len(queries), quality)
	} else {
		t.Logf("nDCG@5 over %d queries is %.3f", len(queries), quality)
	}
}

// TestSearch_IgnoresDiacritics: a query without them finds the same, in the same order.
func TestSearch_IgnoresDiacritics(t *testing.T) {
	x := search.New(shelf(t))
	bare := strings.NewReplacer("ă", "a", "â", "a", "î", "i", "ș", "s", "ş", "s", "ț", "t", "ţ", "t", "ё", "е", "Ă", "A")
	old := strings.NewReplacer("ș", "ş", "ț", "ţ")
	apart := strings.NewReplacer("ă", "a\u0306", "ș", "s\u0326", "ț", "t\u0326", "ё", "е\u0308", "î", "i\u0302", "â", "a\u0302")
	for _, line := range lines(t, "queries.txt") {
		text, _, _ := strings.Cut(line, " => ")
		want := x.Find(search.Query{Text: text})
		for how, r := range map[string]*strings.Replacer{"bare": bare, "cedillas": old, "decomposed": apart} {
			if got := x.Find(search.Query{Text: r.Replace(text)}); !slices.Equal(got.Hits, want.Hits) {
				t.Errorf("%q %s: %v, want %v", text, how, names(got), names(want))
			}
		}
	}
}

func TestSearch_FacetsAndFilters(t *testing.T) {
	x := search.New(shelf(t))
	all := x.Find(search.Query{Limit: 1000})
	if all.Total != len(lines(t, "services.txt")) || len(all.Hits) != all.Total {
		t.Fatalf("%d of %d", len(all.Hits), all.Total)
	}
	if f := all.Facets; f.Owners[0] != (search.Count{Value: "asp", Count: 12}) || f.Statuses[0].Count != all.Total ||
		!slices.Contains(f.Categories, search.Count{Value: "persoane", Count: 7}) || len(f.Personal) != 2 {
		t.Errorf("facets %+v", f)
	}
	yes, no := true, false
	for what, c := range map[string]struct {
		q    search.Query
		want []string
	}{
		"a category and those below": {search.Query{Category: "persoane", Text: "certificat"}, []string{"GetBirthCertificate", "GetDeathCertificate", "GetMarriage"}},
		"an owner":                   {search.Query{Owner: "cnas"}, []string{"GetPersonBenefits", "GetPension"}},
		"personal":                   {search.Query{Owner: "cadastru", Personal: &yes}, []string{"GetRealEstates"}},
		"not personal":               {search.Query{Owner: "cadastru", Personal: &no}, []string{"GetCadastralPlan", "GetMortgages"}},
		"a status":                   {search.Query{Status: "retired"}, nil},
		"an unknown word":            {search.Query{Text: "xyzzyxyzzy"}, nil},
		"a page":                     {search.Query{Owner: "sfs", Offset: 1, Limit: 2}, []string{"GetTaxResidence", "GetIncome"}},
		"beyond the end":             {search.Query{Owner: "sfs", Offset: 99}, nil},
		"the name of the owner":      {search.Query{Text: "institutia politia"}, []string{"GetBorderCrossings"}},
		"idle words only":            {search.Query{Text: "de la", Owner: "mai"}, nil},
	} {
		got := names(x.Find(c.q))
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
}

func TestSearch_Versions(t *testing.T) {
	v := func(n int) mconnect.Version { return mconnect.Version{Major: n} }
	x := search.New([]search.Document{
		document(t, one("GetThing", v(4), catalog.Draft)), document(t, one("GetThing", v(3), catalog.Published)),
		document(t, one("GetThing", v(2), catalog.Deprecated)), document(t, one("GetThing", v(1), catalog.Retired)),
		document(t, one("GetOther", v(1), catalog.Draft)),
	})
	ids := func(q search.Query) string { return fmt.Sprint(x.Find(q).Hits) }
	for _, c := range []struct {
		q    search.Query
		want string
	}{
		{search.Query{}, "[{GetThing/3.0.0 0} {GetOther/1.0.0 0}]"},
		{search.Query{Serving: true}, "[{GetThing/3.0.0 0}]"},
		{search.Query{Status: "draft"}, "[{GetThing/4.0.0 0} {GetOther/1.0.0 0}]"},
	} {
		if got := ids(c.q); got != c.want {
			t.Errorf("%+v: %s, want %s", c.q, got, c.want)
		}
	}
	r := x.Find(search.Query{Text: "thing", Versions: true})
	if r.Total != 4 || r.Hits[0].ID != "GetThing/3.0.0" || r.Hits[3].ID != "GetThing/1.0.0" {
		t.Errorf("all versions: %+v", r.Hits)
	}
}

// TestSearch_LargeCatalogue: thousands of services are indexed and asked in no time, and a word of one of them finds
// it.
func TestSearch_LargeCatalogue(t *testing.T) {
	var docs []search.Document
	for i := range 3000 {
		s := one(fmt.Sprintf("GetThing%d", i), mconnect.Version{Major: 1}, catalog.Published)
		s.Title = mconnect.Text{RO: fmt.Sprintf("Evidența numărul %d a registrului", i), EN: "Ledger of the register", RU: "Учёт регистра"}
		docs = append(docs, document(t, s))
	}
	began := time.Now()
	x := search.New(docs)
	built := time.Since(began)
	began = time.Now()
	if r := x.Find(search.Query{Text: "evidenta 2718"}); r.Total < 1 || r.Hits[0].ID != "GetThing2718/1.0.0" {
		t.Errorf("%+v", r.Hits)
	}
	if r := x.Find(search.Query{Text: "evidentta"}); r.Total != 3000 {
		t.Errorf("misspelt: %d", r.Total)
	}
	t.Logf("3000 services: built in %v, asked twice in %v", built, time.Since(began))
}

func FuzzFind(f *testing.F) {
	x := search.New(shelf(f))
	for _, seed := range []string{"", " ", "persoană", "\xff\xfe", "a\u0306\u0306\u0306", "ёЁй", strings.Repeat("cuvânt ", 100), strings.Repeat("x", 10_000), "𝒳 ﷺ ﬁ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := x.Find(search.Query{Text: text, Limit: 1000})
		if r.Total != len(r.Hits) {
			t.Fatalf("%d hits of %d", len(r.Hits), r.Total)
		}
		for i := 1; i < len(r.Hits); i++ {
			if r.Hits[i].Score > r.Hits[i-1].Score || math.IsNaN(r.Hits[i].Score) {
				t.Fatalf("out of order: %v", r.Hits)
			}
		}
	})
}

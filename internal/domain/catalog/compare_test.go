package catalog_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/test/must"
)

func prepared(t testing.TB, s catalog.Service, parts ...schema.Shared) *catalog.Ready {
	t.Helper()
	r, err := catalog.PrepareWith(schema.NewLibrary().With(parts...), s)
	if err != nil {
		t.Fatal(err, places(fault.From(err).Fields))
	}
	return r
}

// rules are the table of docs/CATALOGUE.md: one field changes from was to is; what that means in a request, and in an
// answer.
var rules = []struct {
	what    string
	was, is schema.Field
	request string
	answer  string
}{
	{"type wider", schema.Field{Type: schema.Integer}, schema.Field{Type: schema.Decimal}, "type compatible minor", "type breaksCallers major"},
	{"type narrower", schema.Field{Type: schema.String}, schema.Field{Type: schema.IDNO}, "type breaksCallers major", "type compatible minor"},
	{"another type", schema.Field{Type: schema.Boolean}, schema.Field{Type: schema.Date}, "type breaksCallers major", "type breaksCallers major"},
	{"mandatory", schema.Field{}, schema.Field{Mandatory: true}, "mandatory breaksCallers major", "mandatory compatible minor"},
	{"optional", schema.Field{Mandatory: true}, schema.Field{}, "mandatory compatible minor", "mandatory breaksCallers major"},
	{"nullable", schema.Field{}, schema.Field{Nullable: true}, "nullable compatible minor", "nullable breaksCallers major"},
	{"not nullable", schema.Field{Nullable: true}, schema.Field{}, "nullable breaksCallers major", "nullable compatible minor"},
	{"longer", schema.Field{MaxLength: 5}, schema.Field{MaxLength: 9}, "length compatible minor", "length breaksCallers major"},
	{"of any length", schema.Field{MaxLength: 5}, schema.Field{}, "length compatible minor", "length breaksCallers major"},
	{"shorter", schema.Field{}, schema.Field{MaxLength: 5}, "length breaksCallers major", "length compatible minor"},
	{"at least", schema.Field{}, schema.Field{MinLength: 5}, "length breaksCallers major", "length compatible minor"},
	{"at least and longer", schema.Field{MaxLength: 5}, schema.Field{MinLength: 2, MaxLength: 9}, "length breaksCallers major", "length breaksCallers major"},
	{"a pattern", schema.Field{}, schema.Field{Pattern: "[A-Z]+"}, "pattern breaksCallers major", "pattern compatible minor"},
	{"no pattern", schema.Field{Pattern: "[A-Z]+"}, schema.Field{}, "pattern compatible minor", "pattern breaksCallers major"},
	{"another pattern", schema.Field{Pattern: "[A-Z]+"}, schema.Field{Pattern: "[A-Z0-9]+"}, "pattern breaksCallers major", "pattern breaksCallers major"},
	{"one more value", schema.Field{Enum: []string{"a"}}, schema.Field{Enum: []string{"a", "b"}}, "values compatible minor", "values breaksCallers major"},
	{"one value less", schema.Field{Enum: []string{"a", "b"}}, schema.Field{Enum: []string{"a"}}, "values breaksCallers major", "values compatible minor"},
	{"values", schema.Field{}, schema.Field{Enum: []string{"a"}}, "values breaksCallers major", "values compatible minor"},
	{"any value", schema.Field{Enum: []string{"a"}}, schema.Field{}, "values compatible minor", "values breaksCallers major"},
	{"values in another order", schema.Field{Enum: []string{"a", "b"}}, schema.Field{Enum: []string{"b", "a"}}, "words or endpoint compatible patch", "words or endpoint compatible patch"},
	{"values from a classifier", schema.Field{Enum: []string{"F", "M"}}, schema.Field{Classifier: "sex/1.0.0"}, "words or endpoint compatible patch", "words or endpoint compatible patch"},
	{"a classifier grown", schema.Field{Classifier: "sex/1.0.0"}, schema.Field{Classifier: "sex/1.1.0"}, "values compatible minor", "values compatible minor"},
	{"a classifier shrunk", schema.Field{Classifier: "sex/1.1.0"}, schema.Field{Classifier: "sex/1.0.0"}, "values breaksCallers major", "values compatible minor"},
	{"no classifier", schema.Field{Classifier: "sex"}, schema.Field{}, "values compatible minor", "values breaksCallers major"},
	{"a least value", schema.Field{Type: schema.Integer}, schema.Field{Type: schema.Integer, Minimum: "3"}, "range breaksCallers major", "range compatible minor"},
	{"a greater bound", schema.Field{Type: schema.Decimal, Maximum: "10"}, schema.Field{Type: schema.Decimal, Maximum: "10.5"}, "range compatible minor", "range breaksCallers major"},
	{"the same bound", schema.Field{Type: schema.Decimal, Maximum: "10"}, schema.Field{Type: schema.Decimal, Maximum: "10.0"}, "words or endpoint compatible patch", "words or endpoint compatible patch"},
	{"no bound", schema.Field{Type: schema.Decimal, Minimum: "1"}, schema.Field{Type: schema.Decimal}, "range compatible minor", "range breaksCallers major"},
	{"personal", schema.Field{}, schema.Field{Personal: true}, "personal compatible minor", "personal breaksAgreements major"},
	{"not personal", schema.Field{Personal: true}, schema.Field{}, "personal compatible minor", "personal compatible minor"},
	{"words", schema.Field{}, schema.Field{Description: mconnect.Text{RO: "x"}}, "words or endpoint compatible patch", "words or endpoint compatible patch"},
	{"items", schema.Field{Type: schema.Array, Items: &schema.Field{Type: schema.String}}, schema.Field{Type: schema.Array, Items: &schema.Field{Type: schema.Boolean}}, "type breaksCallers major", "type breaksCallers major"},
	{"the name of items", schema.Field{Type: schema.Array, Items: &schema.Field{Name: "A", Type: schema.String}}, schema.Field{Type: schema.Array, Items: &schema.Field{Name: "B", Type: schema.String}}, "item name breaksCallers major", "item name breaksCallers major"},
	{"object for text", schema.Field{}, schema.Field{Type: schema.Object, Fields: []schema.Field{{Name: "A", Type: schema.String}}}, "type breaksCallers major", "type breaksCallers major"},
}

func short(changes []catalog.Change) string {
	var all []string
	for _, c := range changes {
		all = append(all, fmt.Sprintf("%s %s %s", c.What, c.Class, c.Level))
	}
	return strings.Join(all, "; ")
}

func TestCompare_Rules(t *testing.T) {
	lists := []schema.Shared{codes(t, "1.0.0", "F", "M"), codes(t, "1.1.0", "F", "M", "X")}
	for _, rule := range rules {
		for name, want := range map[string]string{"request": rule.request, "answer": rule.answer} {
			made := func(f schema.Field) *catalog.Ready {
				f.Name = "Changed"
				if f.Type == "" {
					f.Type = schema.String
				}
				s := service("1.0.0", catalog.Published)
				if name == "request" {
					s.Request.Fields = append(s.Request.Fields, f)
				} else {
					s.Response.Fields = append(s.Response.Fields, f)
				}
				return prepared(t, s, lists...)
			}
			if got := short(catalog.Compare(made(rule.was), made(rule.is))); got != want {
				t.Errorf("%s, %s: %q, want %q", rule.what, name, got, want)
			}
		}
	}
}

func TestCompare_FieldsAndServices(t *testing.T) {
	name := func(n string) schema.Field {
		return schema.Field{Name: n, Type: schema.String, Description: mconnect.Text{RO: "Numele de familie"}}
	}
	for what, c := range map[string]struct {
		was, is func(*catalog.Service)
		want    string
	}{
		"nothing":          {nil, nil, ""},
		"a field more":     {nil, func(s *catalog.Service) { s.Response.Fields = append(s.Response.Fields, name("New")) }, "answer.New added: — → string"},
		"an optional wish": {nil, func(s *catalog.Service) { s.Request.Fields = append(s.Request.Fields, name("New")) }, "request.New added: — → string"},
		"a demand": {nil, func(s *catalog.Service) {
			f := name("New")
			f.Mandatory = true
			s.Request.Fields = append(s.Request.Fields, f)
		}, "request.New added: — → string, mandatory (breaksCallers)"},
		"a field less": {nil, func(s *catalog.Service) { s.Response.Fields = s.Response.Fields[1:] }, "answer.LastName removed: string → — (breaksAgreements)"},
		"a field less inside": {nil, func(s *catalog.Service) {
			item := *s.Response.Fields[1].Items
			item.Fields = []schema.Field{name("Other")}
			s.Response.Fields = slices.Clone(s.Response.Fields)
			s.Response.Fields[1].Items = &item
		}, "answer.Children.Name removed: string → — (breaksAgreements); answer.Children.Other added: — → string"},
		"a wish less": {func(s *catalog.Service) { s.Request.Fields = append(s.Request.Fields, name("Old")) }, nil, "request.Old removed: string → — (breaksCallers)"},
		"another name": {func(s *catalog.Service) { s.Response.Fields = []schema.Field{name("LastName"), name("x")} }, func(s *catalog.Service) {
			s.Response.Fields = []schema.Field{name("FamilyName"), name("x")}
		}, "answer.LastName renamed: LastName → FamilyName (breaksAgreements)"},
		"another order": {nil, func(s *catalog.Service) {
			s.Response.Fields = []schema.Field{s.Response.Fields[1], s.Response.Fields[0]}
		},
			"answer order: LastName, Children → Children, LastName (breaksCallers)"},
		"another element":   {nil, func(s *catalog.Service) { s.Response.Name = "People" }, "answer name: Person → People (breaksCallers)"},
		"not repeatable":    {func(s *catalog.Service) { s.ReadOnly = true }, nil, "readOnly effect: true → false (breaksCallers)"},
		"repeatable":        {nil, func(s *catalog.Service) { s.ReadOnly = true }, "readOnly effect: false → true"},
		"no subject":        {nil, func(s *catalog.Service) { s.Subject = "" }, "subject field: IDNP → —"},
		"a smaller request": {nil, func(s *catalog.Service) { s.Limits.Request = 100 }, "limits.request_bytes limit: 67108864 → 100 (breaksCallers)"},
		"another endpoint": {nil, func(s *catalog.Service) {
			s.Endpoint.REST = &catalog.REST{URL: "https://other.invalid", Method: "POST"}
		}, "declaration words or endpoint"},
		"a later version": {nil, func(s *catalog.Service) { s.Version.Minor, s.Status = 5, catalog.Draft }, ""},
		"a document": {nil, func(s *catalog.Service) {
			s.Response, s.Opaque = schema.Type{}, &catalog.Opaque{MediaTypes: []string{"application/pdf"}}
		}, "answer type: object → application/pdf (breaksAgreements)"},
		"a document of one more type": {func(s *catalog.Service) {
			s.Response, s.Opaque = schema.Type{}, &catalog.Opaque{MediaTypes: []string{"application/pdf"}}
		}, func(s *catalog.Service) {
			s.Response, s.Opaque = schema.Type{}, &catalog.Opaque{MediaTypes: []string{"application/pdf", "image/png"}}
		}, "answer media types: application/pdf → application/pdf, image/png (breaksCallers)"},
		"personal at last": {func(s *catalog.Service) {
			s.Request.Fields, s.Subject, s.Endpoint.REST = []schema.Field{name("A")}, "", &catalog.REST{URL: "https://x.invalid", Method: "POST"}
			s.Response.Fields = []schema.Field{name("B")}
		}, func(s *catalog.Service) {
			f := name("A")
			f.Personal = true
			s.Request.Fields, s.Subject, s.Endpoint.REST = []schema.Field{f}, "", &catalog.REST{URL: "https://x.invalid", Method: "POST"}
			s.Response.Fields = []schema.Field{name("B")}
		}, "personal context: false → true (breaksCallers); request.A personal: false → true"},
	} {
		was, is := service("1.0.0", catalog.Published), service("1.0.0", catalog.Published)
		if c.was != nil {
			c.was(&was)
		}
		if c.is != nil {
			c.is(&is)
		}
		var got []string
		for _, change := range catalog.Compare(prepared(t, was), prepared(t, is)) {
			got = append(got, change.String())
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
	}
}

// TestCompare_CompatibleMeansCompatible: for fields drawn at random, when the comparison finds nothing that breaks
// callers, each value that the old request took is taken by the new one, and each value that the new answer may hold
// the old one could.
func TestCompare_CompatibleMeansCompatible(t *testing.T) {
	field := rapid.Custom(func(t *rapid.T) schema.Field {
		f := schema.Field{Name: "F", Type: rapid.SampledFrom([]schema.Base{schema.String, schema.Integer, schema.Decimal, schema.IDNP, schema.Date}).Draw(t, "type")}
		f.Mandatory, f.Nullable = rapid.Bool().Draw(t, "mandatory"), rapid.Bool().Draw(t, "nullable")
		switch f.Type {
		case schema.String:
			f.MinLength, f.MaxLength = rapid.IntRange(0, 2).Draw(t, "min"), rapid.SampledFrom([]int{0, 2, 3, 13}).Draw(t, "max")
			f.Enum = rapid.SampledFrom([][]string{nil, {"a", "bb"}, {"a", "bb", "ccc"}}).Draw(t, "enum")
			f.Pattern = rapid.SampledFrom([]string{"", "[a-z]*", "[a-z0-9-]*"}).Draw(t, "pattern")
		case schema.Integer, schema.Decimal:
			f.Minimum, f.Maximum = rapid.SampledFrom([]string{"", "0", "2"}).Draw(t, "low"), rapid.SampledFrom([]string{"", "2", "7"}).Draw(t, "high")
		}
		return f
	})
	texts := []string{`{}`, `{"F":null}`, `{"F":""}`, `{"F":"a"}`, `{"F":"bb"}`, `{"F":"ccc"}`, `{"F":"x1"}`, `{"F":0}`, `{"F":1}`, `{"F":7}`, `{"F":2.5}`,
		`{"F":"2.5"}`, `{"F":"2000000000004"}`, `{"F":"2020-01-01"}`}
	rapid.Check(t, func(t *rapid.T) {
		was, is := field.Draw(t, "was"), field.Draw(t, "is")
		service := func(f schema.Field, inRequest bool) *catalog.Ready {
			s := catalog.Service{Name: "GetOne", Version: mconnect.Version{Major: 1}, Title: mconnect.Text{RO: "x"}, Provider: "aa.bb", Status: catalog.Draft,
				Request:  schema.Type{Name: "Q", Fields: []schema.Field{{Name: "K", Type: schema.String, Personal: true}}},
				Response: schema.Type{Name: "A", Fields: []schema.Field{{Name: "K", Type: schema.String}}},
				Endpoint: catalog.Endpoint{SQL: &catalog.SQL{Database: "d", Query: "SELECT 1"}}}
			if inRequest {
				s.Request.Fields = append(s.Request.Fields, f)
			} else {
				s.Response.Fields = append(s.Response.Fields, f)
			}
			r := must.Get(catalog.Prepare(s))(t)
			return r
		}
		breaks := func(inRequest bool) bool {
			level, _ := catalog.Demanded(catalog.Compare(service(was, inRequest), service(is, inRequest)))
			return level == catalog.Major
		}
		takes := func(f schema.Field, text string) bool {
			_, err := service(f, true).RequestSchema.Read([]byte(text))
			return err == nil
		}
		request, answer := breaks(true), breaks(false)
		for _, text := range texts {
			if !request && takes(was, text) && !takes(is, text) {
				t.Fatalf("a request with %s is refused, and nothing is said to break: %+v %+v", text, was, is)
			}
			if !answer && takes(is, text) && !takes(was, text) {
				t.Fatalf("an answer with %s is new, and nothing is said to break: %+v %+v", text, was, is)
			}
		}
	})
}

func TestStep_Versions(t *testing.T) {
	for _, c := range []struct{ old, next, step string }{
		{"1.0.0", "1.0.1", "patch"}, {"1.0.0", "1.1.0", "minor"}, {"1.9.9", "2.0.0", "major"}, {"1.0.0", "1.0.0", "none"}, {"1.1.0", "1.0.9", "none"},
	} {
		step := catalog.Stepped(version(t, c.old), version(t, c.next))
		text, _ := json.Marshal(step)
		var back catalog.Level
		if err := json.Unmarshal(text, &back); err != nil || step.String() != c.step || back != step {
			t.Errorf("%s → %s: %s %v", c.old, c.next, step, err)
		}
	}
	for level, want := range map[catalog.Level]string{catalog.Patch: "1.2.4", catalog.Minor: "1.3.0", catalog.Major: "2.0.0"} {
		if got := level.Raised(version(t, "1.2.3")).String(); got != want {
			t.Errorf("%s: %s", level, got)
		}
	}
	var l catalog.Level
	if err := l.UnmarshalText([]byte("huge")); err == nil {
		t.Error("read a level that does not exist")
	}
}

func TestStep_LifeCycle(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	far := now.AddDate(0, 6, 1)
	at := func(s catalog.Status, change ...func(*catalog.Service)) catalog.Service {
		one := service("1.0.0", s)
		if s == catalog.Deprecated {
			one.Deprecation, one.Sunset, one.Successor = now, far, "GetPerson/2.0.0"
		}
		for _, c := range change {
			c(&one)
		}
		return one
	}
	fewer := func(s *catalog.Service) { s.Response.Fields = s.Response.Fields[:1] }
	worded := func(s *catalog.Service) { s.Title.RO, s.Endpoint.REST.URL = "Alt titlu", "https://other.invalid" }
	for what, c := range map[string]struct {
		old, next catalog.Service
		want      []string
	}{
		"a draft may change":       {at(catalog.Draft), at(catalog.Draft, fewer), nil},
		"published":                {at(catalog.Draft), at(catalog.Published), nil},
		"published words change":   {at(catalog.Published), at(catalog.Published, worded), nil},
		"published types do not":   {at(catalog.Published), at(catalog.Published, fewer), []string{" service.immutable"}},
		"nor when deprecated":      {at(catalog.Published), at(catalog.Deprecated, fewer), []string{" service.immutable"}},
		"no way back to draft":     {at(catalog.Published), at(catalog.Draft), []string{"/status service.step"}},
		"no leap over deprecation": {at(catalog.Published), at(catalog.Retired), []string{"/status service.step"}},
		"no leap from draft":       {at(catalog.Draft), at(catalog.Deprecated), []string{"/status service.step"}},
		"deprecated":               {at(catalog.Published), at(catalog.Deprecated), nil},
		"deprecated into nothing":  {at(catalog.Published), at(catalog.Deprecated, func(s *catalog.Service) { s.Successor = catalog.NoSuccessor }), nil},
		"without a successor":      {at(catalog.Published), at(catalog.Deprecated, func(s *catalog.Service) { s.Successor = "" }), []string{"/successor input.missing"}},
		"too soon": {at(catalog.Published), at(catalog.Deprecated, func(s *catalog.Service) {
			s.Deprecation, s.Sunset = now.AddDate(0, -3, 0), now.AddDate(0, 4, 0)
		}), []string{"/sunset service.notice"}},
		"put off":                      {at(catalog.Deprecated), at(catalog.Deprecated, func(s *catalog.Service) { s.Sunset = far.AddDate(1, 0, 0) }), nil},
		"nearing its end, unchanged":   {at(catalog.Deprecated, soon), at(catalog.Deprecated, soon), nil},
		"brought forward":              {at(catalog.Deprecated, func(s *catalog.Service) { s.Sunset = far.AddDate(1, 0, 0) }), at(catalog.Deprecated, soon), []string{"/sunset service.notice"}},
		"revived":                      {at(catalog.Deprecated), at(catalog.Published), []string{"/status service.step"}},
		"retired before its day":       {at(catalog.Deprecated), at(catalog.Retired), []string{"/status service.sunset"}},
		"retired":                      {at(catalog.Deprecated, func(s *catalog.Service) { s.Deprecation, s.Sunset = now.AddDate(-1, 0, 0), now.AddDate(0, 0, -1) }), at(catalog.Retired), nil},
		"retired for good":             {at(catalog.Retired), at(catalog.Published), []string{"/status service.gone"}},
		"retired, with a word changed": {at(catalog.Retired), at(catalog.Retired, worded), nil},
	} {
		if got := places(catalog.Step(prepared(t, c.old), prepared(t, c.next), now)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
}

// soon is a sunset that was announced in time and is near by now.
func soon(s *catalog.Service) {
	s.Deprecation, s.Sunset = time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
}

func TestStep_VersionNumberMatchesTheChange(t *testing.T) {
	base := prepared(t, service("1.0.0", catalog.Published))
	next := func(v string, change func(*catalog.Service)) *catalog.Ready {
		s := service(v, catalog.Published)
		change(&s)
		return prepared(t, s)
	}
	more := func(s *catalog.Service) { s.Response.Fields = append(s.Response.Fields, street) }
	fewer := func(s *catalog.Service) { s.Response.Fields = s.Response.Fields[:1] }
	for _, c := range []struct {
		next *catalog.Ready
		want string
	}{
		{next("1.0.1", func(*catalog.Service) {}), ""}, {next("1.1.0", more), ""}, {next("2.0.0", fewer), ""}, {next("1.0.1", more), "1.1.0"},
		{next("1.5.0", fewer), "2.0.0"},
	} {
		found := catalog.Follow(base, c.next)
		if c.want == "" && len(found) > 0 || c.want != "" && (len(found) != 1 || found[0].Code != fault.ServiceSmallStep || found[0].Params["want"] != c.want) {
			t.Errorf("%s: %+v", c.next.Version, found)
		}
	}
	all := []*catalog.Ready{prepared(t, service("2.0.0", catalog.Draft)), prepared(t, service("1.4.0", catalog.Retired)), base}
	for v, want := range map[string]string{"1.0.0": "", "1.2.0": "1.0.0", "2.0.0": "1.4.0", "3.0.0": "1.4.0"} {
		got := ""
		if b := catalog.Predecessor(all, version(t, v)); b != nil {
			got = b.Version.String()
		}
		if got != want {
			t.Errorf("%s comes after %q, want %q", v, got, want)
		}
	}
}

// TestStep_SuccessorExists: "none" is a statement, not the name of a service.
func TestStep_SuccessorExists(t *testing.T) {
	for stated, next := range map[string]string{"": "", catalog.NoSuccessor: "", "GetPerson/2.0.0": "GetPerson/2.0.0"} {
		s := service("1.0.0", catalog.Retired)
		s.Successor = stated
		if got := s.Next(); got != next {
			t.Errorf("%q leads to %q", stated, got)
		}
		_, err := filled(t, s).Resolve("GetPerson", mconnect.Version{})
		if f := fault.From(err); f.Code != fault.ServiceRetired || f.Params["successor"] != next {
			t.Errorf("%q: %+v", stated, f)
		}
	}
}

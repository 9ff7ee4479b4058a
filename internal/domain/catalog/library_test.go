package catalog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/test/must"
)

func version(t testing.TB, s string) mconnect.Version {
	t.Helper()
	v := must.Get(mconnect.ParseVersion(s))(t)
	return v
}

func codes(t testing.TB, v string, list ...string) schema.Classifier {
	t.Helper()
	c := schema.Classifier{Code: "sex", Version: version(t, v), Title: mconnect.Text{RO: "Sexul"}}
	for _, code := range list {
		c.Entries = append(c.Entries, schema.Entry{Code: code, Label: mconnect.Text{RO: "eticheta " + code}})
	}
	return c
}

func address(t testing.TB, v string, fields ...schema.Field) schema.DataType {
	t.Helper()
	return schema.DataType{Name: "Address", Version: version(t, v), Title: mconnect.Text{RO: "Adresă"}, Fields: fields}
}

var street = schema.Field{Name: "Street", Type: schema.String}

func places(found []fault.FieldError) (all []string) {
	for _, f := range found {
		all = append(all, f.Path+" "+string(f.Code))
	}
	return all
}

// shared is a service made of Address and sex.
func shared() catalog.Service {
	s := service("1.0.0", catalog.Published)
	s.Response.Fields = append(s.Response.Fields,
		schema.Field{Name: "Home", Type: schema.Object, Ref: "Address", Personal: true},
		schema.Field{Name: "Homes", Type: schema.Array, Items: &schema.Field{Name: "Home", Type: schema.Object, Ref: "Address/1.0.0"}},
		schema.Field{Name: "Sex", Type: schema.String, Classifier: "sex"})
	return s
}

func TestLibrary_ReferencesAreResolved(t *testing.T) {
	l := schema.NewLibrary().With(codes(t, "1.0.0", "F", "M"), address(t, "1.0.0", street),
		address(t, "1.2.0", street, schema.Field{Name: "Kind", Type: schema.String, Classifier: "sex/1.0.0"}))
	r := must.Get(catalog.PrepareWith(l, shared()))(t)
	for path, want := range map[string]string{"Home": "Address/1.2.0", "Homes": ""} {
		if f := r.Response.Lookup(path); f.Ref != want {
			t.Errorf("%s refers to %q", path, f.Ref)
		}
	}
	if f := r.Response.Lookup("Home.Kind"); f == nil || !f.Personal || !f.Codes.Has("F") || f.Codes.Has("X") {
		t.Errorf("Home.Kind is %+v", f)
	}
	if f := r.Response.Lookup("Homes.Street"); f == nil || f.Personal {
		t.Errorf("Homes.Street is %+v", f)
	}
	if f := r.Response.Lookup("Home"); f.Description.RO != "Adresă" {
		t.Errorf("described as %q", f.Description.RO)
	}
	want := []schema.Use{{Kind: "DataType", ID: "Address/1.2.0"}, {Kind: "Classifier", ID: "sex/1.0.0"}, {Kind: "DataType", ID: "Address/1.0.0"}}
	if !slices.Equal(r.Uses, want) {
		t.Errorf("made of %v", r.Uses)
	}
	if f := r.Declared.Response.Lookup("Home"); len(f.Fields) > 0 || f.Ref != "Address" {
		t.Errorf("what was stated is changed: %+v", f)
	}
}

// TestLibrary_ClassifierIsEnforced: in requests and in answers, and the fault names the list and no code.
func TestLibrary_ClassifierIsEnforced(t *testing.T) {
	s := shared()
	s.Request.Fields = append(s.Request.Fields, schema.Field{Name: "Sex", Type: schema.String, Classifier: "sex"})
	r, err := catalog.PrepareWith(schema.NewLibrary().With(codes(t, "1.0.0", "F", "M"), address(t, "1.0.0", street)), s)
	must.OK(t, err)
	if _, err := r.RequestSchema.Read([]byte(`{"IDNP":"2000000000004","Sex":"F"}`)); err != nil {
		t.Error(err)
	}
	_, err = r.RequestSchema.Read([]byte(`{"IDNP":"2000000000004","Sex":"feminin"}`))
	if got := places(fault.From(err).Fields); !slices.Equal(got, []string{"/Sex input.classifier"}) || fault.From(err).Fields[0].Params["classifier"] != "sex/1.0.0" {
		t.Errorf("request: %v", err)
	}
	mask := r.ResponseSchema.Mask([]string{"Sex", "Home.Street"})
	out, _, err := r.ResponseSchema.Cut(nil, []byte(`{"Sex":"M","Home":{"Street":"x"},"Homes":[{"Street":"y"}]}`), mask)
	if err != nil || string(out) != `{"Home":{"Street":"x"},"Sex":"M"}` {
		t.Errorf("%s %v", out, err)
	}
	_, _, err = r.ResponseSchema.Cut(nil, []byte(`{"Sex":"X"}`), mask)
	if fault.From(err).Code != fault.ProviderInvalid || places(fault.From(err).Fields)[0] != "/Sex input.classifier" {
		t.Errorf("answer: %v", err)
	}
}

func TestLibrary_RefusedReferences(t *testing.T) {
	l := schema.NewLibrary().With(codes(t, "1.0.0", "F"), address(t, "1.0.0", street))
	with := func(f schema.Field) catalog.Service {
		s := service("1.0.0", catalog.Published)
		s.Response.Fields = []schema.Field{f}
		return s
	}
	for what, c := range map[string]struct {
		field schema.Field
		want  string
	}{
		"a type that is not there":     {schema.Field{Name: "A", Type: schema.Object, Ref: "Street"}, "/response/fields/0/ref resource.unknown"},
		"a version that is not there":  {schema.Field{Name: "A", Type: schema.Object, Ref: "Address/2.0.0"}, "/response/fields/0/ref resource.unknown"},
		"no name":                      {schema.Field{Name: "A", Type: schema.Object, Ref: "Addr ess"}, "/response/fields/0/ref input.format"},
		"no version":                   {schema.Field{Name: "A", Type: schema.Object, Ref: "Address/x"}, "/response/fields/0/ref input.format"},
		"a ref that is no object":      {schema.Field{Name: "A", Type: schema.String, Ref: "Address"}, "/response/fields/0/ref input.type"},
		"a ref with fields":            {schema.Field{Name: "A", Type: schema.Object, Ref: "Address", Fields: []schema.Field{street}}, "/response/fields/0/fields input.unknownField"},
		"a list that is not there":     {schema.Field{Name: "A", Type: schema.String, Classifier: "gender"}, "/response/fields/0/classifier resource.unknown"},
		"a list of numbers":            {schema.Field{Name: "A", Type: schema.Integer, Classifier: "sex"}, "/response/fields/0/classifier input.type"},
		"a list and values of its own": {schema.Field{Name: "A", Type: schema.String, Classifier: "sex", Enum: []string{"F"}}, "/response/fields/0/enum input.unknownField"},
	} {
		_, err := catalog.PrepareWith(l, with(c.field))
		if got := places(fault.From(err).Fields); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: %v", what, got)
		}
	}
	if _, err := schema.CompileType(with(schema.Field{Name: "A", Type: schema.Object, Ref: "Address"}).Response); err == nil {
		t.Error("an open reference was compiled")
	}
}

// TestLibrary_PathsThroughReferences: the subject and an endpoint's parameters may lie inside a shared type, and must
// exist there.
func TestLibrary_PathsThroughReferences(t *testing.T) {
	l := schema.NewLibrary().With(address(t, "1.0.0", schema.Field{Name: "IDNP", Type: schema.IDNP}))
	s := service("1.0.0", catalog.Published)
	s.Request.Fields = []schema.Field{{Name: "Who", Type: schema.Object, Ref: "Address"}}
	s.Subject, s.Endpoint.REST.Path = "Who.IDNP", "/persons/{Who.IDNP}"
	if found := s.Validate(); len(found) > 0 {
		t.Errorf("before the type is known: %v", places(found))
	}
	if _, err := catalog.PrepareWith(l, s); err != nil {
		t.Error(err)
	}
	s.Subject, s.Endpoint.REST.Path = "Who.IDNO", "/persons/{Who.Name}"
	_, err := catalog.PrepareWith(l, s)
	if got := places(fault.From(err).Fields); !slices.Equal(got, []string{"/subject input.unknownField", "/endpoint/rest/path input.unknownField"}) {
		t.Errorf("%v", got)
	}
}

func TestLibrary_TypesDoNotContainThemselves(t *testing.T) {
	a := address(t, "1.0.0", schema.Field{Name: "B", Type: schema.Object, Ref: "Other"})
	b := schema.DataType{Name: "Other", Version: version(t, "1.0.0"), Title: mconnect.Text{RO: "x"}, Fields: []schema.Field{
		{Name: "List", Type: schema.Array, Items: &schema.Field{Type: schema.Object, Ref: "Address"}},
	}}
	l := schema.NewLibrary().With(a, b)
	for _, d := range []schema.DataType{a, b} {
		if got := places(l.Check(d)); len(got) != 1 || !strings.HasSuffix(got[0], " type.cycle") {
			t.Errorf("%s: %v", d.ID(), got)
		}
	}
	if _, err := catalog.PrepareWith(l, shared()); err == nil {
		t.Error("a service of types that hold themselves was accepted")
	}
}

// TestLibrary_TypesAreBounded: ten types, each with ten fields of the next, would be ten thousand million fields.
func TestLibrary_TypesAreBounded(t *testing.T) {
	l := schema.NewLibrary()
	for i := range 10 {
		d := schema.DataType{Name: fmt.Sprintf("T%d", i), Version: version(t, "1.0.0"), Title: mconnect.Text{RO: "x"}}
		for j := range 10 {
			f := schema.Field{Name: fmt.Sprintf("F%d", j), Type: schema.Object, Ref: fmt.Sprintf("T%d", i+1)}
			if i == 9 {
				f = schema.Field{Name: f.Name, Type: schema.String}
			}
			d.Fields = append(d.Fields, f)
		}
		l = l.With(d)
	}
	s := service("1.0.0", catalog.Published)
	s.Response.Fields = []schema.Field{{Name: "All", Type: schema.Object, Ref: "T0"}}
	if _, err := catalog.PrepareWith(l, s); err == nil {
		t.Error("a type of ten thousand million fields is taken")
	}
}

func TestLibrary_VocabularyIsValidated(t *testing.T) {
	good := codes(t, "1.0.0", "F", "M")
	for what, c := range map[string]struct {
		spoil func(*schema.Classifier)
		want  []string
	}{
		"good":            {func(*schema.Classifier) {}, nil},
		"a code of one":   {func(c *schema.Classifier) { c.Code = "s" }, []string{"/code input.pattern"}},
		"no version":      {func(c *schema.Classifier) { c.Version = mconnect.Version{} }, []string{"/version input.range"}},
		"nothing in it":   {func(c *schema.Classifier) { c.Entries = nil }, []string{"/entries input.missing"}},
		"a code twice":    {func(c *schema.Classifier) { c.Entries[1].Code = "F" }, []string{"/entries/1/code resource.duplicate"}},
		"a code of space": {func(c *schema.Classifier) { c.Entries[0].Code = " F" }, []string{"/entries/0/code input.format"}},
		"no label":        {func(c *schema.Classifier) { c.Entries[0].Label = mconnect.Text{} }, []string{"/entries/0/label/ro input.missing"}},
		"no such parent":  {func(c *schema.Classifier) { c.Entries[0].Parent = "X" }, []string{"/entries/0/parent resource.unknown"}},
		"a circle": {func(c *schema.Classifier) { c.Entries[0].Parent, c.Entries[1].Parent = "M", "F" },
			[]string{"/entries/0/parent resource.unknown", "/entries/1/parent resource.unknown"}},
		"an end before the beginning": {func(c *schema.Classifier) {
			c.Entries[0].Validity = mconnect.Period{From: time.Unix(10, 0), To: time.Unix(5, 0)}
		}, []string{"/entries/0/validity input.range"}},
		"too many": {func(c *schema.Classifier) { c.Entries = codes(t, "1", make([]string, 20_001)...).Entries }, nil},
	} {
		one := good
		one.Entries = slices.Clone(good.Entries)
		c.spoil(&one)
		got := places(one.Validate())
		if what == "too many" {
			if len(got) == 0 || got[0] != "/entries input.length" || len(got) > 2*fault.MaxFields {
				t.Errorf("%s: %v", what, got)
			}
			continue
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", what, got)
		}
	}
	if got := places(schema.Category{Code: "A", Parent: "B"}.Validate()); !slices.Equal(got, []string{"/code input.pattern", "/title/ro input.missing", "/parent input.pattern"}) {
		t.Errorf("category: %v", got)
	}
	if got := places(schema.DataType{Name: "address"}.Validate()); !slices.Equal(got, []string{"/name input.format", "/version input.range", "/title/ro input.missing", "/fields input.missing"}) {
		t.Errorf("type: %v", got)
	}
}

// TestLibrary_OrderOfReadingDoesNotMatter: a service read before its type waits, acts when the type comes, and waits
// again when it goes.
func TestLibrary_OrderOfReadingDoesNotMatter(t *testing.T) {
	c := catalog.New()
	c.Take(shared())
	if _, err := c.Resolve("GetPerson", mconnect.Version{}); err == nil || len(c.Waiting()) != 1 {
		t.Fatalf("acts without its types: %v", err)
	}
	c.Share(address(t, "1.0.0", street))
	c.Share(codes(t, "1.0.0", "F"))
	r, err := c.Resolve("GetPerson", mconnect.Version{})
	if err != nil || len(c.Waiting()) != 0 || !r.ResponseSchema.Has("Home.Street") {
		t.Fatalf("waits in vain: %v", err)
	}
	c.Share(address(t, "1.1.0", street, schema.Field{Name: "House", Type: schema.String}))
	if r, _ = c.Resolve("GetPerson", mconnect.Version{}); !r.ResponseSchema.Has("Home.House") || r.ResponseSchema.Has("Homes.House") {
		t.Error("the newer type is not followed, or a version stated is not kept to")
	}
	c.Share(schema.Category{Code: "populatie", Title: mconnect.Text{RO: "x"}})
	if same, _ := c.Resolve("GetPerson", mconnect.Version{}); same != r {
		t.Error("compiled anew for nothing")
	}
	c.Unshare(schema.KindDataType, "Address/1.1.0")
	if r, _ = c.Resolve("GetPerson", mconnect.Version{}); r.ResponseSchema.Has("Home.House") {
		t.Error("a type that is gone acts")
	}
	c.Unshare(schema.KindClassifier, "sex/1.0.0")
	if _, err := c.Resolve("GetPerson", mconnect.Version{}); err == nil || len(c.Waiting()) != 1 {
		t.Error("acts without its classifier")
	}
	c.Remove("GetPerson", version(t, "1.0.0"))
	c.Unshare("Category", "populatie")
	if len(c.Waiting()) != 0 || len(c.Library().Categories()) != 0 {
		t.Error("what was removed is still there")
	}
}

func TestCategories_AreATree(t *testing.T) {
	l := schema.NewLibrary().With(schema.Category{Code: "aa"}, schema.Category{Code: "bb", Parent: "aa"}, schema.Category{Code: "cc", Parent: "bb"})
	if !l.Under("cc", "aa") || l.Under("aa", "cc") || l.Circular("cc") {
		t.Error("the tree is not read as one")
	}
	l = l.With(schema.Category{Code: "aa", Parent: "cc"})
	if !l.Circular("aa") || !l.Circular("cc") || l.Under("aa", "zz") {
		t.Error("a circle is not seen")
	}
}

const exampleYAML = `
title: { ro: "Un exemplu" }
request: { IDNP: "2000000000004" }
answer: { LastName: Rusu, Children: [ { Name: Ana } ] }
`

func TestExamples_FitTheTypes(t *testing.T) {
	for change, want := range map[string][]string{
		"":                                {},
		`"2000000000004"|"2000000000005"`: {"/examples/0/request/IDNP input.checkDigit"},
		"IDNP:|Idnp:":                     {"/examples/0/request/Idnp input.unknownField", "/examples/0/request/IDNP input.missing"},
		"LastName: Rusu|LastName: 1":      {"/examples/0/answer/LastName input.type"},
		"LastName:|Surname:":              {"/examples/0/answer input.unknownField"},
		"answer: |other: ":                nil,
		"{ LastName: Rusu, Children: [ { Name: Ana } ] }|":  {"/examples/0/answer input.missing"},
		"{ LastName: Rusu, Children: [ { Name: Ana } ] }|7": {"/examples/0/answer input.type"},
	} {
		from, to, _ := strings.Cut(change, "|")
		var e catalog.Example
		d := yaml.NewDecoder(strings.NewReader(strings.Replace(exampleYAML, from, to, 1)))
		d.KnownFields(true)
		err := d.Decode(&e)
		if want == nil {
			if err == nil {
				t.Errorf("%q: a field that does not exist was read", change)
			}
			continue
		}
		must.OK(t, err)
		s := service("1.0.0", catalog.Published)
		s.Examples = []catalog.Example{e}
		_, err = catalog.Prepare(s)
		var got []string
		if err != nil {
			got = places(fault.From(err).Fields)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", change, got, want)
		}
	}
}

// TestExamples_DatesAreText: YAML reads an unquoted day as a point in time, the service does not.
func TestExamples_DatesAreText(t *testing.T) {
	s := service("1.0.0", catalog.Published)
	s.Response.Fields = []schema.Field{{Name: "Born", Type: schema.Date}, {Name: "Seen", Type: schema.Array, Items: &schema.Field{Type: schema.DateTime}}}
	var e catalog.Example
	if err := yaml.Unmarshal([]byte("request: { IDNP: \"2000000000004\" }\nanswer: { Born: 1984-05-06, Seen: [2026-01-02T03:04:05Z] }"), &e); err != nil {
		t.Fatal(err)
	}
	s.Examples = []catalog.Example{e}
	if _, err := catalog.Prepare(s); err != nil {
		t.Error(err)
	}
	s.Response, s.Opaque = schema.Type{}, &catalog.Opaque{MediaTypes: []string{"application/pdf"}}
	if _, err := catalog.Prepare(s); err == nil || places(fault.From(err).Fields)[0] != "/examples/0/answer input.unknownField" {
		t.Errorf("an answer beside a document: %v", err)
	}
}

func TestValidate_About(t *testing.T) {
	spoiled{
		"all of it": {func(s *catalog.Service) {
			s.Owner, s.Contact = "asp", catalog.ContactPoint{Name: mconnect.Text{RO: "Oficiul"}, Email: "date@asp.invalid", Phone: "+373 22 000 000", URL: "https://asp.invalid"}
			s.Quality = catalog.Quality{Accuracy: mconnect.Text{RO: "exactă"}, Frequency: "daily", Source: mconnect.Text{RO: "registrul"}}
			s.PersonalData, s.LegalBasis = []string{"identifier", "health"}, []catalog.Act{{Act: "Legea nr. 1", Article: "art. 2", URL: "https://legis.invalid/1"}}
			s.Changelog = []catalog.Remark{{On: time.Unix(0, 0), Text: mconnect.Text{RO: "x"}}}
		}, nil},
		"an owner":      {func(s *catalog.Service) { s.Owner = "A B" }, []string{"/owner input.format"}},
		"an address":    {func(s *catalog.Service) { s.Contact.Email = "asp" }, []string{"/contact/email input.format"}},
		"a link":        {func(s *catalog.Service) { s.Contact.URL = "javascript:x" }, []string{"/contact/url input.format"}},
		"a frequency":   {func(s *catalog.Service) { s.Quality.Frequency = "often" }, []string{"/quality/frequency input.enum"}},
		"English alone": {func(s *catalog.Service) { s.Quality.Updates.EN = "x" }, []string{"/quality/updates/ro input.missing"}},
		"a category":    {func(s *catalog.Service) { s.PersonalData = []string{"secrets"} }, []string{"/personal_data/0 input.enum"}},
		"an act":        {func(s *catalog.Service) { s.LegalBasis = []catalog.Act{{}} }, []string{"/legal_basis/0/act input.missing"}},
		"a remark": {func(s *catalog.Service) { s.Changelog = []catalog.Remark{{}} },
			[]string{"/changelog/0/on input.missing", "/changelog/0/text/ro input.missing"}},
		"too much": {func(s *catalog.Service) {
			s.Changelog = slices.Repeat([]catalog.Remark{{On: time.Unix(0, 0), Text: mconnect.Text{RO: "x"}}}, 201)
		},
			[]string{"/changelog input.length"}},
	}.run(t)
	if s := service("1.0.0", catalog.Published); s.OwnerID() != "asp" {
		t.Errorf("owned by %q", s.OwnerID())
	}
}

// BenchmarkListedValue: a code of a long classifier is found as fast as a value of a short enum.
func BenchmarkListedValue(b *testing.B) {
	long := make([]string, 20_000)
	for i := range long {
		long[i] = fmt.Sprintf("K%d", i)
	}
	l := schema.NewLibrary().With(codes(b, "1.0.0", long...))
	for name, f := range map[string]schema.Field{
		"enum":       {Name: "A", Type: schema.String, Enum: []string{"K777", "K19999"}},
		"classifier": {Name: "A", Type: schema.String, Classifier: "sex"},
	} {
		fields, _, _ := l.Resolve([]schema.Field{f})
		s := must.Get(schema.CompileType(schema.Type{Name: "T", Fields: fields}))(b)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				must.Get(s.Read([]byte(`{"A":"K19999"}`)))(b)
			}
		})
	}
}

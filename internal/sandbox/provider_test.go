package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/importer"
	"mconnect/internal/domain/schema"
	"mconnect/internal/exchange"
	"mconnect/internal/manifest"
	"mconnect/internal/sandbox"
	"mconnect/test/must"
)

func TestProvider_SamePersonInEveryService(t *testing.T) {
	one := answer(t, prepared(t, about("GetOne", text("LastName"), text("FirstName"), schema.Field{Name: "BirthDate", Type: schema.Date}, text("Sex"), text("Street"))), ask)
	two := answer(t, prepared(t, about("GetTwo",
		schema.Field{Name: "Titular", Type: schema.Object, Fields: []schema.Field{text("Nume_de_familie"), text("prenume"), {Name: "data_nasterii", Type: schema.Date}, text("gen")}},
		text("strada"))), ask)
	inner := two["Titular"].(map[string]any)
	for _, pair := range [][2]any{
		{one["LastName"], inner["Nume_de_familie"]}, {one["FirstName"], inner["prenume"]}, {one["BirthDate"], inner["data_nasterii"]}, {one["Sex"], inner["gen"]}, {one["Street"], two["strada"]},
	} {
		if pair[0] == nil || pair[0] != pair[1] {
			t.Errorf("%v and %v", pair[0], pair[1])
		}
	}
	if again := answer(t, prepared(t, about("GetOne", text("LastName"))), ask); again["LastName"] != one["LastName"] || one["LastName"] != "Sintetic-0639" {
		t.Errorf("%v", again)
	}
}

func TestPeople_FamiliesAreConsistent(t *testing.T) {
	person := []schema.Field{{Name: "IDNP", Type: schema.IDNP}, text("LastName"), {Name: "BirthDate", Type: schema.Date}, text("Locality")}
	parent := prepared(t, about("GetFamily", append(person, schema.Field{Name: "Children", Type: schema.Array, MinLength: 2, Items: &schema.Field{Name: "Child", Type: schema.Object, Fields: person}})...))
	alone := prepared(t, about("GetPerson", person...))
	whole := answer(t, parent, ask)
	if whole["IDNP"] != ana {
		t.Errorf("%v", whole["IDNP"])
	}
	children := whole["Children"].([]any)
	if len(children) < 2 {
		t.Fatalf("%v", children)
	}
	for _, c := range children {
		child := c.(map[string]any)
		if child["LastName"] != whole["LastName"] || child["Locality"] != whole["Locality"] || child["BirthDate"].(string) <= whole["BirthDate"].(string) {
			t.Errorf("child %v of %v", child, whole)
		}
		asked := answer(t, alone, `{"IDNP":"`+child["IDNP"].(string)+`"}`)
		for name, v := range child {
			if asked[name] != v {
				t.Errorf("asked alone, %s is %v and not %v", name, asked[name], v)
			}
		}
	}
}

func TestPeople_NumbersAreSyntheticAndValid(t *testing.T) {
	r := prepared(t, about("GetMany", schema.Field{Name: "Rows", Type: schema.Array, MinLength: 20, MaxLength: 20, Items: &schema.Field{Type: schema.Object, Fields: []schema.Field{
		{Name: "Owner", Type: schema.IDNP}, {Name: "Firm", Type: schema.IDNO}, {Name: "Car", Type: schema.IDNV},
	}}}))
	seen := map[string]bool{}
	for _, row := range answer(t, r, ask)["Rows"].([]any) {
		for name, begins := range map[string]string{"Owner": "2999", "Firm": "1999", "Car": "3999"} {
			v := row.(map[string]any)[name].(string)
			if !strings.HasPrefix(v, begins) {
				t.Errorf("%s %s", name, v)
			}
			seen[v] = true
		}
	}
	if len(seen) < 50 {
		t.Errorf("%d different numbers of 60", len(seen))
	}
	for base, n := range sandbox.Unknown() {
		parse := map[string]func(string) error{
			"idnp": func(s string) error { _, err := mconnect.ParseIDNP(s); return err },
			"idno": func(s string) error { _, err := mconnect.ParseIDNO(s); return err },
			"idnv": func(s string) error { _, err := mconnect.ParseIDNV(s); return err },
		}[base]
		if err := parse(n); err != nil || !strings.HasPrefix(n, sandbox.Ranges()[base]) {
			t.Errorf("%s %s: %v", base, n, err)
		}
	}
}

func TestProvider_RealNumbersAreNotFound(t *testing.T) {
	r := prepared(t, about("GetPerson", text("LastName")))
	for _, n := range []string{sandbox.Unknown()["idnp"], "2000000000004"} {
		_, err := deliver(t, r, `{"IDNP":"`+n+`"}`)
		if f := fault.From(err); f.Code != fault.ProviderNoRecord || f.Leg != fault.Provider {
			t.Errorf("%s: %v", n, err)
		}
	}
	firm := catalog.Service{
		Name: "GetFirm", Subject: "IDNO", Request: schema.Type{Name: "Q", Fields: []schema.Field{{Name: "IDNO", Type: schema.IDNO, Mandatory: true}}},
		Response: schema.Type{Name: "Firm", Fields: []schema.Field{text("Name"), text("LegalForm"), {Name: "Administrator", Type: schema.Object, Fields: []schema.Field{{Name: "IDNP", Type: schema.IDNP}, text("LastName")}}}},
	}
	found := answer(t, prepared(t, firm), `{"IDNO":"1999900000014"}`)
	admin := found["Administrator"].(map[string]any)
	if !strings.HasPrefix(found["Name"].(string), "Exemplu-") || !strings.HasSuffix(found["Name"].(string), found["LegalForm"].(string)) || !strings.HasPrefix(admin["LastName"].(string), "Sintetic-"+admin["IDNP"].(string)[8:12]) {
		t.Errorf("%v", found)
	}
	_, err := deliver(t, prepared(t, firm), `{"IDNO":"`+sandbox.Unknown()["idno"]+`"}`)
	if fault.From(err).Code != fault.ProviderNoRecord {
		t.Errorf("%v", err)
	}
}

func TestProvider_AnswersAboutThePersonAskedFor(t *testing.T) {
	person := []schema.Field{{Name: "IDNP", Type: schema.IDNP}, text("LastName")}
	a := answer(t, prepared(t, about("GetEstate",
		schema.Field{Name: "Owners", Type: schema.Array, MinLength: 2, Items: &schema.Field{Name: "Owner", Type: schema.Object, Fields: person}},
		schema.Field{Name: "Notary", Type: schema.Object, Fields: person},
		schema.Field{Name: "YearBuilt", Type: schema.Integer, Minimum: "1900", Maximum: "2100"}, schema.Field{Name: "Year", Type: schema.String, Pattern: `-?\d{4}`},
	)), ask)
	owners := a["Owners"].([]any)
	first, second := owners[0].(map[string]any), owners[1].(map[string]any)
	if first["IDNP"] != ana || first["LastName"] != "Sintetic-0639" || second["IDNP"] == ana || a["Notary"].(map[string]any)["IDNP"] == ana {
		t.Errorf("%v", a)
	}
	if year := a["YearBuilt"].(float64); year < 1998 || year > 2025 || len(a["Year"].(string)) != 4 {
		t.Errorf("%v %v", a["YearBuilt"], a["Year"])
	}
}

func TestProvider_Vehicles(t *testing.T) {
	car := catalog.Service{
		Name: "GetVehicle", Subject: "IDNV", Request: schema.Type{Name: "Q", Fields: []schema.Field{{Name: "IDNV", Type: schema.IDNV, Mandatory: true}}},
		Response: schema.Type{Name: "Vehicle", Fields: []schema.Field{{Name: "IDNV", Type: schema.IDNV}, text("Make"), text("Model"), text("PlateNumber")}},
	}
	a := answer(t, prepared(t, car), `{"IDNV":"3999000010193"}`)
	if a["IDNV"] != "3999000010193" || a["Make"] != "Sintetica" || a["PlateNumber"] != "EXM 019" {
		t.Errorf("%v", a)
	}
}

func TestExamples_OfFieldsForTheirKey(t *testing.T) {
	s := about("GetPerson", schema.Field{Name: "LastName", Type: schema.String, Example: "Model"}, schema.Field{Name: "Area", Type: schema.Decimal, Example: "12.5"}, schema.Field{Name: "Count", Type: schema.Integer, Example: 7})
	s.Request.Fields[0].Example = ana
	r := prepared(t, s)
	if a := answer(t, r, ask); a["LastName"] != "Model" || a["Area"] != "12.5" || a["Count"] != 7.0 {
		t.Errorf("%v", a)
	}
	if a := answer(t, r, `{"IDNP":"2999000000014"}`); a["LastName"] == "Model" {
		t.Errorf("%v", a)
	}
}

func TestExamples_WholeExampleIsUsedUnchanged(t *testing.T) {
	s := about("GetPerson", text("LastName"), schema.Field{Name: "Sum", Type: schema.Decimal})
	s.Examples = []catalog.Example{{Request: map[string]any{"IDNP": ana}, Answer: map[string]any{"LastName": "Model", "Sum": "1.50"}}}
	r := prepared(t, s)
	if a := answer(t, r, ask); a["LastName"] != "Model" || a["Sum"] != "1.50" {
		t.Errorf("%v", a)
	}
	if a := answer(t, r, `{"IDNP":"2999000000014"}`); a["LastName"] != "Sintetic-0001" {
		t.Errorf("%v", a)
	}
}

// TestExamples_AreSharedByServices: a person of an example is the same in services that have none.
func TestExamples_AreSharedByServices(t *testing.T) {
	var people sandbox.People
	services := sampleServices(t)
	people.Learn(services)
	r := prepared(t, about("GetOther", text("LastName"), text("FirstName"), schema.Field{Name: "BirthDate", Type: schema.Date}, text("Phone"),
		schema.Field{Name: "Address", Type: schema.Object, Fields: []schema.Field{text("Locality")}}))
	said := map[string]any{}
	for name, provider := range map[string]sandbox.Provider{"known": {People: &people}, "unknown": {}} {
		reply := must.Get(provider.Deliver(t.Context(), exchange.Delivery{Service: r, Input: []byte(ask)}))(t)
		var a map[string]any
		must.OK(t, json.Unmarshal(reply.Body, &a))
		said[name] = a
	}
	known, unknown := said["known"].(map[string]any), said["unknown"].(map[string]any)
	if known["LastName"] != "Sintetic-001" || known["FirstName"] != "Exemplu-Nicolae" || known["BirthDate"] != "1946-08-27" {
		t.Errorf("%v", known)
	}
	if unknown["LastName"] != "Sintetic-0639" || known["Phone"] != unknown["Phone"] {
		t.Errorf("%v, %v", known, unknown)
	}
	people.Learn(nil)
	reply, err := sandbox.Provider{People: &people}.Deliver(t.Context(), exchange.Delivery{Service: r, Input: []byte(ask)})
	if err != nil || !strings.Contains(string(reply.Body), "Sintetic-0639") {
		t.Errorf("what was forgotten is said: %s %v", reply.Body, err)
	}
}

func TestProvider_AnswerRepeatsTheQuestion(t *testing.T) {
	s := catalog.Service{
		Name: "GetParcel", Request: schema.Type{Name: "Q", Fields: []schema.Field{text("Number"), {Name: "Year", Type: schema.Integer}, {Name: "Full", Type: schema.Boolean}}},
		Response: schema.Type{Name: "Parcel", Fields: []schema.Field{text("Number"), {Name: "Year", Type: schema.Integer}, {Name: "Full", Type: schema.Boolean}, {Name: "Inner", Type: schema.Object, Fields: []schema.Field{text("Number")}}}},
	}
	a := answer(t, prepared(t, s), `{"Number":"0100101.001","Year":1999,"Full":true}`)
	if a["Number"] != "0100101.001" || a["Year"] != 1999.0 || a["Full"] != true || a["Inner"].(map[string]any)["Number"] == "0100101.001" {
		t.Errorf("%v", a)
	}
}

func TestProvider_Documents(t *testing.T) {
	for media, begins := range map[string]string{"application/pdf": "%PDF-1.4", "text/plain": "MConnect sandbox", "application/xml": "<sandbox/>", "application/json": `{"sandbox":true}`} {
		s := about("GetPaper")
		s.Response, s.Opaque = schema.Type{}, &catalog.Opaque{MediaTypes: []string{media}}
		reply, err := deliver(t, prepared(t, s), ask)
		if err != nil || reply.MediaType != media || reply.Stream == nil {
			t.Fatalf("%s: %+v %v", media, reply, err)
		}
		body, err := io.ReadAll(reply.Stream)
		if err != nil || !strings.HasPrefix(string(body), begins) || int64(len(body)) != reply.Length {
			t.Errorf("%s: %d of %d, %.40s %v", media, len(body), reply.Length, body, err)
		}
		if media == "application/pdf" && !regexp.MustCompile(`startxref\n\d+\n%%EOF\n\z`).Match(body) {
			t.Errorf("%s", body)
		}
	}
}

// TestProvider_EveryKnownServiceAnswersLawfully: those of the sample country, and forty imported ones.
func TestProvider_EveryKnownServiceAnswersLawfully(t *testing.T) {
	imported, err := importer.Read(importer.Source{Folder: os.DirFS("../domain/importer/testdata/register"), Name: "register.wsdl"}, importer.Options{})
	must.OK(t, err)
	for _, d := range imported.Drafts {
		s := d.Service
		s.Endpoint = catalog.Endpoint{}
		r := prepared(t, s)
		if d.Subject == "IDNP" {
			a := answer(t, r, requestOf(d.Request))
			if len(a) == 0 {
				t.Errorf("%s answers nothing", d.Name)
			}
		}
	}
	services := sampleServices(t)
	for _, r := range services {
		a := answer(t, r, askOf(r, "2999000000014"))
		if len(a) < 1 {
			t.Errorf("%s answers %v", r.Name, a)
		}
	}
	if len(services) < 6 {
		t.Errorf("%d services", len(services))
	}
}

// sampleServices are those of the sample country, in order of name, with what they share.
func sampleServices(t *testing.T) (all []*catalog.Ready) {
	t.Helper()
	vars := map[string]string{}
	must.OK(t, fs.WalkDir(os.DirFS("../../demo/country"), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile("../../demo/country/" + name)
		for _, m := range regexp.MustCompile(`\$\{([A-Z_]+)\}`).FindAllSubmatch(text, -1) {
			vars[string(m[1])] = "https://127.0.0.1:1"
		}
		return err
	}))
	set := must.Get(manifest.Load(os.DirFS("../../demo/country"), vars))(t)
	library := schema.NewLibrary()
	for _, item := range set {
		switch item.Kind {
		case manifest.Category:
			library = library.With(read[schema.Category](t, item.Doc))
		case manifest.Classifier:
			library = library.With(read[schema.Classifier](t, item.Doc))
		case manifest.DataType:
			library = library.With(read[schema.DataType](t, item.Doc))
		case manifest.Service:
			r := must.Get(catalog.PrepareWith(library, read[catalog.Service](t, item.Doc)))(t)
			all = append(all, r)
		}
	}
	return all
}

// askOf asks by the first field of the request; idnp where that is one.
func askOf(r *catalog.Ready, idnp string) string {
	key := r.Request.Fields[0]
	number := map[schema.Base]string{schema.IDNP: idnp, schema.IDNO: "1999900000014", schema.IDNV: "3999000010193"}[key.Type]
	return fmt.Sprintf("{%q:%q}", key.Name, number)
}

func read[T any](t *testing.T, doc []byte) (v T) {
	t.Helper()
	must.OK(t, json.Unmarshal(doc, &v))
	return v
}

// requestOf fills a request's mandatory fields.
func requestOf(ty schema.Type) string {
	var parts []string
	for _, f := range ty.Fields {
		switch {
		case f.Type == schema.IDNP:
			parts = append(parts, fmt.Sprintf("%q:%q", f.Name, ana))
		case f.Mandatory:
			parts = append(parts, fmt.Sprintf("%q:%q", f.Name, "cheie"))
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// TestProvider_AnyTypeAnswersLawfully draws types and holds what is made up for them to the catalogue's own judgement.
func TestProvider_AnyTypeAnswersLawfully(t *testing.T) {
	patterns := []string{"", `[A-Z]{3}`, `\d{4}-\d{2}`, `(alb|negru)+`, `\+373\d{8}|none`, `[^a-z]{2,5}`, `\p{L}{2}`, `x?y*z`}
	var field func(rt *rapid.T, depth int, name string) schema.Field
	field = func(rt *rapid.T, depth int, name string) schema.Field {
		bases := []schema.Base{schema.String, schema.Integer, schema.Decimal, schema.Boolean, schema.Date, schema.DateTime, schema.Binary, schema.IDNP, schema.IDNO, schema.IDNV, schema.Object, schema.Array}
		if depth == 0 {
			bases = bases[:10]
		}
		f := schema.Field{Name: name, Type: rapid.SampledFrom(bases).Draw(rt, "base"), Mandatory: rapid.Bool().Draw(rt, "mandatory"), Nullable: rapid.Bool().Draw(rt, "nullable")}
		switch f.Type {
		case schema.String:
			if f.Pattern = rapid.SampledFrom(patterns).Draw(rt, "pattern"); f.Pattern == "" {
				f.MinLength = rapid.IntRange(0, 12).Draw(rt, "least")
				f.MaxLength = f.MinLength + rapid.IntRange(1, 20).Draw(rt, "more")
			}
		case schema.Integer, schema.Decimal:
			low := rapid.IntRange(-1000, 1000).Draw(rt, "low")
			if rapid.Bool().Draw(rt, "bounded") {
				f.Minimum, f.Maximum = fmt.Sprint(low), fmt.Sprint(low+rapid.IntRange(0, 50).Draw(rt, "span"))
			}
		case schema.Object:
			for i := range rapid.IntRange(1, 3).Draw(rt, "fields") {
				f.Fields = append(f.Fields, field(rt, depth-1, fmt.Sprintf("F%d", i)))
			}
		case schema.Array:
			item := field(rt, depth-1, "")
			item.Mandatory = false
			f.Items = &item
			f.MinLength = rapid.IntRange(0, 3).Draw(rt, "items")
		}
		return f
	}
	rapid.Check(t, func(rt *rapid.T) {
		var fields []schema.Field
		for i := range rapid.IntRange(1, 5).Draw(rt, "count") {
			name := rapid.SampledFrom([]string{"LastName", "BirthDate", "Sex", "Street", "X"}).Draw(rt, "name") + fmt.Sprint(i)
			fields = append(fields, field(rt, 2, name))
		}
		answer(t, prepared(t, about("GetAny", fields...)), ask)
	})
}

package importer_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/wsdl"
	"mconnect/internal/domain/importer"
	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/test/must"
)

const register = "testdata/register"

// read imports one text as a file of its own.
func read(t *testing.T, name, text string, opt importer.Options) (importer.Result, error) {
	t.Helper()
	return importer.Read(importer.Source{Folder: fstest.MapFS{name: {Data: []byte(text)}}, Name: name}, opt)
}

func one(t *testing.T, name, text string, opt importer.Options) importer.Draft {
	t.Helper()
	r, err := read(t, name, text, opt)
	if err != nil {
		t.Fatalf("%v; left %+v", err, r.Left)
	}
	if len(r.Drafts) != 1 {
		t.Fatalf("%d drafts, left %+v", len(r.Drafts), r.Left)
	}
	return r.Drafts[0]
}

func wantCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if got := fault.From(err); err == nil || got.Code != want {
		t.Errorf("got %v; want %s", err, want)
	}
}

func noted(d importer.Draft, kind importer.Kind, field, part string) bool {
	for _, n := range d.Notes {
		if n.Kind == kind && n.Field == field && strings.Contains(n.Text, part) {
			return true
		}
	}
	return false
}

// field shows what of a field matters here.
func field(t *testing.T, ty schema.Type, path string) schema.Field {
	t.Helper()
	f := ty.Lookup(path)
	if f == nil {
		t.Fatalf("%s has no field %s", ty.Name, path)
	}
	return *f
}

func transport(t testing.TB) importer.Result {
	t.Helper()
	r, err := importer.Read(importer.Source{Folder: os.DirFS(register), Name: "register.wsdl"}, importer.Options{Provider: "ant.transport"})
	must.OK(t, err)
	return r
}

// TestWSDL_FortyOperations logs how long an import of forty operations takes.
func TestWSDL_FortyOperations(t *testing.T) {
	begun := time.Now()
	r := transport(t)
	took := time.Since(begun)
	if len(r.Drafts) != 40 || len(r.Left) != 0 {
		t.Fatalf("%d drafts, left %+v", len(r.Drafts), r.Left)
	}
	t.Logf("40 operations in %s", took)
	for _, d := range r.Drafts {
		if d.Status != catalog.Draft || d.Provider != "ant.transport" || d.Endpoint.SOAP == nil || d.Endpoint.SOAP.URL != "https://transport.example.md/ws/soap" {
			t.Errorf("%s: %s %s %+v", d.Name, d.Status, d.Provider, d.Endpoint.SOAP)
		}
		if _, err := schema.CompileType(d.Response); err != nil {
			t.Errorf("%s: %v", d.Name, err)
		}
	}
}

func TestWSDL_DocumentationIsCarriedOver(t *testing.T) {
	d := transport(t).Drafts[0]
	if d.Name != "GetVehicle" || d.Title.RO != "Vehicul înmatriculat: datele unei înregistrări" || !d.ReadOnly || d.Subject != "IDNP" {
		t.Errorf("%s %q read-only %v subject %q", d.Name, d.Title.RO, d.ReadOnly, d.Subject)
	}
	if s := d.Endpoint.SOAP; s.URL != "https://transport.example.md/ws/soap" || s.Version != "1.1" || s.Action != "urn:example:transport/GetVehicle" ||
		s.Request.Namespace != "urn:example:transport" || s.Request.Element != "GetVehicle" || s.Response.Element != "GetVehicleResponse" || s.Request.Form != "" {
		t.Errorf("soap %+v", *s)
	}
	names := d.Endpoint.SOAP.Response.Names
	if names["Result.Owner.LastName"] != "{urn:example:common}LastName" || names["Result.Owner.Residence.Locality"] != "{urn:example:common}Locality" ||
		names["Result.Vin"] != "" || names["Result.Restrictions[]"] != "Restriction" || names["Result.Restrictions.Authority.IDNO"] != "{urn:example:common}IDNO" {
		t.Errorf("names %v", names)
	}
	idnp := field(t, d.Request, "IDNP")
	if idnp.Type != schema.IDNP || !idnp.Mandatory || !idnp.Personal || idnp.MaxLength != 0 {
		t.Errorf("IDNP %+v", idnp)
	}
	for path, want := range map[string]schema.Field{
		"Result.Vin":             {Type: schema.String, Mandatory: true, MinLength: 17, MaxLength: 17, Pattern: `[A-HJ-NPR-Z0-9]{17}`},
		"Result.IDNV":            {Type: schema.IDNV},
		"Result.EngineCc":        {Type: schema.Integer, Minimum: "0", Maximum: "65535"},
		"Result.Owner.LastName":  {Type: schema.String, Mandatory: true},
		"Result.Owner.BirthDate": {Type: schema.Date},
		"Result.Owner.Residence": {Type: schema.Object},
	} {
		f := field(t, d.Response, path)
		if f.Type != want.Type || f.Mandatory != want.Mandatory || f.MinLength != want.MinLength || f.MaxLength != want.MaxLength ||
			f.Pattern != want.Pattern || f.Minimum != want.Minimum || f.Maximum != want.Maximum {
			t.Errorf("%s: %+v", path, f)
		}
	}
	if last := field(t, d.Response, "Result.Owner.LastName"); last.Description.RO != "Numele de familie" || last.Description.EN != "Family name" || !last.Personal {
		t.Errorf("LastName %+v", last)
	}
	if colour := field(t, d.Response, "Result.Colour"); strings.Join(colour.Enum, " ") != "alb negru gri altul" {
		t.Errorf("Colour %v", colour.Enum)
	}
	if list := field(t, d.Response, "Result.Restrictions"); list.Type != schema.Array || list.Items.Name != "Restriction" || list.Items.Type != schema.Object {
		t.Errorf("Restrictions %+v", list)
	}
	if status := field(t, d.Response, "Result.status"); !status.Mandatory || strings.Join(d.Endpoint.SOAP.Response.Attributes, " ") != "status" {
		t.Errorf("an attribute: %+v, %v", status, d.Endpoint.SOAP.Response.Attributes)
	}
	if !noted(d, importer.Changed, "response.Result.YearMade", "a year became text") ||
		!noted(d, importer.Decide, "request.IDNP", "typed idnp") {
		t.Errorf("notes %+v", d.Notes)
	}
}

func TestWSDL_EveryShapeOfTheRegister(t *testing.T) {
	byName := map[mconnect.ServiceName]importer.Draft{}
	for _, d := range transport(t).Drafts {
		byName[d.Name] = d
	}
	if f := field(t, byName["FindDrivers"].Response, "Driver"); f.Type != schema.Array || f.Items.Name != "" || f.Mandatory {
		t.Errorf("a repeating element: %+v", f)
	}
	if f := field(t, byName["GetDriver"].Response, "Result.Category"); f.Type != schema.Array || !f.Mandatory || f.Items.Pattern == "" {
		t.Errorf("a mandatory repeating value: %+v", f)
	}
	if f := field(t, byName["GetDriver"].Response, "Result.Points"); f.Minimum != "0" || f.Maximum != "15" {
		t.Errorf("an exclusive bound: %+v", f)
	}
	tax := byName["GetTax"]
	for _, path := range []string{"Result.Payer.NaturalPerson", "Result.Payer.LegalEntity"} {
		if field(t, tax.Response, path).Mandatory {
			t.Errorf("%s of a choice is mandatory", path)
		}
	}
	if f := field(t, tax.Response, "Result.Due"); f.Type != schema.Decimal || f.Minimum != "0" || !noted(tax, importer.Lost, "response.Result.Due", "currency") {
		t.Errorf("simple content: %+v", f)
	}
	if !noted(tax, importer.Lost, "response.Result.Due", "fractionDigits 2") || !noted(tax, importer.Changed, "response.Result.Payer", "a choice") {
		t.Errorf("notes %+v", tax.Notes)
	}
	accident := byName["GetAccident"]
	part := field(t, accident.Response, "Result.Participant")
	if part.MaxLength != 20 || part.Items.Fields[len(part.Items.Fields)-1].Name != "Injured" || part.Items.Fields[0].Name != "IDNP" {
		t.Errorf("an extended type in a bounded list: %+v", part)
	}
	if f := field(t, byName["GetInspection"].Response, "Result.Defect.Text"); !f.Nullable || f.Mandatory {
		t.Errorf("nillable: %+v", f)
	}
	if f := field(t, byName["GetFine"].Response, "Result.FineNumber"); f.Pattern != `[A-Z]{1,3}\d{6,9}|\d{9}` {
		t.Errorf("two patterns: %q", f.Pattern)
	}
	if byName["RegisterVehicle"].ReadOnly || byName["CancelTax"].ReadOnly {
		t.Error("an operation that changes something is marked read-only")
	}
}

// TestRoundTrip_OfARegister: what was imported is one WSDL of a consumer, and imports again to the same types.
func TestRoundTrip_OfARegister(t *testing.T) {
	first := transport(t)
	again, err := read(t, "own.wsdl", string(exported(t, first)), importer.Options{})
	if err != nil || len(again.Drafts) != 40 {
		t.Fatalf("%d drafts, %v, left %+v", len(again.Drafts), err, again.Left)
	}
	byName := map[mconnect.ServiceName]importer.Draft{}
	for _, d := range again.Drafts {
		byName[d.Name] = d
	}
	for _, d := range first.Drafts {
		same(t, string(d.Name)+" request", d.Request.Fields, byName[d.Name].Request.Fields, true)
		same(t, string(d.Name)+" response", d.Response.Fields, byName[d.Name].Response.Fields, false)
		if byName[d.Name].Endpoint.SOAP.Request.Namespace != xmlmap.Namespace {
			t.Errorf("%s: namespace %q", d.Name, byName[d.Name].Endpoint.SOAP.Request.Namespace)
		}
	}
}

// same compares what a schema can say of fields; in an answer every field may be absent.
func same(t *testing.T, at string, a, b []schema.Field, mandatory bool) {
	t.Helper()
	if len(a) != len(b) {
		t.Errorf("%s: %d fields, then %d", at, len(a), len(b))
		return
	}
	for i := range a {
		x, y := a[i], b[i]
		if x.Name != y.Name || x.Type != y.Type || x.Nullable != y.Nullable || x.MaxLength != y.MaxLength || x.Minimum != y.Minimum ||
			x.Maximum != y.Maximum || !slices.Equal(slices.Sorted(slices.Values(x.Enum)), slices.Sorted(slices.Values(y.Enum))) || (mandatory && x.Mandatory != y.Mandatory) {
			t.Errorf("%s.%s: %+v, then %+v", at, x.Name, x, y)
		}
		same(t, at+"."+x.Name, x.Fields, y.Fields, mandatory)
		if x.Items != nil && y.Items != nil {
			same(t, at+"."+x.Name+"[]", []schema.Field{*x.Items}, []schema.Field{*y.Items}, mandatory)
		}
	}
}

func exported(t testing.TB, r importer.Result) []byte {
	t.Helper()
	cfg := wsdl.Config{System: "primaria.exemplu", Address: "https://localhost/soap/primaria.exemplu"}
	for _, d := range r.Drafts {
		cfg.Services = append(cfg.Services, d.Service)
	}
	doc := must.Get(wsdl.Document(cfg))(t)
	return doc
}

func TestImport_OneOperationIsChosen(t *testing.T) {
	r, err := importer.Read(importer.Source{Folder: os.DirFS(register), Name: "register.wsdl"}, importer.Options{Operation: "GetFine"})
	if err != nil || len(r.Drafts) != 1 || r.Drafts[0].Name != "GetFine" || r.Drafts[0].Provider != importer.Placeholder {
		t.Errorf("%+v %v", r, err)
	}
	_, err = importer.Read(importer.Source{Folder: os.DirFS(register), Name: "register.wsdl"}, importer.Options{Operation: "GetNothing"})
	wantCode(t, err, fault.ImportEmpty)
}

func TestAttributes_AreRefusedByPolicy(t *testing.T) {
	r, err := importer.Read(importer.Source{Folder: os.DirFS(register), Name: "register.wsdl"}, importer.Options{Attributes: importer.Refuse})
	must.OK(t, err)
	left := map[string]bool{}
	for _, n := range r.Left {
		left[n.Field] = true
	}
	if !left["GetVehicle"] || !left["GetTax"] || left["GetDriver"] {
		t.Errorf("left %+v", r.Left)
	}
}

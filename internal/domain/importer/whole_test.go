//go:build whole

package importer_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mconnect/test/world"

	"mconnect"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/importer"
	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/internal/exchange"
	"mconnect/internal/sandbox"
	"mconnect/test/must"
)

// soapVersion is that of the npm package that real consumers run.
const soapVersion = "soap@1.13.0"

// loaded is what a client says of a WSDL.
type loaded struct {
	Operations map[string][]string
	Driver     []string
	Asked      map[string]string
}

// load runs a client's script over the WSDL made of the imported drafts.
func load(t *testing.T, command ...string) loaded {
	t.Helper()
	file := filepath.Join(t.TempDir(), "consumer.wsdl")
	must.OK(t, os.WriteFile(file, exported(t, transport(t)), 0o600))
	run := exec.Command(command[0], append(command[1:], file)...)
	run.Stderr = os.Stderr
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var found loaded
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for _, port := range []string{"MConnectSoap11", "MConnectSoap12"} {
		if got := found.Operations[port]; len(got) != 40 || !slices.Contains(got, "GetVehicle") {
			t.Errorf("%s offers %v", port, got)
		}
	}
	if want := []string{"Holder", "LicenceNumber", "Category", "IssuedOn", "ValidTo", "Points"}; !slices.Equal(found.Driver[:min(len(found.Driver), 6)], want) {
		t.Errorf("Driver has %v", found.Driver)
	}
	return found
}

func TestRoundTrip_ZeepAccepts(t *testing.T) {
	found := load(t, "/usr/bin/python3", "testdata/load.py")
	if found.Asked["IDNP"] != "2999000006393" || found.Asked["Page"] != "2" {
		t.Errorf("asked %v", found.Asked)
	}
}

func TestRoundTrip_NodeSoapAccepts(t *testing.T) {
	modules := must.Get(world.Modules(soapVersion))(t)
	t.Setenv("NODE_PATH", modules)
	load(t, "node", "testdata/load.js")
}

// TestRoundTrip_MessagesAreValidForTheProvidersSchema: what the platform would send and expect by the drafts is valid,
// by xmllint, for the schema that they were made of. Some vehicles are not: they have an attribute that no message of
// the catalogue can carry; and some taxes: both alternatives of a choice are optional fields here, and are both filled.
func TestRoundTrip_MessagesAreValidForTheProvidersSchema(t *testing.T) {
	doc := must.Get(filepath.Abs("testdata/register/transport.xsd"))(t)
	dir := t.TempDir()
	valid := 0
	r, err := importer.Read(importer.Source{Folder: os.DirFS(register), Name: "register.wsdl"}, importer.Options{Attributes: importer.Drop})
	must.OK(t, err)
	for _, d := range r.Drafts {
		for side, m := range map[string]struct {
			ty   schema.Type
			wire catalog.SOAPElement
		}{"request": {d.Request, d.Endpoint.SOAP.Request}, "answer": {d.Response, d.Endpoint.SOAP.Response}} {
			form, err := xmlmap.Compile(xmlmap.Config{
				Type: m.ty, Element: m.wire.Element, Namespace: m.wire.Namespace, BareChild: m.wire.Form == "unqualified", Names: m.wire.Names,
			})
			if err != nil {
				t.Errorf("%s %s: %v", d.Name, side, err)
				continue
			}
			text, _, err := form.XML(nil, invented(t, m.ty))
			if err != nil {
				t.Errorf("%s %s: %v", d.Name, side, err)
				continue
			}
			file := filepath.Join(dir, string(d.Name)+"-"+side+".xml")
			must.OK(t, os.WriteFile(file, text, 0o600))
			out, err := exec.Command("xmllint", "--nonet", "--noout", "--schema", doc, file).CombinedOutput()
			// of a choice, the invented message takes all
			both := strings.Contains(string(out), "LegalEntity': This element is not expected")
			switch lacks := strings.Contains(string(out), "The attribute 'status' is required"); {
			case lacks && noted(d, importer.Lost, "response.Result", "status"), lacks && noted(d, importer.Lost, "request.Vehicle", "status"), lacks && noted(d, importer.Lost, "response.Vehicle", "status"):
			case both && (noted(d, importer.Changed, "response.Result.Payer", "a choice") || noted(d, importer.Changed, "request.Tax.Payer", "a choice")):
			case err != nil:
				t.Errorf("%s %s: %v\n%s\n%s", d.Name, side, err, out, text)
			default:
				valid++
			}
		}
	}
	if valid != 75 {
		t.Errorf("%d messages of 80 are valid; 75 can be", valid)
	}
}

// invented is a message of a type, as the sandbox makes answers up.
func invented(t *testing.T, ty schema.Type) []byte {
	t.Helper()
	s := catalog.Service{
		Name: "GetAny", Version: mconnect.Version{Major: 1}, Title: mconnect.Text{RO: "Orice"}, Provider: "asp.rsp", Status: catalog.Published,
		Request:  schema.Type{Name: "Q", Fields: []schema.Field{{Name: "Asked", Type: schema.IDNP}}},
		Endpoint: catalog.Endpoint{REST: &catalog.REST{URL: "https://127.0.0.1:1", Method: "POST"}},
		Response: ty,
	}
	if len(ty.Fields) == 0 {
		return []byte("{}")
	}
	r := must.Get(catalog.Prepare(s))(t)
	reply, err := sandbox.Provider{}.Deliver(t.Context(), exchange.Delivery{Service: r, Input: []byte(`{"Asked":"2999000006393"}`)})
	must.OK(t, err)
	return reply.Body
}

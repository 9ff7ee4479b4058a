package importer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/importer"
	"mconnect/internal/domain/schema"
	"mconnect/internal/manifest"
	"mconnect/test/must"
)

// TestManifest_IsReadBackUnchanged: the YAML means exactly the draft, with its comments for people.
func TestManifest_IsReadBackUnchanged(t *testing.T) {
	_, r := shop(t)
	for _, d := range r.Drafts {
		text := must.Get(d.Manifest("shop.yaml"))(t)
		set, err := manifest.Parse("draft.yaml", text, nil)
		if err != nil || len(set) != 1 || set[0].Kind != manifest.Service {
			t.Fatalf("%s: %v\n%s", d.Name, err, text)
		}
		want := must.Get(json.Marshal(d.Service))(t)
		if !bytes.Equal(set[0].Doc, want) {
			t.Errorf("%s was\n%s\nreads\n%s\nin\n%s", d.Name, want, set[0].Doc, text)
		}
	}
}

// TestManifest_OfAWSDLIsWhole: a draft of a SOAP operation says how its provider is called; the manifest means exactly
// that.
func TestManifest_OfAWSDLIsWhole(t *testing.T) {
	for _, d := range transport(t).Drafts {
		text := must.Get(d.Manifest("register.wsdl"))(t)
		set, err := manifest.Parse("draft.yaml", text, nil)
		if err != nil || len(set) != 1 {
			t.Fatalf("%s: %v\n%s", d.Name, err, text)
		}
		want := must.Get(json.Marshal(d.Service))(t)
		if !bytes.Equal(set[0].Doc, want) {
			t.Errorf("%s was\n%s\nreads\n%s", d.Name, want, set[0].Doc)
		}
		if d.Endpoint.SOAP.Action != "urn:example:transport/"+string(d.Name) {
			t.Errorf("%s: action %q", d.Name, d.Endpoint.SOAP.Action)
		}
	}
}

func TestManifest_SaysWhatAPersonMustDecide(t *testing.T) {
	r := transport(t)
	first := must.Get(r.Drafts[0].Manifest("register.wsdl"))(t)
	again, err := r.Drafts[0].Manifest("register.wsdl")
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("the same draft is written differently: %v", err)
	}
	text := string(first)
	for _, part := range []string{
		"# DRAFT of GetVehicle, made from the operation GetVehicle of register.wsdl.",
		"# A person must decide:", "#   - subject (GetVehicle): whose data is asked for",
		"# Could not be carried over:\n#   - response.Result.Owner (common/persons.xsd:",
		"kind: Service\nname: GetVehicle\n", "status: draft",
		"# DECIDE: typed idnp by its name and length",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("does not say %q", part)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
	for _, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) != line && strings.HasSuffix(line, " ") {
			t.Errorf("a line ends with a space: %q", line)
		}
	}
}

// TestManifest_CommentsCannotBecomeFields: words of a description are one line of a comment, whatever they hold.
func TestManifest_CommentsCannotBecomeFields(t *testing.T) {
	d := one(t, "s.json", `{"type":"object","title":"A\nstatus: published","properties":{"a\nstatus: published":{"type":"string"},"b":{"type":"string","pattern":"(\n status: published"}}}`, importer.Options{})
	text, err := d.Manifest("x\nstatus: published")
	must.OK(t, err)
	_, err = manifest.Parse("draft.yaml", text, nil)
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Fields) != 1 || !strings.HasSuffix(f.Fields[0].Path, "/endpoint") {
		t.Errorf("%v in\n%s", err, text)
	}
	if strings.Contains(string(text), "\nstatus: published") {
		t.Errorf("%s", text)
	}
}

func FuzzXML(f *testing.F) {
	f.Add([]byte(wsdlWith()))
	f.Add([]byte(answer(`<xs:element name="a" type="t:S"/>`, `<xs:simpleType name="S"><xs:restriction base="xs:string"><xs:pattern value="[\w-[a]]"/></xs:restriction></xs:simpleType>`)))
	f.Add([]byte(answer(`<xs:choice maxOccurs="2"><xs:element name="a" type="t:R"/></xs:choice>`, `<xs:complexType name="R"><xs:sequence><xs:element name="a" type="t:R"/></xs:sequence></xs:complexType>`)))
	f.Fuzz(func(t *testing.T, text []byte) { imports(t, text, "") })
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"type":"object","properties":{"IDNP":{"type":"string","maxLength":13},"b":{"$ref":"#"}}}`))
	f.Add([]byte(`{"openapi":"3.0.0","paths":{"/a/{b}":{"get":{"parameters":[{"name":"b","in":"path","schema":{"type":"string"}}],"responses":{"200":{"content":{"application/json":{"schema":{"allOf":[{"properties":{"x":{"type":"integer"}}}]}}}}}}}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		imports(t, text, importer.JSONSchema)
		imports(t, text, importer.OpenAPI)
	})
}

// imports holds an import of anything to its promises: a known code or drafts that compile and can be written.
func imports(t *testing.T, text []byte, form importer.Form) {
	r, err := read(t, "s", string(text), importer.Options{Form: form})
	if err != nil {
		if code := fault.From(err).Code; !strings.HasPrefix(string(code), "import.") {
			t.Fatalf("%v", err)
		}
		return
	}
	for _, d := range r.Drafts {
		must.Get(schema.CompileType(d.Request))(t)
		for _, found := range d.Validate() {
			if !strings.HasPrefix(found.Path, "/endpoint") {
				t.Fatalf("%+v in %s", found, text)
			}
		}
		yaml := must.Get(d.Manifest("s"))(t)
		set, err := manifest.Parse("draft.yaml", yaml, nil)
		if d.Endpoint.REST != nil && err == nil && len(set) != 1 {
			t.Fatalf("%d resources in %s", len(set), yaml)
		}
		if f := (*fault.Error)(nil); err != nil && errors.As(err, &f) && !strings.Contains(f.Fields[0].Path, "/endpoint") {
			t.Fatalf("%+v in\n%s", f.Fields, yaml)
		}
	}
}

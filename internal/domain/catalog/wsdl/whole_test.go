//go:build whole

package wsdl_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/test/world"

	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/wsdl"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/test/must"
)

//go:embed testdata/client.py
var zeepClient string

// soapVersion is that of the npm package that real consumers run.
const soapVersion = "soap@1.13.0"

// platform answers as the platform does: WSDL by GET, one endpoint, dispatch by the Body's child.
type platform struct {
	t       *testing.T
	address string
	forms   map[string][2]*xmlmap.Form
	answers map[string]string
	asked   map[string]string // request as neutral JSON
	context map[string]map[string]string
}

func serve(t *testing.T) *platform {
	p := &platform{
		t: t, forms: map[string][2]*xmlmap.Form{}, asked: map[string]string{}, context: map[string]map[string]string{},
		answers: map[string]string{
			"GetPerson":      `{"IDNP":"2999000006393","LastName":"Sintetică & <Șt>","BirthDate":"1990-02-28","Alive":null}`,
			"GetRealEstates": `{"RealEstate":[{"Number":"1","Area":"54.30","Owners":[{"Name":"unu"}]}]}`,
		},
	}
	for _, s := range []catalog.Service{getPerson(), getRealEstates()} {
		request := must.Get(xmlmap.Compile(xmlmap.Config{Type: s.Request, Element: string(s.Name)}))(t)
		answer := must.Get(xmlmap.Compile(xmlmap.Config{Type: s.Response, Answer: true}))(t)
		p.forms[string(s.Name)] = [2]*xmlmap.Form{request, answer}
	}
	server := httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(server.Close)
	p.address = server.URL + "/soap/primaria.exemplu"
	return p
}

func (p *platform) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		cfg := config()
		cfg.Address = p.address
		doc, err := wsdl.Document(cfg)
		if err != nil {
			p.t.Error(err)
		}
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		_, _ = w.Write(doc)
		return
	}
	body, _ := io.ReadAll(r.Body)
	space, name, element, context := open(p.t, body)
	forms, ok := p.forms[name]
	if !ok {
		p.t.Errorf("unknown operation %s in %s", name, body)
		return
	}
	asked, _, err := forms[0].JSON(nil, element)
	if err != nil {
		p.t.Errorf("%s: %v\n%s", name, err, element)
	}
	p.asked[name], p.context[name] = string(asked), context
	answer, _, err := forms[1].XML(nil, []byte(p.answers[name]))
	if err != nil {
		p.t.Error(err)
	}
	w.Header().Set("Content-Type", map[bool]string{true: "text/xml", false: "application/soap+xml"}[strings.Contains(space, "xmlsoap")]+"; charset=utf-8")
	_, _ = io.WriteString(w, `<soapenv:Envelope xmlns:soapenv="`+space+`"><soapenv:Header/><soapenv:Body>`+string(answer)+`</soapenv:Body></soapenv:Envelope>`)
}

// open finds the Body's child and the header's values. The child is rewritten with the namespaces it stands in, as the
// canonical form of a verified Body is.
func open(t *testing.T, envelope []byte) (space, name string, element []byte, context map[string]string) {
	t.Helper()
	var e struct {
		XMLName xml.Name
		Header  struct {
			Values []struct {
				XMLName xml.Name
				Text    string `xml:",chardata"`
			} `xml:",any"`
		} `xml:"Header"`
	}
	if err := xml.Unmarshal(envelope, &e); err != nil {
		t.Errorf("%v in %s", err, envelope)
	}
	context = map[string]string{}
	for _, v := range e.Header.Values {
		if v.XMLName.Space == xmlmap.Namespace {
			context[v.XMLName.Local] = v.Text
		}
	}
	out, err := canonicalChild(envelope)
	if err != nil {
		t.Errorf("%v in %s", err, envelope)
	}
	name = string(out[1:bytes.IndexAny(out, " >/")])
	if i := strings.IndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	return e.XMLName.Space, name, out, context
}

// canonicalChild writes the Body's child again, each element with its namespace declared.
func canonicalChild(envelope []byte) ([]byte, error) {
	d := xml.NewDecoder(bytes.NewReader(envelope))
	var b strings.Builder
	depth, inside := 0, false
	for {
		token, err := d.Token()
		if err != nil {
			return []byte(b.String()), nil
		}
		switch token := token.(type) {
		case xml.StartElement:
			if inside {
				depth++
				b.WriteString("<" + token.Name.Local + ` xmlns="` + token.Name.Space + `">`)
			}
			inside = inside || token.Name.Local == "Body"
		case xml.EndElement:
			if depth == 0 {
				inside = false
				continue
			}
			depth--
			b.WriteString("</" + token.Name.Local + ">")
		case xml.CharData:
			if depth > 0 {
				_ = xml.EscapeText(&b, token)
			}
		}
	}
}

func (p *platform) run(name string, args ...string) map[string]any {
	p.t.Helper()
	cmd := exec.Command(name, append(args, p.address+"?wsdl")...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		p.t.Fatalf("%s: %v\n%s", name, err, stderr.String())
	}
	if stderr.Len() > 0 {
		p.t.Errorf("%s complains: %s", name, stderr.String())
	}
	var got map[string]any
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil {
		p.t.Fatalf("%v in %s", err, stdout.String())
	}
	return got
}

// check compares what arrived at the platform.
func (p *platform) check() {
	p.t.Helper()
	if p.asked["GetPerson"] != `{"IDNP":"2999000006393"}` || p.asked["GetRealEstates"] != `{"IDNP":"2999000006393","Kinds":["teren","casă"]}` {
		p.t.Errorf("asked: %v", p.asked)
	}
	for _, name := range []string{"GetPerson", "GetRealEstates"} {
		c := p.context[name]
		if c["CallingUser"] != "2999000006393" || c["CallingEntity"] != "1999000000006" || c["CallBasis"] != "Legea nr. 1" || c["CallReason"] != "Dosar nr. 7 ț" {
			p.t.Errorf("%s: context %v", name, c)
		}
	}
}

func TestDocument_Zeep(t *testing.T) {
	p := serve(t)
	script := filepath.Join(t.TempDir(), "client.py")
	must.OK(t, os.WriteFile(script, []byte(zeepClient), 0o600))
	for _, binding := range []string{"MConnectSoap11", "MConnectSoap12"} {
		got := p.run("/usr/bin/python3", script, binding)
		p.check()
		person, _ := json.Marshal(got["person"])
		estates, _ := json.Marshal(got["estates"])
		if string(person) != `{"Alive":null,"BirthDate":"1990-02-28","IDNP":"2999000006393","LastName":"Sintetică \u0026 \u003cȘt\u003e"}` {
			t.Errorf("%s: person %s", binding, person)
		}
		if string(estates) != `[{"Area":"54.30","Number":"1","Owners":{"Owner":[{"Name":"unu"}]}}]` {
			t.Errorf("%s: estates %s", binding, estates)
		}
	}
}

func TestDocument_NodeSoap(t *testing.T) {
	p := serve(t)
	modules := must.Get(world.Modules(soapVersion))(t)
	t.Setenv("NODE_PATH", modules)
	got := p.run("node", "testdata/client.js")
	p.check()
	person, _ := json.Marshal(got["person"])
	estates, _ := json.Marshal(got["estates"])
	// The package leaves nil out and makes numbers of decimals: its own reading, not the wire's.
	if string(person) != `{"BirthDate":"1990-02-28T00:00:00.000Z","IDNP":"2999000006393","LastName":"Sintetică \u0026 \u003cȘt\u003e"}` {
		t.Errorf("person %s", person)
	}
	if string(estates) != `{"RealEstate":[{"Area":54.3,"Number":"1","Owners":{"Owner":[{"Name":"unu"}]}}]}` {
		t.Errorf("estates %s", estates)
	}
}

package soap

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/provider"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
	"mconnect/test/registers"
	"mconnect/test/waits"
)

// signing is an RSA key with its certificate and a signer for it.
type signing struct {
	key    *rsa.PrivateKey
	cert   *x509.Certificate
	signer *xmlsec.Signer
}

func (s signing) print() string {
	sum := sha256.Sum256(s.cert.Raw)
	return hex.EncodeToString(sum[:])
}

func (s signing) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert.Raw}))
}

func newSigning(name string, until time.Time) signing {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(int64(len(name)) + 77), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	signer, err := xmlsec.NewSigner(xmlsec.SignConfig{Key: crypto.Signer(key), Certificate: cert})
	if err != nil {
		panic(err)
	}
	return signing{key, cert, signer}
}

// The keys of these tests, made once a run.
var (
	platformKey = sync.OnceValue(func() signing { return newSigning("platform", time.Now().Add(time.Hour)) })
	registerKey = sync.OnceValue(func() signing { return newSigning("register", time.Now().Add(time.Hour)) })
	strangerKey = sync.OnceValue(func() signing { return newSigning("stranger", time.Now().Add(time.Hour)) })
	lapsedKey   = sync.OnceValue(func() signing { return newSigning("lapsed key", time.Now().Add(-time.Hour)) })
)

// vehicles is the service of these tests: GetVehicle at a provider with names of its own.
func vehicles(url string) catalog.Service {
	return catalog.Service{
		Name: "GetVehicle", Version: mconnect.Version{Major: 1}, ReadOnly: true,
		Request: schema.Type{Name: "GetVehicle", Fields: []schema.Field{
			{Name: "IDNV", Type: schema.IDNV, Mandatory: true}, {Name: "At", Type: schema.Date},
		}},
		Response: schema.Type{Name: "Vehicle", Fields: []schema.Field{
			{Name: "IDNV", Type: schema.IDNV, Mandatory: true}, {Name: "Plate", Type: schema.String, Mandatory: true},
			{Name: "Weight", Type: schema.Decimal}, {Name: "Inspected", Type: schema.Date, Nullable: true}, {Name: "Seen", Type: schema.DateTime},
			{Name: "Owners", Type: schema.Array, Items: &schema.Field{Type: schema.Object, Fields: []schema.Field{{Name: "Name", Type: schema.String}}}},
		}},
		Endpoint: catalog.Endpoint{SOAP: &catalog.SOAP{
			URL: url, Action: "urn:rst/cauta", Zone: "Europe/Chisinau",
			Request: catalog.SOAPElement{Element: "cautaVehicul", Namespace: "urn:rst", Names: map[string]string{"IDNV": "vin", "At": "laData"}},
			Response: catalog.SOAPElement{Element: "vehicul", Namespace: "urn:rst", Inside: []string{"cautaVehiculResponse"},
				Names: map[string]string{"IDNV": "vin", "Plate": "placa", "Weight": "masa", "Inspected": "itp", "Seen": "vazut", "Owners": "proprietar", "Owners[]": "", "Owners.Name": "nume"}},
			NotFound: []catalog.SOAPFault{{Code: "Client", Detail: "notFound"}, {Text: "nu exista"}},
		}},
	}
}

func envelope(body string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="` + xmlsec.NamespaceSOAP11 + `"><S:Body>` + body + `</S:Body></S:Envelope>`
}

const car = `<r:cautaVehiculResponse xmlns:r="urn:rst" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><r:vehicul stare="activ">
 <r:vin>3999000005119</r:vin><r:placa> EXM 001</r:placa><r:masa/><r:itp xsi:nil="true"/><r:vazut>2026-03-01T10:00:00</r:vazut>
 <r:proprietar><r:nume>Ana &amp; Ion</r:nume><r:telefon>1</r:telefon></r:proprietar><r:culoare>alb</r:culoare></r:vehicul></r:cautaVehiculResponse>`

const carJSON = `{"IDNV":"3999000005119","Plate":" EXM 001","Inspected":null,"Seen":"2026-03-01T10:00:00+02:00","Owners":[{"Name":"Ana & Ion"}]}`

const question = `{"IDNV":"3999000005119"}`

func TestSOAP_AsksAndReads(t *testing.T) {
	var got, action, media string
	s := registers.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		got, action, media = string(raw), r.Header.Get("SOAPAction"), r.Header.Get("Content-Type")
		registers.Answer("text/xml; charset=UTF-8", envelope(car))(w, r)
	})
	svc := vehicles(s.URL + "/rst")
	svc.Endpoint.SOAP.Headers = []catalog.SOAPHeader{{Name: "client", Namespace: "urn:g", Value: "a<b"}}
	svc.Endpoint.SOAP.Context = true
	p := newProvider(t, config{})
	if found := p.Check(svc); len(found) > 0 {
		t.Fatal(found)
	}
	pl := registers.Ready(t, svc)
	reply, err := p.Deliver(t.Context(), provider.Request{Service: pl, Call: call, Trace: trace, Input: []byte(question),
		Context: mconnect.LegalContext{User: "2999900000262", Basis: "Legea <1>"}})
	must.OK(t, err)
	if string(reply.Body) != carJSON {
		t.Errorf("answer %s", reply.Body)
	}
	if _, dropped, err := pl.ResponseSchema.Cut(nil, reply.Body, pl.ResponseSchema.Mask([]string{"*"})); err != nil || dropped != 0 {
		t.Errorf("the check-and-cut: %v, %d", err, dropped)
	}
	want := `<soapenv:Envelope xmlns:soapenv="` + xmlsec.NamespaceSOAP11 + `"><soapenv:Header><client xmlns="urn:g">a&lt;b</client>` +
		`<CallingUser xmlns="https://mconnect.gov.md">2999900000262</CallingUser><CallBasis xmlns="https://mconnect.gov.md">Legea &lt;1&gt;</CallBasis>` +
		`<CallId xmlns="https://mconnect.gov.md">` + string(call) + `</CallId></soapenv:Header><soapenv:Body><cautaVehicul xmlns="urn:rst"><vin>3999000005119</vin></cautaVehicul></soapenv:Body></soapenv:Envelope>`
	if got != want || action != `"urn:rst/cauta"` || media != "text/xml; charset=utf-8" {
		t.Errorf("sent %s\naction %s, %s", got, action, media)
	}
}

func TestSOAP_Version12WithWrappersAndMappings(t *testing.T) {
	var got, media string
	s := registers.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		got, media = string(raw), r.Header.Get("Content-Type")
		registers.Answer("application/soap+xml", `<e:Envelope xmlns:e="`+xmlsec.NamespaceSOAP12+`"><e:Body><n:gasesteResponse xmlns:n="urn:n"><return>`+
			`<cod>3999000005119</cod><numar>EXM 2</numar><masa>1.234,50</masa></return></n:gasesteResponse></e:Body></e:Envelope>`)(w, r)
	})
	svc := vehicles(s.URL)
	e := svc.Endpoint.SOAP
	e.Version, e.Action = "1.2", "urn:a"
	e.Request = catalog.SOAPElement{Element: "arg0", Namespace: "urn:n", Form: "unqualified", Inside: []string{"gaseste"},
		Fields: []schema.Field{{Name: "cod", Type: schema.String, Mandatory: true}}, Mapping: `{cod: .IDNV}`}
	e.Response = catalog.SOAPElement{Element: "return", Namespace: "urn:n", Form: "unqualified", Inside: []string{"gasesteResponse"},
		Fields:  []schema.Field{{Name: "cod", Type: schema.String}, {Name: "numar", Type: schema.String}, {Name: "masa", Type: schema.String}},
		Mapping: `{IDNV: .cod, Plate: .numar, Weight: (.masa | gsub("\\."; "") | sub(","; ".") | tonumber)}`}
	p := newProvider(t, config{})
	if found := p.Check(svc); len(found) > 0 {
		t.Fatal(found)
	}
	reply := must.Get(registers.Deliver(t, p, registers.Ready(t, svc), question))(t)
	if want := `{"IDNV":"3999000005119","Plate":"EXM 2","Weight":1234.5}`; string(reply.Body) != want && string(reply.Body) != strings.Replace(want, "1234.5", "1234.50", 1) {
		t.Errorf("answer %s", reply.Body)
	}
	if !strings.Contains(got, `<soapenv:Body><w0:gaseste xmlns:w0="urn:n"><arg0><cod>3999000005119</cod></arg0></w0:gaseste></soapenv:Body>`) ||
		media != `application/soap+xml; charset=utf-8; action="urn:a"` {
		t.Errorf("sent %s as %s", got, media)
	}
}

func TestSOAP_Replies(t *testing.T) {
	soapFault := func(code, text, detail string) string {
		return envelope(`<S:Fault><faultcode>S:` + code + `</faultcode><faultstring>` + text + `</faultstring><detail>` + detail + `</detail></S:Fault>`)
	}
	twelve := `<e:Envelope xmlns:e="` + xmlsec.NamespaceSOAP12 + `"><e:Body><e:Fault><e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value xmlns:m="m">m:NoRecord</e:Value></e:Subcode></e:Code>` +
		`<e:Reason><e:Text xml:lang="ro">Nu</e:Text></e:Reason></e:Fault></e:Body></e:Envelope>`
	for _, one := range []struct {
		name, media, body string
		status            int
		code              fault.Code
		says              string
	}{
		{"500 with a fault of ours", "text/xml", soapFault("Client", "IDNV gresit\n\u200b ", ""), 500, fault.ProviderRefused, "IDNV gresit"},
		{"200 with a fault", "text/xml", soapFault("Server", "baza de date e jos", ""), 200, fault.ProviderFault, "baza de date e jos"},
		{"a fault that means nothing there, by detail", "text/xml", soapFault("Client", "x", `<a:notFound xmlns:a="a"/>`), 500, fault.ProviderNoRecord, ""},
		{"by text", "text/xml", soapFault("Server", "Vehiculul NU EXISTA", ""), 500, fault.ProviderNoRecord, ""},
		{"by text of the detail", "text/xml", soapFault("Server", "eroare", `<m>nu exista in registru</m>`), 500, fault.ProviderNoRecord, ""},
		{"a fault of 1.2", "application/soap+xml", twelve, 400, fault.ProviderRefused, "Nu"},
		{"dotted code", "text/xml", soapFault("Client.Auth", "fara drept", ""), 500, fault.ProviderRefused, "fara drept"},
		{"not SOAP's media type", "text/html", envelope(car), 200, fault.ProviderMalformed, ""},
		{"JSON", "application/json", `{}`, 200, fault.ProviderMalformed, ""},
		{"an unknown charset", "text/xml; charset=ebcdic", envelope(car), 200, fault.ProviderMalformed, ""},
		{"truncated", "text/xml", envelope(car)[:300], 200, fault.ProviderMalformed, ""},
		{"a document type", "text/xml", `<!DOCTYPE a [<!ENTITY b "c">]>` + strings.TrimPrefix(envelope(car), `<?xml version="1.0" encoding="UTF-8"?>`), 200, fault.ProviderMalformed, ""},
		{"the wrong element", "text/xml", envelope(`<x/>`), 200, fault.ProviderMalformed, ""},
		{"the wrong namespace", "text/xml", envelope(strings.Replace(car, "urn:rst", "urn:other", 1)), 200, fault.ProviderMalformed, ""},
		{"an empty Body", "text/xml", envelope(``), 200, fault.ProviderMalformed, ""},
		{"two results", "text/xml", envelope(car + car), 200, fault.ProviderMalformed, ""},
		{"no envelope", "text/xml", `<a/>`, 200, fault.ProviderMalformed, ""},
		{"no envelope and a gateway's status", "text/xml", `<a/>`, 502, fault.ProviderStatus, ""},
		{"HTML and a gateway's status", "text/html", `<a>`, 503, fault.ProviderStatus, ""},
		{"data with a status that is no success", "text/xml", envelope(car), 500, fault.ProviderStatus, ""},
		{"the other version", "text/xml", strings.Replace(envelope(car), xmlsec.NamespaceSOAP11, xmlsec.NamespaceSOAP12, 1), 200, fault.ProviderMalformed, ""},
		{"a wrapper with nothing inside", "text/xml", envelope(`<cautaVehiculResponse xmlns="urn:rst"/>`), 200, fault.ProviderNoRecord, ""},
		{"a result that is nil", "text/xml", envelope(`<cautaVehiculResponse xmlns="urn:rst"><vehicul xsi:nil="1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/></cautaVehiculResponse>`), 200, fault.ProviderNoRecord, ""},
		{"a value of the wrong kind", "text/xml", envelope(strings.Replace(car, "<r:masa/>", "<r:masa>1,5</r:masa>", 1)), 200, fault.ProviderInvalid, ""},
		{"too large", "text/xml", envelope(car + "<!--" + strings.Repeat("x", 5000) + "-->"), 200, fault.ProviderTooLarge, ""},
	} {
		t.Run(one.name, func(t *testing.T) {
			s := registers.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", one.media)
				w.WriteHeader(one.status)
				io.WriteString(w, one.body)
			})
			svc := vehicles(s.URL)
			svc.Limits.Answer = 4096
			_, err := registers.Deliver(t, newProvider(t, config{}), registers.Ready(t, svc), question)
			e := registers.WantFault(t, err, one.code, fault.Provider)
			if e.Provider != one.says {
				t.Errorf("the provider's words: %q, want %q", e.Provider, one.says)
			}
		})
	}
}

func TestSOAP_LateAndCutOff(t *testing.T) {
	s := registers.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "cut") {
			w.Header().Set("Content-Type", "text/xml")
			w.Header().Set("Content-Length", "5000")
			io.WriteString(w, envelope(car))
			panic(http.ErrAbortHandler)
		}
		io.Copy(io.Discard, r.Body) // only then does the server notice that the caller is gone
		<-r.Context().Done()
	})
	p := newProvider(t, config{})
	svc := vehicles(s.URL + "/cut")
	_, err := registers.Deliver(t, p, registers.Ready(t, svc), question)
	registers.WantFault(t, err, fault.ProviderInterrupted, fault.Provider)
	svc = vehicles(s.URL + "/late")
	svc.Limits.Timeout = catalog.Duration(50 * time.Millisecond)
	_, err = registers.Deliver(t, p, registers.Ready(t, svc), question)
	registers.WantFault(t, err, fault.ProviderTimeout, fault.Provider)
}

// late moves the signed Header of an envelope behind its Body, as some provider systems send it.
func late(signed []byte) []byte {
	text := string(signed)
	a, b := strings.Index(text, "<soapenv:Header>"), strings.Index(text, "</soapenv:Header>")+len("</soapenv:Header>")
	header := text[a:b]
	text = text[:a] + text[b:]
	return []byte(strings.Replace(text, "</soapenv:Envelope>", header+"</soapenv:Envelope>", 1))
}

func TestSOAP_SignaturesBothWays(t *testing.T) {
	sign := func(k signing, text string) []byte {
		out := must.Get(k.signer.Sign([]byte(text)))(t)
		return out
	}
	good := sign(registerKey(), envelope(car))
	unsignedFault := envelope(`<S:Fault><faultcode>S:Server</faultcode><faultstring>nu exista</faultstring></S:Fault>`)
	for _, one := range []struct {
		name   string
		body   []byte
		signer catalog.SOAPSigner
		code   fault.Code
	}{
		{"by fingerprint", good, catalog.SOAPSigner{Fingerprints: []string{registerKey().print()}}, ""},
		{"by certificate", good, catalog.SOAPSigner{Certificate: registerKey().pem()}, ""},
		{"Header after Body", late(good), catalog.SOAPSigner{Fingerprints: []string{registerKey().print()}}, ""},
		{"unsigned", []byte(envelope(car)), catalog.SOAPSigner{Fingerprints: []string{registerKey().print()}}, fault.ProviderUntrusted},
		{"by somebody else", sign(strangerKey(), envelope(car)), catalog.SOAPSigner{Fingerprints: []string{registerKey().print()}}, fault.ProviderUntrusted},
		{"by a certificate that ended", sign(lapsedKey(), envelope(car)), catalog.SOAPSigner{Fingerprints: []string{lapsedKey().print()}}, fault.ProviderUntrusted},
		{"changed on the way", []byte(strings.Replace(string(good), "EXM 001", "EXM 002", 1)), catalog.SOAPSigner{Fingerprints: []string{registerKey().print()}}, fault.ProviderUntrusted},
		{"an unsigned fault cannot say that there is no record", []byte(unsignedFault), catalog.SOAPSigner{Fingerprints: []string{registerKey().print()}}, fault.ProviderFault},
		{"a signed one can", sign(registerKey(), unsignedFault), catalog.SOAPSigner{Fingerprints: []string{registerKey().print()}}, fault.ProviderNoRecord},
	} {
		t.Run(one.name, func(t *testing.T) {
			var asked *xmlsec.Verified
			var askedErr error
			s := registers.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				raw, _ := io.ReadAll(r.Body)
				doc, err := xmlsec.Parse(raw, xmlsec.Limits{})
				if err == nil {
					asked, err = xmlsec.Verify(doc, xmlsec.VerifyConfig{Now: time.Now,
						Lookup: xmlsec.NewDirectory(xmlsec.Registered{Certificate: platformKey().cert, Policy: xmlsec.Policy{SignedTimestamp: true}}).Find})
				}
				askedErr = err
				registers.Answer("text/xml", string(one.body))(w, r)
			})
			svc := vehicles(s.URL)
			svc.Endpoint.SOAP.Signer = &one.signer
			p := newProvider(t, config{Signer: platformKey().signer})
			if found := p.Check(svc); len(found) > 0 {
				t.Fatal(found)
			}
			reply, err := registers.Deliver(t, p, registers.Ready(t, svc), question)
			if askedErr != nil || asked == nil || !strings.Contains(string(asked.Body), "3999000005119") {
				t.Errorf("the platform's signature: %v", askedErr)
			}
			if one.code != "" {
				registers.WantFault(t, err, one.code, fault.Provider)
				return
			}
			if err != nil || string(reply.Body) != carJSON {
				t.Errorf("%v %s", err, reply.Body)
			}
		})
	}
}

func TestSOAP_SigningIsOptional(t *testing.T) {
	var got string
	s := registers.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		got = string(raw)
		registers.Answer("text/xml", envelope(car))(w, r)
	})
	svc := vehicles(s.URL)
	svc.Endpoint.SOAP.Signing = "never"
	if _, err := registers.Deliver(t, newProvider(t, config{Signer: platformKey().signer}), registers.Ready(t, svc), question); err != nil || strings.Contains(got, "Signature") {
		t.Errorf("%v: %s", err, got)
	}
	svc.Endpoint.SOAP.Signing = "always"
	p := newProvider(t, config{})
	if found := p.Check(svc); len(found) != 1 || found[0].Path != "/endpoint/soap/signing" {
		t.Errorf("without a key: %v", found)
	}
	_, err := registers.Deliver(t, p, registers.Ready(t, svc), question)
	registers.WantFault(t, err, fault.InternalError, "")
}

func TestSOAP_CheckNamesEveryPlace(t *testing.T) {
	svc := vehicles("ftp://x")
	e := svc.Endpoint.SOAP
	e.Zone, e.Action, e.Headers = "Mars/Base", "a\"b", []catalog.SOAPHeader{{Name: "1x", Namespace: "n"}}
	e.HTTPHeaders = map[string]string{"Host": "x"}
	e.Signer = &catalog.SOAPSigner{Fingerprints: []string{"zz"}}
	e.Request.Names["Nothing"], e.Response.Mapping = "x", "{"
	found := map[string]bool{}
	for _, f := range newProvider(t, config{}).Check(svc) {
		found[f.Path] = true
	}
	for _, path := range []string{"/url", "/zone", "/headers", "/http_headers/Host", "/signer", "/request/names/Nothing", "/response"} {
		if !found["/endpoint/soap"+path] {
			t.Errorf("%s passed: %v", path, found)
		}
	}
}

func TestSOAP_Reachable(t *testing.T) {
	s := registers.Serve(t, registers.Answer("text/xml", ""))
	p := newProvider(t, config{})
	if err := p.Probe(t.Context(), vehicles(s.URL)); err != nil {
		t.Error(err)
	}
	s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), waits.Limit)
	defer cancel()
	registers.WantFault(t, p.Probe(ctx, vehicles(s.URL)), fault.ProviderDown, fault.Provider)
}

// FuzzSOAPReply: whatever a provider sends, reading it ends in an answer that is JSON of the type or in a fault.
func FuzzSOAPReply(f *testing.F) {
	f.Add([]byte(envelope(car)), true)
	f.Add([]byte(strings.Replace(envelope(car), "</S:Body>", "</S:Body><S:Header/>", 1)), false)
	f.Add([]byte(envelope(`<S:Fault><faultcode>a:b</faultcode><detail><x>nu exista</x></detail></S:Fault>`)), true)
	svc := vehicles("http://127.0.0.1:1")
	compiled := must.Get(schema.CompileType(svc.Response))(f)
	ends := map[bool]*endpoint{}
	for _, pinned := range []bool{false, true} {
		if pinned {
			svc.Endpoint.SOAP.Signer = &catalog.SOAPSigner{Fingerprints: []string{registerKey().print()}}
		}
		zone, err := parseZone("Europe/Chisinau")
		must.OK(f, err)
		s := &endpoint{plan: &provider.Plan{Answer: 1 << 20}, version: xmlsec.NamespaceSOAP11, notFound: svc.Endpoint.SOAP.NotFound, clock: time.Now}
		if s.response, err = compilePart(svc.Endpoint.SOAP.Response, svc.Response, true, zone); err != nil {
			f.Fatal(err)
		}
		if s.pin, err = newPin(svc.Endpoint.SOAP.Signer, time.Now); err != nil {
			f.Fatal(err)
		}
		ends[pinned] = s
	}
	f.Fuzz(func(t *testing.T, raw []byte, pinned bool) {
		s := ends[pinned]
		result, err := s.open(reply{envelope: raw}, 200)
		if err != nil {
			if fault.From(err).Code == fault.InternalError {
				t.Fatalf("no fault of the catalogue: %v", err)
			}
			return
		}
		if pinned {
			t.Fatal("an answer without the pinned key's signature passed")
		}
		other := *s
		other.response.named = attributesOf([]string{"vin", "placa", "stare"})
		if raised, err := other.open(reply{envelope: raw}, 200); err != nil {
			t.Fatalf("with attributes it is no reply any more: %v", err)
		} else if _, err := other.translate(context.Background(), raised); err != nil && fault.From(err).Code != fault.ProviderInvalid && fault.From(err).Code != fault.ProviderMalformed {
			t.Fatalf("with attributes: %v\n%s", err, raised.Name())
		}
		out, err := s.translate(context.Background(), result)
		if err != nil {
			if fault.From(err).Code == fault.InternalError {
				t.Fatalf("no fault of the catalogue: %v", err)
			}
			return
		}
		if _, _, err := compiled.Cut(nil, out, compiled.Mask([]string{"*"})); fault.From(err) != nil && fault.From(err).Code == fault.ProviderMalformed {
			t.Fatalf("what was read is no JSON: %v\n%s", err, out)
		}
	})
}

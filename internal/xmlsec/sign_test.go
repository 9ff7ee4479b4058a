package xmlsec_test

import (
	"bytes"
	"crypto"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

func signer(t testing.TB, p party, headers bool) *xmlsec.Signer {
	t.Helper()
	s := must.Get(xmlsec.NewSigner(xmlsec.SignConfig{Key: p.key, Certificate: p.cert, Headers: headers,
		Now: func() time.Time { return noon.Add(999 * time.Millisecond) }}))(t)
	return s
}

// unsigned are envelopes as they come from templates, other platforms and translators.
var unsigned = map[string]string{
	"plain":          `<soapenv:Envelope xmlns:soapenv="@SOAP@"><soapenv:Body>` + bodyContent + `</soapenv:Body></soapenv:Envelope>`,
	"soap 1.2":       `<e:Envelope xmlns:e="@SOAP12@"><e:Header/><e:Body>` + bodyContent + `</e:Body></e:Envelope>`,
	"default prefix": `<Envelope xmlns="@SOAP@"><Body><p xmlns="">x</p></Body></Envelope>`,
	"types in values": `<s:Envelope xmlns:s="@SOAP@" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
		`<s:Body Id="old"><p xsi:type="xs:string">a&amp;b&#13;` + "\r\n" + `</p><!-- gone --></s:Body></s:Envelope>`,
	"headers": `<s:Envelope xmlns:s="@SOAP@" xmlns:mc="https://mconnect.gov.md"><s:Header><mc:CallBasis id="x" z="1">b</mc:CallBasis>` +
		`<o:Security xmlns:o="@WSSE@">old</o:Security></s:Header><s:Body>` + bodyContent + `</s:Body><s:Header><mc:CallReason>r</mc:CallReason></s:Header></s:Envelope>`,
	"wsu taken": `<s:Envelope xmlns:s="@SOAP@" xmlns:wsu="urn:mine"><s:Body><wsu:a/></s:Body></s:Envelope>`,
	"empty":     `<s:Envelope xmlns:s="@SOAP@"><s:Body/></s:Envelope>`,
}

// TestSign_IsVerified: what is signed here verifies here, means the same, and has the safe shape.
func TestSign_IsVerified(t *testing.T) {
	for name, text := range unsigned {
		for _, p := range []party{alpha(), gamma()} {
			for _, headers := range []bool{false, true} {
				in := insert(text, p)
				out, err := signer(t, p, headers).Sign([]byte(in))
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				v, err := verify(string(out), trusting(xmlsec.Policy{SignedTimestamp: true}, alpha(), gamma()))
				if err != nil {
					t.Fatalf("%s: %v\n%s", name, err, out)
				}
				if v.Flags != 0 || !v.Created.Equal(noon.Add(-5*time.Second)) || v.Certificate != p.cert {
					t.Errorf("%s: %+v", name, v)
				}
				checkShape(t, name, in, string(out), headers)
			}
		}
	}
}

func checkShape(t *testing.T, name, in, out string, headers bool) {
	t.Helper()
	before, after := parse(t, in), parse(t, out)
	old := must.Get(xmlsec.OpenEnvelope(before))(t)
	now := must.Get(xmlsec.OpenEnvelope(after))(t)
	if !strings.HasPrefix(out, "<soapenv:Envelope ") || now.Body.Name() != "soapenv:Body" || now.Header.Name() != "soapenv:Header" ||
		!now.Late.IsZero() || now.Version != old.Version {
		t.Errorf("%s: not the safe shape: %s", name, out)
	}
	if !strings.Contains(out, "<wsu:Created>2026-03-02T11:59:55Z</wsu:Created><wsu:Expires>2026-03-02T12:04:55Z<") {
		t.Errorf("%s: Timestamp: %s", name, out)
	}
	for c := range old.Body.Elements() {
		a, _ := xmlsec.Canonicalize(nil, c, xmlsec.Exclusive)
		b, _ := xmlsec.Canonicalize(nil, now.Body.Child(c.Space(), c.Local()), xmlsec.Exclusive)
		if !bytes.Equal(a, b) {
			t.Errorf("%s: changed on the way:\n%s\n%s", name, a, b)
		}
	}
	if p := now.Body.Child("", "p"); name == "types in values" {
		if space, ok := p.Resolve("xs"); !ok || space != "http://www.w3.org/2001/XMLSchema" {
			t.Error("the prefix inside the value lost its meaning")
		}
	}
	blocks := 0
	for _, b := range now.Headers() {
		if b.Is("https://mconnect.gov.md", "CallBasis") || b.Is("https://mconnect.gov.md", "CallReason") {
			blocks++
			if _, signed := b.Attr(nsWSU, "Id"); signed != headers {
				t.Errorf("%s: header signed: %v", name, signed)
			}
		}
	}
	if want := strings.Count(in, "<mc:"); blocks != want {
		t.Errorf("%s: %d header blocks, want %d", name, blocks, want)
	}
}

func TestCovers(t *testing.T) {
	out := must.Get(signer(t, alpha(), true).Sign([]byte(insert(unsigned["headers"], alpha()))))(t)
	d := parse(t, string(out))
	v := must.Get(xmlsec.Verify(d, trusting(xmlsec.Policy{}, alpha())))(t)
	for local, want := range map[string]bool{"CallBasis": true, "GetPerson": true, "IDNP": true, "Timestamp": true, "Signature": false, "Header": false, "Envelope": false} {
		if got := v.Covers(find(d.Root(), local, "")); got != want {
			t.Errorf("%s: %v", local, got)
		}
	}
	if v.Covers(xmlsec.Node{}) || v.Covers(parse(t, string(out)).Root()) {
		t.Error("covers what is elsewhere")
	}
	for _, part := range v.SignedParts {
		if again, _ := xmlsec.Canonicalize(nil, part.Node, xmlsec.Exclusive); !bytes.Equal(again, part.Octets) {
			t.Errorf("%s: %s", part.Node.Name(), part.Octets)
		}
	}
}

func TestSign_Refuses(t *testing.T) {
	for name, cfg := range map[string]xmlsec.SignConfig{
		"nothing":       {},
		"foreign":       {Key: alpha().key, Certificate: beta().cert},
		"other kind":    {Key: gamma().key, Certificate: beta().cert},
		"short":         {Key: weakRSA().key, Certificate: weakRSA().cert},
		"other curve":   {Key: p384().key, Certificate: p384().cert},
		"no public key": {Key: stranger{}, Certificate: alpha().cert},
	} {
		if _, err := xmlsec.NewSigner(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for text, want := range map[string]fault.Code{
		`<a/>`: fault.SignatureEnvelope, `<a`: fault.XMLMalformed,
		insert(`<s:Envelope xmlns:s="@SOAP@" xmlns:soapenv="urn:x"><s:Body/></s:Envelope>`, alpha()): fault.XMLNamespace,
	} {
		if _, err := signer(t, alpha(), false).Sign([]byte(text)); codeOf(err) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// unidentified caller is a key of a kind that nobody signs with.
type stranger struct{ crypto.Signer }

func (stranger) Public() crypto.PublicKey { return nil }

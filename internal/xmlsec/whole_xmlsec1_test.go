//go:build whole

package xmlsec_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

// xmlsec1 is the command of Debian's package of that name, with a key to sign and a certificate to verify.
type xmlsec1 struct{ dir, key, cert string }

func newXmlsec1(t *testing.T, p party) xmlsec1 {
	t.Helper()
	x := xmlsec1{dir: t.TempDir()}
	der := must.Get(x509.MarshalPKCS8PrivateKey(p.key))(t)
	x.key = x.write(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	x.cert = x.write(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.cert.Raw})))
	return x
}

func (x xmlsec1) write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(x.dir, name)
	must.OK(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func (x xmlsec1) run(t *testing.T, args ...string) (stdout, stderr string, ok bool) {
	t.Helper()
	for _, n := range []string{xmlsec.NamespaceSOAP11 + ":Body", xmlsec.NamespaceSOAP12 + ":Body", nsWSU + ":Timestamp",
		"https://mconnect.gov.md:CallingUser", "https://mconnect.gov.md:CallBasis"} {
		args = append(args[:1:1], append([]string{"--id-attr:Id", n}, args[1:]...)...)
	}
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "xmlsec1", args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	return out.String(), errs.String(), err == nil
}

// nastyEnvelopes are messages whose payload is a nasty document, declarations in scope around it included.
func nastyEnvelopes(from, count int) (all []string) {
	for seed := from; len(all) < count; seed++ {
		r := newNasty(uint64(seed))
		text := `<s:Envelope xmlns:s="@SOAP@" xmlns:a="urn:around" xmlns:unused="urn:unused"><s:Header>` +
			`<mc:CallingUser xmlns:mc="https://mconnect.gov.md">x</mc:CallingUser></s:Header><s:Body>` + r.payload() + `</s:Body></s:Envelope>`
		d, err := xmlsec.Parse([]byte(strings.ReplaceAll(text, "@SOAP@", xmlsec.NamespaceSOAP11)), xmlsec.Limits{})
		if err != nil {
			panic(fmt.Sprint(seed, err))
		}
		if _, err := xmlsec.OpenEnvelope(d); codeOf(err) == fault.SignatureEnvelope {
			continue // the payload holds a Body of its own
		}
		all = append(all, strings.ReplaceAll(text, "@SOAP@", xmlsec.NamespaceSOAP11))
	}
	return all
}

// TestXmlsec1_VerifiesOurs: 1 000 nasty payloads signed here with each kind of key, verified there.
func TestXmlsec1_VerifiesOurs(t *testing.T) {
	for _, p := range []party{alpha(), gamma()} {
		x := newXmlsec1(t, p)
		s := signer(t, p, true)
		var files []string
		for i, text := range nastyEnvelopes(50_000, 1000) {
			out, err := s.Sign([]byte(text))
			if err != nil {
				t.Fatal(i, err)
			}
			files = append(files, x.write(t, fmt.Sprintf("%04d.xml", i), string(out)))
		}
		_, said, ok := x.run(t, append([]string{"--verify", "--pubkey-cert-pem", x.cert}, files...)...)
		if good := strings.Count(said, "OK\n"); !ok || good != len(files) {
			t.Errorf("xmlsec1 verified %d of %d\n%.2000s", good, len(files), said)
		}
		bad := strings.Replace(readFile(t, files[0]), "</soapenv:Body>", " </soapenv:Body>", 1)
		if _, said, ok := x.run(t, "--verify", "--pubkey-cert-pem", x.cert, x.write(t, "bad.xml", bad)); ok {
			t.Error("xmlsec1 accepts what was changed: ", said)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text := must.Get(os.ReadFile(path))(t)
	return string(text)
}

// theirs varies the everyday message: canonicalisations, prefix lists, comments and a nasty payload.
func theirs(i int, envelope string) (template string, policy xmlsec.Policy) {
	modes := []string{excC14, excC14 + "WithComments", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
		"http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments", "http://www.w3.org/2006/12/xml-c14n11", "http://www.w3.org/2006/12/xml-c14n11#WithComments"}
	hash := []string{"sha256", "sha1"}[i/6%2]
	text := plainMessage(refToX, hash, "body", "ts", "h1")
	if i%5 == 0 {
		text = strings.Replace(text, `<ds:Transforms>`, `<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>`, 1)
	}
	text = strings.ReplaceAll(text, `<ds:CanonicalizationMethod Algorithm="@EXC@"/>`, `<ds:CanonicalizationMethod Algorithm="`+modes[i/3%6]+`"/>`)
	mode := `Algorithm="` + modes[i%6] + `"/>`
	if i%6 < 2 && i%4 == 0 {
		mode = `Algorithm="` + modes[i%6] + `"><ec:InclusiveNamespaces xmlns:ec="@EXC@" PrefixList="a soap #default  b"/></ds:Transform>`
	}
	text = strings.ReplaceAll(text, `<ds:Transform Algorithm="@EXC@"/>`, `<ds:Transform `+mode)
	inner := envelope[strings.Index(envelope, "<s:Body>")+8 : strings.Index(envelope, "</s:Body>")]
	text = strings.Replace(text, bodyContent, inner, 1)
	text = strings.Replace(text, `<soap:Envelope `, `<soap:Envelope xmlns:a="urn:around" xmlns="urn:default" xml:lang="ro" `, 1)
	return text, xmlsec.Policy{SHA1: hash == "sha1"}
}

// TestXmlsec1_IsVerifiedByUs: a thousand templates that xmlsec1 signs, in every mode, verify here; and what we digest
// is what it did.
func TestXmlsec1_IsVerifiedByUs(t *testing.T) {
	p := alpha()
	x := newXmlsec1(t, p)
	bad := 0
	check := func(name, template string, policy xmlsec.Policy) {
		path := x.write(t, "t.xml", insert(template, p))
		signed, said, ok := x.run(t, "--sign", "--privkey-pem", x.key, path)
		if !ok {
			t.Fatalf("%s: xmlsec1: %s\n%s", name, said, insert(template, p))
		}
		if _, err := verify(signed, trusting(policy, p)); err != nil {
			if bad++; bad < 4 {
				t.Errorf("%s: %v\n%s", name, err, signed)
			}
		}
	}
	for _, s := range shapes() {
		check(s.name, s.text, xmlsec.Policy{SHA1: s.sha1})
	}
	for i, envelope := range nastyEnvelopes(90_000, 1000) {
		text, policy := theirs(i, envelope)
		check(fmt.Sprint("nasty ", i), text, policy)
	}
	if bad > 0 {
		t.Errorf("%d refused", bad)
	}
}

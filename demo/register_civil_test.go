package demo

import (
	"bytes"
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

const civilQuestion = `<soapenv:Envelope xmlns:soapenv="` + xmlsec.NamespaceSOAP11 + `"><soapenv:Body><cautareAct xmlns="` + civilSpace +
	`"><cerere><idnp>%s</idnp></cerere></cautareAct></soapenv:Body></soapenv:Envelope>`

func signerWith(t *testing.T, cert tls.Certificate) *xmlsec.Signer {
	t.Helper()
	s, err := xmlsec.NewSigner(xmlsec.SignConfig{Key: cert.PrivateKey.(crypto.Signer), Certificate: cert.Leaf})
	must.OK(t, err)
	return s
}

// send posts an envelope and returns status and text.
func send(t *testing.T, c *http.Client, url string, envelope []byte) (int, string) {
	t.Helper()
	r := must.Get(http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(envelope)))(t)
	r.Header.Set("Content-Type", "text/xml")
	res := must.Get(c.Do(r))(t)
	defer res.Body.Close()
	text := must.Get(io.ReadAll(res.Body))(t)
	return res.StatusCode, string(text)
}

func TestCivilRegister_Answers(t *testing.T) {
	b := startRegisters(t)
	url := b.Vars()[Civil] + "/ws/acte"
	platform := signerWith(t, signingCertificates()[1])
	child, _ := b.dataset.Person(b.dataset.parent().Children[0])
	ask := func(signer *xmlsec.Signer, id mconnect.IDNP) (int, string) {
		envelope := fmt.Appendf(nil, civilQuestion, id)
		if signer != nil {
			var err error
			if envelope, err = signer.Sign(envelope); err != nil {
				t.Fatal(err)
			}
		}
		return send(t, b.bare, url, envelope)
	}
	for _, one := range []struct {
		name   string
		signer *xmlsec.Signer
		id     mconnect.IDNP
		status int
		says   string
	}{
		{"an act", platform, child.IDNP, 200, "<s:prenume>" + child.GivenName + "</s:prenume>"},
		{"nobody's act", platform, "2999900000011", 500, "actInexistent"},
		{"an act in a closed archive", platform, b.dataset.Unarchived(), 500, "Arhiva raională este închisă"},
		{"without a signature", nil, child.IDNP, 500, "semnătura lipsește"},
		{"signed by somebody else", signerWith(t, signingCertificates()[0]), child.IDNP, 500, "semnătura lipsește"},
	} {
		status, text := ask(one.signer, one.id)
		if status != one.status || !strings.Contains(text, one.says) {
			t.Errorf("%s: %d %s", one.name, status, text)
		}
		if strings.Index(text, "<soapenv:Header>") < strings.Index(text, "</soapenv:Body>") {
			t.Errorf("%s: the Header does not stand behind the Body: %s", one.name, text)
		}
		doc := must.Get(xmlsec.Parse([]byte(text), xmlsec.Limits{}))(t)
		known := xmlsec.NewDirectory(xmlsec.Registered{Certificate: signingCertificates()[0].Leaf})
		if v, err := xmlsec.Verify(doc, xmlsec.VerifyConfig{Lookup: known.Find, Now: time.Now}); err != nil || v.Flags&xmlsec.LateHeader == 0 {
			t.Errorf("%s: its signature: %v", one.name, err)
		}
	}
	if status, text := send(t, b.bare, url, []byte("<a/>")); status != 500 || !strings.Contains(text, "Fault") {
		t.Errorf("no envelope: %d %s", status, text)
	}
}

func TestCivilRegister_HouseholdTable(t *testing.T) {
	w := Generate(0)
	plots := w.Plots()
	if len(plots) != len(Generate(0).Plots()) || len(plots) < 300 {
		t.Fatalf("%d plots", len(plots))
	}
	text := must.Get(households(plots))(t)
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\r\n"))
	if len(lines) != len(plots)+1 || bytes.Contains(text, []byte("ă")) || !bytes.HasPrefix(text, []byte("Gospod\xe3ria;")) {
		t.Errorf("%d lines of Windows-1250: %q", len(lines), lines[0])
	}
	seen := map[string]int{}
	for _, p := range plots {
		if _, ok := w.Person(p.Owner.IDNP); !ok || p.Ares <= 0 || p.Since.After(today) {
			t.Errorf("%+v", p)
		}
		seen[p.Use]++
	}
	if len(seen) != 4 {
		t.Errorf("uses %v", seen)
	}
	f := must.Get(openFolder(t.TempDir()))(t)
	for range 2 { // the second time it is there already
		must.OK(t, f.dropHouseholds(w, today))
	}
	if found, _ := filepath.Glob(f.path("data", "files", householdsSystem, "*")); len(found) != 1 || filepath.Base(found[0]) != "gospodarii-2026-01-15.csv" {
		t.Errorf("dropped %v", found)
	}
}

// TestCivilRegister_EveryKindAnswersInSOAP: a consumer that speaks nothing but signed SOAP reaches a SOAP register, a
// REST program, a database and a spreadsheet, and each answer is cut and signed alike.
func TestCivilRegister_EveryKindAnswersInSOAP(t *testing.T) {
	c, err := newEnvironment(t.Context(), Options{Dir: t.TempDir(), ExchangeAddr: "127.0.0.1:0", AdminAddr: "127.0.0.1:0"})
	must.OK(t, err)
	must.OK(t, c.serve(t.Context(), func(ctx context.Context) error {
		if err := c.open(ctx); err != nil {
			return err
		}
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: anchors(c.authority)}}
		defer transport.CloseIdleConnections()
		web := &http.Client{Transport: transport}
		child, _ := c.dataset.Person(c.dataset.parent().Children[0])
		plot := c.dataset.Plots()[0]
		for _, one := range []struct {
			kind, service string
			system        mconnect.SystemID
			id            mconnect.IDNP
			basis         string
			number        int
			has, lacks    string
		}{
			{"SOAP", "GetCivilStatusAct", townHall, child.IDNP, "STARE-CIVILA", 9, "<FirstName>" + child.GivenName + "</FirstName>", "<Parents><Item><IDNP>"},
			{"REST", "GetPerson", townHall, child.IDNP, "AJUTOR-SOCIAL", 10, "<FirstName>" + child.GivenName + "</FirstName>", "Documents"},
			{"SQL", "GetRealEstates", townHall, c.dataset.Estates[0].Owners[0].IDNP, "AJUTOR-SOCIAL", 11, "<CadastralNumber>" + c.dataset.Estates[0].Number, "Owners"},
			{"file", "GetHousehold", notary, plot.Owner.IDNP, "ACT-NOTARIAL", 300, "<Household>" + plot.Household + "</Household>", "Street"},
		} {
			said, err := callSOAP(t, c, web, one.system, one.service, one.id, legal(one.system, one.basis, one.number))
			if err != nil {
				t.Errorf("%s: %v", one.kind, err)
				continue
			}
			if !strings.Contains(said, one.has) || strings.Contains(said, one.lacks) {
				t.Errorf("%s: %s", one.kind, said)
			}
		}
		said, err := callSOAP(t, c, web, townHall, "GetCivilStatusAct", c.dataset.Unarchived(), legal(townHall, "STARE-CIVILA", 12))
		if err != nil || !strings.Contains(said, "provider.fault") || !strings.Contains(said, "Arhiva raională este închisă") {
			t.Errorf("a register's fault lost its words on the way: %v %s", err, said)
		}
		return nil
	}))
}

// callSOAP calls as a system that signs, waits for a file that is not there yet, and verifies the platform's signature.
func callSOAP(t *testing.T, c *environment, web *http.Client, system mconnect.SystemID, service string, id mconnect.IDNP, x mconnect.LegalContext) (body string, err error) {
	t.Helper()
	header := ""
	for _, one := range [][2]string{{"CallingUser", x.User}, {"CallingEntity", x.Entity}, {"CallBasis", x.Basis}, {"CallReason", x.Reason}} {
		header += `<` + one[0] + ` xmlns="https://mconnect.gov.md">` + one[1] + `</` + one[0] + `>`
	}
	envelope := `<soapenv:Envelope xmlns:soapenv="` + xmlsec.NamespaceSOAP11 + `"><soapenv:Header>` + header + `</soapenv:Header><soapenv:Body><` + service +
		` xmlns="https://mconnect.gov.md"><IDNP>` + string(id) + `</IDNP></` + service + `></soapenv:Body></soapenv:Envelope>`
	identity := c.identities[system]
	signer, err := xmlsec.NewSigner(xmlsec.SignConfig{Key: identity.PrivateKey.(crypto.Signer), Certificate: identity.Leaf, Headers: true})
	if err != nil {
		return "", err
	}
	err = within(t.Context(), 15*time.Second, func() error {
		signed, err := signer.Sign([]byte(envelope))
		if err != nil {
			return err
		}
		_, text := send(t, web, c.urls["exchange"]+"/soap", signed)
		doc, err := xmlsec.Parse([]byte(text), xmlsec.Limits{})
		if err != nil {
			return fmt.Errorf("%w: %s", err, text)
		}
		ours := []*x509.Certificate{c.signing.Leaf, c.app.Identity.Certificate().Leaf}
		known := xmlsec.NewDirectory(xmlsec.Registered{Certificate: ours[0]}, xmlsec.Registered{Certificate: ours[1]})
		verified, err := xmlsec.Verify(doc, xmlsec.VerifyConfig{Lookup: known.Find, Now: time.Now})
		if err != nil {
			return fmt.Errorf("the platform's signature: %w: %s", err, text)
		}
		if body = string(verified.Body); strings.Contains(body, "provider.noFile") {
			return fmt.Errorf("no file yet: %s", body)
		}
		return nil
	})
	return body, err
}

package demo

import (
	"crypto"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"mconnect"
	"mconnect/internal/xmlsec"
)

// civilSpace is the namespace of the civil status register: it has its own element names.
const civilSpace = "urn:exemplu:stare-civila:v1"

// civilSigner is the variable that holds the fingerprint of the register's signing certificate.
const civilSigner = "CIVIL_SIGNER"

// Unarchived returns the person whose civil status act is in a closed archive.
func (w *Dataset) Unarchived() mconnect.IDNP { return w.Persons[len(w.Persons)-2].IDNP }

// civilRegister speaks SOAP 1.1. It answers only to messages that the platform has signed, signs its own replies, and
// puts the Header after the Body, as old systems of this kind do.
type civilRegister struct {
	dataset *Dataset
	signer  *xmlsec.Signer
	trust   func(xmlsec.Claim) (xmlsec.Registered, error)
}

func newCivil(cfg RegistersConfig) (http.Handler, error) {
	key, ok := cfg.Signing.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, errors.New("its key cannot sign")
	}
	signer, err := xmlsec.NewSigner(xmlsec.SignConfig{Key: key, Certificate: cfg.Signing.Leaf})
	if err != nil {
		return nil, err
	}
	platform := xmlsec.Registered{Certificate: cfg.Platform, Policy: xmlsec.Policy{SignedTimestamp: true}}
	return &civilRegister{cfg.Dataset, signer, xmlsec.NewDirectory(platform).Find}, nil
}

func (c *civilRegister) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxQuestion))
	if err != nil {
		return
	}
	doc, err := xmlsec.Parse(raw, xmlsec.Limits{})
	if err == nil {
		var asked *xmlsec.Verified
		if asked, err = xmlsec.Verify(doc, xmlsec.VerifyConfig{Lookup: c.trust, Now: time.Now}); err == nil {
			c.answer(w, asked.Body)
			return
		}
	}
	c.fault(w, "Client", "semnătura lipsește sau nu este a platformei", "")
}

// answer reads the verified Body and looks the act up.
func (c *civilRegister) answer(w http.ResponseWriter, body []byte) {
	var q struct {
		Search struct {
			Question struct {
				IDNP string `xml:"urn:exemplu:stare-civila:v1 idnp"`
			} `xml:"urn:exemplu:stare-civila:v1 cerere"`
		} `xml:"urn:exemplu:stare-civila:v1 cautareAct"`
	}
	if err := xml.Unmarshal(body, &q); err != nil {
		c.fault(w, "Client", "întrebare de neînțeles", "")
		return
	}
	id := mconnect.IDNP(q.Search.Question.IDNP)
	p, ok := c.dataset.Person(id)
	switch {
	case !ok:
		c.fault(w, "Client", "act inexistent", `<s:actInexistent xmlns:s="`+civilSpace+`"/>`)
		return
	case id == c.dataset.Unarchived():
		c.fault(w, "Server", "Arhiva raională este închisă pentru inventariere", "")
		return
	}
	var b strings.Builder
	b.WriteString(`<s:cautareActResponse xmlns:s="` + civilSpace + `"><s:act>`)
	write := func(name, value string) {
		b.WriteString("<s:" + name + ">")
		_ = xml.EscapeText(&b, []byte(value)) // a Builder does not fail
		b.WriteString("</s:" + name + ">")
	}
	write("numar", fmt.Sprintf("N-%s/%d", string(id)[6:12], p.Born.Year()))
	write("data", p.Born.AddDate(0, 0, 7).Format(isoDay)+"+02:00") // a date with a zone, as generated code writes it
	write("oficiu", "SSC "+p.Address.Locality)
	write("idnp", string(id))
	write("nume", p.FamilyName)
	write("prenume", p.GivenName)
	for _, parent := range c.dataset.parents(id) {
		b.WriteString("<s:parinte>")
		write("idnp", string(parent.IDNP))
		write("nume", parent.FamilyName+" "+parent.GivenName)
		b.WriteString("</s:parinte>")
	}
	write("mentiuni", "notă internă a arhivei") // declared nowhere
	b.WriteString(`</s:act></s:cautareActResponse>`)
	c.send(w, http.StatusOK, b.String())
}

func (c *civilRegister) fault(w http.ResponseWriter, code, sentence, detail string) {
	c.send(w, http.StatusInternalServerError, "<soapenv:Fault><faultcode>soapenv:"+code+"</faultcode><faultstring>"+sentence+
		"</faultstring><detail>"+detail+"</detail></soapenv:Fault>")
}

// send signs the reply and moves the Header behind the Body.
func (c *civilRegister) send(w http.ResponseWriter, status int, body string) {
	const open, closed, end = "<soapenv:Header>", "</soapenv:Header>", "</soapenv:Envelope>"
	signed, err := c.signer.Sign([]byte(`<soapenv:Envelope xmlns:soapenv="` + xmlsec.NamespaceSOAP11 +
		`"><soapenv:Body>` + body + `</soapenv:Body>` + end))
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	before, rest, _ := strings.Cut(string(signed), open)
	header, after, _ := strings.Cut(rest, closed)
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(status)
	// The peer may have gone; nobody is left to answer.
	_, _ = io.WriteString(w, before+strings.TrimSuffix(after, end)+open+header+closed+end)
}

package cli

import (
	"bytes"
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
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

const (
	contractSpace = "https://mconnect.gov.md"
	mostAnswer    = 64 << 20
)

// soapCall is one call by SOAP, as the command line states it.
type soapCall struct {
	server  string
	service mconnect.ServiceName
	pair    tls.Certificate
	roots   *x509.CertPool
	legal   mconnect.LegalContext
	input   []byte // JSON object, or the content of Body
}

// callSOAP signs and sends one message to /soap and prints the content of the answer's Body once its signature
// verified.
func (s *session) callSOAP(ctx context.Context, c soapCall) error {
	key, ok := c.pair.PrivateKey.(crypto.Signer)
	if !ok {
		return usageError{errors.New("the key cannot sign")}
	}
	signer, err := xmlsec.NewSigner(xmlsec.SignConfig{Key: key, Certificate: c.pair.Leaf, Headers: true})
	if err != nil {
		return usageError{err}
	}
	message, err := c.envelope()
	if err != nil {
		return usageError{err}
	}
	signed, err := signer.Sign(message)
	if err != nil {
		return usageError{err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(c.server, "/")+"/soap",
		bytes.NewReader(signed))
	if err != nil {
		return usageError{err}
	}
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	req.Header.Set("Accept-Language", string(s.language()))
	web := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: c.roots}}}
	defer web.CloseIdleConnections()
	res, err := web.Do(req)
	if err != nil {
		return unreachable{err}
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer))
	if err != nil {
		return err
	}
	if call := res.Header.Get("MConnect-Call-Id"); call != "" {
		fmt.Fprintf(s.err, "call %s, record %s\n", call, res.Header.Get("MConnect-Record"))
	}
	return s.printEnvelope(answer, c.roots, res.StatusCode == http.StatusOK)
}

// printEnvelope prints the content of Body. Only what a certificate of the anchors signed is printed as an answer.
func (s *session) printEnvelope(answer []byte, roots *x509.CertPool, answered bool) error {
	doc, err := xmlsec.Parse(answer, xmlsec.Limits{Bytes: mostAnswer})
	if err != nil {
		return fmt.Errorf("the answer is no SOAP message: %w", err)
	}
	if !answered {
		fmt.Fprintf(s.err, "refused:\n%s\n", answer)
		return errSilent
	}
	verified, err := xmlsec.Verify(doc, xmlsec.VerifyConfig{Now: time.Now,
		Lookup: func(c xmlsec.Claim) (xmlsec.Registered, error) {
			if len(c.Carried) != 1 { // the platform sends its own certificate alone
				return xmlsec.Registered{}, errors.New("the answer carries no certificate, or several")
			}
			cert, err := x509.ParseCertificate(c.Carried[0])
			if err == nil {
				_, err = cert.Verify(x509.VerifyOptions{Roots: roots,
					KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
			}
			return xmlsec.Registered{Certificate: cert, Policy: xmlsec.Policy{SignedTimestamp: true}}, err
		}})
	if err != nil {
		return fmt.Errorf("the answer's signature does not verify: %w", err)
	}
	fmt.Fprintf(s.err, "signed by %s\n", verified.Certificate.Subject)
	body, err := xmlsec.Parse(verified.Body, xmlsec.Limits{Bytes: len(verified.Body)})
	if err != nil {
		return err
	}
	for child := range body.Root().Elements() {
		out, err := xmlsec.Canonicalize(nil, child, xmlsec.Exclusive)
		if err != nil {
			return err
		}
		_, err = s.out.Write(append(out, '\n'))
		return err
	}
	return errors.New("the answer is empty")
}

// envelope writes the unsigned message.
func (c soapCall) envelope() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(`<soapenv:Envelope xmlns:soapenv="` + xmlsec.NamespaceSOAP11 + `"><soapenv:Header>`)
	for _, value := range [4][2]string{{"CallingUser", c.legal.User}, {"CallingEntity", c.legal.Entity},
		{"CallBasis", c.legal.Basis}, {"CallReason", c.legal.Reason}} {
		if value[1] != "" {
			b.WriteString(`<mc:` + value[0] + ` xmlns:mc="` + contractSpace + `">`)
			_ = xml.EscapeText(&b, []byte(value[1])) // a Buffer does not fail
			b.WriteString(`</mc:` + value[0] + `>`)
		}
	}
	b.WriteString(`</soapenv:Header><soapenv:Body>`)
	if content := bytes.TrimSpace(c.input); len(content) > 0 && content[0] == '<' {
		b.Write(content)
	} else if err := c.content(&b); err != nil {
		return nil, err
	}
	b.WriteString(`</soapenv:Body></soapenv:Envelope>`)
	return b.Bytes(), nil
}

// content writes a JSON object as the operation's element: fields in the order in which they stand, lists as elements
// that repeat.
func (c soapCall) content(b *bytes.Buffer) error {
	d := json.NewDecoder(bytes.NewReader(c.input))
	d.UseNumber()
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return errors.New("the input is neither a JSON object nor XML")
	}
	b.WriteString(`<` + string(c.service) + ` xmlns="` + contractSpace + `">`)
	if err := fields(b, d); err != nil {
		return fmt.Errorf("the input cannot be written as XML: %w", err)
	}
	b.WriteString(`</` + string(c.service) + `>`)
	return nil
}

// fields writes the members of an object that is open, up to its end.
func fields(b *bytes.Buffer, d *json.Decoder) error {
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if err := element(b, d, fmt.Sprint(name)); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func element(b *bytes.Buffer, d *json.Decoder, name string) error {
	value, err := d.Token()
	if err != nil {
		return err
	}
	if value == json.Delim('[') {
		for d.More() {
			if err := element(b, d, name); err != nil {
				return err
			}
		}
		_, err := d.Token()
		return err
	}
	if value == nil {
		return nil
	}
	b.WriteString("<" + name + ">")
	if value == json.Delim('{') {
		err = fields(b, d)
	} else {
		_ = xml.EscapeText(b, fmt.Append(nil, value)) // a Buffer does not fail
	}
	b.WriteString("</" + name + ">")
	return err
}

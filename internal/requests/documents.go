package requests

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"strconv"
	"time"

	"mconnect/internal/domain/access"
)

// documents makes those that a change of state brings, signs them and notes them in the request.
func (x *Requests) documents(done *outcome, from access.State, now time.Time) error {
	r := &done.request
	if r.State == from {
		return nil
	}
	var kind access.DocumentKind
	switch r.State {
	case access.Submitted:
		kind = access.RequestDocument
	case access.Approved:
		kind = access.ProviderDocument
	case access.Decided:
		kind = access.ConnectionDocument
	case access.Refused:
		kind = access.RefusalDocument
	case access.Ready:
		kind = access.TestDocument
	case access.InForce:
		kind = access.AgreementDocument
	default:
		return nil
	}
	d, err := x.document(r, kind, now)
	if err != nil {
		return err
	}
	done.documents = append(done.documents, d)
	r.Documents = append(r.Documents, d.DocumentRef)
	r.Timeline[len(r.Timeline)-1].Document = d.Number
	return nil
}

// letters begin the numbers of documents, which go on with that of the request.
var letters = map[access.DocumentKind]string{access.RequestDocument: "Q", access.ProviderDocument: "P",
	access.ConnectionDocument: "C", access.RefusalDocument: "R", access.TestDocument: "T", access.AgreementDocument: "A"}

// issued is what a document states. Persons are named by their identifiers only.
type issued struct {
	Number    string              `json:"number"`
	Kind      access.DocumentKind `json:"kind"`
	Code      string              `json:"code"`
	Issued    time.Time           `json:"issued"`
	Request   string              `json:"request"`
	Asks      access.Kind         `json:"asks"`
	Consumer  string              `json:"consumer"`
	Provider  string              `json:"provider"`
	Service   string              `json:"service"`
	Agreement string              `json:"agreement,omitempty"`
	Version   int                 `json:"version"` // of the request, with its digest
	Digest    string              `json:"digest"`
	Verdict   *access.Verdict     `json:"verdict,omitempty"`
	Checks    []access.Check      `json:"checks,omitempty"`
	Refusal   *access.Refusal     `json:"refusal,omitempty"`
	Test      *access.TestReport  `json:"test,omitempty"`
}

// document makes and signs one document of the request.
func (x *Requests) document(r *access.Request, kind access.DocumentKind, now time.Time) (access.Document, error) {
	nth := 1
	for _, d := range r.Documents {
		if d.Kind == kind {
			nth++
		}
	}
	number := letters[kind] + r.Number[1:]
	if nth > 1 {
		number += "-" + strconv.Itoa(nth)
	}
	d := access.Document{DocumentRef: access.DocumentRef{Number: number, Kind: kind, Code: newCode(), At: now},
		Request: r.Number}
	c := issued{Number: number, Kind: kind, Code: d.Code, Issued: now, Request: r.Number, Asks: r.Kind,
		Consumer: string(r.Consumer), Provider: string(r.Provider), Service: string(r.Service) + "/" + r.Version.String(),
		Agreement: string(r.Agreement)}
	if v := r.Latest(); v != nil {
		c.Version, c.Digest = v.Number, v.Digest
	}
	switch kind {
	case access.ProviderDocument, access.AgreementDocument:
		c.Verdict = r.Verdict
	case access.ConnectionDocument:
		c.Verdict, c.Checks = r.Verdict, r.Checks
	case access.RefusalDocument:
		c.Refusal, c.Verdict = r.Refusal, r.Verdict
	case access.TestDocument:
		c.Test = r.Test
	}
	var err error
	if d.Content, d.Digest, err = canonical(c); err != nil {
		return d, err
	}
	d.Signature, err = x.cfg.Signer.Sign(d.Content)
	return d, err
}

// newCode makes a verification code of 100 bits: 20 characters in groups of five.
func newCode() string {
	var raw [13]byte
	_, _ = rand.Read(raw[:]) // never fails: crypto/rand ends the process instead
	text := base32.StdEncoding.EncodeToString(raw[:])[:20]
	return text[:5] + "-" + text[5:10] + "-" + text[10:15] + "-" + text[15:]
}

// Parse reads the content of a document.
func Parse(d access.Document) (map[string]any, error) {
	var all map[string]any
	err := json.Unmarshal(d.Content, &all)
	return all, err
}

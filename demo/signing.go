package demo

import (
	"context"
	"crypto/x509"
	"time"

	"mconnect/internal/domain/people"
	"mconnect/internal/pki/authority"
	"mconnect/internal/requests"
)

// signAs signs for a person of the demo with a new certificate of the demo's own authority, which ends after an hour.
// It is what the button "sign with a test certificate" does, where a platform at work asks for a signature that was
// made elsewhere.
func (c *environment) signAs(_ context.Context, p people.Principal, content []byte) (string, error) {
	issued, err := c.authority.Issue(authority.Request{Use: authority.ForSigning, Name: p.Name,
		Bearer: string(p.Person), NotAfter: time.Now().Add(time.Hour)})
	if err != nil {
		return "", err
	}
	return requests.SignJWS(issued.Key, []*x509.Certificate{issued.Certificate, issued.Authority}, content)
}

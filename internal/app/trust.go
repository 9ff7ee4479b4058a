package app

import (
	"bytes"
	"context"
	"crypto/x509"
	"time"
)

// stapleEvery is how often the OCSP response that is shown with the platform's certificate is looked at.
const stapleEvery = time.Minute

// keepLists copies the revocation lists in force, and says which configured ones do not count.
func (a *App) keepLists() {
	if err := a.Trust.Trouble(); err != nil {
		a.logger.Error("a revocation list does not count; the copy kept of it does", "cause", err)
	}
	if err := a.Trust.Keep(); err != nil {
		a.logger.Warn("cannot keep a copy of the revocation lists", "cause", err)
	}
}

// refreshStaples shows with the platform's certificate what its issuer's OCSP responder says, when that is "good" and
// the chain of the certificate names its issuer.
func (a *App) refreshStaples(ctx context.Context) {
	show := func() {
		identity := a.Identity.Certificate()
		chain, err := x509.ParseCertificates(bytes.Join(identity.Certificate, nil))
		if err != nil || len(chain) < 2 || len(chain[0].OCSPServer) == 0 {
			return
		}
		a.Identity.Staple(identity, a.OCSP.Staple(ctx, chain[0], chain[1]))
	}
	show()
	every(ctx, stapleEvery, show)
}

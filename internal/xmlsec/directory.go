package xmlsec

import (
	"crypto/sha1" //nolint:gosec // thumbprints are defined over SHA-1; they only find, never prove
	"crypto/sha256"
	"crypto/x509"

	"mconnect/fault"
)

// Directory finds registered certificates by every kind of claim. It never changes: build a new one when
// registrations change. It judges neither standing nor validity.
type Directory struct {
	byDER    map[[32]byte][]Registered
	bySerial map[string][]Registered
	byKeyID  map[string][]Registered
	byThumb  map[[20]byte][]Registered
}

// NewDirectory indexes all.
func NewDirectory(all ...Registered) *Directory {
	d := &Directory{
		byDER:    make(map[[32]byte][]Registered, len(all)),
		bySerial: make(map[string][]Registered, len(all)),
		byKeyID:  make(map[string][]Registered, len(all)),
		byThumb:  make(map[[20]byte][]Registered, len(all)),
	}
	for _, r := range all {
		c := r.Certificate
		der, thumb := sha256.Sum256(c.Raw), sha1.Sum(c.Raw)
		if len(d.byDER[der]) > 0 {
			continue
		}
		d.byDER[der] = append(d.byDER[der], r)
		d.byThumb[thumb] = append(d.byThumb[thumb], r)
		serial := c.SerialNumber.Text(16)
		d.bySerial[serial] = append(d.bySerial[serial], r)
		if len(c.SubjectKeyId) > 0 {
			d.byKeyID[string(c.SubjectKeyId)] = append(d.byKeyID[string(c.SubjectKeyId)], r)
		}
	}
	return d
}

// Find returns the one registration that the claim leads to. Where several certificates of one key fit, it is the
// one that lives longest; where the keys differ, none. Fault: signature.certificate.
func (d *Directory) Find(c Claim) (Registered, error) {
	var found []Registered
	switch {
	case c.Carried != nil: // of a chain, the certificate that is registered is the signer's
		for _, der := range c.Carried {
			found = append(found, d.byDER[sha256.Sum256(der)]...)
		}
	case c.Thumbprint != nil:
		if len(c.Thumbprint) == sha1.Size {
			found = d.byThumb[[20]byte(c.Thumbprint)]
		}
	case c.Serial != nil:
		found = d.issuedBy(c.Issuer, d.bySerial[c.Serial.Text(16)])
	default:
		found = d.byKeyID[string(c.SubjectKeyID)]
	}
	var best Registered
	for _, r := range found {
		switch {
		case best.Certificate == nil:
			best = r
		case !sameKey(best.Certificate, r.Certificate):
			return Registered{}, fault.New(fault.SignatureCertificate)
		case r.Certificate.NotAfter.After(best.Certificate.NotAfter):
			best = r
		}
	}
	if best.Certificate == nil || !c.fits(best.Certificate) {
		return Registered{}, fault.New(fault.SignatureCertificate)
	}
	return best, nil
}

// issuedBy chooses those whose issuer has the name. Where none has it as standards write names, it is looked for as
// programs do that quote in their own way or not at all: the serial number has chosen already, and the key still has to
// verify.
func (d *Directory) issuedBy(name string, all []Registered) (found []Registered) {
	for _, same := range []func(string, *x509.Certificate) bool{sameName, likeName} {
		for _, r := range all {
			if same(name, r.Certificate) {
				found = append(found, r)
			}
		}
		if len(found) > 0 {
			break
		}
	}
	return found
}

func sameKey(a, b *x509.Certificate) bool {
	return string(a.RawSubjectPublicKeyInfo) == string(b.RawSubjectPublicKeyInfo)
}

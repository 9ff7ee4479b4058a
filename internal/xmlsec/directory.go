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
	case c.DER != nil:
		found = d.byDER[sha256.Sum256(c.DER)]
	case c.Thumbprint != nil:
		if len(c.Thumbprint) == sha1.Size {
			found = d.byThumb[[20]byte(c.Thumbprint)]
		}
	case c.Serial != nil:
		for _, r := range d.bySerial[c.Serial.Text(16)] {
			if sameName(c.Issuer, r.Certificate) {
				found = append(found, r)
			}
		}
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

func sameKey(a, b *x509.Certificate) bool {
	return string(a.RawSubjectPublicKeyInfo) == string(b.RawSubjectPublicKeyInfo)
}

package xmlsec_test

import (
	"crypto/x509"
	"math/big"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

// renewed is p with a later certificate for the same key.
func renewed(t *testing.T, p party) party {
	t.Helper()
	template := *p.cert
	template.SerialNumber = new(big.Int).Add(p.cert.SerialNumber, big.NewInt(1))
	template.NotAfter = p.cert.NotAfter.Add(time.Hour)
	der := must.Get(x509.CreateCertificate(nil, &template, &template, p.key.Public(), p.key))(t)
	cert := must.Get(x509.ParseCertificate(der))(t)
	return party{p.key, cert}
}

func TestDirectory(t *testing.T) {
	next := renewed(t, alpha())
	thief := *beta().cert // registered with alpha's key identifier
	thief.SubjectKeyId = gamma().cert.SubjectKeyId
	d := xmlsec.NewDirectory(xmlsec.Registered{Certificate: alpha().cert}, xmlsec.Registered{Certificate: next.cert}, xmlsec.Registered{Certificate: alpha().cert},
		xmlsec.Registered{Certificate: gamma().cert}, xmlsec.Registered{Certificate: &thief})
	for name, c := range map[string]struct {
		claim xmlsec.Claim
		want  *x509.Certificate
	}{
		"certificate":                {xmlsec.Claim{Carried: [][]byte{alpha().cert.Raw}}, alpha().cert},
		"serial":                     {xmlsec.Claim{Issuer: alpha().cert.Issuer.String(), Serial: alpha().cert.SerialNumber}, alpha().cert},
		"key identifier, renewed":    {xmlsec.Claim{SubjectKeyID: alpha().cert.SubjectKeyId}, next.cert},
		"key identifier, two keys":   {xmlsec.Claim{SubjectKeyID: gamma().cert.SubjectKeyId}, nil},
		"unknown certificate":        {xmlsec.Claim{Carried: [][]byte{[]byte("x")}}, nil},
		"unknown serial":             {xmlsec.Claim{Issuer: "CN=x", Serial: big.NewInt(1)}, nil},
		"certificate, other serial":  {xmlsec.Claim{Carried: [][]byte{alpha().cert.Raw}, Serial: big.NewInt(1)}, nil},
		"certificate, other key id":  {xmlsec.Claim{Carried: [][]byte{alpha().cert.Raw}, SubjectKeyID: []byte("x")}, nil},
		"thumbprint of wrong length": {xmlsec.Claim{Thumbprint: []byte("x")}, nil},
		"nothing":                    {xmlsec.Claim{}, nil},
	} {
		got, err := d.Find(c.claim)
		if got.Certificate != c.want || (c.want == nil) != (codeOf(err) == fault.SignatureCertificate) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

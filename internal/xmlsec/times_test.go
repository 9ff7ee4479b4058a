package xmlsec

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	want := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for _, s := range []string{"2026-03-02T12:00:00Z", "2026-03-02T12:00:00.000Z", "2026-03-02T12:00:00.0000000Z", "2026-03-02T14:00:00+02:00",
		"2026-03-02T12:00:00+00:00", "2026-03-02T12:00:00.000000-00:00", "2026-03-02T12:00:00.000000000000Z"} {
		if got, ok := parseTime(s); !ok || !got.Equal(want) {
			t.Errorf("%s: %v %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "2026-03-02", "2026-03-02T12:00:00", "2026-03-02 12:00:00Z", "2026-3-2T12:00:00Z000", "2026-03-02T12:00:00,5Z",
		"2026-13-02T12:00:00Z", "2026-03-02T25:00:00Z", "2026-03-02T12:00:00Zx", "2026-03-02T12:00Z000000", "26-03-02T12:00:00Z...."} {
		if got, ok := parseTime(s); ok {
			t.Errorf("%q reads as %v", s, got)
		}
	}
}

func TestTimestamp_Window(t *testing.T) {
	created := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	p := Policy{Skew: time.Minute, Lifetime: 10 * time.Minute}
	for _, c := range []struct {
		after, expires time.Duration
		ok             bool
	}{
		{0, 5 * time.Minute, true}, {-time.Minute, 5 * time.Minute, true}, {-61 * time.Second, 5 * time.Minute, false},
		{359 * time.Second, 5 * time.Minute, true}, {6 * time.Minute, 5 * time.Minute, false},
		// no longer than the policy's lifetime
		{659 * time.Second, time.Hour, true}, {11 * time.Minute, time.Hour, false},
		{659 * time.Second, 0, true}, {11 * time.Minute, 0, false}, // no Expires
	} {
		stamp := timestamp{created: created}
		if c.expires > 0 {
			stamp.expires = created.Add(c.expires)
		}
		if _, err := stamp.check(created.Add(c.after), p); (err == nil) != c.ok {
			t.Errorf("%v after Created, Expires %v: %v", c.after, c.expires, err)
		}
	}
}

func TestParseSerial(t *testing.T) {
	for s, want := range map[string]string{"0": "0", "255": "255", "0xFF": "255", "0Xff": "255", "0x00ff": "255", "007": "7"} {
		if got := parseSerial(s); got == nil || got.String() != want {
			t.Errorf("%q: %v", s, got)
		}
	}
	for _, s := range []string{"", "0x", "-1", "+1", "1_0", "FF", "0xG", "1 2", "99999999999999999999999999999999999999999999999999999999999999999"} {
		if got := parseSerial(s); got != nil {
			t.Errorf("%q reads as %v", s, got)
		}
	}
}

func TestSameName(t *testing.T) {
	value := func(oid asn1.ObjectIdentifier, v string) pkix.AttributeTypeAndValue {
		return pkix.AttributeTypeAndValue{Type: oid, Value: v}
	}
	cert := &x509.Certificate{Issuer: pkix.Name{Names: []pkix.AttributeTypeAndValue{
		value(asn1.ObjectIdentifier{2, 5, 4, 6}, "MD"), value(asn1.ObjectIdentifier{2, 5, 4, 10}, "Test, Office"),
		value(asn1.ObjectIdentifier{2, 5, 4, 3}, "Test CA"), value(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, "a@b.test"),
	}}}
	for _, s := range []string{
		`CN=Test CA,O=Test\, Office,C=MD,1.2.840.113549.1.9.1=#0c086140622e74657374`, `C=MD, O="Test, Office", CN=Test  CA, E=a@b.test`,
		`/C=MD/O=Test, Office/CN=Test CA/emailAddress=a@b.test`, `emailAddress=A@B.test;cn=test ca;o=Test\2C Office;c=md`, `OID.2.5.4.6=MD + CN=Test CA, O="Test, Office", EMAIL=a@b.test`,
	} {
		if !sameName(s, cert) {
			t.Errorf("not the same: %s", s)
		}
	}
	for _, s := range []string{``, `CN=Test CA`, `CN=Test CA,O=Test\, Office,C=MD`, `CN=Test CB,O=Test\, Office,C=MD,E=a@b.test`, `CN=Test CA,O=Test\, Office,C=MD,E=a@b.test,OU=x`,
		`CN=Test CA,O=Test\, Office,C=MD,E=a@b.test,garbage`, `CN=Test CA,O=Test\, Office,C=MD,E=#zz`, `\`, `"`} {
		if sameName(s, cert) {
			t.Errorf("the same: %s", s)
		}
	}
}

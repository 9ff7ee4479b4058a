//go:build whole

package xmlsec_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

// zeep runs testdata/sign_as_zeep.py with the unmodified library of Debian (python3-zeep, python3-xmlsec).
func (x xmlsec1) zeep(t *testing.T, what, form, hash, envelope string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", "testdata/sign_as_zeep.py", what, x.key, x.cert, form, hash)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(envelope), &out, &errs
	err := cmd.Run()
	if err != nil && what == "sign" {
		t.Fatal(err, errs.String())
	}
	if err != nil {
		err = fmt.Errorf("%w: %s", err, errs.String())
	}
	return out.String(), err
}

// TestZeep_SignsForUs: what the library itself signs, in both its forms, is accepted; changed, it is not.
func TestZeep_SignsForUs(t *testing.T) {
	x := newXmlsec1(t, alpha())
	late := `<s:Header><wsse:Security xmlns:wsse="@WSSE@">` + stampOf("", "2026-03-02T11:59:58Z", "2026-03-02T12:04:58Z") + `</wsse:Security></s:Header>`
	in := insert(`<s:Envelope xmlns:s="@SOAP@"><s:Header/><s:Body>`+bodyContent+`</s:Body>`+late+`</s:Envelope>`, alpha())
	for _, form := range []string{"data", "binary"} {
		for _, hash := range []string{"sha1", "sha256"} {
			signed, _ := x.zeep(t, "sign", form, hash, in)
			v, err := verify(signed, trusting(xmlsec.Policy{SHA1: hash == "sha1"}, alpha()))
			if err != nil {
				t.Errorf("%s %s: %v\n%s", form, hash, err, signed)
				continue
			}
			if want := xmlsec.LateHeader | xmlsec.UnsignedTimestamp; v.Flags&^xmlsec.UsedSHA1 != want || !strings.Contains(string(v.Body), "IDNP") {
				t.Errorf("%s %s: flags %b", form, hash, v.Flags)
			}
			changed := strings.Replace(signed, "2000000000008<", "2000000000009<", 1)
			if _, err := verify(changed, trusting(xmlsec.Policy{SHA1: true}, alpha())); codeOf(err) != fault.SignatureDigest {
				t.Errorf("%s %s: changed: %v", form, hash, err)
			}
		}
	}
}

// TestZeep_VerifiesOurs: the library accepts the platform's answers as they are, and no others.
func TestZeep_VerifiesOurs(t *testing.T) {
	x := newXmlsec1(t, alpha())
	for _, headers := range []bool{false, true} {
		for _, name := range []string{"plain", "types in values", "headers", "soap 1.2"} {
			out := must.Get(signer(t, alpha(), headers).Sign([]byte(insert(unsigned[name], alpha()))))(t)
			if _, err := x.zeep(t, "verify", "binary", "sha256", string(out)); err != nil {
				t.Errorf("%s: zeep: %v", name, err)
			}
			bad := strings.Replace(string(out), "</soapenv:Body>", "!</soapenv:Body>", 1)
			if _, err := x.zeep(t, "verify", "binary", "sha256", bad); err == nil || !strings.Contains(err.Error(), "SignatureVerificationFailed") {
				t.Errorf("%s: zeep accepts what was changed", name)
			}
		}
	}
}

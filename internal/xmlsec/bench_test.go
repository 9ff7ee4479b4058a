package xmlsec_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"strings"
	"testing"

	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

// register is an answer of about 1 MB, as a register of many rows gives it.
func register() []byte {
	row := `<m:Row xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" n="1" m:kind="flat"><m:Number>0100101.123</m:Number>` +
		`<m:Address>str. Ștefan cel Mare 1, ap. 2 &amp; 3</m:Address><m:Area unit="m2">54.3</m:Area><m:Owner xsi:nil="true"/></m:Row>` + "\n"
	return []byte(`<s:Envelope xmlns:s="` + xmlsec.NamespaceSOAP11 + `"><s:Body><m:GetRealEstates xmlns:m="https://mconnect.gov.md">` +
		strings.Repeat(row, 4000) + `</m:GetRealEstates></s:Body></s:Envelope>`)
}

func BenchmarkParse(b *testing.B) {
	data := register()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		must.Get(xmlsec.Parse(data, xmlsec.Limits{}))(b)
	}
}

func BenchmarkCanonicalize(b *testing.B) {
	data := register()
	d, err := xmlsec.Parse(data, xmlsec.Limits{})
	must.OK(b, err)
	var out []byte
	for name, mode := range map[string]xmlsec.Mode{"exclusive": xmlsec.Exclusive, "inclusive": xmlsec.Inclusive10} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if out, err = xmlsec.Canonicalize(out[:0], d.Root(), mode); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCall is what a SOAP call costs here: request parsed and verified (RSA-2048), answer signed. The primitives
// next to it are the floor.
func BenchmarkCall(b *testing.B) {
	request := []byte(complete(b, insert(plainMessage(refToX, "sha256", "body", "ts"), alpha()), alpha()))
	answer := []byte(insert(unsigned["plain"], alpha()))
	cfg := trusting(xmlsec.Policy{}, alpha())
	cfg.Replay = nil
	sum := sha256.Sum256(request)
	value := must.Get(alpha().key.Sign(rand.Reader, sum[:], crypto.SHA256))(b)
	public := alpha().cert.PublicKey.(*rsa.PublicKey)
	for name, p := range map[string]party{"rsa": alpha(), "p256": gamma()} {
		s := signer(b, p, false)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d := must.Get(xmlsec.Parse(request, xmlsec.Limits{}))(b)
				v, err := xmlsec.Verify(d, cfg)
				if err != nil || !bytes.Contains(v.Body, []byte("IDNP")) {
					b.Fatal(err)
				}
				must.Get(s.Sign(answer))(b)
			}
		})
		b.Run(name+"-primitives", func(b *testing.B) {
			for b.Loop() {
				must.OK(b, rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], value))
				must.Get(p.key.Sign(rand.Reader, sum[:], crypto.SHA256))(b)
			}
		})
	}
}

package httpsig_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"mconnect/internal/httpsig"
	"mconnect/test/must"
)

// sample is the request of RFC 9421, appendix B.2.
func sample(t testing.TB) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, "https://example.com/foo?param=Value&Pet=dog", strings.NewReader(`{"hello": "world"}`))
	must.OK(t, err)
	r.Header = http.Header{
		"Date": {"Tue, 20 Apr 2021 02:07:55 GMT"}, "Content-Type": {"application/json"}, "Content-Length": {"18"},
		"Content-Digest": {"sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"},
	}
	return r
}

const uri = "https://example.com/foo?param=Value&Pet=dog"

// TestVectors_RFC9421 verifies the signature of appendix B.2.6, made with the key test-key-ed25519, and builds the base
// that is printed there.
func TestVectors_RFC9421(t *testing.T) {
	r := sample(t)
	r.Header.Set("Signature-Input", `sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"`)
	r.Header.Set("Signature", `sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:`)
	all, err := httpsig.Read(r.Header)
	if err != nil || len(all) != 1 || all[0].KeyID != "test-key-ed25519" || all[0].Created.Unix() != 1618884473 || all[0].Label != "sig-b26" {
		t.Fatalf("%+v %v", all, err)
	}
	base, err := all[0].Base(r, uri)
	want := `"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"`
	if err != nil || string(base) != want {
		t.Fatalf("%v\n%s", err, base)
	}
	block, _ := pem.Decode([]byte("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n-----END PUBLIC KEY-----"))
	key := must.Get(x509.ParsePKIXPublicKey(block.Bytes))(t)
	if err := all[0].Verify(key, base); err != nil {
		t.Error(err)
	}
	if !httpsig.HasDigest(r.Header["Content-Digest"], []byte(`{"hello": "world"}`)) || httpsig.HasDigest(r.Header["Content-Digest"], []byte(`{"hello": "World"}`)) {
		t.Error("the digest of the appendix")
	}
	r.Header.Set("Date", "Tue, 20 Apr 2021 02:07:56 GMT")
	changed, err := all[0].Base(r, uri)
	if err != nil || !errors.Is(all[0].Verify(key, changed), httpsig.ErrWrong) {
		t.Errorf("a changed header: %v", err)
	}
}

func keys(t testing.TB) map[string]crypto.Signer {
	t.Helper()
	rsaKey := must.Get(rsa.GenerateKey(rand.Reader, 2048))(t)
	ecKey := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	must.OK(t, err)
	return map[string]crypto.Signer{httpsig.RSA: rsaKey, httpsig.RSAPSS: rsaKey, httpsig.ECDSA: ecKey, httpsig.ED25519: edKey}
}

// TestSign_EveryAlgorithm: what is signed here verifies, and nothing else does.
func TestSign_EveryAlgorithm(t *testing.T) {
	body := []byte(`{"hello": "world"}`)
	all := keys(t)
	for algorithm, key := range all {
		r := sample(t)
		r.Header.Set("CallBasis", "Legea")
		signer := httpsig.Signer{Key: key, KeyID: "k", Algorithm: algorithm}
		if err := signer.Sign(r, body, []string{"CallBasis", "CallReason"}, time.Unix(1618884473, 0)); err != nil {
			t.Fatalf("%s: %v", algorithm, err)
		}
		read, err := httpsig.Read(r.Header)
		if err != nil || len(read) != 1 || read[0].Algorithm != algorithm || read[0].Nonce == "" || !read[0].Covers("callbasis") || read[0].Covers("callreason") {
			t.Fatalf("%s: %+v %v", algorithm, read, err)
		}
		base, err := read[0].Base(r, uri)
		if err != nil || read[0].Verify(key.Public(), base) != nil || !httpsig.HasDigest(r.Header["Content-Digest"], body) {
			t.Errorf("%s does not verify: %v", algorithm, err)
		}
		if err := read[0].Verify(key.Public(), append(base, '\n')); !errors.Is(err, httpsig.ErrWrong) {
			t.Errorf("%s: another base: %v", algorithm, err)
		}
		for other, another := range all {
			if strings.HasPrefix(other, algorithm[:3]) {
				continue
			}
			if err := read[0].Verify(another.Public(), base); !errors.Is(err, httpsig.ErrAlgorithm) {
				t.Errorf("%s with the key of %s: %v", algorithm, other, err)
			}
		}
	}
	weak := must.Get(rsa.GenerateKey(rand.Reader, 1024))(t)
	if err := (&httpsig.Signature{Value: []byte{1}}).Verify(weak.Public(), nil); !errors.Is(err, httpsig.ErrKey) {
		t.Errorf("a short key: %v", err)
	}
}

// TestVerify_PSSWithTheSaltOfAnyLength: RFC 9421 wants 64 octets, and signers that leave the length to OpenSSL write
// the longest that the key has room for.
func TestVerify_PSSWithTheSaltOfAnyLength(t *testing.T) {
	key := must.Get(rsa.GenerateKey(rand.Reader, 2048))(t)
	base := []byte("\"@method\": POST")
	sum := sha512.Sum512(base)
	for _, salt := range []int{64, rsa.PSSSaltLengthAuto, 20} { // Auto is the longest when signing
		value := must.Get(rsa.SignPSS(rand.Reader, key, crypto.SHA512, sum[:], &rsa.PSSOptions{SaltLength: salt}))(t)
		s := httpsig.Signature{Algorithm: httpsig.RSAPSS, Value: value}
		if err := s.Verify(key.Public(), base); err != nil {
			t.Errorf("salt %d: %v", salt, err)
		}
		if err := s.Verify(key.Public(), []byte("\"@method\": PUT")); !errors.Is(err, httpsig.ErrWrong) {
			t.Errorf("salt %d, another base: %v", salt, err)
		}
		if s.Algorithm = ""; s.Verify(key.Public(), base) == nil {
			t.Errorf("salt %d: taken for PKCS #1 1.5", salt)
		}
	}
}

func TestRead_RefusesWhatCannotBeCovered(t *testing.T) {
	value := `a=:` + base64.StdEncoding.EncodeToString([]byte("x")) + `:`
	for input, want := range map[string]error{
		``: httpsig.ErrMalformed, `a`: httpsig.ErrMalformed, `a=("x"`: httpsig.ErrMalformed, `a=("x" "x")`: httpsig.ErrMalformed, `a=("X")`: httpsig.ErrMalformed,
		`b=("x")`: httpsig.ErrMalformed, `a=("x");created="1"`: httpsig.ErrMalformed, `a=("x");created=1.5`: httpsig.ErrMalformed,
		`a=("x");created=1;created=2`: httpsig.ErrMalformed, `a=("x");unknown=1`: httpsig.ErrMalformed, `a=("x"), a=("x")`: httpsig.ErrMalformed,
		`a=("x"), b=("x")`: httpsig.ErrMalformed, `a=("x";sf)`: httpsig.ErrComponent, `a=("@query-param";name="x")`: httpsig.ErrComponent,
		`a=();created=1`: nil, `a=( "x"  "y" ); created=1;nonce="\"";tag="t"`: nil,
	} {
		h := http.Header{"Signature-Input": {input}, "Signature": {value}}
		if _, err := httpsig.Read(h); !errors.Is(err, want) {
			t.Errorf("%s: %v; want %v", input, err, want)
		}
	}
	s := must.Get(httpsig.Read(http.Header{"Signature-Input": {`a=("x" "@status")`}, "Signature": {value}}))(t)
	if _, err := s[0].Base(&http.Request{Header: http.Header{"X": {" 1 ", "2"}}}, uri); !errors.Is(err, httpsig.ErrComponent) {
		t.Errorf("a component of answers: %v", err)
	}
}

func TestHTTPSig_TargetURI(t *testing.T) {
	for _, c := range [][3]string{
		{"Example.COM:443", "/a?b=c", "https://example.com/a?b=c"}, {"example.com:8443", "/", "https://example.com:8443/"}, {"[::1]:443", "", "https://[::1]/"},
	} {
		if got := httpsig.TargetURI(c[0], c[1]); got != c[2] {
			t.Errorf("%s: %s", c, got)
		}
	}
}

// FuzzRead: whatever comes is read or refused; what is read gives a base or names a component.
func FuzzRead(f *testing.F) {
	f.Add(`a=("@method" "x");created=1;keyid="k"`, `a=:eA==:`)
	f.Add(`a=(), b=("x";key="y")`, `a=:eA==:, b=::`)
	f.Fuzz(func(t *testing.T, input, signature string) {
		all, err := httpsig.Read(http.Header{"Signature-Input": {input}, "Signature": {signature}})
		if err != nil {
			return
		}
		for _, s := range all {
			if base, err := s.Base(sample(t), uri); err == nil && !strings.HasSuffix(string(base), ")") && !strings.Contains(string(base), ");") {
				t.Fatalf("%s: %s", input, base)
			}
		}
	})
}

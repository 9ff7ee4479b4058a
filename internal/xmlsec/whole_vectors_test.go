//go:build whole

package xmlsec_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"flag"
	"os"
	"testing"

	"mconnect/test/must"
)

var update = flag.Bool("update", false, "make testdata/ anew with libxml2 and xmlsec1")

// TestMakeVectors writes what the plain tests compare with; without -update it only proves that it still can.
func TestMakeVectors(t *testing.T) {
	l := startLibxml2(t)
	var all []vector
	for seed := range uint64(40) {
		r := newNasty(700_000 + seed)
		r.bases = seed%3 == 0
		text, elements := r.document()
		questions := asks(r, elements)
		lines := make([][]any, len(questions))
		for i, q := range questions {
			lines[i] = q.line
		}
		var answers []*string
		l.ask(t, map[string]any{"doc": base64.StdEncoding.EncodeToString([]byte(text)), "asks": lines}, &answers)
		v := vector{Document: text}
		for i, q := range questions {
			raw := must.Get(base64.StdEncoding.DecodeString(*answers[i]))(t)
			sum := sha256.Sum256(raw)
			v.Forms = append(v.Forms, form{int(q.mode), q.element, q.prefixes, hexOf(sum[:])})
		}
		all = append(all, v)
	}
	out := must.Get(json.MarshalIndent(all, "", " "))(t)
	signed := signedVectors(t)
	if !*update {
		return
	}
	write := func(name string, data []byte) {
		must.OK(t, os.WriteFile("testdata/"+name, data, 0o644))
	}
	write("canonical.json", append(out, '\n'))
	for name, data := range signed {
		write(name, data)
	}
}

// signedVectors are the six shapes and one of ECDSA, signed by xmlsec1.
func signedVectors(t *testing.T) map[string][]byte {
	out := map[string][]byte{}
	for _, s := range shapes() {
		x := newXmlsec1(t, alpha())
		text, said, ok := x.run(t, "--sign", "--privkey-pem", x.key, x.write(t, "t.xml", insert(s.text, alpha())))
		if !ok {
			t.Fatal(s.name, said)
		}
		out["signed-"+s.name+".xml"] = []byte(text)
	}
	x := newXmlsec1(t, gamma())
	template := swap(t, insert(plainMessage(refToX, "sha256", "body", "ts"), gamma()), "xmldsig-more#rsa-sha256", "xmldsig-more#ecdsa-sha256")
	text, said, ok := x.run(t, "--sign", "--privkey-pem", x.key, x.write(t, "t.xml", template))
	if !ok {
		t.Fatal(said)
	}
	out["signed-ecdsa.xml"] = []byte(text)
	for name, p := range map[string]party{"alpha.pem": alpha(), "gamma.pem": gamma()} {
		out[name] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.cert.Raw})
	}
	return out
}

// TestParse_NothingPassesThatLibxml2Refuses: what one parser takes for XML and the other does not is how messages are
// smuggled. Ours may be the stricter: libxml2 overlooks version="1.", a missing space in the declaration, names that
// end in a colon and a rebound xml prefix.
func TestParse_NothingPassesThatLibxml2Refuses(t *testing.T) {
	l := startLibxml2(t)
	both, neither, stricter := 0, 0, 0
	for seed := range uint64(20_000) {
		r := newNasty(seed)
		text, _ := r.document()
		text = r.damage(text)
		_, err := parseLoose(text)
		var theirs bool
		l.ask(t, map[string]any{"doc": base64.StdEncoding.EncodeToString([]byte(text)), "parse": true}, &theirs)
		switch ours := err == nil; {
		case ours && theirs:
			both++
		case ours:
			t.Errorf("seed %d: libxml2 refuses %q", seed, text)
		case theirs:
			stricter++
		default:
			neither++
		}
	}
	t.Logf("%d accepted, %d refused by both, %d refused here only", both, neither, stricter)
	if stricter > (both+neither)/500 {
		t.Errorf("%d documents refused that libxml2 reads", stricter)
	}
}

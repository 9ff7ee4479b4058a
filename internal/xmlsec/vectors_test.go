package xmlsec_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

// vector is one document with its canonical forms as libxml2 made them; forms are kept as SHA-256.
type vector struct {
	Document string
	Forms    []form
}

type form struct {
	Mode     int
	Element  int // 0: the document, k: its k-th element
	Prefixes []string
	SHA256   string
}

// nth is the k-th element of the document, from 1.
func nth(n xmlsec.Node, k *int) xmlsec.Node {
	for e := range n.Elements() {
		if *k--; *k == 0 {
			return e
		}
		if found := nth(e, k); !found.IsZero() {
			return found
		}
	}
	return xmlsec.Node{}
}

func parseLoose(text string) (*xmlsec.Document, error) {
	return xmlsec.Parse([]byte(text), xmlsec.Limits{Instructions: true})
}

func TestVectors_CanonicalForms(t *testing.T) {
	raw := must.Get(os.ReadFile("testdata/canonical.json"))(t)
	var all []vector
	if err := json.Unmarshal(raw, &all); err != nil || len(all) < 40 {
		t.Fatal(len(all), err)
	}
	for _, v := range all {
		d := must.Get(parseLoose(v.Document))(t)
		for _, f := range v.Forms {
			where, k := d.Whole(), f.Element
			if k > 0 {
				where = nth(d.Whole(), &k)
			}
			got, err := xmlsec.Canonicalize(nil, where, xmlsec.Mode(f.Mode), f.Prefixes...)
			if sum := sha256.Sum256(got); err != nil || hexOf(sum[:]) != f.SHA256 {
				t.Errorf("mode %d element %d prefixes %q of %q:\n%q %v", f.Mode, f.Element, f.Prefixes, v.Document, got, err)
			}
		}
	}
}

func stored(t testing.TB, name string) []byte {
	t.Helper()
	raw := must.Get(os.ReadFile(filepath.Join("testdata", name)))(t)
	return raw
}

func storedParty(t testing.TB, name string) party {
	t.Helper()
	block, _ := pem.Decode(stored(t, name))
	cert := must.Get(x509.ParseCertificate(block.Bytes))(t)
	return party{cert: cert}
}

func TestVectors_Signatures(t *testing.T) {
	files, err := filepath.Glob("testdata/signed-*.xml")
	if err != nil || len(files) < 7 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		text := string(stored(t, filepath.Base(f)))
		cfg := trusting(xmlsec.Policy{SHA1: true}, storedParty(t, "alpha.pem"), storedParty(t, "gamma.pem"))
		v, err := verify(text, cfg)
		if err != nil || !strings.Contains(string(v.Body), "2000000000008") {
			t.Errorf("%s: %v", f, err)
		}
		for _, change := range []string{"2000000000008</m", "GetPerson ", ":Body "} {
			if _, err := verify(strings.Replace(text, change, "9"+change, 1), cfg); err == nil {
				t.Errorf("%s: accepted although changed at %s", f, change)
			}
		}
	}
}

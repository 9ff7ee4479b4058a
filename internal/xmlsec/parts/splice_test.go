package parts

import (
	"strings"
	"testing"

	"mconnect/internal/xmlsec"
)

// FuzzSplice: an element in which nothing is replaced is written as it canonically is, and what replaces is all that
// changes.
func FuzzSplice(f *testing.F) {
	for _, seed := range []string{`<a><b x=">"/>t<c>u</c></a>`, `<a xmlns:p="u"><p:b q='"'>&lt;b></p:b></a>`, `<a/>`, `<a><!-- <b> --><b/></a>`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := xmlsec.Parse([]byte(text), xmlsec.Limits{})
		if err != nil {
			return
		}
		same, err := splice(d.Root(), func(xmlsec.Node) ([]byte, placing) { return nil, keep })
		want, err2 := xmlsec.Canonicalize(nil, d.Root(), xmlsec.Inclusive10)
		if (err == nil) != (err2 == nil) || string(same) != string(want) {
			t.Fatalf("%q: %q, want %q", text, same, want)
		}
		leaves := 0
		changed, err := splice(d.Root(), func(xmlsec.Node) ([]byte, placing) { leaves++; return []byte("x"), inside })
		if err != nil {
			return
		}
		again, err := xmlsec.Parse(changed, xmlsec.Limits{Bytes: len(changed)})
		if err != nil {
			t.Fatalf("%q: %v in %q", text, err, changed)
		}
		if found := strings.Count(string(changed), ">eA=="); found < leaves {
			t.Fatalf("%q: %d of %d leaves in %q", text, found, leaves, changed)
		}
		_ = again
	})
}

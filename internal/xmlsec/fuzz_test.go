package xmlsec_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

func seeds(f *testing.F) {
	for i := range uint64(30) {
		text, _ := newNasty(i).document()
		f.Add([]byte(text))
	}
	files, _ := filepath.Glob("testdata/signed-*.xml")
	for _, name := range files {
		f.Add(stored(f, filepath.Base(name)))
	}
}

// FuzzParse: no panic, only faults of xml.*, and what passes the standard library's tokenizer reads as well.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := xmlsec.Parse(data, xmlsec.Limits{Instructions: true, Bytes: 1 << 16})
		if err != nil {
			if !strings.HasPrefix(string(codeOf(err)), "xml.") {
				t.Fatal(err)
			}
			return
		}
		elements := 0
		for dec := xml.NewDecoder(bytes.NewReader(data)); ; {
			tok, err := dec.RawToken()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return // the library is the stricter in names and declarations
			}
			if _, ok := tok.(xml.StartElement); ok {
				elements++
			}
		}
		if got := count(d.Whole()); got != elements {
			t.Fatalf("%d elements, the standard library finds %d", got, elements)
		}
	})
}

func count(n xmlsec.Node) (total int) {
	for e := range n.Elements() {
		total += 1 + count(e)
	}
	return total
}

// FuzzCanonicalize: the canonical form of what parses parses, and is its own canonical form.
func FuzzCanonicalize(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := xmlsec.Limits{Instructions: true, Bytes: 1 << 16}
		d, err := xmlsec.Parse(data, limits)
		if err != nil {
			return
		}
		for _, mode := range sixModes {
			one, err := xmlsec.Canonicalize(nil, d.Whole(), mode)
			if err != nil {
				continue
			}
			limits.Bytes = 1 << 22
			again, err := xmlsec.Parse(one, limits)
			if err != nil {
				t.Fatalf("mode %d: %v\n%q\n%q", mode, err, data, one)
			}
			if two, err := xmlsec.Canonicalize(nil, again.Whole(), mode); err != nil || !bytes.Equal(one, two) {
				t.Fatalf("mode %d: %v\n%q\n%q", mode, err, one, two)
			}
		}
	})
}

// FuzzVerify: what verifies passes on the Body that was signed, and nothing else.
func FuzzVerify(f *testing.F) {
	seeds(f)
	cfg := trusting(xmlsec.Policy{SHA1: true}, storedParty(f, "alpha.pem"), storedParty(f, "gamma.pem"))
	cfg.Replay = nil
	bodies := map[string]bool{}
	files, _ := filepath.Glob("testdata/signed-*.xml")
	for _, name := range files {
		v := must.Get(verify(string(stored(f, filepath.Base(name))), cfg))(f)
		bodies[string(v.Body)] = true
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := verify(string(data), cfg)
		switch {
		case err == nil && !bodies[string(v.Body)]:
			t.Fatalf("never signed: %s", v.Body)
		case err != nil && (fault.From(err).Kind() == fault.Internal):
			t.Fatal(err)
		}
	})
}

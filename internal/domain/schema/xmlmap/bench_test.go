package xmlmap_test

import (
	"strings"
	"testing"

	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

// large is an answer of about half a megabyte.
func large() string {
	estate := `{"Number":"9999035.000"}`
	return strings.Replace(sampleJSON, `"Estate":[]`, `"Estate":[`+strings.TrimSuffix(strings.Repeat(estate+",", 20_000), ",")+`]`, 1)
}

// The bytes counted are those read: XML for the one, JSON for the other.
func BenchmarkLargeJSON(b *testing.B) {
	form := sample(b, xmlmap.Config{Answer: true})
	element, _, err := form.XML(nil, []byte(large()))
	must.OK(b, err)
	var out []byte
	b.SetBytes(int64(len(element)))
	b.ReportAllocs()
	for b.Loop() {
		if out, _, err = form.JSON(out[:0], element); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLargeRead reads what xmlsec has parsed already, as a call by SOAP does.
func BenchmarkLargeRead(b *testing.B) {
	form := sample(b, xmlmap.Config{Answer: true})
	element, _, err := form.XML(nil, []byte(large()))
	must.OK(b, err)
	doc := must.Get(xmlsec.Parse(element, xmlsec.Limits{}))(b)
	var out []byte
	b.SetBytes(int64(len(element)))
	b.ReportAllocs()
	for b.Loop() {
		if out, _, err = form.Read(out[:0], doc.Root()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLargeXML(b *testing.B) {
	form := sample(b, xmlmap.Config{Answer: true})
	doc := []byte(large())
	var out []byte
	var err error
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if out, _, err = form.XML(out[:0], doc); err != nil {
			b.Fatal(err)
		}
	}
}

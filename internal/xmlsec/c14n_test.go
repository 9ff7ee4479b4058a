package xmlsec_test

import (
	"bytes"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

// The examples of the specifications, and what libxml2 gets wrong.
func TestCanonicalize_Examples(t *testing.T) {
	for name, c := range map[string]struct {
		text, path string
		mode       xmlsec.Mode
		prefixes   []string
		want       string
	}{
		"Canonical XML 3.1": {text: "<?xml version=\"1.0\"?>\n\n<?xml-stylesheet   href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n\n<doc>Hello, world!<!-- Comment 1 --></doc>\n\n<?pi-without-data     ?>\n\n<!-- Comment 2 -->\n\n<!-- Comment 3 -->",
			mode: xmlsec.Inclusive10.WithComments(),
			want: "<?xml-stylesheet href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n<doc>Hello, world!<!-- Comment 1 --></doc>\n<?pi-without-data?>\n<!-- Comment 2 -->\n<!-- Comment 3 -->"},
		"Canonical XML 3.3": {text: `<doc><e1   /><e3   name = "elem3"   id="elem3"   /><e5 a:attr="out" b:attr="sorted" attr2="all" attr="I'm" xmlns:b="http://www.ietf.org" xmlns:a="http://www.w3.org" xmlns="http://example.org"/></doc>`,
			mode: xmlsec.Inclusive10,
			want: `<doc><e1></e1><e3 id="elem3" name="elem3"></e3><e5 xmlns="http://example.org" xmlns:a="http://www.w3.org" xmlns:b="http://www.ietf.org" attr="I'm" attr2="all" b:attr="sorted" a:attr="out"></e5></doc>`},
		"Canonical XML 3.4": {text: "<doc><text>First line&#x0d;&#10;Second line</text><value>&#x32;</value><compute><![CDATA[value>\"0\" && value<\"10\" ?\"valid\":\"error\"]]></compute><compute expr='value>\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"'>valid</compute></doc>",
			mode: xmlsec.Inclusive10,
			want: "<doc><text>First line&#xD;\nSecond line</text><value>2</value><compute>value&gt;\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"</compute><compute expr=\"value>&quot;0&quot; &amp;&amp; value&lt;&quot;10&quot; ?&quot;valid&quot;:&quot;error&quot;\">valid</compute></doc>"},
		"Exclusive 2.2": {text: `<n0:local xmlns:n0="foo:bar" xmlns:n3="ftp://example.org"><n1:elem2 xmlns:n1="http://example.net" xml:lang="en"><n3:stuff xmlns:n3="ftp://example.org"/></n1:elem2></n0:local>`,
			path: "elem2", mode: xmlsec.Exclusive,
			want: `<n1:elem2 xmlns:n1="http://example.net" xml:lang="en"><n3:stuff xmlns:n3="ftp://example.org"></n3:stuff></n1:elem2>`},
		"Inclusive of the same": {text: `<n0:local xmlns:n0="foo:bar" xmlns:n3="ftp://example.org"><n1:elem2 xmlns:n1="http://example.net" xml:lang="en"><n3:stuff xmlns:n3="ftp://example.org"/></n1:elem2></n0:local>`,
			path: "elem2", mode: xmlsec.Inclusive10,
			want: `<n1:elem2 xmlns:n0="foo:bar" xmlns:n1="http://example.net" xmlns:n3="ftp://example.org" xml:lang="en"><n3:stuff></n3:stuff></n1:elem2>`},
		"PrefixList": {text: `<a xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q"><p:b><c xmlns=""/></p:b></a>`, path: "b",
			mode: xmlsec.Exclusive, prefixes: []string{"q", "#default", "none"},
			want: `<p:b xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q"><c xmlns=""></c></p:b>`},
		"xml:id stays behind in 1.1": {text: `<a xml:id="i" xml:lang="ro" xml:base="http://h/x/"><b xml:base="../y"/></a>`, path: "b",
			mode: xmlsec.Inclusive11, want: `<b xml:base="http://h/y" xml:lang="ro"></b>`},
		"xml:id comes along in 1.0": {text: `<a xml:id="i" xml:lang="ro"><b xml:lang="en"/></a>`, path: "b",
			mode: xmlsec.Inclusive10, want: `<b xml:id="i" xml:lang="en"></b>`},
		"ampersand in a namespace (libxml2 writes &#38;)": {text: `<a xmlns="http://h/?x&amp;&quot;y"/>`, mode: xmlsec.Inclusive10,
			want: `<a xmlns="http://h/?x&amp;&quot;y"></a>`},
	} {
		d, err := parseLoose(c.text)
		if err != nil {
			t.Fatal(name, err)
		}
		where := d.Whole()
		if c.path != "" {
			where = find(d.Root(), c.path, "")
		}
		got, err := xmlsec.Canonicalize(nil, where, c.mode, c.prefixes...)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", name, err, got, c.want)
		}
	}
}

var sixModes = []xmlsec.Mode{xmlsec.Exclusive, xmlsec.Inclusive10, xmlsec.Inclusive11,
	xmlsec.Exclusive.WithComments(), xmlsec.Inclusive10.WithComments(), xmlsec.Inclusive11.WithComments()}

// TestCanonicalize_Properties: the form is itself XML, is its own form, and does not depend on what stands around it.
func TestCanonicalize_Properties(t *testing.T) {
	for seed := range uint64(400) {
		r := newNasty(1_000_000 + seed)
		text, elements := r.document()
		d := must.Get(parseLoose(text))(t)
		for _, mode := range sixModes {
			whole := canonical(t, d.Whole(), mode)
			again, err := parseLoose(string(whole))
			if err != nil {
				t.Fatalf("not XML: %v\n%s", err, whole)
			}
			if twice := canonical(t, again.Whole(), mode); !bytes.Equal(whole, twice) {
				t.Errorf("not its own form:\n%s\n%s", whole, twice)
			}
		}
		k := 1 + r.IntN(elements)
		part := canonical(t, nth(d.Whole(), &k), xmlsec.Exclusive)
		moved, err := parseLoose(`<x:w xmlns:x="urn:x" xmlns:a="urn:else">` + string(part) + `</x:w>`)
		if err != nil {
			t.Fatal(err, string(part))
		}
		for inner := range moved.Root().Elements() {
			if there := canonical(t, inner, xmlsec.Exclusive); string(there) != string(part) {
				t.Errorf("depends on its surroundings:\n%s\n%s", part, there)
			}
		}
	}
}

func canonical(t *testing.T, n xmlsec.Node, mode xmlsec.Mode) []byte {
	t.Helper()
	out := must.Get(xmlsec.Canonicalize(nil, n, mode))(t)
	return out
}

// TestCanonicalize_OutputIsBounded: namespaces repeated on every element cannot blow a message up.
func TestCanonicalize_OutputIsBounded(t *testing.T) {
	text := `<r xmlns:a="urn:` + strings.Repeat("x", 1000) + `">` + strings.Repeat("<a:x/>", 50_000) + `</r>`
	d := parse(t, text)
	if _, err := xmlsec.Canonicalize(nil, d.Root(), xmlsec.Exclusive); codeOf(err) != fault.XMLTooLarge {
		t.Errorf("%v", err)
	}
	if out := canonical(t, d.Root(), xmlsec.Inclusive10); len(out) < len(text) {
		t.Errorf("%d octets", len(out))
	}
}

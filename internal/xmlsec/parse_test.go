package xmlsec_test

import (
	"slices"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

func TestParse_Refuses(t *testing.T) {
	for text, want := range map[string]fault.Code{
		"": fault.XMLMalformed, " ": fault.XMLMalformed, "x": fault.XMLMalformed, "<a>": fault.XMLMalformed, "<a></b>": fault.XMLMalformed,
		"<a></a": fault.XMLMalformed, "<a></ab>": fault.XMLMalformed, "<a/><b/>": fault.XMLMalformed, "<a/>x": fault.XMLMalformed,
		"</a>": fault.XMLMalformed, "<a b></a>": fault.XMLMalformed, "<a b=c/>": fault.XMLMalformed, "<a b='<'/>": fault.XMLMalformed,
		"<a b='1'c='2'/>": fault.XMLMalformed, "<a b='1' b='2'/>": fault.XMLMalformed, "<a xmlns='u:' xmlns='u:'/>": fault.XMLMalformed,
		"<a>]]></a>": fault.XMLMalformed, "<a><!-- -- --></a>": fault.XMLMalformed, "<a><!--x--->": fault.XMLMalformed,
		"<a><![CDATA[</a>": fault.XMLMalformed, "<![CDATA[]]><a/>": fault.XMLMalformed, "<a>&</a>": fault.XMLMalformed, "<a>&#;</a>": fault.XMLMalformed,
		"<a>&#x;</a>": fault.XMLMalformed, "<a>&#xD800;</a>": fault.XMLMalformed, "<a>&#x110000;</a>": fault.XMLMalformed, "<a>&#1;</a>": fault.XMLMalformed,
		"<a>&#xFFFFFFFFFFFFFFFFF;</a>": fault.XMLMalformed, "<a>&#+1;</a>": fault.XMLMalformed, "<a>&#x2147483713;</a>": fault.XMLMalformed,
		"<a>\x01</a>": fault.XMLMalformed, "<a b='\x02'/>": fault.XMLMalformed, "<a><!--\x03--></a>": fault.XMLMalformed, "<1a/>": fault.XMLMalformed,
		"<a:/>": fault.XMLNamespace, "<:a/>": fault.XMLNamespace, "<a:b:c xmlns:a='u:'/>": fault.XMLNamespace, "<a:b/>": fault.XMLNamespace,
		"<a b:c=''/>": fault.XMLNamespace, "<a xmlns:b=''/>": fault.XMLNamespace, "<xmlns:a/>": fault.XMLNamespace,
		"<a xmlns='http://www.w3.org/XML/1998/namespace'/>": fault.XMLNamespace, "<a xmlns:b='http://www.w3.org/2000/xmlns/'/>": fault.XMLNamespace,
		"<a>&nbsp;</a>": fault.XMLEntity, "<a b='&x;'/>": fault.XMLEntity, "<!DOCTYPE a><a/>": fault.XMLDoctype, "<!ELEMENT a ANY><a/>": fault.XMLMalformed,
		"<?xml version='1.1'?><a/>": fault.XMLMalformed, "<?xml?><a/>": fault.XMLMalformed, " <?xml version='1.0'?><a/>": fault.XMLMalformed,
		"<?xml version='1.0' encoding='ISO-8859-1'?><a>ș</a>": fault.XMLEncoding, "<a>\xff</a>": fault.XMLEncoding, "<a>\uFFFE</a>": fault.XMLEncoding,
		"<?xml version='1.0' standalone='maybe'?><a/>": fault.XMLMalformed, "<?p?><a/>": fault.XMLInstruction, "<a><?p:q?></a>": fault.XMLMalformed,
		"<a\u00d7/>": fault.XMLMalformed, "<a></a x>": fault.XMLMalformed, "<a/ >": fault.XMLMalformed,
	} {
		if _, err := xmlsec.Parse([]byte(text), xmlsec.Limits{}); codeOf(err) != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestParse_NamesTheLine(t *testing.T) {
	_, err := xmlsec.Parse([]byte("<a>\n<b>\n</c>\n</a>"), xmlsec.Limits{})
	if e := fault.From(err); e.Params["line"] != "3" {
		t.Errorf("%v %v", err, e.Params)
	}
}

// TestParse_Limits: each limit is the last that passes.
func TestParse_Limits(t *testing.T) {
	wide := func(n int, f string) string { return strings.Repeat(f, n) }
	for name, c := range map[string]struct {
		limits xmlsec.Limits
		text   func(n int) string
		want   fault.Code
	}{
		"bytes":      {xmlsec.Limits{Bytes: 20}, func(n int) string { return "<a>" + wide(n-7, "x") + "</a>" }, fault.XMLTooLarge},
		"depth":      {xmlsec.Limits{Depth: 20}, func(n int) string { return wide(n, "<a>") + wide(n, "</a>") }, fault.XMLTooDeep},
		"nodes":      {xmlsec.Limits{Nodes: 20}, func(n int) string { return "<a>" + wide(n-1, "<b/>") + "</a>" }, fault.XMLTooLarge},
		"attributes": {xmlsec.Limits{Attributes: 20}, func(n int) string { return "<a" + numbered(n, " a%='x'") + "/>" }, fault.XMLTooLarge},
		"namespaces": {xmlsec.Limits{Namespaces: 20}, func(n int) string { return "<a" + numbered(n, " xmlns:a%='u:x'") + "/>" }, fault.XMLTooLarge},
		"name":       {xmlsec.Limits{Name: 20}, func(n int) string { return "<" + wide(n, "a") + "/>" }, fault.XMLTooLarge},
		"uri":        {xmlsec.Limits{URI: 20}, func(n int) string { return "<a xmlns='" + wide(n, "a") + "'/>" }, fault.XMLTooLarge},
	} {
		if _, err := xmlsec.Parse([]byte(c.text(20)), c.limits); err != nil {
			t.Errorf("%s: at the limit: %v", name, err)
		}
		if _, err := xmlsec.Parse([]byte(c.text(21)), c.limits); codeOf(err) != c.want {
			t.Errorf("%s: over the limit: %v", name, err)
		}
	}
	nested := ""
	for range 5 {
		nested += "<a" + numbered(20, " xmlns:a%='u:x'") + ">"
	}
	if _, err := xmlsec.Parse([]byte(nested), xmlsec.Limits{Namespaces: 20}); codeOf(err) != fault.XMLTooLarge {
		t.Errorf("namespaces in scope: %v", err)
	}
}

func numbered(n int, form string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(form, "%", string(rune('a'+i/26))+string(rune('a'+i%26))))
	}
	return b.String()
}

func TestNode_Navigation(t *testing.T) {
	d := must.Get(parseLoose("\uFEFF<?xml version='1.0'?><!-- c --><a xmlns='urn:a' xmlns:b='urn:b' z='1' b:y='2&#10;' xml:lang='ro'>" +
		"one<!-- cut --><b:c/><![CDATA[<two>]]>&amp;<d xmlns=''>x\r\ny\rz</d><?p d?></a>"))(t)
	root := d.Root()
	if root.Local() != "a" || root.Space() != "urn:a" || root.Name() != "a" || root.Text() != "one<two>&" || !root.Parent().IsZero() {
		t.Errorf("root: %s %s %q", root.Local(), root.Space(), root.Text())
	}
	c := root.Child("urn:b", "c")
	if !c.Is("urn:b", "c") || c.Name() != "b:c" || c.Parent() != root || c.Text() != "" {
		t.Errorf("c: %s", c.Name())
	}
	inner := root.Child("", "d")
	if inner.Text() != "x\ny\nz" {
		t.Errorf("line ends: %q", inner.Text())
	}
	for prefix, want := range map[string]string{"": "", "b": "urn:b", "xml": xmlsec.NamespaceXML} {
		if got, ok := inner.Resolve(prefix); !ok || got != want {
			t.Errorf("prefix %q: %q %v", prefix, got, ok)
		}
	}
	if _, ok := inner.Resolve("q"); ok {
		t.Error("an unknown prefix resolves")
	}
	var names []string
	for a := range root.Attributes() {
		names = append(names, a.Space+"|"+a.Local+"|"+a.Value)
	}
	if !slices.Equal(names, []string{"|z|1", xmlsec.NamespaceXML + "|lang|ro", "urn:b|y|2\n"}) {
		t.Errorf("attributes: %q", names)
	}
	if v, ok := root.Attr("urn:b", "y"); !ok || v != "2\n" {
		t.Errorf("y: %q", v)
	}
	if _, ok := root.Attr("", "y"); ok {
		t.Error("an attribute in no namespace that has one")
	}
}

// TestNode_ZeroIsUsable: nothing answers empty, so that chains of Child need no checks.
func TestNode_ZeroIsUsable(t *testing.T) {
	var n xmlsec.Node
	for range n.Elements() {
		t.Error("an element in nothing")
	}
	for range n.Attributes() {
		t.Error("an attribute of nothing")
	}
	if n.Local()+n.Space()+n.Name()+n.Text() != "" || !n.IsZero() || !n.Child("", "a").Parent().IsZero() || n.Is("", "") {
		t.Error("nothing says something")
	}
	if _, ok := n.Attr("", "a"); ok {
		t.Error("an attribute of nothing")
	}
	if _, ok := n.Resolve(""); ok {
		t.Error("a namespace of nothing")
	}
	if out, err := xmlsec.Canonicalize([]byte("x"), n, xmlsec.Exclusive); err != nil || string(out) != "x" {
		t.Error("a canonical form of nothing")
	}
}

// TestParse_DeclarationWithoutAName: what is no name of an encoding makes the declaration malformed, whatever the bytes
// are.
func TestParse_DeclarationWithoutAName(t *testing.T) {
	for _, name := range []string{"", " ", "8859 1", "1252", "utf-8 "} {
		for _, decoded := range []bool{false, true} {
			_, err := xmlsec.Parse([]byte("<?xml version='1.0' encoding='"+name+"'?><a/>"), xmlsec.Limits{Decoded: decoded})
			if codeOf(err) != fault.XMLMalformed {
				t.Errorf("%q, decoded %t: %v", name, decoded, err)
			}
		}
	}
}

// TestParse_DeclarationThatTheBytesDisprove: .NET declares UTF-16 over UTF-8; a byte order mark or a settled encoding
// counts more than the declaration, and ASCII is the same in every encoding that is known. Fails on 331cb78.
func TestParse_DeclarationThatTheBytesDisprove(t *testing.T) {
	for _, c := range []struct {
		text    string
		decoded bool
		ok      bool
	}{
		{"<?xml version='1.0' encoding='utf-16'?><a>ș</a>", false, true},
		{"<?xml version='1.0' encoding='utf8'?><a>ș</a>", false, true},
		{"<?xml version='1.0' encoding='US-ASCII'?><a>ș</a>", false, true},
		{"<?xml version='1.0' encoding='ISO-8859-1'?><a>Ion</a>", false, true},
		{"<?xml version='1.0' encoding='ISO-8859-1'?><a>ș</a>", true, true},
		{"\xEF\xBB\xBF<?xml version='1.0' encoding='ISO-8859-1'?><a>ș</a>", false, true},
		{"<?xml version='1.0' encoding='ISO-8859-1'?><a>ș</a>", false, false},
		{"<?xml version='1.0' encoding='utf-7'?><a/>", false, false},
		{"<?xml version='1.0' encoding='utf-16'?><a>\xff</a>", true, false},
	} {
		_, err := xmlsec.Parse([]byte(c.text), xmlsec.Limits{Decoded: c.decoded})
		if (err == nil) != c.ok || err != nil && codeOf(err) != fault.XMLEncoding {
			t.Errorf("%q, decoded %t: %v", c.text, c.decoded, err)
		}
	}
}

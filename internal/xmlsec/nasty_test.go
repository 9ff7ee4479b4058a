package xmlsec_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
)

// nasty writes random documents that are well-formed and as awkward as namespaces, references, line ends and
// inherited attributes allow.
type nasty struct {
	*rand.Rand
	b     strings.Builder
	count int                 // elements written
	scope []map[string]string // prefixes in scope, innermost last
	bases bool                // write xml:base as well
	quiet bool                // no processing instructions
}

var (
	nastyPrefixes = []string{"", "a", "b", "soap", "wsu", "xs", "Z", "é", "a.b", "_x", "a-b"}
	nastySpaces   = []string{"urn:a", "urn:b", "http://example.org/",
		"http://example.org/?a=1", NamespaceEnvelope,
		"HTTP://EXAMPLE.org", "urn:A", "urn:a%20b;&apos;(x)"}
	nastyLocals = []string{"e", "E", "Body", "élan", "e.1", "e-1", "_", "ș", "名", "id2", "xml"}
	nastyTexts  = []string{"", "x", " ", "\n", "\r\n", "\r", "\t", "&amp;", "&lt;", "&gt;", "&#13;", "&#xD;", "&#10;", "&#x9;", ">",
		"&quot;", "&apos;", "\"", "'", "é", "𝄞", "&#x10FFFF;", "&#38;", "&#60;", "]]", "\u0085", "\u2028", "\u00a0", "abc", "&#x20;", "]]&gt;"}
	nastyBases = []string{"http://example.org/a/b/c", "x/", "../y", "z", "/r/s", "http://h/", "a/b", "q?x=1"}
)

// NamespaceEnvelope is repeated here so that the generator depends on nothing.
const NamespaceEnvelope = "http://schemas.xmlsoap.org/soap/envelope/"

func newNasty(seed uint64) *nasty { return &nasty{Rand: rand.New(rand.NewPCG(seed, 7))} }

func pick(r *nasty, from []string) string { return from[r.IntN(len(from))] }

// document returns a document and how many elements it holds.
func (r *nasty) document() (string, int) {
	r.b.Reset()
	r.count = 0
	r.scope = []map[string]string{{"": ""}}
	if r.IntN(3) == 0 {
		r.b.WriteString(pick(r, []string{`<?xml version="1.0"?>`, "<?xml version='1.0' encoding='utf-8' ?>\r\n",
			`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"}))
	}
	r.outside()
	r.element(0)
	r.outside()
	return r.b.String(), r.count
}

// payload returns one element without anything around it.
func (r *nasty) payload() string {
	r.quiet = true
	r.b.Reset()
	r.scope = []map[string]string{{"": ""}}
	r.element(1)
	return r.b.String()
}

func (r *nasty) outside() {
	for r.IntN(3) == 0 {
		r.b.WriteString(pick(r, []string{"\n", " ", "<!-- c -->", "<?pi x?>", "<?p?>", "<!--\r\n-->", "<?q   a\r\nb ?>"}))
	}
}

func (r *nasty) element(depth int) {
	r.count++
	mine := map[string]string{}
	outer := r.scope[len(r.scope)-1]
	maps.Copy(mine, outer)
	r.scope = append(r.scope, mine)
	parts := r.declarations(mine)
	name := r.qualified(mine, true)
	parts = append(parts, r.attributes(mine)...)
	r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	r.b.WriteString("<" + name)
	for _, p := range parts {
		r.b.WriteString(pick(r, []string{" ", " ", "\n", "\t ", "\r\n"}) + p)
	}
	if depth > 6 || r.IntN(6) == 0 {
		r.b.WriteString(pick(r, []string{"/>", " />", "></" + name + ">", "></" + name + "\n>"}))
	} else {
		r.b.WriteString(">")
		for range r.IntN(5) {
			r.child(depth)
		}
		r.b.WriteString("</" + name + ">")
	}
	r.scope = r.scope[:len(r.scope)-1]
}

func (r *nasty) child(depth int) {
	switch r.IntN(8) {
	case 0, 1, 2:
		r.element(depth + 1)
	case 3:
		r.b.WriteString(pick(r, []string{"<!-- - -->", "<!---->", "<!--a&b<c>-->", "<!--\r-->", "<!--x\r\ny-->"}))
	case 4:
		if r.quiet {
			return
		}
		r.b.WriteString(pick(r, []string{"<?pi?>", "<?pi  d?>", "<?p a?b > ?>", "<?p\r\nx\r?>"}))
	case 5:
		r.b.WriteString(pick(r, []string{"<![CDATA[]]>", "<![CDATA[a<b>&c]]>", "<![CDATA[\r\n]]>", "<![CDATA[]]]]><![CDATA[>]]>", "<![CDATA[]]]>"}))
	default:
		for range 1 + r.IntN(4) {
			if t := pick(r, nastyTexts); !strings.HasPrefix(t, ">") || !strings.HasSuffix(r.b.String(), "]") {
				r.b.WriteString(t)
			}
		}
	}
}

func (r *nasty) declarations(scope map[string]string) (parts []string) {
	done := map[string]bool{}
	for r.IntN(2) == 0 {
		p := pick(r, nastyPrefixes)
		if done[p] {
			continue
		}
		done[p] = true
		uri := pick(r, nastySpaces)
		if p == "" {
			if r.IntN(3) == 0 {
				uri = ""
			}
			parts = append(parts, r.quoted("xmlns", uri))
		} else {
			parts = append(parts, r.quoted("xmlns:"+p, uri))
		}
		scope[p] = uri
	}
	if r.IntN(40) == 0 {
		parts = append(parts, `xmlns:xml="http://www.w3.org/XML/1998/namespace"`)
	}
	return parts
}

func (r *nasty) quoted(name, value string) string {
	q := pick(r, []string{`"`, `'`})
	return name + pick(r, []string{"=", "=", " = ", "=\n"}) + q + value + q
}

// qualified picks a name whose prefix is in scope.
func (r *nasty) qualified(scope map[string]string, element bool) string {
	var usable []string
	for _, p := range nastyPrefixes {
		if uri, ok := scope[p]; ok && (uri != "" || p == "" && element) {
			usable = append(usable, p)
		}
	}
	local := pick(r, nastyLocals)
	if len(usable) == 0 || r.IntN(3) == 0 && !element {
		return local
	}
	p := pick(r, usable)
	if p == "" {
		return local
	}
	return p + ":" + local
}

func (r *nasty) attributes(scope map[string]string) (parts []string) {
	done := map[string]bool{}
	for r.IntN(3) > 0 {
		name := r.qualified(scope, false)
		key := name
		if p, local, ok := strings.Cut(name, ":"); ok {
			key = scope[p] + "\x00" + local
		}
		if done[key] {
			continue
		}
		done[key] = true
		parts = append(parts, r.attribute(name))
	}
	for _, a := range []string{`xml:lang="ro"`, `xml:space="preserve"`, `xml:id="i%d"`, `xml:other="o&#10;"`} {
		if r.IntN(12) == 0 {
			parts = append(parts, strings.Replace(a, "%d", fmt.Sprint(r.count), 1))
		}
	}
	if r.bases && r.IntN(4) == 0 {
		parts = append(parts, `xml:base="`+pick(r, nastyBases)+`"`)
	}
	return parts
}

func (r *nasty) attribute(name string) string {
	q := pick(r, []string{`"`, `'`})
	var value strings.Builder
	for range r.IntN(4) {
		if t := pick(r, nastyTexts); t != q {
			value.WriteString(t)
		}
	}
	return name + "=" + q + value.String() + q
}

// damage changes a few bytes of a document, in ways that are likely to matter.
func (r *nasty) damage(text string) string {
	for range r.IntN(3) {
		if text == "" {
			break
		}
		i := r.IntN(len(text))
		switch r.IntN(4) {
		case 0:
			text = text[:i] + text[i+1:]
		case 1:
			text = text[:i] + pick(r, []string{"<", ">", "&", "\"", "'", "/", "=", ":", " ", "!", "?", "-", "]", "]]>", "--", "<!--", "x", "xmlns",
				"&#0;", "&#xFFFF;", "&#;", "&#x;", "&a;", "&#x1F;", "\x01", "\x7f", "·", "\u0300", "<a/>", "</", "xml:", "xmlns:p='u:'", "p:", "<?xml?>"}) + text[i:]
		case 2:
			j := min(len(text), i+1+r.IntN(8))
			text = text[:i] + text[i:j] + text[i:j] + text[j:]
		default:
			j := min(len(text), i+1+r.IntN(12))
			text = text[:i] + text[j:]
		}
	}
	return strings.ToValidUTF8(text, "")
}

package xmlsec

import (
	"strings"
	"testing"
	"unicode"
)

// TestJoinURI: the examples of RFC 3986 §5.4 that keep no fragment, and relative bases as Canonical XML 1.1 has them.
func TestJoinURI(t *testing.T) {
	for _, c := range [][3]string{
		{"http://a/b/c/d;p?q", "g:h", "g:h"}, {"http://a/b/c/d;p?q", "g", "http://a/b/c/g"}, {"http://a/b/c/d;p?q", "./g", "http://a/b/c/g"},
		{"http://a/b/c/d;p?q", "g/", "http://a/b/c/g/"}, {"http://a/b/c/d;p?q", "/g", "http://a/g"}, {"http://a/b/c/d;p?q", "//g", "http://g"},
		{"http://a/b/c/d;p?q", "?y", "http://a/b/c/d;p?y"}, {"http://a/b/c/d;p?q", "g?y", "http://a/b/c/g?y"}, {"http://a/b/c/d;p?q", "", "http://a/b/c/d;p?q"},
		{"http://a/b/c/d;p?q", ".", "http://a/b/c/"}, {"http://a/b/c/d;p?q", "..", "http://a/b/"}, {"http://a/b/c/d;p?q", "../g", "http://a/b/g"},
		{"http://a/b/c/d;p?q", "../../g", "http://a/g"}, {"http://a/b/c/d;p?q", "../../../g", "http://a/g"}, {"http://a", "g", "http://a/g"},
		{"a/b", "c", "a/c"}, {"a/b/", "../c", "a/c"}, {"..", "x", "../x"}, {"a/..", "x", "x"}, {"../a", "../../b", "../../../b"},
	} {
		if got := joinURI(c[0], c[1]); got != c[2] {
			t.Errorf("%q + %q: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

func TestRelative(t *testing.T) {
	for uri, want := range map[string]bool{"urn:a": false, "http://x": false, "a+b-c.1:": false, "": true, "a": true, ":a": true, "1a:b": true,
		"../a": true, "/a:b": true, "a/b:c": true, "#a:b": true} {
		if relative(uri) != want {
			t.Errorf("%q: %v", uri, !want)
		}
	}
}

// TestNames compares the ranges of XML 1.0 §2.3, written out once more, with what the scanner takes.
func TestNames(t *testing.T) {
	start := &unicode.RangeTable{R16: []unicode.Range16{{':', ':', 1}, {'A', 'Z', 1}, {'_', '_', 1}, {'a', 'z', 1}, {0xC0, 0xD6, 1}, {0xD8, 0xF6, 1},
		{0xF8, 0x2FF, 1}, {0x370, 0x37D, 1}, {0x37F, 0x1FFF, 1}, {0x200C, 0x200D, 1}, {0x2070, 0x218F, 1}, {0x2C00, 0x2FEF, 1},
		{0x3001, 0xD7FF, 1}, {0xF900, 0xFDCF, 1}, {0xFDF0, 0xFFFD, 1}}, R32: []unicode.Range32{{0x10000, 0xEFFFF, 1}}}
	more := &unicode.RangeTable{R16: []unicode.Range16{{'-', '.', 1}, {'0', '9', 1}, {0xB7, 0xB7, 1}, {0x300, 0x36F, 1}, {0x203F, 0x2040, 1}}}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r >= 0xD800 && r < 0xE000 {
			continue
		}
		s := string(r)
		if got, want := scanName(s, 0) == len(s), unicode.Is(start, r); got != want {
			t.Fatalf("%U begins a name: %v", r, got)
		}
		if got, want := scanName("a"+s, 0) == len(s)+1, unicode.Is(start, r) || unicode.Is(more, r); got != want {
			t.Fatalf("%U goes on a name: %v", r, got)
		}
	}
}

// TestShown: what a fault repeats of a message is short and still text.
func TestShown(t *testing.T) {
	for _, s := range []string{"", "short", strings.Repeat("x", 120), strings.Repeat("x", 5000), strings.Repeat("ș", 5000), strings.Repeat("𝄞", 31)} {
		got := shown(s)
		if len(got) > 123 || !legal(got) || len(s) <= 120 && got != s || len(s) > 120 && !strings.HasSuffix(got, "…") {
			t.Errorf("%d octets: %q", len(s), got)
		}
	}
}

func TestDecode64(t *testing.T) {
	for _, s := range []string{"AAAA", " AA\tAA\r\n", "AAA=", "AA =="} {
		if _, ok := decode64(s, 3); !ok {
			t.Errorf("%q is refused", s)
		}
	}
	for _, s := range []string{"", " ", "AAA", "AAAA=", "AAB=", "AA-_", "AAAAAAAA", "AA==AAAA", "AA==\u00a0", strings.Repeat(" ", 500)} {
		if raw, ok := decode64(s, 3); ok {
			t.Errorf("%q reads as %x", s, raw)
		}
	}
}

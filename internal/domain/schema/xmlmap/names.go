package xmlmap

import (
	"strings"
	"unicode/utf8"
)

// What a byte may be, by bits.
const (
	plainText byte = 1 << iota // may stand in text as it is, and needs no second look
	plainJSON                  // may stand in a JSON string as it is
	plainXML                   // may be written as XML text as it is
	nameByte                   // may stand inside an ASCII NCName
	nameStart                  // may begin one
	blankByte                  // XML white space
)

var class = classes()

func classes() (c [256]byte) {
	for i := range c {
		b := byte(i)
		letter := (b|0x20) >= 'a' && (b|0x20) <= 'z'
		digit := b >= '0' && b <= '9'
		// 0xEF begins U+FFFE and U+FFFF, which are no XML characters; ']' may begin "]]>".
		if (b >= 0x20 && b != '<' && b != '&' && b != ']' && b != 0xEF) || b == '\t' || b == '\n' {
			c[i] |= plainText
		}
		if b >= 0x20 && b != '"' && b != '\\' {
			c[i] |= plainJSON
		}
		if b >= 0x20 && b != '"' && b != '\\' && b != '<' && b != '>' && b != '&' && b != 0xEF {
			c[i] |= plainXML
		}
		if letter || b == '_' {
			c[i] |= nameStart
		}
		if letter || digit || b == '_' || b == '-' || b == '.' {
			c[i] |= nameByte
		}
		if b == ' ' || b == '\t' || b == '\n' || b == '\r' {
			c[i] |= blankByte
		}
	}
	return c
}

// isNameStart and isNameRune are NameStartChar and NameChar of XML 1.0 (5th edition) without the colon.
func isNameStart(r rune) bool {
	switch {
	case r < 0x80:
		return class[byte(r)]&nameStart != 0
	case r == 0xD7, r == 0xF7, r < 0xC0:
		return false
	}
	return r <= 0x2FF || (r >= 0x370 && r <= 0x1FFF && r != 0x37E) || r == 0x200C || r == 0x200D ||
		(r >= 0x2070 && r <= 0x218F) || (r >= 0x2C00 && r <= 0x2FEF) || (r >= 0x3001 && r <= 0xD7FF) ||
		(r >= 0xF900 && r <= 0xFDCF) || (r >= 0xFDF0 && r <= 0xFFFD) || (r >= 0x10000 && r <= 0xEFFFF)
}

func isNameRune(r rune) bool {
	if r < 0x80 {
		return class[byte(r)]&nameByte != 0
	}
	return isNameStart(r) || r == 0xB7 || (r >= 0x300 && r <= 0x36F) || r == 0x203F || r == 0x2040
}

// ncName returns the length of the NCName at the front of b, 0 when there is none.
func ncName[T ~string | ~[]byte](b T) int {
	i := 0
	for i < len(b) {
		if c := b[i]; c < utf8.RuneSelf {
			if class[c]&nameByte == 0 || (i == 0 && class[c]&nameStart == 0) {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(string(b[i:min(len(b), i+utf8.UTFMax)]))
		if (i == 0 && !isNameStart(r)) || !isNameRune(r) {
			return i
		}
		i += size
	}
	return i
}

func isNCName(s string) bool { return s != "" && len(s) <= 256 && ncName(s) == len(s) }

// isSpace accepts a namespace name that can be written as it is.
func isSpace(s string) bool {
	for _, r := range s {
		if r <= 0x20 || !isXMLRune(r) || r == utf8.RuneError {
			return false
		}
	}
	return len(s) <= 1000
}

// isXMLRune is Char of XML 1.0.
func isXMLRune(r rune) bool {
	return r >= 0x20 && r <= 0xD7FF || r == '\t' || r == '\n' || r == '\r' || (r >= 0xE000 && r <= 0xFFFD) ||
		(r >= 0x10000 && r <= 0x10FFFF)
}

// attributeText escapes as Canonical XML does.
func attributeText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;").Replace(s)
}

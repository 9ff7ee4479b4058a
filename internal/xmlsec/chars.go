package xmlsec

import (
	"strings"
	"unicode/utf8"
)

// Classes of bytes. A byte over 0x7F is part of a checked UTF-8 sequence.
const (
	stopText  = 1 << iota // ends plain text: < & > CR
	stopValue             // ends a plain attribute value: < & " ' TAB LF CR
	notAllow              // never a character of XML
	nameStart             // ASCII only
	nameMore              // ASCII only
	blank
)

// class states for each byte what the scanners must know.
var class = classes()

func classes() (t [256]uint8) {
	for c := range 0x20 {
		if c != '\t' && c != '\n' && c != '\r' {
			t[c] |= notAllow | stopText | stopValue
		}
	}
	for _, c := range "<&>\r" {
		t[c] |= stopText
	}
	for _, c := range "<&\"'\t\n\r" {
		t[c] |= stopValue
	}
	for _, c := range " \t\n\r" {
		t[c] |= blank
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c] |= nameStart | nameMore
		t[c-32] |= nameStart | nameMore
	}
	for _, c := range "_:" {
		t[c] |= nameStart | nameMore
	}
	for _, c := range "-.0123456789" {
		t[c] |= nameMore
	}
	return t
}

func isBlank(s string) bool {
	for i := range len(s) {
		if class[s[i]]&blank == 0 {
			return false
		}
	}
	return true
}

// trimBlank cuts the white space of XML, which is less than that of Unicode.
func trimBlank(s string) string { return strings.Trim(s, " \t\r\n") }

// legal reports whether s is UTF-8 without the two noncharacters that XML 1.0 [2] excludes. ASCII controls are met
// by the scanners on their way.
func legal(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	return !strings.Contains(s, "\uFFFE") && !strings.Contains(s, "\uFFFF")
}

// isChar is production [2] of XML 1.0.
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD ||
		r >= 0x10000 && r <= 0x10FFFF
}

// nameStartRune is production [4] above ASCII.
func nameStartRune(r rune) bool {
	switch {
	case r < 0xC0:
		return false
	case r <= 0x2FF:
		return r != 0xD7 && r != 0xF7
	case r <= 0x1FFF:
		return r >= 0x370 && r != 0x37E
	case r <= 0x218F:
		return r == 0x200C || r == 0x200D || r >= 0x2070
	case r <= 0x2FEF:
		return r >= 0x2C00
	case r <= 0xD7FF:
		return r >= 0x3001
	case r <= 0xFDCF:
		return r >= 0xF900
	}
	return r >= 0xFDF0 && r <= 0xFFFD || r >= 0x10000 && r <= 0xEFFFF
}

// nameRune is production [4a] above ASCII.
func nameRune(r rune) bool {
	return nameStartRune(r) || r == 0xB7 || r >= 0x300 && r <= 0x36F || r == 0x203F || r == 0x2040
}

// scanName returns where the name that begins at i ends; i itself when none begins there.
func scanName(s string, i int) int {
	start := i
	for i < len(s) {
		c := s[i]
		if c < utf8.RuneSelf {
			want := uint8(nameMore)
			if i == start {
				want = nameStart
			}
			if class[c]&want == 0 {
				break
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if i == start && !nameStartRune(r) || i > start && !nameRune(r) {
			break
		}
		i += size
	}
	return i
}

// isNCName reports whether s is a name without a colon.
func isNCName(s string) bool {
	return s != "" && scanName(s, 0) == len(s) && strings.IndexByte(s, ':') < 0
}

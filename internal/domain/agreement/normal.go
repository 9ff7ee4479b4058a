package agreement

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Normal brings a legal basis to the form in which two are compared: lower case, without diacritics
// (so that ș and ş, ț and ţ are both plain letters), without space at the ends or next to punctuation
// ("art.12" is "art. 12"), any other run of space being one space. Digits and punctuation count:
// "art. 1 2" is not "art. 12".
func Normal(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	pending, word := false, false // a space is owed; the last thing written was a letter or digit
	if !isASCII(s) {
		s = norm.NFKD.String(s)
	}
	for _, r := range s {
		if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) {
			continue
		}
		if unicode.IsSpace(r) {
			pending = true
			continue
		}
		now := unicode.IsLetter(r) || unicode.IsDigit(r)
		if pending && word && now {
			b.WriteByte(' ')
		}
		pending, word = false, now
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isPlain reports that s is its own normal form, for the common case of a purpose's code.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf || c <= ' ' || c == 0x7f || (c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return true
}

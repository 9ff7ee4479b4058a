package xmlsec

import "strings"

// appendText escapes as Canonical XML §2.3 demands of text nodes.
func appendText(dst []byte, s string) []byte {
	from := 0
	for i := range len(s) {
		if class[s[i]]&stopText == 0 {
			continue
		}
		var with string
		switch s[i] {
		case '&':
			with = "&amp;"
		case '<':
			with = "&lt;"
		case '>':
			with = "&gt;"
		case '\r':
			with = "&#xD;"
		default:
			continue
		}
		dst = append(dst, s[from:i]...)
		dst = append(dst, with...)
		from = i + 1
	}
	return append(dst, s[from:]...)
}

// appendValue escapes as Canonical XML §2.3 demands of attribute values.
func appendValue(dst []byte, s string) []byte {
	from := 0
	for i := range len(s) {
		if class[s[i]]&stopValue == 0 {
			continue
		}
		var with string
		switch s[i] {
		case '&':
			with = "&amp;"
		case '<':
			with = "&lt;"
		case '"':
			with = "&quot;"
		case '\t':
			with = "&#x9;"
		case '\n':
			with = "&#xA;"
		case '\r':
			with = "&#xD;"
		default:
			continue
		}
		dst = append(dst, s[from:i]...)
		dst = append(dst, with...)
		from = i + 1
	}
	return append(dst, s[from:]...)
}

// appendCR escapes the carriage return, which is all that comments and instructions escape.
func appendCR(dst []byte, s string) []byte {
	if strings.IndexByte(s, '\r') < 0 {
		return append(dst, s...)
	}
	return append(dst, strings.ReplaceAll(s, "\r", "&#xD;")...)
}

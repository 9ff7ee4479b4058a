package xmlsec

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
)

// attributeNames gives the dotted form of the names that clients write in distinguished names.
var attributeNames = map[string]string{
	"CN": "2.5.4.3", "SN": "2.5.4.4", "SERIALNUMBER": "2.5.4.5", "C": "2.5.4.6", "L": "2.5.4.7", "ST": "2.5.4.8",
	"S":      "2.5.4.8",
	"STREET": "2.5.4.9", "O": "2.5.4.10", "OU": "2.5.4.11", "T": "2.5.4.12", "TITLE": "2.5.4.12", "GN": "2.5.4.42",
	"G":         "2.5.4.42",
	"GIVENNAME": "2.5.4.42", "SURNAME": "2.5.4.4", "POSTALCODE": "2.5.4.17", "ORGANIZATIONIDENTIFIER": "2.5.4.97",
	"DC": "0.9.2342.19200300.100.1.25", "UID": "0.9.2342.19200300.100.1.1",
	"E": "1.2.840.113549.1.9.1", "EMAIL": "1.2.840.113549.1.9.1", "EMAILADDRESS": "1.2.840.113549.1.9.1",
}

// sameName reports whether text names the issuer of cert. Clients write the parts in either order, with different
// separators, names of attributes and quoting, so the parts are compared as a set, without regard to case. That is
// lenient by intent: it chooses among registered certificates, whose key then has to verify.
func sameName(text string, cert *x509.Certificate) bool {
	var want []string
	for _, a := range cert.Issuer.Names {
		value, ok := a.Value.(string)
		if !ok {
			return false
		}
		want = append(want, a.Type.String()+"="+plainValue(value))
	}
	got := splitName(text)
	slices.Sort(want)
	slices.Sort(got)
	return len(got) > 0 && slices.Equal(got, want)
}

// mostType bounds the letters and digits by which a client names one attribute of a distinguished name.
const mostType = 24

// likeName reports whether text holds the letters and digits of every value in the issuer's name of cert, and little
// else. That is how names are compared which programs write with quotes doubled (.NET), without any (PHP), with types
// that they do not know ("UNDEF="), or with bytes in hexadecimal (OpenSSL's compat).
func likeName(text string, cert *x509.Certificate) bool {
	left := letters(unescaped(text))
	values := make([]string, 0, len(cert.Issuer.Names))
	for _, a := range cert.Issuer.Names {
		value, ok := a.Value.(string)
		if !ok {
			return false
		}
		values = append(values, letters(value))
	}
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	for _, value := range values {
		before, after, found := strings.Cut(left, value)
		if !found {
			return false
		}
		left = before + "|" + after
	}
	return len(values) > 0 && len(left) <= len(values)*(mostType+1)
}

// letters is a text without everything but letters and digits, in lower case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// unescaped resolves \xHH and \HH to the bytes that they mean.
func unescaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		digits := s[i+1:]
		if s[i] == '\\' && strings.HasPrefix(digits, "x") {
			digits = digits[1:]
		}
		if s[i] != '\\' || len(digits) < 2 || !isHex(digits[0]) || !isHex(digits[1]) {
			b.WriteByte(s[i])
			continue
		}
		raw, _ := hex.DecodeString(digits[:2])
		b.Write(raw)
		i = len(s) - len(digits) + 1
	}
	return b.String()
}

func plainValue(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// splitName cuts a distinguished name as RFC 4514, RFC 1779 and OpenSSL's one-line form write it.
func splitName(text string) []string {
	separators := ",;+"
	if strings.HasPrefix(text, "/") {
		text, separators = text[1:], "/"
	}
	var all []string
	var part strings.Builder
	quoted := false
	flush := func() {
		if name, value, ok := strings.Cut(part.String(), "="); ok {
			all = append(all, attributeType(name)+"="+plainValue(hexValue(strings.TrimSpace(value))))
		} else if strings.TrimSpace(part.String()) != "" {
			all = append(all, part.String())
		}
		part.Reset()
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]):
			b, _ := hex.DecodeString(text[i+1 : i+3])
			part.Write(b)
			i += 2
		case c == '\\' && i+1 < len(text):
			i++
			part.WriteByte(text[i])
		case c == '"':
			quoted = !quoted
		case !quoted && strings.IndexByte(separators, c) >= 0:
			flush()
		default:
			part.WriteByte(c)
		}
	}
	flush()
	return all
}

func isHex(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }

func attributeType(name string) string {
	name = strings.ToUpper(strings.TrimSpace(name))
	name = strings.TrimPrefix(name, "OID.")
	if dotted, ok := attributeNames[name]; ok {
		return dotted
	}
	return name
}

// hexValue decodes the #… form of RFC 4514 §2.4, the BER encoding of a string.
func hexValue(s string) string {
	if !strings.HasPrefix(s, "#") {
		return s
	}
	raw, err := hex.DecodeString(s[1:])
	if err != nil {
		return s
	}
	var v asn1.RawValue
	if rest, err := asn1.Unmarshal(raw, &v); err != nil || len(rest) > 0 {
		return s
	}
	return string(v.Bytes)
}

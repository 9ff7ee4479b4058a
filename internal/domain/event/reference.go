package event

import (
	"net/netip"
	"strings"
)

// isReference reports whether s is a URI reference (RFC 3986, section 4.1), by its grammar. Go's own reader takes
// brackets in a path and a second number sign.
func isReference(s string) bool {
	if !isReferenceText(s) {
		return false
	}
	s, fragment, _ := strings.Cut(s, "#")
	s, query, _ := strings.Cut(s, "?")
	if strings.ContainsAny(fragment, "#[]") || strings.ContainsAny(query, "[]") {
		return false
	}
	scheme := schemeOf(s)
	if scheme != "" {
		s = s[len(scheme)+1:]
	} else if first, _, _ := strings.Cut(s, "/"); strings.Contains(first, ":") {
		// section 4.2: it would read as a scheme
		return false
	}
	if rest, ok := strings.CutPrefix(s, "//"); ok {
		authority, path, _ := strings.Cut(rest, "/")
		return isAuthority(authority) && !strings.ContainsAny(path, "[]")
	}
	return !strings.ContainsAny(s, "[]")
}

// isReferenceText reports whether only characters of a URI stand in s, and each percent sign begins an escape.
func isReferenceText(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			strings.IndexByte("-._~!$&'()*+,;=:@/?#[]", c) >= 0:
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			i += 2
		default:
			return false
		}
	}
	return true
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

// schemeOf is the scheme of a URI, "" of a relative reference.
func schemeOf(s string) string {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ':':
			return s[:i]
		case c|0x20 >= 'a' && c|0x20 <= 'z', i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return ""
		}
	}
	return ""
}

// isAuthority reads [user@]host[:port]; only an IP literal has brackets.
func isAuthority(s string) bool {
	user, host, ok := strings.Cut(s, "@")
	if !ok {
		user, host = "", s
	}
	if literal, rest, ok := strings.Cut(host, "]"); ok {
		address, err := netip.ParseAddr(strings.TrimPrefix(literal, "["))
		future := strings.HasPrefix(literal, "[v")
		if !strings.HasPrefix(literal, "[") || !future && (err != nil || !address.Is6() || address.Zone() != "") {
			return false
		}
		host = rest
	}
	name, port, _ := strings.Cut(host, ":")
	return !strings.ContainsAny(user+name, "[]@") && strings.Trim(port, "0123456789") == ""
}

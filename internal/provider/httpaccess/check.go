package httpaccess

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"mconnect/internal/media"
)

// ParseBase reads the base URL of a REST endpoint: http or https, a host, a clean path and no more.
func ParseBase(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("provider: a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("provider: a URL of http or https")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(text, "#"):
		return nil, errors.New("provider: a URL without user, query and fragment")
	case !isHost(u.Hostname()):
		return nil, errors.New("provider: a URL with a host of ASCII")
	case CheckPath(u.Path) != nil || u.EscapedPath() != u.Path || strings.Contains(u.Path, "//"):
		return nil, errors.New("provider: a URL with a plain path")
	}
	if port := u.Port(); port != "" || strings.HasSuffix(u.Host, ":") {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, errors.New("provider: a URL with a port from 1 to 65535")
		}
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." {
			return nil, errors.New("provider: a URL without dot segments")
		}
	}
	return u, nil
}

func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	for i := range len(s) {
		if !IsUnreserved(s[i]) || s[i] == '~' {
			return false
		}
	}
	return s != "" && len(s) <= 253
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// IsHeader reports a header name that a manifest may set: not those that frame or route the message, carry
// credentials or belong to the platform.
func IsHeader(name string) bool {
	for i := range len(name) {
		if c := name[i]; !IsUnreserved(c) || c == '.' || c == '~' {
			return false
		}
	}
	switch lower := strings.ToLower(name); lower {
	case "", "host", "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
		"content-length", "content-type", "content-encoding", "expect", "accept-encoding", "accept", "user-agent",
		"range",
		"authorization", "proxy-authorization", "cookie", "traceparent", "tracestate":
		return false
	default:
		return !strings.HasPrefix(lower, "mconnect-")
	}
}

// IsMediaType reports a bare media type: "application/pdf".
func IsMediaType(s string) bool {
	t, ok := media.Parse(s)
	return ok && strings.EqualFold(t.Name, s) && !strings.Contains(s, "*")
}

// IsHeaderValue reports one line of visible ASCII and spaces.
func IsHeaderValue(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return len(s) <= 4096 && strings.TrimSpace(s) == s
}

// CheckPath refuses characters that may not stand in a path as they are.
func CheckPath(s string) error {
	for i := range len(s) {
		if c := s[i]; !IsUnreserved(c) && !strings.ContainsRune("/:@!$&'()*+,;=", rune(c)) {
			return fmt.Errorf("character %q may not stand in a path", c)
		}
	}
	return nil
}

// IsUnreserved reports an unreserved character of URLs (RFC 3986, 2.3).
func IsUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

// ParseEncoding finds the declared encoding of answers that state none.
func ParseEncoding(name string) (media.Encoding, error) {
	e, ok := media.Lookup(name)
	if !ok {
		return e, errors.New("provider: an encoding of " + media.Encodings)
	}
	return e, nil
}

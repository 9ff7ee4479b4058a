package listener

import (
	"mconnect/internal/surface/admission"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// Addressed refuses requests whose Host is no host, or whose target has characters that a URI has not, with status 400
// (RFC 9112, sections 3.2 and 3.2.1). net/http lets them pass, and code behind it would take them for different
// addresses.
func Addressed(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		why := ""
		switch {
		case !isAuthority(r.Host) && (r.Host != "" || r.ProtoAtLeast(1, 1) && r.ProtoMajor == 1):
			why = "the Host is not a host name or address with an optional port"
		case !isPrintable(r.RequestURI):
			why = "the target has characters that must be percent-encoded"
		default:
			h.ServeHTTP(w, r)
			return
		}
		admission.CloseAfter(w, r)
		http.Error(w, "400 Bad Request: "+why, http.StatusBadRequest)
	})
}

// isAuthority reports uri-host [":" port] (RFC 9110, section 7.2).
func isAuthority(host string) bool {
	if address, ok := strings.CutPrefix(host, "["); ok {
		address, port, ok := strings.Cut(address, "]")
		if !ok || port != "" && port[0] != ':' {
			return false
		}
		ip, err := netip.ParseAddr(address)
		return err == nil && ip.Is6() && ip.Zone() == "" && isPort(strings.TrimPrefix(port, ":"))
	}
	name, port, _ := strings.Cut(host, ":")
	return isName(name) && isPort(port)
}

// isName reports a registered name or an IPv4 address (RFC 3986, section 3.2.2) none of whose labels is empty; a dot
// may end it. Names in percent-encoding are none here: clients of HTTP send the form of IDNA.
func isName(name string) bool {
	label := 0 // characters of the present one
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '.':
			if label == 0 {
				return false
			}
			label = -1
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case strings.IndexByte("-_~!$&'()*+,;=", c) < 0:
			return false
		}
		label++
	}
	return name != ""
}

// isPort reports a port or none; a colon may stand before nothing.
func isPort(port string) bool {
	if port == "" {
		return true
	}
	_, err := strconv.ParseUint(port, 10, 16)
	return err == nil
}

// isPrintable reports that a text has visible ASCII only, which is all that a URI has.
func isPrintable(target string) bool {
	for i := range len(target) {
		if target[i] <= ' ' || target[i] > '~' {
			return false
		}
	}
	return true
}

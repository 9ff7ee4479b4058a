package request

import (
	"crypto/x509"
	"mconnect/fault"
	"mconnect/internal/domain/registry"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"mconnect"
)

// TargetOf is path and query of the request as they stand in it. A target in absolute form, as clients send it to
// a proxy (RFC 9112, section 3.2.2), counts by its path, provided nothing in that is encoded; "" for any other.
func TargetOf(r *http.Request) string {
	u := r.URL
	switch {
	case strings.HasPrefix(r.RequestURI, "/"):
		return r.RequestURI
	case r.ProtoMajor != 1, u.Scheme != "https", u.Host == "", u.User != nil, u.Path != u.EscapedPath():
		return ""
	case u.RawQuery != "":
		return u.Path + "?" + u.RawQuery
	}
	return u.Path
}

// ChainOf is the certificate chain that the client presented in TLS, leaf first; nil without one.
func ChainOf(r *http.Request) []*x509.Certificate {
	if r.TLS == nil {
		return nil
	}
	return r.TLS.PeerCertificates
}

// AddressOf is the address at the other end of the connection.
func AddressOf(r *http.Request) netip.Addr {
	a, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap()
}

// CheckNetwork holds an address to the networks of a system: network.forbidden.
func CheckNetwork(system *registry.System, from netip.Addr) error {
	if mconnect.InNetworks(system.Networks, from) {
		return nil
	}
	return fault.New(fault.NetworkForbidden, "system", string(system.ID), "address", from.WithZone("").String())
}

// TraceOf reads the trace id of a traceparent header (W3C Trace Context); "" when there is none that is valid. Later
// versions than 00 may have more after the flags.
func TraceOf(h http.Header) string {
	v := h.Get("Traceparent")
	if len(v) < 55 || v[2] != '-' || v[35] != '-' || v[52] != '-' || (len(v) > 55 && (v[:2] == "00" || v[55] != '-')) {
		return ""
	}
	version, trace, parent, flags := v[:2], v[3:35], v[36:52], v[53:55]
	if !isHex(version) || version == "ff" || !isHex(trace) || !isHex(parent) || !isHex(flags) ||
		strings.Trim(trace, "0") == "" || strings.Trim(parent, "0") == "" {
		return ""
	}
	return trace
}

// isHex reports whether s has lower-case hexadecimal digits only.
func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

// Reference writes where the record of a call is: its id, the index of the record, the size of the tree that holds it
// (0: none), the trace. A caller who is not identified gets the id and the trace only: the size of the tree reveals how
// much the country exchanges.
func Reference(h http.Header, id mconnect.CallID, trace string, index, size int64, known bool) {
	if id != "" {
		h["Mconnect-Call-Id"] = []string{string(id)}
	}
	if size > 0 && known {
		h["Mconnect-Record"] = []string{strconv.FormatInt(index, 10)}
		h["Mconnect-Tree-Size"] = []string{strconv.FormatInt(size, 10)}
	}
	if trace != "" && len(id) == 36 {
		h["Traceparent"] = []string{"00-" + trace + "-" + spanOf(id) + "-01"}
	}
}

// spanOf makes a span id of 16 hex digits from the random half of a call's id.
func spanOf(id mconnect.CallID) string { return string(id[20:23]) + "0" + string(id[24:36]) }

package httpaccess

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"

	"mconnect"
)

// ConstantHead writes the part of an HTTP head that is the same for every request, from behind the path.
func ConstantHead(host string, accept []string, kind string, headers map[string]string) (string, error) {
	var b strings.Builder
	b.WriteString(" HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: MConnect\r\nAccept: " + strings.Join(accept, ", ") +
		"\r\nAccept-Encoding: identity\r\n")
	if kind != "" {
		b.WriteString("Content-Type: " + kind + "\r\n")
	}
	names := make([]string, 0, len(headers))
	for name, value := range headers {
		if !IsHeader(name) || !IsHeaderValue(value) {
			return "", fmt.Errorf("provider: header %q may not be set or has a forbidden value", name)
		}
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		b.WriteString(name + ": " + headers[name] + "\r\n")
	}
	return b.String(), nil
}

// AppendReference writes the headers by which a provider can refer to the call.
func AppendReference(dst []byte, trace string, call mconnect.CallID) []byte {
	if len(trace) == 32 {
		dst = append(dst, "traceparent: 00-"...)
		dst = append(dst, trace...)
		dst = append(dst, '-')
		dst = appendSpan(dst)
		dst = append(dst, "-01\r\n"...)
	}
	dst = append(dst, "MConnect-Call-Id: "...)
	dst = append(dst, call...)
	return append(dst, "\r\n"...)
}

// appendSpan writes a fresh parent-id of 16 hexadecimal digits, not all zero (W3C Trace Context, 3.2.2.4).
func appendSpan(dst []byte) []byte {
	const hexDigits = "0123456789abcdef"
	for id, i := rand.Uint64()|1, 0; i < 16; i++ {
		dst = append(dst, hexDigits[id&15])
		id >>= 4
	}
	return dst
}

// CheckHeaders lists the headers that a manifest may not set; pointer escapes a name below path.
func CheckHeaders(path string, all map[string]string, want func(path, want string), pointer func(string) string) {
	for name, value := range all {
		if !IsHeader(name) || !IsHeaderValue(value) {
			want(path+pointer(name), "a header that is not the platform's own, with a value of one line of ASCII")
		}
	}
}

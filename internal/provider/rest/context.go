package rest

import (
	"net/url"
	"strings"

	"mconnect/internal/domain/catalog"
	"mconnect/internal/provider"
	"mconnect/internal/provider/httpaccess"
)

// appendContext writes the call's context as HTTP headers; what is not stated has none.
func appendContext(dst []byte, d *provider.Request) []byte {
	for _, name := range catalog.ContextNames {
		value := d.ContextValue(name)
		if value == "" || name == "CallId" { // MConnect-Call-Id always goes along
			continue
		}
		dst = append(append(dst, name...), ": "...)
		dst = append(append(dst, headerText(value)...), "\r\n"...)
	}
	return dst
}

// headerText writes a value for a header: one line of ASCII without "%" as it is, anything else as percent-encoded
// UTF-8.
func headerText(value string) string {
	if strings.Contains(value, "%") || !httpaccess.IsHeaderValue(value) {
		return url.PathEscape(value)
	}
	return value
}

package provider

import (
	"net/url"
	"strings"

	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/internal/exchange"
)

// contextValue is what a register may be given of the call itself, by one of catalog.ContextNames; "" when the call states none.
func contextValue(d exchange.Delivery, name string) string {
	switch name {
	case "CallingUser":
		return d.Context.User
	case "CallingEntity":
		return d.Context.Entity
	case "CallingSystem":
		return string(d.Consumer)
	case "CallBasis":
		return d.Context.Basis
	case "CallReason":
		return d.Context.Reason
	case "CallPurpose":
		return string(d.Purpose)
	case "CallId":
		return string(d.Call)
	}
	return ""
}

// appendContext writes the call's context as HTTP headers; what is not stated has none.
func appendContext(dst []byte, d exchange.Delivery) []byte {
	for _, name := range catalog.ContextNames {
		value := contextValue(d, name)
		if value == "" || name == "CallId" { // MConnect-Call-Id always goes along
			continue
		}
		dst = append(append(dst, name...), ": "...)
		dst = append(append(dst, headerText(value)...), "\r\n"...)
	}
	return dst
}

// headerText writes a value for a header: one line of ASCII without "%" as it is, anything else as percent-encoded UTF-8.
func headerText(value string) string {
	if strings.Contains(value, "%") || !isHeaderValue(value) {
		return url.PathEscape(value)
	}
	return value
}

// contextBlocks writes the call's context as SOAP header blocks, as a client of the platform would.
func contextBlocks(d exchange.Delivery) string {
	var b strings.Builder
	for _, name := range catalog.ContextNames {
		if value := contextValue(d, name); value != "" {
			writeBlock(&b, xmlName{xmlmap.Namespace, name}, value)
		}
	}
	return b.String()
}

package request

import (
	"net/http"
	"slices"
	"strings"

	"mconnect/fault"
)

// Uncompressed refuses a request whose body is encoded, e.g. by gzip: message.mediaType.
func Uncompressed(h http.Header) error {
	if plain(h) {
		return nil
	}
	return fault.New(fault.MessageMediaType, "want", "Content-Encoding: identity")
}

// NameCodings states which codings are taken, in the refusal of a request in another one (RFC 9110, section 12.5.3).
func NameCodings(answer, request http.Header, f *fault.Error) {
	if f.Kind() == fault.Unsupported && !plain(request) {
		answer.Set("Accept-Encoding", "identity")
	}
}

func plain(h http.Header) bool {
	return !slices.ContainsFunc(h["Content-Encoding"], func(coding string) bool {
		return coding != "" && !strings.EqualFold(strings.TrimSpace(coding), "identity")
	})
}

package admin

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"mconnect/fault"
	"mconnect/internal/media"
)

// checkMedia raises message.mediaType for a body that does not state exactly one of the operation's media types, and
// message.malformed for a body that the operation does not read. A form or a script of another site can send neither
// application/json nor YAML without the consent of this server, which is never given.
func checkMedia(ctx huma.Context) error {
	var want []string
	if body := ctx.Operation().RequestBody; body != nil {
		want = slices.Sorted(maps.Keys(body.Content))
	}
	r, _ := humago.Unwrap(ctx)
	return checkStatedMedia(r, want)
}

// checkStatedMedia is judgeMedia for a request and the media types that its body may have.
func checkStatedMedia(r *http.Request, want []string) error {
	stated := r.Header.Values("Content-Type")
	empty := r.ContentLength == 0 && len(r.TransferEncoding) == 0
	switch {
	case len(want) == 0 && !empty:
		return fault.New(fault.MessageMalformed, "what", "a body, where none is read")
	case len(stated) == 0 && empty, r.Method == http.MethodGet, r.Method == http.MethodHead:
		return nil
	case len(want) == 0:
		want = []string{"application/json"} // a client that states it with every request
	}
	if len(stated) == 1 {
		if t, ok := media.Parse(stated[0]); ok && slices.Contains(want, t.Name) && t.UTF8() {
			return nil
		}
	}
	return fault.New(fault.MessageMediaType, "want", strings.Join(want, ", "))
}

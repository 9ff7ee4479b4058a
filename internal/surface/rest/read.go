package rest

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/registry"
	"mconnect/internal/exchange"
	"mconnect/internal/media"
	"mconnect/internal/surface/problem"
	"mconnect/internal/surface/request"
)

// MaxFieldWishes bounds the fields named in one ?fields= wish.
const MaxFieldWishes = 200

// read makes a Call of a request. It never fails: what cannot be read is stated in Call.Unread, so that the exchange
// can record who sent it, or in Call.Unproven when a signature proves nobody. The returned buffer backs Call.Input.
// byTLS is the caller that TLS has proven, or else unidentified says why there is none. The body of a caller who is not
// identified is neither awaited nor stored, unless it is signed: the call is refused in any case, and must not take
// capacity and memory from identified callers. The identity returned is that of the caller, nil as long as nobody is
// proven.
func (s *Surface) read(w http.ResponseWriter, r *http.Request, path, query string, byTLS *registry.Identity,
	unidentified error) (*exchange.Call, *[]byte, *registry.Identity) {
	c := &exchange.Call{
		Protocol: "rest", Chain: request.ChainOf(r), Address: request.AddressOf(r), Trace: request.TraceOf(r.Header),
		Lang: problem.Language(r.Header.Get("Accept-Language")),
	}
	who := byTLS
	var body *[]byte
	err := readTarget(c, path, query)
	head := &heading{form: registry.FormTLS}
	if err == nil {
		err = head.read(c, r)
	}
	switch {
	case head.form != registry.FormTLS && (unidentified == nil || len(c.Chain) == 0):
		var wrong error
		if body, who, wrong = s.readSigned(w, r, c, head, byTLS); who == nil {
			c.Unproven = fault.From(wrong)
			return c, body, nil
		}
		err = cmp.Or(err, wrong)
	case err != nil:
	case unidentified != nil:
		err = unidentified
	case !byTLS.System.Signature.Admits(registry.FormTLS):
		err = byTLS.System.Signature.RefusedForm(registry.FormTLS)
	default:
		if body, err = request.Body(r, s.MaxRequest, s.Memory); err == nil {
			if c.Input = media.WithoutMark(*body); len(c.Input) != len(*body) {
				c.Received = *body
			}
		}
	}
	if err != nil {
		c.Unread = fault.From(err)
	}
	return c, body, who
}

// readTarget reads "{service}[/{version}]" and "fields=A,B.C". Neither is ever decoded: a percent sign has no
// place in them.
func readTarget(c *exchange.Call, path, query string) (err error) {
	name, version, stated := strings.Cut(path, "/")
	if c.Service, err = mconnect.ParseServiceName(name); err != nil {
		return fault.New(fault.PathUnknown)
	}
	if stated {
		if c.Version, err = mconnect.ParseVersion(version); err != nil || c.Version.IsZero() {
			return fault.New(fault.PathUnknown)
		}
	}
	if query == "" {
		return nil
	}
	fields, ok := strings.CutPrefix(query, "fields=")
	if fields, err = url.QueryUnescape(fields); !ok || err != nil || fields == "" || strings.ContainsAny(fields, "&=") {
		return fault.New(fault.MessageMalformed, "what", "query: only ?fields=Name,Name is known")
	}
	if c.Fields = strings.Split(fields, ","); len(c.Fields) > MaxFieldWishes {
		return fault.New(fault.MessageMalformed, "what", "query: more than "+strconv.Itoa(MaxFieldWishes)+" fields")
	}
	return nil
}

// heading is what the header of a call says.
type heading struct {
	form  registry.Form // in which the message itself proves who sent it; that of TLS: it does not
	legal request.Statement
}

// read reads legal context and media type, and in which form the request is signed, also when it returns an error.
func (h *heading) read(c *exchange.Call, r *http.Request) (err error) {
	if r.Method != http.MethodPost {
		return fault.New(fault.MethodNotAllowed, "want", "POST")
	}
	stated, readable := media.Parse(r.Header.Get("Content-Type"))
	switch {
	case stated.Name == mediaJOSE:
		h.form = registry.FormJWS
	case r.Header["Signature-Input"] != nil || r.Header["Signature"] != nil:
		h.form = registry.FormHTTP
	}
	if h.legal, err = request.ContextOf(r.Header); err != nil {
		return err
	}
	c.Context = h.legal.Context
	switch {
	case !readable || stated.Name != mediaJSON && stated.Name != mediaJOSE:
		return fault.New(fault.MessageMediaType, "want", mediaJSON+", "+mediaJOSE)
	case !stated.UTF8():
		return fault.New(fault.MessageMediaType, "want", "charset=utf-8")
	}
	return request.Uncompressed(r.Header)
}

// mediaJSON is a request as an object of its type.
const mediaJSON = "application/json"

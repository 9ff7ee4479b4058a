package rest

import (
	"cmp"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/exchange"
	"mconnect/internal/intake"
	"mconnect/internal/problem"
	"mconnect/internal/registry"
)

// MaxFieldWishes bounds the fields named in one ?fields= wish.
const MaxFieldWishes = 200

// read makes a Call of a request. It never fails: what cannot be read is stated in Call.Unread, so that the exchange can
// record who sent it, or in Call.Unproven when a signature proves nobody. The returned buffer backs Call.Input. byTLS is who
// TLS has proven to call, or else stranger says why nobody. The body of a caller who is not known is neither waited for nor
// stored, unless it is signed: he is refused whatever it holds, and must not take places and memory from those who are
// known. The standing returned is of who calls, nil as long as nobody is proven.
func (s *Surface) read(w http.ResponseWriter, r *http.Request, path, query string, byTLS *registry.Standing, stranger error) (*exchange.Call, *[]byte, *registry.Standing) {
	c := &exchange.Call{
		Protocol: "rest", Chain: intake.ChainOf(r), Address: intake.AddressOf(r), Trace: intake.TraceOf(r.Header),
		Lang: problem.Language(r.Header.Get("Accept-Language")),
	}
	who := byTLS
	var body *[]byte
	err := readTarget(c, path, query)
	signed := false
	if err == nil {
		signed, err = readHeaders(c, r)
	}
	switch {
	case signed && (stranger == nil || len(c.Chain) == 0):
		var wrong error
		if body, who, wrong = s.readSigned(w, r, c, byTLS); who == nil {
			c.Unproven = fault.From(wrong)
			return c, body, nil
		}
		err = cmp.Or(err, wrong)
	case err != nil:
	case stranger != nil:
		err = stranger
	default:
		if body, err = s.Room.ReadBody(r, s.MaxRequest); err == nil {
			c.Input = *body
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

// readHeaders reads legal context and media type; signed says that the body is a JWS, also beside an error.
func readHeaders(c *exchange.Call, r *http.Request) (signed bool, err error) {
	if r.Method != http.MethodPost {
		return false, fault.New(fault.MethodNotAllowed, "want", "POST")
	}
	media, params, mediaErr := mime.ParseMediaType(r.Header.Get("Content-Type"))
	signed = mediaErr == nil && media == mediaJOSE
	stated, err := intake.ContextOf(r.Header)
	if err != nil {
		return signed, err
	}
	c.Context = stated.Context
	charset := params["charset"]
	if mediaErr != nil || (media != "application/json" && !signed) || (charset != "" && !strings.EqualFold(charset, "utf-8")) {
		return false, fault.New(fault.MessageMediaType, "want", "application/json, "+mediaJOSE)
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return false, fault.New(fault.MessageMediaType, "want", "application/json, not compressed")
	}
	return signed, nil
}

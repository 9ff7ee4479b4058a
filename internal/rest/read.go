package rest

import (
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
)

// MaxFieldWishes bounds the fields named in one ?fields= wish.
const MaxFieldWishes = 200

// read makes a Call of a request. It never fails: what cannot be read is stated in Call.Unread, so that the exchange can
// record who sent it. The returned buffer backs Call.Input. The body of a caller who is not known is neither waited for nor
// stored: he is refused whatever it holds, and must not take places and memory from those who are known.
func (s *Surface) read(r *http.Request, path, query string, stranger error) (*exchange.Call, *[]byte) {
	c := &exchange.Call{
		Protocol: "rest", Chain: intake.ChainOf(r), Address: intake.AddressOf(r), Trace: intake.TraceOf(r.Header),
		Lang: problem.Language(r.Header.Get("Accept-Language")),
	}
	var body *[]byte
	err := readTarget(c, path, query)
	if err == nil {
		err = readHeaders(c, r)
	}
	if err == nil {
		err = stranger
	}
	if err == nil {
		if body, err = intake.ReadBody(r, s.MaxRequest); err == nil {
			c.Input = *body
		}
	}
	if err != nil {
		c.Unread = fault.From(err)
	}
	return c, body
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

func readHeaders(c *exchange.Call, r *http.Request) error {
	if r.Method != http.MethodPost {
		return fault.New(fault.MethodNotAllowed, "want", "POST")
	}
	stated, err := intake.ContextOf(r.Header)
	if err != nil {
		return err
	}
	c.Context = stated.Context
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := params["charset"]
	if err != nil || media != "application/json" || (charset != "" && !strings.EqualFold(charset, "utf-8")) {
		return fault.New(fault.MessageMediaType, "want", "application/json")
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return fault.New(fault.MessageMediaType, "want", "application/json, not compressed")
	}
	return nil
}

package rest

import (
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/exchange"
	"mconnect/internal/problem"
)

// MaxFieldWishes bounds the fields named in one ?fields= wish.
const MaxFieldWishes = 200

// buffers holds request bodies while their calls are under way.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4096); return &b }}

// maxPooled is the largest buffer kept for the next request.
const maxPooled = 256 << 10

func giveBack(b *[]byte) {
	if b != nil && cap(*b) <= maxPooled {
		*b = (*b)[:0]
		buffers.Put(b)
	}
}

// read makes a Call of a request. It never fails: what cannot be read is stated in Call.Unread, so that the exchange can
// record who sent it. The returned buffer backs Call.Input. The body of a caller who is not known is neither waited for nor
// stored: he is refused whatever it holds, and must not take places and memory from those who are known.
func (s *Surface) read(r *http.Request, path, query string, stranger error) (*exchange.Call, *[]byte) {
	c := &exchange.Call{
		Protocol: "rest", Chain: chainOf(r), Address: addressOf(r), Trace: traceOf(r.Header),
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
		if body, err = readBody(r, s.MaxRequest); err == nil {
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
	if err := readContext(&c.Context, r.Header); err != nil {
		return err
	}
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

// readBody reads a whole body of at most limit bytes. One that is declared larger is refused unread.
func readBody(r *http.Request, limit int64) (*[]byte, error) {
	if r.ContentLength > limit {
		return nil, fault.New(fault.MessageTooLarge, "limit", strconv.FormatInt(limit, 10))
	}
	b := buffers.Get().(*[]byte)
	buf := (*b)[:0]
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		*b = buf
		switch {
		case int64(len(buf)) > limit:
			giveBack(b)
			return nil, fault.New(fault.MessageTooLarge, "limit", strconv.FormatInt(limit, 10))
		case err == io.EOF:
			return b, nil
		case err != nil:
			giveBack(b)
			return nil, broken(err)
		}
	}
}

func broken(err error) *fault.Error {
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return fault.Wrap(err, fault.MessageTooSlow)
	}
	return fault.Wrap(err, fault.MessageMalformed, "what", "body")
}

// contextHeaders are the four values in the form net/http gives their names, with the length in characters
// beyond which they are refused unread. User and entity are bounded generously: agreements with tolerant caller
// rules accept free text there and flag it, strict ones refuse it by their own check.
var contextHeaders = [4]struct {
	name, key string
	limit     int
}{
	{"CallingUser", "Callinguser", mconnect.MaxCallBasis},
	{"CallingEntity", "Callingentity", mconnect.MaxCallBasis},
	{"CallBasis", "Callbasis", mconnect.MaxCallBasis},
	{"CallReason", "Callreason", mconnect.MaxCallReason},
}

func readContext(c *mconnect.LegalContext, h http.Header) error {
	into := [4]*string{&c.User, &c.Entity, &c.Basis, &c.Reason}
	for i, field := range contextHeaders {
		for n, raw := range h[field.key] {
			value, ok := decodeHeader(raw)
			switch {
			case !ok:
				return fault.New(fault.ContextMalformed, "name", field.name)
			case utf8.RuneCountInString(value) > field.limit:
				return fault.New(fault.ContextTooLong, "name", field.name, "limit", strconv.Itoa(field.limit))
			case n > 0 && value != *into[i]:
				return fault.New(fault.ContextConflict, "name", field.name)
			}
			*into[i] = value
		}
	}
	return nil
}

// decodeHeader reads a header value that is raw UTF-8, percent-encoded UTF-8 or an RFC 8187 extended value. A
// percent sign that begins no escape stands for itself ("50 % din …").
func decodeHeader(raw string) (string, bool) {
	value := raw
	if rest, ok := cutPrefixFold(raw, "UTF-8'"); ok {
		if _, text, ok := strings.Cut(rest, "'"); ok {
			value = text
		}
	}
	if strings.Contains(value, "%") {
		if plain, err := url.PathUnescape(value); err == nil && utf8.ValidString(plain) {
			value = plain
		}
	}
	value = strings.TrimSpace(value)
	return value, utf8.ValidString(value) && !strings.ContainsFunc(value, disguises)
}

// disguises reports a character by which a text looks other than it reads, to who later examines its record: controls,
// line separators, marks that turn the direction of writing.
func disguises(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// traceOf reads the trace id of a traceparent header (W3C Trace Context); "" when there is none that is valid. Later
// versions than 00 may carry more behind the flags.
func traceOf(h http.Header) string {
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

// isHex says whether s has lower-case hexadecimal digits only.
func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

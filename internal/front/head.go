package front

import (
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// maxTarget is the longest target remembered for the next request.
const maxTarget = 512

// wrong makes a refusal of a request that is none.
func wrong(why string) *refusal { return &refusal{http.StatusBadRequest, why} }

// framing is what the header lines say about the end of the body and of the connection.
type framing struct {
	length    int64 // -1: not stated
	chunked   bool
	close     bool
	keepAlive bool
	proceed   bool // 100-continue is expected
	expects   bool // something is
	host      int  // lines
}

// read makes the connection's request of a head: request line and header lines, each with its CR LF, up to the empty line
// (RFC 9112, sections 3 and 5).
func (c *conn) read(head string) error {
	line, head, _ := strings.Cut(head, "\r\n")
	c.request = *c.base
	r := &c.request
	if err := c.requestLine(r, line); err != nil {
		return err
	}
	clear(c.header())
	clear(c.values[:cap(c.values)])
	c.values = c.values[:0]
	f := framing{length: -1}
	for {
		line, head, _ = strings.Cut(head, "\r\n")
		if line == "" {
			break
		}
		if err := c.headerLine(&f, line); err != nil {
			return err
		}
	}
	return c.frame(r, &f)
}

// header is the map that every request of the connection uses.
func (c *conn) header() http.Header { return c.base.Header }

func (c *conn) requestLine(r *http.Request, line string) error {
	method, rest, _ := strings.Cut(line, " ")
	target, version, _ := strings.Cut(rest, " ")
	switch {
	case !httpguts.ValidHeaderFieldName(method): // a token, as names are
		return wrong("the method is no token")
	case version == "HTTP/1.1":
	case version == "HTTP/1.0":
		r.ProtoMinor, r.Proto = 0, version
	case len(version) == len("HTTP/1.1") && strings.HasPrefix(version, "HTTP/") && version[6] == '.' && isDigit(version[5]) && isDigit(version[7]):
		return &refusal{http.StatusHTTPVersionNotSupported, "only HTTP/1.0 and HTTP/1.1 are spoken here, and HTTP/2 where TLS has chosen it"}
	default:
		return wrong("the request line is malformed")
	}
	r.Method, r.RequestURI = method, target
	return c.locate(r, target)
}

// locate parses the target as net/http does; the last one is remembered, for a client mostly calls one service.
func (c *conn) locate(r *http.Request, target string) error {
	if target != c.target || target == "" {
		target = strings.Clone(target) // what is remembered keeps no head in memory
		authority := r.Method == http.MethodConnect && !strings.HasPrefix(target, "/")
		raw := target
		if authority {
			raw = "http://" + target
		}
		u, err := url.ParseRequestURI(raw)
		if err != nil {
			return wrong("the target is malformed")
		}
		if authority {
			u.Scheme = ""
		}
		if u.User != nil || authority || len(target) > maxTarget {
			r.URL = u
			return nil
		}
		c.parsed, c.target = *u, target
	}
	c.url = c.parsed
	r.URL = &c.url
	return nil
}

// headerLine reads one line. A line that continues the one before begins with a space, which is no token (RFC 9112, section
// 5.2); nor is a name with a space before its colon (section 5.1).
func (c *conn) headerLine(f *framing, line string) error {
	name, value, ok := strings.Cut(line, ":")
	if !ok || !httpguts.ValidHeaderFieldName(name) {
		return wrong("a header line is malformed")
	}
	for len(value) > 0 && (value[0] == ' ' || value[0] == '\t') {
		value = value[1:]
	}
	for n := len(value); n > 0 && (value[n-1] == ' ' || value[n-1] == '\t'); n-- {
		value = value[:n-1]
	}
	if !httpguts.ValidHeaderFieldValue(value) {
		return wrong("a header value has a control character")
	}
	name = known(name)
	keep, err := f.note(name, value, c.request.ProtoMinor)
	if err != nil || !keep {
		if name == "Host" {
			c.request.Host = value
		}
		return err
	}
	h := c.header()
	if before, again := h[name]; again {
		h[name] = append(before, value)
		return nil
	}
	n := len(c.values)
	c.values = append(c.values, value)
	h[name] = c.values[n : n+1 : n+1]
	return nil
}

// note takes what a line says about the framing, and says whether handlers shall see the line.
func (f *framing) note(name, value string, minor int) (keep bool, err error) {
	switch name {
	case "Host":
		if f.host++; f.host > 1 || !httpguts.ValidHostHeader(value) {
			return false, wrong("the Host is stated twice or malformed")
		}
		return false, nil
	case "Content-Length":
		if f.length >= 0 {
			return false, wrong("the length of the body is stated twice")
		}
		if f.length, err = length(value); err != nil {
			return false, err
		}
	case "Transfer-Encoding":
		switch {
		case f.chunked || minor == 0:
			return false, wrong("the coding of the body is stated twice, or in HTTP/1.0")
		case len(value) != len("chunked") || !strings.EqualFold(value, "chunked"): // of other alphabets no letter is taken for one of these
			return false, &refusal{http.StatusNotImplemented, "only the transfer coding chunked is known"}
		}
		f.chunked = true
		return false, nil
	case "Connection":
		f.close = f.close || hasToken(value, "close")
		f.keepAlive = f.keepAlive || hasToken(value, "keep-alive")
	case "Expect":
		f.expects = f.expects || value != ""
		f.proceed = f.proceed || hasToken(value, "100-continue")
	case "Trailer":
		for name := range strings.SplitSeq(value, ",") {
			switch textproto.CanonicalMIMEHeaderKey(strings.Trim(name, " \t")) {
			case "Transfer-Encoding", "Content-Length", "Trailer":
				return false, wrong("a trailer would change the framing")
			}
		}
	}
	return true, nil
}

// frame decides where the body ends (RFC 9112, section 6.3) and what else follows from the whole head.
func (c *conn) frame(r *http.Request, f *framing) error {
	h := c.header()
	switch {
	case f.chunked && f.length >= 0:
		return wrong("the end of the body is stated in two ways")
	case f.host == 0 && r.ProtoMinor == 1 && r.Method != http.MethodConnect:
		return wrong("the Host is missing")
	case f.expects && !f.proceed:
		return &refusal{http.StatusExpectationFailed, "only 100-continue can be expected"}
	}
	if r.URL.Host != "" {
		r.Host = r.URL.Host // of an absolute target, RFC 9112, section 3.2.2
	}
	r.Header = h
	r.Close = f.close || r.ProtoMinor == 0 && !f.keepAlive
	if p := h["Pragma"]; len(p) > 0 && p[0] == "no-cache" && h["Cache-Control"] == nil {
		h["Cache-Control"] = []string{"no-cache"}
	}
	r.ContentLength = max(f.length, 0)
	if f.chunked {
		delete(h, "Trailer") // what it announces is read and thrown away
		r.ContentLength, r.TransferEncoding = -1, chunkedOnly
	}
	c.last, c.early = r.Close, false
	c.body = body{conn: c, left: r.ContentLength, chunked: f.chunked, proceed: f.proceed && r.ProtoMinor == 1}
	if r.Body = http.NoBody; r.ContentLength != 0 {
		if c.body.chunked {
			c.body.left = 0
		}
		r.Body = &c.body
	} else {
		c.body.done = true
	}
	return nil
}

var chunkedOnly = []string{"chunked"}

// length reads a Content-Length: digits and nothing else.
func length(value string) (n int64, err error) {
	if value == "" || len(value) > 18 {
		return 0, wrong("the length of the body is malformed")
	}
	for i := range len(value) {
		if !isDigit(value[i]) {
			return 0, wrong("the length of the body is malformed")
		}
		n = n*10 + int64(value[i]-'0')
	}
	return n, nil
}

// hasToken looks for a token in a list, without regard to case.
func hasToken(list, token string) bool {
	return httpguts.HeaderValuesContainsToken([]string{list}, token)
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// known gives a name in its canonical form. Those that nearly all clients send cost no memory.
func known(name string) string {
	if usual, ok := names[name]; ok {
		return usual
	}
	return textproto.CanonicalMIMEHeaderKey(name)
}

// names holds the usual header names, as they are, in lower case and in the forms that the contract writes.
var names = func() map[string]string {
	m := map[string]string{}
	for _, name := range []string{
		"Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "CallBasis", "CallReason", "CallingEntity",
		"CallingUser", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Cookie", "Date", "Expect", "Host", "If-None-Match",
		"Keep-Alive", "MIME-Version", "Origin", "Pragma", "Referer", "SOAPAction", "TE", "Traceparent", "Tracestate", "Trailer",
		"Transfer-Encoding", "Upgrade", "User-Agent", "Via", "X-Forwarded-For", "X-Request-Id",
	} {
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		m[name], m[canonical], m[strings.ToLower(name)] = canonical, canonical, canonical
	}
	return m
}()

package front

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// script is a connection on which everything has been said already; it comes in pieces of at most piece bytes.
type script struct {
	net.Conn
	said  *strings.Reader
	piece int
}

func (s *script) Read(p []byte) (int, error)       { return s.said.Read(p[:min(len(p), s.piece)]) }
func (s *script) Write(p []byte) (int, error)      { return len(p), nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

// seen is what a reader makes of one request.
type seen struct {
	Method, Target, Proto, Host, URL string
	Header                           http.Header
	Length                           int64
	Coding                           []string
	Close                            bool
	Body                             string
}

func see(r *http.Request, body []byte) seen {
	h := r.Header.Clone()
	delete(h, "Host") // net/http's server removes it behind ReadRequest
	return seen{r.Method, r.RequestURI, r.Proto, r.Host, r.URL.String(), h, r.ContentLength, r.TransferEncoding, r.Close, string(body)}
}

// readOwn reads the requests of text until the first that is none; err is why.
func readOwn(text []byte, piece, most int) (all []seen, err error) {
	std := &http.Server{MaxHeaderBytes: most}
	s := New(&http.Server{TLSConfig: &tls.Config{}, MaxHeaderBytes: most})
	said := &script{said: strings.NewReader(string(text)), piece: piece}
	c := &conn{server: s, peer: said}
	c.base = &http.Request{Header: http.Header{}, ProtoMajor: 1, ProtoMinor: 1, Proto: "HTTP/1.1"}
	c.in.conn = said
	for posted := false; ; posted = c.request.Method == http.MethodPost {
		if err := c.in.await(); err != nil {
			return all, err
		}
		if err := c.in.begin(time.Now(), std, posted); err != nil {
			return all, err
		}
		if err := c.read(c.in.head()); err != nil {
			return all, err
		}
		c.answer = answer{conn: c}
		body, err := io.ReadAll(c.request.Body)
		if err != nil {
			return all, err
		}
		all = append(all, see(&c.request, body))
		c.in.rest()
	}
}

// readTheirs reads as many requests of text as net/http takes.
func readTheirs(text []byte, most int) (all []seen) {
	in := bufio.NewReader(strings.NewReader(string(text)))
	for len(all) < most {
		r, err := http.ReadRequest(in)
		if err != nil {
			return all
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return all
		}
		all = append(all, see(r, body))
		if next, _ := in.Peek(2); r.Method == http.MethodPost && string(next) == "\r\n" {
			_, _ = in.Discard(2)
		}
	}
	return all
}

// compare holds what this package takes for requests against net/http.
func compare(t *testing.T, text []byte, piece int) (own []seen, err error) {
	t.Helper()
	own, err = readOwn(text, piece, 8<<10)
	theirs := readTheirs(text, len(own))
	if len(own) != len(theirs) || len(own) > 0 && !reflect.DeepEqual(own, theirs) {
		t.Errorf("%q:\nhere      %+v\nnet/http  %+v", text, own, theirs)
	}
	return own, err
}

const post = "POST /api/v1/GetPerson HTTP/1.1\r\nHost: x\r\n"

var good = []string{
	"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /a?b=c#d HTTP/1.1\r\nHost: x:8443\r\nAccept:*/*\r\nX-Empty:\r\nX-Many: 1\r\nx-many:\t2 \r\n\r\n",
	"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\nHost: y\r\n\r\n",
	"OPTIONS * HTTP/1.1\r\nHost: \r\n\r\n", "CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n", "CONNECT /rpc HTTP/1.1\r\nHost: x\r\n\r\n",
	"POST https://exchange.example/api/v1/GetPerson?fields=A HTTP/1.1\r\nHost: other\r\nContent-Length: 2\r\n\r\nab",
	"POST https://someone@exchange.example/ HTTP/1.1\r\nHost: other\r\n\r\n",
	post + "Content-Length: 3\r\n\r\nabc" + post + "content-length: 0\r\n\r\n",
	post + "Content-Length: 3\r\n\r\nabc\r\n" + "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
	post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n0\r\n\r\n" + post + "\r\n",
	post + "transfer-encoding: Chunked\r\nTrailer: X-Sum, X-Time\r\n\r\n00000001\r\na\r\n0\r\nX-Sum: 1\r\n\r\n",
	post + "Connection: Keep-Alive, Close\r\nPragma: no-cache\r\nTrailer: X\r\n\r\n",
	post + "CallReason: Legea nr. 133, \xc8\x99\xc4\x83\r\ncalluser: 1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na",
	post + "X-Long: " + strings.Repeat("x", 7000) + "\r\nContent-Length: 5000\r\n\r\n" + strings.Repeat("b", 5000) + post + "\r\n",
}

func TestRequestsAreReadAsNetHTTPReadsThem(t *testing.T) {
	for _, text := range good {
		for _, piece := range []int{1, 2, 7, 4096, 1 << 20} {
			own, err := compare(t, []byte(text), piece)
			if len(own) < 1 || !errors.Is(err, io.EOF) {
				t.Errorf("%q in pieces of %d: %d requests, then %v", text, piece, len(own), err)
			}
		}
	}
}

// bad are no requests. What net/http would make of them does not matter: an intermediary may make something else.
var bad = map[string]struct {
	text   string
	status int
}{
	"two lengths that differ":         {post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
	"two lengths that agree":          {post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
	"a list of lengths":               {post + "Content-Length: 3, 3\r\n\r\nabc", 400},
	"a length with a sign":            {post + "Content-Length: +3\r\n\r\nabc", 400},
	"a negative length":               {post + "Content-Length: -1\r\n\r\n", 400},
	"an empty length":                 {post + "Content-Length: \r\n\r\n", 400},
	"a length in hex":                 {post + "Content-Length: 0x3\r\n\r\nabc", 400},
	"a length of 19 digits":           {post + "Content-Length: 1000000000000000000\r\n\r\n", 400},
	"chunked with a Kelvin sign":      {post + "Transfer-Encoding: chun\u212aed\r\n\r\n0\r\n\r\n", 501},
	"length and chunks":               {post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
	"chunks and length":               {post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400},
	"another coding":                  {post + "Transfer-Encoding: gzip\r\n\r\n", 501},
	"a coding before chunked":         {post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
	"a coding that is nearly chunked": {post + "Transfer-Encoding: xchunked\r\n\r\n", 501},
	"a coding in quotes":              {post + "Transfer-Encoding: \"chunked\"\r\n\r\n", 501},
	"chunked twice":                   {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
	"chunked, then identity":          {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 400},
	"chunks in HTTP/1.0":              {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
	"a vertical tab before chunked":   {post + "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n", 400},
	"a trailer that frames":           {post + "Transfer-Encoding: chunked\r\nTrailer: X, content-length\r\n\r\n0\r\n\r\n", 400},
	"a folded line":                   {post + "X-A: b\r\n c\r\n\r\n", 400},
	"a folded line with a tab":        {post + "X-A: b\r\n\tc: d\r\n\r\n", 400},
	"a folded first line":             {"GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400},
	"a space before the colon":        {post + "Content-Length : 3\r\n\r\nabc", 400},
	"a name that is no token":         {post + "X(A): b\r\n\r\n", 400},
	"a name outside ASCII":            {post + "X-\xc8\x99: b\r\n\r\n", 400},
	"no name":                         {post + ": b\r\n\r\n", 400},
	"no colon":                        {post + "X-A\r\n\r\n", 400},
	"NUL in a value":                  {post + "X-A: b\x00c\r\n\r\n", 400},
	"NUL in a name":                   {post + "X-\x00A: b\r\n\r\n", 400},
	"DEL in a value":                  {post + "X-A: b\x7f\r\n\r\n", 400},
	"a bare CR in a value":            {post + "X-A: b\rX-B: c\r\n\r\n", 400},
	"a CR before CR LF":               {post + "X-A: b\r\r\n\r\n", 400},
	"a bare LF in the head":           {post + "X-A: b\nX-B: c\r\n\r\n", 400},
	"bare LFs only":                   {"GET / HTTP/1.1\nHost: x\n\n", 400},
	"a bare LF at the end":            {post + "X-A: b\r\n\n", 400},
	"an LF first":                     {"\n" + post + "\r\n", 400},
	"an empty line first":             {"\r\n" + post + "\r\n", 400},
	"two empty lines after a POST":    {post + "\r\n\r\n\r\n" + post + "\r\n", 400},
	"no Host":                         {"GET / HTTP/1.1\r\nX-A: b\r\n\r\n", 400},
	"two Hosts":                       {post + "Host: y\r\n\r\n", 400},
	"two Hosts in HTTP/1.0":           {"GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n", 400},
	"a Host with a path":              {"GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400},
	"a Host with a space":             {"GET / HTTP/1.1\r\nHost: x y\r\n\r\n", 400},
	"a method that is no token":       {"G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
	"no method":                       {" / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
	"no target":                       {"GET  HTTP/1.1\r\nHost: x\r\n\r\n", 400},
	"a target with a space":           {"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400},
	"a target with a control":         {"GET /a\x01 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
	"a target with a bad escape":      {"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
	"a target that is relative":       {"GET a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
	"no version":                      {"GET /\r\nHost: x\r\n\r\n", 400},
	"a version with a tail":           {"GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400},
	"a version in lower case":         {"GET / http/1.1\r\nHost: x\r\n\r\n", 400},
	"a version to come":               {"GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505},
	"HTTP/2 without its choice":       {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
	"another expectation":             {post + "Expect: magic\r\n\r\n", 417},
	"a head over the limit":           {post + "X-A: " + strings.Repeat("x", 9000) + "\r\n\r\n", 431},
	"a line that never ends":          {"GET /" + strings.Repeat("x", 20000), 431},
	"too many lines":                  {post + strings.Repeat("a:b\r\n", 250) + "\r\n", 431},
}

func TestWhatIsRefused(t *testing.T) {
	for name, c := range bad {
		for _, piece := range []int{1, 4096} {
			own, err := compare(t, []byte(c.text), piece)
			var r *refusal
			if most := strings.Count(c.text, "\r\n\r\n\r\n"); len(own) > most || !errors.As(err, &r) || r.status != c.status {
				t.Errorf("%s, in pieces of %d: %d requests, then %v", name, piece, len(own), err)
			}
		}
	}
}

func TestWhatIsNoBody(t *testing.T) {
	const chunked = post + "Transfer-Encoding: chunked\r\n\r\n"
	for name, text := range map[string]string{
		"shorter than stated":         post + "Content-Length: 4\r\n\r\nabc",
		"no size":                     chunked + "\r\nabc\r\n0\r\n\r\n",
		"a size with a sign":          chunked + "+3\r\nabc\r\n0\r\n\r\n",
		"a size with 0x":              chunked + "0x3\r\nabc\r\n0\r\n\r\n",
		"a size of nine digits":       chunked + "000000003\r\nabc\r\n0\r\n\r\n",
		"a space behind the size":     chunked + "3 \r\nabc\r\n0\r\n\r\n",
		"a space before the size":     chunked + " 3\r\nabc\r\n0\r\n\r\n",
		"a bare LF behind the size":   chunked + "3\nabc\r\n0\r\n\r\n",
		"a bare CR in an extension":   chunked + "3;a\rb\r\nabc\r\n0\r\n\r\n",
		"NUL in an extension":         chunked + "3;\x00\r\nabc\r\n0\r\n\r\n",
		"an extension that is long":   chunked + "3;" + strings.Repeat("x", 300) + "\r\nabc\r\n0\r\n\r\n",
		"a chunk longer than stated":  chunked + "3\r\nabcd\r\n0\r\n\r\n",
		"a chunk shorter than stated": chunked + "4\r\nabc\r\n0\r\n\r\n",
		"a chunk that ends with LF":   chunked + "3\r\nabc\n0\r\n\r\n",
		"no last chunk":               chunked + "3\r\nabc\r\n",
		"no last line":                chunked + "3\r\nabc\r\n0\r\n",
		"a trailer that is no field":  chunked + "0\r\nabc\r\n\r\n",
		"a folded trailer":            chunked + "0\r\na: b\r\n c\r\n\r\n",
		"NUL in a trailer":            chunked + "0\r\na: \x00\r\n\r\n",
		"a trailer that ends with LF": chunked + "0\r\na: b\n\r\n",
		"trailers without end":        chunked + "0\r\n" + strings.Repeat("a: b\r\n", 1000) + "\r\n",
		"more framing than data":      chunked + strings.Repeat("1;"+strings.Repeat("x", 200)+"\r\na\r\n", 200) + "0\r\n\r\n",
	} {
		for _, piece := range []int{1, 4096} {
			if own, err := compare(t, []byte(text), piece); len(own) > 0 || err == nil || errors.Is(err, io.EOF) {
				t.Errorf("%s, in pieces of %d: %d requests, then %v", name, piece, len(own), err)
			}
		}
	}
	many := chunked + strings.Repeat("1\r\na\r\n", 20_000) + "0\r\n\r\n" // one byte a chunk is lawful
	if own, err := compare(t, []byte(many), 4096); len(own) != 1 || len(own[0].Body) != 20_000 {
		t.Errorf("many small chunks: %d requests, %v", len(own), err)
	}
}

// FuzzRequests: what is taken here for requests net/http takes for the same ones, wherever the pieces part.
func FuzzRequests(f *testing.F) {
	for _, text := range good {
		f.Add([]byte(text), uint16(4096))
	}
	for _, c := range bad {
		f.Add([]byte(c.text), uint16(7))
	}
	f.Fuzz(func(t *testing.T, text []byte, piece uint16) {
		whole, _ := compare(t, text, 1<<20)
		if parts, _ := compare(t, text, int(piece)+1); !reflect.DeepEqual(whole, parts) {
			t.Errorf("%q is read otherwise in pieces of %d: %+v, %+v", text, int(piece)+1, whole, parts)
		}
	})
}

// TestNamesThatAreKnownCostNothing: and are those that net/http gives.
func TestNamesThatAreKnownCostNothing(t *testing.T) {
	for name := range names {
		if n := testing.AllocsPerRun(10, func() { _ = known(name) }); n > 0 || known(name) != http.CanonicalHeaderKey(name) {
			t.Errorf("%s: %s, %v allocations", name, known(name), n)
		}
	}
	if got := known("x-OTHER"); got != "X-Other" {
		t.Error(got)
	}
}

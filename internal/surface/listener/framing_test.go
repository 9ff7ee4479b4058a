package listener_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

const post = "POST /api/v1/GetPerson HTTP/1.1\r\nHost: x\r\n"

// refused are no requests for net/http: status by name.
var refused = map[string]struct {
	text   string
	status int
}{
	"two lengths that differ":         {post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
	"a list of lengths":               {post + "Content-Length: 3, 3\r\n\r\nabc", 400},
	"a length with a sign":            {post + "Content-Length: +3\r\n\r\nabc", 400},
	"a negative length":               {post + "Content-Length: -1\r\n\r\n", 400},
	"an empty length":                 {post + "Content-Length: \r\n\r\n", 400},
	"a length in hex":                 {post + "Content-Length: 0x3\r\n\r\nabc", 400},
	"chunked with a Kelvin sign":      {post + "Transfer-Encoding: chun\u212aed\r\n\r\n0\r\n\r\n", 501},
	"another coding":                  {post + "Transfer-Encoding: gzip\r\n\r\n", 501},
	"a coding before chunked":         {post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
	"a coding that is nearly chunked": {post + "Transfer-Encoding: xchunked\r\n\r\n", 501},
	"a coding in quotes":              {post + "Transfer-Encoding: \"chunked\"\r\n\r\n", 501},
	"chunked twice":                   {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501},
	"chunked, then identity":          {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 501},
	"a vertical tab before chunked":   {post + "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n", 400},
	"a trailer that frames":           {post + "Transfer-Encoding: chunked\r\nTrailer: X, content-length\r\n\r\n0\r\n\r\n", 400},
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
	"an LF first":                     {"\n" + post + "\r\n", 400},
	"an empty line first":             {"\r\n" + post + "\r\n", 400},
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
	"another expectation":             {post + "Expect: magic\r\n\r\n", 417},
	"a line that never ends":          {"GET /" + strings.Repeat("x", 20000), 431},
	"a head over the limit":           {post + "X-A: " + strings.Repeat("x", 20_000) + "\r\n\r\n", 431},
}

// next is the request that follows each of the texts, as the handler sees it.
const next = `GET /next ""`

// taken are texts that are not well formed, or that an intermediary may end elsewhere, and what net/http takes them
// for. A length next to chunks does not count (RFC 9112, section 6.3); a folded line belongs to the one before; a bare
// LF ends a line.
var taken = map[string]struct {
	text    string
	handled []string
}{
	"two lengths that agree":       {post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", []string{`POST /api/v1/GetPerson "abc"`, next}},
	"a length of 19 digits":        {post + "Content-Length: 1000000000000000000\r\n\r\n", []string{`POST /api/v1/GetPerson "GET /next HTTP/1.1\r\nHost: x\r\n\r\n" broken`}},
	"length and chunks":            {post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []string{`POST /api/v1/GetPerson ""`, next}},
	"chunks and length":            {post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", []string{`POST /api/v1/GetPerson ""`, next}},
	"chunks in HTTP/1.0":           {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []string{`POST / ""`}},
	"a folded line":                {post + "X-A: b\r\n c\r\n\r\n", []string{`POST /api/v1/GetPerson ""`, next}},
	"a folded line with a tab":     {post + "X-A: b\r\n\tc: d\r\n\r\n", []string{`POST /api/v1/GetPerson ""`, next}},
	"a bare LF in the head":        {post + "X-A: b\nX-B: c\r\n\r\n", []string{`POST /api/v1/GetPerson ""`, next}},
	"a bare LF at the end":         {post + "X-A: b\r\n\n", []string{`POST /api/v1/GetPerson ""`, next}},
	"bare LFs only":                {"GET / HTTP/1.1\nHost: x\n\n", []string{`GET / ""`, next}},
	"two empty lines after a POST": {post + "\r\n\r\n\r\n" + post + "\r\n", []string{`POST /api/v1/GetPerson ""`, `POST /api/v1/GetPerson ""`, next}},
	"a version to come":            {"GET / HTTP/1.2\r\nHost: x\r\n\r\n", []string{`GET / ""`, next}},
	"HTTP/2 without its choice":    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []string{`PRI * ""`}},
	"250 lines":                    {post + strings.Repeat("a:b\r\n", 250) + "\r\n", []string{`POST /api/v1/GetPerson ""`, next}},
}

// noted is what a handler has seen.
type noted struct {
	mu  sync.Mutex
	all []string
}

func (n *noted) handle(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	seen := fmt.Sprintf("%s %s %q", r.Method, r.RequestURI, body)
	if err != nil {
		seen += " broken"
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, seen)
}

// take returns what was seen since it was called before.
func (n *noted) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := n.all
	n.all = nil
	return all
}

// send sends text on a connection of its own, ends it, and returns the first answer.
func (d *site) send(t *testing.T, name, text string) got {
	t.Helper()
	l := d.dial(t)
	_, _ = io.WriteString(l, text) // it may be refused half way
	_ = l.CloseWrite()
	g := l.hear(t, "POST")
	if g.Close {
		l.ended(t, name)
	}
	_, _ = io.Copy(io.Discard, l.in)
	return g
}

// TestFraming_RefusedEndsTheConnection: no handler sees the request, nor what stands behind it.
func TestFraming_RefusedEndsTheConnection(t *testing.T) {
	var n noted
	d := open(t, n.handle)
	for name, c := range refused {
		g := d.send(t, name, c.text+"GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
		if seen := n.take(); g.StatusCode != c.status || !g.Close || len(seen) > 0 {
			t.Errorf("%s: %s, close %t, handled %q", name, g.Status, g.Close, seen)
		}
	}
}

// TestFraming_TakenAsStated: what net/http takes for requests, which is what a proxy in front must agree with.
func TestFraming_TakenAsStated(t *testing.T) {
	var n noted
	d := open(t, n.handle)
	for name, c := range taken {
		g := d.send(t, name, c.text+"GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
		if seen := n.take(); g.StatusCode != http.StatusOK || !slices.Equal(seen, c.handled) {
			t.Errorf("%s: %s, handled %q; want %q", name, g.Status, seen, c.handled)
		}
	}
}

// TestFraming_BrokenBodies: the handler learns that the body is none, and nothing follows it.
func TestFraming_BrokenBodies(t *testing.T) {
	const chunked = post + "Transfer-Encoding: chunked\r\n\r\n"
	var n noted
	d := open(t, n.handle)
	for name, text := range map[string]string{
		"no size":                     chunked + "\r\nabc\r\n0\r\n\r\n",
		"a size with a sign":          chunked + "+3\r\nabc\r\n0\r\n\r\n",
		"a size with 0x":              chunked + "0x3\r\nabc\r\n0\r\n\r\n",
		"a space before the size":     chunked + " 3\r\nabc\r\n0\r\n\r\n",
		"a bare LF behind the size":   chunked + "3\nabc\r\n0\r\n\r\n",
		"a bare CR in an extension":   chunked + "3;a\rb\r\nabc\r\n0\r\n\r\n",
		"a chunk longer than stated":  chunked + "3\r\nabcd\r\n0\r\n\r\n",
		"a chunk shorter than stated": chunked + "4\r\nabc\r\n0\r\n\r\n",
		"a chunk that ends with LF":   chunked + "3\r\nabc\n0\r\n\r\n",
		"no last chunk":               chunked + "3\r\nabc\r\n",
		"no last line":                chunked + "3\r\nabc\r\n0\r\n",
		"a trailer that is no field":  chunked + "0\r\nabc\r\n\r\n",
		"NUL in a trailer":            chunked + "0\r\na: \x00\r\n\r\n",
		"trailers without end":        chunked + "0\r\n" + strings.Repeat("a: b\r\n", 1000) + "\r\n",
		"more framing than data":      chunked + strings.Repeat("1;"+strings.Repeat("x", 200)+"\r\na\r\n", 200) + "0\r\n\r\n",
	} {
		d.send(t, name, text+"GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
		if seen := n.take(); len(seen) != 1 || !strings.HasSuffix(seen[0], " broken") {
			t.Errorf("%s: handled %.200q", name, seen)
		}
	}
	for name, text := range map[string]string{ // net/http passes over these
		"a size of nine digits":       chunked + "000000003\r\nabc\r\n0\r\n\r\n",
		"a space behind the size":     chunked + "3 \r\nabc\r\n0\r\n\r\n",
		"NUL in an extension":         chunked + "3;\x00\r\nabc\r\n0\r\n\r\n",
		"an extension that is long":   chunked + "3;" + strings.Repeat("x", 300) + "\r\nabc\r\n0\r\n\r\n",
		"a trailer that ends with LF": chunked + "0\r\na: b\n\r\n",
		"a folded trailer":            chunked + "0\r\na: b\r\n c\r\n\r\n",
	} {
		d.send(t, name, text+"GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
		if seen := n.take(); len(seen) != 2 || seen[1] != next {
			t.Errorf("%s: handled %.200q", name, seen)
		}
	}
	d.send(t, "shorter than stated", post+"Content-Length: 4\r\n\r\nabc")
	if seen := n.take(); len(seen) != 1 || !strings.HasSuffix(seen[0], " broken") {
		t.Errorf("shorter than stated: handled %q", seen)
	}
	many := chunked + strings.Repeat("1\r\na\r\n", 20_000) + "0\r\n\r\n" // one byte a chunk is lawful
	d.send(t, "many small chunks", many)
	if seen := n.take(); len(seen) != 1 || len(seen[0]) != len(`POST /api/v1/GetPerson ""`)+20_000 {
		t.Errorf("many small chunks: %d requests", len(seen))
	}
}

// good are well-formed requests.
var good = []string{
	"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
	"GET /a?b=c#d HTTP/1.1\r\nHost: x:8443\r\nAccept:*/*\r\nX-Empty:\r\nX-Many: 1\r\nx-many:\t2 \r\n\r\n",
	"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\nHost: y\r\n\r\n",
	"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n", "CONNECT /rpc HTTP/1.1\r\nHost: x\r\n\r\n",
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

// TestFraming_WellFormedIsHandled, in as many requests as were sent, wherever the pieces part.
func TestFraming_WellFormedIsHandled(t *testing.T) {
	var n noted
	d := open(t, n.handle)
	for _, text := range good {
		requests := strings.Count(text, " HTTP/1.")
		for _, piece := range []int{7, 4096, 1 << 20} {
			l := d.dial(t)
			for at := 0; at < len(text); at += piece {
				_, _ = io.WriteString(l, text[at:min(at+piece, len(text))])
			}
			_ = l.CloseWrite()
			_, _ = io.Copy(io.Discard, l.in)
			seen := n.take()
			if len(seen) != requests || slices.ContainsFunc(seen, func(s string) bool { return strings.HasSuffix(s, "broken") }) {
				t.Errorf("%.80q in pieces of %d: handled %.100q", text, piece, seen)
			}
		}
	}
}

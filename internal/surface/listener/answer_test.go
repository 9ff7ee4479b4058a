package listener_test

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect/test/must"
	"mconnect/test/waits"
)

const get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

func write(t testing.TB, w io.Writer, text string, want error) {
	t.Helper()
	if _, err := io.WriteString(w, text); !errors.Is(err, want) {
		t.Errorf("write: %v; want %v", err, want)
	}
}

var much = strings.Repeat("0123456789", 10_000)

// kinds of answers, with the frame that each must have.
var kinds = map[string]struct {
	request string
	handler func(testing.TB, http.ResponseWriter)
	status  int
	length  int64
	chunked bool
	text    string
	closes  bool
	header  map[string]string
}{
	"nothing":        {handler: func(testing.TB, http.ResponseWriter) {}, status: 200},
	"a status":       {handler: func(t testing.TB, w http.ResponseWriter) { w.WriteHeader(404) }, status: 404},
	"an unusual one": {handler: func(t testing.TB, w http.ResponseWriter) { w.WriteHeader(799) }, status: 799},
	"two":            {handler: func(t testing.TB, w http.ResponseWriter) { w.WriteHeader(404); w.WriteHeader(200) }, status: 404},
	"a few bytes": {
		handler: func(t testing.TB, w http.ResponseWriter) { write(t, w, "a", nil); write(t, w, "bc", nil) }, status: 200, length: 3, text: "abc",
		header: map[string]string{"Content-Type": "text/plain; charset=utf-8"},
	},
	"a page": {
		handler: func(t testing.TB, w http.ResponseWriter) { write(t, w, "<html><body>", nil) }, status: 200, length: 12, text: "<html><body>",
		header: map[string]string{"Content-Type": "text/html; charset=utf-8"},
	},
	"a declared length": {handler: func(t testing.TB, w http.ResponseWriter) {
		w.Header().Set("Content-Length", strconv.Itoa(len(much)))
		w.Header().Set("Content-Type", "text/x")
		write(t, w, much, nil)
		write(t, w, "more", http.ErrContentLength)
	}, status: 200, length: int64(len(much)), text: much, closes: true, header: map[string]string{"Content-Type": "text/x"}},
	"a length of nonsense": {handler: func(t testing.TB, w http.ResponseWriter) {
		w.Header().Set("Content-Length", "-3")
		write(t, w, "abc", nil)
	}, status: 200, length: -1, chunked: true, text: "abc"},
	"much in pieces": {handler: func(t testing.TB, w http.ResponseWriter) {
		for i := range 1000 {
			write(t, w, much[i*100:i*100+100], nil)
		}
	}, status: 200, length: -1, chunked: true, text: much},
	"flushed": {handler: func(t testing.TB, w http.ResponseWriter) {
		write(t, w, "ab", nil)
		w.(http.Flusher).Flush()
		write(t, w, "", nil)
		write(t, w, "c", nil)
	}, status: 200, length: -1, chunked: true, text: "abc"},
	"flushed before anything": {handler: func(t testing.TB, w http.ResponseWriter) {
		must.OK(t, http.NewResponseController(w).Flush())
	}, status: 200, length: -1, chunked: true},
	"no content": {handler: func(t testing.TB, w http.ResponseWriter) {
		w.WriteHeader(204)
		write(t, w, "abc", http.ErrBodyNotAllowed)
	}, status: 204},
	"not modified": {handler: func(t testing.TB, w http.ResponseWriter) { w.WriteHeader(304) }, status: 304},
	"to HEAD": {
		request: "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", handler: func(t testing.TB, w http.ResponseWriter) { write(t, w, "abc", nil) }, status: 200, length: 3,
	},
	"to HEAD, much": {
		request: "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", handler: func(t testing.TB, w http.ResponseWriter) { write(t, w, much, nil) }, status: 200, length: -1,
	},
	"too little": {handler: func(t testing.TB, w http.ResponseWriter) {
		w.Header().Set("Content-Length", "10")
		write(t, w, "abc", nil)
	}, status: 200, length: 10, text: "abc", closes: true},
	"the last": {handler: func(t testing.TB, w http.ResponseWriter) { w.Header().Set("Connection", "close") }, status: 200, closes: true},
	"the last that the client wants": {
		request: "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", handler: func(testing.TB, http.ResponseWriter) {}, status: 200, closes: true,
	},
	"in HTTP/1.0": {
		request: "GET / HTTP/1.0\r\n\r\n", handler: func(t testing.TB, w http.ResponseWriter) { write(t, w, "abc", nil) }, status: 200, length: 3, text: "abc", closes: true,
	},
	"in HTTP/1.0 that goes on": {
		request: "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", handler: func(t testing.TB, w http.ResponseWriter) { write(t, w, "abc", nil) },
		status: 200, length: 3, text: "abc", header: map[string]string{"Connection": "keep-alive"},
	},
	"in HTTP/1.0 without length": {
		request: "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", handler: func(t testing.TB, w http.ResponseWriter) { write(t, w, much, nil) },
		status: 200, length: -1, text: much, closes: true,
	},
	"a value that would end its line": {handler: func(t testing.TB, w http.ResponseWriter) {
		h := w.Header()
		h["X-A"], h["X B"], h["X-C"] = []string{"a\r\nX-Evil: 1"}, []string{"c"}, []string{"1", "2"}
	}, status: 200, header: map[string]string{"X-A": "a  X-Evil: 1", "X-Evil": "", "X B": "", "X-C": "1"}},
	"a Date of its own": {handler: func(t testing.TB, w http.ResponseWriter) { w.Header().Set("Date", "today") }, status: 200, header: map[string]string{"Date": "today"}},
	"changed too late": {handler: func(t testing.TB, w http.ResponseWriter) {
		w.WriteHeader(200)
		w.Header().Set("X-A", "late")
	}, status: 200, header: map[string]string{"X-A": ""}},
}

// TestAnswers_Framing holds the frame of every kind of answer, on one connection as far as that goes on.
func TestAnswers_Framing(t *testing.T) {
	for name, c := range kinds {
		d := open(t, func(w http.ResponseWriter, r *http.Request) {
			if r.RequestURI == "/after" {
				echo(w, r)
				return
			}
			c.handler(t, w)
		})
		l := d.dial(t)
		if c.request == "" {
			c.request = get
		}
		l.say(t, c.request)
		method, _, _ := strings.Cut(c.request, " ")
		g := l.hear(t, method)
		if g.StatusCode != c.status || g.ContentLength != c.length || (len(g.TransferEncoding) > 0) != c.chunked || g.text != c.text || g.Header.Get("Date") == "" {
			t.Errorf("%s: %d, length %d, %v, %d bytes, %v", name, g.StatusCode, g.ContentLength, g.TransferEncoding, len(g.text), g.Header)
		}
		for key, value := range c.header {
			if g.Header.Get(key) != value {
				t.Errorf("%s: %s is %q", name, key, g.Header.Get(key))
			}
		}
		if c.closes {
			l.ended(t, name)
			continue
		}
		l.say(t, "GET /after HTTP/1.1\r\nHost: x\r\n\r\n")
		if g := l.hear(t, "GET"); g.text != "GET /after " || g.err != nil {
			t.Errorf("%s: then %q %v", name, g.text, g.err)
		}
	}
}

// records counts the TLS records that arrive on a connection.
type records struct {
	net.Conn
	mu   sync.Mutex
	held []byte
	n    int
	last int // bytes of the last one
}

func (r *records) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.held = append(r.held, p[:n]...); len(r.held) >= 5; r.n++ {
		end := 5 + int(binary.BigEndian.Uint16(r.held[3:]))
		if len(r.held) < end {
			break
		}
		r.held, r.last = r.held[end:], end-5
	}
	return n, err
}

func (r *records) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.n
}

// counted is a connection with its count.
func (d *site) counted(t testing.TB) (*line, *records) {
	t.Helper()
	raw := &records{Conn: must.Get(net.Dial("tcp", d.address))(t)}
	conn := tls.Client(raw, d.client)
	t.Cleanup(func() { _ = conn.Close() })
	must.OK(t, conn.SetDeadline(time.Now().Add(waits.Limit)))
	return &line{conn, newReader(conn)}, raw
}

// TestAnswers_SmallIsOneRecord: head and body together, from the first on. The records of a larger one are full, but
// for the first.
func TestAnswers_SmallIsOneRecord(t *testing.T) {
	d := open(t, func(w http.ResponseWriter, r *http.Request) {
		size := must.Get(strconv.Atoi(r.URL.Path[1:]))(t)
		if r.URL.RawQuery != "" {
			w.Header().Set("Content-Length", r.URL.Path[1:])
		}
		_, _ = w.Write(bytes.Repeat([]byte("x"), size))
	})
	l, raw := d.counted(t)
	ask := func(target string) int {
		before := raw.count()
		l.say(t, "GET "+target+" HTTP/1.1\r\nHost: x\r\n\r\n")
		if g := l.hear(t, "GET"); g.err != nil {
			t.Fatal(g.err)
		}
		return raw.count() - before
	}
	ask("/1") // next to it come the handshake's session tickets
	for target, want := range map[string]int{"/0": 1, "/1000": 1, "/8000": 2, "/15000?declared": 2, "/100000?declared": 7} {
		if n := ask(target); n != want {
			t.Errorf("%s: %d records; want %d", target, n, want)
		}
	}
}

// TestAnswers_BrokenDoesNotLookWhole: nor does its end say that it was meant.
func TestAnswers_BrokenDoesNotLookWhole(t *testing.T) {
	d := open(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.RequestURI {
		case "/length":
			w.Header().Set("Content-Length", "100000")
		case "/defect":
			panic("a defect")
		}
		if r.RequestURI != "/before" {
			write(t, w, strings.Repeat("x", 50_000), nil)
			must.OK(t, http.NewResponseController(w).Flush())
		}
		panic(http.ErrAbortHandler)
	})
	for target, old := range map[string]bool{"/length": false, "/chunks": false, "/end": true, "/before": false, "/defect": false} {
		l, raw := d.counted(t)
		version := "1.1"
		if old {
			version = "1.0"
		}
		l.say(t, "GET "+target+" HTTP/"+version+"\r\nHost: x\r\n\r\n")
		text, err := io.ReadAll(l)
		const goodbye = 2 + 1 + 16 // bytes of a record of TLS 1.3 with the alert that ends a connection
		if raw.last == goodbye || strings.HasSuffix(string(text), "0\r\n\r\n") || (len(text) == 0) != (target == "/before" || target == "/defect") {
			t.Errorf("%s: %d bytes, then %v", target, len(text), err)
		}
	}
	for !strings.Contains(d.log.String(), "a defect") { // written when the connection has ended already
		<-time.After(time.Millisecond)
	}
	if said := d.log.String(); strings.Count(said, "panic serving") != 1 || !strings.Contains(said, "a defect") {
		t.Errorf("the log says %q", said)
	}
	l, raw := d.counted(t) // a control: an answer that is meant to end so
	l.say(t, "BAD\r\n\r\n")
	if l.hear(t, "GET").StatusCode != 400 {
		t.Error("what is no request was answered otherwise")
	}
	if l.ended(t, "a refusal"); raw.last != 19 {
		t.Errorf("the last record of an orderly end has %d bytes", raw.last)
	}
}

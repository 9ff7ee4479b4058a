package listener

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"mconnect/test/must"
)

// read counts what is read of a body.
type read struct {
	io.ReadCloser
	bytes *atomic.Int64
}

// Read implements io.Reader.
func (r read) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	r.bytes.Add(int64(n))
	return n, err
}

// TestDrainUnread_AnswerComesWhileTheBodyIsStillSent: the client reads the answer first, then sends on, and its stream
// ends without an error: what it sends was read to the end. Statuses are of success, for the client of Go stops sending
// at any other.
func TestDrainUnread_AnswerComesWhileTheBodyIsStillSent(t *testing.T) {
	const size = 1 << 20
	for name, c := range map[string]struct {
		protocol string
		handler  http.HandlerFunc
		status   int
		text     string
	}{
		"answered at once": {"HTTP/2.0", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "taken", http.StatusAccepted) }, 202, "taken\n"},
		"answered with a declared length": {"HTTP/2.0", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "7")
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, "unknown")
		}, 202, "unknown"},
		"answered after a part": {"HTTP/2.0", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.CopyN(io.Discard, r.Body, 10)
			http.Error(w, "no", http.StatusOK)
		}, 200, "no\n"},
		"closed by the handler": {"HTTP/2.0", func(w http.ResponseWriter, r *http.Request) {
			_ = r.Body.Close()
			http.Error(w, "no", http.StatusOK)
		}, 200, "no\n"},
		"without a word": {"HTTP/2.0", func(http.ResponseWriter, *http.Request) {}, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var bytes atomic.Int64
			ended := make(chan struct{})
			settled := DrainUnread(c.handler)
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.Body = read{r.Body, &bytes}
				settled.ServeHTTP(w, r)
				close(ended)
			}))
			server.EnableHTTP2 = true
			server.StartTLS()
			defer server.Close()
			from, to := io.Pipe()
			req := must.Get(http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, from))(t)
			sent := make(chan error, 1)
			go func() {
				_, err := to.Write(make([]byte, 100))
				sent <- err
			}()
			res := must.Get(server.Client().Do(req))(t)
			defer func() { _ = res.Body.Close() }()
			must.OK(t, <-sent)
			if res.Proto != c.protocol || res.StatusCode != c.status {
				t.Errorf("%s %d", res.Proto, res.StatusCode)
			}
			if _, err := to.Write(make([]byte, size)); err != nil { // as much again as the window of a stream
				t.Errorf("after the answer: %v", err)
			}
			must.OK(t, to.Close())
			if text, err := io.ReadAll(res.Body); string(text) != c.text || err != nil {
				t.Errorf("%q %v", text, err)
			}
			<-ended
			if n := bytes.Load(); n != size+100 {
				t.Errorf("%d bytes were read", n)
			}
		})
	}
}

// TestDrainUnread_RefusalIsWhole for a client that stops sending and waits for the end of the stream.
func TestDrainUnread_RefusalIsWhole(t *testing.T) {
	server := httptest.NewUnstartedServer(DrainUnread(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
	})))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	for _, size := range []int{1, 100_000, 3 << 20} {
		res := must.Get(server.Client().Post(server.URL, "text/plain", io.LimitReader(zeros{}, int64(size))))(t)
		text, err := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusRequestEntityTooLarge || string(text) != "too large\n" || err != nil {
			t.Errorf("%d bytes: %d %q %v", size, res.StatusCode, text, err)
		}
		_ = res.Body.Close()
	}
}

// TestDrainUnread_IsBounded: an unidentified caller who goes on sending is cut off, and a caller with a certificate
// later.
func TestDrainUnread_IsBounded(t *testing.T) {
	endless := io.MultiReader(strings.NewReader("x"), zeros{})
	for name, c := range map[string]struct {
		state *tls.ConnectionState
		proto int
		size  int64
		want  int64
	}{
		"without a certificate over HTTP/2": {nil, 2, -1, anonymousDiscardBytes},
		"with a certificate over HTTP/2":    {certified(), 2, -1, discardBytes},
		"without a certificate over HTTP/1": {nil, 1, -1, anonymousDiscardBytes},
		"with a certificate over HTTP/1":    {certified(), 1, 1 << 30, discardBytes},
		"over HTTP/1, as net/http discards": {nil, 1, drainedByNetHTTP - 1, 0},
	} {
		var bytes atomic.Int64
		r := httptest.NewRequest(http.MethodPost, "/", io.NopCloser(endless))
		r.ProtoMajor, r.TLS, r.ContentLength = c.proto, c.state, c.size
		r.Body = read{r.Body, &bytes}
		w := httptest.NewRecorder()
		DrainUnread(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })).ServeHTTP(w, r)
		if bytes.Load() != c.want || w.Code != http.StatusForbidden || w.Flushed != (c.want > 0) {
			t.Errorf("%s: %d bytes; want %d; status %d, flushed %v", name, bytes.Load(), c.want, w.Code, w.Flushed)
		}
	}
}

// TestDrainUnread_LeavesOrdinaryRequestsAlone: a body that was read, none at all, and tunnels.
func TestDrainUnread_LeavesOrdinaryRequestsAlone(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"read":      func(*http.Request) {},
		"no body":   func(r *http.Request) { r.Body, r.ContentLength = http.NoBody, 0 },
		"a tunnel":  func(r *http.Request) { r.Method = http.MethodConnect },
		"over HTTP": func(r *http.Request) { r.ProtoMajor = 1 },
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("abc"))
		r.ProtoMajor = 2
		change(r)
		w := httptest.NewRecorder()
		DrainUnread(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			text, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			_, _ = w.Write(text)
		})).ServeHTTP(w, r)
		if w.Flushed {
			t.Errorf("%s: the answer was sent in pieces", name)
		}
	}
}

// TestDrainUnread_AbortedAnswerStaysSo: nothing is sent of what the handler gave up.
func TestDrainUnread_AbortedAnswerStaysSo(t *testing.T) {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", strings.NewReader("abc"))
	r.ProtoMajor = 2
	defer func() {
		if p := recover(); p != http.ErrAbortHandler || w.Flushed {
			t.Errorf("%v, flushed %v", p, w.Flushed)
		}
	}()
	DrainUnread(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })).ServeHTTP(w, r)
}

// zeros never end.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func certified() *tls.ConnectionState {
	return &tls.ConnectionState{PeerCertificates: make([]*x509.Certificate, 1)}
}

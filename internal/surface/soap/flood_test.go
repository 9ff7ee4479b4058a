//go:build whole

package soap_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"mconnect/internal/domain/journal"
)

// TestFlood_OfUnidentifiedStopsNobody: unidentified callers keep 720 HTTP/2 streams busy with signed documents of 64
// KiB that are dear to check and prove nothing. Lawful callers by TLS are served meanwhile, each call. One that proves
// itself by the signature alone waits for its turn like any caller not yet identified: on a busy machine it may be
// asked to repeat the call, and is served then.
func TestFlood_OfUnidentifiedStopsNobody(t *testing.T) {
	const connections, streams, calls = 12, 60, 5
	w := newTestPlatform(t)
	dear := sealed(t, safe("sha256"), askPerson, blocks, w.parties["school.app"])
	// not what was signed
	dear = strings.Replace(dear, "</soap:Body>", strings.Repeat(`<x a="1" b="2"/>`, 4<<10)+"</soap:Body>", 1)
	done := make(chan struct{})
	var flood sync.WaitGroup
	var refused, under atomic.Int64
	everyStream := make(chan struct{})
	for range connections {
		web := w.client("")
		web.Transport.(*http.Transport).ForceAttemptHTTP2, web.Timeout = true, 0
		for range streams {
			flood.Go(func() {
				for first := true; ; first = false {
					select {
					case <-done:
						return
					default:
					}
					req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/soap", strings.NewReader(dear))
					if err != nil {
						t.Error(err)
						return
					}
					req.Header.Set("Content-Type", "text/xml; charset=utf-8")
					if first && under.Add(1) == connections*streams {
						close(everyStream)
					}
					res, err := web.Do(req)
					if err != nil {
						continue // an unidentified caller's trouble
					}
					if res.StatusCode == http.StatusOK {
						t.Error("a stranger is served")
					}
					_, _ = io.Copy(io.Discard, res.Body)
					_ = res.Body.Close()
					refused.Add(1)
				}
			})
		}
	}
	<-everyStream
	plain := envelope + `<soap:Header>` + blocks + `</soap:Header><soap:Body>` + askPerson + `</soap:Body></soap:Envelope>`
	var lawful sync.WaitGroup
	for _, name := range []string{"hall.tls", "hall.app", ""} {
		// "" proves itself by the signature alone: an unidentified caller until it is checked
		lawful.Go(func() {
			c := w.client(name)
			c.Timeout = 0
			for range calls {
				body := func() string { return plain }
				if name == "" {
					body = func() string { return sealed(t, safe("sha256"), askPerson, blocks, w.parties["hall.app"]) }
				}
				g := w.persistent(c, body, name == "")
				if g.status != http.StatusOK || bodyOf(t, g.body, w.signing) != person {
					t.Errorf("%q beside the flood: %d %s %s", name, g.status, codeIn(g.body), g.body)
				}
			}
		})
	}
	lawful.Wait()
	beside := refused.Load()
	close(done)
	flood.Wait()
	if beside == 0 {
		t.Error("there was no flood")
	}
	t.Logf("%d strangers refused beside %d lawful calls", beside, 3*calls)
	size, _ := w.newest()
	outcomes := 0
	for n := range size {
		if e, _, err := w.app.Journal.Entry(t.Context(), n); err == nil && e.Kind == journal.Outcome && e.Code == "" {
			outcomes++
		}
	}
	if outcomes < 3*calls { // a call whose connection broke may have been made twice
		t.Errorf("%d outcomes for %d calls", outcomes, 3*calls)
	}
}

// persistent posts a message until it is answered: a connection that a busy machine did not accept in time is opened
// once more, and a refusal for overload, which only callers not yet identified may get, is followed by another attempt.
func (w *testPlatform) persistent(c *http.Client, body func() string, unidentified bool) got {
	for {
		res, err := c.Post(w.url+"/soap", "text/xml; charset=utf-8", strings.NewReader(body()))
		if err != nil {
			continue
		}
		text, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || unidentified && strings.Contains(string(text), "<Code>platform.overloaded</Code>") {
			continue
		}
		return got{res.StatusCode, res.Header, string(text)}
	}
}

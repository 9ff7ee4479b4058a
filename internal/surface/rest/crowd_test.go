package rest_test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/test/must"
	"mconnect/test/waits"
)

// idnpOf is the number of the n-th person of a synthetic crowd.
func idnpOf(n int) string {
	twelve := fmt.Sprintf("2999%08d", n)
	digit, _ := mconnect.CheckDigit(twelve)
	return twelve + string(rune(digit))
}

// TestCrowd_CallersAtOnceGetTheirOwnAnswers: memory is used again from call to call, but never what is in it.
func TestCrowd_CallersAtOnceGetTheirOwnAnswers(t *testing.T) {
	w := newTestPlatform(t, setting{})
	w.answers("/GetPerson", func(rw http.ResponseWriter, r *http.Request) {
		var q struct{ IDNP string }
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			t.Error(err)
		}
		rw.Header().Set("Content-Type", "application/json")
		name := strings.Repeat(q.IDNP, 1+int(q.IDNP[11]-'0')*20) // answers of very different lengths
		_, _ = fmt.Fprintf(rw, `{"Secret":"x","LastName":%q,"IDNP":%q}`, name, q.IDNP)
	})
	const callers, each = 12, 15
	for _, p := range protocols {
		c := w.Client(t, "hall.app", p.h2)
		before, _ := w.record(t)
		var all sync.WaitGroup
		for caller := range callers {
			all.Go(func() {
				for n := range each {
					id := idnpOf(caller*each + n)
					spaces := strings.Repeat(" ", n*300) // questions of very different lengths
					g := w.ask(t, c, "/api/v1/GetPerson", spaces+`{"IDNP":"`+id+`"}`, nil)
					want := `{"IDNP":"` + id + `","LastName":"` + strings.Repeat(id, 1+int(id[11]-'0')*20) + `"}`
					if g.status != 200 || g.body != want {
						t.Errorf("%s, person %s: %d %.200s", p.name, id, g.status, g.body)
					}
				}
			})
		}
		all.Wait()
		if after, _ := w.record(t); after-before != 2*callers*each {
			t.Errorf("%s: %d records of %d calls", p.name, after-before, callers*each)
		}
	}
}

// dial opens a connection below HTTP.
func (w *testPlatform) dial(t *testing.T) *tls.Conn {
	t.Helper()
	config := w.Client(t, "hall.app", false).Transport.(*http.Transport).TLSClientConfig
	config.ServerName = "127.0.0.1"
	conn := must.Get(tls.Dial("tcp", strings.TrimPrefix(w.url, "https://"), config))(t)
	must.OK(t, conn.SetDeadline(time.Now().Add(waits.Limit)))
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestCrowd_HeaderThatNeverEndsIsCutOff(t *testing.T) {
	w := newTestPlatform(t, setting{header: 200 * time.Millisecond})
	slow := w.dial(t)
	must.Get(io.WriteString(slow, "POST /api/v1/GetPerson HTTP/1.1\r\nHost: x\r\nX-Slow: "))(t)
	if answer, err := io.ReadAll(slow); err != nil || strings.Contains(string(answer), " 200 ") {
		t.Errorf("a slow header: %q %v", answer, err)
	}
	large := w.dial(t)
	// may be cut off while writing
	_, _ = io.WriteString(large, "POST /api/v1/GetPerson HTTP/1.1\r\nHost: x\r\nX-Large: "+strings.Repeat("x", 1<<20))
	answer := make([]byte, 64)
	if n, _ := large.Read(answer); n > 0 && !strings.HasPrefix(string(answer), "HTTP/1.1 431 ") {
		t.Errorf("a large header: %q", answer[:n])
	}
	if w.surface.InFlight() != 0 {
		t.Errorf("%d in flight", w.surface.InFlight())
	}
}

// TestCrowd_AmbiguousLengthsAreNoCall: what is smuggled behind a body with two lengths is never a call of its own.
func TestCrowd_AmbiguousLengthsAreNoCall(t *testing.T) {
	w := newTestPlatform(t, setting{})
	const head = "POST /api/v1/GetPerson HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nCallingUser: " + official +
		"\r\nCallingEntity: 1999900000014\r\nCallBasis: Legea exemplu\r\nCallReason: DOS-0001\r\nConnection: close\r\n"
	for name, lengths := range map[string]string{
		"two lengths":           "Content-Length: 24\r\nContent-Length: 0\r\n",
		"a length with a sign":  "Content-Length: +24\r\n",
		"an unknown coding":     "Transfer-Encoding: xchunked\r\n",
		"a space in the name":   "Content-Length : 24\r\n",
		"a coding named twice":  "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
		"neither, but a body":   "",
		"a body shorter, ended": "Content-Length: 500\r\n",
	} {
		conn := w.dial(t)
		must.Get(io.WriteString(conn, head+lengths+"\r\n"+question))(t)
		must.OK(t, conn.CloseWrite())
		answer, _ := io.ReadAll(conn)
		if strings.Contains(string(answer), "HTTP/1.1 200") {
			t.Errorf("%s: %.100q", name, answer)
		}
	}
	if asked := w.reached(); len(asked) > 0 {
		t.Errorf("the register was asked: %v", asked)
	}
}

// TestCrowd_RefusedAndLawfulCallsShareAConnection: a refusal before the body is read does not spoil what follows.
func TestCrowd_RefusedAndLawfulCallsShareAConnection(t *testing.T) {
	w := newTestPlatform(t, setting{})
	for _, p := range protocols {
		c := w.Client(t, "hall.app", p.h2)
		for range 3 {
			if g := w.ask(t, c, "/api/v1/GetPerson", question, set("Content-Type", "text/xml")); g.problem.Code != fault.MessageMediaType {
				t.Errorf("%s: %d %s", p.name, g.status, g.body)
			}
			if g := w.ask(t, c, "/api/v1/GetPerson", question, nil); g.status != 200 {
				t.Errorf("%s: %d %s", p.name, g.status, g.body)
			}
			if _, e := w.record(t); e.Kind != journal.Outcome {
				t.Errorf("%s: the newest record is a %s", p.name, e.Kind)
			}
		}
	}
}

// TestCrowd_LargeBodiesStayWithinTheBudget: what finds none is refused so, and small questions are answered all the
// while.
func TestCrowd_LargeBodiesStayWithinTheBudget(t *testing.T) {
	const room, size = 1 << 20, 300 << 10
	w := newTestPlatform(t, setting{room: room})
	head := fmt.Sprintf("POST /api/v1/GetPerson HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nCallingUser: %s\r\nCallingEntity: 1999900000014\r\n"+
		"CallBasis: Legea exemplu\r\nCallReason: DOS-0001\r\nContent-Length: %d\r\n\r\n", official, size)
	refused := make(chan string, 10)
	for range 10 {
		conn := w.dial(t)
		go func() {
			// and the last byte never; refused, it breaks off
			_, _ = io.WriteString(conn, head+strings.Repeat(" ", size-1))
			answer := make([]byte, 1000)
			n, _ := conn.Read(answer)
			refused <- string(answer[:n])
		}()
	}
	told := 0
	for range 5 {
		answer := <-refused
		if strings.HasPrefix(answer, "HTTP/1.1 503") && strings.Contains(answer, "Retry-After: 1") {
			told++
		} else if answer != "" { // it was still sending when the connection was closed
			t.Errorf("without room: %s", answer)
		}
	}
	if told == 0 {
		t.Error("nobody was told")
	}
	if held := w.surface.Memory.Held(); held <= 0 || held > room {
		t.Errorf("%d bytes are held", held)
	}
	if g := w.ask(t, w.Client(t, "hall.app", false), "/api/v1/GetPerson", question, nil); g.status != 200 {
		t.Errorf("a small question: %d %s", g.status, g.body)
	}
}

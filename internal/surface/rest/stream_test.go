package rest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/test/must"
	"mconnect/test/waits"
)

// extract is larger than what is held back, and no part of it is like another.
var extract = func() []byte {
	var b bytes.Buffer
	for n := 0; b.Len() < 300<<10; n++ {
		b.WriteString("line " + strconv.Itoa(n) + " of a synthetic extract\n")
	}
	return b.Bytes()
}()

// document answers with text, its length declared or not.
func document(text []byte, declared bool) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/pdf")
		if declared {
			rw.Header().Set("Content-Length", strconv.Itoa(len(text)))
		}
		_, _ = rw.Write(text)
	}
}

// breaking promises more than it sends, then breaks the connection off.
func breaking(sends, promises int) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/pdf")
		if promises > 0 {
			rw.Header().Set("Content-Length", strconv.Itoa(promises))
		}
		_, _ = rw.Write(extract[:sends])
		_ = http.NewResponseController(rw).Flush()
		panic(http.ErrAbortHandler)
	}
}

// lock takes the journal's write lock on a connection of its own, as another process could; release gives it back.
func (w *testPlatform) lock(t *testing.T) (release func()) {
	t.Helper()
	db := must.Get(sql.Open("sqlite", "file:"+strings.TrimPrefix(w.Config.Store.URL, "sqlite:")+"?_pragma=busy_timeout(5000)"))(t)
	conn := must.Get(db.Conn(t.Context()))(t)
	must.Get(conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"))(t)
	return func() {
		must.Get(conn.ExecContext(context.Background(), "ROLLBACK"))(t)
		must.OK(t, errors.Join(conn.Close(), db.Close()))
	}
}

// outcome waits for the outcome of a call.
func (w *testPlatform) outcome(t *testing.T, call string) journal.Entry {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), waits.Limit)
	defer stop()
	var found journal.Entry
	err := w.Log().Follow(ctx, 0, func(b appendlog.Batch) error {
		for _, raw := range b.Entries {
			e, err := journal.Decode(raw.Data)
			if err != nil {
				return err
			}
			if e.Kind == journal.Outcome && string(e.Call) == call {
				found = e
				stop()
			}
		}
		return nil
	})
	if found.Call == "" {
		t.Fatalf("no outcome of %s: %v", call, err)
	}
	return found
}

func TestStream_DocumentPassesWhole(t *testing.T) {
	w := newTestPlatform(t, setting{})
	for _, p := range protocols {
		c := w.Client(t, "hall.app", p.h2)
		for _, text := range [][]byte{extract, extract[:64<<10], extract[:1], {}} {
			for _, declared := range []bool{true, false} {
				w.answers("/GetExtract", document(text, declared))
				g := w.ask(t, c, "/api/v1/GetExtract", question, nil)
				if g.err != nil || g.status != 200 || g.body != string(text) || g.header.Get("Content-Type") != "application/pdf" {
					t.Fatalf("%s, %d bytes, declared %t: %d, %d bytes, %v", p.name, len(text), declared, g.status, len(g.body), g.err)
				}
				if length := g.header.Get("Content-Length"); declared && length != strconv.Itoa(len(text)) {
					t.Errorf("%s: Content-Length %q of %d", p.name, length, len(text))
				}
				sum := sha256.Sum256(text)
				if e := w.outcome(t, g.header.Get("MConnect-Call-Id")); e.Code != "" || e.Answer.SHA256 != hex.EncodeToString(sum[:]) || e.Answer.Size != int64(len(text)) {
					t.Errorf("%s, %d bytes: recorded %+v", p.name, len(text), e.Answer)
				}
			}
		}
	}
}

// TestStream_LastBytesWaitForTheRecord: while the journal cannot be written the caller has everything but the end.
func TestStream_LastBytesWaitForTheRecord(t *testing.T) {
	w := newTestPlatform(t, setting{})
	for _, p := range protocols {
		goOn := make(chan struct{})
		w.answers("/GetExtract", func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/pdf")
			_, _ = rw.Write(extract[:200<<10])
			_ = http.NewResponseController(rw).Flush()
			<-goOn
			_, _ = rw.Write(extract[200<<10:])
		})
		req := must.Get(http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/api/v1/GetExtract", strings.NewReader(question)))(t)
		req.Header = http.Header{"Content-Type": {"application/json"}, "Callinguser": {official}, "Callingentity": {"1999900000014"},
			"Callbasis": {"Legea exemplu"}, "Callreason": {"DOS-0001"}}
		res := must.Get(w.Client(t, "hall.app", p.h2).Do(req))(t)
		begun := make([]byte, 64<<10)
		must.Get(io.ReadFull(res.Body, begun))(t) // the intent stands, the answer is on its way
		release := w.lock(t)
		close(goOn)
		rest := make(chan []byte, 1)
		go func() {
			text, err := io.ReadAll(res.Body)
			if err != nil {
				t.Error(err)
			}
			rest <- text
		}()
		select {
		case <-rest:
			t.Errorf("%s: the whole answer came before its outcome could be recorded", p.name)
		case <-time.After(300 * time.Millisecond):
		}
		release()
		if text := append(begun, <-rest...); !bytes.Equal(text, extract) {
			t.Errorf("%s: %d bytes of %d", p.name, len(text), len(extract))
		}
		must.OK(t, res.Body.Close())
		if e := w.outcome(t, res.Header.Get("MConnect-Call-Id")); e.Code != "" {
			t.Errorf("%s: outcome %s", p.name, e.Code)
		}
	}
}

// TestStream_BrokenDocumentNeverLooksWhole, wherever it breaks.
func TestStream_BrokenDocumentNeverLooksWhole(t *testing.T) {
	w := newTestPlatform(t, setting{})
	for _, p := range protocols {
		c := w.Client(t, "hall.app", p.h2)
		for name, answer := range map[string]http.HandlerFunc{
			"length declared": breaking(200<<10, 300<<10), "length not declared": breaking(200<<10, 0),
		} {
			w.answers("/GetExtract", answer)
			g := w.ask(t, c, "/api/v1/GetExtract", question, nil)
			if g.status != 200 || g.err == nil || len(g.body) >= 200<<10 {
				t.Errorf("%s, %s: %d, %d bytes, %v", p.name, name, g.status, len(g.body), g.err)
			}
			e := w.outcome(t, g.header.Get("MConnect-Call-Id"))
			if e.Code != fault.ProviderInterrupted || e.Leg != fault.Provider || !strings.Contains(e.Note, "bytes") {
				t.Errorf("%s, %s: recorded %s on the leg %s, %q", p.name, name, e.Code, e.Leg, e.Note)
			}
		}
	}
}

// TestStream_FaultBeforeTheFirstByte: nothing has left yet, so the caller learns why.
func TestStream_FaultBeforeTheFirstByte(t *testing.T) {
	w := newTestPlatform(t, setting{record: 200 * time.Millisecond})
	for _, p := range protocols {
		c := w.Client(t, "hall.app", p.h2)
		w.answers("/GetExtract", breaking(100, 1000))
		g := w.ask(t, c, "/api/v1/GetExtract", question, nil)
		if g.err != nil || g.status != 502 || g.problem.Code != fault.ProviderInterrupted || g.header.Get("Content-Type") == "application/pdf" {
			t.Errorf("%s: broken: %d %q %v", p.name, g.status, g.body, g.err)
		}
		w.answers("/GetExtract", func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "text/html")
			_, _ = rw.Write(extract[:100])
		})
		if g := w.ask(t, c, "/api/v1/GetExtract", question, nil); g.status != 502 || g.problem.Code != fault.ProviderMalformed {
			t.Errorf("%s: undeclared media type: %d %s", p.name, g.status, g.body)
		}
		var release func()
		w.answers("/GetExtract", func(rw http.ResponseWriter, r *http.Request) {
			release = w.lock(t)
			document(extract[:100], true)(rw, r)
		})
		g = w.ask(t, c, "/api/v1/GetExtract", question, nil)
		release()
		if g.err != nil || g.status != 503 || g.problem.Code != fault.RecordUnavailable {
			t.Errorf("%s: outcome not recorded: %d %q %v", p.name, g.status, g.body, g.err)
		}
	}
}

// TestStream_CallerWhoGoesAwayIsRecordedAsSuch: the register did its part.
func TestStream_CallerWhoGoesAwayIsRecordedAsSuch(t *testing.T) {
	w := newTestPlatform(t, setting{})
	for _, p := range protocols {
		w.answers("/GetExtract", func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Content-Type", "application/pdf")
			for {
				if _, err := rw.Write(extract); err != nil || r.Context().Err() != nil {
					return
				}
			}
		})
		ctx, leave := context.WithCancel(t.Context())
		req := must.Get(http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/api/v1/GetExtract", strings.NewReader(question)))(t)
		req.Header = http.Header{"Content-Type": {"application/json"}, "Callinguser": {official}, "Callingentity": {"1999900000014"},
			"Callbasis": {"Legea exemplu"}, "Callreason": {"DOS-0001"}}
		res := must.Get(w.Client(t, "hall.app", p.h2).Do(req))(t)
		must.Get(io.ReadFull(res.Body, make([]byte, 64<<10)))(t)
		leave()
		_ = res.Body.Close()
		if e := w.outcome(t, res.Header.Get("MConnect-Call-Id")); e.Code != fault.ProviderInterrupted || e.Leg != fault.Caller {
			t.Errorf("%s: recorded %s on the leg %s", p.name, e.Code, e.Leg)
		}
	}
}

// begun asks for the extract and returns its answer, of which nothing has been read.
func (w *testPlatform) begun(t *testing.T, h2 bool) *http.Response {
	t.Helper()
	req := must.Get(http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/api/v1/GetExtract", strings.NewReader(question)))(t)
	req.Header = http.Header{"Content-Type": {"application/json"}, "Callinguser": {official}, "Callingentity": {"1999900000014"},
		"Callbasis": {"Legea exemplu"}, "Callreason": {"DOS-0001"}}
	return must.Get(w.Client(t, "hall.app", h2).Do(req))(t)
}

// TestStream_SlowAndSteadyCallerGetsTheWhole, though the server's own time for an answer is long over.
func TestStream_SlowAndSteadyCallerGetsTheWhole(t *testing.T) {
	const pause, reads = 100 * time.Millisecond, 12
	w := newTestPlatform(t, setting{write: 600 * time.Millisecond, piece: time.Minute})
	large := bytes.Repeat(extract, 40) // more than sockets hold
	w.answers("/GetExtract", document(large, true))
	for _, p := range protocols {
		res := w.begun(t, p.h2)
		var got bytes.Buffer
		for n := 1; n <= reads; n++ {
			<-time.After(pause)
			if _, err := io.CopyN(&got, res.Body, int64(len(large)/reads)); err != nil {
				t.Fatalf("%s: read %d of %d: %v", p.name, n, reads, err)
			}
		}
		_, err := io.Copy(&got, res.Body)
		if err = errors.Join(err, res.Body.Close()); err != nil || !bytes.Equal(got.Bytes(), large) {
			t.Errorf("%s: %d bytes of %d, %v", p.name, got.Len(), len(large), err)
		}
		if e := w.outcome(t, res.Header.Get("MConnect-Call-Id")); e.Code != "" {
			t.Errorf("%s: outcome %s", p.name, e.Code)
		}
	}
}

// TestStream_CallerThatStopsReadingIsCutOff.
func TestStream_CallerThatStopsReadingIsCutOff(t *testing.T) {
	w := newTestPlatform(t, setting{write: 600 * time.Millisecond, piece: 500 * time.Millisecond})
	large := bytes.Repeat(extract, 40)
	w.answers("/GetExtract", document(large, true))
	for _, p := range protocols {
		res := w.begun(t, p.h2)
		if e := w.outcome(t, res.Header.Get("MConnect-Call-Id")); e.Code != fault.ProviderInterrupted || e.Leg != fault.Caller {
			t.Errorf("%s: who stops reading: outcome %q on the leg %s", p.name, e.Code, e.Leg)
		}
		if rest, err := io.ReadAll(res.Body); err == nil || len(rest) >= len(large) {
			t.Errorf("%s: who stops reading got %d bytes, %v", p.name, len(rest), err)
		}
		_ = res.Body.Close()
	}
}

// TestStream_ProviderThatStopsSendingIsCutOff, however long a large answer may take.
func TestStream_ProviderThatStopsSendingIsCutOff(t *testing.T) {
	w := newTestPlatform(t, setting{piece: 200 * time.Millisecond})
	w.answers("/GetExtract", func(rw http.ResponseWriter, r *http.Request) {
		document(extract, false)(rw, r)
		_ = http.NewResponseController(rw).Flush()
		<-r.Context().Done() // the platform goes away
	})
	res := w.begun(t, false)
	got, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err == nil || len(got) >= len(extract) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if e := w.outcome(t, res.Header.Get("MConnect-Call-Id")); e.Code == "" || e.Leg != fault.Provider {
		t.Errorf("outcome %q on the leg %s", e.Code, e.Leg)
	}
}

package exchange_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/journal"
	"mconnect/internal/exchange"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// source is a provider's stream that notes when it was closed.
type source struct {
	io.Reader
	closed int
}

func (s *source) Close() error { s.closed++; return nil }

// opaque is a platform with a document service whose provider streams from s.
func opaque(t *testing.T, s *source, length int64, media string) (*platform, *exchange.Call) {
	t.Helper()
	w := newPlatform(t)
	must.OK(t, w.catalog.Put(document()))
	w.agree(t, agreement.Agreement{ID: "town-extract", Service: "GetExtract", Purposes: []agreement.Purpose{{
		Code: "residence", Title: mconnect.Text{RO: "Reședință"}, Accepts: []string{"Legea 100/2001"}, Fields: []string{"*"},
		LegalBasis: agreement.LegalBasis{Act: "Legea nr. 100/2001", Article: "art. 12"},
	}}})
	w.deliver = func(context.Context, exchange.Delivery) (exchange.Reply, error) {
		return exchange.Reply{Stream: s, MediaType: media, Length: length}, nil
	}
	c := w.call()
	c.Service = "GetExtract"
	return w, c
}

// watcher is the caller's end: it notes how much had come when the outcome was recorded.
type watcher struct {
	bytes.Buffer
	fail   int // writes after this many bytes fail; 0: none does
	before func()
}

func (w *watcher) Write(p []byte) (int, error) {
	if w.before != nil {
		w.before()
	}
	if w.fail > 0 && w.Len()+len(p) > w.fail {
		return 0, errors.New("connection reset")
	}
	return w.Buffer.Write(p)
}

func TestStream_LastPieceWaitsForTheOutcome(t *testing.T) {
	engines.Each(t, theLastPieceWaitsForTheOutcome)
}

func theLastPieceWaitsForTheOutcome(t *testing.T) {
	for _, size := range []int{1, 100, 64 << 10, 64<<10 + 1, 1 << 20} {
		body := bytes.Repeat([]byte("extract "), size/8+1)[:size]
		s := &source{Reader: bytes.NewReader(body)}
		w, c := opaque(t, s, int64(size), "application/pdf")
		answer := must.Get(w.Do(t.Context(), c))(t)
		if answer.Length != int64(size) || answer.MediaType != "application/pdf" || answer.Body != nil {
			t.Fatalf("answer %+v", answer)
		}
		got := &watcher{}
		w.ledger.before = func(r journal.Record) error {
			left := size - got.Len()
			if r.Kind == journal.Outcome && (left < 1 || left > 64<<10) {
				t.Errorf("size %d: %d bytes withheld when the outcome was recorded", size, left)
			}
			return nil
		}
		n, err := answer.Stream.WriteTo(got)
		if err != nil || n != int64(size) || !bytes.Equal(got.Bytes(), body) {
			t.Fatalf("size %d: WriteTo %d %v", size, n, err)
		}
		answer.Release()
		all := w.wantKinds(t, journal.Intent, journal.Outcome)
		if a := all[1].Answer; a == nil || a.Size != int64(size) || a.SHA256 != sum(body) || all[1].Code != "" {
			t.Errorf("size %d: outcome %+v", size, all[1].Record)
		}
		if s.closed != 1 || len(w.seen) != 1 || w.seen[0].Code != "" {
			t.Errorf("closed %d times, observed %+v", s.closed, w.seen)
		}
		if _, err := answer.Stream.WriteTo(got); err == nil {
			t.Error("a stream could be written twice")
		}
	}
}

func TestStream_EmptyDocument(t *testing.T) { engines.Each(t, anEmptyDocument) }

func anEmptyDocument(t *testing.T) {
	w, c := opaque(t, &source{Reader: bytes.NewReader(nil)}, -1, "application/pdf")
	answer := must.Get(w.Do(t.Context(), c))(t)
	if n, err := answer.Stream.WriteTo(&watcher{}); n != 0 || err != nil {
		t.Errorf("WriteTo %d %v", n, err)
	}
	w.wantKinds(t, journal.Intent, journal.Outcome)
}

func TestStream_IncompleteWithoutARecord(t *testing.T) {
	engines.Each(t, aStreamWithoutARecordStaysIncomplete)
}

func aStreamWithoutARecordStaysIncomplete(t *testing.T) {
	body := bytes.Repeat([]byte("x"), 200<<10)
	w, c := opaque(t, &source{Reader: bytes.NewReader(body)}, int64(len(body)), "application/pdf")
	answer := must.Get(w.Do(t.Context(), c))(t)
	w.ledger.before = func(journal.Record) error { return errors.New("disk full") }
	got := &watcher{}
	n, err := answer.Stream.WriteTo(got)
	wantFault(t, err, fault.RecordUnavailable, fault.Platform)
	if n >= int64(len(body)) || got.Len() >= len(body) {
		t.Errorf("%d of %d bytes left without an outcome", n, len(body))
	}
	w.wantKinds(t, journal.Intent)
}

func TestStream_BrokenIsRecordedOnItsLeg(t *testing.T) {
	engines.Each(t, aBrokenStreamIsRecordedOnItsLeg)
}

func aBrokenStreamIsRecordedOnItsLeg(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 300<<10)
	broken := io.MultiReader(bytes.NewReader(long), iotest.ErrReader(errors.New("reset by peer")))
	for _, c := range []struct {
		name   string
		reader io.Reader
		length int64
		fail   int
		leg    fault.Leg
	}{
		{"provider breaks", broken, -1, 0, fault.Provider},
		{"provider ends early", bytes.NewReader(long), int64(len(long)) + 1, 0, fault.Provider},
		{"provider sends more", bytes.NewReader(long), int64(len(long)) - 1, 0, fault.Provider},
		{"caller breaks", bytes.NewReader(long), int64(len(long)), 70 << 10, fault.Caller},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &source{Reader: c.reader}
			w, call := opaque(t, s, c.length, "application/pdf")
			answer := must.Get(w.Do(t.Context(), call))(t)
			got := &watcher{fail: c.fail}
			n, err := answer.Stream.WriteTo(got)
			wantFault(t, err, fault.ProviderInterrupted, c.leg)
			if n >= int64(len(long)) || s.closed != 1 {
				t.Errorf("%d bytes left, closed %d times", n, s.closed)
			}
			all := w.wantKinds(t, journal.Intent, journal.Outcome)
			if all[1].Code != fault.ProviderInterrupted || all[1].Leg != c.leg || all[1].Note == "" || all[1].Answer == nil {
				t.Errorf("outcome %+v", all[1].Record)
			}
		})
	}
}

func TestStream_UnwrittenIsRecorded(t *testing.T) { engines.Each(t, aStreamNobodyWroteIsRecorded) }

func aStreamNobodyWroteIsRecorded(t *testing.T) {
	s := &source{Reader: bytes.NewReader([]byte("x"))}
	w, c := opaque(t, s, 1, "application/pdf")
	answer := must.Get(w.Do(t.Context(), c))(t)
	answer.Release()
	all := w.wantKinds(t, journal.Intent, journal.Outcome)
	if all[1].Leg != fault.Caller || s.closed != 1 {
		t.Errorf("outcome %+v, closed %d times", all[1].Record, s.closed)
	}
}

func TestStream_WrongKindOfAnswerIsRefused(t *testing.T) {
	engines.Each(t, anAnswerOfTheWrongKindNeverLeaves)
}

func anAnswerOfTheWrongKindNeverLeaves(t *testing.T) {
	t.Run("other media type", func(t *testing.T) {
		s := &source{Reader: bytes.NewReader([]byte("x"))}
		w, c := opaque(t, s, 1, "text/html")
		_, err := w.Do(t.Context(), c)
		wantFault(t, err, fault.ProviderMalformed, fault.Provider)
		if s.closed != 1 {
			t.Errorf("closed %d times", s.closed)
		}
		w.wantKinds(t, journal.Intent, journal.Outcome)
	})
	t.Run("stream for a typed answer", func(t *testing.T) {
		s := &source{Reader: bytes.NewReader([]byte("x"))}
		w, _ := opaque(t, s, 1, "application/pdf")
		_, err := w.Do(t.Context(), w.call())
		wantFault(t, err, fault.InternalError, fault.Platform)
		if s.closed != 1 {
			t.Errorf("closed %d times", s.closed)
		}
	})
	t.Run("fields wished of a document", func(t *testing.T) {
		w, c := opaque(t, &source{}, 1, "application/pdf")
		c.Fields = []string{"Page"}
		_, err := w.Do(t.Context(), c)
		wantFault(t, err, fault.InputInvalid, fault.Caller)
	})
}

// panicking represents a defect in the caller's connection.
type panicking struct{}

func (panicking) Write([]byte) (int, error) { panic("defect") }

func TestStream_Panic(t *testing.T) { engines.Each(t, aPanicInsideAStream) }

func aPanicInsideAStream(t *testing.T) {
	s := &source{Reader: bytes.NewReader(bytes.Repeat([]byte("x"), 200<<10))}
	w, c := opaque(t, s, -1, "application/pdf")
	answer, err := w.Do(t.Context(), c)
	must.OK(t, err)
	_, err = answer.Stream.WriteTo(panicking{})
	wantFault(t, err, fault.InternalError, fault.Platform)
	if all := w.wantKinds(t, journal.Intent, journal.Outcome); all[1].Code != fault.InternalError || s.closed != 1 {
		t.Errorf("outcome %+v", all[1].Record)
	}
}

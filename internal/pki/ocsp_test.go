package pki_test

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"mconnect/fault"
	"mconnect/internal/pki"
	"mconnect/test/must"
)

// responder answers for an issuer as the test says; it parses each request.
type responder struct {
	url    string
	asked  atomic.Int32
	mu     sync.Mutex
	answer func(r *ocsp.Request) []byte
}

func newResponder(t *testing.T) *responder {
	t.Helper()
	r := &responder{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.asked.Add(1)
		text, err := io.ReadAll(req.Body)
		if err != nil || req.Header.Get("Content-Type") != "application/ocsp-request" {
			http.Error(w, "no OCSP request", http.StatusBadRequest)
			return
		}
		question, err := ocsp.ParseRequest(text)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.answer == nil {
			http.Error(w, "out of order", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write(r.answer(question))
	}))
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

func (r *responder) says(answer func(*ocsp.Request) []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// signed makes a response of the issuer's key, or of a delegate's.
func signed(t *testing.T, by, delegate *issuer, change func(*ocsp.Response)) func(*ocsp.Request) []byte {
	return func(q *ocsp.Request) []byte {
		template := ocsp.Response{SerialNumber: q.SerialNumber, Status: ocsp.Good, ThisUpdate: noon, NextUpdate: noon.Add(time.Hour), IssuerHash: crypto.SHA1}
		if change != nil {
			change(&template)
		}
		signer := by
		if delegate != nil {
			signer, template.Certificate = delegate, delegate.cert
		}
		der, err := ocsp.CreateResponse(by.cert, signer.cert, template, signer.key)
		if err != nil {
			t.Error(err)
		}
		return der
	}
}

func TestOCSP_PolicyDecidesWhatAnAnswerCountsFor(t *testing.T) {
	root := certify(t, nil, 1, nil)
	stranger := certify(t, nil, 9, nil)
	good := certify(t, root, 20, leafOf(x509.ExtKeyUsageOCSPSigning))
	unauthorised := certify(t, root, 21, leafOf(x509.ExtKeyUsageClientAuth))
	revoked := func(r *ocsp.Response) { r.Status, r.RevokedAt = ocsp.Revoked, noon.Add(-time.Hour) }
	for name, c := range map[string]struct {
		answer          func(*ocsp.Request) []byte
		prefer, require fault.Code
	}{
		"good":                     {signed(t, root, nil, nil), "", ""},
		"good by a delegate":       {signed(t, root, good, nil), "", ""},
		"revoked":                  {signed(t, root, nil, revoked), fault.CertificateRevoked, fault.CertificateRevoked},
		"unknown":                  {signed(t, root, nil, func(r *ocsp.Response) { r.Status = ocsp.Unknown }), "", fault.CertificateStatus},
		"out of order":             {nil, "", fault.CertificateStatus},
		"not an answer":            {func(*ocsp.Request) []byte { return []byte("<html>") }, "", fault.CertificateStatus},
		"another's key":            {signed(t, stranger, nil, revoked), "", fault.CertificateStatus},
		"delegate without usage":   {signed(t, root, unauthorised, revoked), "", fault.CertificateStatus},
		"an old answer":            {signed(t, root, nil, func(r *ocsp.Response) { r.NextUpdate = noon.Add(-time.Minute) }), "", fault.CertificateStatus},
		"an answer of tomorrow":    {signed(t, root, nil, func(r *ocsp.Response) { r.ThisUpdate, r.NextUpdate = noon.Add(24*time.Hour), noon.Add(48*time.Hour) }), "", fault.CertificateStatus},
		"of another certificate":   {signed(t, root, nil, func(r *ocsp.Response) { r.SerialNumber = stranger.cert.SerialNumber }), "", fault.CertificateStatus},
		"too large an answer":      {func(*ocsp.Request) []byte { return make([]byte, 1<<20) }, "", fault.CertificateStatus},
		"an answer without an end": {signed(t, root, nil, func(r *ocsp.Response) { r.NextUpdate = time.Time{} }), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newResponder(t)
			r.says(c.answer)
			leaf := certify(t, root, 3, func(x *x509.Certificate) {
				leafOf(x509.ExtKeyUsageClientAuth)(x)
				x.OCSPServer = []string{r.url}
			})
			for policy, want := range map[pki.OCSPPolicy]fault.Code{pki.OCSPOff: "", pki.OCSPPrefer: c.prefer, pki.OCSPRequire: c.require} {
				o := pki.NewOCSP(pki.OCSPConfig{Policy: policy, Now: func() time.Time { return noon }})
				wantCode(t, o.Judge(t.Context(), leaf.cert, root.cert, noon), want)
			}
			if r.asked.Load() != 2 {
				t.Errorf("asked %d times; want once by each policy but off", r.asked.Load())
			}
		})
	}
	silent := certify(t, root, 4, leafOf(x509.ExtKeyUsageClientAuth))
	o := pki.NewOCSP(pki.OCSPConfig{Policy: pki.OCSPRequire, Now: func() time.Time { return noon }})
	wantCode(t, o.Judge(t.Context(), silent.cert, root.cert, noon), "") // it names no responder: the lists decide
}

// TestOCSP_AnswersAreRemembered: one question an answer, renewed after half of its time; "revoked" is never forgotten,
// and a responder that fails is not changed for a while.
func TestOCSP_AnswersAreRemembered(t *testing.T) {
	root, r := certify(t, nil, 1, nil), newResponder(t)
	leaf := certify(t, root, 3, func(x *x509.Certificate) {
		leafOf(x509.ExtKeyUsageClientAuth)(x)
		x.OCSPServer = []string{r.url}
	})
	var mu sync.Mutex
	now := noon
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	later := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	o := pki.NewOCSP(pki.OCSPConfig{Policy: pki.OCSPRequire, Now: clock})
	judge := func() error { return o.Judge(t.Context(), leaf.cert, root.cert, clock()) }

	wantCode(t, judge(), fault.CertificateStatus)
	wantCode(t, judge(), fault.CertificateStatus)
	if r.asked.Load() != 1 {
		t.Errorf("a responder that fails was asked %d times at once", r.asked.Load())
	}
	later(time.Minute)
	r.says(signed(t, root, nil, nil))
	var at sync.WaitGroup
	for range 20 {
		at.Go(func() { wantCode(t, judge(), "") })
	}
	at.Wait()
	if r.asked.Load() != 2 {
		t.Errorf("asked %d times; want 2", r.asked.Load())
	}
	later(40 * time.Minute) // past half of the hour: renewed in the background, the call does not wait
	r.says(signed(t, root, nil, func(x *ocsp.Response) {
		x.Status, x.RevokedAt, x.NextUpdate = ocsp.Revoked, noon, noon.Add(2*time.Hour)
	}))
	for ended := false; !ended; {
		switch err := judge(); {
		case err == nil:
			<-time.After(time.Millisecond)
		default:
			wantCode(t, err, fault.CertificateRevoked)
			ended = true
		}
	}
	later(30 * 24 * time.Hour)
	r.says(nil)
	wantCode(t, judge(), fault.CertificateRevoked)
}

func TestOCSP_WaitsNoLongerThanTheCaller(t *testing.T) {
	root := certify(t, nil, 1, nil)
	release := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer silent.Close()
	defer close(release)
	leaf := certify(t, root, 3, func(x *x509.Certificate) {
		leafOf(x509.ExtKeyUsageClientAuth)(x)
		x.OCSPServer = []string{silent.URL}
	})
	o := pki.NewOCSP(pki.OCSPConfig{Policy: pki.OCSPRequire, Timeout: time.Hour, Now: func() time.Time { return noon }})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := o.Judge(ctx, leaf.cert, root.cert, noon)
	wantCode(t, err, fault.CertificateStatus)
	if !errors.Is(err, context.Canceled) || !strings.Contains(fault.From(err).Params["responder"], "127.0.0.1") {
		t.Errorf("%v", err)
	}
}

// TestOCSP_Staple: what the platform shows of its own certificate, and what it thinks of what a server shows.
func TestOCSP_Staple(t *testing.T) {
	root, r := certify(t, nil, 1, nil), newResponder(t)
	leaf := certify(t, root, 3, func(x *x509.Certificate) {
		leafOf(x509.ExtKeyUsageServerAuth)(x)
		x.OCSPServer = []string{r.url}
	})
	o := pki.NewOCSP(pki.OCSPConfig{Policy: pki.OCSPPrefer, Now: func() time.Time { return noon }})
	r.says(signed(t, root, nil, nil))
	response := o.Staple(t.Context(), leaf.cert, root.cert)
	must.Get(ocsp.ParseResponseForCert(response, leaf.cert, root.cert))(t)
	if err := o.Stapled(response, leaf.cert, root.cert); err != nil {
		t.Error(err)
	}
	request := &ocsp.Request{SerialNumber: leaf.cert.SerialNumber}
	gone := signed(t, root, nil, func(x *ocsp.Response) { x.Status, x.RevokedAt = ocsp.Revoked, noon })(request)
	wantCode(t, o.Stapled(gone, leaf.cert, root.cert), fault.CertificateRevoked)
	if err := o.Stapled([]byte("noise"), leaf.cert, root.cert); err != nil {
		t.Error(err)
	}
	withdrawn := pki.NewOCSP(pki.OCSPConfig{Policy: pki.OCSPPrefer, Now: func() time.Time { return noon }})
	r.says(func(q *ocsp.Request) []byte { return gone })
	if withdrawn.Staple(t.Context(), leaf.cert, root.cert) != nil {
		t.Error("a response that says revoked is shown")
	}
}

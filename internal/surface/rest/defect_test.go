package rest_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mconnect"
	"mconnect/internal/exchange"
	"mconnect/internal/surface/rest"
	"mconnect/test/must"
)

// defect is a part that fails as no real one should.
type defect struct{ fail func() error }

func (d defect) Prove(context.Context, mconnect.SystemID, mconnect.CallID, string) ([]byte, error) {
	return nil, d.fail()
}

func (d defect) Do(context.Context, *exchange.Call) (*exchange.Answer, error) { return nil, d.fail() }

// TestDefect_IsShownToTheOperatorOnly: the caller learns that it was ours, the log learns what.
func TestDefect_IsShownToTheOperatorOnly(t *testing.T) {
	w := newTestPlatform(t, setting{})
	const detail = "open /var/lib/mconnect/keys: permission denied"
	for name, fail := range map[string]func() error{
		"an error": func() error { return errors.New(detail) }, "a panic": func() error { panic(detail) },
	} {
		for method, target := range map[string]string{
			http.MethodGet: "/api/v1/evidence/01900000-0000-7000-8000-000000000000", http.MethodPost: "/api/v1/GetPerson",
		} {
			var log bytes.Buffer
			cfg := w.surface.Config
			cfg.Exchange, cfg.Prover, cfg.Logger = defect{fail}, defect{fail}, slog.New(slog.NewTextHandler(&log, nil))
			surface := must.Get(rest.New(cfg))(t)
			req := httptest.NewRequest(method, target, strings.NewReader(question))
			req.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{w.Certificates["hall.app"].Leaf, w.Authority.Certificate()}}
			req.Header.Set("Content-Type", "application/json")
			answer := httptest.NewRecorder()
			surface.Handler().ServeHTTP(answer, req)
			if answer.Code != 500 || strings.Contains(answer.Body.String(), "permission") || strings.Contains(answer.Body.String(), "goroutine") {
				t.Errorf("%s of %s: %d %s", name, target, answer.Code, answer.Body)
			}
			if !strings.Contains(log.String(), "permission denied") {
				t.Errorf("%s of %s: the log holds %q", name, target, log.String())
			}
			if surface.InFlight() != 0 {
				t.Errorf("%s of %s: %d in flight", name, target, surface.InFlight())
			}
		}
	}
}

// TestDefect_AnswerAbortedOnPurposeStaysSo: the server must see it, to break the connection off.
func TestDefect_AnswerAbortedOnPurposeStaysSo(t *testing.T) {
	w := newTestPlatform(t, setting{})
	cfg := w.surface.Config
	cfg.Exchange = defect{func() error { panic(http.ErrAbortHandler) }}
	surface := must.Get(rest.New(cfg))(t)
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("got %v", p)
		}
	}()
	surface.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/api/v1/GetPerson", strings.NewReader(question)))
	t.Error("the server saw no abort")
}

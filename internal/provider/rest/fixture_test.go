package rest

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mconnect/internal/provider"
	"mconnect/internal/provider/httpaccess"
	"mconnect/test/registers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const trace, call, input = registers.Trace, registers.Call, registers.Input

// config is what these tests vary.
type config struct {
	Anchors     func() *x509.CertPool
	Verify      func(tls.ConnectionState) error
	Certificate func() *tls.Certificate
	Secrets     func(host, name string) ([]byte, error)
	Clock       func() time.Time
	Answer      int64
}

// transports says for both HTTP clients whether it is net/http's Transport.
var transports = map[string]bool{"own": false, "transport": true}

func newProvider(t testing.TB, cfg config) *provider.Provider { return newProviderOver(t, cfg, false) }

// newProviderOver makes a Provider over the HTTP client of the platform, or over net/http's Transport.
func newProviderOver(t testing.TB, cfg config, transport bool) *provider.Provider {
	t.Helper()
	access := httpaccess.New(httpaccess.Config{Anchors: cfg.Anchors, Verify: cfg.Verify, Certificate: cfg.Certificate, Secrets: cfg.Secrets, Transport: transport})
	return registers.New(t, provider.Config{Clock: cfg.Clock, Answer: cfg.Answer}, New(access))
}

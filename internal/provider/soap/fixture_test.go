package soap

import (
	"crypto/tls"
	"crypto/x509"
	"testing"

	"go.uber.org/goleak"

	"mconnect/internal/provider"
	"mconnect/internal/provider/httpaccess"
	"mconnect/internal/provider/rest"
	"mconnect/test/registers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const trace, call, input = registers.Trace, registers.Call, registers.Input

// config is what these tests vary.
type config struct {
	Anchors         func() *x509.CertPool
	Certificate     func() *tls.Certificate
	Secrets         func(host, name string) ([]byte, error)
	Signer, Headers Signer
}

// newProvider speaks REST too, for what both do alike.
func newProvider(t testing.TB, cfg config) *provider.Provider {
	t.Helper()
	access := httpaccess.New(httpaccess.Config{Anchors: cfg.Anchors, Certificate: cfg.Certificate, Secrets: cfg.Secrets})
	return registers.New(t, provider.Config{}, New(Config{Access: access, Signer: cfg.Signer, Headers: cfg.Headers}), rest.New(access))
}

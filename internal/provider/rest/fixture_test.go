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

// overTransport makes newProvider use net/http's Transport.
var overTransport bool

func newProvider(t testing.TB, cfg config) *provider.Provider {
	t.Helper()
	access := httpaccess.New(httpaccess.Config{
		Anchors: cfg.Anchors, Verify: cfg.Verify, Certificate: cfg.Certificate, Secrets: cfg.Secrets, Transport: overTransport,
	})
	return registers.New(t, provider.Config{Clock: cfg.Clock, Answer: cfg.Answer}, New(access))
}

// TestRest_OverTransport drives the tests of deliveries with net/http's Transport in place of the platform's own
// client. Left out are the causes of failed handshakes: Transport names the broken connection when its write fails
// first.
func TestRest_OverTransport(t *testing.T) {
	overTransport = true
	t.Cleanup(func() { overTransport = false })
	for name, test := range map[string]func(*testing.T){
		"request": TestDeliver_RequestAtTheProvider, "headers": TestDeliver_Headers, "credentials": TestDeliver_Credentials,
		"anchors": TestDeliver_AnchorsChange, "mapping": TestMapping_Response, "probe": TestProbe_Reachability, "statuses": TestDeliver_Statuses,
		"redirects": TestDeliver_RedirectsAreNotFollowed, "proxy": TestDeliver_NoProxyFromTheEnvironment, "misbehaving": TestDeliver_MisbehavingProviders,
		"deadline": TestDeliver_ContextDeadline, "caller gone": TestDeliver_CallerGoneIsNotTheProvidersFault, "repeating": TestDeliver_Repeats,
		"fresh": TestDeliver_FreshConnectionIsNotRepeated, "stream": TestStream_Document, "not buffered": TestStream_IsNotBuffered,
		"stream failures": TestStream_Failures, "breaker": TestBreaker_ThroughDeliver,
		"path tricks": TestTemplate_PathTricks, "query tricks": TestTemplate_QueryTricks,
	} {
		t.Run(name, test)
	}
}

package webhook

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/event"
	"mconnect/test/must"
)

// TestProbe_IsVisiblyATestAndCountsForNothing: signed like every event, of a type and source that no producer has, and
// what waits for the group waits on.
func TestProbe_IsVisiblyATestAndCountsForNothing(t *testing.T) {
	w, s := newFixture(t), newTarget(t)
	s.answer = func(p posted, _ int) (int, http.Header) {
		if strings.HasPrefix(p.id, "test-") {
			return status(202, "Content-Type", "text/plain")
		}
		return status(503)
	}
	w.begins(t, s, nil)
	w.produce(t, "1", "k")
	eventually(func() bool { return w.state().Condition == Failing })
	before := w.state()
	p, err := w.hooks.Test(t.Context(), w.to(s, func(t *Target) { t.Webhook.Secret = "token" }))
	if err != nil || !p.Passed() || p.Subscription != "s-1" {
		t.Fatalf("%+v, %v", p, err)
	}
	after := w.state()
	if after.Condition != Failing || after.Delivered != 0 || after.Held != before.Held || after.Retried != 1 || !after.LastSuccess.IsZero() {
		t.Errorf("the test changed %+v to %+v", before, after)
	}
	var got posted
	s.mu.Lock()
	for _, one := range s.got {
		if one.id == p.Event {
			got = one
		}
	}
	s.mu.Unlock()
	e, err := event.Read(got.body, event.Delivered)
	if err != nil || e.Type != TestType || e.Source != TestSource || !strings.Contains(string(e.Data), `"test":true`) {
		t.Errorf("posted %s: %v", got.body, err)
	}
	verify(t, &w.key.PublicKey, got.header, s.URL+"/events", got.body)
	if got.header.Get("Authorization") != "Bearer s3cret" {
		t.Error("without the bearer token")
	}
	ask, post := p.Steps[0], p.Steps[1]
	if ask.Method != "OPTIONS" || ask.Status != 200 || ask.For != ForPermission || ask.Header["WebHook-Allowed-Origin"] != "mconnect.example" {
		t.Errorf("the handshake: %+v", ask)
	}
	if post.Method != "POST" || post.Status != 202 || post.For != ForTest || post.Address == "" || post.Took <= 0 || post.Header["Content-Type"] != "text/plain" {
		t.Errorf("the event: %+v", post)
	}
}

// TestProbe_ShowsAnAnswerBoundedAndHarmless: no control characters reach a terminal, no token comes back, and no more
// than a piece.
func TestProbe_ShowsAnAnswerBoundedAndHarmless(t *testing.T) {
	w := newFixture(t)
	long := strings.Repeat("ț", 3000)
	for name, c := range map[string]struct {
		body, header string
		shows        string
		more         bool
	}{
		"words":                {body: "nu există", shows: "nu există"},
		"quotes":               {body: `{"error":"x"}`, shows: `{"error":"x"}`},
		"a terminal's escapes": {body: "\x1b[2Jgone\r\n\x00", shows: `\x1b[2Jgone\r\n\x00`},
		"bytes":                {body: "\xff\xfe", shows: `\xff\xfe`},
		"the token":            {body: "bad token s3cret!", shows: "bad token [token]!"},
		"a token at the cut":   {body: strings.Repeat("x", shownBody-3) + "s3cret", shows: strings.Repeat("x", shownBody-3) + "[to", more: true},
		"too much":             {body: long, shows: long[:shownBody], more: true},
	} {
		target := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("WebHook-Allowed-Origin", "*")
			if r.Method == http.MethodPost {
				rw.Header().Set("WWW-Authenticate", `Bearer error="s3cret is unknown"`)
				rw.WriteHeader(http.StatusUnauthorized)
				_, _ = io.WriteString(rw, c.body)
			}
		}))
		p, err := w.hooks.Test(t.Context(), Target{ID: name, Webhook: event.Webhook{URL: target.URL, Secret: "token"}, Reaches: loopback})
		target.Close()
		if err != nil || len(p.Steps) != 2 || p.Passed() {
			t.Fatalf("%s: %+v, %v", name, p, err)
		}
		post := p.Steps[1]
		if post.Body != c.shows || post.More != c.more || post.Status != 401 || post.Trouble.Code != fault.WebhookStatus {
			t.Errorf("%s: %q, more %t, %+v; want %q", name, post.Body, post.More, post.Attempt, c.shows)
		}
		if got := post.Header["WWW-Authenticate"]; got != `Bearer error="[token] is unknown"` {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// certified is a certificate for a name, until a time, and the pool that trusts it.
func certified(t *testing.T, name string, until time.Time, usage x509.ExtKeyUsage) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotBefore: until.Add(-48 * time.Hour), NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{usage}, IsCA: true, BasicConstraintsValid: true,
	}
	if name == "127.0.0.1" {
		template.DNSNames, template.IPAddresses = nil, []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	der := must.Get(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))(t)
	leaf := must.Get(x509.ParseCertificate(der))(t)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// trouble is what goes wrong in the first step of a test, said in Romanian.
func firstTrouble(t *testing.T, hooks *Webhook, target Target) (Step, *fault.Error) {
	t.Helper()
	p, err := hooks.Test(t.Context(), target)
	if err != nil || len(p.Steps) != 1 || p.Passed() || p.Steps[0].Trouble == nil {
		t.Fatalf("%s: %+v, %v", target.Webhook.URL, p, err)
	}
	return p.Steps[0], p.Steps[0].Trouble.Fault()
}

// TestProbe_ExplainsCertificates: whose it is, and what is wrong with it.
func TestProbe_ExplainsCertificates(t *testing.T) {
	w := newFixture(t)
	tomorrow := time.Now().Add(24 * time.Hour)
	for name, c := range map[string]struct {
		issued string
		until  time.Time
		usage  x509.ExtKeyUsage
		alien  bool
		what   string
	}{
		"another issuer":   {issued: "127.0.0.1", until: tomorrow, usage: x509.ExtKeyUsageServerAuth, alien: true, what: "its issuer is not trusted"},
		"another name":     {issued: "events.bank.example", until: tomorrow, usage: x509.ExtKeyUsageServerAuth, what: "it is for another name"},
		"an expired one":   {issued: "127.0.0.1", until: time.Now().Add(-time.Hour), usage: x509.ExtKeyUsageServerAuth, what: "it has expired or is not valid yet"},
		"one for a client": {issued: "127.0.0.1", until: tomorrow, usage: x509.ExtKeyUsageClientAuth, what: "it is no certificate of a server"},
	} {
		pair, pool := certified(t, c.issued, c.until, c.usage)
		if c.alien {
			_, pool = certified(t, "127.0.0.1", tomorrow, x509.ExtKeyUsageServerAuth)
		}
		target := httptest.NewUnstartedServer(http.NotFoundHandler())
		target.TLS, target.Config.ErrorLog = &tls.Config{Certificates: []tls.Certificate{pair}}, log.New(io.Discard, "", 0)
		target.StartTLS()
		cfg := w.config()
		trust := &tls.Config{RootCAs: pool}
		cfg.TLS = func() *tls.Config { return trust }
		hooks := must.Get(New(cfg))(t)
		step, f := firstTrouble(t, hooks, Target{ID: "s", Webhook: event.Webhook{URL: target.URL}, Reaches: loopback})
		target.Close()
		if f.Code != fault.WebhookCertificate || f.Params["what"] != c.what {
			t.Errorf("%s: %v %v", name, f.Code, f.Params)
		}
		if step.Peer != "CN="+c.issued || step.Until.IsZero() || step.Address == "" {
			t.Errorf("%s: the certificate is not shown: %+v", name, step)
		}
	}
}

// TestProbe_ExplainsWhatCannotBeReached, in words of the operator's language.
func TestProbe_ExplainsWhatCannotBeReached(t *testing.T) {
	w := newFixture(t)
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	closed := must.Get(net.Listen("tcp", "127.0.0.1:0"))(t)
	nobody := closed.Addr().String()
	_ = closed.Close()
	mute := listening(t, func(c net.Conn) { _ = c.Close() })
	babble := listening(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096))
		_, _ = io.WriteString(c, "220 mail.example ESMTP\r\n")
		_ = c.Close()
	})
	wants := httptest.NewUnstartedServer(http.NotFoundHandler())
	wants.TLS, wants.Config.ErrorLog = &tls.Config{ClientAuth: tls.RequireAnyClientCert}, log.New(io.Discard, "", 0)
	wants.StartTLS()
	defer wants.Close()
	cfg := w.config()
	trust := &tls.Config{InsecureSkipVerify: true} //nolint:gosec // what is tested is the refusal of the client
	cfg.TLS = func() *tls.Config { return trust }
	cfg.Resolver, _ = nameServer(t) // knows nobody
	hooks := must.Get(New(cfg))(t)
	outside := netip.MustParsePrefix("10.0.0.0/8")
	for name, c := range map[string]struct {
		url, what string
		reaches   Reaches
		secret    string
		code      fault.Code
		ro        string
	}{
		"nobody listens": {url: "http://" + nobody + "/x", what: "the connection is refused", code: fault.WebhookConnect,
			ro: "Conexiunea cu 127.0.0.1 nu reușește: conexiunea este refuzată."},
		"it hangs up":          {url: "http://" + mute, what: "the connection ended before an answer", code: fault.WebhookConnect},
		"it speaks mail":       {url: "http://" + babble, what: "the answer is not HTTP", code: fault.WebhookConnect},
		"it does not know TLS": {url: "https" + strings.TrimPrefix(plain.URL, "http"), what: "the server does not speak TLS", code: fault.WebhookTLS},
		"it wants a certificate": {url: wants.URL, what: "the server wants another client certificate", code: fault.WebhookTLS,
			ro: "Negocierea TLS cu 127.0.0.1 nu reușește: serverul cere alt certificat de client."},
		"outside": {url: plain.URL, reaches: outside.Contains, code: fault.WebhookForbidden,
			ro: "Adresa 127.0.0.1 nu face parte din rețelele înregistrate ale sistemului."},
		"no secret": {url: plain.URL, secret: "none", code: fault.WebhookSecret, ro: "Secretul none pentru 127.0.0.1 nu poate fi citit."},
		"no name": {url: "https://events.hall.invalid/x", code: fault.WebhookName,
			ro: "Numele events.hall.invalid nu poate fi tradus într-o adresă IP."},
	} {
		reaches := c.reaches
		if reaches == nil {
			reaches = loopback
		}
		_, f := firstTrouble(t, hooks, Target{ID: "s", Webhook: event.Webhook{URL: c.url, Secret: c.secret}, Reaches: reaches})
		if f.Code != c.code || f.Params["what"] != c.what {
			t.Errorf("%s: %s %v", name, f.Code, f.Params)
		}
		if got := f.Sentence(mconnect.Romanian); c.ro != "" && got != c.ro {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// listening hands each connection to do.
func listening(t *testing.T, do func(net.Conn)) string {
	t.Helper()
	l := must.Get(net.Listen("tcp", "127.0.0.1:0"))(t)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			do(c)
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-ended
	})
	return l.Addr().String()
}

// TestProbe_OfAWebhookRunsOnceAtATime: a second one is refused while the first waits, and another subscription's is
// not.
func TestProbe_OfAWebhookRunsOnceAtATime(t *testing.T) {
	w := newFixture(t)
	came, goOn := make(chan struct{}, 1), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		select {
		case came <- struct{}{}:
			<-goOn
		default:
		}
		rw.Header().Set("WebHook-Allowed-Origin", "*")
	}))
	defer slow.Close()
	one := Target{ID: "one", Webhook: event.Webhook{URL: slow.URL}, Reaches: loopback}
	first := make(chan bool, 1)
	go func() {
		p, err := w.hooks.Test(t.Context(), one)
		first <- err == nil && p.Passed()
	}()
	<-came
	came <- struct{}{} // nobody else waits
	if _, err := w.hooks.Test(t.Context(), one); fault.From(err).Code != fault.WebhookBusy {
		t.Errorf("a second test: %v", err)
	}
	two := one
	two.ID = "two"
	if p, err := w.hooks.Test(t.Context(), two); err != nil || !p.Passed() {
		t.Errorf("of another subscription: %+v, %v", p, err)
	}
	close(goOn)
	if !<-first {
		t.Error("the first test failed")
	}
	if p, err := w.hooks.Test(t.Context(), one); err != nil || !p.Passed() {
		t.Errorf("when the first is over: %+v, %v", p, err)
	}
}

package demo

import (
	"cmp"
	"context"
	"crypto"
	"crypto/tls"
	"errors"
	"log"
	"net"
	"net/http"
	"time"

	"mconnect/internal/neighbour/mpass/emulator"
	"mconnect/internal/pki/authority"
)

// mpassHost is the name of the emulated MPass: browsers resolve names below localhost to the loopback address, and it
// is another site than the portal's address, as in reality.
const mpassHost = "mpass.localhost"

// portalEntity is the name under which MPass knows the portal.
const portalEntity = "https://portal.mconnect.exemplu.invalid"

// identityProvider is the emulated MPass of the demo.
type identityProvider struct {
	*emulator.Emulator
	server  *http.Server
	portal  tls.Certificate // by which the portal signs its messages
	url     string
	keys    [2]string // PEM files of the certificates by which MPass signs
	own     string    // PEM file of the portal's certificate
	ownKey  string
	stopped chan error
}

// startMPass starts the emulated MPass; the portal is registered with it by open.
func (c *environment) startMPass(ctx context.Context, address string) error {
	m := &identityProvider{stopped: make(chan error, 1)}
	in := func(name string) string { return c.folder.path("data", "pki", name) }
	signing := func(name, file string) (tls.Certificate, error) {
		return issue(c.authority, in(file+".pem"), in(file+"-key.pem"),
			authority.Request{Use: authority.ForSigning, Name: name, RSA: true})
	}
	var err error
	if m.portal, err = signing("mconnect-demo-portal", "mpass"); err != nil {
		return err
	}
	m.own, m.ownKey = in("mpass.pem"), in("mpass-key.pem")
	var keys [2]emulator.Key
	for i, file := range []string{"mpass-idp-1", "mpass-idp-2"} {
		pair, err := signing("mpass-demo", file)
		if err != nil {
			return err
		}
		key, _ := pair.PrivateKey.(crypto.Signer) // issue makes no other keys
		keys[i], m.keys[i] = emulator.Key{Key: key, Certificate: pair.Leaf}, in(file+".pem")
	}
	listens, err := issue(c.authority, in("mpass-tls.pem"), in("mpass-tls-key.pem"), authority.Request{
		Use: authority.ForPlatform, Name: "mpass-demo", Hosts: []string{mpassHost, "localhost", "127.0.0.1", "::1"}})
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String()) // a listener's address has a port
	m.url = "https://" + net.JoinHostPort(mpassHost, port)
	if m.Emulator, err = emulator.New(emulator.Config{URL: m.url, Keys: keys}); err != nil {
		return errors.Join(err, l.Close())
	}
	m.server = &http.Server{Handler: m.Handler(), ReadHeaderTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{listens}, MinVersion: tls.VersionTLS12},
		ErrorLog:  log.New(nowhere{}, "", 0)}
	c.mpass = m
	go func() { m.stopped <- m.server.ServeTLS(l, "", "") }()
	return nil
}

// nowhere takes what browsers do in a handshake: they refuse the demo's authority until it is accepted.
type nowhere struct{}

// Write implements io.Writer.
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }

// settings are those of the portal that log persons in by this MPass.
func (m *identityProvider) settings() map[string]any {
	return map[string]any{"entity_id": portalEntity, "issuer": m.EntityID(), "login": m.LoginURL(),
		"logout": m.LogoutURL(), "pinned": m.keys[:], "certificate": m.own, "key": m.ownKey}
}

// register makes the portal at an address known to MPass.
func (m *identityProvider) register(portal string) {
	m.Register(emulator.Service{EntityID: portalEntity, ACS: portal + "/mpass-login", SLO: portal + "/mpass-slo",
		Logout: portal + "/mpass-logout", Certificate: m.portal.Leaf})
}

func (m *identityProvider) close() error {
	err := m.server.Close()
	if stopped := <-m.stopped; !errors.Is(stopped, http.ErrServerClosed) {
		err = cmp.Or(err, stopped)
	}
	return err
}

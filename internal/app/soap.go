package app

import (
	"cmp"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"mconnect/internal/surface/soap"
)

// soapConfig wires the SOAP surface to the same images and limits as the REST one.
func (a *App) soapConfig() soap.Config {
	limits := a.Config.Limits
	cfg := soap.Config{
		Exchange: a.exchange, Registry: a.Rooms.Registry, Catalog: a.Rooms.Catalog, Agreements: a.Rooms.Agreements,
		Keys: soap.Keys{P256: a.Identity.Certificate}, Address: a.address, Revision: a.Country.Revision,
		Clock: time.Now, Logger: a.logger, Replay: a.replay, Portal: a.portalAddress,
		MaxRequest: int64(limits.Request), MaxAttachments: int64(limits.Attachments),
		MaxInFlight: int64(limits.InFlight), Memory: a.memory,
	}
	cfg.Keys.RSA = a.signingCertificate
	if a.Signing == nil {
		a.logger.Warn("no RSA signing certificate: SOAP answers are signed on P-256, which old clients do not read",
			"remedy", "mconnect pki init, or pki.signing_certificate")
	}
	return cfg
}

// signingCertificate signs SOAP answers: the RSA one, or the platform's where there is none.
func (a *App) signingCertificate() *tls.Certificate {
	if a.Signing == nil {
		return a.Identity.Certificate()
	}
	return a.Signing.Certificate()
}

// address is where systems reach the exchange listener.
func (a *App) address() string {
	if a.Config.Exchange.URL != "" {
		return a.Config.Exchange.URL
	}
	_, port, _ := net.SplitHostPort(a.Addrs().Exchange) // of a listener, so it has one
	return "https://" + net.JoinHostPort(cmp.Or(a.Config.Exchange.Names[0], "localhost"), port)
}

// isExchangeHost reports whether a Host, as a caller states and perhaps signs it, is that of the exchange.
func (a *App) isExchangeHost(host string) bool {
	port := "443"
	stated, err := url.Parse(a.address())
	if err == nil && strings.EqualFold(stated.Host, host) {
		return true
	}
	if err == nil && stated.Port() != "" {
		port = stated.Port()
	}
	return a.isCertified(host, port, portOf(a.Addrs().Exchange))
}

// isCertified reports whether the certificate of the listeners is for a Host, on one of the ports.
func (a *App) isCertified(host string, ports ...string) bool {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.Trim(host, "[]"), "443"
	}
	return slices.Contains(ports, port) && a.Identity.Certificate().Leaf.VerifyHostname(name) == nil
}

// surfaces shares the exchange listener between the surfaces for systems, by path.
func (a *App) surfaces() http.Handler {
	return byPath(a.rest.Handler(), a.soap.Handler())
}

// byPath dispatches to SOAP or REST by the path.
func byPath(rest, envelopes http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if soap.Serves(r.URL.EscapedPath()) {
			envelopes.ServeHTTP(w, r)
			return
		}
		rest.ServeHTTP(w, r)
	})
}

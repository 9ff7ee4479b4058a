package event

import (
	"cmp"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// TargetError reports why a webhook cannot have a URL, in words that package fault knows in every language.
type TargetError string

// Error implements error.
func (e TargetError) Error() string { return string(e) }

// Target reads the URL: https, or http to this machine for trying things out. It is returned as it is sent, so that
// what is signed is what the receiver sees: a path of "/" where there is none, the host in lower case, no port that the
// scheme implies. The host is without port. Errors are TargetErrors.
func (w *Webhook) Target() (u *url.URL, host string, err error) {
	if err := legible(w.URL); err != nil {
		return nil, "", err
	}
	if u, err = url.Parse(w.URL); err != nil {
		return nil, "", misread(err)
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, "", TargetError("it must begin with https://")
	case u.User != nil:
		return nil, "", TargetError("it holds a user or password")
	case u.Fragment != "" || strings.Contains(w.URL, "#"):
		return nil, "", TargetError("it holds a fragment")
	case u.Opaque != "" || u.Hostname() == "":
		return nil, "", TargetError("it names no host")
	case !isReference(w.URL):
		return nil, "", TargetError("it is no URL")
	}
	u.Host = strings.ToLower(u.Host)
	host = u.Hostname()
	if err := reachable(u.Scheme, host); err != nil {
		return nil, "", err
	}
	if err := settlePort(u); err != nil {
		return nil, "", err
	}
	u.Path = cmp.Or(u.Path, "/")
	return u, host, nil
}

// legible refuses what cannot stand in a request line.
func legible(text string) error {
	switch {
	case len(text) > maxURL:
		return TargetError("it is longer than 2000 characters")
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return TargetError("it holds a space or a control character")
	case strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII }):
		return TargetError("it holds characters beyond ASCII; encode them as %XX, the host as xn--")
	}
	return nil
}

// misread reports why a URL cannot be parsed.
func misread(err error) error {
	if strings.Contains(err.Error(), "invalid port") {
		return TargetError("the port is not between 1 and 65535")
	}
	return TargetError("it is no URL")
}

// reachable refuses hosts to which nothing is ever pushed, and plain http to another machine.
func reachable(scheme, host string) error {
	address, err := netip.ParseAddr(host)
	isAddress := err == nil
	address = address.Unmap()
	if isAddress && !Addressable(address) {
		return TargetError("no receiver can have this address")
	}
	if scheme == "http" && host != "localhost" && (!isAddress || !address.IsLoopback()) {
		return TargetError("http without TLS is for this machine only")
	}
	return nil
}

// Addressable reports an address that a receiver of events may have: none that represents every machine, for several,
// or for a neighbour on the platform's own wire, where cloud providers keep the credentials of machines.
func Addressable(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && !a.IsLinkLocalUnicast() &&
		a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// settlePort checks the port, and takes off one that the scheme implies.
func settlePort(u *url.URL) error {
	port := u.Port()
	if port == "" && !strings.HasSuffix(u.Host, ":") {
		return nil
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return TargetError("the port is not between 1 and 65535")
	}
	if implied := map[string]string{"https": "443", "http": "80"}[u.Scheme]; port == implied {
		u.Host = strings.TrimSuffix(u.Host, ":"+port)
	}
	return nil
}

package demo

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mconnect"
	"mconnect/internal/domain/registry"
	"mconnect/internal/durable"
	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
)

// folder is the demo's directory, absolute. Its content:
//
//	mconnect.yaml       configuration; `mconnect serve --config` takes it too
//	demo.json           what a program needs in order to take part
//	country/            the manifests, with addresses filled in, and the certificates
//	systems/            <system>.pem and <system>-key.pem
//	registers/          the registers' databases and addresses
//	data/               the platform's own: store, keys, certificate authority, secrets
type folder string

func (f folder) path(parts ...string) string {
	return filepath.Join(append([]string{string(f)}, parts...)...)
}

func (f folder) config() string   { return f.path("mconnect.yaml") }
func (f folder) country() string  { return f.path("country") }
func (f folder) data() string     { return f.path("data") }
func (f folder) store() string    { return f.path("data", "mconnect.db") }
func (f folder) ca() string       { return f.path("data", "pki", "ca.pem") }
func (f folder) platform() string { return f.path("data", "pki", "platform.pem") }
func (f folder) cert(system mconnect.SystemID) string {
	return f.path("systems", fileOf(system)+".pem")
}
func (f folder) key(system mconnect.SystemID) string {
	return f.path("systems", fileOf(system)+"-key.pem")
}

// fileOf is the file name of a system; the one with the expired certificate has "#" in its id.
func fileOf(system mconnect.SystemID) string { return strings.ReplaceAll(string(system), "#", "-") }

// openFolder makes the directory's tree.
func openFolder(dir string) (folder, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	f := folder(abs)
	for _, sub := range []string{"country", "systems", "registers"} {
		if err := durable.MkdirAll(f.path(sub), 0o755); err != nil {
			return "", fmt.Errorf("demo folder: %w", err)
		}
	}
	if err := durable.MkdirAll(f.path("data", "secrets", registersHost), 0o700); err != nil {
		return "", fmt.Errorf("demo folder: %w", err)
	}
	for name, secret := range registerSecrets {
		if err := durable.WriteFile(f.path("data", "secrets", registersHost, name), []byte(secret), 0o600); err != nil {
			return "", err
		}
	}
	return f, nil
}

// renewBefore is how long a certificate must still be valid to be used again.
const renewBefore = 14 * 24 * time.Hour

// issue makes sure that there is a certificate with its key under the names given, and returns it. One
// that expires soon is replaced; one that is expired on purpose stays.
func issue(ca *authority.Authority, cert, key string, req authority.Request) (tls.Certificate, error) {
	meant := !req.NotAfter.IsZero() && req.NotAfter.Before(time.Now())
	pair, err := tls.LoadX509KeyPair(cert, key)
	switch {
	case err == nil && pair.Leaf.CheckSignatureFrom(ca.Certificate()) == nil &&
		(meant || time.Until(pair.Leaf.NotAfter) > renewBefore):
		return pair, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return tls.Certificate{}, err
	}
	issued, err := ca.Issue(req)
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := issued.Save(cert, key); err != nil {
		return tls.Certificate{}, err
	}
	return tls.LoadX509KeyPair(cert, key)
}

// identities issues a certificate to every system, and the expired one to the town hall. Systems with an address of the
// former gateway sign SOAP messages, so theirs are RSA certificates.
func (f folder) identities(ca *authority.Authority, systems []registry.System) (map[mconnect.SystemID]tls.Certificate,
	error) {
	out := map[mconnect.SystemID]tls.Certificate{}
	for _, s := range append(systems, registry.System{ID: oldPaper}) {
		req := authority.Request{Use: authority.ForSystem, Name: string(s.ID), Organization: string(s.ID.Participant()),
			RSA: s.Gateway != ""}
		if s.ID == oldPaper {
			req.Name = string(townHall)
			req.NotBefore, req.NotAfter = time.Now().AddDate(-1, 0, -1), time.Now().AddDate(0, 0, -1)
		}
		pair, err := issue(ca, f.cert(s.ID), f.key(s.ID), req)
		if err != nil {
			return nil, fmt.Errorf("certificate of %s: %w", s.ID, err)
		}
		out[s.ID] = pair
	}
	return out, nil
}

// writeCertificates writes the manifest that registers the systems' certificates.
func (f folder) writeCertificates(systems []registry.System, of map[mconnect.SystemID]tls.Certificate) error {
	var b strings.Builder
	b.WriteString(generatedNotice)
	b.WriteString("#\n# Certificates bind a key to a system. Several may be valid at once, for rotation; the town hall\n# still has its expired one registered, so that a call with it is distinguished from an unknown one.\n")
	for _, s := range append(systems, registry.System{ID: oldPaper}) {
		system, _, _ := strings.Cut(string(s.ID), "#")
		pem := strings.TrimSpace(string(pki.EncodeCertificates(of[s.ID].Leaf)))
		fmt.Fprintf(&b, "---\nkind: Certificate\nsystem: %s\npem: |\n  %s\n", system,
			strings.ReplaceAll(pem, "\n", "\n  "))
	}
	return durable.WriteFile(f.path("country", "09-certificates.yaml"), []byte(b.String()), 0o644)
}

// addresses reads where the registers listened last time; none at the first start.
func (f folder) addresses() (map[string]string, error) {
	text, err := os.ReadFile(f.path("registers", "addresses.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	return out, json.Unmarshal(text, &out)
}

func (f folder) writeAddresses(addresses map[string]string) error {
	text, err := json.MarshalIndent(addresses, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteFile(f.path("registers", "addresses.json"), append(text, '\n'), 0o644)
}

// anchors is the pool with the authority alone.
func anchors(ca *authority.Authority) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.Certificate())
	return pool
}

// Package authority issues certificates: the small authority of the demo and of small installations, with its
// revocation list, and the check of signing requests. A running server does not need it.
package authority

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"mconnect/internal/durable"
	"mconnect/internal/pki"
)

// Use is what a certificate is issued for; it stands in the subject's organisational unit.
type Use string

// The uses.
const (
	ForSystem        Use = "system"        // an information system: client, and server when Hosts are given
	ForPlatform      Use = "platform"      // the platform itself: server towards callers, client towards providers
	ForAdministrator Use = "administrator" // a person administering the platform: client
	ForSigning       Use = "signing"       // the platform's signatures on SOAP messages
)

// Files of an authority's folder.
const (
	authorityCertificate = pki.AuthorityCertificate
	authorityKey         = pki.AuthorityKey
	authorityRevoked     = "ca.crl"
	issuedFolder         = "issued" // one <serial>.pem per certificate, never removed
)

// Authority is the platform's own issuing authority: one P-256 key that may sign leaf certificates for
// TLS and its revocation list, nothing else. Production installations trust outside authorities instead.
type Authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	now  func() time.Time
}

// Config reports how a new authority is to be made; every zero value has a use.
type Config struct {
	Name     string           // common name; default "MConnect issuing CA"
	Validity time.Duration    // default 10 years
	Now      func() time.Time // default time.Now
}

// Create makes a new authority in dir and writes its files. It fails with fs.ErrExist when dir holds one
// already, and never replaces a key.
func Create(dir string, cfg Config) (*Authority, error) {
	cfg.Name = cmp.Or(cfg.Name, "MConnect issuing CA")
	cfg.Validity = cmp.Or(cfg.Validity, 10*365*24*time.Hour)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if err := durable.MkdirAll(filepath.Join(dir, issuedFolder), 0o755); err != nil {
		return nil, err
	}
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	begins := cfg.Now().UTC().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject: pkix.Name{Country: []string{"MD"}, Organization: []string{"MConnect"},
			CommonName: cfg.Name},
		NotBefore:             begins.Add(-time.Minute),
		NotAfter:              begins.Add(cfg.Validity),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true, // leaves only
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	text, err := encodeKey(key)
	if err != nil {
		return nil, err
	}
	if err := durable.CreateFile(filepath.Join(dir, authorityKey), text, 0o600); err != nil {
		return nil, err
	}
	if err := durable.WriteFile(filepath.Join(dir, authorityCertificate), pki.EncodeCertificates(cert),
		0o644); err != nil {
		return nil, err
	}
	return &Authority{dir: dir, cert: cert, key: key, now: cfg.Now}, nil
}

// Load reads the authority of dir.
func Load(dir string) (*Authority, error) {
	chain, err := pki.ReadCertificates(filepath.Join(dir, authorityCertificate))
	if err != nil {
		return nil, fmt.Errorf("load authority: %w", err)
	}
	key, err := readKey(filepath.Join(dir, authorityKey))
	if err != nil {
		return nil, fmt.Errorf("load authority: %w", err)
	}
	if !key.PublicKey.Equal(chain[0].PublicKey) {
		return nil, fmt.Errorf("load authority: %s does not belong to %s", authorityKey, authorityCertificate)
	}
	return &Authority{dir: dir, cert: chain[0], key: key, now: time.Now}, nil
}

// Certificate is the authority's own certificate, the trust anchor for what it issues.
func (a *Authority) Certificate() *x509.Certificate { return a.cert }

// Request asks for a certificate. Zero times mean from now for one year.
type Request struct {
	Use          Use
	Name         string // common name: a SystemID, a host name, an administrator's login
	Organization string // e.g. a ParticipantID; default "MConnect"
	Bearer       string // number of the person who bears it, the serial number of the subject; "": not a person's
	Hosts        []string
	NotBefore    time.Time
	NotAfter     time.Time        // cut to the authority's own end
	PublicKey    crypto.PublicKey // of the bearer's own key; nil: a new key is made, on P-256 unless RSA is set
	RSA          bool             // the new key is RSA of 2048 bits, for who signs or reads SOAP messages
}

// Issued is a new certificate with its key.
type Issued struct {
	Certificate *x509.Certificate
	Authority   *x509.Certificate
	Key         crypto.Signer // nil when the bearer kept its own key
}

// Save writes the certificate followed by its authority's, and the key (0600) when there is one. Parent
// folders are made.
func (i *Issued) Save(certificate, key string) error {
	for _, path := range []string{certificate, key} {
		if err := durable.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
	}
	if i.Key != nil {
		text, err := encodeKey(i.Key)
		if err != nil {
			return err
		}
		if err := durable.WriteFile(key, text, 0o600); err != nil {
			return err
		}
	}
	return durable.WriteFile(certificate, pki.EncodeCertificates(i.Certificate, i.Authority), 0o644)
}

// Issue makes a certificate and keeps a copy in the authority's folder before it returns it.
func (a *Authority) Issue(req Request) (*Issued, error) {
	template, err := a.template(req)
	if err != nil {
		return nil, err
	}
	issued := &Issued{Authority: a.cert}
	if req.PublicKey == nil {
		if issued.Key, err = keyFor(req); err != nil {
			return nil, err
		}
		req.PublicKey = issued.Key.Public()
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, req.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("issue certificate: %w", err)
	}
	if issued.Certificate, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	path := filepath.Join(a.dir, issuedFolder, template.SerialNumber.Text(16)+".pem")
	return issued, durable.CreateFile(path, pki.EncodeCertificates(issued.Certificate), 0o644)
}

func (a *Authority) template(req Request) (*x509.Certificate, error) {
	if req.Name == "" {
		return nil, errors.New("issue certificate: a name is required")
	}
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	switch req.Use {
	case ForSystem, ForPlatform:
		if len(req.Hosts) > 0 {
			usages = append(usages, x509.ExtKeyUsageServerAuth)
		}
	case ForAdministrator, ForSigning:
	default:
		return nil, fmt.Errorf("issue certificate: use %q; want system, platform, signing or administrator", req.Use)
	}
	if req.Use == ForPlatform && len(req.Hosts) == 0 {
		return nil, errors.New("issue certificate: the platform's needs at least one host name or address")
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	now := a.now().UTC().Truncate(time.Second)
	if req.NotBefore.IsZero() {
		req.NotBefore = now.Add(-time.Minute)
	}
	if req.NotAfter.IsZero() {
		req.NotAfter = now.AddDate(1, 0, 0)
	}
	if req.NotAfter.After(a.cert.NotAfter) {
		req.NotAfter = a.cert.NotAfter
	}
	if !req.NotBefore.Before(req.NotAfter) {
		return nil, errors.New("issue certificate: it would end before it begins")
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject: pkix.Name{
			Country:            []string{"MD"},
			Organization:       []string{cmp.Or(req.Organization, "MConnect")},
			OrganizationalUnit: []string{string(req.Use)},
			CommonName:         req.Name,
			SerialNumber:       req.Bearer,
		},
		NotBefore:             req.NotBefore,
		NotAfter:              req.NotAfter,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           usages,
	}
	for _, host := range req.Hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	return template, nil
}

// Listed is one certificate the authority issued.
type Listed struct {
	Certificate *x509.Certificate
	Use         Use
	RevokedAt   time.Time // zero: not revoked
}

// List returns every certificate issued so far, the one that ends soonest first.
func (a *Authority) List() ([]Listed, error) {
	revoked, err := a.revocations()
	if err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(a.dir, issuedFolder, "*.pem"))
	if err != nil {
		return nil, err
	}
	listed := make([]Listed, 0, len(paths))
	for _, path := range paths {
		chain, err := pki.ReadCertificates(path)
		if err != nil {
			return nil, err
		}
		entry := Listed{Certificate: chain[0]}
		if units := chain[0].Subject.OrganizationalUnit; len(units) > 0 {
			entry.Use = Use(units[0])
		}
		for _, r := range revoked {
			if r.SerialNumber.Cmp(chain[0].SerialNumber) == 0 {
				entry.RevokedAt = r.RevocationTime
			}
		}
		listed = append(listed, entry)
	}
	slices.SortFunc(listed, func(x, y Listed) int { return x.Certificate.NotAfter.Compare(y.Certificate.NotAfter) })
	return listed, nil
}

// Revoke puts a certificate that the authority issued on its revocation list (RFC 5280, section 5),
// which running servers read again within seconds. Revoking twice keeps the first time.
func (a *Authority) Revoke(c *x509.Certificate, at time.Time) error {
	if err := c.CheckSignatureFrom(a.cert); err != nil {
		return fmt.Errorf("revoke certificate: not issued by this authority: %w", err)
	}
	revoked, err := a.revocations()
	if err != nil {
		return err
	}
	for _, r := range revoked {
		if r.SerialNumber.Cmp(c.SerialNumber) == 0 {
			return nil
		}
	}
	revoked = append(revoked, x509.RevocationListEntry{SerialNumber: c.SerialNumber, RevocationTime: at.UTC()})
	now := a.now().UTC()
	list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number:                    big.NewInt(now.UnixMicro()),
		ThisUpdate:                now,
		NextUpdate:                a.cert.NotAfter, // rewritten on every revocation
		RevokedCertificateEntries: revoked,
	}, a.cert, a.key)
	if err != nil {
		return fmt.Errorf("revoke certificate: %w", err)
	}
	return durable.WriteFile(filepath.Join(a.dir, authorityRevoked), pki.EncodeList(list), 0o644)
}

func (a *Authority) revocations() ([]x509.RevocationListEntry, error) {
	text, err := os.ReadFile(filepath.Join(a.dir, authorityRevoked))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	lists, err := pki.ParseLists(text)
	if err != nil {
		return nil, err
	}
	return lists[0].RevokedCertificateEntries, nil
}

func newSerial() (*big.Int, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126))
	if err != nil {
		return nil, err
	}
	return serial.Add(serial, big.NewInt(1)), nil
}

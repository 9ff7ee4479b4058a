package world

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Authority issues certificates that live for ten days: ECDSA P-256, RSA on demand. It is not safe for concurrent use.
type Authority struct {
	Dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
	next int64
}

// NewAuthority makes an authority that keeps its files in dir.
func NewAuthority(dir string) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Bench CA", Organization: []string{"Bench"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(240 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	a := &Authority{Dir: dir, cert: cert, key: key, pool: x509.NewCertPool(), next: 2}
	a.pool.AddCert(cert)
	return a, writePEM(a.CA(), "CERTIFICATE", der)
}

// CA is the PEM file of the trust anchor.
func (a *Authority) CA() string { return filepath.Join(a.Dir, "ca.pem") }

// Crt is the PEM file of a certificate issued under name.
func (a *Authority) Crt(name string) string { return filepath.Join(a.Dir, name+".crt") }

// Key is the PEM file of its key.
func (a *Authority) Key(name string) string { return filepath.Join(a.Dir, name+".key") }

// Issue writes name.crt and name.key, good as client and as server on the loopback address.
func (a *Authority) Issue(name string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	return a.certify(name, key)
}

// IssueRSA is Issue with a key of 2048 bits, for who signs SOAP messages.
func (a *Authority) IssueRSA(name string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	return a.certify(name, key)
}

func (a *Authority) certify(name string, key crypto.Signer) error {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(a.next), Subject: pkix.Name{CommonName: name, Organization: []string{"Bench"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(240 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth,
			x509.ExtKeyUsageServerAuth},
		DNSNames: []string{name, "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	a.next++
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := writePEM(a.Crt(name), "CERTIFICATE", der); err != nil {
		return err
	}
	return writePEM(a.Key(name), "PRIVATE KEY", secret)
}

// Client is how name connects to a server that presents itself as server.
func (a *Authority) Client(name, server string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(a.Crt(name), a.Key(name))
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		Certificates: []tls.Certificate{pair}, RootCAs: a.pool, ServerName: server, MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"}, ClientSessionCache: tls.NewLRUClientSessionCache(128),
	}, nil
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

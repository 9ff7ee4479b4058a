package pki

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mconnect/fault"
)

// maxKnown bounds how many verified leaves are remembered.
const maxKnown = 20_000

// TrustConfig names the files that trust rests on.
type TrustConfig struct {
	Anchors []string // PEM files; every certificate in them is an anchor, also an intermediate one
	// revocation lists, PEM or DER, each signed by an anchor or an intermediate; a missing file is an empty list
	Lists []string
	// Intermediates are PEM files of authorities below an anchor: they complete the chains that bearers show, and sign
	// lists.
	Intermediates []string
	// Kept is a folder with a copy of each list, see Keep; "": none is kept.
	Kept string
	// OCSP knows what responders say of certificates; nil: they are not asked.
	OCSP *OCSP
}

// Trust verifies certificates against anchors and revocation lists. Safe for concurrent use; Reload
// replaces what it rests on at once, without a restart.
type Trust struct {
	cfg   TrustConfig
	state atomic.Pointer[trustState]
	mu    sync.Mutex // one Reload at a time
	files string     // sizes and times of the files read last
}

type trustState struct {
	anchors []*x509.Certificate
	pool    *x509.CertPool
	revoked map[string]time.Time // issuer DER + serial → since
	lists   []*x509.RevocationList
	files   []listFile // whose lists count, copies aside
	trouble []error    // why a file does not count

	intermediates []*x509.Certificate

	mu    sync.RWMutex
	known map[[32]byte]window // chains with a proven path, by use, and when that holds
}

// window is the time in which a whole path is valid, and whose certificate bounds it where the leaf's own does not.
type window struct {
	from, to time.Time
	by       *x509.Certificate
	issuer   *x509.Certificate // of the leaf
}

// Purpose is what a certificate is judged for.
type Purpose byte

// The purposes.
const (
	ForClients    Purpose = 't' // to authenticate a client in TLS
	ForSignatures Purpose = 's' // to sign a message
)

// NewTrust reads the files. No anchor at all is an error; a list not signed by an anchor is too.
func NewTrust(cfg TrustConfig) (*Trust, error) {
	t := &Trust{cfg: cfg}
	if _, err := t.Reload(); err != nil {
		return nil, err
	}
	return t, nil
}

// Reload reads the files again if any has changed and reports whether it did. On an error the former
// state stays in force. That the list of an anchor is no longer there is an error: a download that failed must
// not make revoked certificates good again.
func (t *Trust) Reload() (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	files := stamp(slices.Concat(t.cfg.Anchors, t.cfg.Intermediates, t.cfg.Lists)...)
	if t.state.Load() != nil && files == t.files {
		return false, nil
	}
	next, err := readTrust(t.cfg)
	if err == nil {
		err = next.follows(t.state.Load())
	}
	if err != nil {
		return false, fmt.Errorf("trust: %w", err)
	}
	t.state.Store(next)
	t.files = files
	return true, nil
}

// Pool returns the present anchors, e.g. to verify providers' servers: the same pool until anchors or lists change.
func (t *Trust) Pool() *x509.CertPool { return t.state.Load().pool }

// Server refuses a connection to a server one of whose certificates is revoked now, on every path to an anchor. It is
// for tls.Config.VerifyConnection, which asks it when a session is resumed too.
func (t *Trust) Server(c tls.ConnectionState) error {
	state, now := t.state.Load(), time.Now()
	withdrawn := func(cert *x509.Certificate) bool {
		since, ok := state.revoked[revocationKey(cert.RawIssuer, cert.SerialNumber)]
		return ok && !now.Before(since)
	}
	for _, path := range c.VerifiedChains {
		if slices.ContainsFunc(path, withdrawn) {
			continue
		}
		if t.cfg.OCSP == nil || len(path) < 2 {
			return nil
		}
		return t.cfg.OCSP.Stapled(c.OCSPResponse, path[0], path[1])
	}
	if len(c.VerifiedChains) == 0 {
		return errors.New("trust: the server's certificate was not verified")
	}
	return &tls.CertificateVerificationError{UnverifiedCertificates: c.PeerCertificates,
		Err: errors.New("trust: the server's certificate is revoked")}
}

// Anchors returns the trust anchors.
func (t *Trust) Anchors() []*x509.Certificate { return t.state.Load().anchors }

// Intermediates returns the intermediate authorities of the configuration.
func (t *Trust) Intermediates() []*x509.Certificate { return t.state.Load().intermediates }

// Lists returns the revocation lists in force. One past its NextUpdate stays in force: what it revokes
// stays revoked; doctor warns of it.
func (t *Trust) Lists() []*x509.RevocationList { return t.state.Load().lists }

// Verify reports whether chain[0] is a genuine client certificate at the given time. Its errors are faults:
// certificate.missing, .expired, .notYetValid, .revoked, .untrusted, .usage, .issuerExpired, .issuerRevoked. A
// certificate is said to be expired or revoked only if it is genuine otherwise. The verdict depends on the chain,
// anchors and lists alone; a chain once proven is remembered, bounded, until Reload.
func (t *Trust) Verify(chain []*x509.Certificate, at time.Time) error {
	return t.judge(chain, ForClients, at)
}

// VerifySigner is Verify for a certificate whose key signed a message: it need not be one for clients, and its key
// usage, if stated, must allow signatures.
func (t *Trust) VerifySigner(chain []*x509.Certificate, at time.Time) error {
	return t.judge(chain, ForSignatures, at)
}

func (t *Trust) judge(chain []*x509.Certificate, use Purpose, at time.Time) error {
	if len(chain) == 0 {
		return fault.New(fault.CertificateMissing)
	}
	state, leaf := t.state.Load(), chain[0]
	path, err := state.path(chain, use)
	if err != nil {
		return err
	}
	switch {
	case at.Before(leaf.NotBefore):
		return fault.New(fault.CertificateNotYet, "from", day(leaf.NotBefore))
	case at.After(leaf.NotAfter):
		return fault.New(fault.CertificateExpired, "to", day(leaf.NotAfter))
	case at.Before(path.from) || at.After(path.to):
		return outOfDate(path.by)
	}
	if since, ok := state.revoked[revocationKey(leaf.RawIssuer, leaf.SerialNumber)]; ok && !at.Before(since) {
		return fault.New(fault.CertificateRevoked, "since", day(since))
	}
	if t.cfg.OCSP == nil {
		return nil
	}
	return t.cfg.OCSP.Judge(context.Background(), leaf, path.issuer, at)
}

func day(t time.Time) string { return t.UTC().Format("02.01.2006") }

// path proves that the leaf leads to an anchor and returns when that path holds. What is remembered is found again by
// the whole chain and the use: what others have shown proves nothing for this one.
func (s *trustState) path(chain []*x509.Certificate, use Purpose) (window, error) {
	key := keyOf(chain, use)
	s.mu.RLock()
	found, ok := s.known[key]
	s.mu.RUnlock()
	if ok {
		return found, nil
	}
	found, err := s.prove(chain, use)
	if err != nil {
		return window{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxKnown {
		clear(s.known)
	}
	s.known[key] = found
	return found, nil
}

func keyOf(chain []*x509.Certificate, use Purpose) [32]byte {
	if len(chain) == 1 && use == ForClients {
		return sha256.Sum256(chain[0].Raw)
	}
	h := sha256.New()
	h.Write([]byte{byte(use)})
	for _, c := range chain {
		h.Write(c.Raw) // DER states its own length
	}
	return [32]byte(h.Sum(nil))
}

func (s *trustState) prove(chain []*x509.Certificate, use Purpose) (window, error) {
	leaf := chain[0]
	options := x509.VerifyOptions{
		Roots:         s.pool,
		Intermediates: x509.NewCertPool(),
		CurrentTime:   leaf.NotAfter, // the path itself is judged apart from the moment
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}
	for _, c := range slices.Concat(chain[1:], s.intermediates) {
		options.Intermediates.AddCert(c)
	}
	paths, err := leaf.Verify(options)
	if err != nil { // an authority may end before its leaf: judge at the leaf's beginning
		options.CurrentTime = leaf.NotBefore
		if paths, err = leaf.Verify(options); err != nil {
			return window{}, s.explain(chain, err)
		}
	}
	if err := serves(leaf, use, options); err != nil {
		return window{}, err
	}
	return s.best(leaf, paths)
}

// best is the window of the path that holds longest and of which no authority is revoked.
func (s *trustState) best(leaf *x509.Certificate, paths [][]*x509.Certificate) (best window, err error) {
	var withdrawn *x509.Certificate
	for _, path := range paths {
		w, gone := window{from: leaf.NotBefore, to: leaf.NotAfter, by: leaf, issuer: path[min(1, len(path)-1)]}, false
		for _, c := range path[1:] {
			if c.NotBefore.After(w.from) {
				w.from, w.by = c.NotBefore, c
			}
			if c.NotAfter.Before(w.to) {
				w.to, w.by = c.NotAfter, c
			}
			if _, revoked := s.revoked[revocationKey(c.RawIssuer, c.SerialNumber)]; revoked {
				withdrawn, gone = c, true
			}
		}
		if !gone && w.to.Sub(w.from) >= best.to.Sub(best.from) {
			best = w
		}
	}
	if best.to.IsZero() {
		return window{}, fault.New(fault.CertificateWithdrawn, "issuer", nameOf(withdrawn.Subject))
	}
	return best, nil
}

func readTrust(cfg TrustConfig) (*trustState, error) {
	s := &trustState{pool: x509.NewCertPool(), revoked: map[string]time.Time{}, known: map[[32]byte]window{}}
	for _, path := range cfg.Anchors {
		found, err := ReadCertificates(path)
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			s.pool.AddCert(c)
		}
		s.anchors = append(s.anchors, found...)
	}
	if len(s.anchors) == 0 {
		return nil, errors.New("no trust anchor is configured")
	}
	if err := s.readIntermediates(cfg.Intermediates); err != nil {
		return nil, err
	}
	return s, s.readLists(cfg)
}

// stamp reports whether files changed: their sizes, times and identities.
func stamp(paths ...string) string {
	var b bytes.Buffer
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			fmt.Fprintf(&b, "%s %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		}
	}
	return b.String()
}

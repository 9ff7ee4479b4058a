package pki

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"slices"

	"mconnect/internal/durable"
)

// readLists reads every configured revocation list. One that is missing, cannot be read, is not signed by an authority
// of the configuration or is older than the copy kept of it does not count: the copy does, and trouble says why.
// Without a copy a missing list is an empty one, and any other flaw is an error.
func (s *trustState) readLists(cfg TrustConfig) error {
	for _, path := range cfg.Lists {
		lists, err := s.parseListFile(path)
		kept, keptErr := s.parseListFile(keptName(cfg.Kept, path))
		if cfg.Kept == "" || keptErr != nil {
			kept = nil
		}
		if err == nil {
			err = newer(lists, kept)
		}
		switch {
		case err == nil:
			s.files = append(s.files, listFile{path: path, lists: lists})
		case len(kept) > 0:
			s.trouble = append(s.trouble, fmt.Errorf("%s: %w", path, err))
			lists = kept
		case errors.Is(err, fs.ErrNotExist):
			continue
		default:
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, list := range lists {
			s.lists = append(s.lists, list)
			for _, r := range list.RevokedCertificateEntries {
				s.revoked[revocationKey(list.RawIssuer, r.SerialNumber)] = r.RevocationTime
			}
		}
	}
	return nil
}

// listFile is a file of lists that was read and counts.
type listFile struct {
	path  string
	lists []*x509.RevocationList
}

// parseListFile reads the lists of a file and checks who signed them.
func (s *trustState) parseListFile(path string) ([]*x509.RevocationList, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	lists, err := ParseLists(text)
	if err != nil {
		return nil, err
	}
	for _, list := range lists {
		if err := s.signedByAuthority(list); err != nil {
			return nil, err
		}
	}
	return lists, nil
}

// newer refuses lists that are older than those kept, by their CRL numbers (RFC 5280, section 5.2.3): an older list
// would make certificates good again that were revoked since.
func newer(lists, kept []*x509.RevocationList) error {
	for _, was := range kept {
		same := slices.IndexFunc(lists, func(l *x509.RevocationList) bool {
			return bytes.Equal(l.RawIssuer,
				was.RawIssuer)
		})
		if same < 0 {
			return fmt.Errorf("the revocation list of %s is gone", was.Issuer)
		}
		if n := lists[same].Number; n != nil && was.Number != nil && n.Cmp(was.Number) < 0 {
			return fmt.Errorf("the revocation list of %s has the number %s; number %s was in force before", was.Issuer,
				n, was.Number)
		}
	}
	return nil
}

// signedByAuthority: by an anchor, or by an intermediate authority of the configuration.
func (s *trustState) signedByAuthority(list *x509.RevocationList) error {
	for _, a := range slices.Concat(s.anchors, s.intermediates) {
		if bytes.Equal(a.RawSubject, list.RawIssuer) && list.CheckSignatureFrom(a) == nil {
			return nil
		}
	}
	return fmt.Errorf("the revocation list of %s is not signed by a trust anchor, nor by one of the intermediate authorities", list.Issuer)
}

// follows reports what is wrong compared with former: a list is gone or older whose issuer is an authority still.
func (s *trustState) follows(former *trustState) error {
	if former == nil {
		return nil
	}
	var was []*x509.RevocationList
	for _, l := range former.lists {
		if s.signedByAuthority(l) == nil {
			was = append(was, l)
		}
	}
	return newer(s.lists, was)
}

// readIntermediates reads the intermediate authorities, each of which must lead to an anchor.
func (s *trustState) readIntermediates(paths []string) error {
	pool := x509.NewCertPool()
	for _, path := range paths {
		found, err := ReadCertificates(path)
		if err != nil {
			return err
		}
		for _, c := range found {
			pool.AddCert(c)
		}
		s.intermediates = append(s.intermediates, found...)
	}
	for _, c := range s.intermediates {
		options := x509.VerifyOptions{Roots: s.pool, Intermediates: pool, CurrentTime: c.NotBefore,
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
		if _, err := c.Verify(options); err != nil || !c.IsCA {
			return fmt.Errorf("%s is no intermediate authority below a trust anchor", c.Subject)
		}
	}
	return nil
}

// Keep writes a copy of each list in force to the folder TrustConfig.Kept, for the day when the file is broken or gone.
// Call it after NewTrust and after each Reload that changed something, in the process that serves.
func (t *Trust) Keep() error {
	if t.cfg.Kept == "" {
		return nil
	}
	var all []error
	for _, f := range t.state.Load().files {
		var text []byte
		for _, list := range f.lists {
			text = append(text, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: list.Raw})...)
		}
		path := keptName(t.cfg.Kept, f.path)
		if was, err := os.ReadFile(path); err == nil && bytes.Equal(was, text) {
			continue
		}
		err := durable.MkdirAll(t.cfg.Kept, 0o700)
		if err == nil {
			err = durable.WriteFile(path, text, 0o600)
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}

// Trouble reports which configured lists do not count at present, and why; copies kept of them do. Nil when all count.
func (t *Trust) Trouble() error { return errors.Join(t.state.Load().trouble...) }

// keptName is where the copy of a list lies: one file for each configured path.
func keptName(folder, path string) string {
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(folder, hex.EncodeToString(sum[:8])+".crl")
}

func revocationKey(issuer []byte, serial *big.Int) string {
	return string(issuer) + "\x00" + serial.Text(16)
}

// ParseLists reads revocation lists from PEM or one from DER.
func ParseLists(text []byte) ([]*x509.RevocationList, error) {
	var lists []*x509.RevocationList
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "X509 CRL" {
			continue
		}
		list, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			return nil, err
		}
		lists = append(lists, list)
	}
	if len(lists) > 0 {
		return lists, nil
	}
	list, err := x509.ParseRevocationList(text)
	if err != nil {
		return nil, fmt.Errorf("no revocation list found: %w", err)
	}
	return append(lists, list), nil
}

// EncodeList writes one revocation list, in DER, as PEM.
func EncodeList(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
}

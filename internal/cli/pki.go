package cli

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"mconnect/internal/app"
	"mconnect/internal/domain/journal"
	"mconnect/internal/durable"
	"mconnect/internal/pki"
	"mconnect/internal/pki/authority"
)

func (s *session) pki() *cobra.Command {
	return group("pki", "Keys and certificates of a small installation",
		"  mconnect pki init\n  mconnect pki issue hall.desk\n  mconnect pki list",
		s.pkiInit(), s.pkiIssue(), s.pkiSign(), s.pkiList(), s.pkiRevoke())
}

func (s *session) pkiInit() *cobra.Command {
	var dir string
	var fresh bool
	c := &cobra.Command{
		Use:   "init",
		Short: "Make the keys, the issuing authority and the platform's certificate",
		Long: "Makes what an installation needs before it can serve: its own issuing authority and the platform certificate (unless the\n" +
			"configuration names external trust anchors), the journal's keys, and a token for the local administrator. What is\n" +
			"there already is left as it is.",
		Example: "  mconnect pki init\n  mconnect pki init -c /etc/mconnect.yaml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if dir != "" {
				if err := durable.MkdirAll(dir, 0o700); err != nil {
					return err
				}
			}
			cfg, err := s.configuration(dir)
			if err != nil {
				return err
			}
			if err := app.KeysLost(c.Context(), cfg); err != nil && !fresh {
				return err
			}
			for _, folder := range []string{cfg.DataDir, cfg.Journal.Keys, cfg.Providers.Secrets} {
				if err := durable.MkdirAll(folder, 0o700); err != nil {
					return err
				}
			}
			t := table{head: []string{"made", "where"}}
			made := func(what, where string, err error) error {
				if err == nil {
					t.add(what, where)
				} else if errors.Is(err, fs.ErrExist) {
					t.add(what+" (was there)", where)
					err = nil
				}
				return err
			}
			if cfg.OwnAuthority() {
				if err := made("issuing authority", cfg.PKI.Dir, initAuthority(cfg.PKI.Dir)); err != nil {
					return err
				}
				if err := made("platform certificate", cfg.PKI.PlatformCertificate,
					initCertificate(cfg.PKI.Dir, cfg.PKI.PlatformCertificate, cfg.PKI.PlatformKey,
						authority.Request{Use: authority.ForPlatform, Hosts: cfg.Exchange.Names})); err != nil {
					return err
				}
				// RSA in addition to P-256: WS-Security clients of all ages read it
				if err := made("signing certificate", cfg.PKI.SigningCertificate,
					initCertificate(cfg.PKI.Dir, cfg.PKI.SigningCertificate, cfg.PKI.SigningKey,
						authority.Request{Use: authority.ForSigning, RSA: true})); err != nil {
					return err
				}
			}
			_, err = journal.CreateKeys(cfg.Journal.Keys)
			if err := made("journal keys", cfg.Journal.Keys, err); err != nil {
				return err
			}
			if err := made("administrator's token", cfg.AdminToken(), initToken(cfg.AdminToken())); err != nil {
				return err
			}
			return s.print(t)
		},
	}
	dirFlag(c, &dir)
	c.Flags().BoolVar(&fresh, "new-keys", false, "make new journal keys although the store holds records made with others: their persons stay unreadable")
	return c
}

func initAuthority(dir string) error {
	if _, err := authority.Load(dir); err == nil {
		return fs.ErrExist
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_, err := authority.Create(dir, authority.Config{})
	return err
}

// initCertificate issues a certificate of the platform itself, unless there is one.
func initCertificate(dir, certificate, key string, req authority.Request) error {
	if _, err := os.Stat(certificate); err == nil {
		return fs.ErrExist
	}
	ca, err := authority.Load(dir)
	if err != nil {
		return err
	}
	req.Name = "mconnect"
	issued, err := ca.Issue(req)
	if err != nil {
		return err
	}
	return issued.Save(certificate, key)
}

func initToken(path string) error {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	return durable.CreateFile(path, []byte(base64.RawURLEncoding.EncodeToString(raw)+"\n"), 0o600)
}

func (s *session) pkiIssue() *cobra.Command {
	var o certificateOrder
	var rsa bool
	c := &cobra.Command{
		Use:   "issue NAME",
		Short: "Issue a certificate for a system, the platform or an administrator",
		Long: "Issues a certificate under the installation's own authority and writes NAME.pem and NAME-key.pem. For a system it also\n" +
			"writes NAME.yaml, the manifest that registers the certificate: a certificate that is not registered opens nothing.",
		Example: "  mconnect pki issue hall.desk --out certs && mconnect apply -f certs/hall.desk.yaml\n  mconnect pki issue duty --for administrator\n" +
			"  mconnect pki issue mconnect --for platform --host exchange.example --out certs",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.issue(o, authority.Request{Name: args[0], RSA: rsa})
		},
	}
	o.flags(c)
	c.Flags().BoolVar(&rsa, "rsa", false, "with an RSA key of 2048 bits, for systems that sign SOAP messages")
	return c
}

// absent refuses existing paths: a new key must not replace one that is in use.
func absent(paths ...string) error {
	for _, path := range paths {
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%s: %w; choose another folder by --out", path, fs.ErrExist)
		}
	}
	return nil
}

// manifestOf registers a certificate.
func manifestOf(system string, certificate []byte) []byte {
	text := "# Registers a certificate of " + system +
		". Apply it with: mconnect apply -f FILE\nkind: Certificate\nsystem: " + system + "\npem: |\n"
	for line := range lines(string(certificate)) {
		text += "  " + line + "\n"
	}
	return []byte(text)
}

func (s *session) pkiList() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the certificates that this authority issued",
		Example: "  mconnect pki list --output json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			ca, err := s.authority(dir)
			if err != nil {
				return err
			}
			all, err := ca.List()
			if err != nil {
				return err
			}
			t := table{head: []string{"serial", "name", "for", "from", "until", "state", "fingerprint"},
				empty: noCertificate}
			for _, l := range all {
				t.add(l.Certificate.SerialNumber.Text(16), l.Certificate.Subject.CommonName, l.Use,
					l.Certificate.NotBefore.Format(time.DateOnly), l.Certificate.NotAfter.Format(time.DateOnly),
					stateOf(l, time.Now()), pki.Fingerprint(l.Certificate))
			}
			return s.print(t)
		},
	}
	dirFlag(c, &dir)
	return c
}

// authority opens the installation's own authority.
func (s *session) authority(dir string) (*authority.Authority, error) {
	cfg, err := s.configuration(dir)
	if err != nil {
		return nil, err
	}
	return authority.Load(cfg.PKI.Dir)
}

func stateOf(l authority.Listed, now time.Time) string {
	switch {
	case !l.RevokedAt.IsZero():
		return "revoked " + l.RevokedAt.Format(time.DateOnly)
	case now.After(l.Certificate.NotAfter):
		return "expired"
	case now.AddDate(0, 0, 30).After(l.Certificate.NotAfter):
		return "expires soon"
	}
	return "valid"
}

func (s *session) pkiRevoke() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:     "revoke FILE",
		Short:   "Revoke a certificate that this authority issued",
		Long:    "Adds the certificate to the authority's revocation list, which a running server reads within 5 seconds.",
		Example: "  mconnect pki revoke certs/hall.desk.pem",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			ca, err := s.authority(dir)
			if err != nil {
				return err
			}
			chain, err := pki.ReadCertificates(args[0])
			if err != nil {
				return usageError{err}
			}
			if err := ca.Revoke(chain[0], time.Now()); err != nil {
				return err
			}
			return s.print(table{head: []string{"revoked", "fingerprint"},
				rows: [][]string{{chain[0].Subject.CommonName, string(pki.Fingerprint(chain[0]))}}})
		},
	}
	dirFlag(c, &dir)
	return c
}

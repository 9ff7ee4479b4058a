package cli

import (
	"context"
	"crypto/x509"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"mconnect/internal/app"
	"mconnect/internal/doctor"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/pki"
	"mconnect/internal/store"
	"mconnect/verify"
)

func withoutPassword(store string) string {
	u, err := url.Parse(store)
	if err != nil {
		return "(store.url)"
	}
	return u.Redacted()
}

func (s *session) doctor() *cobra.Command {
	var dir string
	var quick bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Examine this installation: clock, disk, keys, certificates, store, providers",
		Long: "Examines what calls depend on and says what to do about each finding. Exit code 1 when something is a problem now. The\n" +
			"whole journal is verified unless --quick is given.",
		Example: "  mconnect doctor\n  mconnect doctor --quick --output json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return s.withAnyState(c.Context(), dir, func(i *app.Installation) error {
				found := doctor.Examine(c.Context(), checksOf(i, quick)...)
				t := table{head: []string{"level", "check", "about", "finding", "what to do"}, value: found}
				for _, f := range found {
					t.add(f.Level, f.Check, f.About, f.Says, f.Remedy)
				}
				if err := s.print(t); err != nil {
					return err
				}
				if doctor.Worst(found) == doctor.Problem {
					return errSilent
				}
				return nil
			})
		},
	}
	dirFlag(c, &dir)
	c.Flags().BoolVar(&quick, "quick", false, "leave out the verification of the whole journal")
	return c
}

func checksOf(i *app.Installation, quick bool) []doctor.Check {
	cfg := i.Config
	checks := []doctor.Check{
		doctor.Clock(time.Now, lastRecord(i)),
		doctor.Disk(cfg.DataDir),
		doctor.Secrets(nil, secretFiles(i)...),
		doctor.Writable(cfg.DataDir),
		doctor.Certificates(time.Now, certificates(i)...),
		doctor.Signing(i.Signing != nil),
		doctor.Lists(time.Now, i.Trust.Lists(), i.Trust.Trouble()),
		doctor.Store(i.Store.Ping, i.Store.Check),
		doctor.Checkpoint(cfg.Journal.Checkpoint, i.Forked),
		doctor.Tables(tablesOf(i)),
		doctor.Settings(settingsOf(i)),
		doctor.Providers(targets(i)...),
	}
	if quick {
		return append(checks, doctor.Resources(func(context.Context) ([]string, error) { return changedResources(i) }))
	}
	return append(checks, doctor.Journal(func(ctx context.Context) (int64, error) {
		report, err := verify.Journal(ctx, i.Source(), i.Key, verify.Options{})
		return report.Records, err
	}), doctor.Resources(func(ctx context.Context) (differ []string, err error) {
		through, err := i.Store.Revision(ctx)
		if err != nil {
			return nil, err
		}
		state, err := i.Journal.Changes(ctx)
		if err != nil {
			return nil, err
		}
		found, err := state.Compare(ctx, i.Store, through)
		for _, d := range found {
			differ = append(differ, d.String())
		}
		return differ, err
	}))
}

// changedResources names the resources that carry no proof of their change record, without reading the journal. That an
// older state was put back shows in the newest checkpoint, not which.
func changedResources(i *app.Installation) (differ []string, err error) {
	for _, u := range i.Country.Unrecorded() {
		differ = append(differ, u.String())
	}
	if doubt := i.Country.IntegrityFault(); doubt != "" {
		differ = append(differ, doubt+"; without --quick they are named")
	}
	return differ, nil
}

// tablesOf reads the version and size of the store; SQLite's lock file names the process that writes it.
func tablesOf(i *app.Installation) func(context.Context) (doctor.Kept, error) {
	return func(ctx context.Context) (k doctor.Kept, err error) {
		k.Known = store.KnownVersion()
		if k.Stored, err = i.Store.Version(ctx); err != nil {
			return k, err
		}
		if k.Size, err = i.Store.Size(ctx); err != nil {
			return k, err
		}
		by, held, err := store.HolderOf(i.Config.Store.URL)
		if held {
			k.Writer = by.String()
		}
		return k, err
	}
}

// settingsOf reads what the database server has in force.
func settingsOf(i *app.Installation) func(context.Context) (doctor.Database, bool, error) {
	return func(ctx context.Context) (doctor.Database, bool, error) {
		s, ok, err := i.Store.Settings(ctx)
		return doctor.Database(s), ok, err
	}
}

// lastRecord is the time of the newest record if that lies ahead, else now: the clock must not stand before it.
func lastRecord(i *app.Installation) func(context.Context) (time.Time, error) {
	return func(ctx context.Context) (time.Time, error) {
		head, err := i.Log().Head(ctx)
		if err != nil || head.Size == 0 {
			return time.Now(), err
		}
		e, _, err := i.Journal.Entry(ctx, head.Size-1)
		if now := time.Now(); e.Time.Before(now) {
			return now, err
		}
		return e.Time, err
	}
}

func secretFiles(i *app.Installation) []string {
	cfg := i.Config
	paths := []string{cfg.PKI.PlatformKey, cfg.AdminToken()}
	if i.Signing != nil {
		paths = append(paths, cfg.PKI.SigningKey)
	}
	if cfg.OwnAuthority() {
		paths = append(paths, filepath.Join(cfg.PKI.Dir, "ca-key.pem"))
	}
	for _, t := range cfg.Admin.Tokens {
		paths = append(paths, t.File)
	}
	for _, folder := range []string{cfg.Journal.Keys, cfg.Providers.Secrets} {
		_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			// an unreadable folder is not a finding of this check
			if err == nil && d.Type().IsRegular() {
				paths = append(paths, path)
			}
			return nil
		})
	}
	return paths
}

func certificates(i *app.Installation) []doctor.Named {
	all := []doctor.Named{{Name: "platform", Certificate: i.Identity.Certificate().Leaf}}
	if i.Signing != nil {
		all = append(all, doctor.Named{Name: "signing", Certificate: i.Signing.Certificate().Leaf})
	}
	for _, issuer := range i.Trust.Intermediates() {
		all = append(all, doctor.Named{Name: "intermediate authority " + issuer.Subject.CommonName,
			Certificate: issuer})
	}
	for _, anchor := range i.Trust.Anchors() {
		all = append(all, doctor.Named{Name: "trust anchor " + anchor.Subject.CommonName, Certificate: anchor})
	}
	for _, c := range i.Rooms.Registry.Certificates() {
		if chain, err := pki.ParseCertificates([]byte(c.PEM)); err == nil && c.RevokedAt.IsZero() {
			all = append(all, doctor.Named{Name: fmt.Sprintf("system %s", c.System), Certificate: leaf(chain)})
		}
	}
	return all
}

func leaf(chain []*x509.Certificate) *x509.Certificate { return chain[0] }

func targets(i *app.Installation) []doctor.Target {
	var all []doctor.Target
	for _, svc := range i.Rooms.Catalog.All() {
		if svc.Status == catalog.Published || svc.Status == catalog.Deprecated {
			all = append(all, doctor.Target{Name: svc.ID(),
				Probe: func(ctx context.Context) error { return i.Providers.Probe(ctx, svc.Service) }})
		}
	}
	return all
}

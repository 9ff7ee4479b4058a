package cli

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"mconnect/fault"
	"mconnect/internal/app"
	"mconnect/internal/domain/journal"
	"mconnect/internal/store"
	"mconnect/verify"
)

// lines yields the lines of text without their ends; a last empty one is left out.
func lines(text string) iter.Seq[string] {
	return strings.SplitSeq(strings.TrimRight(text, "\n"), "\n")
}

func (s *session) backup() *cobra.Command {
	var dir, since string
	c := &cobra.Command{
		Use:   "backup FOLDER",
		Short: "Write a consistent copy of the store to a new folder, while it is in use",
		Long: "Copies journal, resources, kept bodies and events with the positions of their consumers. With --since only what was\n" +
			"appended since an earlier backup is copied, with everything else that is small. Keys, certificates and secrets are not\n" +
			"part of it: keep those apart. Identifiers erased later are still in the copy until it is destroyed.",
		Example: "  mconnect backup /var/backups/mconnect/2026-01-31\n" +
			"  mconnect backup /var/backups/mconnect/2026-02-01 --since /var/backups/mconnect/2026-01-31",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.withReadOnly(c.Context(), dir, func(i *app.Installation) error {
				head, err := i.Log().Head(c.Context())
				if err != nil {
					return err
				}
				if err := s.recordReading(c.Context(), i, "backup of the whole store", "", int(head.Size)); err != nil {
					return err
				}
				bar := s.progress("records copied")
				m, err := i.Store.Backup(c.Context(), args[0], store.BackupOptions{Since: since, Progress: bar.show})
				bar.end()
				if err != nil {
					return err
				}
				return s.print(table{head: []string{"backup", "id", "records", "since"}, value: m, rows: [][]string{{
					args[0], m.ID, fmt.Sprint(m.Logs[app.LogName]), fmt.Sprint(m.Since[app.LogName]),
				}}})
			})
		},
	}
	dirFlag(c, &dir)
	c.Flags().StringVar(&since, "since", "", "folder of the backup that this one continues")
	c.AddCommand(s.backupVerify())
	return c
}

func (s *session) backupVerify() *cobra.Command {
	var dir, publicKey string
	c := &cobra.Command{
		Use:   "verify FOLDER...",
		Short: "Check a backup without restoring it: checksums, tables, and the journal record by record",
		Long: "Checks the backup in the last folder named and those that it continues, which are looked for among the other folders and\n" +
			"beside it. The journal is checked with --key, or with the key of the installation.",
		Example: "  mconnect backup verify /var/backups/mconnect/2026-02-01",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			began := time.Now()
			b, err := store.OpenBackup(c.Context(), args...)
			if err != nil {
				return err
			}
			defer b.Close()
			key, err := s.backupKey(c.Context(), dir, publicKey, b)
			if err != nil {
				return err
			}
			report, err := app.VerifyBackup(c.Context(), b, key)
			if err := s.report(report, nil, err, "", time.Since(began)); err != nil || s.output == "json" {
				return err
			}
			return s.printSentence(sayBackupWhole, b.Manifest().ID, b.Manifest().Time.Format(time.RFC3339),
				strings.Join(b.Folders(), " → "))
		},
	}
	dirFlag(c, &dir)
	c.Flags().StringVar(&publicKey, "key", "", "public key of the journal (default: that of the installation)")
	return c
}

// backupKey is the key with which the journal of a backup is checked.
func (s *session) backupKey(ctx context.Context, dir, stated string, b *store.Backup) (verify.Key, error) {
	if stated != "" {
		key, err := verify.ParseKey(stated)
		if err != nil {
			return key, usageError{err}
		}
		return key, nil
	}
	cfg, err := s.configuration(dir)
	if err != nil {
		return verify.Key{}, err
	}
	keys, err := journal.LoadKeys(cfg.Journal.Keys)
	if err != nil {
		return verify.Key{}, usageError{fmt.Errorf("no public key: give --key (%w)", err)}
	}
	log, err := b.Log(ctx, app.LogName)
	if err != nil {
		return verify.Key{}, err
	}
	head, err := log.Head(ctx)
	if err != nil {
		return verify.Key{}, err
	}
	origin, _, _ := strings.Cut(string(head.Note), "\n")
	return keys.Public(origin)
}

func (s *session) restore() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "restore FOLDER...",
		Short: "Fill a new, empty store from a backup",
		Long: "Fills the store that the configuration names, which must not exist or be empty, from a backup of either engine: the one\n" +
			"in the last folder named, with those that it continues. The keys of the installation must be in place first. The\n" +
			"checkpoint kept beside the store is moved aside, since the restored store is older, and the restore becomes the next\n" +
			"record of the journal. Records made after the backup are lost, and whoever holds a later checkpoint can prove it.",
		Example: "  mconnect restore /var/backups/mconnect/2026-01-31\n  MCONNECT_STORE_URL=postgres://mconnect@db/mconnect mconnect restore backup/",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := s.configuration(dir)
			if err != nil {
				return err
			}
			bar := s.progress("records restored")
			r, err := app.Restore(c.Context(), cfg, args, s.actor(), bar.show, s.quiet())
			bar.end()
			if f, ok := errors.AsType[*fault.Error](err); ok && f.Code == fault.ResourceConflict {
				return fmt.Errorf("%s is not empty: stop the server and move that store aside first",
					withoutPassword(cfg.Store.URL))
			}
			if err != nil {
				return err
			}
			if err := s.print(table{head: []string{"restored", "store", "records"}, value: map[string]any{
				"backup": r.Backup.ID, "store": withoutPassword(cfg.Store.URL), "records": r.Records,
				"former_records": r.Signed, "former_checkpoint": r.Moved,
			}, rows: [][]string{{args[len(args)-1], withoutPassword(cfg.Store.URL),
				fmt.Sprint(r.Records)}}}); err != nil || s.output == "json" {
				return err
			}
			if r.Signed > r.Records {
				err = s.printSentence(sayRecordsMissing, r.Signed-r.Records, r.Moved)
			}
			return err
		},
	}
	dirFlag(c, &dir)
	return c
}

// progress shows on a terminal how far long work has come.
func (s *session) progress(what string) *bar {
	f, ok := s.err.(*os.File)
	return &bar{s: s, what: what, on: ok && isatty.IsTerminal(f.Fd())}
}

type bar struct {
	s    *session
	what string
	on   bool
	last time.Time
}

// show is called often and writes a few times a second. A total that is not known is 0.
func (b *bar) show(done, total int64) {
	now := time.Now()
	switch {
	case !b.on, now.Sub(b.last) <= 200*time.Millisecond && done != total:
		return
	case total > 0:
		fmt.Fprintf(b.s.err, "\r%d of %d %s", done, total, b.what)
	default:
		fmt.Fprintf(b.s.err, "\r%d %s", done, b.what)
	}
	b.last = now
}

func (b *bar) end() {
	if b.on && !b.last.IsZero() {
		fmt.Fprintln(b.s.err)
	}
}

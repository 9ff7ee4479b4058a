package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mconnect/fault"
	"mconnect/internal/app"
	"mconnect/internal/store"
)

// lines yields the lines of text without their ends; a last empty one is left out.
func lines(text string) iter.Seq[string] {
	return strings.SplitSeq(strings.TrimRight(text, "\n"), "\n")
}

func (s *shell) backup() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "backup FOLDER",
		Short: "Write a consistent copy of the store to a new folder, while it is in use",
		Long: "Copies journal, resources and kept bodies as they stand at one moment. Keys, certificates and secrets are not part of it:\n" +
			"keep those apart. Identifiers erased later are still in the copy until it is destroyed.",
		Example: "  mconnect backup /var/backups/mconnect/2026-01-31",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.look(c.Context(), dir, func(i *app.Installation) error {
				head, err := i.Log().Head(c.Context())
				if err != nil {
					return err
				}
				if err := s.note(c.Context(), i, "backup of the whole store", int(head.Size)); err != nil {
					return err
				}
				if err := i.Store.Backup(c.Context(), args[0]); err != nil {
					return err
				}
				return s.print(table{head: []string{"backup", "records"}, rows: [][]string{{args[0], fmt.Sprint(head.Size + 1)}}})
			})
		},
	}
	dirFlag(c, &dir)
	return c
}

func (s *shell) restore() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "restore FOLDER",
		Short: "Fill a new, empty store from a backup",
		Long: "Fills the store that the configuration names, which must not exist or be empty, from a backup of either engine. The\n" +
			"checkpoint kept beside the store is moved aside, since the restored store is older; records made after the backup are\n" +
			"lost, and whoever holds a later checkpoint can prove it.",
		Example: "  mconnect restore /var/backups/mconnect/2026-01-31\n  MCONNECT_STORE_URL=postgres://mconnect@db/mconnect mconnect restore backup/",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := s.configuration(dir)
			if err != nil {
				return err
			}
			err = store.Restore(c.Context(), args[0], store.Config{URL: cfg.Store.URL})
			if f, ok := errors.AsType[*fault.Error](err); ok && f.Code == fault.ResourceConflict {
				return fmt.Errorf("%s is not empty: stop the server and move that store aside first", withoutPassword(cfg.Store.URL))
			}
			if err != nil {
				return err
			}
			aside := cfg.Journal.Checkpoint + ".before-restore-" + time.Now().UTC().Format("20060102T150405Z")
			if err := os.Rename(cfg.Journal.Checkpoint, aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			return s.print(table{head: []string{"restored", "store"}, rows: [][]string{{args[0], withoutPassword(cfg.Store.URL)}}})
		},
	}
	dirFlag(c, &dir)
	return c
}

package cli

import (
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"mconnect/internal/app"
)

// man writes the manual pages: one for each command, from the same texts as --help.
func (s *session) man() *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the manual pages of all commands into a folder",
		Long: "Writes one page for each command: mconnect.1, mconnect-apply.1 and so on. The folder is created where it is\n" +
			"missing; pages of the same names are replaced. man finds the pages in a folder man1 of its search path.",
		Example: "  mconnect man /usr/local/share/man/man1\n  man -l /usr/local/share/man/man1/mconnect-apply.1",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			_, at := commit()
			built, err := time.Parse(time.RFC3339, at)
			if err != nil {
				built = time.Unix(0, 0) // a build without a commit: the same pages at any time
			}
			header := &doc.GenManHeader{Section: "1", Source: "MConnect " + app.Version, Manual: "MConnect",
				Date: &built}
			root := c.Root()
			root.DisableAutoGenTag = true
			if err := doc.GenManTree(root, header, args[0]); err != nil {
				return err
			}
			pages, err := filepath.Glob(filepath.Join(args[0], "mconnect*.1"))
			if err != nil {
				return err
			}
			return s.printSentence(sayManPages, len(pages), args[0])
		},
	}
}

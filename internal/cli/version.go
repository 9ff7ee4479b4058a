package cli

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"mconnect/internal/app"
)

func (s *session) version() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Say which build this is",
		Example: "  mconnect version --output json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			revision, at := commit()
			return s.print(table{
				head: []string{"version", "revision", "time", "go"},
				rows: [][]string{{app.Version, revision, at, runtime.Version()}},
			})
		},
	}
}

// commit returns the commit of the build and its time.
func commit() (revision, at string) {
	revision, at = "unknown", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			switch setting.Key {
			case "vcs.revision":
				revision = setting.Value
			case "vcs.time":
				at = setting.Value
			}
		}
	}
	return revision, at
}

// build is the part of --version after the version.
func build() string {
	revision, at := commit()
	return "(commit " + revision + " of " + at + ", " + runtime.Version() + ")"
}

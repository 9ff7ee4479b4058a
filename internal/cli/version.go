package cli

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"mconnect/internal/app"
)

func (s *shell) version() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Say which build this is",
		Example: "  mconnect version --output json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			revision, at := "unknown", "unknown"
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
			return s.print(table{
				head: []string{"version", "revision", "time", "go"},
				rows: [][]string{{app.Version, revision, at, runtime.Version()}},
			})
		},
	}
}

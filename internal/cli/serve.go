package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"mconnect/internal/app"
)

func (s *shell) serve() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve systems and administrators until told to stop",
		Long: "Serves the exchange and the administrators' listener. SIGTERM or SIGINT drains: no new call is taken, calls in flight\n" +
			"finish, everything is closed. A second signal stops at once; nothing acknowledged is lost either way.",
		Example: "  mconnect pki init\n  mconnect serve\n  MCONNECT_STORE_URL=postgres://mconnect@db/mconnect mconnect serve -c /etc/mconnect.yaml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := s.configuration(dir)
			if err != nil {
				return err
			}
			app.Tune(cfg.Runtime)
			logger := app.NewLogger(s.err, cfg.Log)
			a, err := app.New(c.Context(), cfg, logger)
			if err != nil {
				return err
			}
			addrs := a.Addrs()
			fmt.Fprintf(s.out, "exchange https://%s\nevents https://%s\nadmin https://%s\n", addrs.Exchange, addrs.Events, addrs.Admin)
			if addrs.Sandbox != "" {
				fmt.Fprintf(s.out, "sandbox https://%s\n", addrs.Sandbox)
			}
			return a.Run(c.Context())
		},
	}
	c.Flags().StringVar(&dir, "dir", "", "folder of the installation (default: data_dir of the configuration)")
	return c
}

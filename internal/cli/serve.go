package cli

import (
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"mconnect/internal/app"
)

func (s *session) serve() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve systems and administrators until told to stop",
		Long: "Serves the exchange and the administrators' listener. SIGTERM or SIGINT drains: no new call is taken, calls in flight\n" +
			"finish, everything is closed. A second signal stops at once; nothing acknowledged is lost either way. SIGHUP reads the\n" +
			"configuration again: administrators, log level, certificates, anchors and revocation lists change at once, and the log\n" +
			"names what needs a restart.",
		Example: "  mconnect pki init\n  mconnect serve\n  MCONNECT_STORE_URL=postgres://mconnect@db/mconnect mconnect serve -c /etc/mconnect.yaml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := s.configuration(dir)
			if err != nil {
				return err
			}
			app.Tune(cfg.Runtime)
			level := new(slog.LevelVar)
			level.Set(cfg.Log.Level)
			logger := app.NewLeveledLogger(s.err, cfg.Log.Format, level)
			a, err := app.New(c.Context(), cfg, logger)
			if err != nil {
				return err
			}
			addrs := a.Addrs()
			fmt.Fprintf(s.out, "exchange https://%s\nevents https://%s\nadmin https://%s\n", addrs.Exchange,
				addrs.Events, addrs.Admin)
			if addrs.Sandbox != "" {
				fmt.Fprintf(s.out, "sandbox https://%s\n", addrs.Sandbox)
			}
			if addrs.Portal != "" {
				fmt.Fprintf(s.out, "portal https://%s\n", addrs.Portal)
			}
			defer s.reloadOnHangup(dir, a, level, logger)()
			return a.Run(c.Context())
		},
	}
	c.Flags().StringVar(&dir, "dir", "", "folder of the installation (default: data_dir of the configuration)")
	return c
}

// reloadOnHangup reads the configuration again at each SIGHUP until the returned function is called. A configuration
// that is not usable is refused as a whole: the log contains the reason, and the former stays in force.
func (s *session) reloadOnHangup(dir string, a *app.App, level *slog.LevelVar, logger *slog.Logger) (stop func()) {
	hangup, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(hangup, syscall.SIGHUP)
	go func() {
		for {
			select {
			case <-hangup:
			case <-done:
				return
			}
			cfg, err := s.configuration(dir)
			if err == nil {
				_, err = a.Reload(cfg)
			}
			if err != nil {
				logger.Error("the configuration cannot be read again; the former stays in force", "cause", err)
				continue
			}
			level.Set(cfg.Log.Level)
		}
	}()
	return func() {
		signal.Stop(hangup)
		close(done)
	}
}

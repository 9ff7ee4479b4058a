package cli

import (
	"net/url"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"mconnect/internal/app"
	"mconnect/internal/config"
)

func (s *session) config() *cobra.Command {
	return group("config", "Check and show the configuration",
		"  mconnect config check -c /etc/mconnect/mconnect.yaml\n  mconnect config show",
		s.configCheck(), s.configShow())
}

func (s *session) configCheck() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "check",
		Short: "Check the configuration and the files it names, without starting anything",
		Long: "Reads the configuration file and the environment as a start would, and opens the keys, certificates, anchors, revocation\n" +
			"lists and tokens that they name. Every mistake is listed, with its key. Exit code 2 when the configuration is wrong,\n" +
			"1 when a file is. Run it before a restart, and before SIGHUP.",
		Example: "  mconnect config check -c /etc/mconnect/mconnect.yaml && systemctl reload mconnect",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := s.configuration(dir)
			if err != nil {
				return err
			}
			if err := app.CheckFiles(cfg); err != nil {
				return err
			}
			err = s.printSentence(sayConfigUsable)
			return err
		},
	}
	dirFlag(c, &dir)
	return c
}

func (s *session) configShow() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:     "show",
		Short:   "Show the configuration in force, defaults filled in",
		Long:    "Shows every setting as a start would use it: file, environment and defaults together. Passwords in addresses are replaced.",
		Example: "  MCONNECT_LIMITS_REQUEST=2MiB mconnect config show",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := s.configuration(dir)
			if err != nil {
				return err
			}
			text, err := yaml.Marshal(redacted(cfg))
			if err != nil {
				return err
			}
			_, err = s.out.Write(text)
			return err
		},
	}
	dirFlag(c, &dir)
	return c
}

// redacted replaces the passwords of addresses.
func redacted(cfg config.Config) config.Config {
	hide := func(address string) string {
		if u, err := url.Parse(address); err == nil && u.User != nil {
			return u.Redacted()
		}
		return address
	}
	cfg.Store.URL = hide(cfg.Store.URL)
	databases := map[string]string{}
	for name, address := range cfg.Providers.Databases {
		databases[name] = hide(address)
	}
	cfg.Providers.Databases = databases
	return cfg
}

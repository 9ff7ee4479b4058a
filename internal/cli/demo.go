package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"
)

// DemoOptions are the options of `mconnect demo`. Addresses are host:port; port 0 takes a free one.
type DemoOptions struct {
	Dir          string
	Once         bool
	ExchangeAddr string
	EventsAddr   string
	AdminAddr    string
	PortalAddr   string
	SandboxAddr  string
	MPassAddr    string
	Out          io.Writer
}

// Demo plays the sample country until ctx ends, or once.
type Demo func(ctx context.Context, o DemoOptions) error

func (s *session) demo() *cobra.Command {
	o := DemoOptions{}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Start a whole sample country with live traffic",
		Long: "Starts the platform with an embedded store, the registers of a small synthetic country and consumers that call them,\n" +
			"lawfully and not, and hear the events of one; prints where to look. Everything is kept in --dir; run it again and it goes on from there.",
		Example: "  mconnect demo\n  mconnect demo --once --dir /tmp/country --exchange-addr 127.0.0.1:0 --events-addr 127.0.0.1:0 --admin-addr 127.0.0.1:0",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o.Out = s.out
			return s.play(c.Context(), o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.Dir, "dir", "./mconnect-demo", "folder of the demo")
	f.BoolVar(&o.Once, "once", false, "play each scene once, check the results, verify the journal and exit")
	f.StringVar(&o.ExchangeAddr, "exchange-addr", "127.0.0.1:8443", "address for systems; port 0 takes a free one")
	f.StringVar(&o.EventsAddr, "events-addr", "127.0.0.1:8444",
		"address for systems that produce and consume events; port 0 takes a free one")
	f.StringVar(&o.AdminAddr, "admin-addr", "127.0.0.1:8445", "address for administrators; port 0 takes a free one")
	f.StringVar(&o.PortalAddr, "portal-addr", "",
		"address of the portal (default: 127.0.0.1:8446, or a free one where the exchange takes one)")
	f.StringVar(&o.SandboxAddr, "sandbox-addr", "",
		"address of the sandbox (default: 127.0.0.1:8447, or a free one where the exchange takes one)")
	f.StringVar(&o.MPassAddr, "mpass-addr", "",
		"address of the emulated MPass (default: 127.0.0.1:8448, or a free one where the exchange takes one)")
	return c
}

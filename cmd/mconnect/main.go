// Command mconnect is the whole platform in one program; see `mconnect help`.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"mconnect/demo"
	"mconnect/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second signal ends the process at once
	}()
	p := cli.Process{Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environment: os.Environ()}
	os.Exit(cli.Main(ctx, p, play))
}

// play hands the command line's wish to the sample country.
func play(ctx context.Context, o cli.DemoOptions) error {
	return demo.Run(ctx, demo.Options{
		Dir: o.Dir, Once: o.Once, ExchangeAddr: o.ExchangeAddr, EventsAddr: o.EventsAddr, AdminAddr: o.AdminAddr,
		PortalAddr: o.PortalAddr, SandboxAddr: o.SandboxAddr, MPassAddr: o.MPassAddr, Out: o.Out,
	})
}

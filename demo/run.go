package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// Options configure the demo. Zero values are valid.
type Options struct {
	Dir          string // default "./mconnect-demo"; made, or used again
	Once         bool   // play each scene once, check it, and return
	ExchangeAddr string // host:port for callers; default 127.0.0.1:8443; port 0 takes a free one
	EventsAddr   string // host:port for producers and consumers of events; default 127.0.0.1:8444
	AdminAddr    string // host:port for administrators; default 127.0.0.1:8445
	// host:port of the portal and of the sandbox; default 127.0.0.1:8446 and 127.0.0.1:8447, or free ones where
	// ExchangeAddr asks for one
	PortalAddr  string
	SandboxAddr string
	MPassAddr   string    // host:port of the emulated MPass; default 127.0.0.1:8448, or a free one as above
	Out         io.Writer // default os.Stdout
	Seed        uint64    // of the dataset; default DefaultSeed
}

// Run starts the sample country. With Once it plays each scene once and returns an error that names the first
// failed scene. Without it, consumers call at a low rate until ctx ends, which is no error.
// The same directory can be used again; the journal continues.
func Run(ctx context.Context, o Options) error {
	o.Dir = cmp.Or(o.Dir, "mconnect-demo")
	if o.Out == nil {
		o.Out = os.Stdout
	}
	began := time.Now()
	c, err := newEnvironment(ctx, o)
	if err != nil {
		return err
	}
	return c.serve(ctx, func(ctx context.Context) error {
		if err := c.open(ctx); err != nil {
			return err
		}
		fmt.Fprintf(o.Out, "Sample country ready in %.1f s: %d persons, %d legal entities, %d systems. Folder: %s\n",
			time.Since(began).Seconds(), len(c.dataset.Persons), len(c.dataset.Entities), len(c.declared.systems),
			c.folder)
		if o.Once {
			return c.playOnce(ctx, o.Out)
		}
		c.welcome(o.Out)
		v := newView(o.Out)
		var events sync.WaitGroup
		events.Go(func() { c.playEvents(ctx, v) })
		c.playCalls(ctx, v)
		events.Wait()
		v.farewell(c.folder)
		return nil
	})
}

// welcome prints the suggested commands.
func (c *environment) welcome(out io.Writer) {
	fmt.Fprintf(out, "portal %s   exchange %s   events %s   admin %s   sandbox %s\n", c.urls["portal"],
		c.urls["exchange"], c.urls["events"], c.urls["admin"], c.urls["sandbox"])
	fmt.Fprintf(out, "log in at %s/login/mpass, by the emulated MPass at %s\n", c.urls["portal"], c.urls["mpass"])
	printUsers(out, c.urls["portal"])
	program, err := os.Executable()
	if err != nil {
		program = os.Args[0]
	}
	fmt.Fprint(out, "\nTo try next, in another terminal:\n")
	list := hints(c.folder, c.dataset, c.urls["exchange"], program)
	list = append(list, sandboxHint(c.folder, c.dataset, c.urls["sandbox"]))
	for _, h := range append(list, eventHints(c.folder, c.dataset, c.urls, program)...) {
		fmt.Fprintf(out, "\n# %s\n%s\n", h.says, h.command)
	}
	fmt.Fprint(out, "\nNow the daily round, calls and events; Ctrl-C ends it.\n\n")
}

// pace is the pause between two calls.
const pace = 350 * time.Millisecond

// playCalls makes the consumers' calls until ctx ends.
func (c *environment) playCalls(ctx context.Context, v *view) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		e := c.dataset.daily(n)
		said, err := c.callers[e.system].Do(ctx, e.ask)
		if ctx.Err() != nil {
			continue
		}
		v.call(time.Now(), e.system, e.ask, said, err, e.want)
	}
}

// playOnce plays every scene in order and names the first that failed; the others are played too.
func (c *environment) playOnce(ctx context.Context, out io.Writer) error {
	from, err := journalSize(ctx, c.folder.store())
	if err != nil {
		return err
	}
	s := c.stage(from)
	var failed []string
	list := scenes()
	for _, one := range list {
		began := time.Now()
		err := one.play(ctx, s)
		verdict := "ok"
		if err != nil {
			verdict = "FAILED"
			failed = append(failed, one.name)
		}
		fmt.Fprintf(out, "%-6s  %-20s %7.1f ms  %s\n", verdict, one.name,
			float64(time.Since(began).Microseconds())/1000, one.shows)
		if err != nil {
			fmt.Fprintf(out, "        %s\n", strings.ReplaceAll(err.Error(), "\n", "\n        "))
		}
		if ctx.Err() != nil {
			return errors.Join(fmt.Errorf("demo: stopped in scene %s", one.name), ctx.Err())
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("demo: %d of %d scenes failed: %s", len(failed), len(list), strings.Join(failed, ", "))
	}
	fmt.Fprintf(out, "All %d scenes ok; %d calls, every one in the journal.\n", len(list), len(s.calls))
	return nil
}

// stage makes the environment of the scenes; they check the journal from record from on.
func (c *environment) stage(from int64) *stage {
	return &stage{
		dataset: c.dataset, registers: c.registers, callers: c.callers, parties: c.eventClients, run: "scene-" +
			runID(time.Now()), dir: string(c.folder), from: from,
		platform: platform{store: c.folder.store(), key: c.key, suspend: c.admin.suspend, handIn: c.admin.upload,
			replay: c.admin.replay, request: desks{c.app, c.signAs}.bring},
	}
}

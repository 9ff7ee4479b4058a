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

// Options say how the demo is to run. Every zero value has a use.
type Options struct {
	Dir          string    // default "./mconnect-demo"; made, or used again
	Once         bool      // play each scene once, check it, and return
	ExchangeAddr string    // host:port for callers; default 127.0.0.1:8443; port 0 takes a free one
	EventsAddr   string    // host:port for producers and consumers of events; default 127.0.0.1:8444
	AdminAddr    string    // host:port for administrators; default 127.0.0.1:8445
	PortalAddr   string    // reserved: there is no portal yet
	SandboxAddr  string    // host:port of the sandbox; default 127.0.0.1:8447, or a free one where ExchangeAddr asks for one
	Out          io.Writer // default os.Stdout
	Seed         uint64    // of the world; default DefaultSeed
}

// Run starts the sample country and plays on it: with Once each scene once, returning an error that names
// the first scene that failed; without, consumers call at a gentle rate until ctx ends, which is no error.
// The same directory can be used again; the journal goes on.
func Run(ctx context.Context, o Options) error {
	o.Dir = cmp.Or(o.Dir, "mconnect-demo")
	if o.Out == nil {
		o.Out = os.Stdout
	}
	began := time.Now()
	c, err := found(ctx, o)
	if err != nil {
		return err
	}
	return c.serve(ctx, func(ctx context.Context) error {
		if err := c.open(ctx); err != nil {
			return err
		}
		fmt.Fprintf(o.Out, "Sample country ready in %.1f s: %d persons, %d legal entities, %d systems. Folder: %s\n",
			time.Since(began).Seconds(), len(c.world.Persons), len(c.world.Entities), len(c.declared.systems), c.folder)
		if o.Once {
			return c.once(ctx, o.Out)
		}
		c.welcome(o.Out)
		v := newView(o.Out)
		var events sync.WaitGroup
		events.Go(func() { c.follow(ctx, v) })
		c.round(ctx, v)
		events.Wait()
		v.farewell(c.folder)
		return nil
	})
}

// welcome prints what to try next.
func (c *ground) welcome(out io.Writer) {
	fmt.Fprintf(out, "exchange %s   events %s   admin %s   sandbox %s\n", c.urls["exchange"], c.urls["events"], c.urls["admin"], c.urls["sandbox"])
	program, err := os.Executable()
	if err != nil {
		program = os.Args[0]
	}
	fmt.Fprint(out, "\nTo try next, in another terminal:\n")
	list := hints(c.folder, c.world, c.urls["exchange"], program)
	list = append(list, sandboxHint(c.folder, c.world, c.urls["sandbox"]))
	for _, h := range append(list, eventHints(c.folder, c.world, c.urls, program)...) {
		fmt.Fprintf(out, "\n# %s\n%s\n", h.says, h.command)
	}
	fmt.Fprint(out, "\nNow the daily round, calls and events; Ctrl-C ends it.\n\n")
}

// pace is how long the daily round rests between two calls.
const pace = 350 * time.Millisecond

// round lets the consumers call until ctx ends.
func (c *ground) round(ctx context.Context, v *view) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		e := c.world.daily(n)
		said, err := c.callers[e.system].Do(ctx, e.ask)
		if ctx.Err() != nil {
			continue
		}
		v.call(time.Now(), e.system, e.ask, said, err, e.want)
	}
}

// once plays every scene in order and names the first that failed; the others are played all the same.
func (c *ground) once(ctx context.Context, out io.Writer) error {
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
		fmt.Fprintf(out, "%-6s  %-20s %7.1f ms  %s\n", verdict, one.name, float64(time.Since(began).Microseconds())/1000, one.shows)
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

// stage is what the scenes play on; the journal is looked at from record from on.
func (c *ground) stage(from int64) *stage {
	return &stage{
		world: c.world, registers: c.registers, callers: c.callers, parties: c.parties, run: "scene-" + runID(time.Now()), dir: string(c.folder), from: from,
		platform: platform{store: c.folder.store(), key: c.key, suspend: c.office.suspend, handIn: c.office.handIn, replay: c.office.replay},
	}
}

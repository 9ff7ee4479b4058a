package demo

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect/test/must"
	"mconnect/test/waits"
)

// somewhereFree are options under which demos do not get into each other's way.
func somewhereFree(dir string) Options {
	return Options{Dir: dir, ExchangeAddr: "127.0.0.1:0", EventsAddr: "127.0.0.1:0", AdminAddr: "127.0.0.1:0"}
}

// sheet is an output that several write to; it calls stop once it holds every word.
type sheet struct {
	mu    sync.Mutex
	text  bytes.Buffer
	words []string
	stop  func()
}

func (s *sheet) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.text.Write(p)
	for _, word := range s.words {
		if !bytes.Contains(s.text.Bytes(), []byte(word)) {
			return n, err
		}
	}
	s.stop()
	return n, err
}

func (s *sheet) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// TestDemo_TwoSideBySide: on free ports, in folders of their own, both play calls and events, each consumer in its own
// way.
func TestDemo_TwoSideBySide(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), waits.Limit)
	defer cancel()
	var both sync.WaitGroup
	for range 2 {
		one, stop := context.WithCancel(ctx)
		out := &sheet{words: []string{" accepted ", " by WebSocket ", " by long poll ", " by webhook ", " data "}, stop: stop}
		o := somewhereFree(filepath.Join(t.TempDir(), "country"))
		o.Out = out
		both.Go(func() {
			defer stop()
			if err := Run(one, o); err != nil {
				t.Error(err)
			}
			text := out.String()
			for _, want := range append(out.words, "events https://127.0.0.1:", " deliveries", "Stopped.") {
				if !strings.Contains(text, want) {
					t.Errorf("lacks %q:\n%s", want, text)
				}
			}
			for _, never := range []string{"not accepted", "not as expected", "cannot poll", "hears nothing"} {
				if strings.Contains(text, never) {
					t.Errorf("%q:\n%s", never, text)
				}
			}
		})
	}
	both.Wait()
}

// TestHints_OfEventsWork types what the demo asks its user to type in a shell: a poll, and a birth that it gets.
func TestHints_OfEventsWork(t *testing.T) {
	c := must.Get(newEnvironment(t.Context(), somewhereFree(filepath.Join(t.TempDir(), "a country"))))(t)
	must.OK(t, c.serve(t.Context(), func(ctx context.Context) error {
		if err := c.open(ctx); err != nil {
			return err
		}
		list := eventHints(c.folder, c.dataset, c.urls, "/usr/bin/mconnect")
		if len(list) != 5 || !strings.HasPrefix(list[0].command, "/usr/bin/mconnect events consume --group terminal") {
			t.Errorf("%+v", list)
		}
		joined, poll, _ := strings.Cut(list[1].command, "\ncurl")
		out, err := exec.CommandContext(ctx, "sh", "-c", joined+"\necho got >&2\n"+list[2].command+"\ncurl"+poll).CombinedOutput()
		if err != nil {
			t.Errorf("%v: %s", err, out)
		}
		for _, want := range []string{"202", `"id":"shell-`, `"type":"ASP.RSC.Birth.Registered"`, `"EventReason"`} {
			if !strings.Contains(string(out), want) {
				t.Errorf("lacks %s: %s", want, out)
			}
		}
		if strings.Contains(string(out), "ActNumber") {
			t.Errorf("more left than was granted: %s", out)
		}
		return nil
	}))
}

// TestDemo_PartiesLearnWhyNot: what a party of the demo cannot do is an error that says so.
func TestDemo_PartiesLearnWhyNot(t *testing.T) {
	c := must.Get(newEnvironment(t.Context(), somewhereFree(t.TempDir())))(t)
	must.OK(t, c.serve(t.Context(), func(ctx context.Context) error {
		if err := c.open(ctx); err != nil {
			return err
		}
		for name, try := range map[string]struct {
			do   func() error
			want string
		}{
			"a producer listens": {func() error { _, err := c.eventClients[civil].open(ctx, "g"); return err }, "status 401"},
			"a producer polls":   {func() error { _, err := c.eventClients[civil].join(ctx, ""); return err }, "status 401"},
			"no such group": {func() error {
				_, err := c.eventClients[townHall].join(ctx, "%20")
				return err
			}, "status 400"},
			"an instance that was left": {func() error {
				i, err := c.eventClients[townHall].join(ctx, "")
				if err != nil {
					return err
				}
				if err := i.leave(ctx); err != nil {
					return err
				}
				_, err = i.poll(ctx)
				return err
			}, "status 404"},
			"a replay to nobody": {func() error {
				_, err := c.admin.replay(ctx, "nobody.here", "", time.Now())
				return err
			}, "status 4"},
		} {
			if err := try.do(); err == nil || !strings.Contains(err.Error(), try.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		return nil
	}))
}

// TestDemo_StoppedConsumerContinues: what the social insurance missed between two days comes at once on the second, and
// once.
func TestDemo_StoppedConsumerContinues(t *testing.T) {
	c := must.Get(newEnvironment(t.Context(), somewhereFree(t.TempDir())))(t)
	must.OK(t, c.serve(t.Context(), func(ctx context.Context) error {
		if err := c.open(ctx); err != nil {
			return err
		}
		row := news{dataset: c.dataset, run: "t", day: time.Now()}
		first, err := c.eventClients[allowance].join(ctx, "")
		if err != nil {
			return err
		}
		if err := first.leave(ctx); err != nil {
			return err
		}
		if err := c.eventClients[civil].sdk.Produce(ctx, about("night", row.birth(1), row.birth(2), row.address(3), row.birth(4))...); err != nil {
			return err
		}
		day, evening := context.WithCancel(ctx)
		defer evening()
		out := &sheet{words: []string{"by long poll, 3 at once", "t-birth-1-night", "t-birth-2-night", "t-birth-4-night"}, stop: evening}
		if err := c.poll(day, newView(out)); ctx.Err() != nil || day.Err() == nil {
			t.Errorf("%v:\n%s", err, out)
		}
		if strings.Contains(out.String(), "t-address") {
			t.Errorf("it heard of an address:\n%s", out)
		}
		return nil
	}))
}

// TestScenes_FailedOnesOfEventsAreNamed: a bank that is away, and a register that lost its certificate, are found by
// the scenes.
func TestScenes_FailedOnesOfEventsAreNamed(t *testing.T) {
	c := must.Get(newEnvironment(t.Context(), somewhereFree(t.TempDir())))(t)
	must.OK(t, c.serve(t.Context(), func(ctx context.Context) error {
		if err := c.open(ctx); err != nil {
			return err
		}
		s := c.stage(0)
		if err := eventRepeat(ctx, s); err != nil {
			t.Errorf("before: %v", err)
		}
		if err := c.registers.Stop(BankEvents); err != nil {
			return err
		}
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if err := eventWebhook(short, s); err == nil {
			t.Error("the bank is away and its scene passed")
		}
		if err := c.admin.suspend(ctx, civil, true); err != nil {
			return err
		}
		if err := within(ctx, atOnce, func() error {
			_, err := refusedWith(s.produce(ctx, rowOf(c).birth(1)), "system.suspended")
			return err
		}); err != nil {
			t.Error(err)
		}
		if err := eventOrder(ctx, s); err == nil {
			t.Error("the register is suspended and its scene passed")
		}
		return nil
	}))
}

func rowOf(c *environment) *news { return &news{dataset: c.dataset, run: "t", day: time.Now()} }

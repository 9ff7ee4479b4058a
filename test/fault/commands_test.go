//go:build whole

package fault

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"mconnect/internal/store"
	"mconnect/test/must"
	"mconnect/test/world"
)

// A round runs every command once.
const (
	rounds       = 3
	busyCallers  = 8
	callsBetween = 3 * busyCallers // at least so many calls are answered between two commands
)

// traffic is what callers get who call as fast as they are answered, until they are told to stop.
type traffic struct {
	mu       sync.Mutex
	more     *sync.Cond
	answered []world.Answered
	failed   error
	stop     context.CancelFunc
	ended    sync.WaitGroup
}

// busy starts the callers.
func (l *land) busy() *traffic {
	ctx, stop := context.WithCancel(l.t.Context())
	tr := &traffic{stop: stop}
	tr.more = sync.NewCond(&tr.mu)
	for range busyCallers {
		tr.ended.Go(func() {
			for ctx.Err() == nil {
				a, err := l.caller.Ask(l.t.Context()) // a call that has begun is answered: the server goes on
				if err == nil && a.Status != http.StatusOK {
					err = fmt.Errorf("call %s was answered %d %s", a.Call, a.Status, a.Code)
				}
				if !tr.add(a, err) {
					return
				}
			}
		})
	}
	l.t.Cleanup(func() {
		stop()
		tr.ended.Wait()
	})
	return tr
}

func (tr *traffic) add(a world.Answered, err error) (goOn bool) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	defer tr.more.Broadcast()
	if err != nil {
		tr.failed = err
		return false
	}
	tr.answered = append(tr.answered, a)
	return tr.failed == nil
}

// await waits until further calls were answered, and returns the last of them.
func (tr *traffic) await(further int) (world.Answered, error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	enough := len(tr.answered) + further
	for len(tr.answered) < enough && tr.failed == nil {
		tr.more.Wait()
	}
	if tr.failed != nil {
		return world.Answered{}, tr.failed
	}
	return tr.answered[len(tr.answered)-1], nil
}

// end stops the callers and returns all that they were answered.
func (tr *traffic) end() ([]world.Answered, error) {
	tr.stop()
	tr.ended.Wait()
	return tr.answered, tr.failed
}

// liveCommands are the commands that people and timers run on the host of a server. Each knows its own sign of success.
func (l *land) liveCommands(last world.Answered, manifests string) []liveCommand {
	dir := l.t.TempDir()
	backup, export := filepath.Join(dir, "backup"), filepath.Join(dir, "journal.export")
	return []liveCommand{
		{"journal search --limit 20", world.ServicePerson},
		{"journal search --limit 20 --subject " + world.Subject, world.ServicePerson},
		{"journal show " + strconv.FormatInt(last.Record, 10), last.Call},
		{"journal report --limit 20 --subject " + world.Subject, world.Official},
		{"journal tail --last 20", "outcome"},
		{"journal verify", ""},
		{"journal export --file " + export, ""},
		{"journal verify --file " + export, ""},
		{"doctor --quick", "answers and is whole"},
		{"doctor --quick -o json", fmt.Sprintf("(process %d, since ", l.PID())},
		{"apply -f " + manifests, ""},
		{"diff -f " + manifests, ""},
		{"backup " + backup, ""},
		{"backup verify " + backup, ""},
		{"events lag", ""},
		{"list systems", world.ConsumerSystem},
		{"get system " + world.ConsumerSystem, world.ConsumerSystem},
		{"describe agreement world.small", world.ServicePerson},
		{"catalog list", world.ServicePerson},
		{"config check", ""},
		{"version", ""},
	}
}

// liveCommand is a command and what it must say.
type liveCommand struct{ args, says string }

// TestCommands_WhileTheServerIsBusy: while the server answers calls at full rate on SQLite, every command runs as a
// second process on the same installation, in turn and round after round. Each command succeeds and says what is there,
// no call fails meanwhile, and at the end the store is whole and holds every call that was answered.
//
// SQLite has no second writer: the server has the lock of the store, and a command reads the file or asks the server.
func TestCommands_WhileTheServerIsBusy(t *testing.T) {
	l := newLand(t, t.TempDir(), "")
	l.settle()
	text := must.Get(world.Country(l.ca, l.provider.Port))(t)
	manifests := filepath.Join(t.TempDir(), "country.yaml")
	must.OK(t, os.WriteFile(manifests, []byte(text), 0o600))
	tr := l.busy()
	for round := range rounds {
		last := must.Get(tr.await(callsBetween))(t)
		for _, c := range l.liveCommands(last, manifests) {
			l.runLive(c)
			if _, err := tr.await(callsBetween); err != nil {
				t.Fatalf("after %q of round %d: %v\n%s", c.args, round, err, l.Tail())
			}
		}
	}
	answered := must.Get(tr.end())(t)
	by, held, err := store.HolderOf(l.url)
	if err != nil || !held || by.PID != l.PID() {
		t.Errorf("the store is written by %+v, %v, %v; the server is process %d", by, held, err, l.PID())
	}
	l.Stop()
	l.verifyClean()
	l.run("doctor", "--config", l.Config)
	l.hold(answered, 0)
	t.Logf("%d calls answered, all on record", len(answered))
}

// runLive runs one command on the installation.
func (l *land) runLive(c liveCommand) {
	l.t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(l.t.Context(), binary, append(strings.Fields(c.args), "--config", l.Config)...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		l.t.Errorf("mconnect %s: %v\n%s%s", c.args, err, out.String(), errs.String())
	} else if !strings.Contains(out.String(), c.says) {
		l.t.Errorf("mconnect %s does not say %q:\n%s%s", c.args, c.says, out.String(), errs.String())
	}
}

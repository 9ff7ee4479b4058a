package broker_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"mconnect"
	"mconnect/internal/broker"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// TestEngine_KilledProcessLosesNothing kills a process that produces and delivers at full rate, again and again: every
// event that it acknowledged is delivered to both consumers, in order per partition key, in that process or a later
// one.
func TestEngine_KilledProcessLosesNothing(t *testing.T) { engines.Each(t, killedProcess) }

func killedProcess(t *testing.T) {
	w := &fixture{t: t, url: engines.URL(t), rights: newRights(), ledger: &ledger{}}
	w.rights.grant(bank, void)
	w.rights.grant(hall, void)
	w.start() // the groups begin before the first event
	w.open(bank, broker.Options{}).Close()
	w.open(hall, broker.Options{}).Close()
	w.stop()
	l := &lines{t: t, accepted: map[string]int{}, given: map[mconnect.SystemID]map[string]int{bank: {}, hall: {}}}
	for run := range 8 {
		l.play(w.url, run, 300+run*211)
	}
	w.start()
	defer w.stop()
	for _, system := range []mconnect.SystemID{bank, hall} {
		r := w.open(system, broker.Options{})
		for !l.complete(system) {
			for _, d := range w.take(r, 1) {
				l.got(system, keyIn(d.Event.ID), d.Event.ID)
			}
			w.confirm(r, 0)
		}
	}
	if len(l.accepted) < 8*childKeys { // one producer of four a run: under load a run may be short
		t.Errorf("only %d keys", len(l.accepted))
	}
}

// lines are what the children said.
type lines struct {
	t        *testing.T
	accepted map[string]int // by key: how many were acknowledged
	given    map[mconnect.SystemID]map[string]int
}

// play runs a child and kills it after so many lines.
func (l *lines) play(url string, run, most int) {
	l.t.Helper()
	self := must.Get(os.Executable())(l.t)
	c := exec.Command(self)
	c.Env = append(os.Environ(), childEnv+"=1", "CHILD_URL="+url, fmt.Sprintf("CHILD_RUN=%d", run))
	c.Stderr = os.Stderr
	out := must.Get(c.StdoutPipe())(l.t)
	must.OK(l.t, c.Start())
	in := bufio.NewReader(out)
	for n := 1; ; n++ {
		line, err := in.ReadString('\n')
		if err != nil {
			break // also a line cut off by the kill
		}
		switch words := strings.Fields(line); words[0] {
		case "acc":
			l.accepted[words[1]] = l.number(words[2]) + 1
		case "got":
			l.got(mconnect.SystemID(words[1]), words[2], words[3])
		}
		if n == most {
			must.OK(l.t, c.Process.Kill())
		}
	}
	_ = c.Wait() // it was killed
}

func (l *lines) number(id string) int {
	n := must.Get(strconv.Atoi(id[strings.LastIndexByte(id, '/')+1:]))(l.t)
	return n
}

// got checks that nothing of the key was left out before this event.
func (l *lines) got(system mconnect.SystemID, key, id string) {
	n, given := l.number(id), l.given[system]
	if n > given[key] {
		l.t.Fatalf("%s got %s before number %d", system, id, given[key])
	}
	given[key] = max(given[key], n+1)
}

func (l *lines) complete(system mconnect.SystemID) bool {
	for key, n := range l.accepted {
		if l.given[system][key] < n {
			return false
		}
	}
	return true
}

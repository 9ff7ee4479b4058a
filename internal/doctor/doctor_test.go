package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mconnect/test/must"
)

func levels(found []Finding) string {
	var out []string
	for _, f := range found {
		out = append(out, string(f.Level))
	}
	return strings.Join(out, " ")
}

// complete: every finding says something, and every problem says what to do.
func complete(t *testing.T, found []Finding) {
	t.Helper()
	if len(found) == 0 {
		t.Error("no finding")
	}
	for _, f := range found {
		if f.Says == "" || (f.Level != Well) != (f.Remedy != "") {
			t.Errorf("incomplete: %+v", f)
		}
	}
}

func TestExamine_KeepsOrderAndSurvivesItsChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		found := Examine(t.Context(),
			Check{"first", func(context.Context) []Finding { return one(Well, "a", "fine", "unused") }},
			Check{"bad", func(context.Context) []Finding { panic("boom") }},
			Check{"stuck", func(context.Context) []Finding { <-release; return nil }},
			Check{"last", func(context.Context) []Finding {
				return append(one(Warning, "b", "soon", "act"), one(Well, "c", "fine", "")...)
			}},
		)
		close(release)
		complete(t, found)
		var names []string
		for _, f := range found {
			names = append(names, f.Check)
		}
		if got := strings.Join(names, " "); got != "first bad stuck last last" {
			t.Errorf("order %q", got)
		}
		if got := levels(found); got != "ok problem problem warning ok" || Worst(found) != Problem {
			t.Errorf("levels %q, worst %s", got, Worst(found))
		}
	})
}

func TestWorst(t *testing.T) {
	if Worst(nil) != Well || Worst(one(Well, "", "", "")) != Well || Worst(one(Warning, "", "", "x")) != Warning {
		t.Error("worst of none, well and warning")
	}
	if Worst(append(one(Problem, "", "", "x"), one(Warning, "", "", "x")...)) != Problem {
		t.Error("a later warning hides a problem")
	}
}

func TestClock(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for off, want := range map[time.Duration]Level{
		0: Well, 900 * time.Millisecond: Well, 2 * time.Second: Warning, -2 * time.Second: Warning, time.Minute: Problem, -time.Minute: Problem,
	} {
		found := Clock(func() time.Time { return now }, func(context.Context) (time.Time, error) { return now.Add(off), nil }).Run(t.Context())
		complete(t, found)
		if len(found) != 2 || found[1].Level != want {
			t.Errorf("%s: %+v", off, found)
		}
	}
	found := Clock(time.Now, func(context.Context) (time.Time, error) { return time.Time{}, errors.New("gone") }).Run(t.Context())
	complete(t, found)
	if found[1].Level != Warning {
		t.Errorf("%+v", found)
	}
	complete(t, Clock(time.Now, nil).Run(t.Context()))
}

func TestDisk(t *testing.T) {
	complete(t, Disk(t.TempDir(), filepath.Join(t.TempDir(), "nowhere")).Run(t.Context()))
	if got := Disk(filepath.Join(t.TempDir(), "nowhere")).Run(t.Context()); got[0].Level != Problem {
		t.Errorf("%+v", got)
	}
	const gib = 1 << 30
	for _, c := range []struct {
		free, size, inodes, all uint64
		want                    Level
	}{
		{50 * gib, 100 * gib, 50, 100, Well}, {9 * gib, 100 * gib, 50, 100, Warning}, {100 << 20, 100 * gib, 50, 100, Problem},
		{50 * gib, 100 * gib, 5, 100, Warning}, {50 * gib, 100 * gib, 0, 0, Well},
	} {
		found := space("p", c.free, c.size, c.inodes, c.all)
		complete(t, found)
		if found[0].Level != c.want {
			t.Errorf("%+v: %+v", c, found)
		}
	}
}

func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	good, open := filepath.Join(dir, "good"), filepath.Join(dir, "open")
	for path, mode := range map[string]os.FileMode{good: ModePrivate, open: 0o644} {
		must.OK(t, os.WriteFile(path, []byte("x"), mode))
	}
	found := Secrets(nil, good, open, filepath.Join(dir, "none"), dir).Run(t.Context())
	complete(t, found)
	if got := levels(found); got != "ok problem problem problem" {
		t.Errorf("levels %q: %+v", got, found)
	}
	found = Secrets(func(string) error { return errors.New("no PEM") }, good).Run(t.Context())
	if found[0].Level != Problem || !strings.Contains(found[0].Says, "no PEM") {
		t.Errorf("%+v", found)
	}
}

func TestWritable(t *testing.T) {
	dir := t.TempDir()
	found := Writable(dir).Run(t.Context())
	complete(t, found)
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 || found[0].Level != Well {
		t.Errorf("%+v, left behind: %v, %v", found, left, err)
	}
	found = Writable(filepath.Join(dir, "nowhere")).Run(t.Context())
	complete(t, found)
	if found[0].Level != Problem {
		t.Errorf("%+v", found)
	}
}

func TestCertificates(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	span := func(from, to time.Duration) *x509.Certificate {
		return &x509.Certificate{NotBefore: now.Add(from), NotAfter: now.Add(to)}
	}
	found := Certificates(func() time.Time { return now },
		Named{"good", span(-day, 31*day), false}, Named{"soon", span(-day, 29*day), false}, Named{"expired", span(-2*day, -day), false},
		Named{"early", span(day, 60*day), false}, Named{"revoked", span(-2*day, -day), true}).Run(t.Context())
	complete(t, found)
	if got := levels(found); got != "warning problem problem ok" || !strings.HasPrefix(found[3].Says, "2 of 5") {
		t.Errorf("%q %+v", got, found)
	}
	for i, about := range []string{"soon", "expired", "early"} {
		if found[i].About != about {
			t.Errorf("%+v", found[i])
		}
	}
}

func TestChecks_StoreAndJournal(t *testing.T) {
	fine := func(context.Context) error { return nil }
	ill := func(context.Context) error { return errors.New("page 7 is torn") }
	for _, c := range []struct {
		ping, check func(context.Context) error
		want        Level
	}{{fine, fine, Well}, {ill, fine, Problem}, {fine, ill, Problem}} {
		found := Store(c.ping, c.check).Run(t.Context())
		complete(t, found)
		if found[0].Level != c.want {
			t.Errorf("%+v", found)
		}
	}
	found := Journal(func(context.Context) (int64, error) { return 12, nil }).Run(t.Context())
	if complete(t, found); found[0].Level != Well || !strings.Contains(found[0].Says, "12") {
		t.Errorf("%+v", found)
	}
	found = Journal(func(context.Context) (int64, error) { return 0, errors.New("record 5") }).Run(t.Context())
	if complete(t, found); found[0].Level != Problem || !strings.Contains(found[0].Says, "record 5") {
		t.Errorf("%+v", found)
	}
}

// TestProviders: a few at a time, each for a limited time, an unreachable one a warning. TestCheckpoint: a store that
// does not continue the kept checkpoint is a problem, named with the file and the contradiction.
func TestCheckpoint(t *testing.T) {
	for _, c := range []struct {
		forked error
		level  Level
	}{{nil, Well}, {errors.New("a checkpoint is over 9 records, the journal holds 7"), Problem}} {
		found := Examine(t.Context(), Checkpoint("/data/checkpoint", func() error { return c.forked }))
		if len(found) != 1 || found[0].Level != c.level || found[0].About != "/data/checkpoint" || found[0].Check != "checkpoint" {
			t.Fatalf("%v: %+v", c.forked, found)
		}
		if c.forked == nil {
			if found[0].Remedy != "" {
				t.Errorf("all is well, and yet: %+v", found[0])
			}
			continue
		}
		if !strings.Contains(found[0].Says, c.forked.Error()) || !strings.Contains(found[0].Remedy, "evidence") {
			t.Errorf("%+v", found[0])
		}
	}
}

func TestProviders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		var targets []Target
		for range 30 {
			targets = append(targets, Target{"well", func(ctx context.Context) error {
				if n := now.Add(1); n > most.Load() {
					most.Store(n)
				}
				defer now.Add(-1)
				<-time.After(time.Second)
				return nil
			}})
		}
		targets = append(targets, Target{"slow", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }})
		began := time.Now()
		found := Providers(targets...).Run(t.Context())
		complete(t, found)
		if took := time.Since(began); took > 10*time.Second || most.Load() > probesAtOnce {
			t.Errorf("took %s, %d at once", took, most.Load())
		}
		if found[30].Level != Warning || found[30].About != "slow" || found[0].Says != "reached in 1s" {
			t.Errorf("%+v %+v", found[30], found[0])
		}
	})
	complete(t, Providers().Run(t.Context()))
}

func TestSigning(t *testing.T) {
	for there, level := range map[bool]Level{true: Well, false: Warning} {
		found := Signing(there).Run(t.Context())
		complete(t, found)
		if len(found) != 1 || found[0].Level != level {
			t.Errorf("%t: %+v", there, found)
		}
	}
}

// TestTables: size, version and writer are stated; tables of another version are a problem, an unreadable store a
// warning.
func TestTables(t *testing.T) {
	for _, c := range []struct {
		kept  Kept
		err   error
		level Level
		says  string
	}{
		{Kept{Size: 3 << 20, Stored: 10, Known: 10}, nil, Well, "3 MiB, tables of version 10"},
		{Kept{Size: 5<<30 + 1, Stored: 10, Known: 10, Writer: "mconnect serve (process 7)"}, nil, Well,
			"5120 MiB, tables of version 10, written by mconnect serve (process 7)"},
		{Kept{Stored: 9, Known: 10}, nil, Problem, "0 MiB, tables of version 9; this program knows version 10"},
		{Kept{}, errors.New("gone"), Warning, "cannot be examined: gone"},
	} {
		found := Tables(func(context.Context) (Kept, error) { return c.kept, c.err }).Run(t.Context())
		complete(t, found)
		if len(found) != 1 || found[0].Level != c.level || found[0].Says != c.says {
			t.Errorf("%+v: %+v", c.kept, found)
		}
	}
}

// TestResources_EachDifferenceIsAProblem: what is not as it was recorded is named one by one, and what cannot be
// compared is no less a problem.
func TestResources_EachDifferenceIsAProblem(t *testing.T) {
	for name, c := range map[string]struct {
		differ []string
		err    error
		levels string
	}{
		"as recorded":    {nil, nil, "ok"},
		"two differ":     {[]string{"System a: older", "System b: planted"}, nil, "problem problem"},
		"not comparable": {nil, errors.New("the journal is cut"), "problem"},
	} {
		found := Resources(func(context.Context) ([]string, error) { return c.differ, c.err }).Run(t.Context())
		complete(t, found)
		if got := levels(found); got != c.levels {
			t.Errorf("%s: %q, want %q: %+v", name, got, c.levels, found)
		}
		for i, want := range c.differ {
			if found[i].Says != want {
				t.Errorf("%s: says %q, want %q", name, found[i].Says, want)
			}
		}
	}
}

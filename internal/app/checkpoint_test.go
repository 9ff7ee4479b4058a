package app_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"mconnect/internal/app"
	"mconnect/test/must"
)

// TestWitness_StartsOnlyOnWhatWasSigned: what a start makes of the file of the newest checkpoint and the journal next
// to it.
func TestWitness_StartsOnlyOnWhatWasSigned(t *testing.T) {
	wipe := []string{`DELETE FROM log_batch`, `DELETE FROM log_head`}
	remove := func(path string) error { return os.Remove(path) }
	empty := func(path string) error { return os.WriteFile(path, nil, 0o600) }
	for name, c := range map[string]struct {
		sql        []string
		checkpoint func(path string) error
		rolledBack bool
		says       string // "" when the start succeeds
	}{
		"whole":                              {nil, nil, false, ""},
		"no checkpoint beside a journal":     {nil, remove, false, ""},
		"an empty checkpoint":                {nil, empty, false, "not a checkpoint of this journal"},
		"a garbled checkpoint":               {nil, func(p string) error { return os.WriteFile(p, []byte("origin\n7\n"), 0o600) }, false, "not a checkpoint of this journal"},
		"a wiped journal":                    {wipe, nil, true, "does not contain what was signed before"},
		"a wiped journal and no checkpoint":  {wipe, remove, true, "holds no record, though it holds resources"},
		"a wiped journal, no resource, none": {append([]string{`DELETE FROM resource`, `UPDATE revision SET value = 0`}, wipe...), remove, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, w *testPlatform) {
				w.declared()
				if _, err := os.Stat(w.cfg.Journal.Checkpoint); err != nil {
					t.Fatal("no checkpoint was kept:", err)
				}
				w.behind(c.sql...)
				if c.checkpoint != nil {
					must.OK(t, c.checkpoint(w.cfg.Journal.Checkpoint))
				}
				i, err := app.Open(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log))
				if err == nil {
					defer func() { _ = i.Close() }()
				}
				if (err == nil) != (c.says == "") || errors.Is(err, app.ErrRolledBack) != c.rolledBack {
					t.Fatalf("started: %v", err)
				}
				if err != nil && !strings.Contains(err.Error(), c.says) {
					t.Errorf("says %v, want %q", err, c.says)
				}
			})
		})
	}
}

// TestWitness_IsWrittenAnew: a start next to a missing file writes it, and the next start holds the journal to it.
func TestWitness_IsWrittenAnew(t *testing.T) { onEach(t, witnessIsWrittenAnew) }

func witnessIsWrittenAnew(t *testing.T, w *testPlatform) {
	w.declared()
	before := must.Get(os.ReadFile(w.cfg.Journal.Checkpoint))(t)
	must.OK(t, os.Remove(w.cfg.Journal.Checkpoint))
	must.OK(t, must.Get(app.Open(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log)))(t).Close())
	if after := must.Get(os.ReadFile(w.cfg.Journal.Checkpoint))(t); !bytes.Equal(before, after) {
		t.Errorf("the checkpoint was\n%s\nand is\n%s", before, after)
	}
	w.behind(`DELETE FROM log_batch`, `DELETE FROM log_head`)
	if _, err := app.Open(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log)); !errors.Is(err, app.ErrRolledBack) {
		t.Errorf("started on a wiped journal: %v", err)
	}
}

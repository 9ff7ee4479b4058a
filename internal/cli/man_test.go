package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"mconnect/test/must"
)

// TestMan_OnePageForEachCommand: every command that help lists has a page with its text, flags and example.
func TestMan_OnePageForEachCommand(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "share", "man1")
	var out, errs bytes.Buffer
	p := Process{Args: []string{"man", dir}, In: strings.NewReader(""), Out: &out, Err: &errs}
	if code := Main(t.Context(), p, nil); code != exitDone {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	pages := 0
	s := &session{}
	walk(s.root(), func(c *cobra.Command) {
		if !c.IsAvailableCommand() && c.HasParent() {
			return
		}
		pages++
		name := strings.ReplaceAll(c.CommandPath(), " ", "-") + ".1"
		page, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			return
		}
		for _, want := range []string{".TH ", `"1"`, ".SH NAME", ".SH SYNOPSIS", ".SH EXAMPLE"} {
			if !bytes.Contains(page, []byte(want)) {
				t.Errorf("%s has no %s", name, want)
			}
		}
	})
	if want := fmt.Sprint(pages) + " manual pages written to " + dir; pages < 50 || !strings.Contains(out.String(), want) {
		t.Errorf("%d pages; %s", pages, out.String())
	}
}

// TestMan_NamesTheFolderThatItCannotWrite: a file in the place of the folder.
func TestMan_NamesTheFolderThatItCannotWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "taken")
	must.OK(t, os.WriteFile(file, nil, 0o600))
	var errs bytes.Buffer
	p := Process{Args: []string{"man", file}, In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &errs}
	if code := Main(t.Context(), p, nil); code != exitFailed || !strings.Contains(errs.String(), file) {
		t.Errorf("exit %d: %s", code, errs.String())
	}
}

package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// walk calls fn for every command below c, and c itself.
func walk(c *cobra.Command, fn func(*cobra.Command)) {
	fn(c)
	for _, sub := range c.Commands() {
		walk(sub, fn)
	}
}

func TestCommands_HaveHelp(t *testing.T) {
	s := &session{out: &bytes.Buffer{}, err: &bytes.Buffer{}}
	count := 0
	walk(s.root(), func(c *cobra.Command) {
		path := c.CommandPath()
		count++
		if c.Short == "" || c.Example == "" {
			t.Errorf("%s: no short help or no example", path)
		}
		for line := range strings.Lines(c.Example) {
			if line = strings.TrimSpace(line); !strings.Contains(line, "mconnect") && !strings.HasPrefix(line, "--") {
				t.Errorf("%s: example %q does not run mconnect", path, line)
			}
		}
		var out, errOut bytes.Buffer
		args := append(strings.Fields(path)[1:], "--help")
		if code := Main(context.Background(), Process{Args: args, Out: &out, Err: &errOut}, nil); code != exitDone {
			t.Errorf("%s: exit code %d: %s", path, code, errOut.String())
		}
		if !strings.Contains(out.String(), "Examples:") || !strings.Contains(out.String(), "--output") {
			t.Errorf("%s: help without example or --output:\n%s", path, out.String())
		}
	})
	if count < 20 {
		t.Errorf("only %d commands", count)
	}
}

func TestCommands_AreThere(t *testing.T) {
	s := &session{out: &bytes.Buffer{}, err: &bytes.Buffer{}}
	root := s.root()
	for _, path := range []string{
		"serve", "demo", "apply", "call", "journal tail", "journal search", "journal show", "journal verify", "journal export",
		"journal evidence", "pki init", "pki issue", "pki list", "pki revoke", "doctor", "backup", "restore", "version",
		"catalog list", "catalog show", "catalog search", "catalog compare", "catalog history",
	} {
		c, rest, err := root.Find(strings.Fields(path))
		if err != nil || len(rest) > 0 || c == root {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestActor_NamesThePersonBehindSudo(t *testing.T) {
	for name, c := range map[string]struct {
		environment []string
		want        string
	}{
		"sudo":   {[]string{"USER=root", "SUDO_USER=ana"}, "cli:ana"},
		"user":   {[]string{"USER=ana"}, "cli:ana"},
		"prefix": {[]string{"USERNAME=x", "LOGNAME=ana"}, "cli:ana"},
	} {
		if got := (&session{environment: c.environment}).actor(); got != c.want {
			t.Errorf("%s: %q; want %q", name, got, c.want)
		}
	}
	if got := (&session{}).actor(); !strings.HasPrefix(got, "cli:uid-") {
		t.Errorf("nobody known: %q", got)
	}
}

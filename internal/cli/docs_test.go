package cli

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mconnect/test/must"
)

var update = flag.Bool("update", false, "write docs/CLI.md anew")

// TestDocs_CommandLine holds docs/CLI.md to the commands.
func TestDocs_CommandLine(t *testing.T) {
	const path = "../../docs/CLI.md"
	want := renderCommands()
	if *update {
		must.OK(t, os.WriteFile(path, want, 0o644))
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("docs/CLI.md is out of date (%v): run go test ./internal/cli -run TestDocs -update", err)
	}
}

func renderCommands() []byte {
	s := &session{out: io.Discard, err: io.Discard}
	root := s.root()
	var b bytes.Buffer
	b.WriteString(`# The command line

Written from internal/cli by its test; do not edit. ` + "`mconnect COMMAND --help`" + ` says the same, ` + "`mconnect --version`" + ` which build it is.
` + "`mconnect completion bash|zsh|fish|powershell`" + ` prints a script that completes commands and flags, e.g.
` + "`mconnect completion bash > /etc/bash_completion.d/mconnect`" + `.

## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | failed or refused; of ` + "`verify`, `doctor`, `diff`" + `: there are findings |
| 2 | the command was not called as it must be |
| 3 | a server, a database or a provider cannot be reached |

## Where a command works

A command works on the installation's own store (` + "`--dir`, `--config`" + `), by the server that writes that store, or on a platform far away:
` + "`--admin-url`" + ` with ` + "`--token-file`" + ` and ` + "`--ca`" + `, the environment (` + "`MCONNECT_ADMIN_URL`, `MCONNECT_ADMIN_TOKEN`" + `), or a profile: ` + "`--profile NAME`" + ` or
` + "`MCONNECT_PROFILE`" + `. Profiles stand in ` + "`~/.config/mconnect/config.yaml`" + `; paths in it are relative to it. ` + "`current`" + ` is used where none is named and
no ` + "`--dir`" + ` is given.

` + "```yaml" + `
current: production
profiles:
  production:
    admin_url: https://exchange.example:8445
    token_file: production.token   # or cert and key: a client certificate
    ca: production-ca.pem
    lang: ro
` + "```" + `

## Flags of every command

`)
	renderFlags(&b, root.PersistentFlags())
	walk(root, func(c *cobra.Command) {
		if c == root || !c.IsAvailableCommand() {
			return
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n", c.CommandPath(), c.Short)
		if c.Long != "" && !strings.HasPrefix(c.CommandPath(), "mconnect completion") {
			fmt.Fprintf(&b, "\n%s\n", c.Long)
		}
		if c.Runnable() && c.HasLocalFlags() {
			b.WriteString("\n")
			renderFlags(&b, c.LocalNonPersistentFlags())
		}
		if c.Example != "" {
			fmt.Fprintf(&b, "\n```sh\n%s\n```\n", unindented(c.Example))
		}
	})
	return b.Bytes()
}

func renderFlags(b *bytes.Buffer, flags *pflag.FlagSet) {
	b.WriteString("| flag | default | meaning |\n|---|---|---|\n")
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		name := "`--" + f.Name + "`"
		if f.Shorthand != "" {
			name = "`-" + f.Shorthand + "`, " + name
		}
		value := f.DefValue
		if value == "[]" || value == "false" || value == "0" {
			value = ""
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", name, value, strings.ReplaceAll(f.Usage, "|", "\\|"))
	})
}

func unindented(text string) string {
	all := strings.Split(text, "\n")
	for i, line := range all {
		all[i] = strings.TrimPrefix(line, "  ")
	}
	return strings.Join(all, "\n")
}

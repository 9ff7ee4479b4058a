package shape

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mconnect/test/must"
)

// commands returns what a Markdown page tells the reader to type: the lines of its shell blocks, with
// continued lines joined.
func commands(text string) []string {
	block := regexp.MustCompile("(?ms)^```(?:sh|bash|shell|console)\n(.*?)^```")
	var out []string
	for _, m := range block.FindAllStringSubmatch(text, -1) {
		for _, line := range strings.Split(strings.ReplaceAll(m[1], "\\\n", " "), "\n") {
			line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "$ "))
			if line != "" && !strings.HasPrefix(line, "#") {
				out = append(out, line)
			}
		}
	}
	return out
}

var invocation = regexp.MustCompile(`(?:^|[;&|(]\s*)(?:\./|bin/|\./bin/)?(mconnect|go run \./cmd/mconnect|make)\s+([^;&|)#>]*)`)

// TestReadmeCommandsExist asks the real program for help on every subcommand that the pages name, and
// holds every flag against that help; make targets must be in the Makefile.
func TestReadmeCommandsExist(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "mconnect")
	build := exec.Command("go", "build", "-o", binary, "./cmd/mconnect")
	build.Dir = root()
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	makefile := must.Get(os.ReadFile(filepath.Join(root(), "Makefile")))(t)
	seen := 0
	for _, page := range []string{"README.md", "docs/OPERATIONS.md", "docs/INTEGRATION.md"} {
		text, err := os.ReadFile(filepath.Join(root(), page))
		if err != nil {
			t.Errorf("%s: %v", page, err)
			continue
		}
		for _, line := range commands(string(text)) {
			for _, m := range invocation.FindAllStringSubmatch(line, -1) {
				seen++
				if m[1] == "make" {
					checkTarget(t, page, string(makefile), m[2])
					continue
				}
				checkCommand(t, page, binary, strings.Fields(m[2]))
			}
		}
	}
	if seen < 2 {
		t.Errorf("the pages name only %d commands", seen)
	}
}

func checkTarget(t *testing.T, page, makefile, arguments string) {
	t.Helper()
	for _, target := range strings.Fields(arguments) {
		if strings.Contains(target, "=") || strings.HasPrefix(target, "-") {
			continue
		}
		if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(target) + `:`).MatchString(makefile) {
			t.Errorf("%s: make %s: no such target", page, target)
		}
	}
}

func checkCommand(t *testing.T, page, binary string, arguments []string) {
	t.Helper()
	word := regexp.MustCompile(`^[a-z][a-z-]*$`)
	var path, flags []string
	for i, a := range arguments {
		if strings.HasPrefix(a, "--") {
			flags = append(flags, strings.SplitN(a, "=", 2)[0])
		} else if len(flags) == 0 && i < 3 && word.MatchString(a) {
			path = append(path, a)
		}
	}
	help := ""
	for n := len(path); n > 0 && help == ""; n-- { // the last words may be arguments, not commands
		out, err := exec.Command(binary, append(path[:n:n], "--help")...).CombinedOutput()
		if err == nil && strings.Contains(string(out), "mconnect "+strings.Join(path[:n], " ")) {
			help = string(out)
		}
	}
	if len(path) > 0 && help == "" {
		t.Errorf("%s: mconnect %s: no such command", page, strings.Join(path, " "))
		return
	}
	for _, f := range flags {
		if help != "" && !strings.Contains(help, f) {
			t.Errorf("%s: mconnect %s: no flag %s", page, strings.Join(path, " "), f)
		}
	}
}

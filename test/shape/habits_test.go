package shape

import (
	"bytes"
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mconnect/test/must"
)

// TestNoSleepNoSkip: a test that sleeps guesses, and a skipped test is no test.
func TestNoSleepNoSkip(t *testing.T) {
	for _, s := range sources(t) {
		l, _, _ := layerFor(s.dir)
		if !s.test && l != measure {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			on, _ := sel.X.(*ast.Ident)
			switch name := sel.Sel.Name; {
			case name == "Sleep" && on != nil && on.Name == "time" && s.dir != "bench":
				t.Errorf("%s:%d: time.Sleep in a test", s.path, s.line(n))
			case (name == "Skip" || name == "Skipf" || name == "SkipNow") && s.test && on != nil && testing1[on.Name]:
				t.Errorf("%s:%d: %s.%s", s.path, s.line(n), on.Name, name)
			}
			return true
		})
	}
}

var testing1 = map[string]bool{"t": true, "b": true, "f": true, "tb": true, "rt": true}

// TestNothingLeftOpen: what is not done is said in docs or in an issue, not in a comment.
func TestNothingLeftOpen(t *testing.T) {
	open := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)
	for _, s := range sources(t) {
		for _, group := range s.file.Comments {
			if open.MatchString(group.Text()) {
				t.Errorf("%s:%d: %s", s.path, s.line(group), strings.TrimSpace(group.Text()))
			}
		}
	}
}

// TestNoPlaceOfThisMachine: nothing committed may depend on where it was built or on a registry of packages.
func TestNoPlaceOfThisMachine(t *testing.T) {
	above := filepath.ToSlash(filepath.Dir(root()))
	bad := [][]byte{
		[]byte("/wo" + "rk/main"), []byte("/wo" + "rk/shared"), []byte("../sh" + "ared"), []byte("/ro" + "ot/go"),
		[]byte("proxy.gol" + "ang.org"), []byte("sum.gol" + "ang.org"), []byte("registry.np" + "mjs.org"), []byte("py" + "pi.org"),
	}
	if len(above) > 4 {
		bad = append(bad, []byte(above+"/"))
	}
	for _, name := range listed(t) {
		text := must.Get(os.ReadFile(filepath.Join(root(), name)))(t)
		for _, b := range bad {
			if at := bytes.Index(text, b); at >= 0 {
				t.Errorf("%s:%d: holds %q", name, bytes.Count(text[:at], []byte("\n"))+1, b)
			}
		}
	}
}

// TestCommandIsThin: main only calls the command line.
func TestCommandIsThin(t *testing.T) {
	for _, s := range sources(t) {
		if strings.HasPrefix(s.dir, "cmd/") && !s.test && s.lines > 60 {
			t.Errorf("%s: %d lines > 60", s.path, s.lines)
		}
	}
}

// Package shape holds the tests that guard the form of the code itself: who may import whom, what is
// documented, how large things may grow, and that the README's commands exist.
//
// The tests parse the module's sources; they compile nothing and need nothing installed. A budget is
// raised only together with a decision note in docs/decisions.
package shape

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mconnect/test/must"
)

const module = "mconnect"

// source is one parsed Go file of the module.
type source struct {
	path  string // relative to the root, slashes
	dir   string // its package's folder, "." for the root package
	test  bool
	text  []byte
	file  *ast.File
	lines int
}

var fset = token.NewFileSet()

var tree = sync.OnceValues(parseTree)

// root is the module's folder.
func root() string {
	dir, err := filepath.Abs("../..")
	if err != nil {
		panic(err)
	}
	return dir
}

// listed names every file that belongs to the repository: tracked, or new and not ignored.
func listed(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "-z", "-c", "-o", "--exclude-standard")
	cmd.Dir = root()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	var files []string
	for _, name := range strings.Split(strings.TrimRight(string(out), "\x00"), "\x00") {
		if st, err := os.Lstat(filepath.Join(root(), name)); err == nil && st.Mode().IsRegular() {
			files = append(files, name)
		}
	}
	if len(files) < 20 {
		t.Fatalf("only %d files listed", len(files))
	}
	return files
}

func parseTree() ([]source, error) {
	var all []source
	err := filepath.WalkDir(root(), func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "bin") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root(), path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		file, err := parser.ParseFile(fset, path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		all = append(all, source{
			path: rel, dir: filepath.ToSlash(filepath.Dir(rel)), test: strings.HasSuffix(rel, "_test.go"),
			text: text, file: file, lines: bytes.Count(text, []byte("\n")),
		})
		return nil
	})
	return all, err
}

func sources(t *testing.T) []source {
	t.Helper()
	all := must.Get(tree())(t)
	if len(all) < 20 {
		t.Fatalf("only %d Go files found", len(all))
	}
	return all
}

// generated reports the mark that the go command itself honours.
func (s source) generated() bool { return ast.IsGenerated(s.file) }

// imports lists the paths that the file imports.
func (s source) imports() []string {
	paths := make([]string, 0, len(s.file.Imports))
	for _, i := range s.file.Imports {
		paths = append(paths, strings.Trim(i.Path.Value, `"`))
	}
	return paths
}

func (s source) line(n ast.Node) int { return fset.Position(n.Pos()).Line }

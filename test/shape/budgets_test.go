package shape

import (
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"unicode/utf8"

	"mconnect/test/must"
)

// The budgets of the house.
const (
	fileP95, fileMax         = 400, 600
	functionP95, functionMax = 50, 90
	methodsMax               = 6
	argumentsMax             = 5
	packageDocMax            = 25
	exportedDocs             = 0.95
	testToCode               = 0.92 // docs/decisions/005
	columnsMax               = 120  // a tab counts as four
)

func percentile(sizes []int, p int) int {
	sort.Ints(sizes)
	return sizes[(len(sizes)-1)*p/100]
}

func TestFileBudget(t *testing.T) {
	var sizes []int
	for _, s := range sources(t) {
		if s.generated() {
			continue
		}
		sizes = append(sizes, s.lines)
		if s.lines > fileMax {
			t.Errorf("%s: %d lines > %d", s.path, s.lines, fileMax)
		}
	}
	if p := percentile(sizes, 95); p > fileP95 {
		t.Errorf("files: p95 is %d lines > %d", p, fileP95)
	}
}

func TestFunctionBudget(t *testing.T) {
	var sizes []int
	for _, s := range sources(t) {
		if s.generated() {
			continue
		}
		for _, d := range s.file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			n := fset.Position(fn.End()).Line - s.line(fn) + 1
			sizes = append(sizes, n)
			if n > functionMax {
				t.Errorf("%s:%d: %s has %d lines > %d", s.path, s.line(fn), fn.Name.Name, n, functionMax)
			}
		}
	}
	if p := percentile(sizes, 95); p > functionP95 {
		t.Errorf("functions: p95 is %d lines > %d", p, functionP95)
	}
}

func TestInterfaceBudget(t *testing.T) {
	for _, s := range sources(t) {
		ast.Inspect(s.file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if i, ok := spec.Type.(*ast.InterfaceType); ok && i.Methods.NumFields() > methodsMax {
				t.Errorf("%s:%d: interface %s has %d methods > %d", s.path, s.line(spec), spec.Name.Name, i.Methods.NumFields(), methodsMax)
			}
			return true
		})
	}
}

func TestConstructorBudget(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || s.test {
				continue
			}
			name := fn.Name.Name
			constructs := strings.HasPrefix(name, "New") || strings.HasPrefix(name, "Open") || strings.HasPrefix(name, "new")
			if constructs && fn.Type.Params.NumFields() > argumentsMax {
				t.Errorf("%s:%d: %s takes %d arguments > %d: use a Config", s.path, s.line(fn), name, fn.Type.Params.NumFields(), argumentsMax)
			}
			if name == "init" && fn.Recv == nil {
				t.Errorf("%s:%d: init() hides wiring", s.path, s.line(fn))
			}
		}
	}
}

// TestTestRatio counts lines that are neither blank nor wholly comment. Scripts under testdata are tests; sentences are
// prose; benchmarks and emulators count on neither side (docs/decisions/005).
func TestTestRatio(t *testing.T) {
	var tests, code int
	for _, s := range sources(t) {
		l, place, _ := layerFor(s.dir)
		switch {
		case s.generated(), place == "bench", isProse(s.path), strings.HasSuffix(s.dir, "/emulator"):
		case s.test, l == measure:
			tests += weight(s)
		default:
			code += weight(s)
		}
	}
	tests += scripts(t)
	t.Logf("%d lines of tests, %d of code: %.2f", tests, code, float64(tests)/float64(code))
	if ratio := float64(tests) / float64(code); ratio < testToCode {
		t.Errorf("test:code is %.2f < %.2f (%d lines of tests, %d of code)", ratio, testToCode, tests, code)
	}
}

// isProse reports whether a file holds sentences in three languages in the form of Go.
func isProse(path string) bool {
	return strings.HasPrefix(path, "fault/sentences") || strings.HasPrefix(path, "internal/surface/portal/text/words")
}

func weight(s source) int { return linesOf(s.text, "//") }

// linesOf counts the lines that are neither blank nor begin with comment.
func linesOf(text []byte, comment string) int {
	n := 0
	for _, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, comment) {
			n++
		}
	}
	return n
}

// scripts counts the lines of readable scripts: *.txtar and *.txt play cases, the others are foreign clients.
func scripts(t *testing.T) (n int) {
	t.Helper()
	comments := map[string]string{".txtar": "#", ".txt": "#", ".py": "#", ".js": "//", ".php": "//", ".sh": "#"}
	must.OK(t, filepath.WalkDir(root(), func(path string, d fs.DirEntry, err error) error {
		comment, script := comments[filepath.Ext(path)]
		if err != nil || d.IsDir() || !script || !strings.Contains(filepath.ToSlash(path), "/testdata/") {
			return err
		}
		text, err := os.ReadFile(path)
		n += linesOf(text, comment)
		return err
	}))
	return n
}

// TestLineBudget: code and comments fit into the columns of a page. Exempt are lines with a text in quotes, which
// cannot be broken where it must stay whole, and the rows of tables in tests.
func TestLineBudget(t *testing.T) {
	for _, s := range sources(t) {
		if s.generated() {
			continue
		}
		quoted := map[int]bool{}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
				for line := s.line(text); line <= fset.Position(text.End()).Line; line++ {
					quoted[line] = true
				}
			}
			return true
		})
		for i, line := range strings.Split(string(s.text), "\n") {
			comment := strings.HasPrefix(strings.TrimSpace(line), "//") && !strings.Contains(line, "//go:")
			if quoted[i+1] || s.test && !comment {
				continue
			}
			if n := utf8.RuneCountInString(strings.ReplaceAll(line, "\t", "    ")); n > columnsMax {
				t.Errorf("%s:%d: %d columns > %d", s.path, i+1, n, columnsMax)
			}
		}
	}
}

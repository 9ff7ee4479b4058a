package shape

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"
)

func TestPackageDocs(t *testing.T) {
	lines := map[string]int{}
	named := map[string]string{}
	for _, s := range sources(t) {
		if _, seen := lines[s.dir]; !seen {
			lines[s.dir] = 0
		}
		named[s.dir] = s.file.Name.Name
		if s.file.Doc == nil {
			continue
		}
		text := strings.TrimSpace(s.file.Doc.Text())
		if lines[s.dir] > 0 && !s.test {
			t.Errorf("%s: a second package doc", s.path)
		}
		lines[s.dir] += strings.Count(text, "\n") + 1
		name := s.file.Name.Name
		if !strings.HasPrefix(text, "Package "+name+" ") && !(name == "main" && (strings.HasPrefix(text, "Command ") || strings.HasPrefix(text, "Mconnect ") || strings.HasPrefix(text, "Bench "))) {
			t.Errorf("%s: package doc begins %.40q", s.path, text)
		}
	}
	for dir, n := range lines {
		switch {
		case n == 0:
			t.Errorf("%s: package %s has no doc: say what it owns and what it refuses to own", dir, named[dir])
		case n > packageDocMax:
			t.Errorf("%s: package doc has %d lines > %d", dir, n, packageDocMax)
		}
	}
}

// exported yields the exported names that a file declares, each with whether it is documented.
func exported(s source, each func(name string, at ast.Node, documented bool)) {
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && visibleReceiver(d) && !wellKnown[d.Name.Name] {
				each(d.Name.Name, d, d.Doc != nil)
			}
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				continue
			}
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					if spec.Name.IsExported() {
						each(spec.Name.Name, spec, spec.Doc != nil || d.Doc != nil)
					}
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						if name.IsExported() {
							each(name.Name, spec, spec.Doc != nil || spec.Comment != nil || d.Doc != nil)
						}
					}
				}
			}
		}
	}
}

// wellKnown methods say what they do by the interface of the standard library that they satisfy.
var wellKnown = map[string]bool{
	"String": true, "Error": true, "Unwrap": true, "MarshalText": true, "UnmarshalText": true, "ServeHTTP": true,
	"MarshalJSON": true, "UnmarshalJSON": true, "MarshalYAML": true, "UnmarshalYAML": true, "Len": true, "Less": true, "Swap": true,
}

func visibleReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	recv := d.Recv.List[0].Type
	if star, ok := recv.(*ast.StarExpr); ok {
		recv = star.X
	}
	if ix, ok := recv.(*ast.IndexExpr); ok {
		recv = ix.X
	}
	id, ok := recv.(*ast.Ident)
	return ok && id.IsExported()
}

func TestExportedDocs(t *testing.T) {
	total, documented := 0, 0
	var missing []string
	for _, s := range sources(t) {
		if s.test || s.generated() {
			continue
		}
		exported(s, func(name string, at ast.Node, doc bool) {
			total++
			if doc {
				documented++
			} else {
				missing = append(missing, s.path+": "+name)
			}
		})
	}
	if total == 0 {
		t.Fatal("no exported name found")
	}
	if share := float64(documented) / float64(total); share < exportedDocs {
		t.Errorf("%.1f %% of %d exported names are documented, want %.0f %%; missing:\n%s",
			share*100, total, exportedDocs*100, strings.Join(missing, "\n"))
	}
}

package config_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"

	"mconnect/internal/config"
	"mconnect/test/must"
)

var update = flag.Bool("update", false, "write docs/CONFIG.md anew")

// TestDocs holds docs/CONFIG.md to the comments of the Config struct.
func TestDocs(t *testing.T) {
	const path = "../../docs/CONFIG.md"
	want := render(t)
	if *update {
		must.OK(t, os.WriteFile(path, want, 0o644))
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("docs/CONFIG.md is out of date (%v): run go test ./internal/config -run TestDocs -update", err)
	}
}

func render(t *testing.T) []byte {
	docs := comments(t)
	var b bytes.Buffer
	b.WriteString(`# Configuration

Written from internal/config by its test; do not edit.

` + "`mconnect --config FILE`" + ` (or ` + "`MCONNECT_CONFIG`" + `) names a YAML file. Without one every default below holds. The file is read strictly: an
unknown key is an error, and all mistakes are listed at once. A variable of the environment wins over the file; lists are
separated by commas, maps are written ` + "`name:value,name:value`" + `. An unknown ` + "`MCONNECT_…`" + ` variable is an error too. Sizes are
written ` + "`512`, `32KiB`, `1MiB`" + `; durations ` + "`1.5s`, `2m`" + `. Paths are relative to the folder the command runs in.
`)
	section(&b, docs, reflect.TypeFor[config.Config](), "", config.Prefix)
	return b.Bytes()
}

func section(b *bytes.Buffer, docs map[string]string, of reflect.Type, path, prefix string) {
	title := "Top level"
	if path != "" {
		title = "`" + strings.TrimSuffix(path, ".") + "`"
	}
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n| key | variable | default | meaning |\n|---|---|---|---|\n", title, docs[of.Name()])
	for i := range of.NumField() {
		f := of.Field(i)
		if f.Type.Kind() == reflect.Struct && f.Tag.Get("envPrefix") != "" {
			continue
		}
		cell := func(s string) string {
			if s == "" {
				return "—"
			}
			return "`" + s + "`"
		}
		variable := ""
		if name := f.Tag.Get("env"); name != "" {
			variable = prefix + name
		}
		meaning := docs[of.Name()+"."+f.Name]
		fmt.Fprintf(b, "| `%s%s` | %s | %s | %s |\n", path, f.Tag.Get("yaml"), cell(variable), cell(f.Tag.Get("default")), meaning)
	}
	for i := range of.NumField() {
		f := of.Field(i)
		switch {
		case f.Type.Kind() == reflect.Struct && f.Tag.Get("envPrefix") != "":
			section(b, docs, f.Type, path+f.Tag.Get("yaml")+".", prefix+f.Tag.Get("envPrefix"))
		case f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct:
			section(b, docs, f.Type.Elem(), path+f.Tag.Get("yaml")+"[].", "")
		}
	}
}

// comments maps "Type" and "Type.Field" to what the source says of them.
func comments(t *testing.T) map[string]string {
	file := must.Get(parser.ParseFile(token.NewFileSet(), "config.go", nil, parser.ParseComments))(t)
	line := func(g *ast.CommentGroup) string { return strings.Join(strings.Fields(g.Text()), " ") }
	docs := map[string]string{}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.TYPE {
			continue
		}
		for _, s := range g.Specs {
			spec := s.(*ast.TypeSpec)
			docs[spec.Name.Name] = strings.TrimPrefix(line(g.Doc), spec.Name.Name+" ")
			if text := docs[spec.Name.Name]; text != "" {
				docs[spec.Name.Name] = strings.ToUpper(text[:1]) + text[1:]
			}
			for _, f := range spec.Type.(*ast.StructType).Fields.List {
				docs[spec.Name.Name+"."+f.Names[0].Name] = line(f.Doc)
			}
		}
	}
	return docs
}

func TestDocs_EveryKeyIsDocumented(t *testing.T) {
	docs := comments(t)
	var walk func(reflect.Type)
	walk = func(of reflect.Type) {
		for i := range of.NumField() {
			f := of.Field(i)
			if f.Type.Kind() == reflect.Struct && f.Tag.Get("envPrefix") != "" {
				walk(f.Type)
				continue
			}
			if docs[of.Name()+"."+f.Name] == "" || f.Tag.Get("yaml") == "" {
				t.Errorf("%s.%s has no comment or no key", of.Name(), f.Name)
			}
		}
	}
	walk(reflect.TypeFor[config.Config]())
}

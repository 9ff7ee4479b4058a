//go:build whole

package xsd_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/internal/domain/schema/xsd"
	"mconnect/test/must"
)

// lint validates files against a schema with libxml2.
func lint(t *testing.T, xsdPath string, files ...string) (string, error) {
	t.Helper()
	out, err := exec.Command("xmllint", append([]string{"--noout", "--nonet", "--schema", xsdPath}, files...)...).CombinedOutput()
	return string(out), err
}

// patterns and what they match.
var patterns = map[string][]string{
	"(?i)[a-z]*ș?":       {`""`, `"aZș"`, `"\u212a"`, `"Ș"`},
	`[^\]\-\\^]{0,5}`:    {`""`, `"a.b"`, `"[țâ"`, `"\n"`},
	`(ab|c\.d)?`:         {`""`, `"ab"`, `"c.d"`},
	`\d{2,}/\w+\s`:       {`"12/a_Z "`, `"012/9\n"`},
	`.{1,3}|(x+(yz)*)+q`: {`"țț"`, `"xyzyzxxq"`},
	`\p{Cyrillic}+№?`:    {`"Жя"`, `"ж№"`},
}

func drawField(t *rapid.T, name string, depth int) schema.Field {
	bases := []schema.Base{schema.String, schema.Integer, schema.Decimal, schema.Boolean, schema.Date, schema.DateTime, schema.Binary, schema.IDNP}
	if depth > 0 {
		bases = append(bases, schema.Object, schema.Array, schema.Array, schema.Object, schema.Array)
	}
	f := schema.Field{Name: name, Type: rapid.SampledFrom(bases).Draw(t, "base"), Mandatory: rapid.Bool().Draw(t, "must"), Nullable: rapid.Bool().Draw(t, "null")}
	switch f.Type {
	case schema.Object:
		for _, inner := range []string{"A", "B", "C"}[:rapid.IntRange(1, 3).Draw(t, "n")] {
			f.Fields = append(f.Fields, drawField(t, inner, depth-1))
		}
	case schema.Array:
		item := drawField(t, rapid.SampledFrom([]string{"", name, "Row"}).Draw(t, "item"), depth-1)
		f.Items = &item
	case schema.String:
		f.Pattern = rapid.SampledFrom(append(slices.Sorted(maps.Keys(patterns)), "")).Draw(t, "pattern")
	case schema.Integer:
		f.Minimum = rapid.SampledFrom([]string{"", "-5"}).Draw(t, "min")
	}
	return f
}

func value(t *rapid.T, f schema.Field) string {
	if f.Nullable && rapid.Bool().Draw(t, "nil") {
		return "null"
	}
	switch f.Type {
	case schema.Object:
		var parts []string
		for _, inner := range f.Fields {
			if inner.Mandatory || rapid.Bool().Draw(t, "there") {
				parts = append(parts, `"`+inner.Name+`":`+value(t, inner))
			}
		}
		return "{" + strings.Join(parts, ",") + "}"
	case schema.Array:
		var parts []string
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			parts = append(parts, value(t, *f.Items))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case schema.Integer:
		return rapid.SampledFrom([]string{"-5", "0", "9223372036854775807"}).Draw(t, "i")
	case schema.Decimal:
		return rapid.SampledFrom([]string{`"-0.50"`, "7", `"12345678901234567890.123"`}).Draw(t, "d")
	case schema.Boolean:
		return "true"
	case schema.Date:
		return `"2024-02-29"`
	case schema.DateTime:
		return rapid.SampledFrom([]string{`"2024-02-29T23:59:59Z"`, `"2024-02-29T00:00:00.123456789+02:00"`}).Draw(t, "m")
	case schema.Binary:
		return rapid.SampledFrom([]string{`""`, `"AAEC/w=="`}).Draw(t, "b")
	case schema.IDNP:
		return `"2999000006393"`
	}
	if examples, ok := patterns[f.Pattern]; ok {
		return rapid.SampledFrom(examples).Draw(t, "s")
	}
	return rapid.SampledFrom([]string{`""`, `" a\n\t& <b> ș "`}).Draw(t, "s")
}

// Whatever the type and the value that the catalogue accepts: what xmljson writes is valid against the schema.
func TestSchema_MessagesAreValid(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		s := services()[0]
		s.Request = schema.Type{Name: "Request", Fields: []schema.Field{drawField(rt, "X", 3), drawField(rt, "Y", 2), drawField(rt, "Z", 1)}}
		s.Response = s.Request
		s.Response.Name = "Answer"
		doc := must.Get(xsd.Schema(xmlmap.Namespace, catalog.Operations([]catalog.Service{s})))(rt)
		xsdPath := filepath.Join(dir, "schema.xsd")
		write(rt, xsdPath, doc)
		compiled := must.Get(schema.CompileType(s.Request))(rt)
		var files []string
		for i := range 8 {
			json, err := compiled.Read([]byte(value(rt, schema.Field{Type: schema.Object, Fields: s.Request.Fields})))
			must.OK(rt, err)
			for element, fields := range map[string]schema.Type{"GetPerson": s.Request, "Answer": s.Response} {
				form := must.Get(xmlmap.Compile(xmlmap.Config{Type: fields, Element: element}))(rt)
				text, _, err := form.XML(nil, json)
				must.OK(rt, err)
				file := filepath.Join(dir, fmt.Sprintf("%s%d.xml", element, i))
				write(rt, file, text)
				files = append(files, file)
			}
		}
		if out, err := lint(t, xsdPath, files...); err != nil {
			rt.Fatalf("%s\n%s", out, doc)
		}
	})
}

func write(t *rapid.T, file string, text []byte) {
	must.OK(t, os.WriteFile(file, text, 0o600))
}

// What the platform refuses by its shape, the schema refuses too.
func TestSchema_WrongMessagesAreInvalid(t *testing.T) {
	dir := t.TempDir()
	xsdPath := filepath.Join(dir, "schema.xsd")
	doc := must.Get(xsd.Schema(xmlmap.Namespace, catalog.Operations(services())))(t)
	must.OK(t, os.WriteFile(xsdPath, doc, 0o600))
	for body, valid := range map[string]bool{
		`<Person/>`:                                       true,
		`<Person><Sex>M</Sex></Person>`:                   true,
		`<Person><Sex>X</Sex></Person>`:                   false,
		`<Person><Citizenship>mda</Citizenship></Person>`: false,
		`<Person><Children>100</Children></Person>`:       false,
		`<Person><Alive/><Born/></Person>`:                false,
		`<Person><IDNP>12</IDNP></Person>`:                false,
		`<Person><IDNP> 2999000006393 </IDNP></Person>`:   true,
		`<GetPerson/>`:                                    false,
		`<Nobody/>`:                                       false,
	} {
		file := filepath.Join(dir, "one.xml")
		text := strings.Replace(strings.Replace(body, "/>", ` xmlns="`+xmlmap.Namespace+`"/>`, 1), "<Person>", `<Person xmlns="`+xmlmap.Namespace+`">`, 1)
		must.OK(t, os.WriteFile(file, []byte(text), 0o600))
		if out, err := lint(t, xsdPath, file); (err == nil) != valid {
			t.Errorf("%s: %v %s", body, err, out)
		}
	}
}

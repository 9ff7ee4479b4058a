package importer_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"mconnect/internal/domain/importer"
	"mconnect/test/must"
)

// Nothing is lost silently: every name of a description stands in the drafts, or in a note on what became of it. These
// tests know nothing of schemas but where names are declared.

var word = regexp.MustCompile(`[\pL\pN_.-]+`)

// wordsIn are the words of a text, and those of "a.b.c" apart.
func wordsIn(text string) map[string]bool {
	all := map[string]bool{}
	for _, w := range word.FindAllString(text, -1) {
		all[w] = true
		for _, part := range strings.Split(w, ".") {
			all[part] = true
		}
	}
	return all
}

// missing are the names that a result does not mention.
func missing(t *testing.T, names map[string]bool, r importer.Result) (all []string) {
	t.Helper()
	mentioned := wordsIn(said(t, r))
	for name := range names {
		if !mentioned[name] && !mentioned[strings.Trim(name, "_.-")] {
			all = append(all, name)
		}
	}
	return all
}

// propertyNames collects the members of every object called "properties", and the names of parameters.
func propertyNames(n *yaml.Node, under string, into map[string]bool) {
	if n.Kind != yaml.MappingNode {
		for _, c := range n.Content {
			propertyNames(c, "", into)
		}
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i], n.Content[i+1]
		if under == "properties" {
			into[key.Value] = true
			propertyNames(v, "", into)
			continue
		}
		if key.Value == "in" && v.Kind == yaml.ScalarNode {
			for j := 0; j+1 < len(n.Content); j += 2 {
				if n.Content[j].Value == "name" {
					into[n.Content[j+1].Value] = true
				}
			}
		}
		propertyNames(v, key.Value, into)
	}
}

// elementNames collects the names of all elements and attributes that a schema declares.
func elementNames(t *testing.T, text []byte, into map[string]bool) {
	t.Helper()
	switch {
	case strings.Contains(string(text[:min(len(text), 100)]), "windows-1251"):
		text, _ = charmap.Windows1251.NewDecoder().Bytes(text)
	case strings.Contains(string(text[:min(len(text), 100)]), "ISO-8859-1"):
		text, _ = charmap.ISO8859_1.NewDecoder().Bytes(text)
	case text[0] >= 0xfe:
		text, _ = unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder().Bytes(text)
	}
	d := xml.NewDecoder(strings.NewReader(string(text)))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		must.OK(t, err)
		if e, ok := token.(xml.StartElement); ok && (e.Name.Local == "element" || e.Name.Local == "attribute") {
			for _, a := range e.Attr {
				if a.Name.Local == "name" {
					into[a.Value] = true
				}
			}
		}
	}
}

// TestNothingIsLost_Files: every description of testdata, each with the files of its folder.
func TestNothingIsLost_Files(t *testing.T) {
	seen := 0
	for _, c := range []struct{ root, file string }{
		{"register", "register.wsdl"}, {".", "shop.yaml"}, {"cases/remote-beside", "service.wsdl"}, {"cases/siblings", "wsdl/service.wsdl"},
		{"cases/openapi", "*"}, {"cases/jsonschema", "*"}, {"cases/wsdl", "*"},
	} {
		root := strings.Replace(c.root, "cases/siblings", "cases/wsdl/siblings", 1)
		files, err := filepath.Glob(filepath.Join("testdata", root, c.file))
		if err != nil || len(files) == 0 {
			t.Fatal(c, err)
		}
		for _, file := range files {
			if info, err := os.Stat(file); err != nil || info.IsDir() {
				continue
			}
			name, _ := filepath.Rel(filepath.Join("testdata", root), file)
			r, _ := importer.Read(importer.Source{Folder: os.DirFS(filepath.Join("testdata", root)), Name: filepath.ToSlash(name)}, importer.Options{})
			names := map[string]bool{}
			collect(t, file, c.root == "register", names)
			if len(r.Drafts) == 0 { // an operation that is left out is named as a whole
				continue
			}
			seen += len(names)
			if lost := missing(t, names, r); len(lost) > 0 {
				t.Errorf("%s: silent about %v", file, lost)
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d names were looked for", seen)
	}
}

func collect(t *testing.T, file string, whole bool, names map[string]bool) {
	t.Helper()
	read := func(path string) {
		text := must.Get(os.ReadFile(path))(t)
		if ext := filepath.Ext(path); ext == ".yaml" || ext == ".json" {
			var node yaml.Node
			must.OK(t, yaml.Unmarshal(text, &node))
			propertyNames(&node, "", names)
			return
		}
		elementNames(t, text, names)
	}
	if !whole {
		read(file)
		return
	}
	must.OK(t, filepath.WalkDir(filepath.Dir(file), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			read(path)
		}
		return err
	}))
}

// jsonSchemas makes JSON Schemas: each member has a name of its own.
type jsonSchemas struct {
	*rapid.T
	n       int
	names   map[string]bool
	defs    map[string]any
	defined []string
}

func (g *jsonSchemas) pick(of ...string) string { return rapid.SampledFrom(of).Draw(g.T, "pick") }
func (g *jsonSchemas) some(most int) int        { return rapid.IntRange(0, most).Draw(g.T, "some") }

func (g *jsonSchemas) name() string {
	g.n++
	name := fmt.Sprintf("m%d", g.n)
	g.names[name] = true
	return name
}

// schema makes a JSON Schema up, of keywords that stand together in real ones and that do not.
func (g *jsonSchemas) schema(depth int) any {
	if depth <= 0 {
		return map[string]any{"type": g.pick("string", "integer", "boolean", "number")}
	}
	s := map[string]any{}
	put := func(key string, make func() any) {
		if s[key] == nil {
			s[key] = make()
		}
	}
	inner := func() any { return g.schema(depth - 1) }
	for range 1 + g.some(2) {
		switch kind := g.pick("object", "object", "allOf", "oneOf", "anyOf", "array", "if", "dependent", "free", "pattern", "ref", "tuple", "unknown", "not"); kind {
		case "object":
			put("properties", func() any { return g.properties(depth) })
			if names := s["properties"].(map[string]any); rapid.Bool().Draw(g.T, "required") {
				put("required", func() any { return slices.Sorted(maps.Keys(names)) })
			}
			put("type", func() any { return "object" })
		case "allOf", "oneOf", "anyOf":
			put(kind, func() any { return g.list(depth) })
		case "array":
			put("items", inner)
			put("type", func() any { return "array" })
		case "if":
			put("if", inner)
			put("then", inner)
			put("else", inner)
		case "dependent":
			put("dependentSchemas", func() any { return map[string]any{"x": inner()} })
		case "free":
			put("additionalProperties", inner)
		case "pattern":
			put("patternProperties", func() any { return map[string]any{"^x": inner()} })
		case "ref":
			put("$ref", func() any { return "#/$defs/" + g.definition(depth) })
		case "tuple":
			put("prefixItems", func() any { return g.list(depth) })
		case "unknown":
			put("someNewKeyword", inner)
		case "not":
			put("not", inner)
		}
	}
	return s
}

func (g *jsonSchemas) properties(depth int) any {
	all := map[string]any{}
	for range 1 + g.some(2) {
		all[g.name()] = g.schema(depth - 1)
	}
	return all
}

func (g *jsonSchemas) list(depth int) any {
	all := []any{}
	for range 1 + g.some(2) {
		all = append(all, g.schema(depth-1))
	}
	return all
}

// definition names a schema of its own, perhaps one that is not finished yet: then it recurs.
func (g *jsonSchemas) definition(depth int) string {
	if len(g.defined) > 0 && rapid.Bool().Draw(g.T, "again") {
		return rapid.SampledFrom(g.defined).Draw(g.T, "which")
	}
	name := fmt.Sprintf("D%d", len(g.defined))
	g.defined = append(g.defined, name)
	g.defs[name] = g.schema(depth - 1)
	return name
}

// nothingIsLost reads descriptions that are made up, and demands each of their names in the drafts or a note.
func nothingIsLost(t *testing.T, file string, describe func(*rapid.T) (string, map[string]bool, importer.Options)) {
	t.Helper()
	carried := 0
	rapid.Check(t, func(rt *rapid.T) {
		text, names, opt := describe(rt)
		r, err := read(t, file, text, opt)
		if err != nil && len(r.Left) == 0 {
			rt.Fatalf("%v of %s", err, text)
		}
		if len(r.Drafts) == 0 {
			return
		}
		carried++
		if lost := missing(t, names, r); len(lost) > 0 {
			rt.Errorf("silent about %v of\n%s\n%s", lost, text, said(t, r))
		}
	})
	if carried < 20 {
		t.Errorf("only %d schemas gave a draft", carried)
	}
}

func TestNothingIsLost_JSONSchemas(t *testing.T) {
	nothingIsLost(t, "s.json", func(rt *rapid.T) (string, map[string]bool, importer.Options) {
		g := &jsonSchemas{T: rt, names: map[string]bool{}, defs: map[string]any{}}
		root := map[string]any{"type": "object", "properties": g.properties(3), g.pick("oneOf", "anyOf", "allOf"): g.list(3), "$defs": g.defs}
		text := must.Get(json.Marshal(root))(rt)
		return string(text), g.names, importer.Options{}
	})
}

// xmlSchemas makes XML Schemas.
type xmlSchemas struct {
	jsonSchemas
	globals strings.Builder
	types   []string
}

func (g *xmlSchemas) particles(depth int) string {
	var b strings.Builder
	for range 1 + g.some(2) {
		occurs := g.pick("", "", ` minOccurs="0"`, ` maxOccurs="unbounded"`, ` minOccurs="0" maxOccurs="5"`)
		switch kind := g.pick("element", "element", "element", "sequence", "choice", "group", "any", "head"); {
		case kind == "group" && depth > 0:
			name := fmt.Sprintf("G%d", g.n)
			g.n++
			inner := g.particles(depth - 1)
			fmt.Fprintf(&g.globals, `<xs:group name="%s"><xs:sequence>%s</xs:sequence></xs:group>`, name, inner)
			fmt.Fprintf(&b, `<xs:group ref="t:%s"%s/>`, name, occurs)
		case kind == "head" && depth > 0:
			head, abstract := g.name(), g.pick("", ` abstract="true"`)
			if abstract != "" {
				delete(g.names, head) // no message has it
			}
			fmt.Fprintf(&g.globals, `<xs:element name="%s" type="xs:string"%s/><xs:element name="%s" type="xs:string" substitutionGroup="t:%s"/>`, head, abstract, g.name(), head)
			fmt.Fprintf(&b, `<xs:element ref="t:%s"%s/>`, head, occurs)
		case kind == "any":
			b.WriteString(`<xs:any minOccurs="0"/>`)
		case kind == "sequence" || kind == "choice":
			fmt.Fprintf(&b, `<xs:%s%s>%s</xs:%s>`, kind, occurs, g.particles(depth-1), kind)
		default:
			b.WriteString(g.element(depth, occurs))
		}
	}
	return b.String()
}

func (g *xmlSchemas) element(depth int, occurs string) string {
	name := g.name()
	switch kind := g.pick("simple", "named", "anonymous", "list"); {
	case depth <= 0 || kind == "simple":
		return fmt.Sprintf(`<xs:element name="%s" type="%s"%s/>`, name, g.pick("xs:string", "xs:int", "xs:date", "xs:anyType"), occurs)
	case kind == "named":
		return fmt.Sprintf(`<xs:element name="%s" type="t:%s"%s/>`, name, g.complexType(depth), occurs)
	case kind == "list":
		return fmt.Sprintf(`<xs:element name="%s"%s><xs:simpleType><xs:list itemType="xs:int"/></xs:simpleType></xs:element>`, name, occurs)
	}
	return fmt.Sprintf(`<xs:element name="%s"%s><xs:complexType><xs:sequence>%s</xs:sequence>%s</xs:complexType></xs:element>`, name, occurs, g.particles(depth-1), g.attributes())
}

func (g *xmlSchemas) attributes() string {
	if g.some(2) > 0 {
		return ""
	}
	return fmt.Sprintf(`<xs:attribute name="%s" type="xs:string"%s/>`, g.name(), g.pick("", ` use="required"`))
}

// complexType declares a type, sometimes with others made of it; or names one that is there, or is being declared.
func (g *xmlSchemas) complexType(depth int) string {
	if len(g.types) > 0 && rapid.Bool().Draw(g.T, "again") {
		return rapid.SampledFrom(g.types).Draw(g.T, "which")
	}
	name := fmt.Sprintf("T%d", len(g.types))
	g.types = append(g.types, name)
	fmt.Fprintf(&g.globals, `<xs:complexType name="%s"%s><xs:sequence>%s</xs:sequence>%s</xs:complexType>`, name, g.pick("", ` abstract="true"`), g.particles(depth-1), g.attributes())
	for i := range g.some(2) {
		heir := fmt.Sprintf("%s_%d", name, i)
		fmt.Fprintf(&g.globals, `<xs:complexType name="%s"><xs:complexContent><xs:extension base="t:%s"><xs:sequence>%s</xs:sequence>%s</xs:extension></xs:complexContent></xs:complexType>`,
			heir, name, g.particles(0), g.attributes())
	}
	return name
}

func TestNothingIsLost_XMLSchemas(t *testing.T) {
	nothingIsLost(t, "s.xsd", func(rt *rapid.T) (string, map[string]bool, importer.Options) {
		g := &xmlSchemas{jsonSchemas: jsonSchemas{T: rt, names: map[string]bool{}}}
		text := answer(g.particles(3), g.globals.String())
		return text, g.names, importer.Options{Operation: "A", Attributes: importer.Policy(g.pick("fields", "drop"))}
	})
}

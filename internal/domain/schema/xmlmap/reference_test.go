package xmlmap_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/test/must"
)

// tree is an element as the standard library reads it.
type tree struct {
	name     xml.Name
	attrs    []xml.Attr
	children []*tree
	text     string
}

func parse(doc []byte) (*tree, error) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	root := &tree{}
	stack := []*tree{root}
	for {
		token, err := d.Token()
		if err != nil {
			return root.children[0], nil
		}
		top := stack[len(stack)-1]
		switch token := token.(type) {
		case xml.StartElement:
			t := &tree{name: token.Name, attrs: slices.Clone(token.Attr)}
			top.children = append(top.children, t)
			stack = append(stack, t)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += string(token)
		}
	}
}

// model translates slowly and plainly, by the rules of the package doc, to compare with.
type model struct {
	cfg   xmlmap.Config
	wrong bool
}

func (m *model) bad() json.RawMessage { m.wrong = true; return nil }

func (m *model) nilled(t *tree) bool {
	for _, a := range t.attrs {
		switch {
		case a.Name.Space == xmlmap.XSI && a.Name.Local == "nil":
			if v := strings.TrimSpace(a.Value); v == "true" || v == "1" {
				return true
			}
		case a.Name.Space == xmlmap.XSI, a.Name.Space == "xmlns", a.Name.Local == "xmlns":
		default:
			m.wrong = m.wrong || m.cfg.Attributes == xmlmap.Refuse
		}
	}
	return false
}

func (m *model) value(f schema.Field, t *tree, inArray bool) json.RawMessage {
	if m.nilled(t) {
		if strings.TrimSpace(t.text) != "" || len(t.children) > 0 {
			return m.bad()
		}
		return json.RawMessage("null")
	}
	switch f.Type {
	case schema.Object, schema.Array:
		if strings.TrimSpace(t.text) != "" {
			return m.bad()
		}
		if f.Type == schema.Object {
			return m.object(f.Fields, t)
		}
		return m.array(f, t, inArray)
	}
	if len(t.children) > 0 {
		return m.bad()
	}
	return m.scalar(f.Type, t.text)
}

func (m *model) array(f schema.Field, t *tree, inArray bool) json.RawMessage {
	name, _ := xmlmap.Item(f, inArray)
	var items []string
	for _, c := range t.children {
		if c.name.Local != name || c.name.Space != xmlmap.Namespace {
			m.wrong = m.wrong || m.cfg.Elements == xmlmap.Refuse
			continue
		}
		items = append(items, string(m.value(*f.Items, c, true)))
	}
	return json.RawMessage("[" + strings.Join(items, ",") + "]")
}

func (m *model) object(fields []schema.Field, t *tree) json.RawMessage {
	values := make([][]string, len(fields))
	last := make([]int, len(fields))
	for at, c := range t.children {
		i := slices.IndexFunc(fields, func(f schema.Field) bool { return f.Name == c.name.Local })
		if i < 0 || c.name.Space != xmlmap.Namespace {
			m.wrong = m.wrong || m.cfg.Elements == xmlmap.Refuse
			continue
		}
		f := fields[i]
		if _, repeats := item(f); repeats {
			if len(values[i]) > 0 && m.between(t.children[last[i]+1:at], fields) {
				m.wrong = true // the items do not stand together
			}
			f = *f.Items
			values[i] = append(values[i], string(m.value(f, c, true)))
		} else {
			if len(values[i]) > 0 {
				m.wrong = true
			}
			values[i] = append(values[i], string(m.value(f, c, false)))
		}
		last[i] = at
	}
	var parts []string
	for i, f := range fields {
		_, repeats := item(f)
		switch {
		case repeats && (len(values[i]) > 0 || f.Mandatory):
			parts = append(parts, fmt.Sprintf("%q:[%s]", f.Name, strings.Join(values[i], ",")))
		case len(values[i]) > 0:
			parts = append(parts, fmt.Sprintf("%q:%s", f.Name, values[i][0]))
		}
	}
	return json.RawMessage("{" + strings.Join(parts, ",") + "}")
}

// between reports whether a declared element is among these.
func (m *model) between(others []*tree, fields []schema.Field) bool {
	return slices.ContainsFunc(others, func(c *tree) bool {
		return c.name.Space == xmlmap.Namespace && slices.ContainsFunc(fields, func(f schema.Field) bool { return f.Name == c.name.Local })
	})
}

func item(f schema.Field) (string, bool) {
	if f.Type != schema.Array {
		return "", false
	}
	return xmlmap.Item(f, false)
}

func (m *model) scalar(base schema.Base, text string) json.RawMessage {
	trimmed := strings.Trim(text, " \t\r\n")
	switch base {
	case schema.Boolean:
		v, ok := map[string]string{"1": "true", "true": "true", "0": "false", "false": "false"}[trimmed]
		if !ok {
			return m.bad()
		}
		return json.RawMessage(v)
	case schema.Integer:
		n, ok := new(big.Int).SetString(trimmed, 10)
		if !ok || strings.Contains(trimmed, "_") {
			return m.bad()
		}
		if n.Sign() == 0 && strings.HasPrefix(trimmed, "-") {
			return json.RawMessage("-0")
		}
		return json.RawMessage(n.String())
	case schema.String:
		return json.RawMessage(quote(text))
	}
	return json.RawMessage(quote(trimmed))
}

// drawTree writes an element that mostly keeps to the type, as people's programs get it wrong.
func drawTree(t *rapid.T, b *strings.Builder, name string, f schema.Field, inArray bool) {
	space := rapid.SampledFrom([]string{"", "", "", "", "", "", "", "", ` xmlns="urn:x"`}).Draw(t, "space")
	attr := rapid.SampledFrom([]string{"", "", "", "", "", "", "", ` a="1"`, ` i:nil="0"`, ` i:nil="true"`, ` i:type="x"`}).Draw(t, "attribute")
	b.WriteString("<" + name + space + attr + ">")
	if rapid.IntRange(0, 15).Draw(t, "mixed") == 0 {
		b.WriteString(rapid.SampledFrom([]string{"x", "<Z>1<Y/></Z>", "<!--c-->", "\n ", "<![CDATA[ ]]>", "&#32;"}).Draw(t, "what"))
	}
	switch f.Type {
	case schema.Object:
		var names []int
		for i := range f.Fields {
			for range rapid.SampledFrom([]int{1, 1, 1, 1, 0, 2}).Draw(t, "times") {
				names = append(names, i)
			}
		}
		if rapid.IntRange(0, 3).Draw(t, "shuffle") == 0 {
			names = rapid.Permutation(names).Draw(t, "order")
		}
		for _, i := range names {
			inner := f.Fields[i]
			if _, repeats := item(inner); repeats {
				drawTree(t, b, inner.Name, *inner.Items, true)
				continue
			}
			drawTree(t, b, inner.Name, inner, false)
		}
	case schema.Array:
		row, _ := xmlmap.Item(f, inArray)
		for range rapid.IntRange(0, 3).Draw(t, "rows") {
			drawTree(t, b, row, *f.Items, true)
		}
	default:
		b.WriteString(rapid.SampledFrom([]string{"", "1", " 7 ", "-0", "+05", "true", "x y", "&lt;", "a<!-- -->b", "ș", "1.5"}).Draw(t, "text"))
	}
	b.WriteString("</" + name + ">")
}

// Whatever arrives, right or wrong, under every policy: the fast translation and the plain one say the same.
func TestRead_AgreesWithThePlainModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := schema.Type{Name: "Root", Fields: plain(drawFields(t, 3))}
		cfg := xmlmap.Config{Type: typ}
		cfg.Elements = rapid.SampledFrom([]xmlmap.Policy{xmlmap.Refuse, xmlmap.Drop}).Draw(t, "elements")
		cfg.Attributes = rapid.SampledFrom([]xmlmap.Policy{xmlmap.Refuse, xmlmap.Drop}).Draw(t, "attributes")
		form := must.Get(xmlmap.Compile(cfg))(t)
		for range 4 {
			var b strings.Builder
			root := schema.Field{Name: "Root", Type: schema.Object, Fields: typ.Fields}
			drawTree(t, &b, "Root", root, false)
			doc := strings.Replace(b.String(), "<Root", `<Root xmlns:i="`+xmlmap.XSI+`" `, 1)
			if !strings.Contains(doc[:strings.IndexByte(doc, '>')], "urn:x") {
				doc = strings.Replace(doc, "<Root", `<Root xmlns="`+xmlmap.Namespace+`" `, 1)
			}
			out, _, err := form.JSON(nil, []byte(doc))
			read, _ := parse([]byte(doc))
			if read.name.Space != xmlmap.Namespace {
				if fault.From(err).Code != fault.XMLNamespace {
					t.Fatalf("%s\n%v", doc, err)
				}
				continue
			}
			m := model{cfg: cfg}
			want := m.value(root, read, false)
			m.wrong = m.wrong || string(want) == "null" // a whole message cannot be nil
			if m.wrong != (err != nil) || (err == nil && string(out) != string(want)) {
				t.Fatalf("%s\ngave %s (%v)\nwant %s (wrong: %v)", doc, out, err, want, m.wrong)
			}
		}
	})
}

// plain leaves the bases that the model knows.
func plain(fields []schema.Field) []schema.Field {
	for i := range fields {
		f := &fields[i]
		switch f.Type {
		case schema.Object:
			plain(f.Fields)
		case schema.Array:
			f.Items = &plain([]schema.Field{*f.Items})[0]
		case schema.Integer, schema.Boolean, schema.String:
		default:
			f.Type = schema.String
		}
	}
	return fields
}

package importer

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"mconnect/internal/domain/catalog"
)

// Manifest writes a draft as YAML to be read by a person: what is to be decided, what was changed and what was lost
// comes first, and again next to the field that it is about. The same draft gives the same bytes.
func (d Draft) Manifest(source string) ([]byte, error) {
	var body yaml.Node
	if err := body.Encode(d.Service); err != nil {
		return nil, err
	}
	empty := d.Endpoint == (catalog.Endpoint{})
	drop(&body, "endpoint", empty)
	head := &yaml.Node{Kind: yaml.MappingNode, Content: append([]*yaml.Node{scalar("kind"), scalar("Service")},
		body.Content...)}
	notes := map[string][]string{}
	for _, n := range d.Notes {
		if n.Field != "" {
			notes[n.Field] = append(notes[n.Field], strings.ToUpper(string(n.Kind))+": "+n.Text)
		}
	}
	for i := 0; i+1 < len(head.Content); i += 2 {
		key, v := head.Content[i], head.Content[i+1]
		key.HeadComment = comment(notes[key.Value])
		if key.Value == "request" || key.Value == "response" {
			remark(v, key.Value, notes)
		}
	}
	compact(head)
	var out bytes.Buffer
	d.preface(&out, source)
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(head); err != nil {
		return nil, err
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	if empty {
		out.WriteString("# DECIDE: how the provider is reached.\n")
	}
	return out.Bytes(), nil
}

// preface says in front of everything what a person must know.
func (d Draft) preface(out *bytes.Buffer, source string) {
	fmt.Fprintf(out, "# DRAFT of %s, made from the operation %s of %s. Nothing calls it before its status is published.\n",
		d.Name, oneLine(d.From), oneLine(source))
	for _, part := range []struct {
		kind Kind
		says string
	}{
		{Decide, "A person must decide:"}, {Changed, "Carried over in another form:"},
		{Lost, "Could not be carried over:"},
	} {
		first := true
		for _, n := range d.Notes {
			if n.Kind != part.kind {
				continue
			}
			if first {
				fmt.Fprintf(out, "#\n# %s\n", part.says)
				first = false
			}
			place := n.Where
			if n.Field != "" {
				place = n.Field + " (" + n.Where + ")"
			}
			fmt.Fprintf(out, "#   - %s: %s\n", oneLine(place), oneLine(n.Text))
		}
	}
	out.WriteString("\n")
}

func oneLine(s string) string { return strings.Join(strings.Fields(strings.Map(printable, s)), " ") }

func scalar(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

func comment(lines []string) string {
	var all []string
	for _, line := range lines {
		all = append(all, "# "+oneLine(line))
	}
	return strings.Join(all, "\n")
}

func drop(mapping *yaml.Node, key string, when bool) {
	for i := 0; when && i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			mapping.Content = append(mapping.Content[:i], mapping.Content[i+2:]...)
			return
		}
	}
}

func entry(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// remark puts notes above the fields that they are about.
func remark(of *yaml.Node, at string, notes map[string][]string) {
	for items := entry(of, "items"); items != nil; items = entry(of, "items") {
		of = items
	}
	fields := entry(of, "fields")
	if fields == nil {
		return
	}
	for _, f := range fields.Content {
		name := entry(f, "name")
		if name == nil {
			continue
		}
		path := at + "." + name.Value
		f.HeadComment = comment(notes[path])
		remark(f, path, notes)
	}
}

// compact writes small mappings of plain values (texts in three languages, simple fields) on one line.
func compact(n *yaml.Node) {
	small := n.Kind == yaml.MappingNode && len(n.Content) > 0
	length := 0
	for i, c := range n.Content {
		compact(c)
		plain := c.Kind == yaml.ScalarNode || (c.Kind == yaml.MappingNode && c.Style == yaml.FlowStyle)
		small = small && plain && c.HeadComment == "" && !strings.Contains(c.Value, "\n")
		if length += len(c.Value) + 2; i%2 == 0 && c.Value == "kind" {
			small = false
		}
		for _, inner := range c.Content {
			length += len(inner.Value) + 2
		}
	}
	if small && length < 140 {
		n.Style = yaml.FlowStyle
	}
}

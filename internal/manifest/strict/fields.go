package strict

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"mconnect/fault"
)

// field is one field of a struct as documents name it.
type field struct {
	name string
	of   reflect.Type
	end  bool // a day counts to its end
}

var known sync.Map // reflect.Type → map[string]field

// fieldsOf lists the fields of a struct, those of embedded structs among them.
func fieldsOf(t reflect.Type) map[string]field {
	if all, ok := known.Load(t); ok {
		return all.(map[string]field)
	}
	all := map[string]field{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(tagOf(f), ",")
		switch {
		case !f.IsExported() || name == "-":
		case strings.Contains(options, "inline"), f.Anonymous && name == "":
			for _, inner := range fieldsOf(f.Type) {
				all[inner.name] = inner
			}
		default:
			if name == "" {
				name = strings.ToLower(f.Name)
			}
			all[name] = field{name, f.Type, f.Tag.Get("day") == "end"}
		}
	}
	known.Store(t, all)
	return all
}

func tagOf(f reflect.StructField) string {
	if tag, ok := f.Tag.Lookup("yaml"); ok {
		return tag
	}
	return f.Tag.Get("json")
}

// fields judges a mapping as a struct.
func (r *reader) fields(slot **yaml.Node, t reflect.Type, path string) {
	n := *slot
	if n.Kind != yaml.MappingNode {
		r.refuse(slot, path, fault.InputType, "want", WantFields)
		return
	}
	all := fieldsOf(t)
	r.names(n, path, func(name string, value **yaml.Node) bool {
		at := path + "/" + escaped(name)
		f, ok := all[name]
		if !ok {
			near := fault.Nearest(name, slices.Collect(maps.Keys(all)))
			r.note(*value, at, fault.ManifestField, "name", name, fault.Near, near)
			return false
		}
		r.value(value, f.of, at, f.end)
		return true
	})
}

// escaped is a name as a JSON pointer has it (RFC 6901).
func escaped(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }

// Line finds the line of the place that a JSON pointer names in a document; of as much of it as is there.
func Line(n *yaml.Node, pointer string) int {
	line := n.Line
	for {
		for n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
			n = n.Content[0]
			line = n.Line
		}
		for n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		var name string
		var more bool
		if _, pointer, more = strings.Cut(pointer, "/"); !more {
			return line
		}
		name, rest, deeper := strings.Cut(pointer, "/")
		next, at := inside(n, name)
		if next == nil {
			return line
		}
		n, line = next, at
		if pointer = ""; deeper {
			pointer = "/" + rest
		}
	}
}

// inside finds what a mapping or a sequence has under a name, and the line of the name.
func inside(n *yaml.Node, name string) (*yaml.Node, int) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if escaped(n.Content[i].Value) == name {
				return n.Content[i+1], n.Content[i].Line
			}
		}
	case yaml.SequenceNode:
		i := 0
		for _, c := range name {
			if c < '0' || c > '9' || i > len(n.Content) {
				return nil, 0
			}
			i = 10*i + int(c-'0')
		}
		if i < len(n.Content) && name != "" {
			return n.Content[i], n.Content[i].Line
		}
	}
	return nil, 0
}

package asyncapi

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"mconnect/internal/domain/event"
)

// dataSchema writes the schema of a type's data as draft 7 has it, cut to granted fields.
func dataSchema(t *event.ReadyType, fields []string) (any, error) {
	if t.Schema() == nil {
		return true, nil
	}
	d := json.NewDecoder(bytes.NewReader(t.Type.Schema))
	d.UseNumber()
	var root any
	if err := d.Decode(&root); err != nil {
		return nil, err
	}
	w := writer{root: root, left: 20_000}
	return w.schema(root, grantOf(fields), 0), nil
}

// grant is what of a place is granted: all of it, or some members.
type grant struct {
	all     bool
	members map[string]*grant
}

func grantOf(paths []string) *grant {
	root := &grant{}
	for _, path := range paths {
		if path == event.Everything {
			return &grant{all: true}
		}
		at := root
		for name := range strings.SplitSeq(path, ".") {
			if at.members == nil {
				at.members = map[string]*grant{}
			}
			if at.members[name] == nil {
				at.members[name] = &grant{}
			}
			at = at.members[name]
		}
		at.all = true
	}
	return root
}

// of returns the grant of a member, nil when it is not granted.
func (g *grant) of(name string) *grant {
	if g.all {
		return g
	}
	return g.members[name]
}

// writer turns a schema of any draft into one of draft 7. It is bounded in depth and in how much it writes: what lies
// beyond, such as a schema that holds itself, is left open.
type writer struct {
	root any
	left int
}

const deepest = 24

func (w *writer) schema(s any, g *grant, depth int) any {
	w.left--
	object, ok := s.(map[string]any)
	if !ok {
		return s != false
	}
	if depth > deepest || w.left < 0 {
		return true
	}
	if ref, found := object["$ref"].(string); found {
		target, known := resolve(w.root, ref)
		if !known {
			return true
		}
		out := w.schema(target, g, depth+1)
		if len(object) == 1 {
			return out
		}
		rest := map[string]any{}
		for word, value := range object {
			if word != "$ref" {
				rest[word] = value
			}
		}
		return map[string]any{"allOf": []any{out, w.schema(rest, g, depth+1)}}
	}
	out := map[string]any{}
	for word, value := range object {
		w.keyword(out, word, value, g, depth)
	}
	if first, found := object["prefixItems"]; found { // draft 2020-12 renamed items and additionalItems
		out["items"] = w.list(first, g, depth)
		if rest, found := object["items"]; found {
			out["additionalItems"] = w.schema(rest, g, depth+1)
		}
	}
	return out
}

// dropped are keywords that draft 7 does not know, or that lose their meaning when references are put in their place.
var dropped = map[string]bool{
	"$schema": true, "$id": true, "id": true, "$defs": true, "definitions": true, "$anchor": true,
	"$dynamicAnchor": true, "$dynamicRef": true, "$recursiveAnchor": true,
	"$recursiveRef": true, "$vocabulary": true, "unevaluatedProperties": true, "unevaluatedItems": true,
	"minContains": true, "maxContains": true,
	"dependentSchemas": true, "contentSchema": true, "$comment": true, "examples": true, "default": true,
}

func (w *writer) keyword(out map[string]any, word string, value any, g *grant, depth int) {
	switch {
	case dropped[word]:
	case word == "properties":
		out[word] = w.members(value, g, depth)
	case word == "required":
		if names := granted(value, g); len(names) > 0 {
			out[word] = names
		}
	case word == "dependentRequired" || word == "dependencies":
		if g.all {
			out["dependencies"] = w.dependencies(value, depth)
		}
	case word == "patternProperties":
		if g.all {
			out[word] = w.members(value, g, depth)
		}
	case word == "prefixItems":
	case word == "items" || word == "additionalItems" || word == "contains":
		if list, ok := value.([]any); ok {
			out[word] = w.list(list, g, depth)
		} else {
			out[word] = w.schema(value, g, depth+1)
		}
	case word == "allOf" || word == "anyOf" || word == "oneOf":
		out[word] = w.list(value, g, depth)
	case word == "not" || word == "if" || word == "then" || word == "else":
		if g.all { // a rule over fields that are not there would mislead
			out[word] = w.schema(value, g, depth+1)
		}
	case word == "additionalProperties" || word == "propertyNames":
		out[word] = w.schema(value, g, depth+1)
	case (word == "minProperties" || word == "maxProperties") && !g.all:
	default:
		out[word] = value
	}
}

func (w *writer) members(value any, g *grant, depth int) any {
	out := map[string]any{}
	object, _ := value.(map[string]any)
	for name, sub := range object {
		if below := g.of(name); below != nil {
			out[name] = w.schema(sub, below, depth+1)
		}
	}
	return out
}

func (w *writer) list(value any, g *grant, depth int) []any {
	list, _ := value.([]any)
	out := make([]any, len(list))
	for i, sub := range list {
		out[i] = w.schema(sub, g, depth+1)
	}
	return out
}

func (w *writer) dependencies(value any, depth int) any {
	out := map[string]any{}
	object, _ := value.(map[string]any)
	for name, sub := range object {
		if names, ok := sub.([]any); ok {
			out[name] = names
		} else {
			out[name] = w.schema(sub, &grant{all: true}, depth+1)
		}
	}
	return out
}

// granted keeps the names of required members that are granted.
func granted(value any, g *grant) (names []any) {
	list, _ := value.([]any)
	for _, one := range list {
		if name, ok := one.(string); ok && g.of(name) != nil {
			names = append(names, name)
		}
	}
	return names
}

// resolve follows a reference inside the document.
func resolve(root any, ref string) (any, bool) {
	path, ok := strings.CutPrefix(ref, "#")
	if !ok || (path != "" && path[0] != '/') {
		return nil, false
	}
	at := root
	for path != "" {
		var name string
		name, path, _ = strings.Cut(path[1:], "/")
		if path != "" {
			path = "/" + path
		}
		name = strings.ReplaceAll(strings.ReplaceAll(name, "~1", "/"), "~0", "~")
		switch v := at.(type) {
		case map[string]any:
			at, ok = v[name]
		case []any:
			n, err := strconv.Atoi(name)
			if ok = err == nil && n >= 0 && n < len(v); ok {
				at = v[n]
			}
		default:
			ok = false
		}
		if !ok {
			return nil, false
		}
	}
	return at, true
}

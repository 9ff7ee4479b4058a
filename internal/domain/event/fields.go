package event

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// fieldTree is what a schema declares of one place in the data, as far as granting and comparing need it. Arrays have
// their element in item; a granted path steps through it without a name.
type fieldTree struct {
	children map[string]*fieldTree
	required map[string]bool
	item     *fieldTree
	types    []string // sorted; nil: any
	enum     []string // JSON texts, sorted; nil: any
	rules    string   // the other rules as JSON text: pattern, minimum, …
	mixed    bool     // alternatives or a reference that is not followed: not everything is known
}

// Bounds of the tree; what lies beyond is not known.
const (
	treeDepth = 24
	treeNodes = 20_000
)

// surveyor walks a schema document.
type surveyor struct {
	root any
	left int
}

// fieldsOf surveys a schema document that compiles.
func fieldsOf(document any) *fieldTree {
	s := &surveyor{document, treeNodes}
	return s.survey(document, 0)
}

func (s *surveyor) survey(schema any, depth int) *fieldTree {
	node := &fieldTree{}
	object, ok := schema.(map[string]any)
	s.left--
	if !ok || depth > treeDepth || s.left < 0 {
		node.mixed = !ok && schema != nil && schema != true
		node.mixed = node.mixed || depth > treeDepth || s.left < 0
		return node
	}
	if ref, found := object["$ref"].(string); found {
		target, known := resolve(s.root, ref)
		if !known {
			node.mixed = true
			return node
		}
		node = s.survey(target, depth+1)
	}
	node.take(object)
	s.members(node, object, depth)
	s.alternatives(node, object, depth)
	return node
}

// plainRules are the keywords that narrow a value without changing its form.
var plainRules = []string{"pattern", "format", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum",
	"exclusiveMaximum",
	"multipleOf", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "additionalProperties",
	"unevaluatedProperties"}

// take notes what the schema object says of the value itself.
func (t *fieldTree) take(object map[string]any) {
	switch types := object["type"].(type) {
	case string:
		t.types = []string{types}
	case []any:
		t.types = nil
		for _, one := range types {
			if name, ok := one.(string); ok {
				t.types = append(t.types, name)
			}
		}
		slices.Sort(t.types)
	}
	values, ok := object["enum"].([]any)
	if only, found := object["const"]; found {
		values, ok = []any{only}, true
	}
	if ok {
		t.enum = []string{}
		for _, v := range values {
			t.enum = append(t.enum, text(v))
		}
		slices.Sort(t.enum)
	}
	rules := map[string]any{}
	for _, word := range plainRules {
		if v, found := object[word]; found {
			rules[word] = v
		}
	}
	if len(rules) > 0 {
		t.rules = text(rules)
	}
}

func text(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	return string(raw)
}

// members surveys what lies below an object or array.
func (s *surveyor) members(node *fieldTree, object map[string]any, depth int) {
	if properties, ok := object["properties"].(map[string]any); ok {
		for name, sub := range properties {
			node.put(name, s.survey(sub, depth+1))
		}
	}
	if names, ok := object["required"].([]any); ok {
		for _, one := range names {
			if name, ok := one.(string); ok {
				if node.required == nil {
					node.required = map[string]bool{}
				}
				node.required[name] = true
			}
		}
	}
	for _, word := range []string{"items", "additionalItems", "prefixItems", "contains"} {
		switch items := object[word].(type) {
		case map[string]any:
			node.merge(&fieldTree{item: s.survey(items, depth+1)})
		case []any:
			for _, one := range items {
				node.merge(&fieldTree{item: s.survey(one, depth+1)})
			}
			node.mixed = true
		}
	}
	if _, found := object["patternProperties"]; found {
		node.mixed = true
	}
}

// alternatives adds what allOf demands and what anyOf, oneOf, then and else may add.
func (s *surveyor) alternatives(node *fieldTree, object map[string]any, depth int) {
	if all, ok := object["allOf"].([]any); ok {
		for _, sub := range all {
			node.merge(s.survey(sub, depth+1))
		}
	}
	var maybe []any
	for _, word := range []string{"anyOf", "oneOf"} {
		if some, ok := object[word].([]any); ok {
			maybe = append(maybe, some...)
		}
	}
	for _, word := range []string{"if", "then", "else", "not", "dependentSchemas", "dependencies", "$dynamicRef",
		"$recursiveRef"} {
		if sub, found := object[word]; found {
			node.mixed = true
			if word == "then" || word == "else" {
				maybe = append(maybe, sub)
			}
		}
	}
	for _, sub := range maybe {
		branch := s.survey(sub, depth+1)
		branch.required, branch.types, branch.enum = nil, nil, nil
		node.merge(branch)
		node.mixed = true
	}
}

func (t *fieldTree) put(name string, child *fieldTree) {
	if t.children == nil {
		t.children = map[string]*fieldTree{}
	}
	if there := t.children[name]; there != nil {
		there.merge(child)
		return
	}
	t.children[name] = child
}

// merge adds what another schema says of the same place.
func (t *fieldTree) merge(o *fieldTree) {
	for name, child := range o.children {
		t.put(name, child)
	}
	for name := range o.required {
		if t.required == nil {
			t.required = map[string]bool{}
		}
		t.required[name] = true
	}
	if t.item == nil {
		t.item = o.item
	} else if o.item != nil {
		t.item.merge(o.item)
	}
	if t.types == nil {
		t.types = o.types
	}
	if t.enum == nil {
		t.enum = o.enum
	}
	t.rules += o.rules
	t.mixed = t.mixed || o.mixed
}

// resolve follows a reference inside the document: "#", "#/$defs/Person".
func resolve(root any, ref string) (any, bool) {
	path, ok := strings.CutPrefix(ref, "#")
	if !ok || (path != "" && path[0] != '/') {
		return nil, false
	}
	at := root
	for name := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if path == "" {
			break
		}
		name = strings.ReplaceAll(strings.ReplaceAll(name, "~1", "/"), "~0", "~")
		switch v := at.(type) {
		case map[string]any:
			if at, ok = v[name]; !ok {
				return nil, false
			}
		case []any:
			n, err := strconv.Atoi(name)
			if err != nil || n < 0 || n >= len(v) {
				return nil, false
			}
			at = v[n]
		default:
			return nil, false
		}
	}
	return at, true
}

// through steps into arrays.
func (t *fieldTree) through() []*fieldTree {
	nodes := []*fieldTree{t}
	for t.item != nil && len(nodes) < treeDepth {
		t = t.item
		nodes = append(nodes, t)
	}
	return nodes
}

func (t *fieldTree) child(name string) *fieldTree {
	for _, node := range t.through() {
		if c := node.children[name]; c != nil {
			return c
		}
	}
	return nil
}

// Has reports that the schema declares the granted path: names joined by dots, arrays stepped through. "*" is always
// there.
func (s *Schema) Has(path string) bool {
	if path == "*" {
		return true
	}
	node := s.fields
	for name := range strings.SplitSeq(path, ".") {
		if node = node.child(name); node == nil {
			return false
		}
	}
	return true
}

package draft

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"mconnect/fault"
)

// value is one value of a JSON or YAML document, with the file that it stands in. A nil node is an absent value: every
// method answers for it.
type value struct {
	node *yaml.Node
	doc  *document
}

// document is one JSON or YAML file. References lead only inside it.
type document struct {
	name string
	root *yaml.Node
}

// parse reads one document. Anchors and aliases are refused: they can multiply.
func (r *reader) parse(text []byte) (value, error) {
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		return value{}, malformed(r.src.Name, clip(strings.TrimPrefix(err.Error(), "yaml: "), 200))
	}
	if node.Kind != yaml.DocumentNode || len(node.Content) != 1 || node.Content[0].Kind != yaml.MappingNode {
		return value{}, malformed(r.src.Name, "an object is expected")
	}
	doc := &document{name: r.src.Name, root: node.Content[0]}
	if err := r.count(doc, doc.root, 1); err != nil {
		return value{}, err
	}
	return value{doc.root, doc}, nil
}

func (r *reader) count(doc *document, n *yaml.Node, depth int) error {
	where := fmt.Sprintf("%s:%d", doc.name, n.Line)
	if r.elements++; r.elements > MaxElements || depth > MaxNested {
		return fault.New(fault.ImportLimit, "where", where, "limit", fmt.Sprintf("%d values, %d inside one another", MaxElements, MaxNested))
	}
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return unsupported(where, "a YAML anchor or alias")
	}
	for _, c := range n.Content {
		if err := r.count(doc, c, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (v value) where() string {
	if v.node == nil {
		return v.doc.name
	}
	return fmt.Sprintf("%s:%d", v.doc.name, v.node.Line)
}

func (v value) present() bool { return v.node != nil }

func (v value) isObject() bool { return v.node != nil && v.node.Kind == yaml.MappingNode }

// get returns a member of an object.
func (v value) get(name string) value {
	if v.isObject() {
		for i := 0; i+1 < len(v.node.Content); i += 2 {
			if v.node.Content[i].Value == name {
				return value{v.node.Content[i+1], v.doc}
			}
		}
	}
	return value{nil, v.doc}
}

// member is a named value of an object.
type member struct {
	name string
	value
}

// members lists an object's members in order.
func (v value) members() (all []member) {
	if v.isObject() {
		for i := 0; i+1 < len(v.node.Content); i += 2 {
			all = append(all, member{v.node.Content[i].Value, value{v.node.Content[i+1], v.doc}})
		}
	}
	return all
}

// items lists an array's items in order.
func (v value) items() (all []value) {
	if v.node != nil && v.node.Kind == yaml.SequenceNode {
		for _, c := range v.node.Content {
			all = append(all, value{c, v.doc})
		}
	}
	return all
}

// text is a scalar as written.
func (v value) text() string {
	if v.node == nil || v.node.Kind != yaml.ScalarNode || v.node.Tag == "!!null" {
		return ""
	}
	return v.node.Value
}

func (v value) isTrue() bool { return v.text() == "true" }

// texts are a scalar, or the scalars of an array.
func (v value) texts() (all []string) {
	if t := v.text(); t != "" {
		return []string{t}
	}
	for _, item := range v.items() {
		all = append(all, item.text())
	}
	return all
}

// follow resolves references (RFC 6901 pointers into the same document), a bounded number of them in a row.
func (v value) follow() (value, error) {
	for range 20 {
		ref := v.get("$ref").text()
		if ref == "" {
			return v, nil
		}
		pointer, local := strings.CutPrefix(ref, "#")
		if !local {
			return v, fault.New(fault.ImportReference, "ref", clip(ref, 200), "where", v.where())
		}
		at := value{v.doc.root, v.doc}
		for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
			if pointer == "" {
				break
			}
			token = strings.NewReplacer("%24", "$", "%7B", "{", "%7D", "}").Replace(token)
			token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
			at = at.step(token)
		}
		if !at.present() {
			return v, fault.New(fault.ImportReference, "ref", clip(ref, 200), "where", v.where())
		}
		v = at
	}
	return v, unsupported(v.where(), "references that lead in a circle")
}

func (v value) step(token string) value {
	if n, err := strconv.Atoi(token); err == nil && v.node != nil && v.node.Kind == yaml.SequenceNode {
		if items := v.items(); n >= 0 && n < len(items) {
			return items[n]
		}
		return value{nil, v.doc}
	}
	return v.get(token)
}

package importer

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"mconnect/fault"
)

// value is one value of a JSON or YAML document, with its file. A nil node is an absent value, on which every method
// works.
type value struct {
	node *yaml.Node
	doc  *document
}

// document is one JSON or YAML file.
type document struct {
	reader *reader
	name   string
	root   *yaml.Node
}

// parse reads one document. Anchors and aliases are refused: they can multiply.
func (r *reader) parse(name string, text []byte) (value, error) {
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		line, what := yamlFlaw(err)
		return value{}, malformed(name+line, what)
	}
	if node.Kind != yaml.DocumentNode || len(node.Content) != 1 || node.Content[0].Kind != yaml.MappingNode {
		return value{}, malformed(name, "an object is expected")
	}
	doc := &document{reader: r, name: name, root: node.Content[0]}
	if err := r.count(doc, doc.root, 1); err != nil {
		return value{}, err
	}
	r.docs[name] = doc
	return value{doc.root, doc}, nil
}

// yamlFlaw takes the line out of the library's message: "yaml: line 3: mapping values are not allowed in this context".
func yamlFlaw(err error) (line, what string) {
	what = clip(strings.TrimPrefix(err.Error(), "yaml: "), 200)
	if rest, numbered := strings.CutPrefix(what, "line "); numbered {
		if number, after, found := strings.Cut(rest, ": "); found {
			return ":" + number, after
		}
	}
	return "", what
}

func (r *reader) count(doc *document, n *yaml.Node, depth int) error {
	where := fmt.Sprintf("%s:%d", doc.name, n.Line)
	if r.elements++; r.elements > MaxElements || depth > MaxNested {
		return fault.New(fault.ImportLimit, "where", where, "limit", fmt.Sprintf("%d values, %d inside one another",
			MaxElements, MaxNested))
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
		return value{entry(v.node, name), v.doc}
	}
	return value{nil, v.doc}
}

// has reports whether an object has one of the members.
func (v value) has(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return v.get(name).present() })
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

// maxHops is how many references may lead to one another.
const maxHops = 20

// follow resolves references until there is none.
func (v value) follow() (value, error) {
	for range maxHops {
		if v.get("$ref").text() == "" {
			return v, nil
		}
		to, err := v.resolve(v.get("$ref").text())
		if err != nil {
			return v, err
		}
		v = to
	}
	return v, unsupported(v.where(), "references that lead in a circle")
}

// resolve finds what a reference means: an RFC 6901 pointer in a URI fragment (clause 6: percent-decoded first), into
// this document or into another file.
func (v value) resolve(ref string) (value, error) {
	file, fragment, _ := strings.Cut(ref, "#")
	doc, err := v.doc.reader.other(v, file)
	if err != nil || doc == nil {
		return v, err
	}
	pointer, err := url.PathUnescape(fragment)
	if err != nil {
		pointer = fragment
	}
	at := value{doc.root, doc}
	switch tokens, isPath := strings.CutPrefix(pointer, "/"); {
	case isPath:
		for token := range strings.SplitSeq(tokens, "/") {
			at = at.step(strings.NewReplacer("~1", "/", "~0", "~").Replace(token))
		}
	case pointer != "":
		at = anchored(at, pointer)
	}
	if !at.present() {
		return v, v.doc.reader.absent(ref, "", v.where())
	}
	return at, nil
}

// anchored finds the schema with a plain name for its fragment: "$anchor": "person" is meant by "#person".
func anchored(v value, name string) value {
	if v.get("$anchor").text() == name {
		return v
	}
	if v.node != nil {
		for _, c := range v.node.Content {
			if found := anchored(value{c, v.doc}, name); found.present() {
				return found
			}
		}
	}
	return value{nil, v.doc}
}

// other reads the file that a reference leads to. A reference that carries the document's own "$id" stays in it.
func (r *reader) other(from value, file string) (*document, error) {
	if file == "" || file == from.doc.idOf() {
		return from.doc, nil
	}
	name, missing, err := r.locate(location{ref: file, file: from.doc.name, where: from.where()})
	if err != nil {
		return nil, err
	}
	if missing {
		return nil, r.absent(file, "", from.where())
	}
	if doc := r.docs[name]; doc != nil {
		return doc, nil
	}
	text, err := r.file(name)
	if gone(err) {
		return nil, fault.New(fault.ImportReference, "ref", clip(file, 200), "where", from.where())
	}
	if err != nil {
		return nil, err
	}
	whole, err := r.parse(name, text)
	return whole.doc, err
}

func (d *document) idOf() string {
	id := value{d.root, d}.get("$id").text()
	return strings.TrimSuffix(id, "#")
}

func (v value) step(token string) value {
	if n, err := strconv.Atoi(token); err == nil && n >= 0 && n < len(v.items()) {
		return v.items()[n]
	}
	return v.get(token)
}

package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// asJSON reads a document by way of JSON: for kinds that hold free documents, such as a JSON Schema, whose order and
// numbers are kept as written.
func asJSON(n *yaml.Node, into any) error {
	w := jsonWriter{left: maxNodes}
	if err := w.write(n, 0); err != nil {
		return err
	}
	return strictly(w.Bytes(), into)
}

// maxNodes bounds a document, aliases counted as often as they are used.
const maxNodes = 200_000

var errYAML = errors.New("not a document that JSON can hold: names must be texts, aliases few, nesting under 100")

// jsonWriter writes a YAML node as JSON.
type jsonWriter struct {
	bytes.Buffer
	left int
}

func (w *jsonWriter) write(n *yaml.Node, depth int) error {
	if w.left--; w.left < 0 || depth > 100 {
		return errYAML
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) != 1 {
			return errYAML
		}
		return w.write(n.Content[0], depth)
	case yaml.AliasNode:
		return w.write(n.Alias, depth+1)
	case yaml.SequenceNode:
		w.WriteByte('[')
		for i, item := range n.Content {
			if i > 0 {
				w.WriteByte(',')
			}
			if err := w.write(item, depth+1); err != nil {
				return err
			}
		}
		w.WriteByte(']')
		return nil
	case yaml.MappingNode:
		return w.mapping(n, depth)
	}
	return w.scalar(n)
}

func (w *jsonWriter) mapping(n *yaml.Node, depth int) error {
	seen := map[string]bool{}
	w.WriteByte('{')
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i]
		if name.Kind != yaml.ScalarNode || name.ShortTag() == "!!merge" {
			return errYAML
		}
		if seen[name.Value] {
			return errors.New("line " + strconv.Itoa(name.Line) + ": " + name.Value + " is stated twice")
		}
		seen[name.Value] = true
		if i > 0 {
			w.WriteByte(',')
		}
		w.text(name.Value)
		w.WriteByte(':')
		if err := w.write(n.Content[i+1], depth+1); err != nil {
			return err
		}
	}
	w.WriteByte('}')
	return nil
}

func (w *jsonWriter) text(s string) {
	raw, err := json.Marshal(s)
	if err != nil { // cannot be: a string always marshals
		raw = []byte(`""`)
	}
	w.Write(raw)
}

// scalar keeps a number that JSON can hold as it is written; other numbers of YAML (0x1F, .inf, 1_000) are refused.
func (w *jsonWriter) scalar(n *yaml.Node) error {
	switch n.ShortTag() {
	case "!!null":
		w.WriteString("null")
	case "!!bool":
		w.WriteString(strings.ToLower(n.Value))
	case "!!int", "!!float":
		if !json.Valid([]byte(n.Value)) {
			return errors.New("line " + strconv.Itoa(n.Line) + ": write the number as JSON does")
		}
		w.WriteString(n.Value)
	default:
		w.text(n.Value)
	}
	return nil
}

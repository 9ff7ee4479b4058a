package country

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"mconnect/fault"
)

// Bounds of what Load reads.
const (
	MaxFile = 64 << 20 // bytes of one manifest file
	MaxSet  = 200_000  // resources in one set
)

// Item is one declared resource: where it was read, and the document that would be stored.
type Item struct {
	Kind  string
	ID    string
	Doc   []byte // JSON
	Where string // "10-service.yaml:3", or "" when it came by the management API

	value resource
}

// Set is what a folder of manifests declares, ordered by kind, then as read. Build it with Load or Parse.
type Set []Item

// Load reads every *.yaml and *.yml file below fsys in order of name. ${NAME} is replaced from vars, a literal
// "${" is written "$${". Every error names file and line; all that is wrong is listed, at most fault.MaxFields.
// The fault is resource.invalid.
func Load(fsys fs.FS, vars map[string]string) (Set, error) {
	var set Set
	var found fault.Findings
	files := 0
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || (path.Ext(name) != ".yaml" && path.Ext(name) != ".yml") {
			return err
		}
		files++
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Size() > MaxFile {
			found.Add(name, fault.MessageTooLarge, "limit", fmt.Sprint(MaxFile))
			return nil
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		part, err := Parse(name, text, vars)
		set = append(set, part...)
		if f := (*fault.Error)(nil); errors.As(err, &f) {
			found = append(found, f.Fields...)
			err = nil
		}
		return err
	})
	if err != nil {
		return nil, fault.Wrap(err, fault.ResourceInvalid, "kind", "manifest", "id", ".")
	}
	if files == 0 {
		found.Add("", fault.MessageMalformed, "what", "no *.yaml file in this folder")
	}
	found = append(found, duplicates(set)...)
	if err := found.Err(fault.ResourceInvalid, "kind", "manifest", "id", "*"); err != nil {
		return nil, err
	}
	set.sort()
	return set, nil
}

// Parse reads one file of YAML documents; name appears in errors. JSON is YAML.
func Parse(name string, text []byte, vars map[string]string) (Set, error) {
	var found fault.Findings
	text = substitute(name, text, vars, &found)
	if len(found) > 0 {
		return nil, found.Err(fault.ResourceInvalid, "kind", "manifest", "id", name)
	}
	outline := yaml.NewDecoder(bytes.NewReader(text))
	strict := yaml.NewDecoder(bytes.NewReader(text))
	strict.KnownFields(true)
	var set Set
	for len(set) <= MaxSet {
		var node yaml.Node
		if err := outline.Decode(&node); err == io.EOF {
			break
		} else if err != nil {
			found.Add(name, fault.MessageMalformed, "what", plain(err))
			break // where the next document begins is not known
		}
		line, kind, empty := headOf(&node)
		where := fmt.Sprintf("%s:%d", name, line)
		if empty {
			if err := strict.Decode(&yaml.Node{}); err != nil {
				break
			}
			continue
		}
		value, err := decodeYAML(strict, kind)
		if value == nil {
			_ = strict.Decode(&yaml.Node{})
		}
		if err != nil {
			found.Add(where, fault.MessageMalformed, "what", plain(err))
			continue
		}
		item, findings := itemOf(kind, value)
		item.Where = where
		found.Under(where+" ", findings)
		set = append(set, item)
	}
	if len(set) > MaxSet {
		found.Add(name, fault.MessageTooLarge, "limit", fmt.Sprint(MaxSet)+" resources")
	}
	return set, found.Err(fault.ResourceInvalid, "kind", "manifest", "id", name)
}

func itemOf(kind string, value resource) (Item, []fault.FieldError) {
	doc, err := document(value)
	item := Item{Kind: kind, ID: value.id(), Doc: doc, value: value}
	if err != nil {
		return item, []fault.FieldError{{Code: fault.MessageMalformed, Params: map[string]string{"what": err.Error()}}}
	}
	return item, value.validate()
}

// headOf finds a document's first line and its kind.
func headOf(doc *yaml.Node) (line int, kind string, empty bool) {
	n := doc
	if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
		n = n.Content[0]
	}
	if n.Kind == 0 || (n.Kind == yaml.ScalarNode && n.Tag == "!!null") {
		return doc.Line, "", true
	}
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == "kind" {
				kind = n.Content[i+1].Value
			}
		}
	}
	return n.Line, kind, false
}

var variable = regexp.MustCompile(`\$?\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// substitute replaces ${NAME}. A value may hold no line break: it cannot add fields to a document.
func substitute(file string, text []byte, vars map[string]string, found *fault.Findings) []byte {
	if !bytes.Contains(text, []byte("${")) {
		return text
	}
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		lines[i] = variable.ReplaceAllStringFunc(line, func(m string) string {
			if strings.HasPrefix(m, "$$") {
				return m[1:]
			}
			name := m[2 : len(m)-1]
			value, ok := vars[name]
			if !ok || strings.ContainsAny(value, "\r\n") {
				found.Add(fmt.Sprintf("%s:%d", file, i+1), fault.MessageMalformed, "what", "no value for ${"+name+"}: state it with --set "+name+"=…")
			}
			return value
		})
	}
	return []byte(strings.Join(lines, "\n"))
}

// duplicates notes resources that are stated twice.
func duplicates(set Set) (found fault.Findings) {
	seen := map[[2]string]string{}
	for _, item := range set {
		key := [2]string{item.Kind, item.ID}
		if first, ok := seen[key]; ok {
			found.Add(item.Where+" (also "+first+")", fault.ResourceDuplicate, "kind", item.Kind, "id", item.ID)
			continue
		}
		seen[key] = item.Where
	}
	return found
}

func (s Set) sort() {
	kinds := Kinds()
	slices.SortStableFunc(s, func(a, b Item) int { return slices.Index(kinds, a.Kind) - slices.Index(kinds, b.Kind) })
}

// plain writes a decoder's error on one bounded line.
func plain(err error) string {
	s := strings.Join(strings.Fields(strings.TrimPrefix(err.Error(), "yaml: ")), " ")
	if len(s) > 300 {
		s = s[:300] + "…"
	}
	return s
}

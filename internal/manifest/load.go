package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"mconnect/fault"
	"mconnect/internal/manifest/strict"
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
	from  *source // nil when it came by the management API
	nth   int     // document of the source
	wrong bool    // mistakes were found in it when it was read
}

// Set is what a folder of manifests declares, ordered by kind, then as read. Build it with Load or Parse.
type Set []Item

// Load reads every *.yaml and *.yml file below fsys in order of name. ${NAME} is replaced from vars, a literal
// "${" is written "$${". Every error names file, line and path; all that is wrong is listed, at most fault.MaxMistakes.
// The fault is resource.invalid; the set then has what could be read, for Keeper.Examine.
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
		part, own := parse(name, text, vars)
		set = append(set, part...)
		found = append(found, own...)
		return nil
	})
	if err != nil {
		return nil, fault.Wrap(err, fault.ResourceInvalid, "kind", "manifest", "id", ".")
	}
	if files == 0 {
		found.Add("", fault.ManifestNone)
	}
	found = append(found, duplicates(set)...)
	set.sort()
	return set, invalid(found)
}

// Parse reads one file of YAML documents; name appears in errors. JSON is YAML. Its faults are those of Load.
func Parse(name string, text []byte, vars map[string]string) (Set, error) {
	set, found := parse(name, text, vars)
	return set, invalid(found)
}

// invalid is the fault of a set in which something is wrong, nil when nothing is.
func invalid(found fault.Findings) error {
	inOrder(found)
	return found.Bounded(fault.MaxMistakes, fault.ResourceInvalid, "kind", "manifest", "id", "*")
}

func parse(name string, text []byte, vars map[string]string) (Set, fault.Findings) {
	var found fault.Findings
	text, unset := substitute(name, text, vars, &found)
	src := &source{name: name, text: text}
	outline := yaml.NewDecoder(bytes.NewReader(text))
	var set Set
	for nth := 0; len(set) <= MaxSet; nth++ {
		var node yaml.Node
		if err := outline.Decode(&node); err == io.EOF {
			break
		} else if err != nil {
			line, what := syntax(err)
			found.Add(at(name, line), fault.ManifestSyntax, "what", what)
			break // where the next document begins is not known
		}
		line, kind, empty := headOf(&node)
		if empty {
			continue
		}
		item := Item{Kind: kind, Where: at(name, line), from: src, nth: nth}
		for _, m := range item.read(&node) {
			if !unset[m.Line] { // else a variable without a value is what is wrong there
				found.Under(at(name, m.Line)+" ", []fault.FieldError{m.FieldError})
			}
			item.wrong = true
		}
		if item.value != nil {
			set = append(set, item)
		}
	}
	if len(set) > MaxSet {
		found.Add(name, fault.ManifestAmount, "limit", fmt.Sprint(MaxSet))
	}
	return set, found
}

// read makes the item's value and document of its node, and reports what is wrong with them by themselves.
func (i *Item) read(node *yaml.Node) []strict.Mistake {
	value, found := decodeYAML(node, i.Kind)
	if value == nil {
		return found
	}
	own, wrong := itemOf(i.Kind, value)
	i.ID, i.Doc, i.value = own.ID, own.Doc, value
	read := len(found)
	for _, f := range wrong {
		said := func(m strict.Mistake) bool {
			meant := path.Dir(m.Path) + "/" + m.Params[fault.Near] // of a mistyped name
			return isInside(f.Path, m.Path) || f.Path != "" && isInside(m.Path, f.Path) ||
				m.Code == fault.ManifestField && isInside(f.Path, path.Clean(meant))
		}
		if !slices.ContainsFunc(found[:read], said) {
			found = append(found, strict.Mistake{Line: strict.Line(node, f.Path), FieldError: f})
		}
	}
	return found
}

// isInside reports that a place lies at or inside another one.
func isInside(place, other string) bool {
	return place == other || strings.HasPrefix(place, other+"/")
}

func itemOf(kind string, value resource) (Item, []fault.FieldError) {
	doc, err := json.Marshal(value.document())
	item := Item{Kind: kind, ID: value.id(), Doc: doc, value: value}
	if err != nil {
		return item, []fault.FieldError{{Code: fault.MessageMalformed,
			Params: map[string]string{"what": "not readable"}}}
	}
	return item, value.Validate()
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

// substitute replaces ${NAME}. A value may hold no line break: it cannot add fields to a document. It returns the lines
// in which a variable is left, too.
func substitute(file string, text []byte, vars map[string]string, found *fault.Findings) ([]byte, map[int]bool) {
	if !bytes.Contains(text, []byte("${")) {
		return text, nil
	}
	unset := map[int]bool{}
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
				found.Add(at(file, i+1), fault.ManifestVariable, "name", name, fault.Near,
					fault.Nearest(name, slices.Collect(maps.Keys(vars))))
				unset[i+1] = true
				return "unset"
			}
			return value
		})
	}
	return []byte(strings.Join(lines, "\n")), unset
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

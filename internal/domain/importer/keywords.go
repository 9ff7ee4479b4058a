package importer

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// carriedWords are the keywords of a schema that become part of a field, are noted where they are read, or say nothing
// of the data. What is in neither table is named as lost: so no keyword, old or new, vanishes.
var carriedWords = strings.Fields(`$ref type properties required allOf oneOf anyOf items enum const format pattern minLength maxLength
	minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minItems maxItems nullable readOnly writeOnly then else
	dependentSchemas dependencies additionalProperties unevaluatedProperties patternProperties prefixItems contentEncoding
	$schema $id id $comment $anchor $defs definitions $vocabulary title description example examples externalDocs xml
	name in schema content style explode allowReserved allowEmptyValue collectionFormat`)

// keywords notes what a schema says that the catalogue cannot.
func (s *shaper) keywords(f *flat, at string) {
	for _, p := range f.parts {
		for _, m := range p.members() {
			switch {
			case slices.Contains(carriedWords, m.name):
			case m.name == "x-enumNames", m.name == "x-enum-varnames", m.name == "x-enum-descriptions",
				m.name == "x-enumDescriptions":
				s.labels(p.value, m.texts(), at)
			case strings.HasPrefix(m.name, "x-"), m.text() == "false" && m.name != "default":
			case m.name == "deprecated":
				s.note(Decide, at, m.value, "marked as deprecated by the provider")
			case m.name == "default":
				s.note(Lost, at, m.value, "the default value "+clip(oneLine(m.written()), 100))
			case m.name == "discriminator":
				s.note(Changed, at, m.value, "a discriminator: what each of its subtypes adds became optional")
			case m.name == "if":
				s.note(Lost, at, m.value, "a condition (if): what each case adds became optional, the condition is not checked")
			case m.name == "not", m.name == "propertyNames", m.name == "contains":
				s.note(Lost, at, m.value, "a rule that is not checked: "+m.name)
			default:
				value := ""
				if text := m.written(); text != "" {
					value = " (" + clip(text, 80) + ")"
				}
				s.note(Lost, at, m.value, "the keyword "+clip(m.name, 60)+value)
			}
		}
		if len(p.get("oneOf").items()) > 0 {
			s.choiceLabels(p.value, at)
		}
	}
}

// written is a value in one line.
func (v value) written() string {
	if t := v.text(); t != "" || v.node == nil {
		return t
	}
	node := *v.node
	node.Style = yaml.FlowStyle
	text, err := yaml.Marshal(&node)
	if err != nil {
		return ""
	}
	return clip(oneLine(string(text)), 200)
}

// labels notes what the codes of a list mean: a classifier has room for it, a list of values has not.
func (s *shaper) labels(v value, labels []string, at string) {
	var all []string
	for i, code := range v.get("enum").items() {
		if i < len(labels) && labels[i] != "" {
			all = append(all, code.text()+" = "+oneLine(labels[i]))
		}
	}
	s.labelled(v, all, at)
}

// choiceLabels reads codes written as oneOf: [{const: A, title: activ}].
func (s *shaper) choiceLabels(v value, at string) {
	var all []string
	for _, item := range v.get("oneOf").items() {
		words := cmp.Or(item.get("title").text(), item.get("description").text())
		if item.has("const") && words != "" {
			all = append(all, item.get("const").text()+" = "+oneLine(words))
		}
	}
	s.labelled(v, all, at)
}

func (s *shaper) labelled(v value, all []string, at string) {
	if len(all) > 0 {
		s.note(Decide, at, v, codesMean(all))
	}
}

func codesMean(all []string) string {
	return "the codes have a meaning, which a classifier can carry: " + strings.Join(all, "; ")
}

// sweep names every member of the schemas that the draft neither carries nor mentions yet, whatever keyword led to it.
func (s *shaper) sweep(root value) {
	w := jsonSweep{shaper: s, seen: map[*yaml.Node]bool{}, known: map[string]bool{}}
	for _, name := range s.named.names {
		w.known[name] = true
	}
	w.schema(root, "")
	for _, one := range w.missing {
		s.note(Lost, s.side, one.first, "members that are not carried"+one.from+": "+names(one.names))
	}
}

// jsonSweep walks schemas by their form alone.
type jsonSweep struct {
	*shaper
	seen    map[*yaml.Node]bool
	known   map[string]bool // names that the draft mentions: a condition may refer to them
	missing missing[value]
}

// schema walks one schema; from says in which it was found.
func (w *jsonSweep) schema(v value, from string) {
	if v.node == nil || w.seen[v.node] {
		return
	}
	w.seen[v.node], w.reached[v.node] = true, true
	for _, item := range v.items() {
		w.schema(item, from)
	}
	for _, m := range v.members() {
		switch m.name {
		case "$ref":
			w.follow(v, m.text())
		case "example", "examples", "default", "enum", "const", "externalDocs", "xml", "$defs", "definitions",
			"required":
		case "properties":
			for _, p := range m.members() {
				w.property(p, from)
			}
		case "patternProperties", "dependentSchemas", "dependencies":
			for _, p := range m.members() {
				w.schema(p.value, from)
			}
		case "discriminator":
			for _, p := range m.get("mapping").members() {
				w.follow(v, p.text())
			}
		case "if", "not", "contains", "propertyNames":
			w.schema(m.value, " ("+m.name+")")
		default:
			if !strings.HasPrefix(m.name, "x-") {
				w.schema(m.value, from)
			}
		}
	}
}

func (w *jsonSweep) follow(v value, ref string) {
	if to, err := v.resolve(ref); err == nil && to.node != v.node {
		w.schema(to, " ("+lastOf(ref)+")")
	}
}

// property walks a member. One that only the other direction has is not looked into.
func (w *jsonSweep) property(p member, from string) {
	condition := strings.HasPrefix(from, " (if)") || strings.HasPrefix(from, " (not)")
	if !w.named.has(p.node) && !(condition && w.known[p.name]) {
		w.mark(p)
		w.missing.add(from, p.value, p.name)
	}
	if !w.marked(p.value, w.otherSide()) {
		w.schema(p.value, from)
	}
}

// namesIn lists the members of a schema and of what it refers to.
func (s *shaper) namesIn(v value) []string {
	w := jsonSweep{shaper: newShaper(s.reader, &Draft{}), seen: map[*yaml.Node]bool{}}
	w.schema(v, "")
	return w.missing.all()
}

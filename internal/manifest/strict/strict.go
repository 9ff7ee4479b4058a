// Package strict reads YAML documents into values and notes everything that is wrong with them at once, each mistake
// with its line and path: names that are not known, with the one that was perhaps meant, values of another type, times.
//
// It knows the values by the tags of their fields, so it needs no schema of its own, and it names neither types nor
// layouts of Go.
package strict

import (
	"encoding"
	"encoding/json"
	"errors"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
)

// What a value must be, in the words of the catalogue of faults.
const (
	WantFields   = "fields as name: value"
	WantList     = "a list"
	WantText     = "a text"
	WantBoolean  = "true or false"
	WantInteger  = "an integer"
	WantNumber   = "a number"
	WantDuration = "a duration such as 30s or 24h"
	WantTime     = "a day such as 2026-01-31 or a time such as 2026-01-31T08:00:00+02:00"
	WantNetwork  = "a network such as 10.20.0.0/16"
	WantName     = "a name that is a text"
	WantJSON     = "a number as JSON writes it"
)

// Bounds of one document. Nodes are counted as often as aliases use them.
const (
	maxNodes = 200_000
	maxDepth = 100
)

// Mistake is what is wrong at one place of a document.
type Mistake struct {
	Line int
	fault.FieldError
}

// Decode reads a document into what into points to, by the tags "yaml" of its fields, or "json" where there are none.
// What is wrong is left out of it. A time may be a day in Chișinău: of a field with the tag day:"end" it counts to its
// end.
func Decode(n *yaml.Node, into any) []Mistake {
	r := &reader{left: maxNodes}
	n = r.own(n)
	r.value(&n, reflect.TypeOf(into).Elem(), "", false)
	if r.cut {
		return r.found // the rest was not looked at
	}
	err := n.Decode(into)
	if err != nil && len(r.found) == 0 {
		r.note(n, "", fault.MessageMalformed, "what", "not readable")
	}
	return r.found
}

// Check is Decode without reading: it returns the document without what is wrong, to be read by way of JSON.
func Check(n *yaml.Node, of reflect.Type) (*yaml.Node, []Mistake) {
	r := &reader{left: maxNodes, texts: true}
	n = r.own(n)
	r.value(&n, of, "", false)
	return n, r.found
}

// own is a document that may be changed: a copy where its parts are used at several places.
func (r *reader) own(n *yaml.Node) *yaml.Node {
	if !anchored(n) {
		return n
	}
	return r.copied(n, 0)
}

func anchored(n *yaml.Node) bool {
	return n.Anchor != "" || slices.ContainsFunc(n.Content, anchored)
}

type reader struct {
	found []Mistake
	left  int
	depth int
	cut   bool // a bound was reached
	texts bool // scalars of texts are marked as such
}

func (r *reader) note(n *yaml.Node, path string, code fault.Code, params ...string) {
	var one fault.Findings
	one.Add(path, code, params...)
	r.found = append(r.found, Mistake{n.Line, one[0]})
}

// void takes a value that is wrong out of the document, so that the rest can be judged.
func void(slot **yaml.Node) {
	*slot = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null", Line: (*slot).Line}
}

func (r *reader) refuse(slot **yaml.Node, path string, code fault.Code, params ...string) {
	r.note(*slot, path, code, params...)
	void(slot)
}

var (
	timeType    = reflect.TypeFor[time.Time]()
	prefixType  = reflect.TypeFor[netip.Prefix]()
	rawType     = reflect.TypeFor[json.RawMessage]()
	textualType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// value judges the node in the slot as a value of type t.
func (r *reader) value(slot **yaml.Node, t reflect.Type, path string, end bool) {
	n := *slot
	if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
		r.value(&n.Content[0], t, path, end)
		return
	}
	if r.left--; r.left < 0 || r.depth > maxDepth {
		if !r.cut {
			r.cut = true
			r.note(n, path, fault.ManifestBound, "nodes", strconv.Itoa(maxNodes), "depth", strconv.Itoa(maxDepth))
		}
		void(slot)
		return
	}
	r.depth++
	defer func() { r.depth-- }()
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case n.Kind == yaml.AliasNode:
		*slot = r.copied(n.Alias, 0) // what is taken out of it or rewritten stays as it is elsewhere
		r.value(slot, t, path, end)
	case t == rawType, t.Kind() == reflect.Interface:
		r.free(slot, path)
	case n.ShortTag() == "!!null" && n.Kind == yaml.ScalarNode:
	case t == timeType, t.Kind() == reflect.String, reflect.PointerTo(t).Implements(textualType):
		r.scalar(slot, t, path, end)
	case t.Kind() == reflect.Struct:
		r.fields(slot, t, path)
	case t.Kind() == reflect.Map:
		r.mapping(slot, path, func(value **yaml.Node, at string) { r.value(value, t.Elem(), at, false) })
	case t.Kind() == reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			r.refuse(slot, path, fault.InputType, "want", WantList)
			return
		}
		for i := range n.Content {
			r.value(&n.Content[i], t.Elem(), path+"/"+strconv.Itoa(i), false)
		}
	default:
		r.scalar(slot, t, path, end)
	}
}

// scalar judges a single value.
func (r *reader) scalar(slot **yaml.Node, t reflect.Type, path string, end bool) {
	n := *slot
	code, want := fault.InputType, wanted(t)
	if n.Kind == yaml.ScalarNode {
		switch {
		case t == timeType:
			parse := civil.Parse
			if end {
				parse = civil.ParseEnd
			}
			if at, err := parse(n.Value); err == nil {
				*slot = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!timestamp", Value: at.UTC().Format(time.RFC3339Nano),
					Line: n.Line}
				return
			}
			code = fault.InputFormat
		case reflect.PointerTo(t).Implements(textualType):
			text := reflect.New(t).Interface().(encoding.TextUnmarshaler)
			err := text.UnmarshalText([]byte(n.Value))
			if err == nil {
				r.text(n)
				return
			}
			var form *mconnect.ParseError
			if errors.As(err, &form) {
				want = form.Want
			}
			code = fault.InputFormat
		case t.Kind() == reflect.String:
			r.text(n)
			return
		case want == WantInteger && n.ShortTag() != "!!int": // the reader of YAML would drop a fraction
		case n.Decode(reflect.New(t).Interface()) == nil:
			return
		}
	}
	r.refuse(slot, path, code, "want", want)
}

// text marks a scalar that is a text, however it looks: JSON tells 1.0 from "1.0".
func (r *reader) text(n *yaml.Node) {
	if r.texts {
		n.Tag = "!!str"
	}
}

func wanted(t reflect.Type) string {
	switch {
	case t == timeType:
		return WantTime
	case t == prefixType:
		return WantNetwork
	case t.Kind() == reflect.Int64 && t.Name() == "Duration":
		return WantDuration
	}
	switch t.Kind() {
	case reflect.Bool:
		return WantBoolean
	case reflect.Float32, reflect.Float64:
		return WantNumber
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8,
		reflect.Uint16,
		reflect.Uint32, reflect.Uint64:
		return WantInteger
	}
	return WantText
}

// mapping calls each for every value of a mapping, with its path, once.
func (r *reader) mapping(slot **yaml.Node, path string, each func(value **yaml.Node, path string)) {
	n := *slot
	if n.Kind != yaml.MappingNode {
		r.refuse(slot, path, fault.InputType, "want", WantFields)
		return
	}
	r.names(n, path, func(name string, value **yaml.Node) bool {
		each(value, path+"/"+escaped(name))
		return true
	})
}

// names calls keep for every name of a mapping with its value; those that it does not keep, and what is stated twice,
// are taken out. A merge ("<<") is judged as if its fields stood here.
func (r *reader) names(n *yaml.Node, path string, keep func(name string, value **yaml.Node) bool) {
	seen := map[string]bool{}
	var kept []*yaml.Node
	for content := r.merged(n); len(content) > 1; content = content[2:] {
		key, value := content[0], content[1]
		switch {
		case key.Kind != yaml.ScalarNode || key.ShortTag() == "!!merge":
			r.note(key, path, fault.InputFormat, "want", WantName)
			continue
		case seen[key.Value]:
			r.note(key, path+"/"+escaped(key.Value), fault.ManifestTwice, "name", key.Value)
			continue
		}
		seen[key.Value] = true
		if keep(key.Value, &value) {
			kept = append(kept, key, value)
		}
	}
	n.Content = kept
}

// free judges a document whose names are its own: it must be one that JSON can hold.
func (r *reader) free(slot **yaml.Node, path string) {
	n := *slot
	switch n.Kind {
	case yaml.MappingNode:
		r.mapping(slot, path, func(value **yaml.Node, at string) { r.value(value, rawType, at, false) })
	case yaml.SequenceNode:
		for i := range n.Content {
			r.value(&n.Content[i], rawType, path+"/"+strconv.Itoa(i), false)
		}
	case yaml.ScalarNode:
		if tag := n.ShortTag(); (tag == "!!int" || tag == "!!float") && !json.Valid([]byte(n.Value)) {
			r.refuse(slot, path, fault.InputFormat, "want", WantJSON)
		}
	}
}

// merged is the content of a mapping with what it merges ("<<: *anchor") behind it; what it states itself comes first.
func (r *reader) merged(n *yaml.Node) []*yaml.Node {
	var own, others []*yaml.Node
	states := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.ShortTag() != "!!merge" || value.Kind != yaml.AliasNode || value.Alias.Kind != yaml.MappingNode {
			own = append(own, key, value)
			states[key.Value] = true
			continue
		}
		others = append(others, r.copied(value.Alias, 0).Content...)
	}
	for ; len(others) > 1; others = others[2:] {
		if !states[others[0].Value] {
			own = append(own, others[0], others[1])
			states[others[0].Value] = true
		}
	}
	return own
}

// copied is a copy of a part of the document, within the bounds.
func (r *reader) copied(n *yaml.Node, depth int) *yaml.Node {
	if r.left--; r.left < 0 || depth > maxDepth {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null", Line: n.Line} // value notes the bound
	}
	c := *n
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, one := range n.Content {
		c.Content[i] = r.copied(one, depth+1)
	}
	return &c
}

package schema

import (
	"regexp"
	"strings"

	"mconnect/fault"
)

// Bounds of every shape and of every message checked against one.
const (
	MaxDepth       = 32   // objects and arrays inside one another
	MaxShapeFields = 2000 // fields of one Type, nested ones included
	MaxNumber      = 64   // characters of a decimal
	maxNameShown   = 64   // characters of an undeclared name repeated in a FieldError
	maxPatterned   = 4096 // bytes of a text that has a pattern
)

// Schema is a compiled Type: it reads requests, cuts answers and is never changed once made, so any
// number of calls may use it at once. Make it with CompileType.
type Schema struct {
	root  *node
	paths map[string]*node // "Address.Street" → its field; array items share their array's path
	count int              // ids given to nodes
}

// node is one place of a shape: an object, an array or a scalar.
type node struct {
	id        int
	parent    *node
	name      string
	quoted    []byte // `"Name":`
	base      Base
	mandatory bool
	nullable  bool
	min, max  int // characters, or items of an array; max 0: no bound
	pattern   *regexp.Regexp
	source    string // of pattern, as declared
	enum      map[string]struct{}
	values    string // the enum for people
	low, high string // decimal text; "": no bound
	fields    []*node
	index     map[string]int
	item      *node
	free      bool   // a string that only its length bounds
	listed    string // the classifier behind enum; "" when the field lists its values itself
}

// grant reports how much of a place may leave.
type grant uint8

const (
	grantNone grant = iota
	grantSome       // an object or array of which only marked children may leave
	grantAll
)

// Mask is a set of granted places of one Schema. Make it with Schema.Mask.
type Mask struct {
	schema *Schema
	grants []grant // by node id
}

// Mask compiles granted paths: "LastName", "Address.Street", "Owners.IDNP" (arrays are stepped through);
// a parent grants its children, "*" grants all. Paths that the type does not declare grant nothing, and
// no path at all grants nothing.
func (s *Schema) Mask(paths []string) *Mask {
	m := &Mask{schema: s, grants: make([]grant, s.count)}
	for _, path := range paths {
		n := s.root
		if path != "*" {
			n = s.paths[path]
		}
		if n == nil {
			continue
		}
		m.grants[n.id] = grantAll
		for up := n.parent; up != nil && m.grants[up.id] == grantNone; up = up.parent {
			m.grants[up.id] = grantSome
		}
	}
	return m
}

// Has reports whether the type declares the place that path names; "*" is always there.
func (s *Schema) Has(path string) bool {
	_, ok := s.paths[path]
	return ok || path == "*"
}

// Read checks a whole request, a JSON object, and returns it with its fields in declared order and no
// white space. Undeclared fields, wrong types, lengths, patterns, numbers and check digits are all listed,
// at most fault.MaxFields of them, in one input.invalid; an unreadable message is message.malformed,
// message.duplicateKey or message.tooDeep. The input is not changed, the result does not share it.
func (s *Schema) Read(input []byte) ([]byte, error) {
	w := acquireWalk(input)
	defer w.release()
	out, err := w.run(s.root, make([]byte, 0, len(input)), grantAll)
	switch {
	case err != nil:
		return nil, requestFault(err)
	case len(w.faults) > 0:
		f := fault.New(fault.InputInvalid)
		f.Leg = fault.Caller
		f.Fields = append(f.Fields, w.faults...)
		return nil, f
	}
	return out, nil
}

// Cut checks a provider's whole answer, a JSON object, and appends to dst what m grants, with its fields in declared
// order. It is one pass: everything is checked, only granted places are written. Fields that the type does not declare
// never leave, wherever they stand; dropped counts them. An absent optional value may also be given as null. An answer
// that is unreadable is provider.malformed, one against the type is provider.invalid with the places and no values,
// both on the leg of the provider; dst is then returned at its old length.
func (s *Schema) Cut(dst, answer []byte, m *Mask) (out []byte, dropped int, err error) {
	if m == nil || m.schema != s {
		return dst, 0, fault.New(fault.InternalError)
	}
	w := acquireWalk(answer)
	defer w.release()
	w.answer, w.grants = true, m.grants
	out, err = w.run(s.root, dst, m.grants[s.root.id])
	switch {
	case err != nil:
		f := fault.Wrap(err, fault.ProviderMalformed)
		f.Leg = fault.Provider
		return dst, w.dropped, f
	case len(w.faults) > 0:
		f := fault.New(fault.ProviderInvalid)
		f.Leg = fault.Provider
		f.Fields = append(f.Fields, w.faults...)
		return dst, w.dropped, f
	}
	return out, w.dropped, nil
}

// Value returns the text at path ("IDNP", "Owner.IDNP") of an input that Read returned: a string's content,
// a number's or boolean's text, and "" when it is absent, null, an object or inside an array.
func (s *Schema) Value(input []byte, path string) string {
	w := acquireWalk(input)
	defer w.release()
	return w.find(strings.Split(path, "."))
}

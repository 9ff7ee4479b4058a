package event

import (
	"math/big"
	"reflect"
	"strconv"
	"unicode/utf8"
	"unique"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// plan is what can be said of data in one pass over the text, without building values: yes, surely valid. Whatever it
// does not say yes to is checked in full, so it need not know every keyword and never explains. Nearly all events are
// valid, and nearly all schemas are made of these keywords.
type plan struct {
	types    kinds
	also     []*plan // that the same value must please too
	format   func(any) error
	pattern  jsonschema.Regexp
	words    []string // that a text must be one of; nil: any
	minText  int
	maxText  int // -1: any
	low      int64
	high     int64
	bounded  bool // low and high hold
	members  []member
	by       map[string]int // place in members, when there are many
	needed   uint64         // by place in members
	rest     *plan          // of other members; nil: none may be
	items    *plan
	minItems int
	maxItems int // -1: any
}

// member is a named member of an object.
type member struct {
	name string
	plan *plan
}

// kinds are the types of JSON that a value may have.
type kinds uint8

const (
	isNull kinds = 1 << iota
	isBoolean
	isWhole // a number written without fraction and exponent
	isNumber
	isString
	isArray
	isObject
	isAny = isNull | isBoolean | isWhole | isNumber | isString | isArray | isObject
)

var kindNames = map[string]kinds{
	"null": isNull, "boolean": isBoolean, "integer": isWhole, "number": isNumber | isWhole, "string": isString, "array": isArray, "object": isObject,
}

// planned are the keywords that a plan knows, by the name of their field; annotations ask nothing.
var planned = map[string]bool{
	"DraftVersion": true, "Location": true, "ID": true, "Anchor": true, "DynamicAnchor": true, "Title": true, "Description": true,
	"Default": true, "Comment": true, "ReadOnly": true, "WriteOnly": true, "Examples": true, "Deprecated": true,
	"Bool": true, "Ref": true, "Types": true, "Enum": true, "Const": true, "AllOf": true, "Format": true, "Required": true, "Properties": true,
	"AdditionalProperties": true, "MinItems": true, "MaxItems": true, "Items": true, "Items2020": true, "MinLength": true,
	"MaxLength": true, "Pattern": true, "Maximum": true, "Minimum": true,
}

// Bounds of a plan: an object with more named members, and data longer than this, are checked in full.
const (
	maxMembers = 64
	maxPlanned = MaxValues - 1 // bytes: no more values than bytes
	fewMembers = 12
	maxPlans   = 1000
)

// anything is the plan of who asks nothing.
var anything = func() *plan {
	p := &plan{types: isAny, maxText: -1, maxItems: -1}
	p.rest, p.items = p, p
	return p
}()

// planner makes plans; a schema that leads back to itself has none.
type planner struct {
	open map[*jsonschema.Schema]bool
	left int // how many more: schemas that lead to others many times would multiply
}

// planOf is the plan of a schema, nil when there is none.
func planOf(s *jsonschema.Schema) *plan {
	return (&planner{map[*jsonschema.Schema]bool{}, maxPlans}).plan(s)
}

// plan is nil when s says more than plans know.
func (m *planner) plan(s *jsonschema.Schema) *plan {
	if m.left--; m.open[s] || m.left < 0 {
		return nil
	}
	m.open[s] = true
	defer delete(m.open, s)
	for field, v := range reflect.ValueOf(s).Elem().Fields() {
		if field.IsExported() && !planned[field.Name] && !v.IsZero() {
			return nil
		}
	}
	if s.Bool != nil {
		return map[bool]*plan{true: anything}[*s.Bool]
	}
	p := &plan{types: isAny, maxText: -1, maxItems: -1, rest: anything, items: anything}
	if s.Types != nil {
		p.types = 0
		for _, name := range s.Types.ToStrings() {
			p.types |= kindNames[name]
		}
	}
	if m.values(p, s) && m.object(p, s) && m.array(p, s) {
		return p
	}
	return nil
}

// values plans what is asked of texts and numbers, and of every value. False: it cannot.
func (m *planner) values(p *plan, s *jsonschema.Schema) bool {
	refs := s.AllOf
	if s.Ref != nil {
		refs = append([]*jsonschema.Schema{s.Ref}, refs...)
	}
	for _, ref := range refs {
		also := m.plan(ref)
		if also == nil {
			return false
		}
		p.also = append(p.also, also)
	}
	var words []any
	switch {
	case s.Enum != nil && s.Const != nil:
		return false
	case s.Enum != nil:
		words = s.Enum.Values
	case s.Const != nil:
		words = []any{*s.Const}
	}
	if len(words) > maxMembers {
		return false
	}
	if words != nil {
		p.types &= isString
		p.words = []string{}
		for _, w := range words {
			text, ok := w.(string)
			if !ok {
				return false
			}
			p.words = append(p.words, text)
		}
	}
	if s.Format != nil {
		if s.Format.Name == "regex" { // the library has ways of its own with it
			return false
		}
		p.format = s.Format.Validate
	}
	p.pattern = s.Pattern
	set(&p.minText, s.MinLength)
	set(&p.maxText, s.MaxLength)
	return p.bounds(s.Minimum, s.Maximum)
}

// bounds plans whole bounds of whole numbers.
func (p *plan) bounds(low, high *big.Rat) bool {
	if low == nil && high == nil {
		return true
	}
	p.bounded, p.low, p.high = true, -1<<63, 1<<63-1
	for _, b := range []struct {
		from *big.Rat
		to   *int64
	}{{low, &p.low}, {high, &p.high}} {
		if b.from == nil {
			continue
		}
		if !b.from.IsInt() || !b.from.Num().IsInt64() {
			return false
		}
		*b.to = b.from.Num().Int64()
	}
	return true
}

func set(to, from *int) {
	if from != nil {
		*to = *from
	}
}

func (m *planner) object(p *plan, s *jsonschema.Schema) bool {
	if len(s.Properties)+len(s.Required) > maxMembers {
		return false
	}
	switch rest := s.AdditionalProperties.(type) {
	case bool:
		if !rest {
			p.rest = nil
		}
	case *jsonschema.Schema:
		if p.rest = m.plan(rest); p.rest == nil {
			return false
		}
	}
	p.by = map[string]int{}
	for name, property := range s.Properties {
		is := m.plan(property)
		if is == nil {
			return false
		}
		p.by[name] = len(p.members)
		// many schemas name the same members: one copy of a name stays in the processor's cache
		p.members = append(p.members, member{unique.Make(name).Value(), is})
	}
	for _, name := range s.Required {
		at, ok := p.by[name]
		if !ok {
			if p.rest == nil {
				return false
			}
			at = len(p.members)
			p.by[name] = at
			p.members = append(p.members, member{name, p.rest})
		}
		p.needed |= 1 << at
	}
	if len(p.members) <= fewMembers {
		p.by = nil
	}
	return true
}

func (m *planner) array(p *plan, s *jsonschema.Schema) bool {
	set(&p.minItems, s.MinItems)
	set(&p.maxItems, s.MaxItems)
	items := s.Items2020
	switch old := s.Items.(type) {
	case nil:
	case *jsonschema.Schema:
		items = old
	default:
		return false // a tuple
	}
	if items != nil {
		p.items = m.plan(items)
	}
	return p.items != nil
}

// accepts says whether text is surely one JSON value that the plan is pleased with.
func (p *plan) accepts(text []byte) bool {
	if p == nil || len(text) > maxPlanned {
		return false
	}
	s := lexer{b: text}
	return p.value(&s, 0) && s.end() == nil
}

// value steps over the value that stands here inside depth objects and arrays.
func (p *plan) value(s *lexer, depth int) bool {
	s.peek()
	start := s.i
	for _, also := range p.also {
		if s.i = start; !also.value(s, depth) {
			return false
		}
	}
	s.i = start
	c := s.peek()
	switch {
	case c == '"':
		return p.types&isString != 0 && p.text(s)
	case c == '-' || c-'0' <= 9:
		return p.number(s)
	case p.format != nil:
		return false // formats of anything but text are the full check's
	case c == '{':
		return p.types&isObject != 0 && depth < MaxDepth && p.objectAt(s, depth)
	case c == '[':
		return p.types&isArray != 0 && depth < MaxDepth && p.arrayAt(s, depth)
	case c == 't' || c == 'f':
		return p.types&isBoolean != 0 && s.literal(c) == nil
	case c == 'n':
		return p.types&isNull != 0 && s.literal(c) == nil
	}
	return false
}

func (p *plan) text(s *lexer) bool {
	content, _, err := s.text()
	switch {
	case err != nil:
		return false
	case p.words != nil && !isOneOf(p.words, content):
		return false
	}
	if n := len(content); n < p.minText || p.maxText >= 0 && n > p.maxText || p.minText > 0 {
		if n = utf8.RuneCount(content); n < p.minText || p.maxText >= 0 && n > p.maxText {
			return false
		}
	}
	if p.pattern != nil && !p.pattern.MatchString(string(content)) {
		return false
	}
	return p.format == nil || p.format(string(content)) == nil
}

func isOneOf(words []string, text []byte) bool {
	for _, word := range words {
		if word == string(text) {
			return true
		}
	}
	return false
}

func (p *plan) number(s *lexer) bool {
	start := s.i
	if p.format != nil || s.number() != nil || s.i-start > 18 {
		return false
	}
	whole := true
	for _, c := range s.b[start:s.i] {
		if c|0x20 == 'e' {
			return false
		}
		whole = whole && c != '.'
	}
	if !whole {
		return p.types&isNumber != 0 && !p.bounded
	}
	if p.bounded {
		n, err := strconv.ParseInt(string(s.b[start:s.i]), 10, 64)
		if err != nil || n < p.low || n > p.high {
			return false
		}
	}
	return p.types&isWhole != 0
}

func (p *plan) objectAt(s *lexer, depth int) bool {
	s.i++
	seen := uint64(0)
	open := len(s.names)
	var known map[string]struct{}
	for more := !s.eat('}'); more; {
		name, err := s.name(open, &known)
		if err != nil {
			return false
		}
		is := p.rest
		if at := p.find(name); at >= 0 {
			seen |= 1 << at
			is = p.members[at].plan
		}
		if is == nil || !is.value(s, depth+1) {
			return false
		}
		if more, err = s.next('}'); err != nil {
			return false
		}
	}
	s.names = s.names[:open]
	return seen&p.needed == p.needed
}

// find returns the place of a named member, -1 for others.
func (p *plan) find(name []byte) int {
	if p.by != nil {
		if at, ok := p.by[string(name)]; ok {
			return at
		}
		return -1
	}
	for at := range p.members {
		if p.members[at].name == string(name) {
			return at
		}
	}
	return -1
}

func (p *plan) arrayAt(s *lexer, depth int) bool {
	s.i++
	n := 0
	for more := !s.eat(']'); more; n++ {
		if !p.items.value(s, depth+1) {
			return false
		}
		var err error
		if more, err = s.next(']'); err != nil {
			return false
		}
	}
	return n >= p.minItems && (p.maxItems < 0 || n <= p.maxItems)
}

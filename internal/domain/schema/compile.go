package schema

import (
	"strconv"
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/jsonscan"
)

// CompileType makes a Type ready for use. What is wrong with it is listed in one resource.invalid, each
// place as a JSON pointer into the Type ("/fields/0/pattern").
func CompileType(t Type) (*Schema, error) { return compile(t, false) }

// compile is CompileType; when open, what the type refers to need not be written out yet.
func compile(t Type, open bool) (*Schema, error) {
	c := compiler{schema: &Schema{paths: map[string]*node{}}, open: open}
	c.schema.root = c.node(nil, Field{Name: t.Name, Type: Object, Fields: t.Fields}, place{depth: 1})
	if len(c.faults) > 0 {
		f := fault.New(fault.ResourceInvalid)
		f.Fields = c.faults
		return nil, f
	}
	return c.schema, nil
}

type compiler struct {
	schema *Schema
	faults []fault.FieldError
	open   bool // references are allowed to lead nowhere yet
}

// place is where the compiler stands: a pointer into the Type, a path into its values.
type place struct {
	pointer string
	path    string
	depth   int
}

func (c *compiler) wrong(at place, member string, code fault.Code, params ...string) {
	if len(c.faults) >= fault.MaxFields {
		return
	}
	pointer := at.pointer
	if member != "" {
		pointer += "/" + member
	}
	c.faults = append(c.faults, fault.FieldError{Path: pointer, Code: code, Params: fault.New(code, params...).Params})
}

func (c *compiler) node(parent *node, f Field, at place) *node {
	n := &node{
		id: c.schema.count, parent: parent, name: f.Name, quoted: []byte(`"` + f.Name + `":`),
		base: f.Type, mandatory: f.Mandatory, nullable: f.Nullable, min: f.MinLength, max: f.MaxLength,
	}
	c.schema.count++
	switch {
	case at.depth > MaxDepth:
		c.wrong(at, "", fault.MessageTooDeep, "limit", strconv.Itoa(MaxDepth))
		return n
	case c.schema.count > MaxShapeFields:
		if c.schema.count == MaxShapeFields+1 {
			c.wrong(at, "", fault.InputLength, "min", "0", "max", strconv.Itoa(MaxShapeFields))
		}
		return n
	}
	c.lengths(f, at)
	c.references(f, at)
	switch f.Type {
	case Object:
		c.object(n, f, at)
	case Array:
		c.array(n, f, at)
	case String, Integer, Decimal, Boolean, Date, DateTime, Binary, IDNP, IDNO, IDNV:
		c.scalar(n, f, at)
	default:
		c.wrong(at, "type", fault.InputEnum, "values",
			"string, integer, decimal, boolean, date, datetime, binary, idnp, idno, idnv, object, array")
	}
	return n
}

// references notes a Ref or Classifier in the wrong place, and one that leads nowhere.
func (c *compiler) references(f Field, at place) {
	if f.Classifier != "" {
		switch {
		case f.Type != String:
			c.wrong(at, "classifier", fault.InputType, "want", string(String))
		case len(f.Enum) > 0:
			c.wrong(at, "enum", fault.InputUnknownField)
		case !isReference(f.Classifier):
			c.wrong(at, "classifier", fault.InputFormat, "want", "CODE or CODE/1.0.0")
		case f.Codes == nil && !c.open:
			c.wrong(at, "classifier", fault.ResourceUnknown, "kind", KindClassifier, "id", f.Classifier)
		}
	}
	if f.Ref != "" {
		switch {
		case f.Type != Object:
			c.wrong(at, "ref", fault.InputType, "want", string(Object))
		case !isReference(f.Ref):
			c.wrong(at, "ref", fault.InputFormat, "want", "Name or Name/1.0.0")
		case c.open && len(f.Fields) > 0:
			c.wrong(at, "fields", fault.InputUnknownField)
		case !c.open && len(f.Fields) == 0:
			c.wrong(at, "ref", fault.ResourceUnknown, "kind", KindDataType, "id", f.Ref)
		}
	}
}

// isReference accepts "Name" and "Name/1.0.0".
func isReference(s string) bool {
	name, version, stated := strings.Cut(s, "/")
	if stated {
		if v, err := mconnect.ParseVersion(version); err != nil || v.Major == 0 {
			return false
		}
	}
	return classifierCode.MatchString(name) || isFieldName(name)
}

func (c *compiler) lengths(f Field, at place) {
	if f.MinLength < 0 || f.MaxLength < 0 || (f.MaxLength > 0 && f.MinLength > f.MaxLength) {
		c.wrong(at, "max_length", fault.InputRange, "min", strconv.Itoa(max(f.MinLength, 0)), "max", "∞")
	}
}

func (c *compiler) object(n *node, f Field, at place) {
	if len(f.Fields) == 0 && n.parent != nil && f.Ref == "" {
		c.wrong(at, "fields", fault.InputMissing)
	}
	if f.Items != nil {
		c.wrong(at, "items", fault.InputUnknownField)
	}
	n.index = make(map[string]int, len(f.Fields))
	for i, child := range f.Fields {
		inner := place{at.pointer + "/fields/" + strconv.Itoa(i), child.Name, at.depth + 1}
		if at.path != "" {
			inner.path = at.path + "." + child.Name
		}
		if !isFieldName(child.Name) {
			c.wrong(inner, "name", fault.InputFormat, "want",
				"an ASCII letter, then letters, digits or '_'; at most 64")
		}
		if _, twice := n.index[child.Name]; twice {
			c.wrong(inner, "name", fault.MessageDuplicateKey)
		}
		made := c.node(n, child, inner)
		n.index[child.Name] = len(n.fields)
		n.fields = append(n.fields, made)
		c.schema.paths[inner.path] = made
	}
}

func (c *compiler) array(n *node, f Field, at place) {
	if f.Items == nil {
		c.wrong(at, "items", fault.InputMissing)
		return
	}
	if len(f.Fields) > 0 {
		c.wrong(at, "fields", fault.InputUnknownField)
	}
	n.item = c.node(n, *f.Items, place{at.pointer + "/items", at.path, at.depth + 1})
}

func (c *compiler) scalar(n *node, f Field, at place) {
	if len(f.Fields) > 0 || f.Items != nil {
		c.wrong(at, "type", fault.InputType, "want", "object or array")
	}
	if f.Pattern != "" {
		re, err := jsonscan.Whole(f.Pattern)
		if err != nil {
			c.wrong(at, "pattern", fault.InputFormat, "want", "RE2")
		}
		n.pattern, n.source = re, f.Pattern
	}
	if f.Codes != nil {
		n.enum, n.listed = f.Codes.members, f.Codes.ID() // shared by every field of the classifier
	}
	if len(f.Enum) > 0 {
		n.enum, n.values = make(map[string]struct{}, len(f.Enum)), strings.Join(f.Enum, ", ")
		for _, v := range f.Enum {
			n.enum[v] = struct{}{}
		}
	}
	c.bounds(n, f, at)
	n.free = n.base == String && n.pattern == nil && n.enum == nil
}

func (c *compiler) bounds(n *node, f Field, at place) {
	if f.Minimum == "" && f.Maximum == "" {
		return
	}
	if f.Type != Integer && f.Type != Decimal {
		c.wrong(at, "minimum", fault.InputUnknownField)
		return
	}
	n.low, n.high = f.Minimum, f.Maximum
	for _, b := range [2]struct{ member, text string }{{"minimum", f.Minimum}, {"maximum", f.Maximum}} {
		if b.text != "" && !isDecimal([]byte(b.text)) {
			c.wrong(at, b.member, fault.InputType, "want", "decimal")
			return
		}
	}
	if n.low != "" && n.high != "" && compareDecimals([]byte(n.low), []byte(n.high)) > 0 {
		c.wrong(at, "maximum", fault.InputRange, "min", n.low, "max", "∞")
	}
}

// isFieldName accepts an XML NCName of ASCII letters, digits and '_' that begins with a letter.
func isFieldName[T ~string | ~[]byte](s T) bool {
	if len(s) == 0 || len(s) > maxNameShown {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := (c|0x20) >= 'a' && (c|0x20) <= 'z'
		if !letter && (i == 0 || (c != '_' && (c < '0' || c > '9'))) {
			return false
		}
	}
	return true
}

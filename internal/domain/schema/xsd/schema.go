package xsd

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/schema"
)

// Schema returns the schema document of the operations' requests and answers in namespace (usually
// xmlmap.Namespace). Opaque answers have no element. The fault is resource.duplicate when an operation comes
// twice or two different answers share a name, resource.invalid when a type does not compile.
func Schema(namespace string, operations []schema.Operation) ([]byte, error) {
	var w Writer
	w.Declare()
	if err := Write(&w, namespace, operations, nil); err != nil {
		return nil, err
	}
	return w.Bytes(), nil
}

// Write writes the schema element to w; more, if given, adds global elements at its end.
func Write(w *Writer, namespace string, operations []schema.Operation, more func(*Writer)) error {
	operations = slices.SortedFunc(slices.Values(operations),
		func(a, b schema.Operation) int { return cmp.Compare(a.Name, b.Name) })
	if err := Check(operations); err != nil {
		return err
	}
	w.Open("xs:schema", "xmlns:xs", "http://www.w3.org/2001/XMLSchema", "xmlns:tns", namespace,
		"targetNamespace", namespace, "elementFormDefault", "qualified")
	for _, base := range [3]schema.Base{schema.IDNP, schema.IDNO, schema.IDNV} {
		if slices.ContainsFunc(operations, func(s schema.Operation) bool {
			return uses(s.Request.Fields, base) ||
				uses(s.Response.Fields, base)
		}) {
			w.number(base)
		}
	}
	written := map[string]bool{}
	for _, s := range operations {
		(&body{Writer: w}).root(s.Name, s.Request, s.Title, s.Description)
		if s.Response.Name != "" && !written[s.Response.Name] {
			written[s.Response.Name] = true
			(&body{Writer: w, answer: true}).root(s.Response.Name, s.Response)
		}
	}
	if more != nil {
		more(w)
	}
	w.Close("xs:schema")
	return nil
}

// Check reports operations that one schema cannot describe.
func Check(operations []schema.Operation) error {
	seen := map[string]string{} // element → its type, as far as it matters
	claim := func(element string, t schema.Type, shared bool) error {
		if _, err := schema.CompileType(t); err != nil {
			return err
		}
		shape := shapeOf(t)
		if before, ok := seen[element]; ok && (!shared || before != shape) {
			return fault.New(fault.ResourceDuplicate, "kind", "XML", "id", element)
		}
		seen[element] = shape
		return nil
	}
	for _, s := range operations {
		if err := claim(s.Name, s.Request, false); err != nil {
			return err
		}
	}
	for _, s := range operations {
		if s.Response.Name != "" {
			if err := claim(s.Response.Name, s.Response, true); err != nil {
				return err
			}
		}
	}
	return nil
}

// shapeOf writes what of a type is seen in its schema: everything but words and examples.
func shapeOf(t schema.Type) string {
	var strip func(fields []schema.Field) []schema.Field
	bare := func(f schema.Field) schema.Field {
		f.Description, f.Example, f.Personal, f.Ref = mconnect.Text{}, nil, false, ""
		return f
	}
	strip = func(fields []schema.Field) []schema.Field {
		out := make([]schema.Field, 0, len(fields))
		for _, f := range fields {
			f = bare(f)
			f.Fields = strip(f.Fields)
			if f.Items != nil {
				item := strip([]schema.Field{*f.Items})[0]
				f.Items = &item
			}
			out = append(out, f)
		}
		return out
	}
	text, _ := json.Marshal(strip(t.Fields)) // plain values only: cannot fail
	return string(text)
}

func uses(fields []schema.Field, base schema.Base) bool {
	return slices.ContainsFunc(fields, func(f schema.Field) bool {
		return f.Type == base || uses(f.Fields, base) || (f.Items != nil && uses([]schema.Field{*f.Items}, base))
	})
}

// numbers are the patterns of the state identification numbers.
var numbers = map[schema.Base][2]string{
	schema.IDNP: {"IDNP", "2[0-9]{12}|09[0-9]{11}"},
	schema.IDNO: {"IDNO", "1[0-9]{12}"},
	schema.IDNV: {"IDNV", "3[0-9]{12}"},
}

func (w *Writer) number(base schema.Base) {
	w.Open("xs:simpleType", "name", numbers[base][0])
	w.Open("xs:restriction", "base", "xs:token")
	w.Leaf("xs:pattern", "value", numbers[base][1])
	w.Close("xs:restriction")
	w.Close("xs:simpleType")
}

// body writes the types of one message. In an answer every field may be absent, for an agreement grants
// some of them only.
type body struct {
	*Writer
	answer bool
}

// root writes a global element.
func (w *body) root(name string, t schema.Type, words ...mconnect.Text) {
	w.Open("xs:element", "name", name)
	w.Annotate(words...)
	w.sequence(t.Fields)
	w.Close("xs:element")
}

func (w *body) sequence(fields []schema.Field) {
	w.Open("xs:complexType")
	w.Open("xs:sequence")
	for _, f := range fields {
		w.field(f)
	}
	w.Close("xs:sequence")
	w.Close("xs:complexType")
}

// field writes the element of one field of an object.
func (w *body) field(f schema.Field) {
	least := ""
	if !f.Mandatory || w.answer {
		least = "0"
	}
	if f.Type == schema.Array {
		if name, flat := f.ItemElement(false); flat {
			item := *f.Items
			item.Name = name
			if item.Description == (mconnect.Text{}) {
				item.Description = f.Description
			}
			if least == "" {
				least = strconv.Itoa(f.MinLength)
			}
			w.element(item, least, most(f), true)
			return
		}
	}
	w.element(f, least, "", false)
}

// most is the greatest number of an array's items.
func most(f schema.Field) string {
	if f.MaxLength > 0 {
		return strconv.Itoa(f.MaxLength)
	}
	return "unbounded"
}

// element writes an element with its type.
func (w *body) element(f schema.Field, least, greatest string, inArray bool) {
	nillable := ""
	if f.Nullable {
		nillable = "true"
	}
	attributes := []string{"name", f.Name, "type", w.named(f), "minOccurs", least, "maxOccurs", greatest, "nillable",
		nillable}
	if attributes[3] != "" && f.Description == (mconnect.Text{}) && f.Codes == nil {
		w.Leaf("xs:element", attributes...)
		return
	}
	w.Open("xs:element", attributes...)
	w.Annotate(f.Description, f.Codes.Named())
	switch {
	case f.Type == schema.Object:
		w.sequence(f.Fields)
	case f.Type == schema.Array:
		w.array(f, inArray)
	case attributes[3] == "":
		w.restriction(f)
	}
	w.Close("xs:element")
}

// array writes the type of an element around items.
func (w *body) array(f schema.Field, inArray bool) {
	item := *f.Items
	item.Name, _ = f.ItemElement(inArray)
	w.Open("xs:complexType")
	w.Open("xs:sequence")
	w.element(item, strconv.Itoa(f.MinLength), most(f), true)
	w.Close("xs:sequence")
	w.Close("xs:complexType")
}

var bases = map[schema.Base]string{
	schema.String: "xs:string", schema.Integer: "xs:long", schema.Decimal: "xs:decimal", schema.Boolean: "xs:boolean",
	schema.Date: "xs:date", schema.DateTime: "xs:dateTime", schema.Binary: "xs:base64Binary",
	schema.IDNP: "tns:IDNP", schema.IDNO: "tns:IDNO", schema.IDNV: "tns:IDNV",
}

// named returns the name of the field's type, "" when it needs one of its own.
func (w *body) named(f schema.Field) string {
	if f.Type == schema.Object || f.Type == schema.Array || len(facets(f)) > 0 || len(codes(f)) > 0 {
		return ""
	}
	return bases[f.Type]
}

func (w *body) restriction(f schema.Field) {
	w.Open("xs:simpleType")
	w.Open("xs:restriction", "base", bases[f.Type])
	for _, facet := range facets(f) {
		w.Leaf("xs:"+facet[0], "value", facet[1])
	}
	for _, e := range codes(f) {
		w.Open("xs:enumeration", "value", e.Code)
		w.Annotate(e.Label)
		w.Close("xs:enumeration")
	}
	w.Close("xs:restriction")
	w.Close("xs:simpleType")
}

// facets lists what narrows the base. Only what XML Schema judges exactly as the platform does is
// there.
func facets(f schema.Field) (all [][2]string) {
	switch f.Type {
	case schema.String:
		all = stringFacets(f)
	case schema.Integer, schema.Decimal:
		if value, ok := bound(f.Minimum, f.Type); ok {
			all = append(all, [2]string{"minInclusive", value})
		}
		if value, ok := bound(f.Maximum, f.Type); ok {
			all = append(all, [2]string{"maxInclusive", value})
		}
	}
	return all
}

func stringFacets(f schema.Field) (all [][2]string) {
	if pattern, ok := Pattern(f.Pattern); ok {
		all = append(all, [2]string{"pattern", pattern})
	}
	if !slices.ContainsFunc(f.Enum, unwritable) {
		for _, v := range slices.Compact(slices.Sorted(slices.Values(f.Enum))) {
			all = append(all, [2]string{"enumeration", v})
		}
	}
	if f.MinLength > 0 {
		all = append(all, [2]string{"minLength", strconv.Itoa(f.MinLength)})
	}
	if f.MaxLength > 0 {
		all = append(all, [2]string{"maxLength", strconv.Itoa(f.MaxLength)})
	}
	return all
}

// codes are the entries of the field's classifier, if all of them can be written.
func codes(f schema.Field) []schema.Entry {
	listed := f.Codes.Listed()
	if slices.ContainsFunc(listed, func(e schema.Entry) bool { return unwritable(e.Code) }) {
		return nil
	}
	return listed
}

// unwritable: an attribute cannot carry the value as it is.
func unwritable(v string) bool {
	return v == "" || !utf8.ValidString(v) || strings.ContainsFunc(v,
		func(r rune) bool { return r < 0x20 || r == 0xFFFE || r == 0xFFFF })
}

// bound: a bound of an integer is written only if it is one itself.
func bound(text string, base schema.Base) (string, bool) {
	if text == "" || base == schema.Decimal {
		return text, text != ""
	}
	_, err := strconv.ParseInt(text, 10, 64)
	return text, err == nil
}

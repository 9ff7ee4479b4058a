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
	"mconnect/internal/domain/catalog"
)

// Schema returns the schema document of the services' requests and answers in namespace (usually
// xmljson.Namespace). Opaque answers have no element. The fault is resource.duplicate when a service comes
// twice or two different answers share a name, resource.invalid when a type does not compile.
func Schema(namespace string, services []catalog.Service) ([]byte, error) {
	var w Writer
	w.Declare()
	if err := Write(&w, namespace, services, nil); err != nil {
		return nil, err
	}
	return w.Bytes(), nil
}

// Write writes the schema element to w; more, if given, adds global elements at its end.
func Write(w *Writer, namespace string, services []catalog.Service, more func(*Writer)) error {
	services, err := Ordered(services)
	if err != nil {
		return err
	}
	w.Open("xs:schema", "xmlns:xs", "http://www.w3.org/2001/XMLSchema", "xmlns:tns", namespace,
		"targetNamespace", namespace, "elementFormDefault", "qualified")
	for _, base := range [3]catalog.Base{catalog.IDNP, catalog.IDNO, catalog.IDNV} {
		if slices.ContainsFunc(services, func(s catalog.Service) bool { return uses(s.Request.Fields, base) || uses(s.Response.Fields, base) }) {
			w.number(base)
		}
	}
	written := map[string]bool{}
	for _, s := range services {
		(&body{Writer: w}).root(string(s.Name), s.Request, s.Title, s.Description)
		if s.Opaque == nil && !written[s.Response.Name] {
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

// Ordered returns the services by name, or says which of them cannot be described together.
func Ordered(services []catalog.Service) ([]catalog.Service, error) {
	sorted := slices.Clone(services)
	slices.SortFunc(sorted, func(a, b catalog.Service) int { return cmp.Compare(a.Name, b.Name) })
	seen := map[string]string{} // element → its type, as far as it matters
	claim := func(element string, t catalog.Type, shared bool) error {
		if _, err := catalog.CompileType(t); err != nil {
			return err
		}
		shape := shapeOf(t)
		if before, ok := seen[element]; ok && (!shared || before != shape) {
			return fault.New(fault.ResourceDuplicate, "kind", "XML", "id", element)
		}
		seen[element] = shape
		return nil
	}
	for _, s := range sorted {
		if err := claim(string(s.Name), s.Request, false); err != nil {
			return nil, err
		}
	}
	for _, s := range sorted {
		if s.Opaque == nil {
			if err := claim(s.Response.Name, s.Response, true); err != nil {
				return nil, err
			}
		}
	}
	return sorted, nil
}

// shapeOf writes what of a type is seen in its schema: everything but words and examples.
func shapeOf(t catalog.Type) string {
	var strip func(fields []catalog.Field) []catalog.Field
	bare := func(f catalog.Field) catalog.Field {
		f.Description, f.Example, f.Personal, f.Ref = mconnect.Text{}, nil, false, ""
		return f
	}
	strip = func(fields []catalog.Field) []catalog.Field {
		out := make([]catalog.Field, 0, len(fields))
		for _, f := range fields {
			f = bare(f)
			f.Fields = strip(f.Fields)
			if f.Items != nil {
				item := strip([]catalog.Field{*f.Items})[0]
				f.Items = &item
			}
			out = append(out, f)
		}
		return out
	}
	text, _ := json.Marshal(strip(t.Fields)) // plain values only: cannot fail
	return string(text)
}

func uses(fields []catalog.Field, base catalog.Base) bool {
	return slices.ContainsFunc(fields, func(f catalog.Field) bool {
		return f.Type == base || uses(f.Fields, base) || (f.Items != nil && uses([]catalog.Field{*f.Items}, base))
	})
}

// numbers are the patterns of the state identification numbers.
var numbers = map[catalog.Base][2]string{
	catalog.IDNP: {"IDNP", "2[0-9]{12}|09[0-9]{11}"},
	catalog.IDNO: {"IDNO", "1[0-9]{12}"},
	catalog.IDNV: {"IDNV", "3[0-9]{12}"},
}

func (w *Writer) number(base catalog.Base) {
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
func (w *body) root(name string, t catalog.Type, words ...mconnect.Text) {
	w.Open("xs:element", "name", name)
	w.Annotate(words...)
	w.sequence(t.Fields)
	w.Close("xs:element")
}

func (w *body) sequence(fields []catalog.Field) {
	w.Open("xs:complexType")
	w.Open("xs:sequence")
	for _, f := range fields {
		w.field(f)
	}
	w.Close("xs:sequence")
	w.Close("xs:complexType")
}

// field writes the element of one field of an object.
func (w *body) field(f catalog.Field) {
	least := ""
	if !f.Mandatory || w.answer {
		least = "0"
	}
	if f.Type == catalog.Array {
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
func most(f catalog.Field) string {
	if f.MaxLength > 0 {
		return strconv.Itoa(f.MaxLength)
	}
	return "unbounded"
}

// element writes an element with its type.
func (w *body) element(f catalog.Field, least, greatest string, inArray bool) {
	nillable := ""
	if f.Nullable {
		nillable = "true"
	}
	attributes := []string{"name", f.Name, "type", w.named(f), "minOccurs", least, "maxOccurs", greatest, "nillable", nillable}
	if attributes[3] != "" && f.Description == (mconnect.Text{}) && f.Codes == nil {
		w.Leaf("xs:element", attributes...)
		return
	}
	w.Open("xs:element", attributes...)
	w.Annotate(f.Description, f.Codes.Named())
	switch {
	case f.Type == catalog.Object:
		w.sequence(f.Fields)
	case f.Type == catalog.Array:
		w.array(f, inArray)
	case attributes[3] == "":
		w.restriction(f)
	}
	w.Close("xs:element")
}

// array writes the type of an element around items.
func (w *body) array(f catalog.Field, inArray bool) {
	item := *f.Items
	item.Name, _ = f.ItemElement(inArray)
	w.Open("xs:complexType")
	w.Open("xs:sequence")
	w.element(item, strconv.Itoa(f.MinLength), most(f), true)
	w.Close("xs:sequence")
	w.Close("xs:complexType")
}

var bases = map[catalog.Base]string{
	catalog.String: "xs:string", catalog.Integer: "xs:long", catalog.Decimal: "xs:decimal", catalog.Boolean: "xs:boolean",
	catalog.Date: "xs:date", catalog.DateTime: "xs:dateTime", catalog.Binary: "xs:base64Binary",
	catalog.IDNP: "tns:IDNP", catalog.IDNO: "tns:IDNO", catalog.IDNV: "tns:IDNV",
}

// named returns the name of the field's type, "" when it needs one of its own.
func (w *body) named(f catalog.Field) string {
	if f.Type == catalog.Object || f.Type == catalog.Array || len(facets(f)) > 0 || len(codes(f)) > 0 {
		return ""
	}
	return bases[f.Type]
}

func (w *body) restriction(f catalog.Field) {
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
func facets(f catalog.Field) (all [][2]string) {
	switch f.Type {
	case catalog.String:
		all = stringFacets(f)
	case catalog.Integer, catalog.Decimal:
		if value, ok := bound(f.Minimum, f.Type); ok {
			all = append(all, [2]string{"minInclusive", value})
		}
		if value, ok := bound(f.Maximum, f.Type); ok {
			all = append(all, [2]string{"maxInclusive", value})
		}
	}
	return all
}

func stringFacets(f catalog.Field) (all [][2]string) {
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
func codes(f catalog.Field) []catalog.Entry {
	listed := f.Codes.Listed()
	if slices.ContainsFunc(listed, func(e catalog.Entry) bool { return unwritable(e.Code) }) {
		return nil
	}
	return listed
}

// unwritable: an attribute cannot carry the value as it is.
func unwritable(v string) bool {
	return v == "" || !utf8.ValidString(v) || strings.ContainsFunc(v, func(r rune) bool { return r < 0x20 || r == 0xFFFE || r == 0xFFFF })
}

// bound: a bound of an integer is written only if it is one itself.
func bound(text string, base catalog.Base) (string, bool) {
	if text == "" || base == catalog.Decimal {
		return text, text != ""
	}
	_, err := strconv.ParseInt(text, 10, 64)
	return text, err == nil
}

package schema

import "strings"

// Lookup finds the field at path ("Address.Street"; arrays are stepped through), or nil.
func (t Type) Lookup(path string) *Field {
	fields := t.Fields
	var found *Field
	for name := range strings.SplitSeq(path, ".") {
		found = nil
		for i := range fields {
			if fields[i].Name == name {
				found = &fields[i]
			}
		}
		if found == nil {
			return nil
		}
		fields = found.children()
	}
	return found
}

// Unresolved reports that path leads into a type that is referred to and not yet written out.
func (t Type) Unresolved(path string) bool {
	for {
		cut := strings.LastIndexByte(path, '.')
		if cut < 0 {
			return false
		}
		path = path[:cut]
		if f := t.Lookup(path); f != nil {
			for f.Type == Array && f.Items != nil {
				f = f.Items
			}
			return f.Ref != "" && len(f.Fields) == 0
		}
	}
}

// children returns the fields inside an object, or inside the objects of an array however nested.
func (f *Field) children() []Field {
	for f.Type == Array && f.Items != nil {
		f = f.Items
	}
	return f.Fields
}

// Personal reports that the type holds personal data: a field says so, or is an IDNP.
func (t Type) Personal() bool { return anyPersonal(t.Fields) }

func anyPersonal(fields []Field) bool {
	for i := range fields {
		if fields[i].personal() {
			return true
		}
	}
	return false
}

func (f *Field) personal() bool {
	return f.Personal || f.Type == IDNP || anyPersonal(f.Fields) || (f.Items != nil && f.Items.personal())
}

// UsualItem is the name of an array's items in XML where nothing else is said.
const UsualItem = "Item"

// ItemElement returns the name of the element of an array's items in XML. flat: the items repeat under the array's own
// name, without an element around them. inArray: f is itself the item of an array.
func (f Field) ItemElement(inArray bool) (name string, flat bool) {
	repeats := f.Items.Name == "" || f.Items.Name == f.Name
	switch {
	case repeats && !f.Nullable && !inArray:
		return f.Name, true
	case f.Items.Name == "":
		return UsualItem, false
	}
	return f.Items.Name, false
}

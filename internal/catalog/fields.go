package catalog

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

// hidden reports that path leads into a type that is referred to and not yet written out.
func (t Type) hidden(path string) bool {
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

// personal reports that the type holds personal data: a field says so, or is an IDNP.
func (t Type) personal() bool { return anyPersonal(t.Fields) }

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

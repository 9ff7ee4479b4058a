package schema

import (
	"slices"
	"strconv"
	"strings"

	"mconnect"
	"mconnect/fault"
)

// The kinds of what a service refers to, as manifests name them.
const (
	KindClassifier = "Classifier"
	KindDataType   = "DataType"
)

// Use is one thing that a service's types are made of: "Address/1.0.0" of kind DataType.
type Use struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// resolver writes out references. It stops at the bounds of every shape, so that types that hold one another many times
// over cannot grow without end.
type resolver struct {
	lib   *Library
	found fault.Findings
	uses  []Use
	way   []string // types being written out
	count int
}

// Resolve returns fields with every Ref written out as its type's fields and every Classifier joined with its codes,
// what they are made of, and what is wrong: references to nothing, types that hold themselves.
func (l *Library) Resolve(fields []Field) (resolved []Field, uses []Use, found []fault.FieldError) {
	r := resolver{lib: l}
	resolved = r.fields(fields, "", 1, false)
	return resolved, r.uses, r.found
}

func (r *resolver) fields(all []Field, at string, depth int, personal bool) []Field {
	if all == nil {
		return nil
	}
	out := make([]Field, len(all))
	for i, f := range all {
		out[i] = r.field(f, at+"/fields/"+strconv.Itoa(i), depth, personal)
	}
	return out
}

// field resolves one field. Inside a type that a personal field refers to, everything is personal.
func (r *resolver) field(f Field, at string, depth int, personal bool) Field {
	r.count++
	f.Personal = f.Personal || personal
	if r.count > MaxShapeFields || depth > MaxDepth {
		return f // CompileType notes it
	}
	switch {
	case f.Classifier != "":
		codes, ok := r.lib.Classifier(f.Classifier)
		if !ok {
			r.found.Add(at+"/classifier", fault.ResourceUnknown, "kind", KindClassifier, "id", f.Classifier)
			return f
		}
		f.Classifier, f.Codes = codes.ID(), codes
		r.use(KindClassifier, codes.ID())
	case f.Ref != "":
		return r.refer(f, at, depth)
	}
	f.Fields = r.fields(f.Fields, at, depth+1, personal)
	if f.Items != nil {
		item := r.field(*f.Items, at+"/items", depth+1, personal)
		f.Items = &item
	}
	return f
}

func (r *resolver) refer(f Field, at string, depth int) Field {
	d, ok := r.lib.Type(f.Ref)
	switch {
	case !ok:
		r.found.Add(at+"/ref", fault.ResourceUnknown, "kind", KindDataType, "id", f.Ref)
		return f
	case slices.Contains(r.way, d.Name):
		r.found.Add(at+"/ref", fault.TypeCycle, "type", d.Name)
		return f
	}
	f.Ref = d.ID()
	if f.Description == (mconnect.Text{}) {
		f.Description = d.Description
		if f.Description == (mconnect.Text{}) {
			f.Description = d.Title
		}
	}
	r.use(KindDataType, f.Ref)
	before := len(r.found)
	r.way = append(r.way, d.Name)
	f.Fields = r.fields(d.Fields, "", depth+1, f.Personal)
	r.way = r.way[:len(r.way)-1]
	for i := before; i < len(r.found); i++ { // what is wrong inside the type is told where it is used
		r.found[i].Path = at + "/ref"
	}
	return f
}

func (r *resolver) use(kind, id string) {
	if u := (Use{kind, id}); !slices.Contains(r.uses, u) {
		r.uses = append(r.uses, u)
	}
}

// Check reports what is wrong with a type once what it refers to is known.
func (l *Library) Check(d DataType) []fault.FieldError {
	r := resolver{lib: l, way: []string{d.Name}}
	fields := r.fields(d.Fields, "", 1, false)
	if len(r.found) == 0 {
		Type{Name: "T", Fields: fields}.Validate(&r.found, "", false)
	}
	return r.found
}

// Differs reports that what u names is another thing in next.
func (l *Library) Differs(next *Library, u Use) bool {
	name, _, _ := strings.Cut(u.ID, "/") // a name alone refers to the newest version
	if u.Kind == KindClassifier {
		return !slices.Equal(l.classifiers[name], next.classifiers[name])
	}
	return !slices.Equal(l.types[name], next.types[name])
}

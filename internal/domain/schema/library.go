package schema

import (
	"maps"
	"slices"
	"strings"

	"mconnect"
	"mconnect/fault"
)

// DataType is one version of an object type that services share: a field names it as its Ref.
type DataType struct {
	Name        string           `json:"name" yaml:"name"` // as a field's name, and begins with an upper-case letter
	Version     mconnect.Version `json:"version" yaml:"version"`
	Title       mconnect.Text    `json:"title" yaml:"title"`
	Description mconnect.Text    `json:"description,omitzero" yaml:"description,omitempty"`
	Fields      []Field          `json:"fields" yaml:"fields"`
}

// ID names the version as a resource: "Address/1.0.0".
func (d DataType) ID() string { return d.Name + "/" + d.Version.String() }

// Validate reports what is wrong with the type by itself, whatever it refers to.
func (d DataType) Validate() []fault.FieldError {
	var f fault.Findings
	if !isFieldName(d.Name) || d.Name[0] > 'Z' {
		f.Add("/name", fault.InputFormat, "want", "an upper-case ASCII letter, then letters, digits or '_'; at most 64")
	}
	CheckVersion(&f, d.Version)
	f.Text("/title", d.Title, true, MaxTitle)
	f.Text("/description", d.Description, false, MaxDescription)
	if len(d.Fields) == 0 {
		f.Add("/fields", fault.InputMissing)
	}
	Type{Name: "T", Fields: d.Fields}.Validate(&f, "", true)
	return f
}

// Library holds what services share: categories, classifiers, types. It is not changed once made; With and Without
// return another one.
type Library struct {
	categories  map[string]Category
	classifiers map[string][]*Codes    // newest first
	types       map[string][]*DataType // newest first
}

// NewLibrary returns an empty library.
func NewLibrary() *Library {
	return &Library{map[string]Category{}, map[string][]*Codes{}, map[string][]*DataType{}}
}

func (l *Library) clone() *Library {
	return &Library{maps.Clone(l.categories), maps.Clone(l.classifiers), maps.Clone(l.types)}
}

// Shared is a resource that services refer to: Category, Classifier or DataType.
type Shared interface {
	Validate() []fault.FieldError
	join(*Library)
}

// With returns a library that holds parts as well; each replaces what had the same id.
func (l *Library) With(parts ...Shared) *Library {
	next := l.clone()
	for _, p := range parts {
		p.join(next)
	}
	return next
}

func (c Category) join(l *Library) { l.categories[c.Code] = c }

func (c Classifier) join(l *Library) {
	l.classifiers[c.Code] = replace(l.classifiers[c.Code], newCodes(c),
		func(x *Codes) mconnect.Version { return x.Version })
}

func (d DataType) join(l *Library) {
	l.types[d.Name] = replace(l.types[d.Name], &d, func(x *DataType) mconnect.Version { return x.Version })
}

// replace puts one among the versions, newest first, in a new slice.
func replace[T any](all []T, one T, version func(T) mconnect.Version) []T {
	next := slices.DeleteFunc(slices.Clone(all), func(x T) bool { return version(x) == version(one) })
	next = append(next, one)
	slices.SortFunc(next, func(a, b T) int { return version(b).Compare(version(a)) })
	return next
}

// WithoutCategory returns a library that lacks the category.
func (l *Library) WithoutCategory(code string) *Library {
	next := l.clone()
	delete(next.categories, code)
	return next
}

// WithoutClassifier returns a library that lacks the version of the code list named by id.
func (l *Library) WithoutClassifier(id string) *Library {
	next := l.clone()
	name, _, _ := strings.Cut(id, "/")
	next.classifiers[name] = slices.DeleteFunc(slices.Clone(l.classifiers[name]),
		func(c *Codes) bool { return c.ID() == id })
	return next
}

// WithoutType returns a library that lacks the version of the type named by id.
func (l *Library) WithoutType(id string) *Library {
	next := l.clone()
	name, _, _ := strings.Cut(id, "/")
	next.types[name] = slices.DeleteFunc(slices.Clone(l.types[name]), func(d *DataType) bool { return d.ID() == id })
	return next
}

// Category finds a category by its code.
func (l *Library) Category(code string) (Category, bool) {
	c, ok := l.categories[code]
	return c, ok
}

// Categories returns all categories, by code.
func (l *Library) Categories() []Category {
	return slices.SortedFunc(maps.Values(l.categories),
		func(a, b Category) int { return strings.Compare(a.Code, b.Code) })
}

// Under reports that the category code is above, or lies below it.
func (l *Library) Under(code, above string) bool {
	for steps := 0; code != "" && steps <= len(l.categories); steps++ {
		if code == above {
			return true
		}
		code = l.categories[code].Parent
	}
	return false
}

// Circular reports that the category lies below itself.
func (l *Library) Circular(code string) bool {
	parent := l.categories[code].Parent
	return parent != "" && l.Under(parent, code)
}

// Classifier finds "CODE/VERSION", or the newest version of "CODE".
func (l *Library) Classifier(ref string) (*Codes, bool) {
	name, version, _ := strings.Cut(ref, "/")
	return pick(l.classifiers[name], version, func(c *Codes) mconnect.Version { return c.Version })
}

// Classifiers returns every version of every code list, by code, newest first.
func (l *Library) Classifiers() []*Codes { return flat(l.classifiers) }

// Type finds "Name/VERSION", or the newest version of "Name".
func (l *Library) Type(ref string) (*DataType, bool) {
	name, version, _ := strings.Cut(ref, "/")
	return pick(l.types[name], version, func(d *DataType) mconnect.Version { return d.Version })
}

// Types returns every version of every shared type, by name, newest first.
func (l *Library) Types() []*DataType { return flat(l.types) }

func flat[T any](byName map[string][]T) (all []T) {
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		all = append(all, byName[name]...)
	}
	return all
}

func pick[T any](all []*T, version string, of func(*T) mconnect.Version) (*T, bool) {
	if len(all) == 0 {
		return nil, false
	}
	if version == "" {
		return all[0], true
	}
	want, err := mconnect.ParseVersion(version)
	if err != nil {
		return nil, false
	}
	for _, one := range all {
		if of(one) == want {
			return one, true
		}
	}
	return nil, false
}

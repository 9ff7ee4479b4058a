package schema

import (
	"fmt"
	"regexp"
	"strings"

	"mconnect"
	"mconnect/fault"
)

// Category is a place in the tree of subjects by which people look for services.
type Category struct {
	Code        string        `json:"code" yaml:"code"` // 2 to 40 of a-z, 0-9, '-'
	Title       mconnect.Text `json:"title" yaml:"title"`
	Description mconnect.Text `json:"description,omitzero" yaml:"description,omitempty"`
	Parent      string        `json:"parent,omitempty" yaml:"parent,omitempty"` // code of the category above
}

// Classifier is one version of a code list. Every code is a member whatever its validity: registers hold records that
// are older than the list, so validity is shown and not enforced.
type Classifier struct {
	Code        string           `json:"code" yaml:"code"` // a letter, then letters, digits, '-'; 2 to 40 in all
	Version     mconnect.Version `json:"version" yaml:"version"`
	Title       mconnect.Text    `json:"title" yaml:"title"`
	Description mconnect.Text    `json:"description,omitzero" yaml:"description,omitempty"`
	Source      string           `json:"source,omitempty" yaml:"source,omitempty"` // act or standard that sets the list
	Entries     []Entry          `json:"entries" yaml:"entries"`
}

// Entry is one code of a Classifier.
type Entry struct {
	Code  string        `json:"code" yaml:"code"` // 1 to 64 printable characters
	Label mconnect.Text `json:"label" yaml:"label"`
	// code of the entry above, in the same list
	Parent   string          `json:"parent,omitempty" yaml:"parent,omitempty"`
	Validity mconnect.Period `json:"validity,omitzero" yaml:"validity,omitempty"`
}

// MaxListed is how many codes of a classifier a description (JSON Schema, XSD …) writes out; of longer ones it gives
// the name only.
const MaxListed = 1000

// Limits of what people read, in characters.
const (
	MaxTitle       = 300
	MaxDescription = 4000
)

// Limits of shared vocabulary.
const (
	maxEntries = 20_000
	maxCode    = 64
	maxEnum    = 1000
)

var (
	classifierCode = regexp.MustCompile(`\A[A-Za-z][A-Za-z0-9-]{1,39}\z`)
	categoryCode   = regexp.MustCompile(`\A[a-z][a-z0-9-]{1,39}\z`)
)

// ID names the version as a resource: "sex/1.0.0".
func (c Classifier) ID() string { return c.Code + "/" + c.Version.String() }

// Validate reports what is wrong with the category by itself.
func (c Category) Validate() []fault.FieldError {
	var f fault.Findings
	CheckCategory(&f, "/code", c.Code)
	f.Text("/title", c.Title, true, MaxTitle)
	f.Text("/description", c.Description, false, MaxDescription)
	if c.Parent != "" && (!categoryCode.MatchString(c.Parent) || c.Parent == c.Code) {
		f.Add("/parent", fault.InputPattern, "pattern", categoryCode.String())
	}
	return f
}

// CheckCategory notes a code that no category can have.
func CheckCategory(f *fault.Findings, at, code string) {
	if !categoryCode.MatchString(code) {
		f.Add(at, fault.InputPattern, "pattern", categoryCode.String())
	}
}

// Validate reports what is wrong with the code list by itself.
func (c Classifier) Validate() []fault.FieldError {
	var f fault.Findings
	if !classifierCode.MatchString(c.Code) {
		f.Add("/code", fault.InputPattern, "pattern", classifierCode.String())
	}
	CheckVersion(&f, c.Version)
	f.Text("/title", c.Title, true, MaxTitle)
	f.Text("/description", c.Description, false, MaxDescription)
	f.Length("/source", c.Source, 0, MaxTitle)
	if len(c.Entries) == 0 {
		f.Add("/entries", fault.InputMissing)
	}
	f.AtMost("/entries", len(c.Entries), maxEntries)
	parents := make(map[string]string, len(c.Entries))
	for _, e := range c.Entries {
		parents[e.Code] = e.Parent
	}
	seen := make(map[string]bool, len(c.Entries))
	for i, e := range c.Entries {
		if len(f) >= fault.MaxFields {
			break
		}
		at := fmt.Sprintf("/entries/%d", i)
		f.Length(at+"/code", e.Code, 1, maxCode)
		if strings.TrimSpace(e.Code) != e.Code || strings.ContainsAny(e.Code, "\n\t") {
			f.Add(at+"/code", fault.InputFormat, "want", "one line without spaces around it")
		}
		if seen[e.Code] {
			f.Add(at+"/code", fault.ResourceDuplicate, "kind", "code", "id", e.Code)
		}
		seen[e.Code] = true
		f.Text(at+"/label", e.Label, true, MaxTitle)
		if !e.Validity.Valid() {
			f.Add(at+"/validity", fault.InputRange, "min", e.Validity.From.Format("2006-01-02"), "max", "…")
		}
		if _, known := parents[e.Parent]; e.Parent != "" && (!known || circles(parents, e.Code)) {
			f.Add(at+"/parent", fault.ResourceUnknown, "kind", "code", "id", e.Parent)
		}
	}
	return f
}

// circles reports that the way up from code comes back to it.
func circles(parents map[string]string, code string) bool {
	for up, steps := parents[code], 0; up != "" && steps <= len(parents); up, steps = parents[up], steps+1 {
		if up == code || steps == len(parents) {
			return true
		}
	}
	return false
}

// CheckVersion notes a version of a resource below 1.0.0.
func CheckVersion(f *fault.Findings, v mconnect.Version) {
	if v.Major == 0 {
		f.Add("/version", fault.InputRange, "min", "1.0.0", "max", "9999.9999.9999")
	}
}

// Codes is a Classifier made ready: membership is one look into a map that all fields share. It is not changed once
// made.
type Codes struct {
	Classifier
	members map[string]struct{}
}

func newCodes(c Classifier) *Codes {
	m := make(map[string]struct{}, len(c.Entries))
	for _, e := range c.Entries {
		m[e.Code] = struct{}{}
	}
	return &Codes{c, m}
}

// Listed returns the entries for a description to write out; none when they are too many.
func (c *Codes) Listed() []Entry {
	if c == nil || len(c.Entries) > MaxListed {
		return nil
	}
	return c.Entries
}

// Named reports which classifier it is, for people; a zero Text for none.
func (c *Codes) Named() mconnect.Text {
	if c == nil {
		return mconnect.Text{}
	}
	return mconnect.Text{
		RO: "Clasificatorul " + c.ID() + ": " + c.Title.In(mconnect.Romanian),
		EN: "Classifier " + c.ID() + ": " + c.Title.In(mconnect.English),
		RU: "Классификатор " + c.ID() + ": " + c.Title.In(mconnect.Russian),
	}
}

// Has reports whether code is in the list.
func (c *Codes) Has(code string) bool {
	_, ok := c.members[code]
	return ok
}

// Label returns what code means; a zero Text when it is not in the list.
func (c *Codes) Label(code string) mconnect.Text {
	for i := range c.Entries {
		if c.Entries[i].Code == code {
			return c.Entries[i].Label
		}
	}
	return mconnect.Text{}
}

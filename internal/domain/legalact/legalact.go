// Package legalact holds legal acts with their dated versions and articles, so that an agreement cites a text that was
// in force and a change of the law finds the agreements that rest on it.
//
// It owns the form of an act, which version and which article are in force on a day, and what a new version changes.
// It does not own the text of the law: it keeps its digest, and an address where the text is published.
//
// Flow: a manifest of kind LegalAct → Validate → Register; a Citation of an agreement → Register.Check.
package legalact

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
)

// ID names an act: its kind, number and year, e.g. "lege-142-2018": 2 to 64 characters of a-z, 0-9 and inner hyphens.
type ID string

// Kinds are the kinds of act.
var Kinds = []string{"constitution", "code", "law", "government_decision", "order", "decision", "treaty", "regulation"}

// Act is one legal act. Days are civil days, "2018-07-19".
type Act struct {
	ID     ID            `json:"id" yaml:"id"`
	Type   string        `json:"type" yaml:"type"`     // one of Kinds
	Number string        `json:"number" yaml:"number"` // e.g. "142"
	Date   string        `json:"date" yaml:"date"`     // of adoption
	Title  mconnect.Text `json:"title" yaml:"title"`
	// how an agreement or a caller cites it: "Legea nr. 142/2018"
	Citation string `json:"citation" yaml:"citation"`
	// where the text is published, https
	URL      string    `json:"url,omitempty" yaml:"url,omitempty"`
	Versions []Version `json:"versions" yaml:"versions"` // oldest first
}

// Version is the text of an act from one day on.
type Version struct {
	From string `json:"from" yaml:"from"` // first day in force
	// last day in force; of a version before another one, the day before that begins. "": without end
	To       string    `json:"to,omitempty" yaml:"to,omitempty"`
	Articles []Article `json:"articles" yaml:"articles"`
}

// Article is one place of an act.
type Article struct {
	// "art. 7 alin. (2) lit. a)"
	Path    string        `json:"path" yaml:"path"`
	Heading mconnect.Text `json:"heading,omitzero" yaml:"heading,omitempty"`
	// SHA-256 of the published text, UTF-8, hexadecimal
	Digest string `json:"digest,omitempty" yaml:"digest,omitempty"`
}

// Citation refers to one place of one version of an act.
type Citation struct {
	Act     ID     `json:"act" yaml:"act"`
	Version string `json:"version,omitempty" yaml:"version,omitempty"` // its From; "": the one in force
	Path    string `json:"path" yaml:"path"`
}

// Limits of an act, in items or characters.
const (
	MaxVersions = 200
	MaxArticles = 2000
	maxTitle    = 1000
	maxPath     = 120
)

const wantID = "2 to 64 characters of a-z, 0-9 and inner hyphens"

var (
	idForm     = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])$`)
	digestForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// Validate reports everything that is wrong with the act by itself.
func (a Act) Validate() []fault.FieldError {
	var f fault.Findings
	if !idForm.MatchString(string(a.ID)) {
		f.Add("/id", fault.InputFormat, "want", wantID)
	}
	f.OneOf("/type", a.Type, Kinds...)
	f.Length("/number", a.Number, 1, 40)
	f.Length("/citation", a.Citation, 1, maxPath)
	f.Text("/title", a.Title, true, maxTitle)
	day(&f, "/date", a.Date)
	if a.URL != "" && !strings.HasPrefix(a.URL, "https://") {
		f.Add("/url", fault.InputFormat, "want", "https://…")
	}
	if len(a.Versions) == 0 {
		f.Add("/versions", fault.InputMissing)
	}
	if len(a.Versions) > MaxVersions {
		f.Add("/versions", fault.InputLength, "min", "1", "max", fmt.Sprint(MaxVersions))
		return f
	}
	for i, v := range a.Versions {
		path := fmt.Sprintf("/versions/%d", i)
		day(&f, path+"/from", v.From)
		if v.To != "" {
			day(&f, path+"/to", v.To)
		}
		if v.To != "" && v.To < v.From {
			f.Add(path+"/to", fault.InputRange, "min", v.From, "max", "…")
		}
		if i > 0 && (a.Versions[i-1].From >= v.From || a.Versions[i-1].To >= v.From) {
			f.Add(path+"/from", fault.InputRange, "min", cmp.Or(a.Versions[i-1].To, a.Versions[i-1].From), "max", "…")
		}
		v.validate(&f, path)
	}
	return f
}

// Validate adds what is wrong with the citation by itself.
func (c Citation) Validate(f *fault.Findings, path string) {
	if !idForm.MatchString(string(c.Act)) {
		f.Add(path+"/act", fault.InputFormat, "want", wantID)
	}
	if c.Version != "" {
		day(f, path+"/version", c.Version)
	}
	f.Length(path+"/path", c.Path, 1, maxPath)
}

func (v Version) validate(f *fault.Findings, path string) {
	if len(v.Articles) == 0 || len(v.Articles) > MaxArticles {
		f.Add(path+"/articles", fault.InputLength, "min", "1", "max", fmt.Sprint(MaxArticles))
		return
	}
	known := map[string]bool{}
	for i, article := range v.Articles {
		at := fmt.Sprintf("%s/articles/%d", path, i)
		f.Length(at+"/path", article.Path, 1, maxPath)
		if known[article.Path] {
			f.Add(at+"/path", fault.ResourceDuplicate, "kind", "Article", "id", article.Path)
		}
		known[article.Path] = true
		f.Text(at+"/heading", article.Heading, false, maxTitle)
		if article.Digest != "" && !digestForm.MatchString(article.Digest) {
			f.Add(at+"/digest", fault.InputFormat, "want", "64 hexadecimal digits (SHA-256)")
		}
	}
}

func day(f *fault.Findings, path, text string) {
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		f.Add(path, fault.InputFormat, "want", "a day such as 2026-01-31")
	}
}

// At returns the version in force on a day of Chișinău, "2026-11-27"; false when there is none.
func (a *Act) At(day string) (*Version, bool) {
	for i := len(a.Versions) - 1; i >= 0; i-- {
		v := &a.Versions[i]
		if v.From <= day {
			return v, v.To == "" || day <= v.To
		}
	}
	return nil, false
}

// Version returns the version that begins on a day.
func (a *Act) Version(from string) (*Version, bool) {
	i := slices.IndexFunc(a.Versions, func(v Version) bool { return v.From == from })
	if i < 0 {
		return nil, false
	}
	return &a.Versions[i], true
}

// Article returns a place of the version. Paths are equal but for case and spaces.
func (v *Version) Article(path string) (*Article, bool) {
	for i := range v.Articles {
		if samePath(v.Articles[i].Path, path) {
			return &v.Articles[i], true
		}
	}
	return nil, false
}

func samePath(a, b string) bool {
	plain := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), "")) }
	return plain(a) == plain(b)
}

// State is how an act, or a place of it, is on a day.
type State string

// The states.
const (
	InForce  State = "in_force"
	Coming   State = "coming"   // its first version begins later
	Repealed State = "repealed" // it was in force before
	Unknown  State = "unknown"  // the act, the version or the place is not in the register
)

// StateAt returns the state of the whole act at a time.
func (a *Act) StateAt(at time.Time) State {
	day := civil.DayOf(at)
	if _, ok := a.At(day); ok {
		return InForce
	}
	if len(a.Versions) > 0 && day < a.Versions[0].From {
		return Coming
	}
	return Repealed
}

// Change is what a newer version does to a place of an older one.
type Change struct {
	Path string `json:"path"`
	// "changed", "removed" or "added"
	Kind string `json:"kind"`
}

// Changes lists what version b changes in a, in the order of their articles. Texts without a digest count as unchanged.
func Changes(a, b *Version) []Change {
	var all []Change
	for _, old := range a.Articles {
		now, there := b.Article(old.Path)
		switch {
		case !there:
			all = append(all, Change{old.Path, "removed"})
		case now.Digest != old.Digest && now.Digest != "" && old.Digest != "":
			all = append(all, Change{old.Path, "changed"})
		}
	}
	for _, now := range b.Articles {
		if _, there := a.Article(now.Path); !there {
			all = append(all, Change{now.Path, "added"})
		}
	}
	return all
}

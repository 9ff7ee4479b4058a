package search

import (
	"slices"
	"strings"

	"mconnect"
)

// Place is where in a service a word stands.
type Place int

// The places.
const (
	InName Place = iota
	InTitle
	InCategory
	InOwner
	InFieldName
	InDescription
	InFieldText
	fieldCount
)

// weights say how much a word counts there.
var weights = [fieldCount]float64{InName: 8, InTitle: 7, InCategory: 3, InOwner: 2, InFieldName: 2, InDescription: 2,
	InFieldText: 1}

// Document is one version of a service as it is found. Name and Say add the words by which it is found.
type Document struct {
	ID         string   // "GetPerson/1.0.0"
	Group      string   // versions of one service share it
	Categories []string // with those above them
	Owner      string
	Status     string
	Personal   bool
	Serves     bool // a call can get this version

	texts [fieldCount][]phrase
}

// phrase is a text in one language; a name of a program's has none.
type phrase struct {
	lang mconnect.Lang
	text string
}

// Name adds a name of a program, which has no language.
func (d *Document) Name(in Place, name string) {
	if name != "" {
		d.texts[in] = append(d.texts[in], phrase{text: strings.Join(parts(name), " ")})
	}
}

// Say adds a text for people.
func (d *Document) Say(in Place, t mconnect.Text) {
	for _, p := range [3]phrase{{mconnect.Romanian, t.RO}, {mconnect.English, t.EN}, {mconnect.Russian, t.RU}} {
		if p.text != "" {
			d.texts[in] = append(d.texts[in], p)
		}
	}
}

func has(all []string, one string) bool {
	return slices.Contains(all, one)
}

package search

import (
	"strings"

	"mconnect"
	"mconnect/internal/domain/catalog"
)

// field is where in a service a word stands.
type field int

const (
	inName field = iota
	inTitle
	inCategory
	inOwner
	inFieldName
	inDescription
	inFieldText
	fieldCount
)

// weights say how much a word counts there.
var weights = [fieldCount]float64{inName: 8, inTitle: 7, inCategory: 3, inOwner: 2, inFieldName: 2, inDescription: 2, inFieldText: 1}

// Document is one version of a service as it is found. Make it with Of.
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

// Of makes the document of r. Owner says the names of a participant; serves that calls can get this version.
func Of(r *catalog.Ready, library *catalog.Library, owner mconnect.Text, serves bool) Document {
	d := Document{
		ID: r.ID(), Group: string(r.Name), Owner: string(r.OwnerID()), Status: string(r.Status), Personal: r.Personal, Serves: serves,
	}
	d.name(inName, string(r.Name))
	d.say(inTitle, r.Title)
	d.say(inDescription, r.Description)
	d.say(inDescription, r.Quality.Source)
	d.name(inOwner, d.Owner)
	d.say(inOwner, owner)
	for _, code := range r.Categories {
		for up, steps := code, 0; up != "" && steps < 20 && !has(d.Categories, up); steps++ {
			d.Categories = append(d.Categories, up)
			d.name(inCategory, up)
			c, _ := library.Category(up)
			d.say(inCategory, c.Title)
			up = c.Parent
		}
	}
	d.fields(r.Request.Fields)
	d.fields(r.Response.Fields)
	d.name(inFieldName, r.Response.Name)
	return d
}

func (d *Document) fields(all []catalog.Field) {
	for i := range all {
		f := &all[i]
		d.name(inFieldName, f.Name)
		d.say(inFieldText, f.Description)
		if f.Codes != nil {
			d.say(inFieldText, f.Codes.Title)
		}
		d.fields(f.Fields)
		if f.Items != nil {
			d.fields([]catalog.Field{*f.Items})
		}
	}
}

func (d *Document) name(in field, name string) {
	if name != "" {
		d.texts[in] = append(d.texts[in], phrase{text: strings.Join(parts(name), " ")})
	}
}

func (d *Document) say(in field, t mconnect.Text) {
	for _, p := range [3]phrase{{mconnect.Romanian, t.RO}, {mconnect.English, t.EN}, {mconnect.Russian, t.RU}} {
		if p.text != "" {
			d.texts[in] = append(d.texts[in], p)
		}
	}
}

func has(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

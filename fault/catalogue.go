package fault

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"mconnect"
)

// Text is a sentence in the three languages.
type Text = mconnect.Text

// Entry is what the catalogue knows of a Code.
type Entry struct {
	Kind   Kind
	Leg    Leg
	Party  Party
	Says   mconnect.Text // one sentence: the fact; {names} are replaced by Params
	Remedy mconnect.Text // one sentence: what Party must do
}

// catalogue holds every Code once.
var catalogue = gather(reading, enveloped, markup, signing, timed, identity, standing, stated, agreed, input,
	delivery, answered, keeping, evolving, imported, wired, relayed, events, pushed, erasing, manifests, persons,
	acts, accounts, asked, formed, logins)

func gather(parts ...map[Code]Entry) map[Code]Entry {
	all := map[Code]Entry{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}

// Codes returns every code, in order.
func Codes() []Code { return slices.Sorted(maps.Keys(catalogue)) }

// Entry returns what the catalogue knows of c; an unknown code reads as InternalError's entry.
func (c Code) Entry() Entry {
	if e, ok := catalogue[c]; ok {
		return e
	}
	return catalogue[InternalError]
}

// Known reports whether the catalogue holds c.
func (c Code) Known() bool {
	_, ok := catalogue[c]
	return ok
}

// Sentence says the fact in lang; a parameter that is missing reads "—".
func (e *Error) Sentence(lang mconnect.Lang) string { return e.Code.Sentence(lang, e.Params) }

// Remedy says in lang what the party that must act has to do.
func (e *Error) Remedy(lang mconnect.Lang) string {
	return fill(lang, e.Code.Entry().Remedy.In(lang), e.Params)
}

// Sentence says the fact behind a check in lang; "" when the check did not fail and was not flagged.
func (c Check) Sentence(lang mconnect.Lang) string {
	if c.Code == "" {
		return ""
	}
	return c.Code.Sentence(lang, c.Params)
}

// Sentence says in lang what is wrong at the place that the FieldError points to.
func (f FieldError) Sentence(lang mconnect.Lang) string { return f.Code.Sentence(lang, f.Params) }

// Sentence says the fact behind the code in lang, with params filled in.
func (c Code) Sentence(lang mconnect.Lang, params map[string]string) string {
	sentence := fill(lang, c.says(params).In(lang), params)
	if ask := DidYouMean(params[Near], lang); ask != "" {
		return sentence + " " + ask
	}
	return sentence
}

// fill replaces each {name} once, by the parameter "name.<lang>" or else "name": what a value holds is never read as
// a name again.
func fill(lang mconnect.Lang, sentence string, params map[string]string) string {
	if !strings.Contains(sentence, "{") {
		return sentence
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(sentence, "{")
		name, after, closed := strings.Cut(rest, "}")
		b.WriteString(before)
		if !found || !closed {
			return b.String()
		}
		b.WriteString(cmp.Or(params[name+"."+string(lang)], spoken(lang, name, params[name]), "—"))
		sentence = after
	}
}

package importer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mconnect"
	"mconnect/internal/domain/schema"
)

// Words in names that indicate personal data (Law 195/2024; cf. GDPR, art. 4), in Romanian, English and Russian
// transliteration.
var personalWords = []string{
	"nume", "prenume", "patronim", "name", "surname", "birth", "nascut", "nastere", "nasterii", "sex", "gender",
	"address", "adres", "domicili",
	"phone", "telefon", "mail", "passport", "pasaport", "buletin", "citizen", "cetaten", "nationality", "nationalit",
	"salary", "salariu",
	"income", "venit", "health", "sanat", "diagnos", "photo", "foto", "signature", "semnatur", "marital", "civil",
	"child", "copii", "parent",
	"familia", "imia", "otcestvo", "rojdeni", "adres", "telefon",
}

// Operations whose names begin so change nothing, as a rule.
var readingWords = []string{"get", "find", "list", "search", "check", "verify", "is", "has", "count", "read", "query",
	"lookup", "obtine", "cauta", "verifica", "lista"}

// guess applies what names indicate: identification numbers, personal data, whose data is asked for, whether a call
// changes anything. Each guess is noted as a decision.
func guess(d *Draft) {
	g := guesser{d}
	g.fields(d.Request.Fields, "request")
	g.fields(d.Response.Fields, "response")
	g.subject()
	name := strings.ToLower(string(d.Name))
	d.ReadOnly = slices.ContainsFunc(readingWords, func(word string) bool { return strings.HasPrefix(name, word) })
	d.note(Decide, "read_only", d.From, "true only if a repeated call changes nothing; guessed from the name")
	if d.Provider == Placeholder {
		d.note(Decide, "provider", d.From, "the registered system that serves it")
	}
	if romanian(&d.Title) || romanian(&d.Description) {
		d.note(Decide, "title", d.From, "Romanian is mandatory: translate what was copied from another language")
	}
	d.note(Decide, "categories", d.From, "state at least one, so that the service is found")
	d.note(Decide, "purposes", d.From, "each agreement names purposes, legal basis and the fields that each needs: prepare them with the owner of the register")
}

type guesser struct{ *Draft }

func (g guesser) fields(fields []schema.Field, at string) {
	for i := range fields {
		f := &fields[i]
		path := at + "." + f.Name
		g.number(f, path)
		for f.Type == schema.Array && f.Items != nil {
			romanian(&f.Description)
			g.personal(f, path)
			name := f.Name
			f = f.Items
			inner := *f
			inner.Name = cmp.Or(inner.Name, name)
			g.number(&inner, path)
			inner.Name = f.Name
			*f = inner
		}
		romanian(&f.Description)
		if len(f.Fields) == 0 && f.Type != schema.Boolean {
			g.personal(f, path)
		}
		g.fields(f.Fields, path)
	}
}

var numbers = []schema.Base{schema.IDNP, schema.IDNO, schema.IDNV}

// number types a string of 13 characters by its name.
func (g guesser) number(f *schema.Field, path string) {
	if f.Type != schema.String {
		return
	}
	folded := strings.ReplaceAll(strings.ToLower(f.Name), "_", "")
	for _, base := range numbers {
		if word := string(base); !strings.HasPrefix(folded, word) && !strings.HasSuffix(folded, word) {
			continue
		}
		if f.MaxLength != 13 && !strings.Contains(f.Pattern, "{13}") && !strings.Contains(f.Pattern, "{12}") {
			g.note(Decide, path, g.From, fmt.Sprintf("looks like an %s by its name, but is not of 13 characters: type %s checks its digits", strings.ToUpper(string(base)), base))
			return
		}
		f.Type, f.MinLength, f.MaxLength, f.Pattern = base, 0, 0, ""
		g.note(Decide, path, g.From, fmt.Sprintf("typed %s by its name and length: its check digit is verified from now on", base))
		return
	}
}

// personal marks what is personal data by its name.
func (g guesser) personal(f *schema.Field, path string) {
	folded := strings.ToLower(ascii(f.Name))
	named := slices.ContainsFunc(personalWords, func(word string) bool { return strings.Contains(folded, word) })
	if (named || f.Type == schema.IDNP) && !f.Personal {
		f.Personal = true
		g.note(Decide, path, g.From, "personal data, guessed from the name")
	}
}

// subject finds the one field of the request that names whose data is asked for.
func (g guesser) subject() {
	for _, base := range numbers {
		if path := firstOf(g.Request.Fields, base, ""); path != "" {
			g.Subject = path
			g.note(Decide, "subject", g.From, "whose data is asked for: the first "+string(base)+" of the request")
			return
		}
	}
	g.note(Decide, "subject", g.From, "no field of the request is an identification number: name the field that says whose data is asked for, if there is one")
}

func firstOf(fields []schema.Field, base schema.Base, at string) string {
	for _, f := range fields {
		if f.Type == base {
			return at + f.Name
		}
	}
	for _, f := range fields {
		if f.Type == schema.Object {
			if path := firstOf(f.Fields, base, at+f.Name+"."); path != "" {
				return path
			}
		}
	}
	return ""
}

// words is the first sentence of a description, for a title.
func title(t mconnect.Text) mconnect.Text {
	short := func(s string) string {
		if i := strings.Index(s, ". "); i > 0 {
			s = s[:i]
		}
		return clip(strings.TrimSuffix(s, "."), 300)
	}
	return mconnect.Text{RO: short(t.RO), EN: short(t.EN), RU: short(t.RU)}
}

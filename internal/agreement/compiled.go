package agreement

import (
	"crypto/sha256"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unique"

	"mconnect/fault"
)

// Compiled is an agreement made ready for Decide: patterns compiled, accepted bases normalised. It is
// never changed once made.
type Compiled struct {
	Agreement
	purposes []compiledPurpose // as Agreement.Purposes
}

type compiledPurpose struct {
	accepts []string       // normalised CallBasis values, the purpose's code among them
	reason  *regexp.Regexp // nil: any text
}

// Compile validates a and makes it ready. The fault is resource.invalid with Fields.
func Compile(a Agreement) (*Compiled, error) {
	if found := a.Validate(); len(found) > 0 {
		return nil, fault.Findings(found).Err(fault.ResourceInvalid, "kind", "Agreement", "id", string(a.ID))
	}
	for _, t := range []*string{(*string)(&a.Consumer), (*string)(&a.Service), (*string)(&a.Event), &a.Note} {
		*t = unique.Make(*t).Value()
	}
	t, err := templateOf(a.Purposes)
	if err != nil {
		return nil, fault.Wrap(err, fault.ResourceInvalid, "kind", "Agreement", "id", string(a.ID))
	}
	a.Purposes = t.stated
	return &Compiled{Agreement: a, purposes: t.compiled}, nil
}

// template is the purposes of an agreement, ready for use. Many agreements are made by one pattern and state the same
// purposes to the letter: they share one template, which is never changed. What the collector of garbage has to visit
// then grows little with the number of agreements.
type template struct {
	stated   []Purpose
	compiled []compiledPurpose
}

// templates are those remembered for sharing: SHA-256 of the purposes as JSON → *template.
var templates shelf

func templateOf(purposes []Purpose) (*template, error) {
	text, err := json.Marshal(purposes)
	if err != nil {
		return nil, err
	}
	key := sha256.Sum256(text)
	if known, ok := templates.Load(key); ok {
		return known.(*template), nil
	}
	t := &template{stated: slices.Clone(purposes), compiled: make([]compiledPurpose, len(purposes))}
	for i := range t.stated {
		p, q := &t.stated[i], &t.compiled[i]
		p.Accepts, p.Fields = slices.Clone(p.Accepts), slices.Clone(p.Fields)
		p.share()
		q.accepts = []string{Normal(string(p.Code))}
		for _, accepted := range p.Accepts {
			q.accepts = append(q.accepts, unique.Make(Normal(accepted)).Value())
		}
		if p.Reason.Pattern != "" {
			if q.reason, err = whole(p.Reason.Pattern); err != nil {
				return nil, err
			}
		}
	}
	templates.keep(key, t)
	return t, nil
}

// shelf remembers up to maxShared things for sharing; further ones are made for each use.
type shelf struct {
	sync.Map
	count atomic.Int64
}

const maxShared = 4096

func (s *shelf) keep(key, value any) {
	if s.count.Add(1) <= maxShared {
		s.Store(key, value)
	}
}

// whole compiles a pattern that must match all of a text. Many agreements state the same form of a case
// number: they share one program.
func whole(pattern string) (*regexp.Regexp, error) {
	if known, ok := patterns.Load(pattern); ok {
		return known.(*regexp.Regexp), nil
	}
	compiled, err := regexp.Compile(`\A(?:` + pattern + `)\z`)
	if err == nil {
		patterns.keep(pattern, compiled)
	}
	return compiled, err
}

var patterns shelf // pattern → *regexp.Regexp

// share makes equal texts of many purposes one in memory: a hundred thousand agreements cite few acts.
func (p *Purpose) share() {
	one := func(texts ...*string) {
		for _, t := range texts {
			*t = unique.Make(*t).Value()
		}
	}
	one((*string)(&p.Code), &p.Title.RO, &p.Title.EN, &p.Title.RU, &p.LegalBasis.Act, &p.LegalBasis.Article, &p.LegalBasis.Text,
		&p.Reason.Pattern, &p.Reason.Example, &p.Reason.Form.RO, &p.Reason.Form.EN, &p.Reason.Form.RU)
	for j := range p.Accepts {
		one(&p.Accepts[j])
	}
	for j := range p.Fields {
		one(&p.Fields[j])
	}
}

// basis is a CallBasis as stated, brought to its normal form when that is first needed: most callers write it
// exactly as agreed.
type basis struct {
	stated string
	normal string
	known  bool
}

func (b *basis) form() string {
	if !b.known {
		b.normal, b.known = Normal(b.stated), true
	}
	return b.normal
}

// acceptsBasis reports whether the purpose accepts the stated basis.
func (c *Compiled) acceptsBasis(purpose int, b *basis) bool {
	for _, exact := range c.Purposes[purpose].Accepts {
		if exact == b.stated {
			return true
		}
	}
	return slices.Contains(c.purposes[purpose].accepts, b.form())
}

func (p *compiledPurpose) acceptsReason(reason string) bool {
	return p.reason == nil || p.reason.MatchString(strings.TrimSpace(reason))
}

package agreement

import (
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
	a.Purposes = slices.Clone(a.Purposes)
	for i := range a.Purposes {
		a.Purposes[i].Accepts, a.Purposes[i].Fields = slices.Clone(a.Purposes[i].Accepts), slices.Clone(a.Purposes[i].Fields)
	}
	a.share()
	c := &Compiled{Agreement: a, purposes: make([]compiledPurpose, len(a.Purposes))}
	for i, p := range a.Purposes {
		q := compiledPurpose{accepts: []string{Normal(string(p.Code))}}
		for _, accepted := range p.Accepts {
			q.accepts = append(q.accepts, unique.Make(Normal(accepted)).Value())
		}
		if p.Reason.Pattern != "" {
			pattern, err := whole(p.Reason.Pattern)
			if err != nil {
				return nil, fault.Wrap(err, fault.ResourceInvalid, "kind", "Agreement", "id", string(a.ID))
			}
			q.reason = pattern
		}
		c.purposes[i] = q
	}
	return c, nil
}

// whole compiles a pattern that must match all of a text. Many agreements state the same form of a case
// number: they share one program.
func whole(pattern string) (*regexp.Regexp, error) {
	if known, ok := patterns.Load(pattern); ok {
		return known.(*regexp.Regexp), nil
	}
	compiled, err := regexp.Compile(`\A(?:` + pattern + `)\z`)
	if err == nil && patternCount.Add(1) <= maxPatterns {
		patterns.Store(pattern, compiled)
	}
	return compiled, err
}

// maxPatterns bounds how many programs are remembered for sharing; further ones are compiled for each use.
const maxPatterns = 4096

var (
	patterns     sync.Map // pattern → *regexp.Regexp
	patternCount atomic.Int64
)

// share makes equal texts of many agreements one in memory: a hundred thousand agreements cite few acts.
func (a *Agreement) share() {
	one := func(texts ...*string) {
		for _, t := range texts {
			*t = unique.Make(*t).Value()
		}
	}
	one((*string)(&a.Consumer), (*string)(&a.Service), (*string)(&a.Event), &a.Note)
	for i := range a.Purposes {
		p := &a.Purposes[i]
		one((*string)(&p.Code), &p.Title.RO, &p.Title.EN, &p.Title.RU, &p.LegalBasis.Act, &p.LegalBasis.Article, &p.LegalBasis.Text,
			&p.Reason.Pattern, &p.Reason.Example, &p.Reason.Form.RO, &p.Reason.Form.EN, &p.Reason.Form.RU)
		for j := range p.Accepts {
			one(&p.Accepts[j])
		}
		for j := range p.Fields {
			one(&p.Fields[j])
		}
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

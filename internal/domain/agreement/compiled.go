package agreement

import (
	"crypto/sha256"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
	"unique"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/jsonscan"
)

// Compiled is an agreement made ready for Decide: patterns compiled, accepted bases normalised. It is never changed
// once made. Its fields are those of Agreement; Stated returns them together.
//
// It holds itself what sets one agreement apart from another of the same pattern. All the rest is shared: what a
// hundred thousand agreements take, and what the collector of garbage has to visit in every round, is then little.
type Compiled struct {
	ID       mconnect.AgreementID
	Consumer mconnect.SystemID
	Validity mconnect.Period
	Note     string
	Origin   string
	Since    time.Time // of an event, when it was recorded: it begins then, unless Validity says when
	Trial    bool      // made by the sandbox: counts for less than any that was signed
	*terms
}

// terms are what an agreement says but for the fields of Compiled.
type terms struct {
	stated
	ready *purposes // Purposes is of these
}

// stated is an Agreement without its methods, and without the fields of Compiled.
type stated Agreement

// termsOf are those of a, not yet ready.
func termsOf(a Agreement) stated {
	a.ID, a.Consumer, a.Validity, a.Note, a.Origin = "", "", mconnect.Period{}, "", ""
	return stated(a)
}

type compiledPurpose struct {
	accepts []string       // normalised CallBasis values, the purpose's code among them
	reason  *regexp.Regexp // nil: any text
}

// Compile validates a and makes it ready. The fault is resource.invalid with Fields.
func Compile(a Agreement) (*Compiled, error) {
	var t *terms
	key, err := keyOf(termsOf(a))
	if err == nil {
		t = knownTerms.find(key)
	}
	if t == nil || !a.ownIsValid() { // terms that are known were found valid
		if found := a.Validate(); len(found) > 0 {
			return nil, fault.Findings(found).Err(fault.ResourceInvalid, "kind", "Agreement", "id", string(a.ID))
		}
		if err == nil {
			t, err = prepare(termsOf(a))
		}
		if err != nil {
			return nil, fault.Wrap(err, fault.ResourceInvalid, "kind", "Agreement", "id", string(a.ID))
		}
		t = knownTerms.keep(key, t)
	}
	c := &Compiled{ID: a.ID, Consumer: a.Consumer, Validity: a.Validity, Note: a.Note, Origin: a.Origin, terms: t}
	shareTexts((*string)(&c.Consumer))
	return c, nil
}

// Stated is the agreement as it was declared. What it points to is shared: read it only.
func (c *Compiled) Stated() Agreement {
	a := Agreement(c.stated)
	a.ID, a.Consumer, a.Validity, a.Note, a.Origin = c.ID, c.Consumer, c.Validity, c.Note, c.Origin
	return a
}

// keyOf tells things apart by all that they say.
func keyOf(v any) (key [sha256.Size]byte, err error) {
	text, err := json.Marshal(v)
	return sha256.Sum256(text), err
}

var knownTerms weakCache[[sha256.Size]byte, terms]

// prepare makes terms ready for use, in a copy of their own.
func prepare(s stated) (*terms, error) {
	p, err := prepareAll(s.Purposes)
	if err != nil {
		return nil, err
	}
	shareTexts((*string)(&s.Service), (*string)(&s.Event))
	if s.Account != nil {
		account := *s.Account
		account.Sources = slices.Clone(account.Sources)
		s.Account = &account
	}
	s.Purposes = p.stated
	return &terms{stated: s, ready: p}, nil
}

// purposes are all those of an agreement, ready for use. Agreements whose other terms differ share them still.
type purposes struct {
	stated   []Purpose
	compiled []compiledPurpose
}

var knownPurposes weakCache[[sha256.Size]byte, purposes]

func prepareAll(list []Purpose) (*purposes, error) {
	key, err := keyOf(list)
	if err != nil {
		return nil, err
	}
	if known := knownPurposes.find(key); known != nil {
		return known, nil
	}
	all := &purposes{stated: slices.Clone(list), compiled: make([]compiledPurpose, len(list))}
	for i := range all.stated {
		p, q := &all.stated[i], &all.compiled[i]
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
	return knownPurposes.keep(key, all), nil
}

// whole compiles a pattern that must match all of a text. Many agreements state the same form of a case
// number: they share one program.
func whole(pattern string) (*regexp.Regexp, error) {
	if known := patterns.find(pattern); known != nil {
		return known, nil
	}
	compiled, err := jsonscan.Whole(pattern)
	if err != nil {
		return nil, err
	}
	return patterns.keep(pattern, compiled), nil
}

var patterns weakCache[string, regexp.Regexp]

// share makes equal texts of many purposes one in memory: a hundred thousand agreements cite few acts.
func (p *Purpose) share() {
	shareTexts((*string)(&p.Code), &p.Title.RO, &p.Title.EN, &p.Title.RU, &p.LegalBasis.Act, &p.LegalBasis.Article,
		&p.LegalBasis.Text, (*string)(&p.LegalBasis.Ref.Act), &p.LegalBasis.Ref.Version, &p.LegalBasis.Ref.Path,
		&p.Reason.Pattern, &p.Reason.Example, &p.Reason.Form.RO, &p.Reason.Form.EN, &p.Reason.Form.RU)
	for j := range p.Accepts {
		shareTexts(&p.Accepts[j])
	}
	for j := range p.Fields {
		shareTexts(&p.Fields[j])
	}
}

func shareTexts(texts ...*string) {
	for _, t := range texts {
		*t = unique.Make(*t).Value()
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
	if slices.Contains(c.Purposes[purpose].Accepts, b.stated) {
		return true
	}
	return slices.Contains(c.ready.compiled[purpose].accepts, b.form())
}

// Asked is what a call says of itself before it is known which agreement it comes under.
type Asked struct {
	Context mconnect.LegalContext
	Fields  []string
}

// Fits reports how far the agreement fits a call, among others of the same system for the same service: more is better.
// That it was signed counts for most, then that it is in force, then basis, reason, period of the purpose, and fields.
func (c *Compiled) Fits(what Asked, at time.Time) (degree int) {
	if c.InForce(at) {
		degree += 16
	}
	if !c.Trial {
		degree += 32
	}
	fit := choose(c, what.Context, what.Context.IsZero(), at)
	degree += fit.depth
	if fit.depth == 3 {
		if _, missing := narrow(c.Purposes[fit.index].Fields, what.Fields); missing == "" {
			degree++
		}
	}
	return degree
}

// InForce reports that the agreement gives a right at this time.
func (c *Compiled) InForce(at time.Time) bool {
	return (c.Status == "" || c.Status == InForce) && c.SuspendedBy(at) == nil && c.Validity.Contains(at)
}

// Covered reports that by this agreement, as it is now, its consumer had a right at an earlier time. One that is
// suspended or has been terminated covers nothing, for it does not say since when.
func (c *Compiled) Covered(at time.Time) bool {
	if !c.InForce(at) || c.Validity.From.IsZero() && at.Before(c.Since) {
		return false
	}
	for i := range c.Purposes {
		if c.Purposes[i].Validity.Contains(at) {
			return true
		}
	}
	return false
}

func (p *compiledPurpose) acceptsReason(reason string) bool {
	return p.reason == nil || p.reason.MatchString(strings.TrimSpace(reason))
}

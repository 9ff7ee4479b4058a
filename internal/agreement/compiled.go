package agreement

import (
	"regexp"
	"strings"

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
	all     bool           // "*" is granted
}

// Compile validates a and makes it ready. The fault is resource.invalid with Fields.
func Compile(a Agreement) (*Compiled, error) {
	if found := a.Validate(); len(found) > 0 {
		return nil, fault.Findings(found).Err(fault.ResourceInvalid, "kind", "Agreement", "id", string(a.ID))
	}
	c := &Compiled{Agreement: a, purposes: make([]compiledPurpose, len(a.Purposes))}
	for i, p := range a.Purposes {
		q := compiledPurpose{accepts: []string{Normal(string(p.Code))}}
		for _, accepted := range p.Accepts {
			q.accepts = append(q.accepts, Normal(accepted))
		}
		for _, field := range p.Fields {
			q.all = q.all || field == Everything
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

// whole compiles a pattern that must match all of a text.
func whole(pattern string) (*regexp.Regexp, error) { return regexp.Compile(`\A(?:` + pattern + `)\z`) }

// acceptsBasis reports whether the purpose accepts the normalised CallBasis.
func (p *compiledPurpose) acceptsBasis(basis string) bool {
	for _, a := range p.accepts {
		if a == basis {
			return true
		}
	}
	return false
}

func (p *compiledPurpose) acceptsReason(reason string) bool {
	return p.reason == nil || p.reason.MatchString(strings.TrimSpace(reason))
}

package agreement

import (
	"regexp"
	"slices"
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

package catalog

import (
	"fmt"
	"slices"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
)

// Ready is a service version made ready for use: its types resolved and compiled, its nature derived.
type Ready struct {
	Service                       // its types with every reference written out
	Declared       Service        // as it was stated
	Uses           []schema.Use   // what its types are made of, types within types included
	Personal       bool           // request or answer holds personal data
	RequestSchema  *schema.Schema // of Request
	ResponseSchema *schema.Schema // of Response; nil for opaque services
}

// Differs reports whether anything that the service's types are made of is another thing in next than in before.
func (r *Ready) Differs(before, next *schema.Library) bool {
	return slices.ContainsFunc(r.Uses, func(u schema.Use) bool { return before.Differs(next, u) })
}

// PrepareWith validates s, resolves what it refers to in l and compiles its types. The fault is resource.invalid with
// Fields.
func PrepareWith(l *schema.Library, s Service) (*Ready, error) {
	r, found := prepare(l, s)
	if len(found) > 0 {
		return nil, found.Err(fault.ResourceInvalid, "kind", "Service", "id", s.ID())
	}
	return r, nil
}

func prepare(l *schema.Library, s Service) (*Ready, fault.Findings) {
	if found := fault.Findings(s.Validate()); len(found) > 0 {
		return nil, found
	}
	r := &Ready{Service: s, Declared: s}
	var found fault.Findings
	for _, part := range [2]struct {
		at string
		t  *schema.Type
	}{{"/request", &r.Request}, {"/response", &r.Response}} {
		fields, uses, wrong := l.Resolve(part.t.Fields)
		part.t.Fields = fields
		found.Under(part.at, wrong)
		for _, u := range uses {
			if !slices.Contains(r.Uses, u) {
				r.Uses = append(r.Uses, u)
			}
		}
	}
	if len(found) > 0 {
		return nil, found
	}
	if found = r.Service.validate(false); len(found) > 0 {
		return nil, found
	}
	r.Personal = r.Request.Personal() || r.Response.Personal() || (s.Opaque != nil && s.Opaque.Personal)
	var err error
	if r.RequestSchema, err = schema.CompileType(r.Request); err == nil && s.Opaque == nil {
		r.ResponseSchema, err = schema.CompileType(r.Response)
	}
	if err != nil { // cannot be: validated above
		found.Add("", fault.MessageMalformed, "what", fmt.Sprint(err))
		return nil, found
	}
	return r, r.examples()
}

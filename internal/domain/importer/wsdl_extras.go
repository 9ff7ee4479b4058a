package importer

import (
	"slices"
	"strings"

	"mconnect/internal/domain/catalog"
)

// isPolicy reports an element of WS-Policy, in any of its versions.
func isPolicy(e *element) bool {
	return (e.name.Local == "Policy" || e.name.Local == "PolicyReference") &&
		(strings.Contains(e.name.Space, "/policy") || strings.Contains(e.name.Space, "/ws-policy"))
}

func policyName(e *element) string {
	for _, a := range e.attrs {
		if a.Name.Local == "Id" || a.Name.Local == "Name" {
			return a.Value
		}
	}
	return ""
}

// extensions notes what a description demands of callers beyond SOAP: policies, addressing, anything of another
// standard.
func (r *reader) extensions(d *description, draft *Draft, holders ...*element) {
	for _, holder := range holders {
		r.extended(d, draft, holder)
		for _, side := range []string{"input", "output"} {
			if inner := holder.first(spaceWSDL, side); inner != nil {
				r.extended(d, draft, inner)
			}
		}
	}
}

func (r *reader) extended(d *description, draft *Draft, holder *element) {
	for _, c := range holder.children {
		switch {
		case isPolicy(c):
			policy := c
			if ref := strings.TrimPrefix(c.attr("URI"), "#"); ref != "" && d.policies[ref] != nil {
				policy = d.policies[ref]
			}
			draft.note(Decide, "endpoint", policy.where(),
				"the provider demands a policy: state endpoint.soap.credentials, signing and headers accordingly"+
					inParentheses(assertions(policy)))
		case !slices.Contains([]string{spaceWSDL, spaceSOAP11, spaceSOAP12, spaceMIME}, c.name.Space):
			draft.note(Decide, "endpoint", c.where(),
				"an extension of the description, which is not read: "+clip(c.name.Local, 60)+" of "+clip(c.name.Space,
					150))
		}
	}
	for _, a := range holder.attrs {
		if a.Name.Local == "PolicyURIs" {
			draft.note(Decide, "endpoint", holder.where(), "the provider demands policies: "+clip(a.Value, 200))
		}
	}
}

// assertions are what a policy demands.
func assertions(policy *element) (all []string) {
	for _, c := range policy.children {
		switch c.name.Local {
		case "Policy", "All", "ExactlyOne", "PolicyReference":
		default:
			all = append(all, c.name.Local)
		}
		all = append(all, assertions(c)...)
	}
	return all
}

// absentWords are in the names of faults that mean "no such record".
var absentWords = []string{"notfound", "nosuch", "notexist", "doesnotexist", "unknownperson", "norecord", "nodata",
	"negasit", "inexist", "lipsa"}

// faults suggests the declared faults for the endpoint's not_found: one whose name says so is put there, the others are
// named.
func (r *reader) faults(d *description, draft *Draft, op *element) {
	for _, f := range op.all(spaceWSDL, "fault") {
		name, inside := f.attr("name"), []string(nil)
		if message, err := r.lookup(d.messages, f, f.attr("message")); err == nil {
			for _, part := range message.all(spaceWSDL, "part") {
				if e, err := r.partElement(d, part); err == nil && part.attr("element") != "" {
					name, inside = e.attr("name"), r.namesUnder(d.set, e)
				}
			}
		}
		folded := strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(ascii(name)))
		means := slices.ContainsFunc(absentWords, func(word string) bool { return strings.Contains(folded, word) })
		says := "the provider declares the fault " + clip(name, 80) + inParentheses(inside)
		if means {
			draft.Endpoint.SOAP.NotFound = append(draft.Endpoint.SOAP.NotFound, catalog.SOAPFault{Detail: name})
			draft.note(Decide, "endpoint", f.where(),
				says+": taken for \"no such record\" by its name (endpoint.soap.not_found); what it says is not passed on")
			continue
		}
		draft.note(Decide, "endpoint", f.where(), says+": if it means \"no such record\", state it in endpoint.soap.not_found; what it says is not passed on")
	}
}

// message makes a draft of two global elements of a schema.
func (r *reader) message(set *schemas, operation string, asks, answers *element) error {
	if !r.wanted(operation) {
		return nil
	}
	d := Draft{}
	d.note(Decide, "endpoint", answers.where(), "a schema does not say how the provider is reached")
	wires, err := r.typed(set, &d, asks, answers)
	if err != nil {
		return r.left(operation, err)
	}
	for i, side := range []string{"request", "response"} {
		if len(wires[i].Attributes) > 0 {
			d.note(Decide, "endpoint", answers.where(),
				"attributes of the provider's XML, for endpoint.soap."+side+".attributes: "+names(wires[i].Attributes))
		}
	}
	if asks == nil {
		d.note(Decide, "request", answers.where(), "the schema declares no request for this answer")
	}
	return r.add(d, operation)
}

// typed fills in request and answer from their elements; asks may be nil. It returns how both look in XML.
func (r *reader) typed(set *schemas, d *Draft, asks, answers *element) (wires [2]catalog.SOAPElement, err error) {
	if asks != nil {
		if d.Request, wires[0], err = r.typeOf(set, d, asks, "request"); err != nil {
			return wires, err
		}
	}
	if d.Response, wires[1], err = r.typeOf(set, d, answers, "response"); err != nil {
		return wires, err
	}
	if len(d.Response.Fields) == 0 {
		says := "an answer without fields"
		if inside := r.namesUnder(set, answers); len(inside) > 0 {
			says += ": what it has is not carried" + inParentheses(inside)
		}
		return wires, unsupported(answers.where(), says)
	}
	return wires, nil
}

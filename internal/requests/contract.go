package requests

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/manifest"
)

// Call is one call of a contract test.
type Call struct {
	System  mconnect.SystemID
	Service mconnect.ServiceName
	Version mconnect.Version
	Context mconnect.LegalContext
	Fields  []string
	Input   []byte
}

// Caller carries calls in a sandbox as the system would make them, with its certificate. Close ends it.
type Caller interface {
	Call(ctx context.Context, c Call) ([]byte, error)
	Close(ctx context.Context) error
}

// Sandbox opens the sandbox of an agreement, in which it stands as if it were in force.
type Sandbox interface {
	Of(a agreement.Agreement) (Caller, error)
	Certified(system mconnect.SystemID) bool
}

// Contract is the built-in Tester: it generates the contract tests of an agreement from its service and its granted
// fields, and runs them in the sandbox.
type Contract struct {
	Sandbox Sandbox
	Rooms   manifest.Images
}

// user is a synthetic official, who is not the person of the samples.
const user = "2999000010093"

// Run implements Tester. Each purpose is tested by a lawful call, whose answer holds nothing beyond the grant, and by
// calls that must be refused: without a basis, with a foreign one, with a reason of another form, for another field.
func (k Contract) Run(ctx context.Context, t Trial) (cases []access.TestCase, certificate bool, err error) {
	a := t.Agreement
	service, ok := k.Rooms.Catalog.Get(a.Service, a.Version)
	who, known := k.Rooms.Registry.System(a.Consumer)
	if !ok || !known {
		return nil, false, fault.New(fault.ResourceUnknown, "kind", manifest.Service, "id", string(a.Service))
	}
	certificate = k.Sandbox.Certified(a.Consumer)
	if !certificate {
		return []access.TestCase{{Name: "certificate", Detail: string(fault.CertificateUnknown)}}, false, nil
	}
	input, err := json.Marshal(inputOf(service))
	if err != nil {
		return nil, false, err
	}
	caller, err := k.Sandbox.Of(a)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = caller.Close(ctx) }() // it holds nothing that is to be kept
	for i := range a.Purposes {
		s := suite{ctx: ctx, caller: caller, service: service, purpose: &a.Purposes[i], call: Call{System: a.Consumer,
			Service: a.Service, Version: a.Version, Input: input, Context: mconnect.LegalContext{User: user,
				Entity: string(who.Participant.IDNO), Basis: a.Purposes[i].Accepts[0],
				Reason: reasonFor(&a.Purposes[i])}}}
		s.run()
		cases = append(cases, s.cases...)
	}
	return cases, true, nil
}

// suite are the tests of one purpose.
type suite struct {
	ctx     context.Context
	caller  Caller
	service *catalog.Ready
	purpose *agreement.Purpose
	call    Call
	cases   []access.TestCase
}

func (s *suite) run() {
	s.lawful()
	if s.service.Personal {
		s.refused("no basis", func(c *Call) { c.Context.Basis = "" }, fault.ContextMissing)
	}
	s.refused("another basis", func(c *Call) { c.Context.Basis = "Legea nr. 0/0000" }, fault.PurposeUnknown)
	if s.purpose.Reason.Pattern != "" {
		s.refused("a reason of another form", func(c *Call) { c.Context.Reason = "-" }, fault.PurposeReason)
	}
	if other := s.withheld(); other != "" {
		s.refused("a field that is not granted", func(c *Call) { c.Fields = []string{other} }, fault.FieldNotGranted)
	}
}

func (s *suite) note(name string, passed bool, detail string) {
	s.cases = append(s.cases,
		access.TestCase{Name: name, Purpose: string(s.purpose.Code), Passed: passed, Detail: detail})
}

// lawful makes the call that the agreement is for.
func (s *suite) lawful() {
	answer, err := s.caller.Call(s.ctx, s.call)
	if err != nil {
		s.note("a lawful call", false, string(fault.From(err).Code))
		return
	}
	var body any
	if s.service.Opaque == nil {
		if err := json.Unmarshal(answer, &body); err != nil {
			s.note("a lawful call", false, "no JSON")
			return
		}
	}
	s.note("a lawful call", true, "")
	var beyond []string
	for _, path := range leaves("", body) {
		if !slices.ContainsFunc(s.purpose.Fields, func(g string) bool { return agreement.Covers(g, path) }) {
			beyond = append(beyond, path)
		}
	}
	s.note("only what was granted", len(beyond) == 0, strings.Join(beyond, ", "))
}

// refused makes a call that must be refused.
func (s *suite) refused(name string, spoil func(*Call), expected ...fault.Code) {
	c := s.call
	spoil(&c)
	_, err := s.caller.Call(s.ctx, c)
	if err == nil {
		s.note(name, false, "allowed")
		return
	}
	code := fault.From(err).Code
	s.note(name, slices.Contains(expected, code), string(code))
}

// withheld is a field of the service that the purpose does not get; "" when it gets all.
func (s *suite) withheld() string {
	for _, path := range paths("", s.service.Response.Fields) {
		touches := func(g string) bool { return agreement.Covers(g, path) || agreement.Covers(path, g) }
		if !slices.ContainsFunc(s.purpose.Fields, touches) {
			return path
		}
	}
	return ""
}

// leaves are the paths of the single values of an answer.
func leaves(prefix string, v any) (all []string) {
	switch x := v.(type) {
	case map[string]any:
		for name, one := range x {
			at := name
			if prefix != "" {
				at = prefix + "." + name
			}
			all = append(all, leaves(at, one)...)
		}
	case []any:
		for _, one := range x {
			all = append(all, leaves(prefix, one)...)
		}
	default:
		if prefix != "" {
			all = append(all, prefix)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// reasonFor is a reason in the form that a purpose wants.
func reasonFor(p *agreement.Purpose) string {
	if p.Reason.Example != "" {
		return p.Reason.Example
	}
	return "test contractual al acordului"
}

// inputOf is a question to the service: its first example, else one made of the examples of its fields.
func inputOf(s *catalog.Ready) any {
	if len(s.Examples) > 0 && s.Examples[0].Request != nil {
		return s.Examples[0].Request
	}
	return objectOf(s.Request.Fields, 0)
}

func objectOf(fields []schema.Field, depth int) map[string]any {
	all := map[string]any{}
	for _, f := range fields {
		if f.Mandatory && depth < schema.MaxDepth {
			all[f.Name] = valueOf(&f, depth)
		}
	}
	return all
}

// samples are values of the bases that state no example.
var samples = map[schema.Base]any{schema.IDNP: "2999000006393", schema.IDNO: "1999900000014", schema.IDNV: "3999000000017",
	schema.String: "exemplu", schema.Object: map[string]any{}, "integer": 1, "decimal": "1", "boolean": true,
	"date": "2026-01-15", "datetime": "2026-01-15T10:00:00Z"}

func valueOf(f *schema.Field, depth int) any {
	switch {
	case f.Example != nil:
		return f.Example
	case len(f.Enum) > 0:
		return f.Enum[0]
	case f.Type == schema.Object:
		return objectOf(f.Fields, depth+1)
	case f.Type == schema.Array && f.Items != nil:
		return []any{valueOf(f.Items, depth+1)}
	}
	return samples[f.Type]
}

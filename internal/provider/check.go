package provider

import (
	"slices"
	"strings"

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
)

// Check examines the endpoint of svc before it is applied and lists everything that would fail later:
// an unreadable URL or template, a field that the request does not have, a jq program that does not
// compile, a query that is not one reading statement, a secret or database that is not configured.
// Nothing is connected to. Paths are JSON pointers into the service.
func (p *Provider) Check(svc catalog.Service) []fault.FieldError {
	c := &Checker{Service: svc}
	kinds := svc.Endpoint.Kinds()
	if len(kinds) != 1 {
		c.Want("/endpoint", "exactly one of rest, soap, sql and file")
		return c.found
	}
	if protocol := p.protocols[kinds[0]]; protocol != nil {
		protocol.Check(c)
	} else {
		c.Want("/endpoint/"+kinds[0], "a kind of endpoint that this installation speaks")
	}
	return c.found
}

// Checker collects what of one service would fail later.
type Checker struct {
	Service catalog.Service
	found   []fault.FieldError
}

// Add adds what was found, with paths into the service.
func (c *Checker) Add(found ...fault.FieldError) { c.found = append(c.found, found...) }

// Want adds a place with the form that it should have.
func (c *Checker) Want(path, want string) {
	c.found = append(c.found, fault.FieldError{Path: path, Code: fault.InputFormat,
		Params: map[string]string{"want": want}})
}

// Err adds a place with the text of err, which says the form that it should have; nil adds nothing.
func (c *Checker) Err(path string, err error) {
	if err != nil {
		c.Want(path, strings.TrimPrefix(err.Error(), "provider: "))
	}
}

// JQ demands that program compiles.
func (c *Checker) JQ(path, program string) {
	_, err := CompileMapping(program)
	c.Err(path, err)
}

// Scalar demands that field is a single value of the request and, for a path, always there.
func (c *Checker) Scalar(path, field string, always bool) {
	f := FieldAt(c.Service.Request, field)
	switch {
	case f == nil:
		c.found = append(c.found, fault.FieldError{Path: path, Code: fault.InputUnknownField,
			Params: map[string]string{"field": field}})
	case f.Type == schema.Object || f.Type == schema.Array:
		c.Want(path, "a single value, not an object or array")
	case always && (!f.Mandatory || f.Nullable):
		c.Want(path, "a mandatory field, since a path has no room for a missing one")
	}
}

// FieldAt finds "IDNP" or "Owner.IDNP" in a type; nil when there is none.
func FieldAt(t schema.Type, path string) *schema.Field {
	fields := t.Fields
	for {
		name, rest, inner := strings.Cut(path, ".")
		i := slices.IndexFunc(fields, func(f schema.Field) bool { return f.Name == name })
		if i < 0 {
			return nil
		}
		if !inner {
			return &fields[i]
		}
		if fields[i].Type != schema.Object {
			return nil
		}
		fields, path = fields[i].Fields, rest
	}
}

// Pointer escapes a name for a JSON pointer.
func Pointer(s string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(s)
}

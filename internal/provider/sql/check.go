package sql

import (
	"strconv"
	"strings"

	"mconnect/fault"
	"mconnect/internal/provider"
)

// Check implements provider.Protocol.
func (p *Protocol) Check(c *provider.Checker) {
	e := c.Service.Endpoint.SQL
	if _, ok := p.opens[e.Database]; !ok {
		c.Want("/endpoint/sql/database", "the name of a configured database")
	}
	if c.Service.Opaque != nil {
		c.Want("/endpoint/sql", "a REST endpoint for an opaque answer")
	}
	c.Err("/endpoint/sql/query", checkQuery(e.Query, len(e.Params)))
	for i, field := range e.Params {
		if strings.HasPrefix(field, "@") {
			continue // of the call, not of the request: the catalogue knows the names
		}
		c.Scalar("/endpoint/sql/params/"+strconv.Itoa(i), field, false)
	}
	if e.MaxRows < 0 || e.MaxRows > 100_000 {
		c.Add(fault.FieldError{Path: "/endpoint/sql/max_rows", Code: fault.InputRange,
			Params: map[string]string{"min": "0", "max": "100000"}})
	}
	c.JQ("/endpoint/sql/response", e.Response)
}

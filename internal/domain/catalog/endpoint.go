package catalog

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
	"mconnect/internal/media"
)

// validate checks the declaration only: programs and queries are compiled by the provider adapter.
func (e Endpoint) validate(f *fault.Findings, s Service) {
	kinds := e.Kinds()
	if len(kinds) == 0 {
		f.Add("/endpoint", fault.InputMissing)
		return
	}
	for _, surplus := range kinds[1:] {
		f.Add("/endpoint/"+surplus, fault.InputUnknownField)
	}
	switch kinds[0] {
	case "rest":
		e.REST.validate(f, s.Request)
	case "soap":
		e.SOAP.validate(f, s)
	case "sql":
		e.SQL.validate(f, s.Request)
	case "file":
		e.File.validate(f, s)
	}
}

// Kinds names the pointers that are set, as manifests do.
func (e Endpoint) Kinds() []string {
	var kinds []string
	for _, k := range []struct {
		name string
		set  bool
	}{{"rest", e.REST != nil}, {"soap", e.SOAP != nil}, {"sql", e.SQL != nil}, {"file", e.File != nil}} {
		if k.set {
			kinds = append(kinds, k.name)
		}
	}
	return kinds
}

func (r *REST) validate(f *fault.Findings, request schema.Type) {
	const at = "/endpoint/rest"
	address(f, at+"/url", r.URL)
	f.OneOf(at+"/method", r.Method, "GET", "POST", "PUT")
	r.validatePath(f, at+"/path", request)
	for _, name := range sortedKeys(r.Query) {
		known(f, at+"/query/"+token(name), request, r.Query[name])
	}
	headers(f, at+"/headers", r.Headers)
	f.Length(at+"/request", r.Request, 0, maxMapping)
	f.Length(at+"/response", r.Response, 0, maxMapping)
	for i, status := range r.NotFound {
		if status < 200 || status > 599 {
			f.Add(fmt.Sprintf("%s/not_found/%d", at, i), fault.InputRange, "min", "200", "max", "599")
		}
	}
	encodings(f, at+"/encoding", r.Encoding)
	r.Credentials.validate(f, at+"/credentials")
}

// encodings notes a name that is not one of the character encodings that the platform reads.
func encodings(f *fault.Findings, at, name string) {
	f.OneOf(at, name, append([]string{""}, strings.Split(media.Encodings, ", ")...)...)
}

// validatePath checks a template such as "/persons/{IDNP}/address" or "/persons/{IDNP}.json": a segment has one field
// at most.
func (r *REST) validatePath(f *fault.Findings, at string, request schema.Type) {
	if r.Path == "" {
		return
	}
	const form = "a path such as /persons/{IDNP} or /persons/{IDNP}.json, without query, '..' or escapes"
	if !strings.HasPrefix(r.Path, "/") || strings.ContainsAny(r.Path, "?#%\\ \t\r\n") || len(r.Path) > 500 {
		f.Add(at, fault.InputFormat, "want", form)
		return
	}
	for segment := range strings.SplitSeq(r.Path, "/") {
		before, rest, isField := strings.Cut(segment, "{")
		field, after, closed := strings.Cut(rest, "}")
		switch {
		case segment == "." || segment == ".." || isField && (!closed || strings.HasPrefix(before, ".")),
			strings.ContainsAny(before+after, "{}"):
			f.Add(at, fault.InputFormat, "want", form)
		case isField:
			known(f, at, request, field)
		}
	}
}

// known notes a request field that is not declared, or is no single value.
func known(f *fault.Findings, at string, request schema.Type, field string) {
	switch found := request.Lookup(field); {
	case found == nil && request.Unresolved(field):
	case found == nil:
		f.Add(at, fault.InputUnknownField)
	case found.Type == schema.Object || found.Type == schema.Array:
		f.Add(at, fault.InputType, "want", "a single value")
	}
}

func (c Credentials) validate(f *fault.Findings, at string) {
	f.OneOf(at+"/kind", c.Kind, "", "none", "mtls", "basic", "bearer")
	if c.Kind == "basic" && c.User == "" {
		f.Add(at+"/user", fault.InputMissing)
	}
	if (c.Kind == "basic" || c.Kind == "bearer") && c.Secret == "" {
		f.Add(at+"/secret", fault.InputMissing)
	}
	if c.Secret != "" && (strings.ContainsAny(c.Secret, "/\\\x00") || strings.HasPrefix(c.Secret, ".") ||
		len(c.Secret) > 100) {
		f.Add(at+"/secret", fault.InputFormat, "want", "the name of a file in the secrets folder")
	}
}

func (q *SQL) validate(f *fault.Findings, request schema.Type) {
	const at = "/endpoint/sql"
	f.Length(at+"/database", q.Database, 1, 40)
	f.Length(at+"/query", q.Query, 1, maxMapping)
	f.Length(at+"/response", q.Response, 0, maxMapping)
	for i, param := range q.Params {
		if name, ok := strings.CutPrefix(param, "@"); ok {
			f.OneOf(fmt.Sprintf("%s/params/%d", at, i), name, ContextNames...)
			continue
		}
		known(f, fmt.Sprintf("%s/params/%d", at, i), request, param)
	}
	if q.MaxRows < 0 || q.MaxRows > 100_000 {
		f.Add(at+"/max_rows", fault.InputRange, "min", "0", "max", "100000")
	}
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// token escapes one reference token of a JSON pointer (RFC 6901, clause 3).
func token(s string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(s) }

// isToken reports that s is an HTTP field name (RFC 9110, clause 5.6.2).
func isToken(s string) bool { return len(s) <= 100 && httpguts.ValidHeaderFieldName(s) }

// reserved are the headers that belong to the connection or to the platform.
func reserved(name string) bool {
	switch strings.ToLower(name) {
	case "host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect",
		"authorization", "proxy-authorization", "cookie", "traceparent", "accept-encoding":
		return true
	}
	return false
}

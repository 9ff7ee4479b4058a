package provider

import (
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/media"
)

// Check examines the endpoint of svc before it is applied and lists everything that would fail later:
// an unreadable URL or template, a field that the request does not have, a jq program that does not
// compile, a query that is not one reading statement, a secret or database that is not configured.
// Nothing is connected to. Paths are JSON pointers into the service.
func (p *Provider) Check(svc catalog.Service) []fault.FieldError {
	c := &checker{provider: p, service: svc}
	kinds := svc.Endpoint.Kinds()
	if len(kinds) != 1 {
		c.want("/endpoint", "exactly one of rest, soap, sql and file")
		return c.found
	}
	switch e := svc.Endpoint; kinds[0] {
	case "rest":
		c.rest(e.REST)
	case "soap":
		c.soap(e.SOAP)
	case "sql":
		c.sql(e.SQL)
	case "file":
		c.file(e.File)
	}
	return c.found
}

type checker struct {
	provider *Provider
	service  catalog.Service
	found    []fault.FieldError
}

func (c *checker) want(path, want string) {
	c.found = append(c.found, fault.FieldError{Path: path, Code: fault.InputFormat, Params: map[string]string{"want": want}})
}

func (c *checker) err(path string, err error) {
	if err != nil {
		c.want(path, strings.TrimPrefix(err.Error(), "provider: "))
	}
}

func (c *checker) rest(e *catalog.REST) {
	u, err := parseBase(e.URL)
	c.err("/endpoint/rest/url", err)
	if !slices.Contains([]string{"GET", "POST", "PUT"}, e.Method) {
		c.found = append(c.found, fault.FieldError{Path: "/endpoint/rest/method", Code: fault.InputEnum,
			Params: map[string]string{"values": "GET, POST, PUT"}})
	}
	t, err := parseTemplate(e.Path)
	c.err("/endpoint/rest/path", err)
	for _, field := range t.fields {
		c.scalar("/endpoint/rest/path", field, true)
	}
	_, err = parseEncoding(e.Encoding)
	c.err("/endpoint/rest/encoding", err)
	for name, field := range e.Query {
		c.scalar("/endpoint/rest/query/"+pointer(name), field, false)
	}
	c.headers("/endpoint/rest/headers/", e.Headers)
	for i, status := range e.NotFound {
		if status < 201 || status > 599 {
			c.want("/endpoint/rest/not_found/"+strconv.Itoa(i), "a status from 201 to 599")
		}
	}
	c.jq("/endpoint/rest/request", e.Request)
	c.jq("/endpoint/rest/response", e.Response)
	if e.Request != "" && e.Method == "GET" {
		c.want("/endpoint/rest/request", "no mapping: GET has no body")
	}
	if o := c.service.Opaque; o != nil {
		if e.Response != "" {
			c.want("/endpoint/rest/response", "no mapping: the answer is opaque")
		}
		for i, media := range o.MediaTypes {
			if !isMediaType(media) {
				c.want("/opaque/media_types/"+strconv.Itoa(i), "a media type without parameters and wildcards")
			}
		}
	}
	if u != nil {
		c.security("/endpoint/rest", u, access{e.Credentials, e.ServerName, e.CA})
	}
}

func (c *checker) headers(path string, all map[string]string) {
	for name, value := range all {
		if !isHeader(name) || !isHeaderValue(value) {
			c.want(path+pointer(name), "a header that is not the platform's own, with a value of one line of ASCII")
		}
	}
}

// access is how an endpoint over HTTP is entered.
type access struct {
	catalog.Credentials
	ServerName, CA string
}

func (c *checker) security(at string, u *url.URL, e access) {
	secure, cred := u.Scheme == "https", e.Credentials
	if e.CA != "" && (!secure || !x509.NewCertPool().AppendCertsFromPEM([]byte(e.CA))) {
		c.want(at+"/ca", "PEM certificates, with https")
	}
	if e.ServerName != "" && (!secure || !isHost(e.ServerName)) {
		c.want(at+"/server_name", "a host name, with https")
	}
	s, err := c.provider.credentials(u.Hostname(), cred)
	c.err(at+"/credentials", err)
	if cred.Kind == "mtls" && !secure {
		c.want(at+"/credentials/kind", "mtls only with https")
	}
	if s == nil {
		return
	}
	if !secure && !isLoopback(u.Hostname()) {
		c.want(at+"/credentials/kind", "a secret is sent over https only")
	}
	if cred.Kind == "basic" && (cred.User == "" || strings.Contains(cred.User, ":") || !isHeaderValue(cred.User)) {
		c.want(at+"/credentials/user", "a user name of ASCII without ':'")
	}
	if _, err := s.line(); err != nil {
		c.want(at+"/credentials/secret", "a file of one line, "+u.Hostname()+"/"+cred.Secret+", in the folder of providers.secrets")
	}
}

func (c *checker) sql(e *catalog.SQL) {
	if _, ok := c.provider.cfg.Databases[e.Database]; !ok {
		c.want("/endpoint/sql/database", "the name of a configured database")
	}
	if c.service.Opaque != nil {
		c.want("/endpoint/sql", "a REST endpoint for an opaque answer")
	}
	c.err("/endpoint/sql/query", checkQuery(e.Query, len(e.Params)))
	for i, field := range e.Params {
		if strings.HasPrefix(field, "@") {
			continue // of the call, not of the request: the catalogue knows the names
		}
		c.scalar("/endpoint/sql/params/"+strconv.Itoa(i), field, false)
	}
	if e.MaxRows < 0 || e.MaxRows > 100_000 {
		c.found = append(c.found, fault.FieldError{Path: "/endpoint/sql/max_rows", Code: fault.InputRange,
			Params: map[string]string{"min": "0", "max": "100000"}})
	}
	c.jq("/endpoint/sql/response", e.Response)
}

func (c *checker) jq(path, program string) {
	_, err := compileMapping(program)
	c.err(path, err)
}

// scalar demands that field is a single value of the request and, for a path, always there.
func (c *checker) scalar(path, field string, always bool) {
	f := fieldAt(c.service.Request, field)
	switch {
	case f == nil:
		c.found = append(c.found, fault.FieldError{Path: path, Code: fault.InputUnknownField, Params: map[string]string{"field": field}})
	case f.Type == schema.Object || f.Type == schema.Array:
		c.want(path, "a single value, not an object or array")
	case always && (!f.Mandatory || f.Nullable):
		c.want(path, "a mandatory field, since a path has no room for a missing one")
	}
}

// fieldAt finds "IDNP" or "Owner.IDNP" in a type; nil when there is none.
func fieldAt(t schema.Type, path string) *schema.Field {
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

func pointer(s string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(s)
}

// parseBase reads the base URL of a REST endpoint: http or https, a host, a clean path and no more.
func parseBase(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("provider: a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("provider: a URL of http or https")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(text, "#"):
		return nil, errors.New("provider: a URL without user, query and fragment")
	case !isHost(u.Hostname()):
		return nil, errors.New("provider: a URL with a host of ASCII")
	case checkConstant(u.Path) != nil || u.EscapedPath() != u.Path || strings.Contains(u.Path, "//"):
		return nil, errors.New("provider: a URL with a plain path")
	}
	if port := u.Port(); port != "" || strings.HasSuffix(u.Host, ":") {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return nil, errors.New("provider: a URL with a port from 1 to 65535")
		}
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." {
			return nil, errors.New("provider: a URL without dot segments")
		}
	}
	return u, nil
}

func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	for i := range len(s) {
		if !isUnreserved(s[i]) || s[i] == '~' {
			return false
		}
	}
	return s != "" && len(s) <= 253
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// isHeader reports a header name that a manifest may set: not those that frame or route the message, carry
// credentials or belong to the platform.
func isHeader(name string) bool {
	for i := range len(name) {
		if c := name[i]; !isUnreserved(c) || c == '.' || c == '~' {
			return false
		}
	}
	switch lower := strings.ToLower(name); lower {
	case "", "host", "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
		"content-length", "content-type", "content-encoding", "expect", "accept-encoding", "accept", "user-agent", "range",
		"authorization", "proxy-authorization", "cookie", "traceparent", "tracestate":
		return false
	default:
		return !strings.HasPrefix(lower, "mconnect-")
	}
}

// isMediaType reports a bare media type: "application/pdf".
func isMediaType(s string) bool {
	t, ok := media.Parse(s)
	return ok && strings.EqualFold(t.Name, s) && !strings.Contains(s, "*")
}

// isHeaderValue reports one line of visible ASCII and spaces.
func isHeaderValue(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return len(s) <= 4096 && strings.TrimSpace(s) == s
}

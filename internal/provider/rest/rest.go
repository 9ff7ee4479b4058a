// Package rest delivers calls to REST endpoints of data providers. A value from a request fills one path
// segment, one query value or a place in a body.
package rest

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"

	"mconnect/internal/media"
	"mconnect/internal/provider"
	"mconnect/internal/provider/httpaccess"
)

// endpoint is a REST endpoint made ready for use.
type endpoint struct {
	plan     *provider.Plan
	peer     *httpaccess.Peer
	address  string
	start    string // "GET /base"
	path     template
	query    []parameter
	head     string // from " HTTP/1.1" to the constant headers
	context  bool
	body     bool
	request  *provider.Mapping
	response *provider.Mapping
	notFound []int
	accept   []string // media types
	encoding media.Encoding
	opaque   bool
}

// Protocol speaks REST. It implements provider.Protocol.
type Protocol struct{ access *httpaccess.Access }

// New makes a Protocol whose endpoints are reached through access.
func New(access *httpaccess.Access) Protocol { return Protocol{access} }

// Kind implements provider.Protocol.
func (Protocol) Kind() string { return "rest" }

// Close implements provider.Protocol.
func (p Protocol) Close() error { return p.access.Close() }

// Compile implements provider.Protocol.
func (p Protocol) Compile(pl *provider.Plan) (provider.Endpoint, error) {
	e := pl.Ready.Endpoint.REST
	u, err := httpaccess.ParseBase(e.URL)
	if err != nil {
		return nil, err
	}
	r := &endpoint{plan: pl, context: e.Context, body: e.Method == "POST" || e.Method == "PUT", notFound: e.NotFound,
		accept: []string{"application/json"}}
	if !r.body && e.Method != "GET" {
		return nil, errors.New("provider: method is none of GET, POST, PUT")
	}
	if r.encoding, err = httpaccess.ParseEncoding(e.Encoding); err != nil {
		return nil, err
	}
	if r.path, err = parseTemplate(e.Path); err != nil {
		return nil, err
	}
	if r.query, err = parseQuery(e.Query); err != nil {
		return nil, err
	}
	if r.request, err = provider.CompileMapping(e.Request); err != nil {
		return nil, err
	}
	if r.response, err = provider.CompileMapping(e.Response); err != nil {
		return nil, err
	}
	if len(r.notFound) == 0 {
		r.notFound = []int{404}
	}
	if o := pl.Ready.Opaque; o != nil {
		r.opaque, r.accept = true, o.MediaTypes
		if slices.ContainsFunc(o.MediaTypes, func(s string) bool { return !httpaccess.IsMediaType(s) }) {
			return nil, errors.New("provider: a media type cannot be read")
		}
	}
	base := strings.TrimSuffix(u.EscapedPath(), "/")
	if base == "" && e.Path == "" {
		base = "/"
	}
	r.start = e.Method + " " + base
	kind := ""
	if r.body {
		kind = provider.JSON
	}
	if r.head, err = httpaccess.ConstantHead(u.Host, r.accept, kind, e.Headers); err != nil {
		return nil, err
	}
	entry := httpaccess.Entry{Credentials: e.Credentials, ServerName: e.ServerName, CA: e.CA}
	if r.peer, err = p.access.Open(u, entry, base+r.path.parts[0]); err != nil {
		return nil, err
	}
	r.address = u.Redacted() + e.Path
	return r, nil
}

// Address implements provider.Endpoint.
func (r *endpoint) Address() string { return r.address }

// Probe implements provider.Endpoint.
func (r *endpoint) Probe(ctx context.Context) error {
	if err := r.peer.Probe(ctx); err != nil {
		return r.plan.TransportFault(ctx, err)
	}
	return nil
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// Deliver implements provider.Endpoint.
func (r *endpoint) Deliver(ctx context.Context, d provider.Request) (provider.Reply, error) {
	buf := buffers.Get().(*[]byte)
	request, err := r.compose(ctx, (*buf)[:0], d)
	if err != nil {
		buffers.Put(buf)
		return provider.Reply{}, err
	}
	answer, err := r.peer.Do(ctx, request, r.plan.Ready.ReadOnly)
	if cap(request) <= 256<<10 {
		clear(request) // it may hold personal data and a secret
		*buf = request
		buffers.Put(buf)
	}
	if err != nil {
		return provider.Reply{}, r.plan.TransportFault(ctx, err)
	}
	reply, err := r.receive(ctx, answer)
	if reply.Stream == nil {
		_ = answer.Close()
	}
	return reply, err
}

// compose writes the whole HTTP message for one call.
func (r *endpoint) compose(ctx context.Context, dst []byte, d provider.Request) ([]byte, error) {
	dst = append(dst, r.start...)
	dst, err := r.path.expand(dst, d.Input)
	if err != nil {
		return nil, err
	}
	if dst, err = appendQuery(dst, r.query, d.Input); err != nil {
		return nil, err
	}
	dst = append(dst, r.head...)
	if dst, err = r.peer.AppendSecret(dst); err != nil {
		return nil, err
	}
	dst = httpaccess.AppendReference(dst, d.Trace, d.Call)
	if r.context {
		dst = appendContext(dst, &d)
	}
	if !r.body {
		return append(dst, "\r\n"...), nil
	}
	body := d.Input
	if r.request != nil {
		if body, err = r.request.Request(ctx, d.Input); err != nil {
			return nil, err
		}
	}
	dst = append(dst, "Content-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(body)), 10)
	dst = append(dst, "\r\n\r\n"...)
	return append(dst, body...), nil
}

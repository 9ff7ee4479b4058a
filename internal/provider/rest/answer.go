package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"mconnect/fault"
	"mconnect/internal/media"
	"mconnect/internal/provider"
	"mconnect/internal/provider/httpclient"
)

// receive turns the provider's answer into a Reply. The caller closes a unless the Reply streams it.
func (r *endpoint) receive(ctx context.Context, a *httpclient.Answer) (provider.Reply, error) {
	if a.Status != 200 && a.Status != 201 && a.Status != 203 || slices.Contains(r.notFound, a.Status) {
		return provider.Reply{}, provider.StatusFault(a, r.notFound)
	}
	if a.Encoding != "" && !strings.EqualFold(a.Encoding, "identity") {
		return provider.Reply{}, provider.Malformed(fault.AnswerCompressed)
	}
	kind, ok := r.mediaType(a.MediaType)
	if !ok {
		return provider.Reply{}, provider.Malformed(fault.AnswerMediaType, "want", strings.Join(r.accept, ", "))
	}
	if r.opaque {
		return r.stream(ctx, a, kind.Name)
	}
	if r.response == nil {
		return r.pooled(ctx, a, kind.Charset())
	}
	body, err := a.ReadAll(r.plan.Answer)
	if err != nil {
		return provider.Reply{}, r.plan.TransportFault(ctx, err)
	}
	if body, err = media.JSON(body, kind.Charset(), r.encoding); err != nil {
		return provider.Reply{}, provider.Unreadable(err)
	}
	body, err = r.plan.Map(ctx, r.response, body)
	return provider.Reply{Body: body, MediaType: provider.JSON}, err
}

// pooled reads an answer that needs no mapping into pooled memory, which the exchange releases.
func (r *endpoint) pooled(ctx context.Context, a *httpclient.Answer, charset string) (provider.Reply, error) {
	buf := acquireBody()
	body, err := a.ReadInto(buf.b, r.plan.Answer)
	if err != nil {
		return provider.Reply{}, r.plan.TransportFault(ctx, err)
	}
	buf.b = body
	if charset != "" || !r.encoding.IsUTF8() || len(body) < 2 || body[0] != '{' || body[1] == 0 {
		if body, err = media.JSON(body, charset, r.encoding); err != nil {
			return provider.Reply{}, provider.Unreadable(err)
		}
	} // else it is UTF-8 without a mark, or for the catalogue to refuse
	return provider.Reply{Body: body, MediaType: provider.JSON, Free: buf.free}, nil
}

// bodies holds memory for answers; what a failed delivery acquired is left to the collector.
var bodies sync.Pool

// maxPooled bounds what is kept for the next answer.
const maxPooled = 1 << 20

// pooledBody is memory for one answer.
type pooledBody struct {
	b    []byte
	free func() // release, made once
}

func acquireBody() *pooledBody {
	if l, ok := bodies.Get().(*pooledBody); ok {
		return l
	}
	l := &pooledBody{}
	l.free = l.release
	return l
}

// release clears what was read, for it is personal data of another call.
func (l *pooledBody) release() {
	if cap(l.b) > maxPooled {
		return
	}
	clear(l.b)
	l.b = l.b[:0]
	bodies.Put(l)
}

var plainJSON = media.Type{Name: provider.JSON}

// mediaType reads the media type, when it is one that the service accepts.
func (r *endpoint) mediaType(header string) (kind media.Type, ok bool) {
	if header == provider.JSON && !r.opaque {
		return plainJSON, true
	}
	if kind, ok = media.Parse(header); !ok {
		return kind, false
	}
	if r.opaque {
		return kind, slices.ContainsFunc(r.accept, func(t string) bool { return strings.EqualFold(t, kind.Name) })
	}
	return kind, kind.Name == provider.JSON || strings.HasPrefix(kind.Name, "application/") &&
		strings.HasSuffix(kind.Name, "+json")
}

// stream passes the body on as it comes. A body whose end cannot be distinguished from a broken connection is
// refused: a cut-off document must never look whole.
func (r *endpoint) stream(ctx context.Context, a *httpclient.Answer, kind string) (provider.Reply, error) {
	if a.Length > r.plan.Answer {
		return provider.Reply{}, r.plan.TooLarge()
	}
	if !a.Delimited {
		return provider.Reply{}, provider.Malformed(fault.AnswerCut)
	}
	length := a.Length
	return provider.Reply{MediaType: kind, Length: length, Stream: &stream{ctx: ctx, plan: r.plan, answer: a,
		left: r.plan.Answer}}, nil
}

// stream is an opaque body on its way. Its errors are faults on the provider's leg.
type stream struct {
	ctx    context.Context
	plan   *provider.Plan
	answer *httpclient.Answer
	left   int64
	err    error
}

// Read implements io.Reader; more than the service's limit is provider.tooLarge, however it was announced.
func (s *stream) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.answer.Read(p)
	if s.left -= int64(n); s.left < 0 {
		s.err = s.plan.TooLarge()
		return 0, s.err
	}
	switch {
	case errors.Is(err, io.EOF):
		s.err = io.EOF
	case err != nil:
		s.err = s.plan.TransportFault(s.ctx, err)
		s.plan.Observe(s.ctx, s.err)
	}
	return n, s.err
}

// Close implements io.Closer.
func (s *stream) Close() error {
	if s.err == nil {
		s.err = http.ErrBodyReadAfterClose
	}
	return s.answer.Close()
}

package provider

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"mconnect/fault"
	"mconnect/internal/exchange"
	"mconnect/internal/media"
	"mconnect/internal/provider/httpclient"
)

// receive turns the provider's answer into a Reply. The caller closes a unless the Reply streams it.
func (r *rest) receive(ctx context.Context, a *httpclient.Answer) (exchange.Reply, error) {
	if a.Status != 200 && a.Status != 201 && a.Status != 203 || slices.Contains(r.notFound, a.Status) {
		return exchange.Reply{}, statusFault(a, r.notFound)
	}
	if a.Encoding != "" && !strings.EqualFold(a.Encoding, "identity") {
		return exchange.Reply{}, malformed(fault.AnswerCompressed)
	}
	kind, ok := r.mediaType(a.MediaType)
	if !ok {
		return exchange.Reply{}, malformed(fault.AnswerMediaType, "want", strings.Join(r.accept, ", "))
	}
	if r.opaque {
		return r.stream(ctx, a, kind.Name)
	}
	if r.response == nil {
		return r.lend(ctx, a, kind.Charset())
	}
	body, err := a.ReadAll(r.plan.answer)
	if err != nil {
		return exchange.Reply{}, r.plan.transportFault(ctx, err)
	}
	if body, err = media.JSON(body, kind.Charset(), r.encoding); err != nil {
		return exchange.Reply{}, unreadable(err)
	}
	value, err := decode(body)
	if err != nil {
		return exchange.Reply{}, notJSON(err)
	}
	body, err = mapAnswer(ctx, r.response, value, r.plan)
	return exchange.Reply{Body: body, MediaType: jsonType}, err
}

// notJSON is an answer whose text is not what JSON allows; err holds a place and no value.
func notJSON(err error) error {
	e := malformed(fault.MessageMalformed, "what", err.Error())
	e.Cause = err
	return e
}

// lend reads an answer that needs no mapping into memory that the exchange gives back.
func (r *rest) lend(ctx context.Context, a *httpclient.Answer, charset string) (exchange.Reply, error) {
	lent := borrowBody()
	body, err := a.ReadInto(lent.b, r.plan.answer)
	if err != nil {
		return exchange.Reply{}, r.plan.transportFault(ctx, err)
	}
	lent.b = body
	if charset != "" || !r.encoding.IsUTF8() || len(body) < 2 || body[0] != '{' || body[1] == 0 {
		if body, err = media.JSON(body, charset, r.encoding); err != nil {
			return exchange.Reply{}, unreadable(err)
		}
	} // else it is UTF-8 without a mark, or for the catalogue to refuse
	return exchange.Reply{Body: body, MediaType: jsonType, Free: lent.free}, nil
}

// bodies holds memory for answers; what fails on the way does not come back.
var bodies sync.Pool

// maxPooled bounds what is kept for the next answer.
const maxPooled = 1 << 20

// lentBody is memory for one answer.
type lentBody struct {
	b    []byte
	free func() // giveBack, made once
}

func borrowBody() *lentBody {
	if l, ok := bodies.Get().(*lentBody); ok {
		return l
	}
	l := &lentBody{}
	l.free = l.giveBack
	return l
}

// giveBack clears what was read, for it is personal data of another call.
func (l *lentBody) giveBack() {
	if cap(l.b) > maxPooled {
		return
	}
	clear(l.b)
	l.b = l.b[:0]
	bodies.Put(l)
}

const jsonType = "application/json"

// mapAnswer runs a response mapping: null or nothing means that the register holds no such record.
func mapAnswer(ctx context.Context, m *mapping, value any, pl *plan) ([]byte, error) {
	body, err := m.run(ctx, value, pl.answer)
	switch {
	case errors.Is(err, errNothing):
		return nil, fault.New(fault.ProviderNoRecord)
	case errors.Is(err, errMapped):
		return nil, pl.tooLarge()
	case err != nil && ctx.Err() != nil:
		return nil, pl.transportFault(ctx, ctx.Err())
	case err != nil:
		return nil, mappingFault(err)
	}
	return body, nil
}

var plainJSON = media.Type{Name: jsonType}

// mediaType reads the media type, when it is one that the service accepts.
func (r *rest) mediaType(header string) (kind media.Type, ok bool) {
	if header == jsonType && !r.opaque {
		return plainJSON, true
	}
	if kind, ok = media.Parse(header); !ok {
		return kind, false
	}
	if r.opaque {
		return kind, slices.ContainsFunc(r.accept, func(t string) bool { return strings.EqualFold(t, kind.Name) })
	}
	return kind, kind.Name == jsonType || strings.HasPrefix(kind.Name, "application/") && strings.HasSuffix(kind.Name, "+json")
}

// stream hands the body on as it comes. A body whose end cannot be told from a broken connection is
// refused: a cut-off document must never look whole.
func (r *rest) stream(ctx context.Context, a *httpclient.Answer, kind string) (exchange.Reply, error) {
	if a.Length > r.plan.answer {
		return exchange.Reply{}, r.plan.tooLarge()
	}
	if !a.Delimited {
		return exchange.Reply{}, malformed(fault.AnswerCut)
	}
	length := a.Length
	return exchange.Reply{MediaType: kind, Length: length, Stream: &stream{ctx: ctx, plan: r.plan, answer: a, left: r.plan.answer}}, nil
}

// stream is an opaque body on its way. Its errors are faults on the provider's leg.
type stream struct {
	ctx    context.Context
	plan   *plan
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
		s.err = s.plan.tooLarge()
		return 0, s.err
	}
	switch {
	case errors.Is(err, io.EOF):
		s.err = io.EOF
	case err != nil:
		s.err = s.plan.transportFault(s.ctx, err)
		s.plan.observe(s.ctx, s.err)
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

// cancelling ends the delivery's context with its stream.
type cancelling struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (c *cancelling) Close() error {
	err := c.ReadCloser.Close()
	c.cancel()
	return err
}

package provider

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"

	"mconnect/fault"
	"mconnect/internal/exchange"
	"mconnect/internal/provider/wire"
)

// receive turns the provider's answer into a Reply. The caller closes a unless the Reply streams it.
func (r *rest) receive(ctx context.Context, a *wire.Answer) (exchange.Reply, error) {
	if a.Status != 200 && a.Status != 201 && a.Status != 203 || slices.Contains(r.notFound, a.Status) {
		return exchange.Reply{}, statusFault(a, r.notFound)
	}
	if a.Encoding != "" && !strings.EqualFold(a.Encoding, "identity") {
		return exchange.Reply{}, malformed("compressed though not asked to be")
	}
	media, ok := r.mediaType(a.MediaType)
	if !ok {
		return exchange.Reply{}, malformed("media type not accepted")
	}
	if r.opaque {
		return r.stream(ctx, a, media)
	}
	if r.response == nil {
		return r.lend(ctx, a)
	}
	body, err := a.ReadAll(r.plan.answer)
	if err != nil {
		return exchange.Reply{}, r.plan.transportFault(ctx, err)
	}
	value, err := decode(body)
	if err != nil {
		return exchange.Reply{}, fault.Wrap(err, fault.ProviderMalformed)
	}
	body, err = mapAnswer(ctx, r.response, value, r.plan)
	return exchange.Reply{Body: body, MediaType: jsonType}, err
}

// lend reads an answer that needs no mapping into memory that the exchange gives back.
func (r *rest) lend(ctx context.Context, a *wire.Answer) (exchange.Reply, error) {
	lent := borrowBody()
	body, err := a.ReadInto(lent.b, r.plan.answer)
	if err != nil {
		return exchange.Reply{}, r.plan.transportFault(ctx, err)
	}
	lent.b = body
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

// mediaType returns the bare type when it is one that the service accepts.
func (r *rest) mediaType(header string) (string, bool) {
	if header == jsonType && !r.opaque {
		return jsonType, true
	}
	media, params, err := mime.ParseMediaType(header)
	if err != nil {
		return "", false
	}
	if r.opaque {
		return media, slices.ContainsFunc(r.accept, func(t string) bool { return strings.EqualFold(t, media) })
	}
	charset, stated := params["charset"]
	if stated && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "us-ascii") {
		return "", false
	}
	return media, media == jsonType || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")
}

// stream hands the body on as it comes. A body whose end cannot be told from a broken connection is
// refused: a cut-off document must never look whole.
func (r *rest) stream(ctx context.Context, a *wire.Answer, media string) (exchange.Reply, error) {
	if a.Length > r.plan.answer {
		return exchange.Reply{}, r.plan.tooLarge()
	}
	if !a.Delimited {
		return exchange.Reply{}, malformed("the end of the answer is not marked")
	}
	length := a.Length
	return exchange.Reply{MediaType: media, Length: length, Stream: &stream{ctx: ctx, plan: r.plan, answer: a, left: r.plan.answer}}, nil
}

// stream is an opaque body on its way. Its errors are faults on the provider's leg.
type stream struct {
	ctx    context.Context
	plan   *plan
	answer *wire.Answer
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

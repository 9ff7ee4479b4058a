package exchange

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"sync"
	"time"

	"mconnect/fault"
)

// piece is the size in which an opaque answer passes: also the most that is withheld until its outcome is
// durable.
const piece = 64 << 10

var pieces = sync.Pool{New: func() any { return new([piece]byte) }}

// stream passes an opaque answer through with a running hash. It always holds back the piece it has not
// yet seen a successor of: the last one, of at least one byte, is released only when the outcome of
// the whole is durable. A caller that got every byte therefore knows that the exchange is recorded.
type stream struct {
	run   *run
	hash  hash.Hash
	size  int64
	stall *time.Timer // ends the delivery when the provider sends no more
	late  bool        // it did
	ended bool
}

func (r *run) streamed() *Answer {
	held := r.permit
	r.permit = permit{}
	return &Answer{
		MediaType: r.reply.MediaType, Stream: &stream{run: r, hash: sha256.New(), stall: r.stalled()},
		Length: r.reply.Length, Service: r.ready,
		permit: held,
	}
}

// stalled is a timer, stopped, that ends the delivery: a provider that neither sends nor closes holds no place for as
// long as a large answer may take.
func (r *run) stalled() *time.Timer {
	t := time.AfterFunc(time.Hour, r.release)
	t.Stop()
	return t
}

// WriteTo implements io.WriterTo, once. On an error with n == 0 nothing has left and the fault may
// still be told; else the connection must be broken off.
func (s *stream) WriteTo(w io.Writer) (n int64, err error) {
	if s.ended {
		return 0, tell(errors.New("exchange: a stream is written once"), s.run.call.ID)
	}
	defer func() {
		if p := recover(); p != nil {
			err = s.fail(fmt.Errorf("exchange: panic in a stream: %v", p), n)
		}
	}()
	held, next := pieces.Get().(*[piece]byte), pieces.Get().(*[piece]byte)
	defer func() {
		clear(held[:])
		clear(next[:])
		pieces.Put(held)
		pieces.Put(next)
	}()
	waiting := 0 // bytes in held
	for {
		got, readErr := s.read(next[:])
		if got > 0 {
			if waiting > 0 {
				if err := s.release(w, held[:waiting], &n); err != nil {
					return n, err
				}
			}
			held, next, waiting = next, held, got
		}
		if readErr == io.EOF {
			break
		}
		if readErr != nil {
			return n, s.fail(interrupted(readErr), n)
		}
	}
	if s.run.reply.Length >= 0 && s.run.reply.Length != s.size {
		return n, s.fail(interrupted(io.ErrUnexpectedEOF), n)
	}
	if err := s.recordOutcome(); err != nil {
		return n, err
	}
	written, err := w.Write(held[:waiting])
	return n + int64(written), err
}

// read reads one piece and counts it into hash and size.
func (s *stream) read(p []byte) (int, error) {
	began := time.Now()
	s.stall.Reset(s.run.x.cfg.Defaults.Piece)
	got, err := s.run.reply.Stream.Read(p)
	s.late = s.late || !s.stall.Stop() // it may have fired while the last bytes in time came
	if s.late && err != nil && err != io.EOF {
		err = onProvider(fault.Wrap(fmt.Errorf("no more came in %s: %w", s.run.x.cfg.Defaults.Piece, err),
			fault.ProviderInterrupted))
	}
	s.run.provided += time.Since(began)
	s.hash.Write(p[:got])
	s.size += int64(got)
	return got, err
}

// release lets a piece go that is not the last one.
func (s *stream) release(w io.Writer, p []byte, n *int64) error {
	written, err := w.Write(p)
	*n += int64(written)
	if err == nil {
		return nil
	}
	f := fault.Wrap(err, fault.ProviderInterrupted)
	f.Leg = fault.Caller
	return s.fail(f, *n)
}

// recordOutcome makes the outcome durable. Commit point 2 of a streamed answer.
func (s *stream) recordOutcome() error {
	s.seal()
	if err := s.run.recordOutcome(); err != nil {
		s.finish()
		return s.run.fail(err, "")
	}
	s.finish()
	s.run.observe(nil)
	return nil
}

// fail records that the answer broke off after n bytes had left, with the hash of all that was read.
func (s *stream) fail(err error, n int64) *fault.Error {
	if s.ended {
		return tell(err, s.run.call.ID)
	}
	s.seal()
	s.finish()
	return s.run.fail(err, "broke off after "+strconv.FormatInt(n, 10)+" bytes")
}

func (s *stream) seal() {
	s.run.sent = Sum{size: s.size, some: true}
	s.hash.Sum(s.run.sent.hash[:0])
}

func (s *stream) finish() {
	s.ended = true
	s.run.closeReply()
}

// abandon ends a stream that nobody wrote: the caller was gone before the first byte.
func (s *stream) abandon() {
	if s.ended {
		return
	}
	f := fault.New(fault.ProviderInterrupted)
	f.Leg = fault.Caller
	_ = s.fail(f, 0) // recorded there; nobody is left to answer
}

func interrupted(err error) error {
	var said *fault.Error
	if errors.As(err, &said) {
		return said
	}
	return onProvider(fault.Wrap(err, fault.ProviderInterrupted))
}

package front

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"golang.org/x/net/http/httpguts"
)

// Bounds of the framing of chunks (RFC 9112, section 7.1).
const (
	maxChunkLine = 256      // bytes of one line: size and extensions
	maxTrailers  = 4 << 10  // bytes after the last chunk
	maxExcess    = 16 << 10 // bytes of framing beyond what the data justify
)

// body reads the body of the present request, of known length or in chunks, and nothing behind it.
type body struct {
	conn    *conn
	left    int64 // of the body or of the present chunk
	chunked bool
	within  bool // a chunk whose end has not been read
	proceed bool // the client waits for 100-continue
	done    bool // the end was read
	closed  bool
	excess  int64
	err     error
}

// Read implements io.Reader. The last bytes of a body of known length come with io.EOF.
func (b *body) Read(p []byte) (int, error) {
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	return b.read(p)
}

// Close implements io.Closer. What was not read is dealt with before the answer.
func (b *body) Close() error {
	b.closed = true
	return nil
}

func (b *body) read(p []byte) (n int, err error) {
	switch {
	case b.err != nil:
		return 0, b.err
	case b.done:
		return 0, io.EOF
	case len(p) == 0:
		return 0, nil
	case b.proceed:
		b.proceed = false
		if err := b.conn.proceed(); err != nil {
			return 0, b.fail(err)
		}
	}
	if b.chunked && b.left == 0 {
		if err := b.chunk(); err != nil {
			return 0, b.fail(err)
		}
		if b.done {
			return 0, io.EOF
		}
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err = b.conn.in.read(p)
	b.left -= int64(n)
	switch {
	case err != nil:
		return n, b.fail(err)
	case b.left == 0 && !b.chunked:
		b.done = true
		return n, io.EOF
	}
	return n, nil
}

// fail makes an error stay: what follows on the connection is no request.
func (b *body) fail(err error) error {
	b.err, b.conn.last = err, true
	return err
}

// chunk reads the line of the next chunk, and whatever comes before it and, at the last chunk, after.
func (b *body) chunk() error {
	in := &b.conn.in
	if b.within {
		if end, err := in.line(2); err != nil || len(end) != 0 {
			return orMalformed(err)
		}
	}
	line, err := in.line(maxChunkLine)
	if err != nil {
		return err
	}
	if b.left, err = chunkSize(line); err != nil {
		return err
	}
	// One byte a chunk is allowed; lines that are long, and for nothing, are not.
	if b.excess = max(b.excess+int64(len(line))+2-16-2*min(b.left, maxExcess), 0); b.excess > maxExcess {
		return errChunk
	}
	if b.within = b.left > 0; b.within {
		return nil
	}
	for most := maxTrailers; ; {
		line, err := in.line(most)
		if err != nil {
			return err
		}
		if len(line) == 0 {
			b.done = true
			return nil
		}
		if most -= len(line) + 2; most < 2 || !isTrailer(line) {
			return errChunk
		}
	}
}

var errChunk = errors.New("front: malformed chunks")

func orMalformed(err error) error {
	if err == nil {
		return errChunk
	}
	return err
}

// chunkSize reads the size of a chunk, at most eight digits, and passes over its extensions.
func chunkSize(line []byte) (n int64, err error) {
	digits := 0
	for ; digits < len(line); digits++ {
		c := line[digits]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			c = 16
		}
		if c == 16 {
			break
		}
		if digits == 8 {
			return 0, errChunk
		}
		n = n<<4 | int64(c)
	}
	rest := line[digits:]
	if digits == 0 || len(rest) > 0 && rest[0] != ';' {
		return 0, errChunk
	}
	if !httpguts.ValidHeaderFieldValue(string(rest)) {
		return 0, errChunk
	}
	if name := bytes.TrimLeft(rest, "; \t"); len(rest) > 0 && (len(name) == 0 || !httpguts.IsTokenRune(rune(name[0]))) {
		return 0, errChunk // an extension without a name
	}
	return n, nil
}

// isTrailer reports a field line that could stand in a head. Its meaning is nobody's.
func isTrailer(line []byte) bool {
	for i, c := range line {
		if c == ':' && i > 0 {
			return httpguts.ValidHeaderFieldValue(string(line[i+1:]))
		}
		if !httpguts.IsTokenRune(rune(c)) {
			return false
		}
	}
	return false
}

// drain reads what nobody has read, at most maxDrain bytes, and reports whether the end was reached.
func (b *body) drain() bool {
	if b.done {
		return true
	}
	if b.err != nil || b.proceed || b.left > maxDrain {
		return false
	}
	into := make([]byte, inboxSize)
	for total := 0; total <= maxDrain; {
		n, err := b.read(into)
		total += n
		if err != nil {
			return b.done
		}
	}
	return false
}

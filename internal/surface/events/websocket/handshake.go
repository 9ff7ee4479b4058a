package websocket

import (
	"bufio"
	"bytes"
	"crypto/sha1" //nolint:gosec // RFC 6455, section 4.2.2 names it; nothing rests on it
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Offer is a handshake that may be accepted.
type Offer struct {
	w        http.ResponseWriter
	r        *http.Request
	key      string // "" over HTTP/2
	protocol string
}

// Check reads the opening handshake (RFC 6455, section 4.2.1; RFC 8441, section 5) and sees that the client speaks
// protocol. The error says what is missing, in English.
func Check(w http.ResponseWriter, r *http.Request, protocol string) (*Offer, error) {
	o := &Offer{w: w, r: r, protocol: protocol}
	h := r.Header
	switch {
	case r.ProtoMajor == 2 && (r.Method != http.MethodConnect || h.Get(":protocol") != "websocket"):
		return nil, errors.New("extended CONNECT for websocket is expected")
	case r.ProtoMajor == 1 && r.ProtoMinor < 1:
		return nil, errors.New("HTTP/1.1 is expected")
	case r.ProtoMajor == 1 && (r.ContentLength != 0 || len(r.TransferEncoding) > 0):
		return nil, errors.New("a request without a body is expected")
	case len(h["Sec-Websocket-Key"]) > 1 || len(h["Sec-Websocket-Version"]) > 1 || len(h["Origin"]) > 1:
		return nil, errors.New("Sec-WebSocket-Key, Sec-WebSocket-Version and Origin are expected once")
	case r.ProtoMajor == 1 && (!holds(h, "Connection", "upgrade") || !holds(h, "Upgrade", "websocket")):
		return nil, errors.New("an upgrade to websocket is expected")
	case h.Get("Sec-Websocket-Version") != "13":
		w.Header().Set("Sec-WebSocket-Version", "13")
		return nil, errors.New("Sec-WebSocket-Version 13 is expected")
	case !sameSite(r):
		return nil, errors.New("the header Origin names another site")
	case !holds(h, "Sec-Websocket-Protocol", protocol):
		return nil, errors.New("Sec-WebSocket-Protocol " + protocol + " is expected")
	}
	if r.ProtoMajor == 1 {
		o.key = strings.TrimSpace(h.Get("Sec-Websocket-Key"))
		if raw, err := base64.StdEncoding.DecodeString(o.key); err != nil || len(raw) != 16 {
			return nil, errors.New("Sec-WebSocket-Key is expected")
		}
	}
	return o, nil
}

// sameSite reports whether a page of this very host, or none, opens the connection: a browser presents its user's
// certificate to any site that asks for it.
func sameSite(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}

// holds reports whether a header has a token in one of its lists. Protocols are compared as they stand, the rest
// without case.
func holds(h http.Header, name, token string) bool {
	for _, list := range h[name] {
		for item := range strings.SplitSeq(list, ",") {
			if item = strings.TrimSpace(item); item == token ||
				(name != "Sec-Websocket-Protocol" && strings.EqualFold(item, token)) {
				return true
			}
		}
	}
	return false
}

// Accept opens the connection. The handler's request ends with it over HTTP/2 only.
func (o *Offer) Accept(limits Limits) (*Conn, error) {
	if o.r.ProtoMajor == 2 {
		return o.acceptStream(limits)
	}
	conn, buffered, err := http.NewResponseController(o.w).Hijack()
	if err != nil {
		return nil, err
	}
	answer := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		accept(o.key) + "\r\nSec-WebSocket-Protocol: " + o.protocol + "\r\n\r\n"
	if err = conn.SetWriteDeadline(time.Now().Add(limits.Write)); err == nil {
		_, err = io.WriteString(conn, answer)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return newConn(conn, from(conn, buffered.Reader), limits), nil
}

// from reads what the server has read already, then the connection itself: the server's own way to it must not be used
// any more.
func from(conn io.Reader, in *bufio.Reader) *bufio.Reader {
	early, _ := in.Peek(in.Buffered())
	in.Reset(io.MultiReader(bytes.NewReader(bytes.Clone(early)), conn))
	return in
}

// accept answers a key (RFC 6455, section 4.2.2).
func accept(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // as the standard has it
	return base64.StdEncoding.EncodeToString(sum[:])
}

func (o *Offer) acceptStream(limits Limits) (*Conn, error) {
	s := &stream{ResponseController: http.NewResponseController(o.w), w: o.w, body: o.r.Body}
	if err := errors.Join(s.SetReadDeadline(time.Time{}), s.SetWriteDeadline(time.Time{})); err != nil {
		return nil, err
	}
	o.w.Header().Set("Sec-WebSocket-Protocol", o.protocol)
	o.w.WriteHeader(http.StatusOK)
	if err := s.Flush(); err != nil {
		return nil, err
	}
	return newConn(s, bufio.NewReaderSize(s, 4096), limits), nil
}

// stream is one stream of HTTP/2.
type stream struct {
	*http.ResponseController
	w    io.Writer
	body io.ReadCloser
}

func (s *stream) Read(b []byte) (int, error) { return s.body.Read(b) }

func (s *stream) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	if err == nil {
		err = s.Flush()
	}
	return n, err
}

func (s *stream) Close() error { return s.body.Close() }

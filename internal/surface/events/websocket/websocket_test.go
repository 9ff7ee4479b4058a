package websocket

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"mconnect/test/must"
)

// memory is a stream that reads from one text and writes into another.
type memory struct {
	io.Reader
	bytes.Buffer
}

func (m *memory) Read(b []byte) (int, error)       { return m.Reader.Read(b) }
func (m *memory) Close() error                     { return nil }
func (m *memory) SetReadDeadline(time.Time) error  { return nil }
func (m *memory) SetWriteDeadline(time.Time) error { return nil }

func over(text []byte) (*Conn, *memory) {
	m := &memory{Reader: bytes.NewReader(text)}
	return newConn(m, bufio.NewReader(m), Limits{Message: 1 << 20, Silence: time.Second, Write: time.Second}), m
}

// masked is a frame as a client sends it; first is its first byte.
func masked(first byte, text string) string {
	b := []byte{first}
	switch n := len(text); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	mask := [4]byte{1, 2, 3, 4}
	b = append(b, mask[:]...)
	for i := range len(text) {
		b = append(b, text[i]^mask[i&3])
	}
	return string(b)
}

func TestConn_ReadsMessagesOfAnyLength(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 9, 125, 126, 65535, 65536, 1 << 20} {
		text := strings.Repeat("ab", n)[:n]
		c, _ := over([]byte(masked(0x81, text)))
		if kind, got, err := c.Read(nil); err != nil || kind != Text || string(got) != text {
			t.Errorf("%d bytes: %d, %d bytes, %v", n, kind, len(got), err)
		}
	}
	c, m := over([]byte(masked(0x01, "con") + masked(0x89, "are you there") + masked(0x00, "firm:") + masked(0x80, "1") + masked(0x8a, "") + masked(0x82, "\xff")))
	if _, got, err := c.Read(nil); err != nil || string(got) != "confirm:1" || m.String() != "\x8a\x0dare you there" {
		t.Errorf("fragments: %q %v, answered %q", got, err, m.String())
	}
	if kind, got, err := c.Read(nil); err != nil || kind != Binary || string(got) != "\xff" {
		t.Errorf("binary: %q %v", got, err)
	}
}

func TestConn_WhatIsAgainstTheProtocolEndsIt(t *testing.T) {
	for name, c := range map[string]struct {
		bytes  string
		status Status
		peer   bool
	}{
		"no mask":                   {"\x81\x01x", ProtocolError, false},
		"reserved bit 1":            {masked(0xc1, ""), ProtocolError, false},
		"reserved bit 3":            {masked(0x91, ""), ProtocolError, false},
		"data opcode 3":             {masked(0x83, ""), ProtocolError, false},
		"control opcode 11":         {masked(0x8b, ""), ProtocolError, false},
		"a ping in pieces":          {masked(0x09, ""), ProtocolError, false},
		"a long ping":               {masked(0x89, strings.Repeat("x", 126)), ProtocolError, false},
		"length 125 in 16 bits":     {"\x81\xfe\x00\x7d\x00\x00\x00\x00", ProtocolError, false},
		"length 65535 in 64 bits":   {"\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x00\x00", ProtocolError, false},
		"length of 64 bits":         {"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00", ProtocolError, false},
		"too large":                 {"\x81\xff\x00\x00\x00\x00\x00\x10\x00\x01\x00\x00\x00\x00", TooBig, false},
		"too large in pieces":       {masked(0x01, strings.Repeat("x", 1<<20)) + masked(0x80, "x"), TooBig, false},
		"a continuation of nothing": {masked(0x80, "x"), ProtocolError, false},
		"a message inside another":  {masked(0x01, "x") + masked(0x81, "x"), ProtocolError, false},
		"not UTF-8":                 {masked(0x81, "\xff"), InvalidText, false},
		"closed":                    {masked(0x88, "\x03\xe8bye"), Normal, true},
		"closed without a code":     {masked(0x88, ""), noStatus, true},
		"closed with a private one": {masked(0x88, "\x0f\xa1"), 4001, true},
		"closed with half a code":   {masked(0x88, "\x03"), ProtocolError, false},
		"closed with 1005":          {masked(0x88, "\x03\xed"), ProtocolError, false},
		"closed with 1015":          {masked(0x88, "\x03\xf7"), ProtocolError, false},
		"closed with 999":           {masked(0x88, "\x03\xe7"), ProtocolError, false},
		"closed with 5000":          {masked(0x88, "\x13\x88"), ProtocolError, false},
		"closed with bad text":      {masked(0x88, "\x03\xe8\xff"), InvalidText, false},
	} {
		conn, _ := over([]byte(c.bytes))
		_, _, err := conn.Read(nil)
		if e, ok := errors.AsType[*Error](err); !ok || e.Status != c.status || e.Peer != c.peer {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, cut := range []string{"", "\x81", "\x81\xfe\x01", "\x81\x85\x00\x00\x00\x00ab"} {
		if _, _, err := func() (Opcode, []byte, error) { c, _ := over([]byte(cut)); return c.Read(nil) }(); err != io.EOF && err != io.ErrUnexpectedEOF {
			t.Errorf("cut off at %q: %v", cut, err)
		}
	}
}

func TestConn_WritesFramesAndClose(t *testing.T) {
	c, m := over(nil)
	frames := AppendText(AppendText(nil, []byte("he"), []byte("ad")), nil, bytes.Repeat([]byte("x"), 126))
	frames = AppendText(frames, nil, bytes.Repeat([]byte("y"), 1<<16))
	must.OK(t, c.Write(frames))
	if got := m.String(); !strings.HasPrefix(got, "\x81\x04head\x81\x7e\x00\x7exxx") || !strings.Contains(got, "x\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00yyy") {
		t.Errorf("%.40q…", got)
	}
	m.Reset()
	if err := c.Ping(); err != nil || m.String() != "\x89\x00" {
		t.Errorf("ping %q %v", m.String(), err)
	}
	m.Reset()
	c.Shut(Policy, strings.Repeat("r", 200))
	c.Shut(Normal, "again")
	if got := m.String(); got != "\x88\x7d\x03\xf0"+strings.Repeat("r", 123) {
		t.Errorf("farewell %q", got)
	}
	if err := c.Write(frames); !errors.Is(err, errClosed) {
		t.Errorf("written after the farewell: %v", err)
	}
	c, m = over(nil)
	if c.Shut(noStatus, ""); m.String() != "\x88\x02\x03\xe8" {
		t.Errorf("answer to a farewell without a code: %q", m.String())
	}
}

// FuzzRead feeds whatever bytes: Read ends, holds no more than the limit, and never fails without a reason.
func FuzzRead(f *testing.F) {
	f.Add([]byte(masked(0x01, "con") + masked(0x89, "p") + masked(0x80, "firm:1") + masked(0x88, "\x03\xe8")))
	f.Add([]byte("\x81\xff\x00\x00\x00\x00\x00\x0f\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, _ := over(text)
		var message []byte
		for {
			kind, got, err := c.Read(message)
			if err != nil {
				e, ok := errors.AsType[*Error](err)
				if !ok && err != io.EOF && err != io.ErrUnexpectedEOF || ok && !e.Peer && e.Status < 1002 {
					t.Fatalf("%q: %v", text, err)
				}
				return
			}
			if message = got; len(got) > len(text) || (kind != Text && kind != Binary) {
				t.Fatalf("%q: kind %d, %d bytes", text, kind, len(got))
			}
		}
	})
}

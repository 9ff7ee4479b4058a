package request

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
)

// broken fails after what it holds.
type breaking struct {
	io.Reader
	err error
}

func (b breaking) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = b.err
	}
	return n, err
}

// TestABodyIsBoundedAndWhole: as declared or not, and never a part of one.
func TestABodyIsBoundedAndWhole(t *testing.T) {
	const limit = 10_000
	room := NewRoom(DefaultRoom)
	for name, c := range map[string]struct {
		body   io.Reader
		length int64
		size   int
		code   fault.Code
	}{
		"none":                {strings.NewReader(""), 0, 0, ""},
		"small":               {strings.NewReader("abc"), 3, 3, ""},
		"of unknown length":   {strings.NewReader(strings.Repeat("a", 9000)), -1, 9000, ""},
		"as large as allowed": {strings.NewReader(strings.Repeat("a", limit)), limit, limit, ""},
		"declared too large":  {breaking{strings.NewReader(""), errors.New("was read")}, limit + 1, 0, fault.MessageTooLarge},
		"too large unsaid":    {strings.NewReader(strings.Repeat("a", limit+1)), -1, 0, fault.MessageTooLarge},
		"endless":             {io.MultiReader(strings.NewReader("a"), endless{}), -1, 0, fault.MessageTooLarge},
		"broken off":          {breaking{strings.NewReader("ab"), io.ErrUnexpectedEOF}, 5, 0, fault.MessageMalformed},
		"too slow":            {breaking{strings.NewReader("ab"), os.ErrDeadlineExceeded}, 5, 0, fault.MessageTooSlow},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Body, r.ContentLength = io.NopCloser(c.body), c.length
		got, err := room.ReadBody(r, limit)
		if c.code != "" {
			if f := fault.From(err); f == nil || f.Code != c.code || got != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || len(*got) != c.size {
			t.Errorf("%s: %v", name, err)
		}
		room.GiveBack(got)
	}
	if room.GiveBack(nil); room.Held() != 0 {
		t.Errorf("%d bytes are held by nobody", room.Held())
	}
}

// TestBodiesFindNoMoreRoomThanThereIs, small ones always; what is given back is free.
func TestBodiesFindNoMoreRoomThanThereIs(t *testing.T) {
	room := NewRoom(1 << 20)
	read := func(size int, declared bool) (*[]byte, error) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		if r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("a", size))), -1; declared {
			r.ContentLength = int64(size)
		}
		return room.ReadBody(r, 8<<20)
	}
	for _, declared := range []bool{true, false} {
		var all []*[]byte
		for {
			b, err := read(200<<10, declared)
			if err != nil {
				if f := fault.From(err); f.Code != fault.Overloaded || f.RetryAfter != time.Second {
					t.Errorf("declared %t: %v", declared, err)
				}
				break
			}
			if all = append(all, b); len(*b) != 200<<10 || len(all) > 100 {
				t.Fatalf("declared %t: %d bytes, %d bodies", declared, len(*b), len(all))
			}
		}
		if len(all) < 4 || room.Held() > 1<<20 { // memory lent again is up to 256 KiB large
			t.Errorf("declared %t: room for %d bodies, %d bytes held", declared, len(all), room.Held())
		}
		for range 100 {
			small, err := read(60<<10, declared)
			if err != nil {
				t.Fatalf("a small one: %v", err)
			}
			all = append(all, small)
		}
		for _, b := range all {
			room.GiveBack(b)
		}
	}
	if room.Held() != 0 {
		t.Errorf("%d bytes are held by nobody", room.Held())
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// TestMemoryIsLentAgain: what one request held is not in the next one's body, however their lengths differ.
func TestMemoryIsLentAgain(t *testing.T) {
	room := NewRoom(DefaultRoom)
	for n := range 200 {
		want := bytes.Repeat([]byte{byte(n)}, n*37%5000)
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(want))
		got, err := room.ReadBody(r, 1<<20)
		if err != nil || !bytes.Equal(*got, want) {
			t.Fatalf("%d: %v", n, err)
		}
		room.GiveBack(got)
	}
}

func TestReference(t *testing.T) {
	h := http.Header{}
	Reference(h, "", "", 0, 0, true)
	if len(h) != 0 {
		t.Errorf("nothing is known, and yet %v", h)
	}
	Reference(h, "01900000-0000-7000-8000-0123456789ab", aTrace, 41, 42, true)
	if h.Get("MConnect-Call-Id") == "" || h.Get("MConnect-Record") != "41" || h.Get("MConnect-Tree-Size") != "42" || TraceOf(h) != aTrace {
		t.Errorf("%v", h)
	}
	stranger := http.Header{}
	Reference(stranger, "01900000-0000-7000-8000-0123456789ab", aTrace, 41, 42, false)
	if len(stranger) != 2 || stranger.Get("MConnect-Call-Id") == "" || TraceOf(stranger) != aTrace {
		t.Errorf("a caller who is not known learns %v", stranger)
	}
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	if ChainOf(r) != nil {
		t.Error("a chain without TLS")
	}
}

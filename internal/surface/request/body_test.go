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
	"mconnect/internal/surface/admission"
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

// TestBody_IsBoundedAndWhole: as declared or not, and never a part of one.
func TestBody_IsBoundedAndWhole(t *testing.T) {
	const limit = 10_000
	budget := admission.NewMemoryBudget(admission.DefaultMemory)
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
		got, err := Body(r, limit, budget)
		if c.code != "" {
			if f := fault.From(err); f == nil || f.Code != c.code || got != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || len(*got) != c.size {
			t.Errorf("%s: %v", name, err)
		}
		budget.Release(got)
	}
	if budget.Release(nil); budget.Held() != 0 {
		t.Errorf("%d bytes are held after all were released", budget.Held())
	}
}

// TestBody_StaysWithinTheBudget: small ones always; what is released is free.
func TestBody_StaysWithinTheBudget(t *testing.T) {
	budget := admission.NewMemoryBudget(1 << 20)
	read := func(size int, declared bool) (*[]byte, error) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		if r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("a", size))), -1; declared {
			r.ContentLength = int64(size)
		}
		return Body(r, 8<<20, budget)
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
		if len(all) < 4 || budget.Held() > 1<<20 { // reused memory is up to 256 KiB large
			t.Errorf("declared %t: room for %d bodies, %d bytes held", declared, len(all), budget.Held())
		}
		for range 100 {
			small, err := read(60<<10, declared)
			if err != nil {
				t.Fatalf("a small one: %v", err)
			}
			all = append(all, small)
		}
		for _, b := range all {
			budget.Release(b)
		}
	}
	if budget.Held() != 0 {
		t.Errorf("%d bytes are held after all were released", budget.Held())
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// TestBody_MemoryIsReused: what one request held is not in the next one's body, however their lengths differ.
func TestBody_MemoryIsReused(t *testing.T) {
	budget := admission.NewMemoryBudget(admission.DefaultMemory)
	for n := range 200 {
		want := bytes.Repeat([]byte{byte(n)}, n*37%5000)
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(want))
		got, err := Body(r, 1<<20, budget)
		if err != nil || !bytes.Equal(*got, want) {
			t.Fatalf("%d: %v", n, err)
		}
		budget.Release(got)
	}
}

func TestHead_Reference(t *testing.T) {
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

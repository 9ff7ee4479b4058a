package rest

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/test/must"
	"mconnect/test/registers"
	"mconnect/test/waits"
)

func document(url string) *catalog.Ready {
	s := registers.Post(url)
	s.Opaque = &catalog.Opaque{MediaTypes: []string{"application/pdf", "application/zip"}}
	return s
}

func TestStream_Document(t *testing.T) {
	content := make([]byte, 3<<20)
	must.Get(rand.Read(content))(t)
	s := registers.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Accept"); got != "application/pdf, application/zip" {
			t.Errorf("Accept %q", got)
		}
		w.Header().Set("Content-Type", "application/PDF; name=x")
		if r.URL.Path == "/known" {
			w.Header().Set("Content-Length", "3145728")
		}
		w.Write(content)
	})
	p := newProvider(t, config{})
	for path, length := range map[string]int64{"/known": 3 << 20, "/chunks": -1} {
		for range 2 {
			reply := must.Get(registers.Deliver(t, p, document(s.URL+path), input))(t)
			got, err := io.ReadAll(reply.Stream)
			if err != nil || !bytes.Equal(got, content) || reply.Length != length || reply.MediaType != "application/pdf" || reply.Body != nil {
				t.Errorf("%s: %d bytes, length %d, %q, %v", path, len(got), reply.Length, reply.MediaType, err)
			}
			if err := reply.Stream.Close(); err != nil {
				t.Error(err)
			}
			if _, err := reply.Stream.Read(make([]byte, 1)); err == nil {
				t.Error("a closed stream can be read")
			}
		}
	}
}

func TestStream_IsNotBuffered(t *testing.T) {
	more := make(chan struct{})
	s := registers.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/pdf")
		io.WriteString(w, "first")
		w.(http.Flusher).Flush()
		<-more
		io.WriteString(w, "second")
	})
	reply := must.Get(registers.Deliver(t, newProvider(t, config{}), document(s.URL), input))(t)
	defer reply.Stream.Close()
	first := make([]byte, 5)
	if _, err := io.ReadFull(reply.Stream, first); err != nil || string(first) != "first" {
		t.Fatalf("%q, %v", first, err)
	}
	close(more)
	if rest, err := io.ReadAll(reply.Stream); err != nil || string(rest) != "second" {
		t.Errorf("%q, %v", rest, err)
	}
}

// TestStream_DocumentsHaveTheirOwnLimit: it bounds memory, which a stream does not take.
func TestStream_DocumentsHaveTheirOwnLimit(t *testing.T) {
	text := strings.Repeat("x", 4000)
	ready := document(registers.Serve(t, registers.Answer("application/pdf", text)).URL)
	reply := must.Get(registers.Deliver(t, newProvider(t, config{Answer: 1000}), ready, input))(t)
	defer reply.Stream.Close()
	if got, err := io.ReadAll(reply.Stream); err != nil || string(got) != text {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	typed := registers.Post(registers.Serve(t, registers.Answer("application/json", `"`+text+`"`)).URL)
	_, err := registers.Deliver(t, newProvider(t, config{Answer: 1000}), typed, input)
	registers.WantFault(t, err, fault.ProviderTooLarge, "")
}

func TestStream_Failures(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n"
	for name, c := range map[string]struct {
		url   string
		code  fault.Code
		early bool // refused before anything is streamed
	}{
		"wrong type":      {registers.Serve(t, registers.Answer("text/html", "<p>")).URL, fault.ProviderMalformed, true},
		"announced great": {registers.Once(t, head+"Content-Length: 1001\r\n\r\n"), fault.ProviderTooLarge, true},
		"great":           {registers.Once(t, head+"Transfer-Encoding: chunked\r\n\r\n3e9\r\n"+strings.Repeat("x", 1001)+"\r\n0\r\n\r\n"), fault.ProviderTooLarge, false},
		"cut off":         {registers.Once(t, head+"Content-Length: 500\r\n\r\n"+strings.Repeat("x", 499)), fault.ProviderInterrupted, false},
		"chunk cut off":   {registers.Once(t, head+"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), fault.ProviderInterrupted, false},
		"no end marked":   {registers.Once(t, head+"\r\nhello"), fault.ProviderMalformed, true},
		"bad chunk":       {registers.Once(t, head+"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloworld"), fault.ProviderMalformed, false},
		"dripping": {registers.Raw(t, func(_ int, c net.Conn, r *bufio.Reader) {
			if _, err := http.ReadRequest(r); err != nil { // Transport refuses what comes before a request
				return
			}
			io.WriteString(c, head+"Content-Length: 900\r\n\r\n")
			for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
				if _, err := c.Write([]byte("x")); err != nil {
					return
				}
			}
		}), fault.ProviderTimeout, false},
	} {
		t.Run(name, func(t *testing.T) {
			ready := document(c.url)
			ready.Limits = catalog.Limits{Answer: 1000, Timeout: catalog.Duration(waits.Limit)}
			if c.code == fault.ProviderTimeout {
				ready.Limits.Timeout = catalog.Duration(200 * time.Millisecond)
			}
			reply, err := registers.Deliver(t, newProvider(t, config{}), ready, input)
			if c.early || c.code == fault.ProviderTimeout && err != nil {
				// a busy machine may not come as far as the stream
				registers.WantFault(t, err, c.code, fault.Provider)
				return
			}
			must.OK(t, err)
			defer reply.Stream.Close()
			_, err = io.Copy(io.Discard, reply.Stream)
			registers.WantFault(t, err, c.code, fault.Provider)
			if _, again := reply.Stream.Read(make([]byte, 8)); !errors.Is(again, err) {
				t.Errorf("a failed stream goes on with %v", again)
			}
		})
	}
}

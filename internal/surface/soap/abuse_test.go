package soap

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/exchange"
	"mconnect/internal/surface/admission"
	"mconnect/test/waits"
)

// TestAbuse_LeavesNothingBehind: crowds of unidentified callers, with messages that never end, that are bombs, or that
// are packages of nothing. Each is refused with a code of the catalogue, and afterwards no place, byte, document or
// goroutine is held.
func TestAbuse_LeavesNothingBehind(t *testing.T) {
	var refused atomic.Int64
	s := bare(t, func(c *exchange.Call) {
		if f := c.Unproven; f == nil || !f.Code.Known() || f.Code == fault.InternalError {
			t.Errorf("not refused by a code: %v", f)
		}
		refused.Add(1)
	})
	s.calls = admission.NewConcurrencyLimit(64)
	s.preAuth = admission.NewPreAuthLimit(64, s.MaxRequest, 100*time.Millisecond)
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	web := server.Client()
	before := runtime.NumGoroutine()
	envelope := `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>`
	bodies := map[string]string{
		envelope + strings.Repeat("<a>", 5000):                                         "text/xml",
		envelope + strings.Repeat("<a/>", 5000):                                        "text/xml",
		envelope + "<a " + strings.Repeat(`x="1" `, 500) + "/></s:Body>":               "text/xml",
		"<!DOCTYPE a [<!ENTITY b \"cc\">]>" + envelope:                                 "application/soap+xml",
		strings.Repeat("--b\r\nContent-ID: <x>\r\n\r\n", 500):                          "multipart/related; boundary=b",
		"--b\r\n" + strings.Repeat("X: y\r\n", 500) + "\r\n--b--":                      "multipart/related; boundary=b",
		"--b\r\nContent-Type: application/xop+xml; type=\"text/xml\"\r\n\r\n" + "<a/>": "multipart/related; boundary=b",
		"": "application/xml",
	}
	var crowd sync.WaitGroup
	for range 4 {
		for body, media := range bodies {
			crowd.Go(func() {
				res, err := web.Post(server.URL+"/soap", media, strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				defer res.Body.Close()
				text, _ := io.ReadAll(res.Body)
				if res.StatusCode < 400 || !strings.Contains(string(text), "<Code>") {
					t.Errorf("%s: %d %s", media, res.StatusCode, text)
				}
			})
		}
		crowd.Go(func() {
			conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			// cut off or not
			_, _ = io.WriteString(conn, "POST /soap HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n<a\r\n")
			if answer, _ := io.ReadAll(conn); !strings.Contains(string(answer), "<Code>") {
				t.Errorf("a message that never ends: %s", answer)
			}
		})
	}
	crowd.Wait()
	if refused.Load() == 0 {
		t.Fatal("nothing reached the exchange")
	}
	web.Transport.(*http.Transport).CloseIdleConnections()
	server.CloseClientConnections()
	for end := time.Now().Add(waits.Limit); runtime.NumGoroutine() > before+2 && time.Now().Before(end); {
		runtime.Gosched()
	}
	callers, bytes := s.preAuth.Held()
	if callers != 0 || bytes != 0 || s.opening.Held() != 0 || s.InFlight() != 0 || runtime.NumGoroutine() > before+2 {
		t.Errorf("held: %d strangers, %d bytes, %d documents, %d places, %d goroutines more", callers, bytes, s.opening.Held(), s.InFlight(), runtime.NumGoroutine()-before)
	}
}

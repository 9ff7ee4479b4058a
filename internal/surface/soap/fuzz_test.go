package soap

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/registry"
	"mconnect/internal/exchange"
	"mconnect/internal/surface/admission"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

// refusing is an exchange that repeats what the surface found.
type refusing struct{ seen func(*exchange.Call) }

func (r refusing) Do(_ context.Context, c *exchange.Call) (*exchange.Answer, error) {
	r.seen(c)
	switch {
	case c.Unproven != nil:
		return nil, c.Unproven
	case c.Unread != nil:
		return nil, c.Unread
	}
	return nil, fault.New(fault.CertificateMissing)
}

// bare is a surface in front of an empty country.
func bare(t testing.TB, seen func(*exchange.Call)) *Surface {
	t.Helper()
	key := must.Get(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotAfter: time.Now().Add(time.Hour)}
	der := must.Get(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))(t)
	leaf, _ := x509.ParseCertificate(der)
	pair := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
	s, err := New(Config{
		Exchange: refusing{seen}, Registry: registry.New(nil), Catalog: catalog.New(), Agreements: agreement.NewBook(),
		Keys: Keys{P256: func() *tls.Certificate { return pair }}, Address: func() string { return "https://x" }, Clock: time.Now,
		Logger: slog.New(slog.DiscardHandler), MaxRequest: 64 << 10, MaxAttachments: 128 << 10, MaxInFlight: 4,
	})
	must.OK(t, err)
	return s
}

// FuzzRequest: whatever an unidentified caller sends under whatever type, he gets one well-formed fault, is taken for
// nobody, and leaves nothing taken.
func FuzzRequest(f *testing.F) {
	soapy := `<e:Envelope xmlns:e="` + xmlsec.NamespaceSOAP11 + `"><e:Header/><e:Body><GetPerson xmlns="https://mconnect.gov.md"/></e:Body></e:Envelope>`
	for _, seed := range [][2]string{
		{"text/xml", soapy}, {"application/soap+xml", strings.Replace(soapy, xmlsec.NamespaceSOAP11, xmlsec.NamespaceSOAP12, 1)}, {"application/json", "{}"}, {"", ""},
		{`multipart/related; boundary=b; type="application/xop+xml"`, "--b\r\nContent-Type: application/xop+xml; type=\"text/xml\"\r\n\r\n" +
			strings.Replace(soapy, "<GetPerson ", `<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:a"/><GetPerson `, 1) + "\r\n--b\r\nContent-ID: <a>\r\n\r\nabc\r\n--b--"},
		{"text/xml", `<!DOCTYPE a><a/>`}, {"text/xml", "\xff"},
	} {
		f.Add(seed[0], seed[1])
	}
	var last *exchange.Call
	s := bare(f, func(c *exchange.Call) { last = c })
	f.Fuzz(func(t *testing.T, media, body string) {
		if strings.ContainsAny(media, "\r\n\x00") {
			return
		}
		r := httptest.NewRequest(http.MethodPost, "/soap", strings.NewReader(body))
		r.Header.Set("Content-Type", media)
		w := httptest.NewRecorder()
		last = nil
		s.Handler().ServeHTTP(w, r)
		if last == nil || last.Unproven == nil || len(last.Chain) > 0 || last.Protocol != "soap" {
			t.Fatalf("a stranger is taken for somebody: %+v", last)
		}
		text := w.Body.String()
		if strings.HasPrefix(w.Header().Get("Content-Type"), "multipart/") {
			text = text[strings.Index(text, "<soapenv:"):strings.LastIndex(text, "\r\n--")]
		}
		var got told
		if err := xml.Unmarshal([]byte(text), &got); err != nil || w.Code < 400 {
			t.Fatalf("%d %v %s", w.Code, err, w.Body)
		}
		if code := fault.Code(got.Detail + got.Detail2); !code.Known() || code == fault.InternalError {
			t.Fatalf("%q %q: %s", media, body, w.Body)
		}
		if _, bytes := s.preAuth.Held(); s.InFlight() != 0 || bytes != 0 {
			t.Fatalf("%d in flight, %d bytes held", s.InFlight(), bytes)
		}
	})
}

// TestPreAuth_BytesAreBoundedTogether: what those not yet known may send is counted before it is read.
func TestPreAuth_BytesAreBoundedTogether(t *testing.T) {
	s := bare(t, func(*exchange.Call) { t.Error("recorded") })
	whole := httptest.NewRequest(http.MethodPost, "/soap", nil)
	whole.ContentLength = 64 << 20
	release, err := s.preAuth.Reserve(whole, 64<<20)
	defer release()
	must.OK(t, err)
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/soap", io.LimitReader(neverRead{t}, 10))
	r.Header.Set("Content-Type", "text/xml")
	s.Handler().ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), "<Code>"+string(fault.Overloaded)+"</Code>") || w.Header().Get("Retry-After") != "1" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

type neverRead struct{ t *testing.T }

func (n neverRead) Read([]byte) (int, error) {
	n.t.Error("the body was read")
	return 0, io.EOF
}

// TestPreAuth_SlowSenderIsCutOff: it takes no place for long, and never all of them.
func TestPreAuth_SlowSenderIsCutOff(t *testing.T) {
	var seen atomic.Pointer[fault.Error]
	s := bare(t, func(c *exchange.Call) { seen.Store(c.Unproven) })
	s.preAuth = admission.NewPreAuthLimit(s.MaxInFlight, s.MaxRequest, 50*time.Millisecond)
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	conn := must.Get(net.Dial("tcp", strings.TrimPrefix(server.URL, "http://")))(t)
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /soap HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: 100\r\n\r\n<a"); err != nil {
		t.Fatal(err)
	}
	answer, _ := io.ReadAll(conn) // ends with the connection
	if f := seen.Load(); f == nil || f.Code != fault.MessageTooSlow || !strings.Contains(string(answer), "<Code>message.tooSlow</Code>") {
		t.Errorf("%v %s", f, answer)
	}
	for n := range s.MaxInFlight - s.MaxInFlight/4 {
		other := httptest.NewRequest(http.MethodPost, "/soap", nil)
		other.RemoteAddr = fmt.Sprintf("192.0.2.1:%d", 1000+n)
		release := must.Get(s.preAuth.Reserve(other, 1))(t)
		defer release()
	}
	res := must.Get(http.Post(server.URL+"/soap", "text/xml", strings.NewReader("<a/>")))(t)
	defer res.Body.Close()
	if text, _ := io.ReadAll(res.Body); !strings.Contains(string(text), "<Code>platform.overloaded</Code>") {
		t.Errorf("strangers in all places: %s", text)
	}
	if n, bytes := s.preAuth.Held(); n != s.MaxInFlight-s.MaxInFlight/4 || bytes != 0 || s.opening.Held() != 0 {
		t.Errorf("%d strangers, %d bytes, %d documents held", n, bytes, s.opening.Held())
	}
}

// TestSurface_LimitsAndDefects: a surface that is full says so, and a defect stays with its request.
func TestSurface_LimitsAndDefects(t *testing.T) {
	s := bare(t, func(*exchange.Call) { panic("a defect") })
	post := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/soap", strings.NewReader("<a/>"))
		r.Header.Set("Content-Type", "text/xml")
		s.Handler().ServeHTTP(w, r)
		return w
	}
	if w := post(); !strings.Contains(w.Body.String(), "<Code>internal</Code>") || strings.Contains(w.Body.String(), "a defect") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for range 4 {
		s.calls.Enter()
	}
	if w := post(); !strings.Contains(w.Body.String(), "<Code>platform.overloaded</Code>") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for range 4 {
		s.calls.Leave()
	}
	s.Drain()
	if w := post(); w.Header().Get("Connection") != "close" || s.InFlight() != 0 {
		t.Errorf("draining: %v, %d in flight", w.Header(), s.InFlight())
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodDelete, "/soap", nil))
	if w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("DELETE: %d %v", w.Code, w.Header())
	}
	if _, err := New(Config{}); err == nil {
		t.Error("made without its parts")
	}
}

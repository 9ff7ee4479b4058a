package rest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/provider"
	"mconnect/test/must"
	"mconnect/test/registers"
	"mconnect/test/waits"
)

func TestDeliver_Statuses(t *testing.T) {
	const problem, text, html = "application/problem+json", "text/plain; charset=utf-8", "text/html"
	for name, c := range map[string]struct {
		status      int
		media, body string
		code        fault.Code
		says        string
	}{
		"not found":           {404, html, "<h1>nothing</h1>", fault.ProviderNoRecord, ""},
		"also not found":      {410, text, "gone", fault.ProviderNoRecord, ""},
		"refused, problem":    {422, problem, `{"title":"no","detail":"The  certificate\nhas lapsed."}`, fault.ProviderRefused, "The certificate has lapsed."},
		"refused, title only": {409, problem, `{"title":"Busy"}`, fault.ProviderRefused, "Busy"},
		"refused, text":       {403, text, "Not for you.\r\n", fault.ProviderRefused, "Not for you."},
		"refused, html":       {400, html, "<pre>at com.register.Secret</pre>", fault.ProviderRefused, ""},
		"refused, json":       {400, "application/json", `{"stack":"x"}`, fault.ProviderRefused, ""},
		"refused, bytes":      {400, text, "\xff\xfe", fault.ProviderRefused, ""},
		"refused, control":    {400, text, "a\x1b[31mb\u202ec", fault.ProviderRefused, "a[31mbc"},
		"refused, long":       {400, text, strings.Repeat("ș", 400), fault.ProviderRefused, strings.Repeat("ș", 299) + "…"},
		"refused, endless":    {400, text, strings.Repeat("x", provider.MaxProblem+1), fault.ProviderRefused, ""},
		"broken problem":      {400, problem, `{"detail":`, fault.ProviderRefused, ""},
		"odd problem":         {400, problem, `{"detail":{"a":1},"title":"T"}`, fault.ProviderRefused, "T"},
		"wrong method":        {405, text, "no", fault.ProviderStatus, "no"},
		"server error, html":  {500, html, "<h1>java.lang.NullPointerException</h1>", fault.ProviderStatus, ""},
		"server error, text":  {500, text, "panic: runtime error", fault.ProviderStatus, ""},
		"server error, told":  {503, problem, `{"detail":"Back at six."}`, fault.ProviderStatus, "Back at six."},
		"no content":          {204, "", "", fault.ProviderStatus, ""},
		"accepted":            {202, "application/json", "{}", fault.ProviderStatus, ""},
		"partial":             {206, "application/json", "{}", fault.ProviderStatus, ""},
		"not modified":        {304, "", "", fault.ProviderStatus, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := registers.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.media)
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			})
			rest := &catalog.REST{URL: s.URL, Method: "POST", NotFound: []int{404, 410}}
			_, err := registers.Deliver(t, newProvider(t, config{}), registers.Service(catalog.Endpoint{REST: rest}), input)
			if e := registers.WantFault(t, err, c.code, fault.Provider); e.Provider != c.says {
				t.Errorf("the provider's sentence is %q, want %q", e.Provider, c.says)
			}
		})
	}
}

func TestDeliver_RetryAfter(t *testing.T) {
	for header, want := range map[string]time.Duration{"": 0, "7": 7 * time.Second, "-1": 0, "99999999": time.Hour, "soon": 0,
		"Mon, 02 Jan 2006 15:04:05 GMT": 0, "Fri, 31 Dec 9998 23:59:59 GMT": time.Hour} {
		if got := provider.RetryAfter(header); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
	s := registers.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(429)
	})
	_, err := registers.Deliver(t, newProvider(t, config{}), registers.Post(s.URL), input)
	if e := registers.WantFault(t, err, fault.ProviderStatus, fault.Provider); e.RetryAfter != 30*time.Second {
		t.Errorf("retry after %s", e.RetryAfter)
	}
}

func TestDeliver_RedirectsAreNotFollowed(t *testing.T) {
	elsewhere := registers.Serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") })
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := registers.Serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, status) })
		_, err := registers.Deliver(t, newProvider(t, config{}), registers.Post(s.URL), input)
		registers.WantFault(t, err, fault.ProviderStatus, fault.Provider)
	}
}

func TestDeliver_NoProxyFromTheEnvironment(t *testing.T) {
	proxy := registers.Serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the environment's proxy was used") })
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, proxy.URL)
	}
	s := registers.Serve(t, registers.Answer("application/json", `{}`))
	if _, err := registers.Deliver(t, newProvider(t, config{}), registers.Post(s.URL), input); err != nil {
		t.Error(err)
	}
}

func bomb(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	must.Get(w.Write(make([]byte, 50<<20)))(t)
	must.OK(t, w.Close())
	return b.String()
}

func TestDeliver_MisbehavingProviders(t *testing.T) {
	l := must.Get(net.Listen("tcp", "127.0.0.1:0"))(t)
	down := "http://" + l.Addr().String()
	l.Close()
	const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	silent := func(_ int, _ net.Conn, r *bufio.Reader) { io.Copy(io.Discard, r) }
	drip := func(_ int, c net.Conn, r *bufio.Reader) {
		if _, err := http.ReadRequest(r); err != nil { // Transport refuses what comes before a request
			return
		}
		io.WriteString(c, ok+"Content-Length: 100000\r\n\r\n{")
		for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
			if _, err := c.Write([]byte(" ")); err != nil {
				return
			}
		}
	}
	for name, c := range map[string]struct {
		url  string
		code fault.Code
	}{
		"down":               {down, fault.ProviderDown},
		"silent":             {registers.Raw(t, silent), fault.ProviderTimeout},
		"dripping":           {registers.Raw(t, drip), fault.ProviderTimeout},
		"hangs up":           {registers.Once(t, ""), fault.ProviderInterrupted},
		"length too great":   {registers.Once(t, ok+"Content-Length: 50\r\n\r\n{}"), fault.ProviderInterrupted},
		"chunk missing":      {registers.Once(t, ok+"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"), fault.ProviderInterrupted},
		"two lengths":        {registers.Once(t, ok+"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), fault.ProviderMalformed},
		"not HTTP":           {registers.Once(t, "220 smtp.register.test\r\n"), fault.ProviderMalformed},
		"announced too much": {registers.Once(t, ok+"Content-Length: 100000000000\r\n\r\n{}"), fault.ProviderTooLarge},
		"too much in chunks": {registers.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for range 100 {
				w.Write(make([]byte, 64<<10))
				w.(http.Flusher).Flush()
			}
		}).URL, fault.ProviderTooLarge},
		"gzip bomb":     {registers.Once(t, ok+"Content-Encoding: gzip\r\n\r\n"+bomb(t)), fault.ProviderMalformed},
		"html":          {registers.Serve(t, registers.Answer("text/html", "<p>")).URL, fault.ProviderMalformed},
		"no media type": {registers.Once(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), fault.ProviderMalformed},
		"other charset": {registers.Serve(t, registers.Answer("application/json; charset=ebcdic", "{}")).URL, fault.ProviderMalformed},
		"false charset": {registers.Serve(t, registers.Answer("application/json; charset=utf-8", "{\"a\":\"\xff\"}")).URL, fault.ProviderMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ready := registers.Post(c.url)
			ready.Limits = catalog.Limits{Answer: 1 << 20, Timeout: catalog.Duration(waits.Limit)}
			if c.code == fault.ProviderTimeout {
				ready.Limits.Timeout = catalog.Duration(300 * time.Millisecond)
			}
			_, err := registers.Deliver(t, newProvider(t, config{}), ready, input)
			e := registers.WantFault(t, err, c.code, fault.Provider)
			if e.Provider != "" {
				t.Errorf("shows %q of the provider", e.Provider)
			}
		})
	}
}

func TestDeliver_ContextDeadline(t *testing.T) {
	url := registers.Raw(t, func(_ int, _ net.Conn, r *bufio.Reader) { io.Copy(io.Discard, r) })
	p, ready := newProvider(t, config{}), registers.Post(url)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond) // last: the fault counts from the delivery on
	defer cancel()
	_, err := p.Deliver(ctx, provider.Request{Service: ready, Call: call, Input: []byte(input)})
	e := registers.WantFault(t, err, fault.ProviderTimeout, fault.Provider)
	if limit, err := time.ParseDuration(e.Params["limit"]); err != nil || limit < 50*time.Millisecond || limit > waits.Limit {
		t.Errorf("limit %q, %v", e.Params["limit"], err)
	}
}

func TestDeliver_CallerGoneIsNotTheProvidersFault(t *testing.T) {
	asked := make(chan struct{}, 10)
	url := registers.Raw(t, func(_ int, _ net.Conn, r *bufio.Reader) {
		http.ReadRequest(r)
		asked <- struct{}{}
		io.Copy(io.Discard, r)
	})
	p, ready := newProvider(t, config{}), registers.Post(url)
	for range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-asked; cancel() }()
		_, err := p.Deliver(ctx, provider.Request{Service: ready, Call: call, Input: []byte(input)})
		if e := fault.From(err); e.Code != fault.ProviderInterrupted || e.Leg != fault.Caller || !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v on leg %s", e, e.Leg)
		}
	}
}

// Only what may be repeated is repeated, and only once, and only when a kept connection died unanswered.
func TestDeliver_Repeats(t *testing.T) {
	for name, c := range map[string]struct {
		readOnly bool
		calls    int32 // requests that the register sees for two calls
		code     fault.Code
	}{
		"reading": {true, 3, ""},
		"writing": {false, 2, fault.ProviderInterrupted},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			url := registers.Raw(t, func(n int, c net.Conn, r *bufio.Reader) {
				for i := 1; ; i++ {
					req, err := http.ReadRequest(r)
					if err != nil {
						return
					}
					io.Copy(io.Discard, req.Body)
					if calls.Add(1); n == 1 && i == 2 {
						c.Close()
						return
					}
					io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
				}
			})
			p, ready := newProvider(t, config{}), registers.Post(url)
			ready.ReadOnly = c.readOnly
			must.Get(registers.Deliver(t, p, ready, input))(t)
			_, err := registers.Deliver(t, p, ready, input)
			if c.code != "" {
				registers.WantFault(t, err, c.code, fault.Provider)
			} else if err != nil {
				t.Fatal(err)
			}
			if got := calls.Load(); got != c.calls {
				t.Errorf("the register saw %d requests, want %d", got, c.calls)
			}
		})
	}
}

func TestDeliver_FreshConnectionIsNotRepeated(t *testing.T) {
	var calls atomic.Int32
	url := registers.Raw(t, func(_ int, c net.Conn, r *bufio.Reader) {
		http.ReadRequest(r)
		calls.Add(1)
		c.Close()
	})
	_, err := registers.Deliver(t, newProvider(t, config{}), registers.Post(url), input)
	registers.WantFault(t, err, fault.ProviderInterrupted, fault.Provider)
	if calls.Load() != 1 {
		t.Errorf("%d calls", calls.Load())
	}
}

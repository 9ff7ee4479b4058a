package rest

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"mconnect/internal/domain/catalog"
	"mconnect/internal/provider"
	"mconnect/internal/provider/httpaccess"
	"mconnect/test/must"
	"mconnect/test/registers"
)

// registerForBench answers 1 KiB over mutual TLS, as the whole-path benchmark's provider does.
func registerForBench(b *testing.B) (url string, p *provider.Provider, transport *http.Transport) {
	b.Helper()
	ours := registers.NewAuthority(b)
	own := ours.Issue(b, "platform.test", time.Now().Add(time.Hour))
	body := []byte(`{"Name":"` + strings.Repeat("x", 1000) + `"}`)
	s := registers.ServeTLS(b, ours.Issue(b, "register.test", time.Now().Add(time.Hour)), ours.Pool(), func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header()["Content-Type"] = []string{"application/json"}
		w.Write(body)
	})
	p = newProvider(b, config{Anchors: registers.Fixed(ours.Pool()), Certificate: func() *tls.Certificate { return own }})
	transport = &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true,
		TLSClientConfig: &tls.Config{RootCAs: ours.Pool(), ServerName: "register.test", Certificates: []tls.Certificate{*own}}}
	b.Cleanup(transport.CloseIdleConnections)
	return s.URL, p, transport
}

// BenchmarkDeliver is one delivery with 64 in flight, the register included; compare BenchmarkTransport.
func BenchmarkDeliver(b *testing.B) {
	url, p, _ := registerForBench(b)
	for name, rest := range map[string]catalog.REST{
		"POST":   {URL: url, Method: "POST"},
		"GET":    {URL: url, Method: "GET", Path: "/persons/{IDNP}"},
		"mapped": {URL: url, Method: "POST", Request: `{id: .IDNP}`, Response: `{Name}`},
	} {
		rest.ServerName, rest.Credentials.Kind = "register.test", "mtls"
		ready := registers.Service(catalog.Endpoint{REST: &rest})
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				defer cancel()
				for pb.Next() {
					reply, err := p.Deliver(ctx, provider.Request{Service: ready, Call: call, Trace: trace, Input: []byte(input)})
					if err != nil || len(reply.Body) < 1000 {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// BenchmarkTransport is the same request by net/http's client, the yardstick for package wire.
func BenchmarkTransport(b *testing.B) {
	url, _, transport := registerForBench(b)
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		for pb.Next() {
			r, err := http.NewRequestWithContext(ctx, "POST", url, bytes.NewReader([]byte(input)))
			if err != nil {
				b.Error(err)
				return
			}
			r.Header.Set("Content-Type", "application/json")
			answer, err := transport.RoundTrip(r)
			if err != nil {
				b.Error(err)
				return
			}
			if body, err := io.ReadAll(answer.Body); err != nil || len(body) < 1000 {
				b.Error(err)
			}
			answer.Body.Close()
		}
	})
}

// BenchmarkCompose is the writing of one request whose value stands in the path.
func BenchmarkCompose(b *testing.B) {
	ready := registers.Service(catalog.Endpoint{REST: &catalog.REST{URL: "http://register.test", Method: "GET", Path: "/persons/{IDNP}"}})
	pl := &provider.Plan{Ready: ready}
	made := must.Get(New(httpaccess.New(httpaccess.Config{})).Compile(pl))(b)
	r := made.(*endpoint)
	buf := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.compose(b.Context(), buf, provider.Request{Service: ready, Call: call, Trace: trace, Input: []byte(input)}); err != nil {
			b.Fatal(err)
		}
	}
}

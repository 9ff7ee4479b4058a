package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"mconnect/internal/app"
	"mconnect/internal/surface/admin"
)

// adminAPI is the management API as a command reaches it: that of a running server, or that of the installation's own
// store, which this process opens. Both make the same checks and the same records.
type adminAPI struct {
	s      *session
	server remote
	local  *app.Installation // nil: requests go to the server
	web    *http.Client      // of the installation
	token  string
}

// placeFlags state where a command works: on a server, or on an installation's folder.
type placeFlags struct {
	server remote
	dir    string
}

func (p *placeFlags) flags(s *session, c *cobra.Command) {
	p.server.flags(s, c)
	dirFlag(c, &p.dir)
}

// managed does work by the management API of the place.
func (s *session) managed(ctx context.Context, p placeFlags, work func(adminAPI) error) error {
	server, err := s.serverFor(p.dir, p.server)
	if err != nil {
		return err
	}
	if server.url != "" {
		return work(adminAPI{s: s, server: server})
	}
	return s.withStore(ctx, p.dir, func(i *app.Installation) error {
		if err := i.CatchUp(ctx); err != nil { // searches see what was recorded until now
			return err
		}
		return s.managedHere(i, work)
	})
}

// managedHere does work by the management API of an installation that this process has opened.
func (s *session) managedHere(i *app.Installation, work func(adminAPI) error) error {
	handler, token, err := i.Management(s.actor())
	if err != nil {
		return err
	}
	return work(adminAPI{s: s, server: remote{url: "https://installation.invalid"}, local: i,
		web: &http.Client{Transport: inProcess{handler}}, token: token})
}

// do sends a JSON body, nil for none, and reads a JSON answer into out, nil for none.
func (m adminAPI) do(ctx context.Context, method, path string, body, out any) error {
	q := httpRequest{method: method, path: path}
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		q.media, q.body = "application/json", bytes.NewReader(text)
	}
	return m.send(ctx, q, out)
}

// fetch reads a JSON answer.
func fetch[T any](ctx context.Context, m adminAPI, path string) (out T, err error) {
	return out, m.do(ctx, http.MethodGet, path, nil, &out)
}

// unstated reports a member of a request that is left out.
func unstated(_ string, value any) bool { return reflect.ValueOf(value).IsZero() }

type httpRequest struct {
	method, path, media string
	body                io.Reader
}

// send sends a request of any media type and reads its JSON answer, or its problem, which becomes a fault.
func (m adminAPI) send(ctx context.Context, q httpRequest, out any) (err error) {
	if m.web == nil {
		if m.token, err = m.s.token(m.server.tokenFile); err != nil {
			return err
		}
		if m.web, err = m.server.client(); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, q.method, strings.TrimSuffix(m.server.url, "/")+q.path, q.body)
	if err != nil {
		return usageError{err}
	}
	for name, value := range map[string]string{"Authorization": m.bearer(), "Content-Type": q.media,
		admin.ActorHeader: m.server.actor, admin.AsHeader: m.server.as, "Accept-Language": m.s.lang} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if _, long := out.(streamed); long {
		patient := *m.web
		patient.Timeout = 0 // ends by the context
		m.web = &patient
	}
	answer, err := m.web.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode >= 400 {
		return readProblem(answer)
	}
	switch out := out.(type) {
	case nil:
		return nil
	case streamed:
		return out(answer.Body)
	case *rawBytes:
		*out, err = io.ReadAll(answer.Body)
		return err
	}
	return json.NewDecoder(answer.Body).Decode(out)
}

func (m adminAPI) bearer() string {
	if m.token == "" {
		return ""
	}
	return "Bearer " + m.token
}

// inProcess hands requests to a handler of this process.
type inProcess struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := r.Clone(r.Context())
	if sent.Body == nil {
		sent.Body = http.NoBody
	} else if sent.ContentLength == 0 {
		sent.ContentLength = -1 // not known
	}
	sent.RequestURI, sent.RemoteAddr = sent.URL.RequestURI(), "127.0.0.1:0"
	w := &recordedResponse{header: http.Header{}}
	p.handler.ServeHTTP(w, sent)
	status := max(w.status, http.StatusOK)
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

// recordedResponse is an answer in memory.
type recordedResponse struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *recordedResponse) Header() http.Header { return k.header }

func (k *recordedResponse) Write(b []byte) (int, error) { return k.body.Write(b) }

func (k *recordedResponse) WriteHeader(status int) {
	if k.status == 0 && status >= http.StatusOK {
		k.status = status
	}
}

// streamed, as the place of an answer, reads it while it comes.
type streamed func(io.Reader) error

// rawBytes, as the place of an answer, takes it as it comes.
type rawBytes []byte

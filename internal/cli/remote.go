package cli

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"mconnect/fault"
	"mconnect/internal/surface/admin"
)

// remote is the address of a running server's management API, with its credentials.
type remote struct {
	url, tokenFile, ca string
	cert, key          string            // of the administrator, in the place of a token
	dir                string            // of the installation, for commands that only a server can answer
	certificate        *x509.Certificate // of a server on this installation's folder: the one that it shows
	actor              string            // the person for whom a command on this machine acts
}

func (r *remote) flags(s *session, c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&r.url, "admin-url", s.env("MCONNECT_ADMIN_URL"),
		"management API of a running server, e.g. https://host:8445; default: the installation's own store, or the server that writes it")
	f.StringVar(&r.tokenFile, "token-file", "", "file with the administrator's token (or environment MCONNECT_ADMIN_TOKEN)")
	f.StringVar(&r.ca, "ca", "", "PEM file of the authority that issued the server's certificate")
}

// request calls a running server's management API and reads its JSON answer, or its problem, which becomes a fault. A
// body is a set of manifests.
func (s *session) request(ctx context.Context, server remote, method, path string, body io.Reader, out any) error {
	return s.send(ctx, server, httpRequest{method, path, "application/yaml", body}, out)
}

// requestJSON is request for a JSON body.
func (s *session) requestJSON(ctx context.Context, server remote, path string, body io.Reader, out any) error {
	return s.send(ctx, server, httpRequest{http.MethodPost, path, "application/json", body}, out)
}

type httpRequest struct {
	method, path, media string
	body                io.Reader
}

func (s *session) send(ctx context.Context, server remote, q httpRequest, out any) error {
	token, err := s.token(server.tokenFile)
	if err != nil {
		return err
	}
	web, err := server.client()
	if err != nil {
		return err
	}
	return s.sendBy(ctx, web, token, server, q, out)
}

// sendBy is send with an existing client and token.
func (s *session) sendBy(ctx context.Context, web *http.Client, token string, server remote, q httpRequest,
	out any) error {
	r, err := http.NewRequestWithContext(ctx, q.method, strings.TrimSuffix(server.url, "/")+q.path, q.body)
	if err != nil {
		return usageError{err}
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if q.media != "" {
		r.Header.Set("Content-Type", q.media)
	}
	if server.actor != "" {
		r.Header.Set(admin.ActorHeader, server.actor)
	}
	r.Header.Set("Accept-Language", s.lang)
	if _, long := out.(streamed); long {
		patient := *web
		patient.Timeout = 0 // ends by the context
		web = &patient
	}
	answer, err := web.Do(r)
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

func readProblem(answer *http.Response) error {
	var p struct {
		Code   fault.Code         `json:"code"`
		Params map[string]string  `json:"params"`
		Fields []fault.FieldError `json:"fields"`
		More   int                `json:"more"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(&p); err != nil || p.Code == "" {
		return fmt.Errorf("the server answered %s", answer.Status)
	}
	f := fault.New(p.Code)
	f.Params, f.Fields, f.More = p.Params, p.Fields, p.More
	return f
}

// interactive reports whether standard input is a terminal, so that questions are possible.
func (s *session) interactive() bool {
	f, ok := s.in.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

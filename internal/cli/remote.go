package cli

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"mconnect/fault"
)

// remote is the address of a running server's management API, with its credentials.
type remote struct {
	url, tokenFile, ca string
	cert, key          string            // of the administrator, in the place of a token
	dir                string            // of the installation, for commands that only a server can answer
	certificate        *x509.Certificate // of a server on this installation's folder: the one that it shows
	actor              string            // the person for whom a command on this machine acts
	as                 string            // the person of the platform for whom it acts
}

func (r *remote) flags(s *session, c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&r.url, "admin-url", s.env("MCONNECT_ADMIN_URL"),
		"management API of a running server, e.g. https://host:8445; default: the installation's own store, or the server that writes it")
	f.StringVar(&r.tokenFile, "token-file", "", "file with the administrator's token (or environment MCONNECT_ADMIN_TOKEN)")
	f.StringVar(&r.ca, "ca", "", "PEM file of the authority that issued the server's certificate")
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

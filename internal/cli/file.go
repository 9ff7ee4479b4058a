package cli

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"mconnect"
	"mconnect/internal/surface/admin"
)

func (s *session) file() *cobra.Command {
	return group("file", "Files of registers that are spreadsheets: put one in force, see which is",
		"  mconnect file put GetHousehold/1.0.0 gospodarii-2026-03-01.csv\n  mconnect file show GetHousehold/1.0.0",
		s.filePut(), s.fileShow())
}

func (s *session) filePut() *cobra.Command {
	var p placeFlags
	var validAt, name string
	c := &cobra.Command{
		Use:   "put SERVICE/VERSION FILE",
		Short: "Check a CSV or XLSX file whole and put it in force for a service",
		Long: "Every value is checked against the columns that the service declares. What is wrong is listed by row and column, and the\n" +
			"file before stays in force; else the new one takes its place at once, and the journal says who handed it in.",
		Example: "  mconnect file put GetHousehold/1.0.0 lista.csv --valid-at 2026-03-01",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			f, err := os.Open(args[1])
			if err != nil {
				return usageError{err}
			}
			defer func() { _ = f.Close() }() // only read
			path, err := filePath(args[0])
			if err != nil {
				return err
			}
			query := url.Values{"name": {cmp.Or(name, filepath.Base(args[1]))}}
			if validAt != "" {
				if _, err = admin.ParseValidAt(validAt); err != nil {
					return usageError{fmt.Errorf("--valid-at %q: want YYYY-MM-DD or RFC 3339", validAt)}
				}
				query.Set("valid_at", validAt)
			}
			return s.onFile(c.Context(), p,
				httpRequest{http.MethodPut, path + "?" + query.Encode(), "application/octet-stream", f})
		},
	}
	f := c.Flags()
	f.StringVar(&validAt, "valid-at", "", "when the data were valid: YYYY-MM-DD or RFC 3339; counts where neither a column nor the file's name says it")
	f.StringVar(&name, "name", "", "name under which the file is kept (default: its own)")
	p.flags(s, c)
	return c
}

func (s *session) fileShow() *cobra.Command {
	var p placeFlags
	c := &cobra.Command{
		Use:     "show SERVICE/VERSION",
		Short:   "Show which file a service answers from",
		Example: "  mconnect file show GetHousehold/1.0.0 --output json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			path, err := filePath(args[0])
			if err != nil {
				return err
			}
			return s.onFile(c.Context(), p, httpRequest{method: http.MethodGet, path: path})
		},
	}
	p.flags(s, c)
	return c
}

// filePath is the path of a service's file, by SERVICE/VERSION.
func filePath(text string) (string, error) {
	name, version, _ := strings.Cut(text, "/")
	service, bad := mconnect.ParseServiceName(name)
	v, worse := mconnect.ParseVersion(version)
	if bad != nil || worse != nil {
		return "", usageError{fmt.Errorf("%q: want a service with its version, e.g. GetHousehold/1.0.0", text)}
	}
	return "/v1/files/" + string(service) + "/" + v.String(), nil
}

// onFile sends a request about a file and prints the state of the file.
func (s *session) onFile(ctx context.Context, p placeFlags, q httpRequest) error {
	return s.managed(ctx, p, func(m adminAPI) error {
		var f admin.FileState
		if err := m.send(ctx, q, &f); err != nil {
			return err
		}
		t := table{head: []string{"service", "file", "rows", "valid at", "received", "by", "sha-256"}, value: f}
		t.add(f.Service, f.Name, f.Rows, f.ValidAt, f.ReceivedAt, f.By, f.SHA256)
		return s.print(t)
	})
}

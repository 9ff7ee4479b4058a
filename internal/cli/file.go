package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"mconnect"
	"mconnect/internal/app"
	"mconnect/internal/civil"
	"mconnect/internal/surface/admin"
)

func (s *session) file() *cobra.Command {
	return group("file", "Files of registers that are spreadsheets: put one in force, see which is",
		"  mconnect file put GetHousehold/1.0.0 gospodarii-2026-03-01.csv\n  mconnect file show GetHousehold/1.0.0",
		s.filePut(), s.fileShow())
}

func (s *session) filePut() *cobra.Command {
	var dir, validAt, name string
	var server remote
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
			in := admin.FileIn{Name: name, Body: f}
			if in.Name == "" {
				in.Name = filepath.Base(args[1])
			}
			if in.Service, in.Version, err = serviceVersion(args[0]); err != nil {
				return err
			}
			if validAt != "" {
				if in.ValidAt, err = admin.ParseValidAt(validAt); err != nil {
					return usageError{fmt.Errorf("--valid-at %q: want YYYY-MM-DD or RFC 3339", validAt)}
				}
			}
			var state admin.FileState
			if server, err = s.serverFor(dir, server); err != nil {
				return err
			}
			if server.url != "" {
				query := url.Values{"name": {in.Name}}
				if validAt != "" {
					query.Set("valid_at", validAt)
				}
				q := httpRequest{http.MethodPut, filePath(in.Service, in.Version) + "?" + query.Encode(),
					"application/octet-stream", f}
				err = s.send(c.Context(), server, q, &state)
			} else {
				err = s.withFiles(c.Context(), dir, func(files admin.Files) (err error) {
					state, err = files.Put(c.Context(), s.actor(), in)
					return err
				})
			}
			if err != nil {
				return err
			}
			return s.printFile(state)
		},
	}
	f := c.Flags()
	f.StringVar(&validAt, "valid-at", "", "when the data were valid: YYYY-MM-DD or RFC 3339; counts where neither a column nor the file's name says it")
	f.StringVar(&name, "name", "", "name under which the file is kept (default: its own)")
	dirFlag(c, &dir)
	server.flags(s, c)
	return c
}

func (s *session) fileShow() *cobra.Command {
	var dir string
	var server remote
	c := &cobra.Command{
		Use:     "show SERVICE/VERSION",
		Short:   "Show which file a service answers from",
		Example: "  mconnect file show GetHousehold/1.0.0 --output json",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			service, version, err := serviceVersion(args[0])
			if err != nil {
				return err
			}
			var state admin.FileState
			if server, err = s.serverFor(dir, server); err != nil {
				return err
			}
			if server.url != "" {
				err = s.request(c.Context(), server, http.MethodGet, filePath(service, version), nil, &state)
			} else {
				err = s.withFiles(c.Context(), dir, func(files admin.Files) (err error) {
					state, err = files.InForce(c.Context(), service, version)
					return err
				})
			}
			if err != nil {
				return err
			}
			return s.printFile(state)
		},
	}
	dirFlag(c, &dir)
	server.flags(s, c)
	return c
}

func filePath(service mconnect.ServiceName, version mconnect.Version) string {
	return "/v1/files/" + string(service) + "/" + version.String()
}

func serviceVersion(text string) (mconnect.ServiceName, mconnect.Version, error) {
	name, version, _ := strings.Cut(text, "/")
	service, bad := mconnect.ParseServiceName(name)
	v, worse := mconnect.ParseVersion(version)
	if bad != nil || worse != nil {
		return "", v, usageError{fmt.Errorf("%q: want a service with its version, e.g. GetHousehold/1.0.0", text)}
	}
	return service, v, nil
}

func (s *session) withFiles(ctx context.Context, dir string, do func(admin.Files) error) error {
	return s.withStore(ctx, dir, func(i *app.Installation) error { return do(i.Files()) })
}

func (s *session) printFile(f admin.FileState) error {
	return s.print(table{
		head: []string{"service", "file", "rows", "valid at", "received", "by", "sha-256"}, value: f,
		rows: [][]string{{f.Service, f.Name, fmt.Sprint(f.Rows), civil.Moment(f.ValidAt), civil.Moment(f.ReceivedAt),
			f.By, f.SHA256}},
	})
}

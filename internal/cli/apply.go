package cli

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mconnect/fault"
	"mconnect/internal/admin"
	"mconnect/internal/app"
	"mconnect/internal/country"
)

// remote says how to reach a running server's management API.
type remote struct {
	url, tokenFile, ca string
	cert, key          string            // of the administrator, in the place of a token
	dir                string            // of the installation, for commands that only a server can answer
	certificate        *x509.Certificate // of a server on this installation's folder: the one that it shows
	actor              string            // for whom a command of this machine asks it
}

func (r *remote) flags(s *shell, c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&r.url, "admin-url", s.env("MCONNECT_ADMIN_URL"), "management API of a running server, e.g. https://host:8445; default: the installation's own store, or the server that writes it")
	f.StringVar(&r.tokenFile, "token-file", "", "file with the administrator's token (or environment MCONNECT_ADMIN_TOKEN)")
	f.StringVar(&r.ca, "ca", "", "PEM file of the authority that issued the server's certificate")
}

func (s *shell) apply() *cobra.Command {
	var folder, dir string
	var set []string
	var o country.Order
	var server remote
	c := &cobra.Command{
		Use:   "apply -f FOLDER",
		Short: "Make participants, systems, services, event types, agreements … as manifests state them",
		Long: "Reads every *.yaml file of a folder (or one file), validates all of it before anything is changed, shows the plan and\n" +
			"makes the changes, each journalled. What the manifests do not name stays as it is. A running server sees the change\n" +
			"within a second. Applying twice changes nothing the second time.\n\n" +
			"A manifest lifts no restraint: what is revoked, terminated, deprecated or retired stays so for good, and what is\n" +
			"suspended or paused stays so until --resume names it. The plan shows what was kept, since when and by whom.",
		Example: "  mconnect apply -f country/ --dry-run\n  mconnect apply -f country/ --resume hall.desk --reason 'Incident 7 is closed'\n  mconnect apply -f country/ --set REGISTER=https://10.0.0.7:9443",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			vars, err := parseVars(set)
			if err != nil {
				return err
			}
			wanted, err := loadManifests(folder, vars)
			if err != nil {
				return err
			}
			if server, err = s.reach(dir, server); err != nil {
				return err
			}
			var plan country.Plan
			if server.url != "" {
				plan, err = s.applyRemote(c.Context(), server, wanted, o)
			} else {
				plan, err = s.applyHere(c.Context(), dir, wanted, o)
			}
			if err != nil {
				return err
			}
			return s.printPlan(plan, o.DryRun)
		},
	}
	f := c.Flags()
	f.StringVarP(&folder, "file", "f", "", "folder of manifests, or one file")
	f.StringArrayVar(&set, "set", nil, "value of a variable in the manifests: NAME=VALUE (repeatable)")
	f.BoolVar(&o.DryRun, "dry-run", false, "validate and show the plan only")
	f.StringArrayVar(&o.Resume, "resume", nil, "end the suspension or pause of this resource of the manifests: ID or KIND/ID (repeatable)")
	f.StringVar(&o.Reason, "reason", "", "why; kept in the change records")
	f.StringVar(&dir, "dir", "", "folder of the installation (default: data_dir of the configuration)")
	server.flags(s, c)
	_ = c.MarkFlagRequired("file") // the flag exists
	return c
}

// diff is apply without its changes: it ends with 1 when there are any.
func (s *shell) diff() *cobra.Command {
	var folder string
	var set []string
	var p place
	c := &cobra.Command{
		Use:     "diff -f FOLDER",
		Short:   "Show what applying manifests would change, and end with 1 when anything would",
		Long:    "Validates a folder of manifests (or one file) and compares it with what is declared. Nothing is changed.",
		Example: "  mconnect diff -f country/ --profile production",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			vars, err := parseVars(set)
			if err != nil {
				return err
			}
			wanted, err := loadManifests(folder, vars)
			if err != nil {
				return err
			}
			server, err := s.reach(p.dir, p.server)
			if err != nil {
				return err
			}
			var plan country.Plan
			if o := (country.Order{DryRun: true}); server.url != "" {
				plan, err = s.applyRemote(c.Context(), server, wanted, o)
			} else {
				plan, err = s.applyHere(c.Context(), p.dir, wanted, o)
			}
			if err == nil {
				err = s.printPlan(plan, true)
			}
			if err == nil && plan.Count(country.Unchanged) < len(plan) {
				err = errSilent
			}
			return err
		},
	}
	c.Flags().StringVarP(&folder, "file", "f", "", "folder of manifests, or one file")
	c.Flags().StringArrayVar(&set, "set", nil, "value of a variable in the manifests: NAME=VALUE (repeatable)")
	p.flags(s, c)
	_ = c.MarkFlagRequired("file") // the flag exists
	return c
}

func parseVars(set []string) (map[string]string, error) {
	vars := map[string]string{}
	for _, pair := range set {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, usageError{fmt.Errorf("--set %q: want NAME=VALUE", pair)}
		}
		vars[name] = value
	}
	return vars, nil
}

func loadManifests(path string, vars map[string]string) (country.Set, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, usageError{err}
	}
	if info.IsDir() {
		return country.Load(os.DirFS(path), vars)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, usageError{err}
	}
	return country.Parse(path, text, vars)
}

func (s *shell) applyHere(ctx context.Context, dir string, wanted country.Set, o country.Order) (country.Plan, error) {
	var plan country.Plan
	err := s.inside(ctx, dir, func(i *app.Installation) (err error) {
		o.Actor = s.actor()
		plan, err = i.Country.Carry(ctx, o, wanted)
		return err
	})
	return plan, err
}

// applyRemote sends the documents, variables already replaced, as a stream of JSON documents, which is YAML too.
func (s *shell) applyRemote(ctx context.Context, server remote, wanted country.Set, o country.Order) (country.Plan, error) {
	var body bytes.Buffer
	for _, item := range wanted {
		fields := map[string]json.RawMessage{} // numbers stay as written
		if err := json.Unmarshal(item.Doc, &fields); err != nil {
			return nil, err
		}
		fields["kind"] = json.RawMessage(strconv.Quote(item.Kind))
		text, err := json.Marshal(fields)
		if err != nil {
			return nil, err
		}
		body.WriteString("---\n")
		body.Write(text)
		body.WriteByte('\n')
	}
	var out struct {
		Changes country.Plan `json:"changes"`
	}
	path := "/v1/apply?" + url.Values{"dry_run": {fmt.Sprint(o.DryRun)}, "resume": o.Resume, "reason": {o.Reason}}.Encode()
	err := s.ask(ctx, server, http.MethodPost, path, &body, &out)
	return out.Changes, err
}

// ask calls a running server's management API and reads its JSON answer, or its problem, which becomes a fault. A body
// is a set of manifests.
func (s *shell) ask(ctx context.Context, server remote, method, path string, body io.Reader, out any) error {
	return s.exchange(ctx, server, question{method, path, "application/yaml", body}, out)
}

// askJSON is ask for a body of JSON.
func (s *shell) askJSON(ctx context.Context, server remote, path string, body io.Reader, out any) error {
	return s.exchange(ctx, server, question{http.MethodPost, path, "application/json", body}, out)
}

type question struct {
	method, path, media string
	body                io.Reader
}

func (s *shell) exchange(ctx context.Context, server remote, q question, out any) error {
	token, err := s.token(server.tokenFile)
	if err != nil {
		return err
	}
	web, err := server.client()
	if err != nil {
		return err
	}
	return s.exchangeBy(ctx, web, token, server, q, out)
}

// exchangeBy is exchange with a client and a token that are there already.
func (s *shell) exchangeBy(ctx context.Context, web *http.Client, token string, server remote, q question, out any) error {
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
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(&p); err != nil || p.Code == "" {
		return fmt.Errorf("the server answered %s", answer.Status)
	}
	f := fault.New(p.Code)
	f.Params, f.Fields = p.Params, p.Fields
	return f
}

func (s *shell) printPlan(plan country.Plan, dryRun bool) error {
	t := table{head: []string{"action", "kind", "id", "change"}, value: map[string]any{"applied": !dryRun, "changes": plan}}
	for _, c := range plan {
		if c.Action != country.Unchanged {
			t.rows = append(t.rows, []string{c.Action, c.Kind, c.ID, strings.ReplaceAll(c.Diff, "\n", "; ")})
		}
	}
	t.empty = "Nothing to change."
	if err := s.print(t); err != nil || s.output == "json" {
		return err
	}
	if err := s.printForeseen(plan); err != nil {
		return err
	}
	done := "Applied"
	if dryRun {
		done = "Dry run, nothing was changed"
	}
	_, err := fmt.Fprintf(s.out, "%s: %d created, %d updated, %d unchanged.\n", done, plan.Count(country.Create),
		plan.Count(country.Update), plan.Count(country.Unchanged))
	return err
}

// printForeseen says what the changes of a plan do to others.
func (s *shell) printForeseen(plan country.Plan) error {
	for _, c := range plan {
		text := ""
		if c.Kept != nil {
			text = c.Kind + " " + c.ID + ": " + c.Kept.String() + "\n"
		}
		if m := c.Moves; m != nil {
			for _, one := range m.Moved {
				text += fmt.Sprintf("%s: calls without a version by %s (agreement %s) get %s instead of %s\n", c.ID, one.System, one.Agreement, cmp.Or(one.To, "nothing"), cmp.Or(one.From, "nothing"))
			}
			for _, one := range m.Uncovered {
				text += fmt.Sprintf("%s: the agreement %s of %s does not cover it; its calls without a version stay with %s\n", c.ID, one.Agreement, one.System, cmp.Or(one.To, "nothing"))
			}
		}
		if c.Impact != nil {
			text += impactText(*c.Impact)
		}
		if len(c.Touches) > 0 {
			text += fmt.Sprintf("%s %s changes the types of %s\n", c.Kind, c.ID, strings.Join(c.Touches, ", "))
		}
		if _, err := io.WriteString(s.out, text); err != nil {
			return err
		}
	}
	return nil
}

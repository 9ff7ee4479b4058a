package cli

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/app"
	"mconnect/internal/manifest"
)

// applyFlags is what commands on a folder of manifests share.
type applyFlags struct {
	placeFlags
	folder string
	vars   []string
	order  manifest.Order
}

func (m *applyFlags) flags(s *session, c *cobra.Command) {
	f := c.Flags()
	f.StringVarP(&m.folder, "file", "f", "", "folder of manifests, or one file")
	f.StringArrayVar(&m.vars, "set", nil, "value of a variable in the manifests: NAME=VALUE (repeatable)")
	f.StringArrayVar(&m.order.Replace, "replace", nil,
		"change this agreement although an access request made it: its id (repeatable)")
	f.BoolVar(&m.order.Prune, "prune", false, "remove what the manifests do not name")
	m.placeFlags.flags(s, c)
	_ = c.MarkFlagRequired("file") // the flag exists
}

func (s *session) apply() *cobra.Command {
	var m applyFlags
	var yes bool
	c := &cobra.Command{
		Use:   "apply -f FOLDER",
		Short: "Make participants, systems, services, event types, agreements … as manifests state them",
		Long: "Reads every *.yaml file of a folder (or one file), validates all of it before anything is changed, shows the plan and\n" +
			"makes the changes, each journalled. What the manifests do not name stays as it is, unless --prune removes it. A running\n" +
			"server sees the change within a second. Applying twice changes nothing the second time.\n\n" +
			"A manifest lifts no restraint: what is revoked, terminated, deprecated or retired stays so for good, and what is\n" +
			"suspended or paused stays so until --resume names it. The plan shows what was kept, since when and by whom.\n\n" +
			"--prune removes everything that the manifests do not name, and asks first; without a terminal it wants --yes. It refuses\n" +
			"to remove what the manifests refer to. What is revoked, terminated, deprecated or retired stays as evidence, and so do\n" +
			"published services and all that these refer to, and agreements that a request made unless --replace names them; the plan\n" +
			"names what stays.",
		Example: "  mconnect apply -f country/ --dry-run\n  mconnect apply -f country/ --resume hall.desk --reason 'Incident 7 is closed'\n" +
			"  mconnect apply -f country/ --set REGISTER=https://10.0.0.7:9443\n  mconnect apply -f country/ --prune --reason 'Decision 12' --yes",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			work, err := s.applier(c.Context(), m)
			if err != nil {
				return err
			}
			if m.order.Prune && !m.order.DryRun && !yes {
				if err := s.confirmPrune(work, m.order); err != nil {
					return err
				}
			}
			plan, err := work(m.order)
			if err != nil {
				return err
			}
			return s.printPlan(plan, m.order.DryRun)
		},
	}
	m.flags(s, c)
	f := c.Flags()
	f.BoolVar(&m.order.DryRun, "dry-run", false, "validate and show the plan only")
	f.StringArrayVar(&m.order.Resume, "resume", nil,
		"end the suspension or pause of this resource of the manifests: ID or KIND/ID (repeatable)")
	f.StringVar(&m.order.Reason, "reason", "", "why; kept in the change records")
	f.BoolVar(&yes, "yes", false, "remove what --prune finds without asking")
	return c
}

// diff computes the plan of apply and changes nothing. It exits with 1 when there are changes.
func (s *session) diff() *cobra.Command {
	m := applyFlags{order: manifest.Order{DryRun: true}}
	c := &cobra.Command{
		Use:   "diff -f FOLDER",
		Short: "Show what applying manifests would change, and end with 1 when anything would",
		Long: "Validates a folder of manifests (or one file) and compares it with what is declared. Nothing is changed. With --prune it\n" +
			"shows what would be removed, too.",
		Example: "  mconnect diff -f country/ --profile production\n  mconnect diff -f country/ --prune",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			work, err := s.applier(c.Context(), m)
			if err != nil {
				return err
			}
			plan, err := work(m.order)
			if err == nil {
				err = s.printPlan(plan, true)
			}
			if err == nil && plan.Count(manifest.Unchanged) < len(plan) {
				err = errSilent
			}
			return err
		},
	}
	m.flags(s, c)
	return c
}

// applier reads the manifests and returns the function that applies them: locally or by a server.
func (s *session) applier(ctx context.Context, m applyFlags) (func(manifest.Order) (manifest.Plan, error), error) {
	vars, err := parseVars(m.vars)
	if err != nil {
		return nil, err
	}
	wanted, wrong := loadManifests(m.folder, vars)
	if f := (*fault.Error)(nil); wrong != nil && !errors.As(wrong, &f) {
		return nil, wrong
	}
	server, err := s.serverFor(m.dir, m.server)
	switch {
	case err != nil:
		return nil, cmp.Or(wrong, err)
	case server.url == "":
		return func(o manifest.Order) (manifest.Plan, error) {
			return s.applyHere(ctx, m.dir, applyInput{wanted, wrong}, o)
		}, nil
	case wrong != nil:
		return nil, wrong
	}
	return func(o manifest.Order) (manifest.Plan, error) { return s.applyRemote(ctx, server, wanted, o) }, nil
}

// confirmPrune shows what would be removed and asks the person at the terminal.
func (s *session) confirmPrune(work func(manifest.Order) (manifest.Plan, error), o manifest.Order) error {
	o.DryRun = true
	plan, err := work(o)
	if err != nil {
		return err
	}
	n := plan.Count(manifest.Delete)
	if n == 0 {
		return nil
	}
	if !s.interactive() {
		return usageError{fmt.Errorf("--prune would remove %d resources; nothing was changed: look at --dry-run, then add --yes", n)}
	}
	for _, c := range plan {
		if c.Action == manifest.Delete {
			fmt.Fprintf(s.err, "%s %s %s\n", c.Action, c.Kind, c.ID)
		}
	}
	fmt.Fprint(s.err, s.sentence(askRemove, n))
	answer, err := bufio.NewReader(s.in).ReadString('\n')
	if err != nil || !agrees(strings.ToLower(strings.TrimSpace(answer))) {
		return errors.New(s.say(sayNotChanged))
	}
	return nil
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

func loadManifests(path string, vars map[string]string) (manifest.Set, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, usageError{err}
	}
	if info.IsDir() {
		return manifest.Load(os.DirFS(path), vars)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, usageError{err}
	}
	return manifest.Parse(path, text, vars)
}

// applyInput is a set of manifests and what was wrong with it when it was read.
type applyInput struct {
	set   manifest.Set
	wrong error
}

func (s *session) applyHere(ctx context.Context, dir string, wanted applyInput, o manifest.Order) (manifest.Plan,
	error) {
	var plan manifest.Plan
	err := s.withStore(ctx, dir, func(i *app.Installation) (err error) {
		if wanted.wrong != nil {
			return i.Country.Examine(ctx, wanted.set, wanted.wrong)
		}
		o.Actor = s.actor()
		plan, err = i.Country.Execute(ctx, o, wanted.set)
		return err
	})
	if wanted.wrong != nil && fault.From(err).Code != fault.ResourceInvalid {
		err = wanted.wrong // the installation cannot be opened; the mistakes stand all the same
	}
	return plan, err
}

// applyRemote sends the documents, variables already replaced, as a stream of JSON documents, which is YAML too: each
// on the second of two lines.
func (s *session) applyRemote(ctx context.Context, server remote, wanted manifest.Set, o manifest.Order) (manifest.Plan,
	error) {
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
		Changes manifest.Plan `json:"changes"`
	}
	path := "/v1/apply?" + url.Values{
		"dry_run": {fmt.Sprint(o.DryRun)}, "prune": {fmt.Sprint(o.Prune)}, "resume": o.Resume, "replace": o.Replace, "reason": {o.Reason},
	}.Encode()
	err := adminAPI{s: s, server: server}.send(ctx, httpRequest{http.MethodPost, path, "application/yaml", &body}, &out)
	var f *fault.Error
	if errors.As(err, &f) {
		for i := range f.Fields {
			f.Fields[i].Path = placeOf(wanted, f.Fields[i].Path)
		}
	}
	return out.Changes, err
}

// placeOf turns a place in what was sent, "request:4 /provider", into the one in the manifests.
func placeOf(sent manifest.Set, place string) string {
	at, pointer, _ := strings.Cut(place, " ")
	text, ok := strings.CutPrefix(at, "request:")
	line, err := strconv.Atoi(text)
	if n := line/2 - 1; ok && err == nil && n >= 0 && n < len(sent) {
		return sent[n].Place(pointer)
	}
	return place
}

func (s *session) printPlan(plan manifest.Plan, dryRun bool) error {
	t := table{head: []string{"action", "kind", "id", "change"},
		value: map[string]any{"applied": !dryRun, "changes": plan}}
	for _, c := range plan {
		if c.Action != manifest.Unchanged {
			t.add(c.Action, c.Kind, c.ID, strings.ReplaceAll(c.Diff, "\n", "; "))
		}
	}
	t.empty = sayUnchanged
	if err := s.print(t); err != nil || s.output == "json" {
		return err
	}
	if err := s.printEffects(plan); err != nil {
		return err
	}
	done := sayApplied
	if dryRun {
		done = sayDryRun
	}
	removed := ""
	if n := plan.Count(manifest.Delete); n > 0 {
		removed = s.sentence(sayAlsoRemoved, n)
	}
	return s.printSentence(done, plan.Count(manifest.Create), plan.Count(manifest.Update),
		plan.Count(manifest.Unchanged), removed)
}

// printEffects prints the effects of a plan on others.
func (s *session) printEffects(plan manifest.Plan) error {
	for _, c := range plan {
		text := ""
		if c.Kept != nil {
			text = c.Kind + " " + c.ID + ": " + c.Kept.String() + "\n"
		}
		if c.Stays != nil {
			text += c.Kind + " " + c.ID + ": " + c.Stays.String() + "\n"
		}
		if m := c.Moves; m != nil {
			for _, one := range m.Moved {
				text += fmt.Sprintf("%s: calls without a version by %s (agreement %s) get %s instead of %s\n", c.ID,
					one.System, one.Agreement, cmp.Or(one.To, "nothing"), cmp.Or(one.From, "nothing"))
			}
			for _, one := range m.Uncovered {
				text += fmt.Sprintf("%s: the agreement %s of %s does not cover it; its calls without a version stay with %s\n", c.ID, one.Agreement, one.System, cmp.Or(one.To, "nothing"))
			}
		}
		if c.Impact != nil {
			text += impactText(*c.Impact)
		}
		for _, one := range c.Unfit {
			text += fmt.Sprintf("warning: %s %s: %s\n", c.Kind, c.ID, one.Sentence(mconnect.Lang(s.lang)))
		}
		for _, one := range c.Rests {
			text += s.restText(c.ID, one) + "\n"
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

package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mconnect/internal/civil"
	"mconnect/internal/surface/admin"
)

// listFlags are the flags of a list.
type listFlags struct {
	placeFlags
	where []string
	match string
	limit int
}

func (s *session) list() *cobra.Command {
	var l listFlags
	c := &cobra.Command{
		Use:   "list KIND",
		Short: "List the declared resources of a kind",
		Long: "Lists participants, systems, certificates, categories, classifiers, types, acts, services, agreements, event-types or\n" +
			"subscriptions, of a running server or of the installation's own store.",
		Example: "  mconnect list agreements --where status=suspended\n  mconnect list systems --match primaria --output yaml\n" +
			"  mconnect list services --limit 20 --profile production",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			k, err := kindNamed(args[0])
			if err != nil {
				return err
			}
			return s.managed(c.Context(), l.placeFlags,
				func(m adminAPI) error { return s.listKind(c.Context(), m, k, l) })
		},
	}
	l.flags(s, c)
	f := c.Flags()
	f.StringArrayVar(&l.where, "where", nil, "only those whose field has this value: FIELD=VALUE, e.g. owner=asp (repeatable)")
	f.StringVar(&l.match, "match", "", "only those whose document holds this text, in any letter case")
	f.IntVar(&l.limit, "limit", 0, "at most so many (default: all)")
	return c
}

func (s *session) listKind(ctx context.Context, m adminAPI, k kindOf, l listFlags) error {
	all, err := m.everything(ctx, k, l.fits, l.limit)
	if err != nil {
		return err
	}
	t := table{head: []string{"id", "state", "name", "changed by", "changed at", "reason"}, value: all,
		empty: noResource}
	for _, r := range all {
		state, name := stateAndName(r, s.lang)
		t.add(r.ID, state, name, r.ChangedBy, r.ChangedAt, r.Reason)
	}
	return s.print(t)
}

// everything reads the resources of a kind that fit, by id: at most limit of them, 0 for all.
func (m adminAPI) everything(ctx context.Context, k kindOf, fits func(admin.Resource) (bool, error),
	limit int) ([]admin.Resource, error) {
	all := []admin.Resource{}
	query := url.Values{"limit": {"1000"}}
	for more := true; more; {
		var page struct {
			Items []admin.Resource
			Next  string
		}
		if err := m.do(ctx, http.MethodGet, "/v1/"+k.plural+"?"+query.Encode(), nil, &page); err != nil {
			return nil, err
		}
		for _, r := range page.Items {
			fit, err := fits(r)
			if err != nil {
				return nil, err
			}
			if fit {
				all = append(all, r)
			}
		}
		query.Set("cursor", page.Next)
		more = page.Next != "" && (limit == 0 || len(all) < limit)
	}
	if limit > 0 {
		all = all[:min(limit, len(all))]
	}
	slices.SortStableFunc(all, func(a, b admin.Resource) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

// fits reports whether a resource matches the flags.
func (l listFlags) fits(r admin.Resource) (bool, error) {
	if l.match != "" && !strings.Contains(strings.ToLower(r.ID+" "+string(r.Document)), strings.ToLower(l.match)) {
		return false, nil
	}
	var document map[string]any
	if err := json.Unmarshal(r.Document, &document); err != nil {
		return false, err
	}
	for _, condition := range l.where {
		field, want, ok := strings.Cut(condition, "=")
		if !ok {
			return false, usageError{fmt.Errorf("--where %q: want FIELD=VALUE", condition)}
		}
		var value any = document
		for part := range strings.SplitSeq(field, ".") {
			in, _ := value.(map[string]any)
			value = in[part]
		}
		if got := ""; value != nil || want != "" {
			if value != nil {
				got = fmt.Sprint(value)
			}
			if got != want {
				return false, nil
			}
		}
	}
	return true, nil
}

// stateAndName returns the state and the name of a document for a line of a list.
func stateAndName(r admin.Resource, lang string) (state, name string) {
	var d struct {
		Status    string
		Paused    bool
		RevokedAt *time.Time `json:"revoked_at"`
		System    string
		Name      any
		Title     map[string]string
	}
	_ = json.Unmarshal(r.Document, &d) // a document of an unknown form shows nothing
	state = d.Status
	switch {
	case d.RevokedAt != nil && !d.RevokedAt.IsZero():
		state = "revoked " + civil.Moment(*d.RevokedAt)
	case d.Paused:
		state = "paused"
	case state == "" && (r.Kind == admin.KindParticipant || r.Kind == admin.KindSystem):
		state = "active"
	}
	if text, ok := d.Name.(map[string]any); ok {
		d.Title = map[string]string{}
		for l, v := range text {
			d.Title[l], _ = v.(string)
		}
	}
	return state, cmp.Or(d.Title[lang], d.Title["ro"], d.System)
}

func (s *session) get() *cobra.Command {
	var p placeFlags
	c := &cobra.Command{
		Use:     "get KIND ID",
		Short:   "Show one declared resource as a manifest states it",
		Example: "  mconnect get system primaria-exemplu.asistenta\n  mconnect get service GetPerson/1.0.0 --output json",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			k, err := kindNamed(args[0])
			if err != nil {
				return err
			}
			if len(args) == 1 {
				return s.managed(c.Context(), p, func(m adminAPI) error {
					return s.listKind(c.Context(), m, k,
						listFlags{})
				})
			}
			return s.managed(c.Context(), p, func(m adminAPI) error {
				found, err := m.resource(c.Context(), k, args[1])
				if err != nil {
					return err
				}
				if s.output == "json" && !s.yaml {
					return s.printJSON(found)
				}
				return s.printYAML(declaredAs(found))
			})
		},
	}
	p.flags(s, c)
	return c
}

func (m adminAPI) resource(ctx context.Context, k kindOf, id string) (r admin.Resource, err error) {
	path, err := k.path(id)
	if err == nil {
		err = m.do(ctx, http.MethodGet, path, nil, &r)
	}
	return r, err
}

// declaredAs is a resource as a manifest states it: its document with the kind.
func declaredAs(r admin.Resource) map[string]any {
	document := map[string]any{}
	_ = json.Unmarshal(r.Document, &document) // the server made it
	document["kind"] = r.Kind
	return document
}

func (s *session) describe() *cobra.Command {
	var p placeFlags
	c := &cobra.Command{
		Use:     "describe KIND ID",
		Short:   "Show one declared resource with its history: who changed it, when and why",
		Example: "  mconnect describe agreement a-17\n  mconnect describe certificate 3f… --profile production",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			k, err := kindNamed(args[0])
			if err != nil {
				return err
			}
			return s.managed(c.Context(), p, func(m adminAPI) error {
				return s.describeOne(c.Context(), m, k,
					args[1])
			})
		},
	}
	p.flags(s, c)
	return c
}

func (s *session) describeOne(ctx context.Context, m adminAPI, k kindOf, id string) error {
	found, err := m.resource(ctx, k, id)
	if err != nil {
		return err
	}
	path, err := k.path(id)
	if err != nil {
		return err
	}
	var history struct{ Items []admin.Resource }
	if err := m.do(ctx, http.MethodGet, path+"/history", nil, &history); err != nil {
		return err
	}
	if s.output != "table" {
		return s.printJSON(map[string]any{"resource": found, "history": history.Items})
	}
	state, name := stateAndName(found, s.lang)
	fmt.Fprintf(s.out, "%s %s\n", found.Kind, found.ID)
	for _, line := range [][2]string{{"Name", name}, {"State", state},
		{"Revision", strconv.FormatInt(found.Revision, 10)}, {"Steps", strings.Join(k.steps, ", ")}} {
		if line[1] != "" {
			fmt.Fprintf(s.out, "%s: %s\n", line[0], line[1])
		}
	}
	fmt.Fprintln(s.out)
	if err := s.printYAML(declaredAs(found)); err != nil {
		return err
	}
	fmt.Fprintln(s.out)
	t := table{head: []string{"revision", "changed at", "changed by", "state", "reason"}}
	for _, r := range history.Items {
		state, _ := stateAndName(r, s.lang)
		if r.Deleted {
			state = "deleted"
		}
		t.add(r.Revision, r.ChangedAt, r.ChangedBy, state, r.Reason)
	}
	return s.print(t)
}

// steps are the commands that move a resource from state to state.
func (s *session) steps() []*cobra.Command {
	var all []*cobra.Command
	for _, step := range []struct{ verb, short string }{
		{"suspend", "Stop a participant, system or agreement until it is resumed"},
		{"resume", "Let a suspended or paused resource act again"},
		{"pause", "Hold the pushing of events to a subscription"},
		{"revoke", "Refuse a certificate from now on, for good"},
		{"terminate", "End an agreement, for good"},
		{"publish", "Publish a service version or event type"},
		{"deprecate", "Announce the end of a service version or event type"},
		{"retire", "Retire a service version or event type, for good"},
	} {
		all = append(all, s.step(step.verb, step.short))
	}
	return all
}

func (s *session) step(verb, short string) *cobra.Command {
	var p placeFlags
	var reason, successor, sunset string
	var able []string
	for _, k := range kinds {
		if slices.Contains(k.steps, verb) {
			able = append(able, strings.TrimSuffix(k.plural, "s"))
		}
	}
	c := &cobra.Command{
		Use:   verb + " KIND ID",
		Short: short,
		Long: short + ". Kinds: " + strings.Join(able, ", ") +
			".\nThe change and its reason are kept in the journal.",
		Example: fmt.Sprintf("  mconnect %s %s ID --reason 'incident 7'", verb, able[0]),
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			k, err := kindNamed(args[0])
			if err != nil {
				return err
			}
			if !slices.Contains(k.steps, verb) {
				return usageError{fmt.Errorf("a %s cannot %s; kinds that can: %s", k.kind, verb,
					strings.Join(able, ", "))}
			}
			path, err := k.path(args[1])
			if err != nil {
				return err
			}
			query := url.Values{}
			for name, value := range map[string]string{"reason": reason, "successor": successor, "sunset": sunset} {
				if value != "" {
					query.Set(name, value)
				}
			}
			return s.managed(c.Context(), p, func(m adminAPI) error {
				var r admin.Resource
				if err := m.do(c.Context(), http.MethodPost, path+"/"+verb+"?"+query.Encode(), nil, &r); err != nil {
					return err
				}
				state, name := stateAndName(r, s.lang)
				return s.print(table{head: []string{"kind", "id", "state", "name"},
					rows: [][]string{{r.Kind, r.ID, state, name}}, value: r})
			})
		},
	}
	p.flags(s, c)
	c.Flags().StringVar(&reason, "reason", "", "why; kept in the journal")
	if verb == "deprecate" {
		c.Flags().StringVar(&successor, "successor", "", "of a service: NAME/VERSION that takes its place, or none")
		c.Flags().StringVar(&sunset, "sunset", "",
			"of a service: until when it serves: 2026-12-31 (a day in Chișinău, to its end) or 2026-12-31T08:00:00Z (default: six months and a day)")
	}
	return c
}

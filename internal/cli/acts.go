package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mconnect"
	"mconnect/internal/domain/legalact"
	"mconnect/internal/surface/admin"
)

const actsAt = "/v1/acts"

var (
	noAct = text("Registrul nu conține niciun act.", "The register holds no act.", "В реестре нет актов.")
	noUse = text("Niciun acord nu se întemeiază pe acest act.", "No agreement rests on this act.", "Ни одно соглашение не основано на этом акте.")

	sayRestChanged = text("%s: %s se modifică de la %s; pe el se întemeiază acordul %s al sistemului %s (scopul %s)",
		"%s: %s is changed from %s on; the agreement %s of %s rests on it (purpose %s)",
		"%s: %s изменяется с %s; на нём основано соглашение %s системы %s (цель %s)")
	sayRestRemoved = text("%s: %s lipsește de la %s; pe el se întemeiază acordul %s al sistemului %s (scopul %s)",
		"%s: %s is removed from %s on; the agreement %s of %s rests on it (purpose %s)",
		"%s: %s исключается с %s; на нём основано соглашение %s системы %s (цель %s)")
	sayRestRepealed = text("%s: %s este în vigoare până la %s inclusiv; pe el se întemeiază acordul %s al sistemului %s (scopul %s)",
		"%s: %s is in force until %s; the agreement %s of %s rests on it (purpose %s)",
		"%s: %s действует по %s включительно; на нём основано соглашение %s системы %s (цель %s)")

	// by the state of a place, and by the kind of a change
	actWords = map[string]mconnect.Text{
		"in_force": text("în vigoare", "in force", "действует"),
		"coming":   text("va intra în vigoare", "comes into force", "вступит в силу"),
		"repealed": text("abrogat", "repealed", "утратил силу"),
		"unknown":  text("nu este în registru", "not in the register", "нет в реестре"),
		"changed":  text("modificat", "changed", "изменён"),
		"removed":  text("exclus", "removed", "исключён"),
		"added":    text("introdus", "added", "введён"),
	}
)

// restText says what a change of an act does to one purpose.
func (s *session) restText(act string, r legalact.Rest) string {
	say := map[string]mconnect.Text{"changed": sayRestChanged, "removed": sayRestRemoved, "repealed": sayRestRepealed}[r.Kind]
	return s.sentence(say, act, r.Path, r.Day, r.Agreement, r.Consumer, r.Purpose)
}

func (s *session) acts() *cobra.Command {
	return group("acts", "Read the register of legal acts, and find the agreements that rest on one",
		"  mconnect acts list\n  mconnect acts show lege-142-2018\n  mconnect acts impact lege-142-2018\n  mconnect diff -f new-version.yaml",
		s.actsList(), s.actsShow(), s.actsImpact())
}

// storedAct is an act as the management API shows it.
func storedAct(r admin.Resource) (a legalact.Act, err error) {
	return a, json.Unmarshal(r.Document, &a)
}

func (s *session) actsList() *cobra.Command {
	var p placeFlags
	c := &cobra.Command{
		Use: "list [WORD...]", Short: "List the acts with their state today", Args: cobra.ArbitraryArgs,
		Example: "  mconnect acts list\n  mconnect acts list ajutor social",
		RunE: func(c *cobra.Command, args []string) error {
			return s.withCatalogue(c.Context(), p, func(m adminAPI) error { return s.listActs(c.Context(), m, args) })
		},
	}
	p.flags(s, c)
	return c
}

func (s *session) listActs(ctx context.Context, m adminAPI, words []string) error {
	kind, err := kindNamed("acts")
	if err != nil {
		return err
	}
	all, err := m.everything(ctx, kind, func(r admin.Resource) (bool, error) {
		said := strings.ToLower(string(r.Document))
		for _, w := range words {
			if !strings.Contains(said, strings.ToLower(w)) {
				return false, nil
			}
		}
		return true, nil
	}, 0)
	if err != nil {
		return err
	}
	t := table{head: []string{"id", "citation", "state", "versions", "title"}, value: all, empty: noAct}
	for _, r := range all {
		a, err := storedAct(r)
		if err != nil {
			return err
		}
		t.add(string(a.ID), a.Citation, s.say(actWords[string(a.StateAt(time.Now()))]), len(a.Versions),
			a.Title.In(mconnect.Lang(s.lang)))
	}
	return s.print(t)
}

func (s *session) actsShow() *cobra.Command {
	var p placeFlags
	c := &cobra.Command{
		Use: "show ID", Short: "Show an act: its versions, their articles, and what each version changed",
		Args: cobra.ExactArgs(1), Example: "  mconnect acts show lege-142-2018 --lang ro",
		RunE: func(c *cobra.Command, args []string) error {
			return s.withCatalogue(c.Context(), p, func(m adminAPI) error {
				r, err := fetch[admin.Resource](c.Context(), m, actsAt+"/"+url.PathEscape(args[0]))
				if err != nil {
					return err
				}
				a, err := storedAct(r)
				if err != nil {
					return err
				}
				return s.showAct(a)
			})
		},
	}
	p.flags(s, c)
	return c
}

func (s *session) showAct(a legalact.Act) error {
	if s.output == "json" {
		return s.print(table{value: a})
	}
	if _, err := fmt.Fprintf(s.out, "%s\n%s\n%s\n", a.Citation, a.Title.In(mconnect.Lang(s.lang)),
		s.say(actWords[string(a.StateAt(time.Now()))])); err != nil {
		return err
	}
	t := table{head: []string{"version", "until", "place", "change", "heading"}, value: a, empty: noAct}
	for i := range a.Versions {
		v := &a.Versions[i]
		did := map[string]string{}
		if i > 0 {
			for _, change := range legalact.Changes(&a.Versions[i-1], v) {
				did[change.Path] = s.say(actWords[change.Kind])
				if change.Kind == "removed" {
					t.add(v.From, v.To, change.Path, did[change.Path], "")
				}
			}
		}
		for _, article := range v.Articles {
			t.add(v.From, v.To, article.Path, did[article.Path], article.Heading.In(mconnect.Lang(s.lang)))
		}
	}
	return s.print(t)
}

func (s *session) actsImpact() *cobra.Command {
	var p placeFlags
	c := &cobra.Command{
		Use: "impact ID", Short: "List the agreements that rest on an act, and how each cited place is today",
		Long: "Lists each purpose that cites the act. What a version that is not applied yet would change, mconnect diff says.",
		Args: cobra.ExactArgs(1), Example: "  mconnect acts impact lege-142-2018\n  mconnect diff -f lege-142-2018.yaml",
		RunE: func(c *cobra.Command, args []string) error {
			return s.withCatalogue(c.Context(), p, func(m adminAPI) error {
				out, err := fetch[struct{ Items []legalact.CitedBy }](c.Context(), m,
					actsAt+"/"+url.PathEscape(args[0])+"/impact")
				if err != nil {
					return err
				}
				t := table{head: []string{"agreement", "status", "consumer", "data", "purpose", "place", "state"},
					value: out.Items, empty: noUse}
				for _, u := range out.Items {
					state := s.say(actWords[string(u.State)])
					if u.Changed {
						state += ", " + s.say(actWords["changed"])
					}
					t.add(u.Agreement, u.Status, u.Consumer, u.Subject, u.Purpose, u.Path, state)
				}
				return s.print(t)
			})
		},
	}
	p.flags(s, c)
	return c
}

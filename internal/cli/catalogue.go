package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mconnect/internal/app"
	"mconnect/internal/discovery"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/search"
	"mconnect/internal/manifest"
)

const catalogueAt = "/v1/catalog"

// withCatalogue does work by the management API of the place. The installation's own store is only read while a server
// writes it.
func (s *session) withCatalogue(ctx context.Context, p placeFlags, work func(adminAPI) error) error {
	if server := s.profiled(p.dir, p.server); server.url != "" {
		return work(adminAPI{s: s, server: server})
	}
	return s.withWritableStore(ctx, p.dir, func(i *app.Installation) error { return s.managedHere(i, work) })
}

func (s *session) catalog() *cobra.Command {
	return group("catalog", "Read the catalogue: find services, show them, judge changes; drafts from foreign descriptions, export as linked data",
		"  mconnect catalog search persoana fizica\n  mconnect catalog show GetPerson\n  mconnect catalog compare GetPerson/1.0.0 new-version.yaml\n  mconnect catalog import register.wsdl --provider ant.transport --to drafts",
		s.catalogList(), s.catalogShow(), s.catalogSearch(), s.catalogCompare(), s.catalogHistory(), s.catalogImport(),
		s.catalogExport())
}

// searchFlags are the flags of a search.
func searchFlags(q *search.Query, personal *string, c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&q.Category, "category", "", "code of a category; what lies below it counts")
	f.StringVar(&q.Owner, "owner", "", "id of the participant who answers for the data")
	f.StringVar(&q.Status, "status", "", "draft, published, deprecated or retired")
	f.StringVar(personal, "personal", "", "true or false: whether personal data are concerned")
	f.IntVar(&q.Limit, "limit", search.DefaultLimit, "services shown")
}

func (s *session) catalogList() *cobra.Command {
	var p placeFlags
	q := search.Query{Versions: true}
	var personal string
	c := &cobra.Command{
		Use: "list", Short: "List every version of every service", Args: cobra.NoArgs,
		Example: "  mconnect catalog list --status draft\n  mconnect catalog list --category persoane -o json",
		RunE:    func(c *cobra.Command, _ []string) error { return s.find(c.Context(), p, q, personal) },
	}
	searchFlags(&q, &personal, c)
	p.flags(s, c)
	return c
}

func (s *session) catalogSearch() *cobra.Command {
	var p placeFlags
	var q search.Query
	var personal string
	c := &cobra.Command{
		Use: "search WORD...", Short: "Find services by words in Romanian, English or Russian",
		Args: cobra.MinimumNArgs(1),
		Long: "Finds services by their names, titles, descriptions, fields, categories and owners. Diacritics do not matter, nor does\n" +
			"the form of a word; the last word may be unfinished.",
		Example: "  mconnect catalog search persoana fizica\n  mconnect catalog search недвижимость\n  mconnect catalog search vehicle --personal=true",
		RunE: func(c *cobra.Command, args []string) error {
			q.Text = strings.Join(args, " ")
			return s.find(c.Context(), p, q, personal)
		},
	}
	searchFlags(&q, &personal, c)
	p.flags(s, c)
	return c
}

func (s *session) find(ctx context.Context, p placeFlags, q search.Query, personal string) error {
	if personal != "" {
		yes, err := strconv.ParseBool(personal)
		if err != nil {
			return usageError{fmt.Errorf("--personal %q: want true or false", personal)}
		}
		personal = strconv.FormatBool(yes)
	}
	query := url.Values{"q": {q.Text}, "category": {q.Category}, "owner": {q.Owner}, "status": {q.Status},
		"personal": {personal}, "versions": {strconv.FormatBool(q.Versions)}, "limit": {strconv.Itoa(q.Limit)}}
	maps.DeleteFunc(query, func(_ string, values []string) bool { return values[0] == "" })
	return s.withCatalogue(ctx, p, func(m adminAPI) error {
		page, err := fetch[discovery.Page](ctx, m, catalogueAt+"?"+query.Encode())
		if err != nil {
			return err
		}
		return s.printPage(page)
	})
}

func (s *session) catalogShow() *cobra.Command {
	var p placeFlags
	c := &cobra.Command{
		Use: "show NAME[/VERSION]", Short: "Show all that is known of a service, with its fields",
		Args:    cobra.ExactArgs(1),
		Example: "  mconnect catalog show GetPerson\n  mconnect catalog show GetPerson/1.0.0 --lang ro",
		RunE: func(c *cobra.Command, args []string) error {
			path := catalogueAt
			for _, part := range strings.SplitN(args[0], "/", 2) {
				path += "/" + url.PathEscape(part)
			}
			return s.withCatalogue(c.Context(), p, func(m adminAPI) error {
				sheet, err := fetch[discovery.Sheet](c.Context(), m, path)
				if err != nil {
					return err
				}
				return s.printSheet(sheet)
			})
		},
	}
	p.flags(s, c)
	return c
}

func (s *session) catalogHistory() *cobra.Command {
	var p placeFlags
	c := &cobra.Command{
		Use: "history NAME", Short: "Show the versions of a service and what changed between them",
		Args:    cobra.ExactArgs(1),
		Example: "  mconnect catalog history GetPerson",
		RunE: func(c *cobra.Command, args []string) error {
			return s.withCatalogue(c.Context(), p, func(m adminAPI) error {
				out, err := fetch[struct{ Items []discovery.Past }](c.Context(), m,
					catalogueAt+"/"+url.PathEscape(args[0])+"/history")
				if err != nil {
					return err
				}
				return s.printPast(out.Items)
			})
		},
	}
	p.flags(s, c)
	return c
}

func (s *session) catalogCompare() *cobra.Command {
	var p placeFlags
	var days int
	var set []string
	c := &cobra.Command{
		Use: "compare NAME/OLD NAME/NEW|FILE", Short: "Say what a new version breaks, and for whom",
		Args: cobra.ExactArgs(2),
		Long: "Compares two versions of a service, the new one in the catalogue or in a manifest. Says which change breaks callers or\n" +
			"agreements, how far the version number must be raised, and which consumers would notice, with how often they called.",
		Example: "  mconnect catalog compare GetPerson/1.0.0 GetPerson/1.1.0\n  mconnect catalog compare GetPerson/1.0.0 person-2.yaml --days 7",
		RunE: func(c *cobra.Command, args []string) error {
			body := map[string]any{"old": args[0], "days": days, "new": args[1]}
			if _, err := os.Stat(args[1]); err == nil {
				document, err := candidate(args[0], args[1], set)
				if err != nil {
					return err
				}
				body = map[string]any{"old": args[0], "days": days, "document": document}
			}
			return s.withCatalogue(c.Context(), p, func(m adminAPI) error {
				if m.local != nil { // the calls are counted in the search index
					if err := m.local.CatchUp(c.Context()); err != nil {
						return err
					}
				}
				var i catalog.Impact
				if err := m.do(c.Context(), http.MethodPost, catalogueAt+"/compare", body, &i); err != nil {
					return err
				}
				return s.printImpact(i)
			})
		},
	}
	c.Flags().IntVar(&days, "days", manifest.PlanDays, "over which calls are counted, 1 to 92")
	c.Flags().StringArrayVar(&set, "set", nil, "value of a variable in the manifest: NAME=VALUE (repeatable)")
	p.flags(s, c)
	return c
}

// candidate reads the service of that name from a manifest.
func candidate(old, file string, set []string) (json.RawMessage, error) {
	vars, err := parseVars(set)
	if err != nil {
		return nil, err
	}
	items, err := loadManifests(file, vars)
	if err != nil {
		return nil, err
	}
	name, _, _ := strings.Cut(old, "/")
	var found json.RawMessage
	for _, item := range items {
		if item.Kind == manifest.Service && strings.HasPrefix(item.ID, name+"/") {
			if found != nil {
				return nil, usageError{fmt.Errorf("%s states more than one version of %s", file, name)}
			}
			found = item.Doc
		}
	}
	if found == nil {
		return nil, usageError{fmt.Errorf("%s states no version of %s", file, name)}
	}
	return found, nil
}

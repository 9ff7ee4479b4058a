package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
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

// catalogue is where a command reads the catalogue: the installation's own store, or a running server.
type catalogue interface {
	Search(ctx context.Context, q search.Query) (discovery.Page, error)
	Show(ctx context.Context, id string) (discovery.Sheet, error)
	History(ctx context.Context, name string) ([]discovery.Past, error)
	Compare(ctx context.Context, q discovery.Question) (catalog.Impact, error)
}

// localCatalogue reads the installation's own store.
type localCatalogue struct{ i *app.Installation }

func (h localCatalogue) Search(_ context.Context, q search.Query) (discovery.Page, error) {
	return h.i.Guide.Search(q), nil
}

func (h localCatalogue) Show(_ context.Context, id string) (discovery.Sheet, error) {
	return h.i.Guide.Show(id)
}

func (h localCatalogue) History(_ context.Context, name string) ([]discovery.Past, error) {
	return h.i.Guide.History(name)
}

func (h localCatalogue) Compare(ctx context.Context, q discovery.Question) (catalog.Impact, error) {
	if err := h.i.CatchUp(ctx); err != nil { // the calls are counted in the search index
		return catalog.Impact{}, err
	}
	return h.i.Guide.Compare(ctx, q)
}

// remoteCatalogue reads by a running server's management API.
type remoteCatalogue struct {
	s *session
	r remote
}

const catalogueAt = "/v1/catalog"

func (t remoteCatalogue) get(ctx context.Context, path string, out any) error {
	return t.s.request(ctx, t.r, http.MethodGet, catalogueAt+path, nil, out)
}

func (t remoteCatalogue) Search(ctx context.Context, q search.Query) (p discovery.Page, err error) {
	v := url.Values{}
	for name, value := range map[string]string{"q": q.Text, "category": q.Category, "owner": q.Owner,
		"status": q.Status} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.Personal != nil {
		v.Set("personal", strconv.FormatBool(*q.Personal))
	}
	v.Set("versions", strconv.FormatBool(q.Versions))
	v.Set("limit", strconv.Itoa(q.Limit))
	return p, t.get(ctx, "?"+v.Encode(), &p)
}

func (t remoteCatalogue) Show(ctx context.Context, id string) (sheet discovery.Sheet, err error) {
	name, version, stated := strings.Cut(id, "/")
	path := "/" + url.PathEscape(name)
	if stated {
		path += "/" + url.PathEscape(version)
	}
	return sheet, t.get(ctx, path, &sheet)
}

func (t remoteCatalogue) History(ctx context.Context, name string) ([]discovery.Past, error) {
	var out struct {
		Items []discovery.Past `json:"items"`
	}
	err := t.get(ctx, "/"+url.PathEscape(name)+"/history", &out)
	return out.Items, err
}

func (t remoteCatalogue) Compare(ctx context.Context, q discovery.Question) (i catalog.Impact, err error) {
	body := map[string]any{"old": q.Old, "days": q.Days}
	if len(q.Document) > 0 {
		body["document"] = q.Document
	} else {
		body["new"] = q.New
	}
	text, err := json.Marshal(body)
	if err != nil {
		return i, err
	}
	return i, t.s.requestJSON(ctx, t.r, catalogueAt+"/compare", bytes.NewReader(text), &i)
}

// catalogueFlags are the flags that locate the catalogue.
type catalogueFlags struct {
	dir    string
	server remote
}

func (r *catalogueFlags) flags(s *session, c *cobra.Command) {
	c.Flags().StringVar(&r.dir, "dir", "", "folder of the installation (default: data_dir of the configuration)")
	r.server.flags(s, c)
}

// with runs do on the catalogue that r names.
func (s *session) with(ctx context.Context, r catalogueFlags, do func(catalogue) error) error {
	if server := s.profiled(r.dir, r.server); server.url != "" {
		return do(remoteCatalogue{s, server})
	}
	return s.withWritableStore(ctx, r.dir, func(i *app.Installation) error { return do(localCatalogue{i}) })
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
	var r catalogueFlags
	q := search.Query{Versions: true}
	var personal string
	c := &cobra.Command{
		Use: "list", Short: "List every version of every service", Args: cobra.NoArgs,
		Example: "  mconnect catalog list --status draft\n  mconnect catalog list --category persoane -o json",
		RunE:    func(c *cobra.Command, _ []string) error { return s.find(c.Context(), r, q, personal) },
	}
	searchFlags(&q, &personal, c)
	r.flags(s, c)
	return c
}

func (s *session) catalogSearch() *cobra.Command {
	var r catalogueFlags
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
			return s.find(c.Context(), r, q, personal)
		},
	}
	searchFlags(&q, &personal, c)
	r.flags(s, c)
	return c
}

func (s *session) find(ctx context.Context, r catalogueFlags, q search.Query, personal string) error {
	if personal != "" {
		yes, err := strconv.ParseBool(personal)
		if err != nil {
			return usageError{fmt.Errorf("--personal %q: want true or false", personal)}
		}
		q.Personal = &yes
	}
	return s.with(ctx, r, func(from catalogue) error {
		p, err := from.Search(ctx, q)
		if err != nil {
			return err
		}
		return s.printPage(p)
	})
}

func (s *session) catalogShow() *cobra.Command {
	var r catalogueFlags
	c := &cobra.Command{
		Use: "show NAME[/VERSION]", Short: "Show all that is known of a service, with its fields",
		Args:    cobra.ExactArgs(1),
		Example: "  mconnect catalog show GetPerson\n  mconnect catalog show GetPerson/1.0.0 --lang ro",
		RunE: func(c *cobra.Command, args []string) error {
			return s.with(c.Context(), r, func(from catalogue) error {
				sheet, err := from.Show(c.Context(), args[0])
				if err != nil {
					return err
				}
				return s.printSheet(sheet)
			})
		},
	}
	r.flags(s, c)
	return c
}

func (s *session) catalogHistory() *cobra.Command {
	var r catalogueFlags
	c := &cobra.Command{
		Use: "history NAME", Short: "Show the versions of a service and what changed between them",
		Args:    cobra.ExactArgs(1),
		Example: "  mconnect catalog history GetPerson",
		RunE: func(c *cobra.Command, args []string) error {
			return s.with(c.Context(), r, func(from catalogue) error {
				past, err := from.History(c.Context(), args[0])
				if err != nil {
					return err
				}
				return s.printPast(past)
			})
		},
	}
	r.flags(s, c)
	return c
}

func (s *session) catalogCompare() *cobra.Command {
	var r catalogueFlags
	var days int
	var set []string
	c := &cobra.Command{
		Use: "compare NAME/OLD NAME/NEW|FILE", Short: "Say what a new version breaks, and for whom",
		Args: cobra.ExactArgs(2),
		Long: "Compares two versions of a service, the new one in the catalogue or in a manifest. Says which change breaks callers or\n" +
			"agreements, how far the version number must be raised, and which consumers would notice, with how often they called.",
		Example: "  mconnect catalog compare GetPerson/1.0.0 GetPerson/1.1.0\n  mconnect catalog compare GetPerson/1.0.0 person-2.yaml --days 7",
		RunE: func(c *cobra.Command, args []string) error {
			q := discovery.Question{Old: args[0], New: args[1], Days: days}
			if _, err := os.Stat(args[1]); err == nil {
				if q.Document, err = candidate(args[0], args[1], set); err != nil {
					return err
				}
			}
			return s.with(c.Context(), r, func(from catalogue) error {
				i, err := from.Compare(c.Context(), q)
				if err != nil {
					return err
				}
				return s.printImpact(i)
			})
		},
	}
	c.Flags().IntVar(&days, "days", manifest.PlanDays, "over which calls are counted, 1 to 92")
	c.Flags().StringArrayVar(&set, "set", nil, "value of a variable in the manifest: NAME=VALUE (repeatable)")
	r.flags(s, c)
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

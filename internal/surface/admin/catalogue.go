package admin

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/discovery"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/search"
)

// Guide reads the catalogue; *guide.Guide is one. Faults: service.unknown, service.version, path.unknown,
// query.invalid, resource.invalid.
type Guide interface {
	Search(q search.Query) discovery.Page
	Show(id string) (discovery.Sheet, error)
	History(name string) ([]discovery.Past, error)
	Compare(ctx context.Context, q discovery.Question) (catalog.Impact, error)
	Form(id, form string, who discovery.Reader) (document []byte, media string, err error)
}

// catalogueIn is a search; the part that narrows by "personal" is text, for it may be absent.
type catalogueIn struct {
	Text     string `query:"q" maxLength:"200" doc:"words in Romanian, English or Russian, with or without diacritics"`
	Category string `query:"category" maxLength:"40" doc:"and what lies below it"`
	Owner    string `query:"owner" maxLength:"40"`
	Status   string `query:"status" enum:"draft,published,deprecated,retired"`
	Personal string `query:"personal" enum:"true,false"`
	Versions bool   `query:"versions" doc:"every version, not the best of each service"`
	Offset   int    `query:"offset" minimum:"0"`
	Limit    int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
}

// query returns what in asks for.
func (in catalogueIn) query() search.Query {
	q := search.Query{
		Text: in.Text, Category: in.Category, Owner: in.Owner, Status: in.Status, Versions: in.Versions,
		Offset: in.Offset, Limit: in.Limit,
	}
	if in.Personal != "" {
		personal := in.Personal == "true"
		q.Personal = &personal
	}
	return q
}

type catalogueOut struct{ Body discovery.Page }

type byName struct {
	Name string `path:"name" maxLength:"64" example:"GetPerson"`
}

type sheetOut struct{ Body discovery.Sheet }

type pastOut struct {
	Body struct {
		Items []discovery.Past `json:"items" doc:"newest version first"`
	}
}

type formIn struct {
	ByVersion
	Form string        `path:"form" doc:"schema.json, openapi.json or schema.xsd"`
	Lang mconnect.Lang `query:"lang" enum:"ro,en,ru" default:"ro"`
}

type formOut struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

type compareIn struct {
	Body struct {
		Old      string `json:"old" maxLength:"80" example:"GetPerson/1.0.0"`
		New      string `json:"new,omitempty" maxLength:"80" doc:"another version in the catalogue; or state document"`
		Document any    `json:"document,omitempty" doc:"a Service as manifests state it"`
		Days     int    `json:"days,omitempty" minimum:"1" maximum:"92" default:"1" doc:"over which calls are counted"`
	}
}

type compareOut struct{ Body catalog.Impact }

func catalogueOperation(method, path, id, summary string) huma.Operation {
	return huma.Operation{
		Method: method, Path: "/v1/catalog" + path, OperationID: id, Summary: summary, Tags: []string{"catalogue"},
		DefaultStatus: http.StatusOK,
	}
}

// catalogue registers the reading of the catalogue, as people look for services and judge changes.
func (s *Surface) catalogue() {
	g := s.cfg.Guide
	if g == nil {
		return
	}
	handle(s, Reader, catalogueOperation(http.MethodGet, "", "search-catalogue", "Find services"),
		func(_ context.Context, in *catalogueIn) (*catalogueOut, error) {
			return &catalogueOut{g.Search(in.query())}, nil
		})
	show := func(id string) (*sheetOut, error) {
		sheet, err := g.Show(id)
		return &sheetOut{sheet}, err
	}
	handle(s, Reader, catalogueOperation(http.MethodGet, "/{name}", "show-service",
		"Show the version that a call gets"), func(_ context.Context, in *byName) (*sheetOut, error) {
		return show(in.Name)
	})
	handle(s, Reader, catalogueOperation(http.MethodGet, "/{name}/{version}", "show-version", "Show one version"),
		func(_ context.Context, in *ByVersion) (*sheetOut, error) {
			return show(in.id())
		})
	handle(s, Reader, catalogueOperation(http.MethodGet, "/{name}/history", "history-of-service",
		"Show all versions and what changed between them"), func(_ context.Context, in *byName) (*pastOut, error) {
		past, err := g.History(in.Name)
		out := &pastOut{}
		out.Body.Items = past
		return out, err
	})
	form := catalogueOperation(http.MethodGet, "/{name}/{version}/{form}", "service-form",
		"JSON Schema, OpenAPI or XSD of one version")
	form.Responses = answersIn("application/schema+json", "application/json", "application/xml")
	handle(s, Reader, form, func(_ context.Context, in *formIn) (*formOut, error) {
		document, media, err := g.Form(in.id(), in.Form, discovery.Reader{System: "mconnect.admin", Lang: in.Lang})
		return &formOut{media, document}, err
	})
	handle(s, Reader, catalogueOperation(http.MethodPost, "/compare", "compare-versions",
		"Say what a change breaks, and for whom"), func(ctx context.Context, in *compareIn) (*compareOut, error) {
		q := discovery.Question{Old: in.Body.Old, New: in.Body.New, Days: max(in.Body.Days, 1)}
		if in.Body.Document != nil {
			document, err := json.Marshal(in.Body.Document)
			if err != nil {
				return nil, fault.Wrap(err, fault.MessageMalformed, "what", "JSON")
			}
			q.Document = document
		}
		impact, err := g.Compare(ctx, q)
		return &compareOut{impact}, err
	})
}

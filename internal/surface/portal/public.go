package portal

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/discovery"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/search"
	"mconnect/internal/domain/schema"
	"mconnect/internal/surface/portal/text"
)

// pageSize is how many services a page of the catalogue lists; onFront how many the front page.
const (
	pageSize = 20
	onFront  = 6
)

// home is the front page.
func (s *Surface) home(w http.ResponseWriter, r *http.Request, v *view) error {
	published := search.Query{Status: string(catalog.Published), Limit: onFront}
	page := s.cfg.Guide.Search(published)
	f := front{services: int64(page.Total), newest: s.lines(page.Items)}
	for _, c := range page.Facets.Personal {
		if c.Value == "true" {
			f.personal = int64(c.Count)
		}
	}
	return s.render(w, r, v, http.StatusOK, homePage(v, f))
}

func (s *Surface) lines(items []discovery.Line) []line {
	all := make([]line, 0, len(items))
	for _, i := range items {
		one := line{name: string(i.Service), version: i.Version.String(), title: i.Title,
			owner: text.Plain(string(i.Owner)), status: string(i.Status), personal: i.Personal}
		if sheet, err := s.cfg.Guide.Show(one.name + "/" + one.version); err == nil {
			one.description, one.owner = sheet.Description, sheet.OwnerName
		}
		all = append(all, one)
	}
	return all
}

// catalogue is the search: words and filters in the address, one page of results.
func (s *Surface) catalogue(w http.ResponseWriter, r *http.Request, v *view) error {
	q := search.Query{Text: v.query.Get("q"), Category: v.query.Get("category"), Owner: v.query.Get("owner"),
		Status: v.query.Get("status"), Limit: pageSize}
	if len(q.Text) > 200 {
		return fault.New(fault.QueryInvalid, "what", "q")
	}
	if q.Status == "" {
		q.Status = string(catalog.Published)
	}
	if p := v.query.Get("personal"); p == "true" || p == "false" {
		personal := p == "true"
		q.Personal = &personal
	}
	if from := v.query.Get("from"); from != "" {
		n, err := strconv.Atoi(from)
		if err != nil || n < 0 || n > 1e6 {
			return fault.New(fault.QueryInvalid, "what", "from")
		}
		q.Offset = n
	}
	page := s.cfg.Guide.Search(q)
	l := listing{text: q.Text, total: int64(page.Total), lines: s.lines(page.Items), from: int64(q.Offset) + 1,
		to: int64(q.Offset + len(page.Items))}
	l.owners = narrow(v, "owner", page.Facets.Owners, func(value string) mconnect.Text {
		return s.cfg.nameOf(mconnect.ParticipantID(value))
	})
	l.categories = narrow(v, "category", page.Facets.Categories, func(code string) mconnect.Text {
		if title := s.cfg.Guide.Category(code); title != (mconnect.Text{}) {
			return title
		}
		return text.Plain(code)
	})
	l.personal = narrow(v, "personal", page.Facets.Personal, func(value string) mconnect.Text {
		return text.YesNo(value == "true")
	})
	for _, status := range []catalog.Status{catalog.Published, catalog.Deprecated, catalog.Draft} {
		l.statuses = append(l.statuses, facet{value: string(status), name: text.Status(string(status)), count: -1,
			chosen: q.Status == string(status)})
	}
	if q.Offset > 0 {
		l.newer = v.from(max(q.Offset-pageSize, 0))
	}
	if q.Offset+pageSize < page.Total {
		l.older = v.from(q.Offset + pageSize)
	}
	return s.render(w, r, v, http.StatusOK, cataloguePage(v, l))
}

// from is the address of another page of the same list.
func (v *view) from(offset int) templ.SafeURL {
	q := url.Values{}
	for name, values := range v.query {
		if name != "lang" {
			q[name] = values
		}
	}
	q.Set("from", strconv.Itoa(offset))
	return templ.SafeURL(v.path + "?" + q.Encode())
}

// narrow makes the choices of a facet, with one that takes all of them first.
func narrow(v *view, name string, counts []search.Count, say func(string) mconnect.Text) []facet {
	chosen := v.query.Get(name)
	if len(counts) == 0 && chosen == "" {
		return nil
	}
	all := []facet{{name: text.All, count: -1, chosen: chosen == ""}}
	found := false
	for _, c := range counts {
		found = found || c.Value == chosen
		all = append(all, facet{value: c.Value, name: say(c.Value), count: int64(c.Count), chosen: c.Value == chosen})
	}
	if chosen != "" && !found {
		all = append(all, facet{value: chosen, name: say(chosen), count: 0, chosen: true})
	}
	return all
}

// service is the page of a service: of the version in ?version, or the one that a call without a version gets.
func (s *Surface) service(w http.ResponseWriter, r *http.Request, v *view) error {
	id := r.PathValue("service")
	if version := v.query.Get("version"); version != "" {
		id += "/" + version
	}
	found, err := s.cfg.Guide.Show(id)
	if err != nil {
		return err
	}
	page := sheet{Sheet: found, request: flat("", found.Request.Fields)}
	if found.Response != nil {
		page.answer = flat("", found.Response.Fields)
	}
	if page.history, err = s.cfg.Guide.History(string(found.Service)); err != nil {
		return err
	}
	if len(found.Examples) > 0 {
		page.samples = samples(found)
		page.response = indented(found.Examples[0].Answer)
	}
	return s.render(w, r, v, http.StatusOK, servicePage(v, page))
}

// form is a document that describes one version to programs. It stays at its address as long as the version exists.
func (s *Surface) form(w http.ResponseWriter, r *http.Request, v *view) error {
	document, media, err := s.cfg.Guide.Form(r.PathValue("service")+"/"+r.PathValue("version"), r.PathValue("form"),
		discovery.Reader{Lang: v.lang})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", media)
	_, _ = w.Write(document)
	return nil
}

// codes lists every error code; code explains one.
func (s *Surface) codes(w http.ResponseWriter, r *http.Request, v *view) error {
	return s.render(w, r, v, http.StatusOK, codesPage(v, fault.Codes()))
}

func (s *Surface) code(w http.ResponseWriter, r *http.Request, v *view) error {
	c := fault.Code(r.PathValue("code"))
	if !c.Known() {
		return fault.New(fault.PathUnknown)
	}
	return s.render(w, r, v, http.StatusOK, codePage(v, c))
}

// flat lists fields with those below them by their paths: "Address.Street", "Children.IDNP".
func flat(above string, fields []schema.Field) []field {
	var all []field
	for _, f := range fields {
		path := above + f.Name
		kind := string(f.Type)
		below := f.Fields
		if f.Items != nil {
			kind += " of " + string(f.Items.Type)
			below = f.Items.Fields
		}
		all = append(all, field{path: path, says: f.Description, kind: kind, mandatory: f.Mandatory,
			personal: schema.Type{Fields: []schema.Field{f}}.Personal()})
		all = append(all, flat(path+".", below)...)
	}
	return all
}

func indented(value any) string {
	if value == nil {
		return ""
	}
	b, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

package rest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/discovery"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/search"
	"mconnect/internal/exchange"
	"mconnect/internal/surface/problem"
)

// Guide reads the catalogue; *guide.Guide is one. Faults: service.unknown, service.version, path.unknown.
type Guide interface {
	Search(q search.Query) discovery.Page
	Find(id string) (*catalog.Ready, error)
	Show(id string) (discovery.Sheet, error)
	Form(id, form string, who discovery.Reader) (document []byte, media string, err error)
}

// Found is one service in the answer to GET /api/v1/services?q=.
type Found struct {
	discovery.Line
	Title      string                 `json:"title"`                // in the caller's language
	Agreements []mconnect.AgreementID `json:"agreements,omitempty"` // of the caller, for this service
}

// Described is the answer to GET /api/v1/services/{name}[/{version}].
type Described struct {
	discovery.Sheet
	Agreements []mconnect.AgreementID `json:"agreements,omitempty"` // of the caller, for this service
	Links      map[string]string      `json:"links"`                // form → path
}

// maxQuery bounds the text of a query, in characters.
const maxQuery = 200

// guide answers what stands behind /api/v1/services: a search, the sheet of a service, its forms. Every system may see
// what exists; whose data it gets is another matter (agreements).
func (s *Surface) guide(w http.ResponseWriter, r *http.Request, path, query string) error {
	who, err := s.caller(r)
	if err != nil {
		return err
	}
	if path == "" {
		return s.searched(w, r, who.System.ID, query)
	}
	if query != "" {
		return fault.New(fault.QueryInvalid, "what", "none is known here")
	}
	name, rest, _ := strings.Cut(path, "/")
	version, form, wantsForm := strings.Cut(rest, "/")
	id := strings.TrimSuffix(name+"/"+version, "/")
	found, err := s.Guide.Find(id)
	if err == nil && version == "" { // the one that this caller's calls get
		agreed := s.Agreements.For(who.System.ID, found.Name)
		if got, none := exchange.Offered(found.Name, s.Catalog.Versions(found.Name), agreed, agreement.Asked{},
			s.Clock()); none == nil {
			found = got
		}
	}
	switch {
	case err != nil:
		return err
	case found.Status == catalog.Draft: // nobody's business yet
		return fault.New(fault.ServiceUnknown, "service", string(found.Name))
	case wantsForm:
		return s.form(w, r, found, form, who.System.ID)
	}
	sheet, err := s.Guide.Show(found.ID())
	if err != nil {
		return err
	}
	d := Described{Sheet: sheet, Agreements: s.agreed(who.System.ID, found.Name), Links: map[string]string{}}
	for _, f := range sheet.Forms {
		d.Links[f] = "/api/v1/services/" + found.ID() + "/" + f
	}
	if found.Opaque == nil && len(d.Agreements) > 0 { // a WSDL is of one system, and holds what it may call
		d.Links["wsdl"] = "/soap/" + string(who.System.ID) + "?wsdl"
	}
	return answer(w, d)
}

func (s *Surface) form(w http.ResponseWriter, r *http.Request, found *catalog.Ready, form string,
	who mconnect.SystemID) error {
	document, media, err := s.Guide.Form(found.ID(), form, discovery.Reader{
		System: who, Server: "https://" + r.Host, Lang: problem.Language(r.Header.Get("Accept-Language")),
	})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", media)
	h["Cache-Control"] = noStore
	_, _ = w.Write(document)
	return nil
}

func (s *Surface) agreed(who mconnect.SystemID, service mconnect.ServiceName) (ids []mconnect.AgreementID) {
	for _, a := range s.Agreements.For(who, service) {
		ids = append(ids, a.ID)
	}
	return ids
}

// searched answers GET /api/v1/services?q=…[&category=][&owner=][&personal=][&offset=][&limit=].
func (s *Surface) searched(w http.ResponseWriter, r *http.Request, who mconnect.SystemID, query string) error {
	q, err := readSearch(query)
	if err != nil {
		return err
	}
	page := s.Guide.Search(q)
	lang := problem.Language(r.Header.Get("Accept-Language"))
	items := make([]Found, len(page.Items))
	for i, line := range page.Items {
		items[i] = Found{line, line.Title.In(lang), s.agreed(who, line.Service)}
	}
	return answer(w, struct {
		System mconnect.SystemID `json:"system"`
		Total  int               `json:"total"`
		Items  []Found           `json:"items"`
		Facets search.Facets     `json:"facets"`
	}{who, page.Total, items, page.Facets})
}

// readSearch reads the query strictly: each name once, no name that is not known.
func readSearch(raw string) (search.Query, error) {
	q := search.Query{Serving: true}
	values, err := url.ParseQuery(raw)
	if err != nil || len(raw) > 4*maxQuery*3 {
		return q, fault.New(fault.QueryInvalid, "what", "not readable")
	}
	for name, all := range values {
		value := all[0]
		ok := len(all) == 1 && len([]rune(value)) <= maxQuery
		switch name {
		case "q":
			q.Text = value
		case "category":
			q.Category = value
		case "owner":
			q.Owner = value
		case "personal":
			yes := value == "true"
			ok = ok && (yes || value == "false")
			q.Personal = &yes
		case "offset":
			q.Offset, err = strconv.Atoi(value)
			ok = ok && err == nil && q.Offset >= 0
		case "limit":
			q.Limit, err = strconv.Atoi(value)
			ok = ok && err == nil && q.Limit > 0 && q.Limit <= search.MaxLimit
		default:
			return q, fault.New(fault.QueryInvalid, "what", "q, category, owner, personal, offset and limit are known")
		}
		if !ok {
			return q, fault.New(fault.QueryInvalid, "what", name)
		}
	}
	return q, nil
}

// Listed is one code list in the answer to GET /api/v1/classifiers.
type Listed struct {
	Code    string           `json:"code"`
	Version mconnect.Version `json:"version"`
	Title   string           `json:"title"`
	Codes   int              `json:"codes"`
}

// classifiers answers GET /api/v1/classifiers[/{code}[/{version}]]: descriptions of services do not write out long
// lists.
func (s *Surface) classifiers(w http.ResponseWriter, r *http.Request, ref string, one bool) error {
	if _, err := s.caller(r); err != nil {
		return err
	}
	library := s.Catalog.Library()
	if one {
		found, ok := library.Classifier(ref)
		if !ok {
			return fault.New(fault.PathUnknown)
		}
		return answer(w, found.Classifier)
	}
	lang, list := problem.Language(r.Header.Get("Accept-Language")), []Listed{}
	for _, c := range library.Classifiers() {
		list = append(list, Listed{c.Code, c.Version, c.Title.In(lang), len(c.Entries)})
	}
	return answer(w, struct {
		Classifiers []Listed `json:"classifiers"`
	}{list})
}

func answer(w http.ResponseWriter, v any) error {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h["Cache-Control"] = noStore
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

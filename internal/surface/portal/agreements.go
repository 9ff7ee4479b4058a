package portal

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog/search"
	"mconnect/internal/surface/portal/text"
)

// Agreements reads the agreements; *agreement.Book is one.
type Agreements interface {
	All() []*agreement.Compiled
	Get(id mconnect.AgreementID) (*agreement.Compiled, bool)
}

// contract is one agreement in the public list.
type contract struct {
	*agreement.Compiled
	consumer, provider mconnect.Text
	subject            string // the service with its version, or the type of event
	words              string // what a search looks through, without diacritics
}

// contracts is the public list, made once for each revision of the declared state: an agreement changes rarely and
// the list is read often.
type contracts struct {
	mu       sync.Mutex
	revision int64
	all      []contract // by id
}

// list returns every agreement by its id.
func (s *Surface) contractList() []contract {
	c := &s.contracts
	c.mu.Lock()
	defer c.mu.Unlock()
	revision := s.cfg.Revision()
	if c.all != nil && c.revision == revision {
		return c.all
	}
	all := s.cfg.Agreements.All()
	c.all, c.revision = make([]contract, 0, len(all)), revision
	providers := map[string]mconnect.Text{}
	for _, a := range all {
		c.all = append(c.all, s.contract(a, providers))
	}
	return c.all
}

// contract makes an agreement ready to be listed. providers remembers names by service.
func (s *Surface) contract(a *agreement.Compiled, providers map[string]mconnect.Text) contract {
	one := contract{Compiled: a, consumer: s.cfg.nameOf(a.Consumer.Participant()), subject: string(a.Event)}
	if a.Event == "" {
		one.subject = string(a.Service) + " " + a.Version.String()
		name, known := providers[string(a.Service)]
		if !known {
			if sheet, err := s.cfg.Guide.Show(string(a.Service)); err == nil {
				name = sheet.OwnerName
			}
			providers[string(a.Service)] = name
		}
		one.provider = name
	}
	var words strings.Builder
	for _, t := range []mconnect.Text{text.Plain(string(a.ID)), text.Plain(string(a.Consumer)), one.consumer,
		one.provider, text.Plain(one.subject)} {
		words.WriteString(t.RO + " " + t.EN + " " + t.RU + " ")
	}
	for _, p := range a.Purposes {
		words.WriteString(p.Title.RO + " " + p.Title.EN + " " + p.Title.RU + " " + p.LegalBasis.Act + " ")
	}
	one.words = search.Fold(words.String())
	return one
}

// agreementList is a page of the public list.
type agreementList struct {
	words       string
	total       int64
	page        []contract
	first, next templ.SafeURL // "" where there is none
}

// agreements lists who may use whose data. Pages follow each other by the id of the last agreement, so that a new one
// neither repeats nor hides another.
func (s *Surface) agreements(w http.ResponseWriter, r *http.Request, v *view) error {
	words := strings.Fields(search.Fold(v.query.Get("q")))
	if len(v.query.Get("q")) > 200 {
		return fault.New(fault.QueryInvalid, "what", "q")
	}
	after := v.query.Get("after")
	l := agreementList{words: v.query.Get("q")}
	for _, c := range s.contractList() {
		if slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(c.words, word) }) {
			continue
		}
		l.total++
		switch {
		case string(c.ID) <= after:
		case len(l.page) < pageSize:
			l.page = append(l.page, c)
		case l.next == "":
			l.next = addressOf("/agreements", "q", l.words, "after", string(l.page[pageSize-1].ID))
		}
	}
	if after != "" {
		l.first = addressOf("/agreements", "q", l.words)
	}
	return s.render(w, r, v, http.StatusOK, agreementsPage(v, l))
}

// agreement is the public page of one agreement.
func (s *Surface) agreement(w http.ResponseWriter, r *http.Request, v *view) error {
	id, err := mconnect.ParseAgreementID(r.PathValue("id"))
	if err != nil {
		return fault.New(fault.PathUnknown)
	}
	a, ok := s.cfg.Agreements.Get(id)
	if !ok {
		return fault.New(fault.PathUnknown)
	}
	page := agreementPage(v, s.contract(a, map[string]mconnect.Text{}), s.deskOf(v, id))
	return s.render(w, r, v, http.StatusOK, page)
}

// addressOf is a path with the parts of a query that are not empty: names and values in turns.
func addressOf(path string, query ...string) templ.SafeURL {
	q := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		if query[i+1] != "" {
			q.Set(query[i], query[i+1])
		}
	}
	if len(q) == 0 {
		return templ.SafeURL(path)
	}
	return templ.SafeURL(path + "?" + q.Encode())
}

// standing is the state of an agreement as a tone and a sentence.
func (c contract) standing(v *view) (tone, sentence string) {
	switch validity := c.Validity; {
	case c.Status == agreement.Terminated:
		return "bad", v.say(text.AgreementTerminated)
	case c.Status == agreement.Suspended:
		return "warn", v.say(text.AgreementSuspended)
	case c.SuspendedBy(v.now) != nil:
		f := c.SuspendedBy(v.now)
		return "warn", v.say(text.SuspendedSince(f.Side.Title(), f.Cause.Title(), f.Since))
	case !validity.From.IsZero() && v.now.Before(validity.From):
		return "wait", v.say(text.AgreementBegins(validity.From))
	case !validity.To.IsZero() && !v.now.Before(validity.To):
		return "bad", v.say(text.AgreementEnded(validity.To))
	case !validity.To.IsZero():
		return "ok", v.say(text.AgreementInForceUntil(validity.To))
	}
	return "ok", v.say(text.AgreementInForce)
}

// shownFields are the granted fields as people read them: "*" is everything.
func shownFields(v *view, fields []string) []string {
	if slices.Contains(fields, agreement.Everything) {
		return []string{v.say(text.EveryField)}
	}
	return slices.SortedFunc(slices.Values(fields), cmp.Compare)
}

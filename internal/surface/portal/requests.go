package portal

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/discovery"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/access/form"
	"mconnect/internal/domain/catalog/search"
	"mconnect/internal/domain/people"
	"mconnect/internal/surface/portal/text"
)

// RequestQuery selects requests.
type RequestQuery struct {
	States    []access.State
	Agreement mconnect.AgreementID
	Before    time.Time // changed before; zero: from the newest
	Limit     int
}

// RequestDraft is what a new request begins with. Service is Name/1.0.0; "": it is chosen later. Copy is the number of
// a request whose answers it begins with.
type RequestDraft struct {
	Kind      access.Kind
	Service   string
	Agreement mconnect.AgreementID
	Copy      string
}

// RequestFile is a file to attach. Field is the path of the field that it answers.
type RequestFile struct {
	Name, Field string
	Data        []byte
}

// Requests carries access requests. What a principal may not view is request.unknown.
type Requests interface {
	List(ctx context.Context, p people.Principal, q RequestQuery) ([]access.Request, error)
	Open(ctx context.Context, p people.Principal, number string) (access.Request, error)
	Begin(ctx context.Context, p people.Principal, d RequestDraft) (access.Request, error)
	Step(ctx context.Context, p people.Principal, number string, s access.Step) (access.Request, error)
	Tasks(ctx context.Context, p people.Principal) ([]access.Task, error)
}

// RequestForms reads the form of a request and what its conditions need to know.
type RequestForms interface {
	Form(r *access.Request) (*form.Form, error)
	Facts(r *access.Request) form.Facts
}

// RequestFiles keeps what belongs to a request: attachments, frozen versions, signatures, test reports.
type RequestFiles interface {
	Attach(ctx context.Context, p people.Principal, number string, revision int64, f RequestFile) (access.Request,
		error)
	Attachment(ctx context.Context, p people.Principal, number, digest string) (access.Attachment, []byte, error)
	Sign(ctx context.Context, p people.Principal, number string, revision int64, jws string) (access.Request, error)
	Frozen(ctx context.Context, p people.Principal, number string, version int) ([]byte, error)
	Diff(ctx context.Context, p people.Principal, number string, before, after int) ([]access.Change, error)
	Test(ctx context.Context, p people.Principal, number string, revision int64) (access.Request, error)
}

// RequestParts is all that the pages of requests need.
type RequestParts struct {
	Requests
	RequestForms
	RequestFiles
}

// requestRoutes registers the pages of access requests, where there are any.
func (s *Surface) requestRoutes() {
	if s.cfg.Requests == nil {
		return
	}
	if s.cfg.Tasks == nil {
		s.cfg.Tasks = requestTasks{s.cfg.Requests}
	}
	s.page("GET /requests", s.requests)
	s.page("GET /requests/new", s.newRequest)
	s.page("POST /requests/new", s.beginRequest)
	s.page("GET /requests/{number}", s.request)
	s.page("POST /requests/{number}/do", s.requestStep)
	s.page("GET /requests/{number}/edit", s.editRequest)
	s.page("POST /requests/{number}/edit", s.saveRequest)
	s.page("POST /requests/{number}/files", s.attach)
	s.page("GET /requests/{number}/files/{digest}", s.attachment)
	s.page("GET /requests/{number}/print", s.printRequest)
	s.reviewRoutes()
}

// opened is the request of a page, if the person who has logged in may view it. What may not be viewed is the same as
// what does not exist.
func (s *Surface) opened(r *http.Request, v *view) (access.Request, error) {
	if err := s.need(v); err != nil {
		return access.Request{}, err
	}
	one, err := s.cfg.Requests.Open(r.Context(), *v.who, r.PathValue("number"))
	if codeOf(err) == fault.RequestUnknown {
		return one, fault.New(fault.PathUnknown)
	}
	return one, err
}

// addressOfRequest is a page of a request: "" for the request itself.
func addressOfRequest(number, page string) templ.SafeURL {
	if page != "" {
		page = "/" + page
	}
	return templ.SafeURL("/requests/" + number + page)
}

// requestsPerPage is how many requests a page of the list shows.
const requestsPerPage = 20

// requestList is a page of the list.
type requestList struct {
	all     []access.Request
	tasks   []access.Task // in place of all, where only what waits for the person is asked for
	mine    bool
	waiting int64
	state   access.State // "": any
	write   bool         // the person may begin one
	first   templ.SafeURL
	next    templ.SafeURL
}

// requests lists the requests that a person may view, by their last change.
func (s *Surface) requests(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := s.need(v); err != nil {
		return err
	}
	l := requestList{mine: v.query.Get("show") == "mine", state: access.State(v.query.Get("state")),
		write: v.who.Could(people.RequestEdit) && !v.who.Context.Staff}
	q := RequestQuery{Limit: requestsPerPage + 1}
	if l.state != "" && !slices.Contains(access.States(), l.state) {
		return fault.New(fault.QueryInvalid, "what", "state")
	}
	if l.state != "" {
		q.States = []access.State{l.state}
	}
	if before := v.query.Get("before"); before != "" {
		at, err := time.Parse(time.RFC3339Nano, before)
		if err != nil {
			return fault.New(fault.QueryInvalid, "what", "before")
		}
		q.Before, l.first = at, addressOf("/requests", "state", string(l.state))
	}
	tasks, err := s.cfg.Requests.Tasks(r.Context(), *v.who)
	if err != nil {
		return err
	}
	tasks = slices.DeleteFunc(tasks, func(t access.Task) bool { return !t.Mine })
	l.waiting = int64(len(tasks))
	if l.mine {
		l.tasks = tasks
		return s.render(w, r, v, http.StatusOK, requestsPage(v, l))
	}
	if l.all, err = s.cfg.Requests.List(r.Context(), *v.who, q); err != nil {
		return err
	}
	if len(l.all) > requestsPerPage {
		l.all = l.all[:requestsPerPage]
		l.next = addressOf("/requests", "state", string(l.state), "before",
			l.all[requestsPerPage-1].Changed.Format(time.RFC3339Nano))
	}
	return s.render(w, r, v, http.StatusOK, requestsPage(v, l))
}

// beginning is the page on which a request begins.
type beginning struct {
	words    string
	found    []discovery.Line
	chosen   string // service
	existing []contract
	earlier  []access.Request
	problem  *fault.Error
}

// newRequest asks what is needed: data of a service, another form of an agreement, or the same as before.
func (s *Surface) newRequest(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := s.need(v); err != nil {
		return err
	}
	return s.beginningPage(w, r, v, http.StatusOK, nil)
}

func (s *Surface) beginningPage(w http.ResponseWriter, r *http.Request, v *view, status int,
	problem *fault.Error) error {
	if err := v.who.May(people.RequestEdit, people.Object{Owner: v.who.Context.Participant}, v.now); err != nil {
		return err
	}
	b := beginning{words: v.query.Get("q"), chosen: v.query.Get("service"), problem: problem}
	if len(b.words) > 200 {
		return fault.New(fault.QueryInvalid, "what", "q")
	}
	if b.words != "" {
		b.found = s.cfg.Guide.Search(search.Query{Text: b.words, Limit: 8}).Items
	}
	if b.chosen != "" {
		sheet, err := s.cfg.Guide.Show(b.chosen)
		if err == nil {
			b.chosen = string(sheet.Service) + "/" + sheet.Version.String()
			b.found = append([]discovery.Line{sheet.Line}, slices.DeleteFunc(b.found, func(l discovery.Line) bool {
				return l.Service == sheet.Service && l.Version == sheet.Version
			})...)
		}
	}
	for _, c := range s.contractList() {
		// an agreement about events is not changed by a request
		own := c.Consumer.Participant() == v.who.Context.Participant && c.Event == ""
		if own && len(b.existing) < 100 {
			b.existing = append(b.existing, c)
		}
	}
	var err error
	if b.earlier, err = s.cfg.Requests.List(r.Context(), *v.who, RequestQuery{Limit: 10}); err != nil {
		return err
	}
	b.earlier = slices.DeleteFunc(b.earlier, func(one access.Request) bool {
		return one.Consumer != v.who.Context.Participant
	})
	return s.render(w, r, v, status, newRequestPage(v, b))
}

// same is an agreement of the institution for the chosen service; nil when there is none.
func (b beginning) same() *contract {
	name, _, _ := strings.Cut(b.chosen, "/")
	for i, c := range b.existing {
		if name != "" && string(c.Service) == name {
			return &b.existing[i]
		}
	}
	return nil
}

// beginRequest makes a draft and leads to its form.
func (s *Surface) beginRequest(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := s.need(v); err != nil {
		return err
	}
	if err := readForm(w, r); err != nil {
		return err
	}
	d := RequestDraft{Kind: access.Kind(r.PostForm.Get("kind")), Service: r.PostForm.Get("service"),
		Agreement: mconnect.AgreementID(r.PostForm.Get("agreement")), Copy: r.PostForm.Get("copy")}
	if d.Kind == "" {
		d.Kind = access.New
	}
	one, err := s.cfg.Requests.Begin(r.Context(), *v.who, d)
	if err != nil {
		f := fault.From(err)
		if k := f.Kind(); k == fault.Invalid || k == fault.Conflict || f.Code == fault.RequestParties {
			v.query.Set("service", d.Service)
			return s.beginningPage(w, r, v, http.StatusUnprocessableEntity, f)
		}
		return err
	}
	http.Redirect(w, r, string(addressOfRequest(one.Number, "edit")), http.StatusSeeOther)
	return nil
}

// serviceTitle is what the service of a request is called.
func (v *view) serviceTitle(r *access.Request) mconnect.Text {
	if r.Service == "" {
		return text.NoServiceYet
	}
	if sheet, err := v.cfg.Guide.Show(string(r.Service) + "/" + r.Version.String()); err == nil {
		return sheet.Title
	}
	return text.Plain(string(r.Service))
}

// titleOf is the heading of a request.
func (v *view) titleOf(r *access.Request) mconnect.Text {
	return text.RequestOf(v.serviceTitle(r), v.participant(r.Consumer))
}

// situation is the state of a request as a tone and a sentence that says who is to act.
func (v *view) situation(r *access.Request) (tone, sentence string) {
	var n, of int64
	late := false
	if c := r.Clock.Read(v.now); c != nil && !c.Ended {
		n, of, late = int64(c.Day), int64(c.Limit), c.Late
	}
	tone = "wait"
	if late {
		tone = "bad"
	}
	return v.toneAndSentence(r, tone, n, of)
}

func (v *view) toneAndSentence(r *access.Request, tone string, n, of int64) (string, string) {
	consumer, provider := v.participant(r.Consumer), v.participant(r.Provider)
	switch r.State {
	case access.Draft:
		left := int64(0)
		if l := r.Lapses(v.now); l != nil {
			left = int64(max(l.Left, 0))
		}
		return tone, v.say(text.DraftLapses(left))
	case access.AwaitingDPO:
		return tone, v.say(text.AwaitsOfficer(consumer))
	case access.AwaitingSignature:
		return tone, v.say(text.AwaitsSignature(consumer))
	case access.Submitted:
		return tone, v.say(text.AwaitsOperator(n, of))
	case access.ChangesRequested:
		if tone == "wait" {
			tone = "warn"
		}
		return tone, v.say(text.AwaitsChanges(consumer, n, of))
	case access.ProviderDecision:
		return tone, v.say(text.AwaitsProvider(provider, n, of))
	case access.Approved:
		return tone, v.say(text.AwaitsConnection(n, of))
	case access.Decided:
		return "wait", v.say(text.GrantedTestNext)
	case access.Testing:
		return "warn", v.say(text.TestsNotGreen)
	case access.Ready:
		return "wait", v.say(text.ReadyToStart)
	case access.InForce:
		if !r.Kind.Decided() {
			return "ok", v.say(text.ChangeHolds)
		}
		return "ok", v.say(text.AgreementStarted)
	case access.Refused:
		return "bad", v.say(text.EndedOn(string(r.State), r.Since))
	default:
		return "", v.say(text.EndedOn(string(r.State), r.Since))
	}
}

// codeOf is the code of an error; "" for none.
func codeOf(err error) fault.Code {
	if err == nil {
		return ""
	}
	return fault.From(err).Code
}

// requestTasks are the tasks of access requests on the page of what waits for a person.
type requestTasks struct{ requests Requests }

// For implements Tasks.
func (t requestTasks) For(ctx context.Context, p *people.Principal) ([]Task, error) {
	due, err := t.requests.Tasks(ctx, *p)
	if err != nil {
		return nil, err
	}
	var all []Task
	for _, one := range due {
		if !one.Mine {
			continue
		}
		task := Task{Title: text.TaskOf(string(one.Step), one.Request),
			Path: string(addressOfRequest(one.Request, "")), Why: one.State.Name()}
		if one.Clock != nil && !one.Clock.Ended {
			task.Due = one.Clock.Due
		}
		all = append(all, task)
	}
	slices.SortStableFunc(all, func(a, b Task) int { // what has a term comes first
		switch {
		case a.Due.IsZero() == b.Due.IsZero():
			return a.Due.Compare(b.Due)
		case a.Due.IsZero():
			return 1
		}
		return -1
	})
	return all, nil
}

package emulator

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// ending is a single logout under way.
type ending struct {
	from     *incoming // the LogoutRequest that began it; nil where it began here
	nameID   string
	asked    []asked
	deadline time.Time
}

// asked is one service that was asked to end its session.
type asked struct {
	service Service
	index   string
	id      string // of the LogoutRequest
	ended   bool
}

// complete reports whether every service has ended its session.
func (e *ending) complete() bool {
	return !slices.ContainsFunc(e.asked, func(a asked) bool { return !a.ended })
}

// logoutMessage takes a LogoutRequest or a LogoutResponse of a service.
func (e *Emulator) logoutMessage(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		e.refuse(w, err)
		return
	}
	field := "SAMLRequest"
	if r.PostForm.Has("SAMLResponse") {
		field = "SAMLResponse"
	}
	m, err := e.read(r, field, e.LogoutURL())
	if err != nil {
		e.refuse(w, err)
		return
	}
	switch m.root.Local() {
	case "LogoutRequest":
		e.begin(w, m)
	case "LogoutResponse":
		e.answered(m)
		_, _ = io.WriteString(w, "ok") // the frame went away
	default:
		e.refuse(w, errNot("a logout message"))
	}
}

// begin ends the session that a LogoutRequest names and asks the other services.
func (e *Emulator) begin(w http.ResponseWriter, m *incoming) {
	name := m.root.Child(nsAssertion, "NameID").Text()
	index := m.root.Child(nsProtocol, "SessionIndex").Text()
	e.mu.Lock()
	var others *session
	for id, s := range e.sessions {
		if s.person.IDNP == name && s.services[m.service.EntityID] == index && index != "" {
			delete(e.sessions, id)
			others = s
		}
	}
	e.mu.Unlock()
	end := &ending{from: m, nameID: name}
	if others != nil {
		delete(others.services, m.service.EntityID)
		e.ask(end, others)
	}
	e.frames(w, end)
}

// logoutHere is a logout on MPass's own page.
func (e *Emulator) logoutHere(w http.ResponseWriter, r *http.Request) {
	id, s := e.sessionOf(r)
	end := &ending{}
	if s != nil {
		e.mu.Lock()
		delete(e.sessions, id)
		e.mu.Unlock()
		end.nameID = s.person.IDNP
		e.ask(end, s)
	}
	e.frames(w, end)
}

func (e *Emulator) ask(end *ending, s *session) {
	for id, index := range s.services {
		if service, ok := e.service(id); ok {
			end.asked = append(end.asked, asked{service: service, index: index, id: random()})
		}
	}
	slices.SortFunc(end.asked, func(a, b asked) int {
		if a.service.EntityID < b.service.EntityID {
			return -1
		}
		return 1
	})
}

func (e *Emulator) frames(w http.ResponseWriter, end *ending) {
	id := random()
	end.deadline = e.now().Add(e.cfg.Timeout)
	e.mu.Lock()
	e.endings[id] = end
	e.mu.Unlock()
	frames := make([]int, len(end.asked))
	for i := range frames {
		frames[i] = i
	}
	page(w, logoutPage, map[string]any{"ID": id, "Frames": frames})
}

func (e *Emulator) ending(r *http.Request) *ending {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.endings[r.URL.Query().Get("id")]
}

// frame asks one service, from inside a frame.
func (e *Emulator) frame(w http.ResponseWriter, r *http.Request) {
	end := e.ending(r)
	n, err := strconv.Atoi(r.URL.Query().Get("n"))
	if end == nil || err != nil || n < 0 || n >= len(end.asked) {
		e.refuse(w, errNot("a logout under way"))
		return
	}
	next := e.taken()
	e.mu.Lock()
	a := end.asked[n]
	e.mu.Unlock()
	text, err := e.buildLogout(a, end.nameID, next)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	e.post(w, a.service.SLO, "SAMLRequest", text, "frame-"+strconv.Itoa(n))
}

// answered notes that a service has ended its session.
func (e *Emulator) answered(m *incoming) {
	to, _ := m.root.Attr("", "InResponseTo")
	status, _ := m.root.Child(nsProtocol, "Status").Child(nsProtocol, "StatusCode").Attr("", "Value")
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, end := range e.endings {
		for i := range end.asked {
			if end.asked[i].id == to && end.asked[i].service.EntityID == m.service.EntityID {
				end.asked[i].ended = status == success || status == partial
			}
		}
	}
}

func (e *Emulator) logoutState(w http.ResponseWriter, r *http.Request) {
	end, now := e.ending(r), e.now()
	state := "ended"
	e.mu.Lock()
	if end != nil && now.Before(end.deadline) && !end.complete() {
		state = "waiting"
	}
	e.mu.Unlock()
	_, _ = io.WriteString(w, state) // the page went away
}

// logoutEnd answers the service that began, or says that it is over.
func (e *Emulator) logoutEnd(w http.ResponseWriter, r *http.Request) {
	end := e.ending(r)
	if end == nil {
		e.refuse(w, errNot("a logout under way"))
		return
	}
	e.mu.Lock()
	delete(e.endings, r.URL.Query().Get("id"))
	all := end.complete()
	e.mu.Unlock()
	if end.from == nil {
		page(w, homePage, nil)
		return
	}
	codes := []string{success}
	if !all {
		codes = append(codes, partial)
	}
	text, err := e.buildLogoutResponse(end.from, codes, e.taken())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	e.post(w, end.from.service.Logout, "SAMLResponse", text, end.from.relay)
}

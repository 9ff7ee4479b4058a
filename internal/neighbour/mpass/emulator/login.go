package emulator

import (
	"encoding/base64"
	"net/http"
	"time"
)

// login is an AuthnRequest that waits on the page of persons.
type login struct {
	message *incoming
	lang    string
}

// loginRequest takes an AuthnRequest.
func (e *Emulator) loginRequest(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		e.refuse(w, err)
		return
	}
	m, err := e.read(r, "SAMLRequest", e.LoginURL())
	if err != nil {
		e.refuse(w, err)
		return
	}
	flag := func(name string) bool { v, _ := m.root.Attr("", name); return v == "true" || v == "1" }
	acs, stated := m.root.Attr("", "AssertionConsumerServiceURL")
	create, _ := m.root.Child(nsProtocol, "NameIDPolicy").Attr("", "AllowCreate")
	switch {
	case m.root.Local() != "AuthnRequest":
		e.refuse(w, errNot("an AuthnRequest"))
		return
	case stated && acs != m.service.ACS:
		e.refuse(w, errNot("the registered AssertionConsumerServiceURL"))
		return
	case create != "true" && create != "1":
		e.refuse(w, errNot(`NameIDPolicy with AllowCreate="true"`))
		return
	}
	id, s := e.sessionOf(r)
	switch {
	case s != nil && !flag("ForceAuthn"):
		e.respond(w, m, id, s.began)
	case flag("IsPassive"):
		a := e.newAnswer(m.service, m.id)
		a.status = []string{responder, noPassive}
		e.send(w, a, m.relay)
	default:
		ticket := random()
		lang := r.URL.Query().Get("lang")
		e.mu.Lock()
		e.logins[ticket] = &login{message: m, lang: lang}
		e.mu.Unlock()
		page(w, choosePage, map[string]any{"Ticket": ticket, "Persons": persons, "Lang": lang,
			"Service": m.service.EntityID, "Again": flag("ForceAuthn")})
	}
}

// errNot says what a message should have been.
type errNot string

func (e errNot) Error() string { return "want " + string(e) }

// choose ends the page of persons: somebody was chosen, or the login was cancelled.
func (e *Emulator) choose(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		e.refuse(w, err)
		return
	}
	e.mu.Lock()
	l := e.logins[r.PostForm.Get("ticket")]
	delete(e.logins, r.PostForm.Get("ticket"))
	e.mu.Unlock()
	if l == nil {
		e.refuse(w, errNot("a login that was begun"))
		return
	}
	p, known := find(r.PostForm.Get("person"))
	if !known {
		a := e.newAnswer(l.message.service, l.message.id)
		a.status = []string{responder, denied}
		e.send(w, a, l.message.relay)
		return
	}
	now := e.now()
	id, s := e.sessionOf(r)
	e.mu.Lock()
	if s == nil || s.person.ID != p.ID {
		id = random()
		e.sessions[id] = &session{person: p, services: map[string]string{}}
	}
	e.sessions[id].began = now
	e.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: id, Path: "/", Secure: true, HttpOnly: true,
		SameSite: http.SameSiteNoneMode})
	e.respond(w, l.message, id, now)
}

// respond answers an AuthnRequest out of a session.
func (e *Emulator) respond(w http.ResponseWriter, m *incoming, id string, asked time.Time) {
	a := e.newAnswer(m.service, m.id)
	e.mu.Lock()
	s := e.sessions[id]
	if s.services[m.service.EntityID] == "" {
		s.services[m.service.EntityID] = random()
	}
	a.person, a.index, a.asked = s.person, s.services[m.service.EntityID], asked
	e.mu.Unlock()
	e.send(w, a, m.relay)
}

// send gives the browser the form with an answer: honest, or as the test has chosen.
func (e *Emulator) send(w http.ResponseWriter, a *answer, relay string) {
	next := e.taken()
	text, err := e.build(a, next)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if next == "unsolicited" {
		relay = ""
	}
	e.post(w, a.service.ACS, "SAMLResponse", text, relay)
}

// taken is what a test has chosen for this answer; the one after it is honest again.
func (e *Emulator) taken() (next string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	next, e.next = e.next, ""
	return next
}

// post gives the browser a form that it sends to another site.
func (e *Emulator) post(w http.ResponseWriter, to, field, text, relay string) {
	page(w, postPage, map[string]any{"To": to, "Field": field, "Relay": relay,
		"Message": base64.StdEncoding.EncodeToString([]byte(text))})
}

func (e *Emulator) refuse(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write([]byte("MPass (emulator): " + err.Error() + "\n")) // the browser went away
}

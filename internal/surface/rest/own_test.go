package rest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/internal/surface/rest"
	"mconnect/test/must"
	"mconnect/verify"
)

type offered struct {
	System   string       `json:"system"`
	Services []rest.Offer `json:"services"`
}

func (w *testPlatform) offers(t *testing.T, system, lang string) offered {
	t.Helper()
	g := w.ask(t, w.Client(t, system, true), "/api/v1/services", "", func(r *http.Request) {
		r.Method = http.MethodGet
		r.Header.Set("Accept-Language", lang)
	})
	if g.status != 200 || g.header.Get("Content-Type") != "application/json" || g.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %s %v", g.status, g.body, g.header)
	}
	var list offered
	must.OK(t, json.Unmarshal([]byte(g.body), &list))
	return list
}

func TestOwn_OffersAreTheCallersOwn(t *testing.T) {
	w := newTestPlatform(t, setting{})
	list := w.offers(t, "hall.app", "en")
	var ids []string
	for _, o := range list.Services {
		ids = append(ids, string(o.Service)+"/"+o.Version.String())
	}
	want := []string{"GetDown/1.0.0", "GetExtract/1.0.0", "GetGarbage/1.0.0", "GetLate/1.0.0", "GetNobody/1.0.0", "GetPerson/2.0.0", "GetPerson/1.0.0",
		"GetScarce/1.0.0", "GetTrouble/1.0.0", "GetWrong/1.0.0"}
	if list.System != "hall.app" || !slices.Equal(ids, want) {
		t.Errorf("%s may call %v", list.System, ids)
	}
	person := list.Services[5]
	if person.Title != "Person" || person.State != "active" || person.AgreedUntil != "2099-12-31T22:00:00Z" || !person.Personal || len(person.Request.Fields) != 1 {
		t.Errorf("offer %+v", person)
	}
	purpose := person.Purposes[0]
	if purpose.Code != "ajutor" || purpose.LegalBasis != "Legea exemplu, art. 1" || purpose.Reason != "a case number" || purpose.Example != "DOS-0001" ||
		!slices.Equal(purpose.Fields, []string{"IDNP", "LastName"}) || !slices.Equal(purpose.Accepts, []string{"Legea exemplu"}) {
		t.Errorf("purpose %+v", purpose)
	}
	if ru := w.offers(t, "hall.app", "ru").Services[5]; ru.Title != "Лицо" || ru.Purposes[0].Title != "Ajutor social" {
		t.Errorf("in Russian, Romanian where that is missing: %q, %q", ru.Title, ru.Purposes[0].Title)
	}
	if none := w.offers(t, "school.app", "en"); none.Services == nil || len(none.Services) > 0 {
		t.Errorf("a system without agreements is offered %+v", none.Services)
	}
}

// TestOwn_OfferSaysHowToCall: a client that follows it to the letter is answered.
func TestOwn_OfferSaysHowToCall(t *testing.T) {
	w := newTestPlatform(t, setting{})
	for _, o := range w.offers(t, "hall.app", "ro").Services {
		if o.Service != "GetPerson" {
			continue
		}
		p := o.Purposes[0]
		g := w.ask(t, w.Client(t, "hall.app", true), "/api/v1/"+string(o.Service)+"/"+o.Version.String()+"?fields="+strings.Join(p.Fields, ","), question, func(r *http.Request) {
			r.Header.Set("CallBasis", p.Accepts[0])
			r.Header.Set("CallReason", p.Example)
		})
		if g.status != 200 {
			t.Errorf("%s/%s: %d %s", o.Service, o.Version, g.status, g.body)
		}
	}
}

func TestOwn_SuspendedAgreementIsOfferedAsSuspended(t *testing.T) {
	w := newTestPlatform(t, setting{})
	w.apply(t, agreed("GetScarce", "1.0.0", "LastName", "status: suspended"))
	states := map[string]string{}
	for _, o := range w.offers(t, "hall.app", "en").Services {
		states[string(o.Service)] = o.State
	}
	if states["GetScarce"] != "suspended" || states["GetLate"] != "active" {
		t.Errorf("states %v", states)
	}
}

// proven fetches a piece of evidence and checks it as its holder would: offline, with the public key alone.
func (w *testPlatform) proven(t *testing.T, c *http.Client, call, query string) verify.Proven {
	t.Helper()
	g := w.get(t, c, "/api/v1/evidence/"+call+query)
	if g.status != 200 || g.header.Get("Content-Type") != "text/plain; charset=utf-8" || g.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%s: %d %s %v", query, g.status, g.body, g.header)
	}
	p := must.Get(verify.Evidence([]byte(g.body), w.Key))(t)
	if !strings.Contains(string(p.Record), call) || strings.Contains(string(p.Record), subject) {
		t.Errorf("%s proves %s", query, p.Record)
	}
	other := must.Get(journal.NewKeys())(t)
	if _, err := verify.Evidence([]byte(g.body), must.Get(other.Public(w.Key.Name()))(t)); err == nil {
		t.Error("the evidence holds under another key too")
	}
	return p
}

func TestOwn_EvidenceOfAnAnsweredCall(t *testing.T) {
	w := newTestPlatform(t, setting{})
	for _, p := range protocols {
		c := w.Client(t, "hall.app", p.h2)
		call := w.ask(t, c, "/api/v1/GetPerson", question, nil).header.Get("MConnect-Call-Id")
		outcome := w.proven(t, c, call, "")
		intent := w.proven(t, c, call, "?part=intent")
		if outcome.Facts.Kind != "outcome" || intent.Facts.Kind != "intent" || outcome.Index <= intent.Index {
			t.Errorf("%s: %s at %d, %s at %d", p.name, intent.Facts.Kind, intent.Index, outcome.Facts.Kind, outcome.Index)
		}
		if again := w.proven(t, c, call, "?part=outcome"); again.Index != outcome.Index {
			t.Errorf("the outcome stands at %d and %d", outcome.Index, again.Index)
		}
	}
}

func TestOwn_EvidenceOfARefusalIsBothParts(t *testing.T) {
	w := newTestPlatform(t, setting{})
	c := w.Client(t, "hall.app", true)
	call := w.ask(t, c, "/api/v1/GetPerson", question, set("CallReason", "curious")).header.Get("MConnect-Call-Id")
	for _, query := range []string{"", "?part=intent", "?part=outcome"} {
		if p := w.proven(t, c, call, query); p.Facts.Kind != "refusal" {
			t.Errorf("%s: %s", query, p.Facts.Kind)
		}
	}
}

// TestOwn_EvidenceHasARate: each piece is a record too, so nobody makes the journal grow by asking again and again.
func TestOwn_EvidenceHasARate(t *testing.T) {
	w := newTestPlatform(t, setting{evidence: 1})
	hall, school := w.Client(t, "hall.app", true), w.Client(t, "school.app", true)
	call := w.ask(t, hall, "/api/v1/GetPerson", question, nil).header.Get("MConnect-Call-Id")
	statuses := map[int]int{}
	for range 30 {
		g := w.get(t, hall, "/api/v1/evidence/"+call)
		if statuses[g.status]++; g.status == 429 && (g.problem.Code != fault.RecordRate || g.header.Get("Retry-After") != "1") {
			t.Errorf("refused with %s %v", g.problem.Code, g.header)
		}
	}
	if statuses[200] < 10 || statuses[200] > 20 || statuses[200]+statuses[429] != 30 {
		t.Errorf("statuses %v", statuses)
	}
	if g := w.get(t, school, "/api/v1/evidence/"+call); g.problem.Code != fault.RecordUnknown {
		t.Errorf("another system: %d %s", g.status, g.body)
	}
}

func TestOwn_EvidenceIsForTheCallerOnly(t *testing.T) {
	w := newTestPlatform(t, setting{})
	hall, school := w.Client(t, "hall.app", true), w.Client(t, "school.app", true)
	call := w.ask(t, hall, "/api/v1/GetPerson", question, nil).header.Get("MConnect-Call-Id")
	w.proven(t, hall, call, "")
	absent := w.get(t, school, "/api/v1/evidence/01900000-0000-7000-8000-000000000000")
	foreign := w.get(t, school, "/api/v1/evidence/"+call)
	if foreign.status != 404 || foreign.problem.Code != fault.RecordUnknown || foreign.body != absent.body {
		t.Errorf("another's call: %d %s; a call that never was: %d %s", foreign.status, foreign.body, absent.status, absent.body)
	}
	for target, want := range map[string]fault.Code{
		call + "?part=both": fault.QueryInvalid, call + "?part=": fault.QueryInvalid, call + "?x=1": fault.QueryInvalid,
		"../" + call: fault.RecordUnknown, call + "/": fault.RecordUnknown, "": fault.RecordUnknown, strings.ToUpper(call): fault.RecordUnknown,
	} {
		if g := w.get(t, hall, "/api/v1/evidence/"+target); g.problem.Code != want {
			t.Errorf("%s: %d %s; want %s", target, g.status, g.body, want)
		}
	}
	g := w.ask(t, hall, "/api/v1/evidence/"+call, "", nil)
	if g.status != 405 || g.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, Allow %q", g.status, g.header.Get("Allow"))
	}
}

// TestOwn_EvidenceOfAnOpenCall: while the register has not answered there is an intent, and no outcome is made up.
func TestOwn_EvidenceOfAnOpenCall(t *testing.T) {
	w := newTestPlatform(t, setting{})
	arrived, open := make(chan string, 1), make(chan struct{})
	w.answers("/GetPerson", func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		arrived <- r.Header.Get("MConnect-Call-Id")
		<-open
		person(rw, r)
	})
	c := w.Client(t, "hall.app", true)
	answered := make(chan got, 1)
	go func() { answered <- w.ask(t, c, "/api/v1/GetPerson", question, nil) }()
	call := <-arrived
	if p := w.proven(t, c, call, "?part=intent"); p.Facts.Kind != "intent" {
		t.Errorf("proves %s", p.Facts.Kind)
	}
	if g := w.get(t, c, "/api/v1/evidence/"+call); g.status != 404 || g.problem.Code != fault.RecordUnknown {
		t.Errorf("an outcome that is not there: %d %s", g.status, g.body)
	}
	close(open)
	if g := <-answered; g.status != 200 || g.header.Get("MConnect-Call-Id") != call {
		t.Errorf("%d %s %v", g.status, g.body, g.header)
	}
	if p := w.proven(t, c, call, ""); p.Facts.Kind != "outcome" {
		t.Errorf("proves %s", p.Facts.Kind)
	}
}

package portal

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/search"
	"mconnect/internal/domain/people"
	"mconnect/internal/domain/schema"
	"mconnect/internal/surface/portal/text"
)

// Sandbox tries calls with invented persons.
type Sandbox interface {
	// Systems lists the systems of a participant that consume data.
	Systems(of mconnect.ParticipantID) []mconnect.SystemID
	// Judge reports what the exchange would decide: nothing is delivered, counted or recorded as a call.
	Judge(t Trial) (agreement.Verdict, error)
	// Send sends a call to the sandbox and returns the cut answer.
	Send(ctx context.Context, t Trial) (answer []byte, verdict agreement.Verdict, err error)
}

// Trial is a call that a person tries for a system.
type Trial struct {
	System  mconnect.SystemID
	Service mconnect.ServiceName
	Context mconnect.LegalContext
	Input   []byte // JSON
	Lang    mconnect.Lang
}

func (s *Surface) sandboxRoutes() {
	if s.cfg.Sandbox != nil {
		s.page("GET /sandbox", s.sandbox)
		s.page("POST /sandbox", s.try)
	}
}

// console is the page of the sandbox: the form, and what became of it.
type console struct {
	systems  []mconnect.SystemID
	services []choiceOf
	bases    []string // that own agreements accept
	typed    map[string]string
	wrong    map[string]mconnect.Text // by field

	sent    bool // to the sandbox; else judged
	done    bool
	verdict agreement.Verdict
	fault   *fault.Error
	answer  string
}

type choiceOf struct {
	value string
	name  mconnect.Text
}

// consoleFields are the fields of the form in their order.
var consoleFields = []string{"system", "service", "basis", "reason", "person", "user", "entity"}

// consoleOf makes the form for who is logged in. Faults: login.required, right.missing.
func (s *Surface) consoleOf(v *view) (*console, error) {
	if err := s.need(v); err != nil {
		return nil, err
	}
	own := v.who.Context.Participant
	if err := v.who.May(people.SandboxUse, people.Object{Owner: own}, v.now); err != nil {
		return nil, err
	}
	c := &console{systems: s.cfg.Sandbox.Systems(own), typed: map[string]string{}, wrong: map[string]mconnect.Text{}}
	for _, l := range s.cfg.Guide.Search(search.Query{Status: string(catalog.Published), Limit: 200}).Items {
		c.services = append(c.services, choiceOf{string(l.Service), l.Title})
	}
	known := map[string]bool{}
	for _, a := range s.cfg.Agreements.All() {
		if a.Consumer.Participant() == own && a.Event == "" {
			for _, p := range a.Purposes {
				known[string(p.Code)] = true
				if len(p.Accepts) > 0 {
					known[p.Accepts[0]] = true
				}
			}
		}
	}
	c.bases = slices.Sorted(maps.Keys(known))
	return c, nil
}

func (s *Surface) sandbox(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.consoleOf(v)
	if err != nil {
		return err
	}
	c.typed["service"] = v.query.Get("service")
	c.typed["person"] = "2999000006393"
	if len(c.systems) > 0 {
		c.typed["system"] = string(c.systems[0])
	}
	return s.render(w, r, v, http.StatusOK, sandboxPage(v, c))
}

// try judges the call of the form, or sends it to the sandbox.
func (s *Surface) try(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.consoleOf(v)
	if err != nil {
		return err
	}
	if err := readForm(w, r); err != nil {
		return err
	}
	for _, name := range consoleFields {
		c.typed[name] = strings.TrimSpace(r.PostForm.Get(name))
	}
	t, err := s.trial(v, c)
	if err != nil {
		return err
	}
	if len(c.wrong) > 0 {
		return s.render(w, r, v, http.StatusUnprocessableEntity, sandboxPage(v, c))
	}
	c.done, c.sent = true, r.PostForm.Get("do") == "send"
	if c.sent {
		var answer []byte
		answer, c.verdict, err = s.cfg.Sandbox.Send(r.Context(), t)
		c.answer = pretty(answer)
	} else {
		c.verdict, err = s.cfg.Sandbox.Judge(t)
	}
	if err == nil && c.verdict.Fault != nil {
		err = c.verdict.Fault
	}
	if err != nil {
		c.fault = fault.From(err)
	}
	return s.render(w, r, v, http.StatusOK, sandboxPage(v, c))
}

// trial reads the form, and notes what is wrong with it. An identifier that is not invented goes no further.
func (s *Surface) trial(v *view, c *console) (Trial, error) {
	t := Trial{System: mconnect.SystemID(c.typed["system"]), Service: mconnect.ServiceName(c.typed["service"]),
		Lang: v.lang, Context: mconnect.LegalContext{User: c.typed["user"], Entity: c.typed["entity"],
			Basis: c.typed["basis"], Reason: c.typed["reason"]}}
	if !slices.Contains(c.systems, t.System) {
		c.wrong["system"] = text.SandboxChoose
	}
	if !slices.ContainsFunc(c.services, func(o choiceOf) bool { return o.value == string(t.Service) }) {
		c.wrong["service"] = text.SandboxChoose
		return t, nil
	}
	if !invented(c.typed["person"]) {
		c.wrong["person"] = text.SandboxNotInvented
	}
	if t.Context.User != "" && !invented(t.Context.User) {
		c.wrong["user"] = text.SandboxNotInvented
	}
	sheet, err := s.cfg.Guide.Show(string(t.Service))
	if err != nil {
		return t, err
	}
	input := map[string]any{}
	if len(sheet.Examples) > 0 {
		if example, ok := sheet.Examples[0].Request.(map[string]any); ok {
			maps.Copy(input, example)
		}
	}
	for _, f := range sheet.Request.Fields {
		if f.Type == schema.IDNP {
			input[f.Name] = c.typed["person"]
		}
	}
	t.Input, err = json.Marshal(input)
	return t, err
}

// invented reports that a number belongs to no real person.
func invented(number string) bool {
	_, err := mconnect.ParseIDNP(number)
	return err == nil && strings.HasPrefix(number, "2999")
}

// pretty is a JSON document for people; what is no JSON stays as it is.
func pretty(answer []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, answer, "", "  ") != nil {
		return string(answer)
	}
	return b.String()
}

// outcome is the sentence over the result, with its tone.
func (c *console) outcome() (tone string, sentence mconnect.Text) {
	switch {
	case c.sent && c.fault == nil:
		return "ok", text.SandboxAnswered
	case c.sent:
		return "bad", text.SandboxNotAnswered
	case c.fault == nil:
		return "ok", text.SandboxWouldPass
	}
	return "bad", text.SandboxWouldFail
}

// title is that of the page: it says when something is to be corrected.
func (c *console) title() mconnect.Text {
	if len(c.wrong) > 0 {
		return text.ErrorIn(text.SandboxTitle)
	}
	return text.SandboxTitle
}

// bad reports that a field is to be corrected.
func (c *console) bad(name string) bool { _, wrong := c.wrong[name]; return wrong }

var consoleLabels = map[string]mconnect.Text{"system": text.SandboxSystem, "service": text.SandboxService,
	"basis": text.SandboxBasis, "reason": text.SandboxReason, "person": text.SandboxPerson, "user": text.SandboxUser,
	"entity": text.SandboxEntity}

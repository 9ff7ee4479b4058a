package sql

import (
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/provider"
)

// lawfulCall is a delivery whose caller states everything that a register may learn of a call.
func lawfulCall(s *catalog.Ready, in string) provider.Request {
	return provider.Request{Service: s, Call: call, Trace: trace, Input: []byte(in), Consumer: "hall.acts", Purpose: "heirs",
		Context: mconnect.LegalContext{User: "2999900000262", Entity: "1000000000026", Basis: `Legea nr. 100 „ș” '; --`, Reason: "Dosar 1/2026"}}
}

// TestProvider_SQLReadsWhoAsksAsParameters: a query binds what it names of the call's context, as values and never as
// text of the statement; what the call does not state is NULL, and what no query names reaches no database.
func TestProvider_SQLReadsWhoAsksAsParameters(t *testing.T) {
	onEach(t, func(t *testing.T, p *provider.Provider, _ *Protocol, base string) {
		all := catalog.SQL{Params: []string{"IDNP"}, Query: `SELECT CAST($1 AS TEXT) AS "IDNP"`}
		for n, name := range catalog.ContextNames {
			all.Params = append(all.Params, "@"+name)
			all.Query += `, CAST($` + string(rune('2'+n)) + ` AS TEXT) AS "` + name + `"`
		}
		reply, err := p.Deliver(t.Context(), lawfulCall(selecting(base, all), input))
		want := `{"IDNP":"2000000000008","CallingUser":"2999900000262","CallingEntity":"1000000000026","CallingSystem":"hall.acts",` +
			`"CallBasis":"Legea nr. 100 „ș” '; --","CallReason":"Dosar 1/2026","CallPurpose":"heirs","CallId":"` + string(call) + `"}`
		if err != nil || string(reply.Body) != want {
			t.Errorf("%s %v\nwant %s", reply.Body, err, want)
		}
		silent := lawfulCall(selecting(base, all), input)
		silent.Context, silent.Consumer, silent.Purpose = mconnect.LegalContext{}, "", ""
		reply, err = p.Deliver(t.Context(), silent)
		if err != nil || strings.Count(string(reply.Body), ":null") != len(catalog.ContextNames)-1 {
			t.Errorf("nothing stated: %s %v", reply.Body, err)
		}
		only := catalog.SQL{Params: []string{"@CallingUser"}, Query: `SELECT name AS "Name" FROM persons WHERE idnp = $1`}
		told := lawfulCall(selecting(base, only), input)
		if _, err := p.Deliver(t.Context(), told); fault.From(err).Code != fault.ProviderNoRecord {
			t.Errorf("the official is no person of this register: %v", err)
		}
		told.Context.User = "2000000000008"
		if reply, err := p.Deliver(t.Context(), told); err != nil || !strings.Contains(string(reply.Body), "Proba") {
			t.Errorf("a row chosen by the official: %s %v", reply.Body, err)
		}
	})
}

// TestProvider_SQLKnowsOnlyTheContext: a parameter with @ that names nothing of a call is refused where the service is
// declared.
func TestProvider_SQLKnowsOnlyTheContext(t *testing.T) {
	for name, good := range map[string]bool{"@CallReason": true, "@CallPurpose": true, "@callreason": false, "@Authorization": false, "@": false} {
		s := selecting("rsp", catalog.SQL{Params: []string{name}, Query: `SELECT $1 AS "IDNP"`}).Service
		s.Title, s.Provider, s.Status = mconnect.Text{RO: "x"}, "rsp.rsp", catalog.Published
		s.Response = schema.Type{Name: "Person", Fields: []schema.Field{{Name: "IDNP", Type: schema.String}}}
		refused := false
		for _, one := range s.Validate() {
			refused = refused || one.Path == "/endpoint/sql/params/0"
		}
		if refused == good {
			t.Errorf("%s: refused %t: %v", name, refused, s.Validate())
		}
	}
}

package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"mconnect/fault"
)

// TestPeers_AMarkBeforeJSON: .NET writes the byte order mark of UTF-8; it is passed over once, before the value (RFC
// 8259, section 8.1).
func TestPeers_AMarkBeforeJSON(t *testing.T) {
	w := newTestPlatform(t, setting{})
	const mark = "\ufeff"
	for name, c := range map[string]struct {
		body string
		want fault.Code
	}{
		"without":                 {question, ""},
		"before the value":        {mark + question, ""},
		"before white space":      {mark + " \n" + question, ""},
		"twice":                   {mark + mark + question, fault.MessageMalformed},
		"after the value":         {question + mark, fault.MessageMalformed},
		"alone":                   {mark, fault.MessageMalformed},
		"half of it":              {mark[:2] + question, fault.MessageMalformed},
		"within a name":           {strings.Replace(question, `"IDNP"`, `"`+mark+`IDNP"`, 1), ""},
		"of UTF-16, little end":   {"\xff\xfe" + question, fault.MessageMalformed},
		"after white space first": {" " + mark + question, fault.MessageMalformed},
	} {
		for _, p := range protocols {
			g := w.ask(t, w.Client(t, "hall.app", p.h2), "/api/v1/GetPerson", c.body, nil)
			switch {
			case name == "within a name":
				if g.status == http.StatusOK {
					t.Errorf("%s, %s: another name was taken for the field", p.name, name)
				}
			case c.want == "" && g.status != http.StatusOK, c.want != "" && (g.status < 400 || g.status >= 500):
				t.Errorf("%s, %s: %d %s", p.name, name, g.status, g.body)
			}
		}
	}
}

// TestRefused_LargeBodiesOverBothProtocols: the refusal is whole, and the next call of the same client is served.
func TestRefused_LargeBodiesOverBothProtocols(t *testing.T) {
	w := newTestPlatform(t, setting{})
	large := `{"IDNP":"` + strings.Repeat("9", 3<<20) + `"}`
	for _, p := range protocols {
		c := w.Client(t, "hall.app", p.h2)
		g := w.ask(t, c, "/api/v1/GetPerson", large, func(r *http.Request) { r.Header.Set("Expect", "100-continue") })
		if g.status != http.StatusRequestEntityTooLarge || g.problem.Code != fault.MessageTooLarge || g.err != nil {
			t.Errorf("%s: %d %.200s %v", p.name, g.status, g.body, g.err)
		}
		if g := w.ask(t, c, "/api/v1/GetPerson", question, nil); g.status != http.StatusOK {
			t.Errorf("%s, the next call: %d %s", p.name, g.status, g.body)
		}
		if g := w.ask(t, w.Client(t, "", p.h2), "/api/v1/GetPerson", large, nil); g.status != http.StatusUnauthorized || g.problem.Code == "" || g.err != nil {
			t.Errorf("%s, a stranger: %d %.200s %v", p.name, g.status, g.body, g.err)
		}
	}
}

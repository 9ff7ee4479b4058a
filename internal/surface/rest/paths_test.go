package rest_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/test/must"
)

// raw sends a request line that no well-behaved client would, and returns the answer.
func (w *testPlatform) raw(t *testing.T, line string) got {
	t.Helper()
	config := w.Client(t, "hall.app", false).Transport.(*http.Transport).TLSClientConfig
	config.ServerName = "127.0.0.1"
	conn := must.Get(tls.Dial("tcp", strings.TrimPrefix(w.url, "https://"), config))(t)
	defer func() { _ = conn.Close() }()
	_, err := fmt.Fprintf(conn, "%s\r\nHost: exchange.example\r\nContent-Type: application/json\r\nCallingUser: %s\r\nCallingEntity: 1999900000014\r\n"+
		"CallBasis: Legea exemplu\r\nCallReason: DOS-0001\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", line, official, len(question), question)
	must.OK(t, err)
	res := must.Get(http.ReadResponse(bufio.NewReader(conn), nil))(t)
	defer func() { _ = res.Body.Close() }()
	text := must.Get(io.ReadAll(res.Body))(t)
	return got{status: res.StatusCode, header: res.Header, body: string(text)}
}

func TestPath_TricksReachNobody(t *testing.T) {
	w := newTestPlatform(t, setting{})
	for _, target := range []string{
		"/api/v1/GetPerson%2F1.0.0", "/api/v1/%47etPerson", "/api/v1/GetPerson%00", "/api/v1/GetPerson%20", "/api/v1/GetPerson%252F1.0.0",
		"/api/v1/../v1/GetPerson", "/api/v1/%2e%2e/GetPerson", "/api/v1/./GetPerson", "/api/v1//GetPerson", "//api/v1/GetPerson",
		"/api/v1/GetPerson/", "/api/v1/GetPerson/1.0.0/x", "/api/v1/GetPerson/1.0.0/../../GetScarce", "/api/v1/GetPerson;v=1",
		"/api/v1/getperson", "/API/v1/GetPerson", "/api/v2/GetPerson", "/api/v1\\GetPerson", "/api/v1/GetPerson\\..\\GetScarce",
		"/api/v1/services/", "/api/v1/evidence", "/", "*", "/api/v1/ＧetPerson",
		"https://exchange.example/api/v1/GetPerson%2F1.0.0", "https://exchange.example/api/v1/%47etPerson", "https://exchange.example/api/v1/../GetPerson",
		"http://exchange.example/api/v1/GetPerson", "https://a@exchange.example/api/v1/GetPerson", "ftp://exchange.example/api/v1/GetPerson",
	} {
		if g := w.raw(t, "POST "+target+" HTTP/1.1"); g.status != 404 && g.status != 400 {
			t.Errorf("%s: %d %s", target, g.status, g.body)
		} else if g.status == 404 && !strings.Contains(g.body, string(fault.PathUnknown)) {
			t.Errorf("%s: %s", target, g.body)
		}
	}
	if asked := w.reached(); len(asked) > 0 {
		t.Errorf("the register was reached by %v", asked)
	}
}

func TestPath_TargetInAbsoluteForm(t *testing.T) {
	w := newTestPlatform(t, setting{})
	for line, want := range map[string]string{
		"POST https://exchange.example/api/v1/GetPerson HTTP/1.1":                        `{"IDNP":"` + subject + `","LastName":"Sintetic"}`,
		"POST https://exchange.example/api/v1/GetPerson/1.0.0 HTTP/1.1":                  `{"LastName":"Sintetic"}`,
		"POST HTTPS://exchange.example:443/api/v1/GetPerson?fields=LastName HTTP/1.1":    `{"LastName":"Sintetic"}`,
		"POST https://exchange.example/api/v1/GetPerson?fields=LastName%2CIDNP HTTP/1.1": `{"IDNP":"` + subject + `","LastName":"Sintetic"}`,
	} {
		if g := w.raw(t, line); g.status != 200 || g.body != want {
			t.Errorf("%s: %d %s", line, g.status, g.body)
		}
	}
}

func TestPath_FieldsNarrowTheAnswer(t *testing.T) {
	w := newTestPlatform(t, setting{})
	c := w.Client(t, "hall.app", true)
	for query, want := range map[string]string{
		"?fields=LastName": `{"LastName":"Sintetic"}`, "?fields=IDNP": `{"IDNP":"` + subject + `"}`, "": `{"IDNP":"` + subject + `","LastName":"Sintetic"}`,
	} {
		if g := w.ask(t, c, "/api/v1/GetPerson"+query, question, nil); g.status != 200 || g.body != want {
			t.Errorf("%s: %d %s", query, g.status, g.body)
		}
	}
}

func TestPath_RefusalsSpeakTheReadersLanguage(t *testing.T) {
	w := newTestPlatform(t, setting{})
	c := w.Client(t, "hall.app", true)
	for accept, want := range map[string][2]string{
		"":                       {"ro", "Temeiul"},
		"ro-MD":                  {"ro", "Temeiul"},
		"en-GB,en;q=0.9":         {"en", "legal basis"},
		"fr, ru;q=0.8, en;q=0.5": {"ru", "основани"},
	} {
		g := w.ask(t, c, "/api/v1/GetPerson", question, func(r *http.Request) {
			r.Header.Set("CallBasis", "Legea alta")
			r.Header.Set("Accept-Language", accept)
		})
		if g.header.Get("Content-Language") != want[0] || g.problem.Code != fault.PurposeUnknown {
			t.Errorf("%q: %s %s", accept, g.header.Get("Content-Language"), g.problem.Code)
		}
		said := g.problem.Detail + g.problem.Remedy
		for _, line := range g.problem.Checks {
			said += line.Title
		}
		if !strings.Contains(strings.ToLower(said), strings.ToLower(want[1])) {
			t.Errorf("%q: %s", accept, said)
		}
	}
}

// TestPath_ContextInAnyEncodingIsOneContext: however it is written, the journal holds the same text.
func TestPath_ContextInAnyEncodingIsOneContext(t *testing.T) {
	w := newTestPlatform(t, setting{})
	const reason = "dosarul nr. 7 din Școala „Exemplu”"
	for _, p := range protocols {
		c := w.Client(t, "hall.app", p.h2)
		for _, written := range []string{
			reason, "dosarul%20nr.%207%20din%20%C8%98coala%20%E2%80%9EExemplu%E2%80%9D",
			"UTF-8'ro'dosarul%20nr.%207%20din%20%C8%98coala%20%E2%80%9EExemplu%E2%80%9D", "dosarul nr. 7 din %C8%98coala „Exemplu”",
		} {
			if g := w.ask(t, c, "/api/v1/GetPerson", question, set("CallReason", written)); g.status != 200 {
				t.Errorf("%s %q: %d %s", p.name, written, g.status, g.body)
				continue
			}
			at, _ := w.record(t)
			intent, _, err := w.Journal.Entry(t.Context(), at-1)
			must.OK(t, err)
			if intent.Kind != journal.Intent || intent.Context.Reason != reason {
				t.Errorf("%s %q: recorded as %+v", p.name, written, intent.Context)
			}
		}
	}
}

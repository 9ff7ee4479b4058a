package portal_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"mconnect/internal/domain/access"
	"mconnect/internal/surface/portal"
	"mconnect/test/must"
)

// visitor is one person's browser, without scripts.
type visitor struct {
	t   *testing.T
	s   *portal.Surface
	who string
}

func (b visitor) send(r *http.Request) (int, http.Header, string) {
	b.t.Helper()
	r.AddCookie(&http.Cookie{Name: "__Host-session", Value: b.who})
	w := httptest.NewRecorder()
	b.s.Handler().ServeHTTP(w, r)
	return w.Code, w.Header(), w.Body.String()
}

func (b visitor) get(path string) (int, string) {
	status, _, body := b.send(httptest.NewRequestWithContext(b.t.Context(), "GET", path, nil))
	return status, body
}

// post sends a form: names and values in turns.
func (b visitor) post(path string, form ...string) (int, http.Header, string) {
	sent := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		sent.Add(form[i], form[i+1])
	}
	r := httptest.NewRequestWithContext(b.t.Context(), "POST", path, strings.NewReader(sent.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(r)
}

func (b visitor) as(who string) visitor { b.who = who; return b }

// drafted is a request of the town hall with every block answered, through the pages.
func drafted(t *testing.T, d *desk, s *portal.Surface) (visitor, string) {
	t.Helper()
	b := visitor{t, s, "editor"}
	status, h, body := b.post("/requests/new", "service", "GetPerson/1.0.0")
	if status != http.StatusSeeOther {
		t.Fatalf("begin: %d %s", status, body)
	}
	edit := h.Get("Location")
	number := strings.Split(edit, "/")[2]
	save := func(form ...string) {
		t.Helper()
		form = append(form, "revision", revision(d, number), "do", "next")
		if status, _, body := b.post(edit, form...); status != http.StatusSeeOther {
			t.Fatalf("save: %d %s", status, summary(body))
		}
	}
	save("block", "A", "/systems", "hall.desk", "rows:/contacts", "1", "/contacts/0/role", "dpo", "/contacts/0/email",
		"dpo@hall.invalid")
	save("block", "B", "/service", "GetPerson/1.0.0", "/fields", "LastName", "/fields", "Address", "/volume", "200",
		"/bulk", "false")
	save("block", "C", "rows:/purposes", "1", "/purposes/0/code", "ajutor", "/purposes/0/title/ro", "Ajutor",
		"/purposes/0/title/en", "Aid", "/purposes/0/title/ru", "Помощь", "rows:/purposes/0/acts", "1",
		"/purposes/0/acts/0/act", "Legea nr. 133/2008", "/purposes/0/purpose_fields", "LastName",
		"/purposes/0/purpose_fields", "Address", "/purposes/0/from",
		"2027-01-01", "/true", "true")
	return b, number
}

func revision(d *desk, number string) string {
	return strconv.FormatInt(d.stored[number].Revision, 10)
}

func summary(body string) string {
	return regexp.MustCompile(`(?s)<div class="summary".*?</div>`).FindString(body)
}

// step does a step on the page of a request and ends the test when it fails.
func (b visitor) step(d *desk, number, verb string, more ...string) {
	b.t.Helper()
	form := append([]string{"verb", verb, "revision", revision(d, number)}, more...)
	if status, _, body := b.post("/requests/"+number+"/do", form...); status != http.StatusSeeOther {
		b.t.Fatalf("%s: %d %s", verb, status, summary(body))
	}
}

func TestRequestForm_KeepsEveryTypeOfAnswer(t *testing.T) {
	d, s := requestPages(t)
	b, number := drafted(t, d, s)
	r := d.stored[number]
	for path, want := range map[string]string{"systems": `["hall.desk"]`, "contacts": `[{"email":"dpo@hall.invalid","role":"dpo"}]`,
		"volume": "200", "bulk": "false", "true": "true", "fields": `["LastName","Address"]`,
		"purposes": `[{"acts":[{"act":"Legea nr. 133/2008"}],"code":"ajutor","from":"2027-01-01","purpose_fields":["LastName","Address"],` +
			`"title":{"en":"Aid","ro":"Ajutor","ru":"Помощь"}}]`} {
		if got := string(must.Get(json.Marshal(r.Answers[path]))(t)); got != want {
			t.Errorf("%s is stored as %s, not %s", path, got, want)
		}
	}
	_, body := b.get("/requests/" + number + "/edit?block=C")
	for _, want := range []string{`value="Помощь"`, `value="2027-01-01"`, `value="Legea nr. 133/2008"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page of the block does not show %s", want)
		}
	}
}

func TestRequestForm_LinksErrorsAndKeepsWhatWasTyped(t *testing.T) {
	d, s := requestPages(t)
	b := visitor{t, s, "editor"}
	b.post("/requests/new")
	status, _, body := b.post("/requests/D-2026-0001/edit", "block", "A", "revision", "1", "do", "next", "rows:/contacts", "1",
		"/contacts/0/email", "<script>alert(1)</script>")
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "<title>Eroare: ") ||
		!strings.Contains(body, `href="#f-contacts-0-email"`) || !strings.Contains(body, `href="#f-systems"`) {
		t.Errorf("status %d, summary %s", status, summary(body))
	}
	if strings.Contains(body, "<script>alert") || !strings.Contains(body, `value="&lt;script&gt;alert(1)&lt;/script&gt;"`) {
		t.Error("what was typed is lost or not escaped")
	}
	for _, id := range regexp.MustCompile(`href="#(f-[^"]+)"`).FindAllStringSubmatch(body, -1) {
		if !strings.Contains(body, `id="`+id[1]+`"`) {
			t.Errorf("a link leads to %s, which is nowhere", id[1])
		}
	}
	if got := d.stored["D-2026-0001"].Answers["contacts"]; got == nil {
		t.Error("the answer that is wrong is not kept")
	}
}

func TestRequestForm_AddsAndRemovesRows(t *testing.T) {
	d, s := requestPages(t)
	b, number := drafted(t, d, s)
	edit := "/requests/" + number + "/edit"
	row := []string{"block", "A", "revision", revision(d, number), "/systems", "hall.desk", "rows:/contacts", "1",
		"/contacts/0/role", "dpo", "/contacts/0/email", "dpo@hall.invalid"}
	status, h, _ := b.post(edit, append(row, "add", "/contacts")...)
	if status != http.StatusSeeOther {
		t.Fatalf("add: %d", status)
	}
	_, body := b.get(strings.Split(h.Get("Location"), "#")[0])
	if !strings.Contains(body, `name="rows:/contacts" value="2"`) || !strings.Contains(body, `name="/contacts/1/email"`) ||
		strings.Contains(body, `class="summary"`) {
		t.Errorf("the page has no second row, or an error in it: %s", summary(body))
	}
	if rows, _ := d.stored[number].Answers["contacts"].([]any); len(rows) != 1 {
		t.Errorf("%d rows are stored after one was added and not filled in", len(rows))
	}
	row[3] = revision(d, number)
	b.post(edit, append(row, "remove", "/contacts/0")...)
	if got := d.stored[number].Answers["contacts"]; got != nil {
		t.Errorf("after removal: %v", got)
	}
	_, body = b.get(edit + "?block=C&add=/purposes/0/acts")
	if !strings.Contains(body, `name="/purposes/0/acts/1/act"`) {
		t.Error("a table in a table cannot grow")
	}
}

func TestRequestForm_DropsAnswersThatOthersHide(t *testing.T) {
	d, s := requestPages(t)
	b, number := drafted(t, d, s)
	base := []string{"block", "B", "/service", "GetPerson/1.0.0", "/fields", "LastName"}
	save := func(more ...string) string {
		_, _, body := b.post("/requests/"+number+"/edit", append(append(base, more...), "do", "next", "revision",
			revision(d, number))...)
		return body
	}
	save("/bulk", "true", "/bulk_why", "pentru prima încărcare")
	if d.stored[number].Answers["bulk_why"] == nil {
		t.Fatal("the answer is not stored")
	}
	save("/bulk", "false", "/bulk_why", "pentru prima încărcare")
	if got, kept := d.stored[number].Answers["bulk_why"]; kept {
		t.Errorf("the hidden answer stays: %v", got)
	}
}

func TestRequestForm_SavesByHtmx(t *testing.T) {
	d, s := requestPages(t)
	b := visitor{t, s, "editor"}
	b.post("/requests/new", "service", "GetPerson/1.0.0")
	auto := func(form url.Values) (http.Header, string) {
		form.Set("block", "B")
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/requests/D-2026-0001/edit", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("HX-Request", "true")
		status, h, body := b.send(r)
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		return h, body
	}
	h, body := auto(url.Values{"revision": {"1"}, "/service": {"GetPerson/1.0.0"}, "/volume": {"7"}})
	if h.Get("HX-Retarget") != "" || !strings.Contains(body, "Salvat la 14:32") || !strings.Contains(body, `value="2"`) ||
		strings.Contains(body, "<html") {
		t.Errorf("saved: %v %s", h, body)
	}
	h, body = auto(url.Values{"revision": {"2"}, "/service": {"GetPerson/1.0.0"}, "/bulk": {"true"}})
	if h.Get("HX-Retarget") != "#block" || !strings.Contains(body, `name="/bulk_why"`) {
		t.Errorf("a new question does not appear: %v", h)
	}
	_, body = auto(url.Values{"revision": {"1"}, "/volume": {"9"}})
	if !strings.Contains(body, "Nesalvat") || d.stored["D-2026-0001"].Revision != 3 {
		t.Errorf("a stale page saved itself: %s", body)
	}
}

func TestRequestForm_ShowsBothWhenStale(t *testing.T) {
	d, s := requestPages(t)
	b, number := drafted(t, d, s)
	status, _, body := b.post("/requests/"+number+"/edit", "block", "B", "revision", "1", "do", "next", "/service",
		"GetPerson/1.0.0", "/fields", "LastName", "/volume", "900")
	if status != http.StatusConflict || !strings.Contains(body, "<del>200</del>") || !strings.Contains(body, "<ins>900</ins>") ||
		!strings.Contains(body, `value="900"`) || !strings.Contains(body, `name="revision" value="`+revision(d, number)+`"`) {
		t.Errorf("status %d: %s", status, summary(body))
	}
	if got := d.stored[number].Answers["volume"]; got != 200.0 {
		t.Errorf("the stale page changed the answer to %v", got)
	}
}

func TestRequest_GoesFromDraftToSignature(t *testing.T) {
	d, s := requestPages(t)
	b, number := drafted(t, d, s)
	_, body := b.get("/requests/" + number)
	if strings.Count(body, `class="button" type="submit"`) != 1 || !strings.Contains(body, "Trimite spre semnare") {
		t.Error("the editor does not have one filled button")
	}
	b.step(d, number, "submit")
	_, body = b.get("/requests/" + number)
	if !strings.Contains(body, "Așteaptă avizul responsabilului cu protecția datelor de la Primăria comunei Model.") ||
		!strings.Contains(body, `class="why"`) {
		t.Error("the page does not say who is awaited")
	}
	if _, body := b.as("dpo").get("/requests?show=mine"); !strings.Contains(body, number) {
		t.Error("the officer does not find the request among what is to do")
	}
}

func TestRequest_LeadsToWhatIsMissing(t *testing.T) {
	_, s := requestPages(t)
	b := visitor{t, s, "editor"}
	b.post("/requests/new", "service", "GetPerson/1.0.0")
	status, _, body := b.post("/requests/D-2026-0001/do", "verb", "submit", "revision", "1")
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "Eroare: ") ||
		!strings.Contains(body, `href="/requests/D-2026-0001/edit?block=A&amp;check=1#f-systems"`) {
		t.Errorf("status %d: %s", status, summary(body))
	}
}

func TestRequest_EscapesWhatPersonsWrite(t *testing.T) {
	d, s := requestPages(t)
	b, number := drafted(t, d, s)
	b.step(d, number, "message", "reason", `<img src=x onerror=alert(1)>"'`)
	_, body := b.get("/requests/" + number)
	if strings.Contains(body, "<img") || !strings.Contains(body, "&lt;img src=x onerror=alert(1)&gt;") {
		t.Error("a message is not escaped")
	}
	if strings.Contains(body, "p-editor") {
		t.Error("the page names a person")
	}
}

func TestRequest_TakesAttachmentsAndOnlySendsThemAsFiles(t *testing.T) {
	d, s := requestPages(t)
	b, number := drafted(t, d, s)
	upload := func(name, content string) (int, string) {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		_, err := io.WriteString(must.Get(w.CreateFormFile("file", name))(t), content)
		must.OK(t, err)
		must.OK(t, w.WriteField("revision", revision(d, number)))
		must.OK(t, w.Close())
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/requests/"+number+"/files", &body)
		r.Header.Set("Content-Type", w.FormDataContentType())
		status, _, page := b.send(r)
		return status, page
	}
	if status, body := upload("a.html", "<script>"); status != http.StatusUnprocessableEntity || summary(body) == "" {
		t.Errorf("a page as an attachment: %d", status)
	}
	if status, _ := upload("ordin\".pdf", "%PDF-1.7"); status != http.StatusSeeOther {
		t.Errorf("a PDF: %d", status)
	}
	digest := d.stored[number].Attachments[0].Digest
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/requests/"+number+"/files/"+digest, nil)
	status, h, body := b.send(r)
	if status != http.StatusOK || body != "%PDF-1.7" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") ||
		!strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("download: %d %v", status, h)
	}
}

// TestRequests_HideWhatMayNotBeSeen: for every request, page and role, who may not view it gets the page of what does
// not exist, the same as for a number that nobody has.
func TestRequests_HideWhatMayNotBeSeen(t *testing.T) {
	d, s := requestPages(t)
	b, number := drafted(t, d, s)
	b.step(d, number, "submit")
	paths := []string{"", "/edit", "/print", "/files/" + strings.Repeat("a", 64)}
	for token, p := range cast {
		allowed := d.stored[number].View(p, d.at) == nil
		for _, path := range paths {
			status, body := b.as(token).get("/requests/" + number + path)
			_, nowhere := b.as(token).get("/requests/D-2026-9999" + path)
			hidden := status == http.StatusNotFound
			if !allowed && (!hidden || strings.ReplaceAll(body, number, "D-2026-9999") != nowhere) {
				t.Errorf("%s sees %s: %d", token, path, status)
			}
			if allowed && hidden && !strings.HasPrefix(path, "/files") {
				t.Errorf("%s does not see %s", token, path)
			}
		}
		if !allowed {
			before := d.stored[number].Revision
			for _, path := range []string{"/do", "/edit", "/files"} {
				if status, _, _ := b.as(token).post("/requests/"+number+path, "verb", "withdraw", "block", "A", "revision", "1"); status != http.StatusNotFound {
					t.Errorf("%s posts to %s: %d", token, path, status)
				}
			}
			if d.stored[number].Revision != before {
				t.Errorf("%s changed the request", token)
			}
		}
	}
}

func TestRequests_AskForLogin(t *testing.T) {
	_, s := requestPages(t)
	status, h, _ := visitor{t, s, "nobody"}.send(httptest.NewRequestWithContext(t.Context(), "GET", "/requests/D-2026-0001?x=1", nil))
	if status != http.StatusSeeOther || h.Get("Location") != "/login?to=%2Frequests%2FD-2026-0001%3Fx%3D1" {
		t.Errorf("%d %s", status, h.Get("Location"))
	}
}

func TestRequests_RefuseFormsOfOtherSites(t *testing.T) {
	d, s := requestPages(t)
	b, number := drafted(t, d, s)
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/requests/"+number+"/do",
		strings.NewReader("verb=withdraw&revision="+revision(d, number)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if status, _, _ := b.send(r); status != http.StatusForbidden || d.stored[number].State != access.Draft {
		t.Errorf("another site's form: %d, state %s", status, d.stored[number].State)
	}
}

func TestRequests_ListByStateAndPage(t *testing.T) {
	d, s := requestPages(t)
	b := visitor{t, s, "editor"}
	if _, body := b.get("/requests"); !strings.Contains(body, "Încă nicio cerere") || !strings.Contains(body, "/requests/new") {
		t.Error("the empty list does not lead to the first request")
	}
	for range 25 {
		d.at = d.at.Add(1e9)
		b.post("/requests/new")
	}
	_, body := b.get("/requests")
	next := regexp.MustCompile(`<a href="([^"]+)" rel="next"`).FindStringSubmatch(body)
	if strings.Count(body, `<th scope="row">`) != 20 || next == nil {
		t.Fatalf("%d rows, next %v", strings.Count(body, `<th scope="row">`), next)
	}
	if _, body = b.get(strings.ReplaceAll(next[1], "&amp;", "&")); strings.Count(body, `<th scope="row">`) != 5 {
		t.Errorf("the second page has %d rows", strings.Count(body, `<th scope="row">`))
	}
	if _, body = b.get("/requests?state=submitted"); !strings.Contains(body, "Nicio cerere în această stare") {
		t.Error("the filter by state does not hold")
	}
	if _, body = b.as("foreign").get("/requests"); strings.Contains(body, "D-2026-") {
		t.Error("another institution sees the list")
	}
}

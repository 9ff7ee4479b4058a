package portal_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"mconnect/internal/domain/access"
	"mconnect/internal/domain/people"
	"mconnect/internal/surface/portal"
)

// submitted takes a request to the operator, through the pages of the officer and the signatory.
func submitted(t *testing.T, d *desk, s *portal.Surface) (visitor, string) {
	t.Helper()
	b, number := drafted(t, d, s)
	b.step(d, number, "submit")
	b.as("dpo").form(d, number, "protect", "opinion", "yes")
	b.as("head").form(d, number, "sign", "verb", "sign", "jws", "good")
	if d.stored[number].State != access.Submitted {
		t.Fatalf("after the signature: %s", d.stored[number].State)
	}
	return b, number
}

// form sends a form of a page of a request and ends the test when it does not lead on.
func (b visitor) form(d *desk, number, page string, more ...string) {
	b.t.Helper()
	status, _, body := b.post("/requests/"+number+"/"+page, append(more, "revision", revision(d, number))...)
	if status != http.StatusSeeOther {
		b.t.Fatalf("%s: %d %s", page, status, summary(body))
	}
}

// checked answers the whole check list.
func checked() []string {
	form := []string{"verb", "check"}
	for _, id := range access.CheckList() {
		form = append(form, "check-"+id, "yes")
	}
	return form
}

func TestReview_LeadsToAnAgreementInForce(t *testing.T) {
	d, s := requestPages(t)
	b, number := submitted(t, d, s)
	b.as("checker").form(d, number, "review", checked()...)
	_, page := b.as("decider").get("/requests/" + number + "/review")
	if !strings.Contains(page, `name="v-0-0" value="yes"`) || strings.Count(page, `class="button" type="submit"`) != 1 {
		t.Error("the provider does not decide field by field with one filled button")
	}
	if strings.Contains(page, "checked/>✓") {
		t.Error("a field is granted before the provider has decided")
	}
	b.as("decider").form(d, number, "review", "verb", "decide", "v-0-0", "yes", "v-0-1", "no", "c-0-1", "excess_fields",
		"r-0-1", "Ajunge localitatea.", "conditions", "Numai pentru dosare\r\n\r\nRaport anual")
	verdict := d.stored[number].Verdict
	if f := verdict.Purposes[0].Fields; !f[0].Granted || f[1].Granted || f[1].Code != access.ExcessFields ||
		f[1].Reason != "Ajunge localitatea." || len(verdict.Conditions) != 2 {
		t.Errorf("verdict %+v", verdict)
	}
	b.as("approver").form(d, number, "review", "verb", "approve")
	b.as("integrator").step(d, number, "test")
	b.as("integrator").step(d, number, "start")
	_, page = b.get("/requests/" + number)
	for _, want := range []string{"Acordul este în vigoare.", "Ajunge localitatea.", "Raport anual", "lawful call",
		`href="/agreements/a-001"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of the request does not say %q", want)
		}
	}
}

func TestReview_SaysWhatIsMissing(t *testing.T) {
	d, s := requestPages(t)
	b, number := submitted(t, d, s)
	review := "/requests/" + number + "/review"
	judge := func(who string, want []string, form ...string) {
		t.Helper()
		status, _, body := b.as(who).post(review, append(form, "revision", revision(d, number))...)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, "<title>Eroare: ") {
			t.Errorf("%v: %d", form, status)
		}
		for _, link := range want {
			if !strings.Contains(summary(body), `href="#`+link+`"`) || !strings.Contains(body, `id="`+link+`"`) {
				t.Errorf("%v: no link to %s in %s", form, link, summary(body))
			}
		}
	}
	judge("checker", []string{"check-law", "check-need"}, "verb", "check")
	judge("checker", []string{"point-text-0"}, "verb", "return", "text", "Vă rugăm")
	b.as("checker").form(d, number, "review", checked()...)
	judge("decider", []string{"v-0-0"}, "verb", "decide")
	judge("decider", []string{"v-0-0"}, "verb", "decide", "v-0-0", "no", "v-0-1", "yes")
	judge("decider", []string{"code", "facts", "law"}, "verb", "refuse")
}

func TestReview_FillsInReadyTextsAndKeepsTheRest(t *testing.T) {
	d, s := requestPages(t)
	b, number := submitted(t, d, s)
	b.as("checker").form(d, number, "review", checked()...)
	status, _, body := b.as("decider").post("/requests/"+number+"/review", "verb", "return", "fill", "text", "ready-text",
		"excess", "text", "Bună ziua", "point-text-0", "<i>scoateți</i>")
	if status != http.StatusOK || !strings.Contains(body, "Bună ziua\nUnele câmpuri nu sunt necesare") ||
		!strings.Contains(body, "&lt;i&gt;scoateți&lt;/i&gt;") {
		t.Errorf("%d: the ready text is not put in, or the rest is lost", status)
	}
	_, _, body = b.as("decider").post("/requests/"+number+"/review", "verb", "decide", "fill", "rest", "v-0-0", "no")
	if !strings.Contains(body, `name="v-0-0" value="no" checked`) || d.stored[number].Verdict != nil {
		t.Error("granting the rest overrides a refusal, or decides")
	}
}

// TestReview_AsksForChangesAtFields: the point is tied to its field, the editor is led there, and the next version
// answers it.
func TestReview_AsksForChangesAtFields(t *testing.T) {
	d, s := requestPages(t)
	b, number := submitted(t, d, s)
	b.as("checker").form(d, number, "review", "verb", "return", "text", "<script>alert(1)</script>", "point-path-0",
		"/purposes/0/purpose_fields", "point-text-0", "Scoateți adresa.")
	_, body := b.get("/requests/" + number)
	if strings.Contains(body, "<script>alert") || !strings.Contains(body, "Scoateți adresa.") ||
		!strings.Contains(body, `/edit?block=C&amp;check=1#f-purposes-0-purpose_fields`) ||
		!strings.Contains(body, "Așteaptă modificări de la Primăria comunei Model: ziua 0 din 30.") {
		t.Error("the editor is not led to the point")
	}
	if _, body = b.get("/requests/" + number + "/edit?block=C"); !strings.Contains(body, "Scoateți adresa.") {
		t.Error("the form does not show the point")
	}
	b.step(d, number, "submit")
	b.as("head").form(d, number, "sign", "verb", "sign", "jws", "good")
	if _, body = b.as("decider").get("/requests/" + number); !strings.Contains(body, "<del>500</del>") {
		t.Error("the reviewers do not see what has changed")
	}
}

func TestReview_RefusesWithReasons(t *testing.T) {
	d, s := requestPages(t)
	b, number := submitted(t, d, s)
	b.as("checker").form(d, number, "review", checked()...)
	b.as("decider").form(d, number, "review", "verb", "refuse", "code", "outside_mandate", "facts",
		"Actul nu dă această atribuție <b>primăriei</b>.", "law", "Legea nr. 142/2018, art. 6")
	_, body := b.get("/requests/" + number)
	for _, want := range []string{"Actul nu dă această atribuție &lt;b&gt;primăriei&lt;/b&gt;.", "în afara atribuțiilor",
		"art. 118", "Copiază într-o ciornă nouă"} {
		if !strings.Contains(body, want) {
			t.Errorf("the refusal does not say %q", want)
		}
	}
}

// TestReview_KeepsDutiesApart: who checked a request does not approve it, and is told why; nobody has a button that the
// law refuses.
func TestReview_KeepsDutiesApart(t *testing.T) {
	d, s := requestPages(t)
	b, number := submitted(t, d, s)
	both := cast["checker"]
	both.Roles = []people.Role{people.Checker, people.Approver}
	cast["both"] = both
	t.Cleanup(func() { delete(cast, "both") })
	b.as("both").form(d, number, "review", checked()...)
	b.as("decider").form(d, number, "review", "verb", "decide", "v-0-0", "yes", "v-0-1", "yes")
	_, body := b.as("both").get("/requests/" + number + "/review")
	if strings.Contains(body, `id="approve"`) || !strings.Contains(body, `id="why-approve"`) {
		t.Error("the checker is offered to approve, or is not told why not")
	}
	if status, _, _ := b.as("both").post("/requests/"+number+"/review", "verb", "approve", "revision", revision(d, number)); status != http.StatusForbidden || d.stored[number].State != access.Approved {
		t.Errorf("the checker approved: %d, %s", status, d.stored[number].State)
	}
}

func TestProtect_WantsRemarksWhenItReturns(t *testing.T) {
	d, s := requestPages(t)
	b, number := drafted(t, d, s)
	b.step(d, number, "submit")
	status, _, body := b.as("dpo").post("/requests/"+number+"/protect", "opinion", "no", "revision", revision(d, number))
	if status != http.StatusUnprocessableEntity || !strings.Contains(summary(body), `href="#reason"`) {
		t.Errorf("%d %s", status, summary(body))
	}
	b.as("dpo").form(d, number, "protect", "opinion", "no", "reason", "Prea multe câmpuri.")
	if got := d.stored[number]; got.State != access.Draft || got.Protection.Remarks != "Prea multe câmpuri." {
		t.Errorf("%s %+v", got.State, got.Protection)
	}
	if _, body := b.as("head").get("/requests/" + number + "/protect"); strings.Contains(body, `name="opinion"`) {
		t.Error("the signatory is offered the officer's form")
	}
}

func TestSign_ShowsTheDigestAndRefusesForgeries(t *testing.T) {
	d, s := requestPages(t)
	b, number := drafted(t, d, s)
	b.step(d, number, "submit")
	b.as("dpo").form(d, number, "protect", "opinion", "yes")
	digest := d.stored[number].Latest().Digest
	_, body := b.as("head").get("/requests/" + number + "/sign")
	if !strings.Contains(body, digest) || !strings.Contains(body, "/versions/1") {
		t.Error("the page does not show what is signed")
	}
	status, _, body := b.as("head").post("/requests/"+number+"/sign", "verb", "sign", "jws", "forged", "how", "test",
		"revision", revision(d, number))
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, ">forged</textarea>") ||
		d.stored[number].State != access.AwaitingSignature {
		t.Errorf("a forged signature: %d", status)
	}
	if status, content := b.as("head").get("/requests/" + number + "/versions/1"); status != http.StatusOK ||
		content != string(d.frozen[number]) {
		t.Errorf("the content to sign: %d %q", status, content)
	}
	if status, _ := b.as("head").get("/requests/" + number + "/versions/2"); status != http.StatusNotFound {
		t.Errorf("a version that does not exist: %d", status)
	}
	b.as("head").form(d, number, "sign", "verb", "decline", "reason", "Nu este cazul acum.")
	if d.stored[number].State != access.Draft {
		t.Errorf("after declining: %s", d.stored[number].State)
	}
}

func TestSign_MakesTestSignaturesWhereOffered(t *testing.T) {
	d := newDesk()
	cfg := deskConfig(t, d)
	cfg.TestSigner = func(_ context.Context, p people.Principal, content []byte) (string, error) {
		if p.Person != "p-head" || len(content) == 0 {
			t.Errorf("%s signs %q", p.Person, content)
		}
		return "good", nil
	}
	s, err := portal.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b, number := drafted(t, d, s)
	b.step(d, number, "submit")
	b.as("dpo").form(d, number, "protect", "opinion", "yes")
	b.as("head").form(d, number, "sign", "verb", "sign", "how", "test")
	if d.stored[number].State != access.Submitted {
		t.Errorf("after a test signature: %s", d.stored[number].State)
	}
}

// TestRequestPages_AreWholeInEachLanguage: every page in every state for every role has its language, one heading, a
// reason for each control that is off, and names no person in its title.
func TestRequestPages_AreWholeInEachLanguage(t *testing.T) {
	d, s := requestPages(t)
	b, number := submitted(t, d, s)
	look := func() {
		t.Helper()
		for who := range cast {
			for _, path := range []string{"", "/print", "/review", "/protect", "/sign", "/edit"} {
				for _, lang := range []string{"ro", "en", "ru"} {
					status, body := b.as(who).get("/requests/" + number + path + "?lang=" + lang)
					if status != http.StatusOK {
						continue
					}
					whole(t, who+" "+path, lang, body)
				}
			}
		}
	}
	look()
	b.as("checker").form(d, number, "review", checked()...)
	look()
	b.as("decider").form(d, number, "review", "verb", "decide", "v-0-0", "yes", "v-0-1", "yes")
	look()
	b.as("approver").form(d, number, "review", "verb", "approve")
	look()
	for _, path := range []string{"/requests", "/requests?show=mine", "/requests/new?q=x&service=GetPerson/1.0.0"} {
		for _, lang := range []string{"ro", "en", "ru"} {
			_, body := b.get(path + map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "lang=" + lang)
			whole(t, path, lang, body)
		}
	}
}

// whole judges a page.
func whole(t *testing.T, of, lang, body string) {
	t.Helper()
	title := body[strings.Index(body, "<title>"):strings.Index(body, "</title>")]
	switch {
	case !strings.Contains(body, `<html lang="`+lang+`"`), strings.Count(body, "<h1") != 1:
		t.Errorf("%s in %s: another language, or not one heading", of, lang)
	case strings.Contains(title, "Exemplu"), strings.Contains(body, "p-editor"), strings.Contains(body, "p-head"):
		t.Errorf("%s in %s: a person is named", of, lang)
	case strings.Contains(body, `style="`):
		t.Errorf("%s in %s: inline style", of, lang)
	}
	for _, off := range strings.Split(body, `aria-disabled="true"`)[1:] {
		if id, _, ok := strings.Cut(strings.TrimPrefix(off, ` aria-describedby="`), `"`); !ok || !strings.Contains(body, `id="`+id+`"`) {
			t.Errorf("%s in %s: a control is off without a reason", of, lang)
		}
	}
	var ids []string
	for _, part := range strings.Split(body, ` id="`)[1:] {
		id, _, _ := strings.Cut(part, `"`)
		if slices.Contains(ids, id) {
			t.Errorf("%s in %s: two elements are called %s", of, lang, id)
		}
		ids = append(ids, id)
	}
}

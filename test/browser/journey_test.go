//go:build whole

package browser

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"mconnect/demo"
	"mconnect/test/must"
)

// crew are the persons of the demonstration, each logged in in a browser of its own, as on different desks.
type crew struct {
	*site
	test    *testing.T // at whose end the browsers close
	account demo.Account
	persons map[string]*site
	clicks  int
}

// as is the browser of a person, by login. Whoever is not logged in yet logs in with the password and, where the
// account has one, the code of the moment.
func (c *crew) as(t *testing.T, login, lang string, plain bool) *site {
	t.Helper()
	s := c.persons[login]
	if s == nil {
		own, stop := chromedp.NewContext(c.site, chromedp.WithNewBrowserContext())
		c.test.Cleanup(stop)
		s = &site{Context: own, address: c.address, mpass: c.mpass, axe: c.axe}
		must.OK(t, s.complaints.Listen(own))
		c.persons[login] = s
		s.visit(t, "/login?to=%2Fhome")
		s.fill(t, c.secrets(t, login))
		s.submit(t, `form[action="/login"] button[type="submit"]`)
		s.arrives(t, s.address+"/home")
	}
	s.do(t, scripts(plain), inLanguage(lang))
	return s
}

// secrets are what a person types to log in.
func (c *crew) secrets(t *testing.T, login string) map[string]any {
	t.Helper()
	i := slices.IndexFunc(c.account.Users, func(u demo.AccountUser) bool { return u.Login == login })
	u := c.account.Users[i]
	typed := map[string]any{"login": u.Login, "password": u.Password}
	if u.TOTP != "" {
		typed["code"] = must.Get(totp.GenerateCode(u.TOTP, time.Now()))(t)
	}
	return typed
}

// click presses a button and counts it.
func (c *crew) click(t *testing.T, s *site, selector string) {
	t.Helper()
	if !read(t, s, isolated[bool](`!!document.querySelector(`+quoted(selector)+`)`)) {
		t.Fatalf("%s has no %s: %s", read(t, s, isolated[string]("location.href")), selector, s.text(t))
	}
	c.clicks++
	s.submit(t, selector)
	if problem := read(t, s, isolated[string](`document.querySelector(".summary, .problem")?.innerText ?? ""`)); problem != "" {
		t.Fatalf("%s is answered by %s", selector, problem)
	}
}

// openCrew starts the demonstration.
func openCrew(t *testing.T) *crew {
	t.Helper()
	s := open(t)
	c := &crew{site: s, test: t, persons: map[string]*site{}}
	must.OK(t, json.Unmarshal(must.Get(os.ReadFile(filepath.Join(s.dir, "demo.json")))(t), &c.account))
	return c
}

// answers of a request about vehicles, by the blocks of the form.
func answers(purpose string) map[string]map[string]any {
	at := "/purposes/0/"
	return map[string]map[string]any{
		"A": {"/systems": []string{"primaria-exemplu.asistenta"}, "/rsi_number": "RSI-17", "/contacts/0/role": "dpo",
			"/contacts/0/name": "Responsabil Exemplu", "/contacts/0/email": "dpo@primaria-exemplu.invalid"},
		"B": {"/fields": []string{"IDNV", "RegistrationNumber", "Make", "Color", "Owner"}, "/mode": "interactive", "/volume_day": "lt1000",
			"/peak_min": "600", "/persons_year": "lt1000"},
		"C": {at + "code": purpose, at + "title/ro": "Scutire", at + "title/en": "Exemption", at + "title/ru": "Льгота",
			at + "public_text/ro": "Verificăm scutirea.", at + "public_text/en": "We check the exemption.",
			at + "public_text/ru": "Мы проверяем льготу.", at + "basis_kind": "e",
			at + "acts/0/act": "lege-133-2008", at + "acts/0/path": "articol de completat (exemplu)",
			at + "task":           "Legea cere verificarea bunurilor solicitantului.",
			at + "purpose_fields": []string{"IDNV", "RegistrationNumber", "Make", "Color", "Owner"},
			at + "why":            "Marca stabilește valoarea vehiculului.", at + "who_calls": "official",
			at + "reason_form": "application_number", at + "reason_pattern": "AS-[0-9]{5}", at + "reason_example": "AS-00017",
			at + "from": "2026-01-01", at + "until": "2030-01-01"},
		"D": {"/children": "false", "/retention_months": "12", "/download": "false", "/onward": "false", "/inform": "notice",
			"/notice_url": "https://primaria-exemplu.invalid/date", "/automated_decision": "false", "/verify_only": "no",
			"/matching": "false", "/rec_activity": "Registru, poziția 4", "/disclosure": "open",
			"/measures": []string{"roles", "logs"}},
		"G": {"/declare_true": "true", "/declare_purpose": "true", "/declare_notice": "true", "/declare_rights": "true",
			"/declare_dpo": "true"},
	}
}

// answerAll answers the form block by block. Questions that appear with the answers to others are answered after a
// save, as a person without scripts sees them.
func (c *crew) answerAll(t *testing.T, s *site, number string, all map[string]map[string]any) {
	t.Helper()
	for _, block := range slices.Sorted(maps.Keys(all)) {
		s.visit(t, "/requests/"+number+"/edit?block="+block)
		for range 4 {
			missing := s.fill(t, all[block])
			if len(missing) == 0 {
				break
			}
			c.click(t, s, read(t, s, isolated[string](addOrSave(missing))))
		}
		c.click(t, s, `button[name="do"][value="next"]`)
	}
}

// addOrSave is a script that returns the button after which missing questions are asked: that which adds a row to the
// table in which they are, or else that which saves the page.
func addOrSave(missing []string) string {
	octets, _ := json.Marshal(missing) // strings have always one
	return `Array.from(document.querySelectorAll('button[name="add"]'))
		.filter(b => ` + string(octets) + `.some(name => name.startsWith(b.value + "/") &&
			document.getElementsByName("rows:" + b.value)[0].value <= name.slice(b.value.length + 1).split("/")[0]))
		.map(b => 'button[name="add"][value="' + b.value + '"]')[0] ?? 'button[name="do"][value="save"]:not([tabindex])'`
}

var numbered = regexp.MustCompile(`/requests/(D-\d{4}-\d{4})`)

// begin makes a request from the page of a service.
func (c *crew) begin(t *testing.T, s *site, service string) string {
	t.Helper()
	s.visit(t, "/requests/new?service="+service)
	c.click(t, s, `form[action="/requests/new"]:has(input[name="service"]) button[type="submit"]`)
	found := numbered.FindStringSubmatch(read(t, s, isolated[string]("location.pathname")))
	if found == nil {
		t.Fatal("no request begins: ", s.text(t))
	}
	return found[1]
}

// do presses the button of a verb on the page of a request.
func (c *crew) step(t *testing.T, s *site, number, verb string) {
	t.Helper()
	s.visit(t, "/requests/"+number)
	c.click(t, s, `form[action$="/do"]:has(input[value="`+verb+`"]) button[type="submit"]`)
}

// reach brings a request from its answers to the desk of the operator's checker: opinion, signature.
func (c *crew) reach(t *testing.T, number, lang string, plain bool) {
	t.Helper()
	c.step(t, c.as(t, "redactor", lang, plain), number, "submit")
	dpo := c.as(t, "protectia-datelor", lang, plain)
	dpo.visit(t, "/requests/"+number+"/protect")
	dpo.fill(t, map[string]any{"opinion": "yes"})
	c.click(t, dpo, "#protect button")
	head := c.as(t, "semnatar", lang, plain)
	head.visit(t, "/requests/"+number+"/sign")
	c.click(t, head, "#sign button")
}

// check completes the operator's check list.
func (c *crew) check(t *testing.T, number, lang string, plain bool) {
	t.Helper()
	checker := c.as(t, "verificator", lang, plain)
	checker.visit(t, "/requests/"+number+"/review")
	checker.holds(t, "the check list", `(all => all.forEach(e => e.checked = true) || all.length > 0)(
		Array.from(document.querySelectorAll('#check input[value="yes"]')))`)
	c.click(t, checker, "#check .row > button[type=submit]")
}

// TestJourneys_FromNeedToCall: in each language, with scripts and without, seven persons bring a request from the need
// for data to the first lawful call: one return with a point at a field, a verdict field by field, a test in the
// sandbox. Then a refusal, with its reasons and the way of appeal.
func TestJourneys_FromNeedToCall(t *testing.T) {
	c := openCrew(t)
	for i, lang := range []string{"ro", "en", "ru"} {
		plain := i == 1
		t.Run(lang, func(t *testing.T) {
			began := time.Now()
			c.clicks = 0
			c.journey(t, lang, plain, fmt.Sprintf("scutire-%d", i))
			t.Logf("journey 1 with a return, in %s, %d clicks on buttons, %s", lang, c.clicks, time.Since(began).Round(time.Second))
			c.amendment(t, lang, plain, fmt.Sprintf("scutire-%d", i))
			c.refusal(t, lang, plain, fmt.Sprintf("refuz-%d", i))
		})
	}
	for login, s := range c.persons {
		for _, complaint := range s.complaints.Take() {
			t.Errorf("%s: %s", login, complaint)
		}
	}
}

func (c *crew) journey(t *testing.T, lang string, plain bool, purpose string) {
	editor := c.as(t, "redactor", lang, plain)
	number := c.begin(t, editor, "GetVehicle")
	editor.visit(t, "/requests/"+number)
	if !read(t, editor, isolated[bool](`!!document.querySelector('[aria-disabled="true"][aria-describedby="why-submit"]') &&
		/[0-9]/.test(document.getElementById("why-submit").textContent)`)) {
		t.Errorf("a draft without answers can be sent: %s", editor.text(t))
	}
	c.answerAll(t, editor, number, answers(purpose))
	c.reach(t, number, lang, plain)

	// journey 2: the operator asks for more on one field
	checker := c.as(t, "verificator", lang, plain)
	checker.visit(t, "/requests/"+number+"/review")
	checker.fill(t, map[string]any{"text": "Vă rugăm să precizați motivul.", "point-path-0": "/purposes/0/why",
		"point-text-0": "Pentru care cereri?"})
	c.click(t, checker, `form:has(#text) button.calm[type="submit"]:not([name])`)
	editor = c.as(t, "redactor", lang, plain)
	editor.visit(t, "/requests/"+number)
	if said := editor.text(t); !strings.Contains(said, "Pentru care cereri?") {
		t.Errorf("the editor does not read the point: %s", said)
	}
	editor.visit(t, "/requests/"+number+"/edit?block=C")
	editor.fill(t, map[string]any{"/purposes/0/why": "Marca stabilește valoarea vehiculului în cererile de scutire."})
	c.click(t, editor, `button[name="do"][value="next"]`)
	c.reach(t, number, lang, plain)
	checker.visit(t, "/requests/"+number)
	if said := checker.text(t); !strings.Contains(said, "în cererile de scutire") {
		t.Errorf("the checker sees no difference of the versions: %s", said)
	}
	c.check(t, number, lang, plain)

	decider := c.as(t, "decident", lang, plain)
	decider.visit(t, "/requests/"+number+"/review")
	decider.fill(t, map[string]any{"v-0-0": "yes", "v-0-1": "yes", "v-0-2": "yes", "v-0-4": "yes", "v-0-3": "no", "c-0-3": "excess_fields",
		"r-0-3": "Culoarea nu este necesară."})
	c.click(t, decider, `#decide .formfoot button`)
	approver := c.as(t, "aprobator", lang, plain)
	approver.visit(t, "/requests/"+number+"/review")
	c.click(t, approver, "#approve button")
	integrator := c.as(t, "integrator", lang, plain)
	c.step(t, integrator, number, "test")
	c.step(t, integrator, number, "start")
	agreement := regexp.MustCompile(`a-\d{4}-\d{4}`).FindString(integrator.text(t))
	if agreement == "" {
		t.Fatal("no agreement: ", integrator.text(t))
	}
	c.call(t, purpose)
}

// call makes the first lawful call with the certificate of the system; the answer has what was granted, and no more.
func (c *crew) call(t *testing.T, purpose string) {
	t.Helper()
	status, body := c.vehicle(t, purpose, "")
	if status != http.StatusOK || !strings.Contains(body, `"Make"`) || strings.Contains(body, `"Color"`) {
		t.Errorf("the first call: %d %s", status, body)
	}
}

// amendment is journey 4: a call that asks for a field that was not granted is refused; the link of the refusal leads
// to its explanation; an amendment grants the field, and the same call is lawful.
func (c *crew) amendment(t *testing.T, lang string, plain bool, purpose string) {
	status, body := c.vehicle(t, purpose, "Color")
	var refusal struct{ Code, Help string }
	must.OK(t, json.Unmarshal([]byte(body), &refusal))
	if status != http.StatusForbidden || refusal.Code != "field.notGranted" || !strings.HasPrefix(refusal.Help, c.address+"/r/") {
		t.Fatalf("a field that is not granted: %d %s", status, body)
	}
	integrator := c.as(t, "integrator", lang, plain)
	integrator.visit(t, strings.TrimPrefix(refusal.Help, c.address))
	said := integrator.text(t)
	agreement := regexp.MustCompile(`a-\d{4}-\d{4}`).FindString(said)
	if !strings.Contains(said, "Color") || agreement == "" {
		t.Fatalf("the explanation names no field and agreement: %s", said)
	}
	editor := c.as(t, "redactor", lang, plain)
	editor.visit(t, "/requests/new")
	editor.fill(t, map[string]any{"agreement": agreement, "kind": "amendment"})
	c.click(t, editor, `form:has(#agreement) button[type="submit"]`)
	number := numbered.FindStringSubmatch(read(t, editor, isolated[string]("location.pathname")))[1]
	editor.visit(t, "/requests/"+number+"/edit?block=C")
	editor.fill(t, map[string]any{"/purposes/0/why": "Culoarea deosebește vehiculul în procesul-verbal de constatare."})
	c.click(t, editor, `button[name="do"][value="next"]`)
	c.reach(t, number, lang, plain)
	c.check(t, number, lang, plain)
	decider := c.as(t, "decident", lang, plain)
	decider.visit(t, "/requests/"+number+"/review")
	c.click(t, decider, `button[name="fill"][value="rest"]`)
	c.click(t, decider, `#decide .formfoot button`)
	approver := c.as(t, "aprobator", lang, plain)
	approver.visit(t, "/requests/"+number+"/review")
	c.click(t, approver, "#approve button")
	c.step(t, integrator, number, "test")
	if status, body := c.vehicle(t, purpose, "Color"); status != http.StatusForbidden {
		t.Errorf("before the amendment is in force: %d %s", status, body)
	}
	c.step(t, integrator, number, "start")
	if status, body := c.vehicle(t, purpose, "Color"); status != http.StatusOK || !strings.Contains(body, `"Color"`) {
		t.Errorf("after the amendment: %d %s", status, body)
	}
}

func (c *crew) refusal(t *testing.T, lang string, plain bool, purpose string) {
	editor := c.as(t, "redactor", lang, plain)
	number := c.begin(t, editor, "GetVehicle")
	c.answerAll(t, editor, number, answers(purpose))
	c.reach(t, number, lang, plain)
	c.check(t, number, lang, plain)
	decider := c.as(t, "decident", lang, plain)
	decider.visit(t, "/requests/"+number+"/review")
	decider.fill(t, map[string]any{"code": "outside_mandate", "facts": "Atribuția indicată aparține altei instituții.",
		"law": "Legea nr. 142/2018, art. 7", "remedy": "Indicați actul care vă dă atribuția."})
	c.click(t, decider, `form:has(#facts) button.danger`)
	editor.visit(t, "/requests/"+number)
	said := editor.text(t)
	for _, want := range []string{"Atribuția indicată aparține altei instituții.", "Indicați actul care vă dă atribuția."} {
		if !strings.Contains(said, want) {
			t.Errorf("the refusal does not say %q: %s", want, said)
		}
	}
	if appeal := map[string]string{"ro": "116/2018", "en": "116/2018", "ru": "116/2018"}[lang]; !strings.Contains(said, appeal) {
		t.Errorf("the refusal says no way of appeal: %s", said)
	}
}

// vehicle asks the exchange for a vehicle for a purpose, with the certificate of the system of social assistance.
func (c *crew) vehicle(t *testing.T, purpose, field string) (status int, body string) {
	t.Helper()
	i := slices.IndexFunc(c.account.Systems, func(s demo.AccountSystem) bool { return s.ID == "primaria-exemplu.asistenta" })
	pair := must.Get(tls.LoadX509KeyPair(c.account.Systems[i].Cert, c.account.Systems[i].Key))(t)
	query := ""
	if field != "" {
		query = "?fields=" + field
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{pair}}}}
	r := must.Get(http.NewRequestWithContext(t.Context(), http.MethodPost, c.account.URLs["exchange"]+"/api/v1/GetVehicle"+query,
		strings.NewReader(`{"IDNV":"3999000005119"}`)))(t)
	for name, value := range map[string]string{"Content-Type": "application/json", "CallingUser": string(c.account.People[0].IDNP),
		"CallingEntity": string(c.account.Systems[i].IDNO), "CallBasis": strings.ToUpper(purpose),
		"CallReason": "AS-00017"} {
		r.Header.Set(name, value)
	}
	answer := must.Get(client.Do(r))(t)
	defer func() { _ = answer.Body.Close() }()
	return answer.StatusCode, string(must.Get(io.ReadAll(answer.Body))(t))
}

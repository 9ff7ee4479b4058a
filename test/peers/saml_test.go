//go:build whole

package peers

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/neighbour/mpass"
	"mconnect/internal/neighbour/mpass/emulator"
	"mconnect/internal/surface/portal"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

const (
	samlPortal = "https://portal.mconnect.test"
	samlMPass  = "https://mpass.gov.test"
)

// conversation is a program that answers lines of JSON by lines of JSON.
type conversation struct {
	in   *json.Encoder
	out  *bufio.Scanner
	said *bytes.Buffer
}

func converse(t *testing.T, environment []string, given any, command ...string) *conversation {
	t.Helper()
	text := must.Get(json.Marshal(given))(t)
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], string(text))...)
	cmd.Env = append(os.Environ(), environment...)
	in := must.Get(cmd.StdinPipe())(t)
	out := must.Get(cmd.StdoutPipe())(t)
	c := &conversation{in: json.NewEncoder(in), out: bufio.NewScanner(out), said: &bytes.Buffer{}}
	c.out.Buffer(nil, 1<<20)
	cmd.Stderr = c.said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); cancel(); _ = cmd.Wait() })
	return c
}

// ask sends one line and returns the answer; "error" is one of its values when the program refused.
func (c *conversation) ask(t *testing.T, what map[string]any) map[string]any {
	t.Helper()
	if err := c.in.Encode(what); err != nil {
		t.Fatal(err, c.said.String())
	}
	if !c.out.Scan() {
		t.Fatalf("%v ended: %v\n%s", what["do"], c.out.Err(), c.said.String())
	}
	answer := map[string]any{}
	if err := json.Unmarshal(c.out.Bytes(), &answer); err != nil {
		t.Fatalf("%v: %s", err, c.out.Text())
	}
	return answer
}

func samlKey(t *testing.T) emulator.Key {
	t.Helper()
	return must.Get(emulator.NewKey("peer", time.Now()))(t)
}

func pemOf(t *testing.T, k emulator.Key) (key, certificate string) {
	t.Helper()
	der := must.Get(x509.MarshalPKCS8PrivateKey(k.Key))(t)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificate.Raw}))
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestMPass_AtAnIdentityProviderOfPysaml2: our service provider logs in and out at an identity provider that shares no
// code with it: signatures by xmlsec1, messages by pysaml2.
func TestMPass_AtAnIdentityProviderOfPysaml2(t *testing.T) {
	ours, theirs := samlKey(t), samlKey(t)
	sp := must.Get(portal.NewServiceProvider(mpass.Config{EntityID: samlPortal, Issuer: samlMPass,
		LoginURL: samlMPass + "/login/saml", LogoutURL: samlMPass + "/logout/saml",
		Pinned: []*x509.Certificate{theirs.Certificate}, Key: ours.Key, Certificate: ours.Certificate,
		Requests: mpass.NewMemory(10), Replay: xmlsec.NewMemory(100)}, samlPortal))(t)
	key, certificate := pemOf(t, theirs)
	peer := converse(t, nil, map[string]any{"entity": samlMPass, "login": samlMPass + "/login/saml",
		"logout": samlMPass + "/logout/saml", "xmlsec1": must.Get(exec.LookPath("xmlsec1"))(t),
		"key": file(t, "key.pem", key), "cert": file(t, "cert.pem", certificate),
		"metadata": file(t, "sp.xml", string(must.Get(sp.Metadata())(t)))},
		"/usr/bin/python3", "testdata/saml_idp.py")
	identity := map[string]any{"FirstName": []string{"Ștefan"}, "LastName": []string{"Exemplu"}, "IsResident": []string{"true"},
		"AdministeredLegalEntity": []string{"Primăria Exemplu 1999900000069", "Comuna Model 1999900000070"}}
	login := func(s mpass.Start, response, assertion bool) (*mpass.Login, error) {
		t.Helper()
		post, binding, err := sp.Begin(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		answer := peer.ask(t, map[string]any{"do": "login", "request": post.Message, "nameID": "2999000100017",
			"identity": identity, "signResponse": response, "signAssertion": assertion})
		text, ok := answer["response"].(string)
		if !ok || answer["force"] != (s.StepUp != "") {
			t.Fatalf("%v\n%s", answer, peer.said.String())
		}
		return sp.Finish(t.Context(), mpass.Answer{Message: text, RelayState: post.RelayState,
			Cookie: func(name string) string { return map[string]string{binding.Name: binding.Value}[name] }})
	}
	var l *mpass.Login
	for _, c := range []struct {
		start     mpass.Start
		assertion bool
	}{{mpass.Start{}, false}, {mpass.Start{StepUp: "p"}, false}, {mpass.Start{}, true}} {
		var err error
		if l, err = login(c.start, true, c.assertion); err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		if l.IDNP != "2999000100017" || l.Name() != "Ștefan Exemplu" || len(l.Entities) != 2 || l.SessionIndex == "" {
			t.Errorf("%+v", l)
		}
	}
	if _, err := login(mpass.Start{}, false, true); fault.From(err).Code != fault.LoginSignature {
		t.Error("only the assertion signed: ", err)
	}
	post, _, err := sp.Begin(t.Context(), mpass.Start{})
	must.OK(t, err)
	changed := strings.Replace(string(must.Get(base64.StdEncoding.DecodeString(post.Message))(t)), `AllowCreate="true"`,
		`AllowCreate="false"`, 1)
	if answer := peer.ask(t, map[string]any{"do": "login", "request": base64.StdEncoding.EncodeToString([]byte(changed)),
		"nameID": "2999000100017", "identity": identity, "signResponse": true, "signAssertion": false}); answer["error"] == nil {
		t.Error("pysaml2 takes a request that was changed: it does not verify")
	}
	end := peer.ask(t, map[string]any{"do": "logout", "destination": samlPortal + "/mpass-slo", "nameID": l.NameID,
		"index": l.SessionIndex})
	e, err := sp.Logout(end["request"].(string), "relay")
	if err != nil || e.NameID != l.NameID || e.SessionIndexes[0] != l.SessionIndex {
		t.Fatalf("%v %+v", err, e)
	}
	answer := peer.ask(t, map[string]any{"do": "read_answer", "response": must.Get(sp.Answer(e, true))(t).Message})
	if answer["issuer"] != samlPortal || answer["to"] != e.ID || !strings.HasSuffix(answer["status"].(string), "Success") {
		t.Errorf("%v\n%s", answer, peer.said.String())
	}
	post = must.Get(sp.BeginLogout(t.Context(), l.NameID, l.SessionIndex, "ro"))(t)
	read := peer.ask(t, map[string]any{"do": "read_logout", "request": post.Message})
	if read["nameID"] != l.NameID || read["index"] != l.SessionIndex {
		t.Fatalf("%v\n%s", read, peer.said.String())
	}
}

// TestEmulator_AtAServiceProviderOfNodeSAML: @node-saml/node-saml logs in and out at the emulator.
func TestEmulator_AtAServiceProviderOfNodeSAML(t *testing.T) {
	theirs := samlKey(t)
	const third = "https://third.test"
	emu := must.Get(emulator.New(emulator.Config{URL: samlMPass, Services: []emulator.Service{{EntityID: third,
		ACS: third + "/acs", SLO: third + "/slo", Logout: third + "/out", Certificate: theirs.Certificate}}}))(t)
	key, certificate := pemOf(t, theirs)
	peer := converse(t, []string{"NODE_PATH=" + modules(t, "@node-saml/node-saml@5.1.0")}, map[string]any{
		"entity": third, "acs": third + "/acs", "idp": samlMPass, "login": emu.LoginURL(), "logout": emu.LogoutURL(),
		"key": key, "cert": certificate, "idpCert": base64.StdEncoding.EncodeToString(emu.Certificates()[0].Raw)},
		"node", "testdata/saml_sp.js")
	b := &visitor{emu: emu.Handler()}
	for _, person := range []string{"diacritics", "two-entities"} {
		asked := peer.ask(t, map[string]any{"do": "form", "relay": "r-1", "force": person == "two-entities"})
		request, ok := asked["request"].(string)
		if !ok {
			t.Fatalf("%v\n%s", asked, peer.said.String())
		}
		page := b.send(t, "POST", emu.LoginURL(), url.Values{"SAMLRequest": {request}, "RelayState": {"r-1"}})
		_, fields := formOf(t, page)
		fields.Set("person", person)
		to, fields := formOf(t, b.send(t, "POST", samlMPass+"/login/choose", fields))
		if to != third+"/acs" || fields.Get("RelayState") != "r-1" {
			t.Fatalf("%s %v", to, fields)
		}
		profile := peer.ask(t, map[string]any{"do": "answer", "response": fields.Get("SAMLResponse")})
		wanted := map[string]string{"diacritics": "2999000100109", "two-entities": "2999000100121"}[person]
		if profile["nameID"] != wanted || profile["issuer"] != samlMPass || profile["index"] == "" {
			t.Fatalf("%v\n%s", profile, peer.said.String())
		}
		attributes, _ := profile["attributes"].(map[string]any)
		if person == "diacritics" && attributes["LastName"] != "Mândâcanu Șoltoianu" {
			t.Error(attributes)
		}
		if all, _ := attributes["AdministeredLegalEntity"].([]any); person == "two-entities" && len(all) != 2 {
			t.Error(attributes)
		}
		if again := peer.ask(t, map[string]any{"do": "answer", "response": fields.Get("SAMLResponse")}); again["error"] == nil {
			t.Error("node-saml takes an answer twice")
		}
	}
	page := b.send(t, "POST", samlMPass+"/logout", nil)
	frame := regexp.MustCompile(`<iframe src="([^"]*)"`).FindStringSubmatch(page)
	if frame == nil {
		t.Fatal(page)
	}
	_, fields := formOf(t, b.send(t, "GET", samlMPass+html.UnescapeString(frame[1]), nil))
	ended := peer.ask(t, map[string]any{"do": "logout", "request": fields.Get("SAMLRequest")})
	if ended["nameID"] != "2999000100121" || ended["loggedOut"] != true {
		t.Errorf("%v\n%s", ended, peer.said.String())
	}
	emu.Next("altered")
	refused := peer.ask(t, map[string]any{"do": "form", "relay": "r-2"})
	_, fields = formOf(t, b.send(t, "POST", emu.LoginURL(), url.Values{"SAMLRequest": {refused["request"].(string)}}))
	fields.Set("person", "clerk")
	_, fields = formOf(t, b.send(t, "POST", samlMPass+"/login/choose", fields))
	if answer := peer.ask(t, map[string]any{"do": "answer", "response": fields.Get("SAMLResponse")}); answer["error"] == nil {
		t.Error("node-saml takes an altered answer: the emulator does not attack")
	}
}

// visitor is a browser at the emulator.
type visitor struct {
	emu     http.Handler
	cookies []*http.Cookie
}

func (v *visitor) send(t *testing.T, method, address string, form url.Values) string {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.emu.ServeHTTP(w, r)
	if all := w.Result().Cookies(); len(all) > 0 {
		v.cookies = all
	}
	body := must.Get(io.ReadAll(w.Result().Body))(t)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", address, w.Code, body)
	}
	return string(body)
}

var (
	samlAction = regexp.MustCompile(`<form method="post" action="([^"]*)"`)
	samlHidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

func formOf(t *testing.T, page string) (to string, fields url.Values) {
	t.Helper()
	m := samlAction.FindStringSubmatch(page)
	if m == nil {
		t.Fatal("no form in ", page)
	}
	fields = url.Values{}
	for _, f := range samlHidden.FindAllStringSubmatch(page, -1) {
		fields.Set(f[1], html.UnescapeString(f[2]))
	}
	return html.UnescapeString(m[1]), fields
}

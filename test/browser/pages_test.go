//go:build whole

package browser

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"mconnect/demo"
	"mconnect/test/must"
	"mconnect/test/waits"
	"mconnect/test/world"
)

// site is a running demonstration with a browser.
type site struct {
	context.Context // of the browser
	address, mpass  string
	dir             string // of the demonstration
	complaints      Complaints
	axe             string
}

// open starts the demonstration on free ports, and a browser.
func open(t *testing.T) *site {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	var out bytes.Buffer
	free := "127.0.0.1:0"
	go func() {
		ended <- demo.Run(ctx, demo.Options{Dir: dir, ExchangeAddr: free, EventsAddr: free, AdminAddr: free, Out: &out})
	}()
	t.Cleanup(func() {
		cancel()
		must.OK(t, <-ended)
	})
	s := &site{dir: dir}
	waits.Until(t, "the demonstration", func() bool {
		text, err := os.ReadFile(filepath.Join(dir, "demo.json"))
		var account demo.Account
		if err == nil && json.Unmarshal(text, &account) == nil {
			s.address, s.mpass = account.URLs["portal"], account.URLs["mpass"]
		}
		return s.address != ""
	})
	browser, stop := Start(ctx)
	t.Cleanup(stop)
	s.Context = browser
	must.OK(t, s.complaints.Listen(browser))
	modules := must.Get(world.Modules("axe-core@4.14.1"))(t)
	s.axe = string(must.Get(os.ReadFile(filepath.Join(modules, "axe-core", "axe.min.js")))(t))
	return s
}

// do makes steps within a time that no healthy browser needs.
func (s *site) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(s, waits.Limit)
	defer cancel()
	must.OK(t, chromedp.Do(ctx, steps...))
}

// read makes one step that returns a value, within the same time.
func read[T any](t *testing.T, s *site, a chromedp.Action[T]) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(s, waits.Limit)
	defer cancel()
	return must.Get(chromedp.Run(ctx, a))(t)
}

// command makes a step of a command of the browser's protocol.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// appearance is how a reader looks at pages.
type appearance struct {
	lang, scheme string
	width        int64
}

func (a appearance) String() string { return fmt.Sprintf("%s, %s, %d px", a.lang, a.scheme, a.width) }

func (a appearance) steps() chromedp.Action[chromedp.Void] {
	return chromedp.Steps(
		command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: a.width, Height: 900,
			DeviceScaleFactor: 1}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: a.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}),
		inLanguage(a.lang))
}

func inLanguage(lang string) chromedp.Action[chromedp.Void] {
	return command(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
		Headers: network.Headers{"Accept-Language": lang}})
}

func scripts(disabled bool) chromedp.Action[chromedp.Void] {
	return command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: disabled})
}

// isolated evaluates an expression in a context of its own, where the content security policy of the page does not
// hold and where the page's scripts cannot interfere.
func isolated[T any](expression string) chromedp.Action[T] {
	return func(ctx context.Context, t *chromedp.Target) (value T, err error) {
		frames, err := cdp.Call(ctx, t, page.GetFrameTree, cdp.Empty{})
		if err != nil {
			return value, err
		}
		at, err := cdp.Call(ctx, t, page.CreateIsolatedWorld,
			page.CreateIsolatedWorldParams{FrameID: frames.FrameTree.Frame.ID, WorldName: "test"})
		if err != nil {
			return value, err
		}
		yes := true
		result, err := cdp.Call(ctx, t, runtime.Evaluate, runtime.EvaluateParams{Expression: expression,
			ContextID: at.ExecutionContextID, AwaitPromise: &yes, ReturnByValue: &yes})
		switch {
		case err != nil:
			return value, err
		case result.ExceptionDetails != nil:
			return value, errors.New(result.ExceptionDetails.Text)
		}
		return value, json.Unmarshal(result.Result.Value, &value)
	}
}

// axeRun judges the page by the rules of WCAG 2.2 AA and the best practices, and lists what is violated.
const axeRun = `axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.map(
	v => v.id + ": " + v.help + " " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(" | ")))`

// public are the pages that everybody sees.
var public = []string{"/", "/catalog", "/catalog?q=domiciliu", "/catalog?q=zzzz", "/catalog/GetPerson", "/agreements",
	"/agreements/primaria-exemplu.person", "/errors", "/errors/purpose.reason", "/nowhere"}

// axeOf is axeRun for some rules.
func axeOf(rules ...string) string {
	return strings.Replace(axeRun, "{resultTypes", `{runOnly: ["`+strings.Join(rules, `", "`)+`"], resultTypes`, 1)
}

// judge finds what is wrong with the page as it stands, light and dark, narrow and wide: all rules of axe once, and
// those about colours and sizes in the other appearances.
func (s *site) judge(t *testing.T, what, lang string) {
	t.Helper()
	for i, a := range []appearance{{lang, "light", 1280}, {lang, "dark", 1280}, {lang, "dark", 320}, {lang, "light", 320}} {
		rules := axeOf("color-contrast")
		switch {
		case i == 0:
			rules = axeRun
		case a.width == 320:
			rules = axeOf("target-size", "scrollable-region-focusable")
		}
		s.do(t, a.steps())
		if !read(t, s, isolated[bool](`typeof axe == "object"`)) {
			read(t, s, isolated[bool](s.axe+";true"))
		}
		for _, v := range read(t, s, isolated[[]string](rules)) {
			t.Errorf("%s (%s): %s", what, a, v)
		}
		if read(t, s, isolated[bool]("document.documentElement.scrollWidth > innerWidth")) {
			t.Errorf("%s (%s): is wider than the screen", what, a)
		}
	}
}

// TestPages_AreAccessible in each language, light and dark, narrow and wide: axe finds nothing, nothing is wider than
// the screen, and the browser complains of nothing.
func TestPages_AreAccessible(t *testing.T) {
	s := open(t)
	for _, path := range public {
		for _, lang := range []string{"ro", "en", "ru"} {
			s.do(t, appearance{lang, "light", 1280}.steps())
			s.visit(t, path)
			s.judge(t, path, lang)
			for _, c := range s.complaints.Take() {
				if path != "/nowhere" || !strings.Contains(c, "404") {
					t.Errorf("%s, %s: %s", path, lang, c)
				}
			}
		}
	}
}

// TestPages_AreValidHTML by html-validate, as the server writes them.
func TestPages_AreValidHTML(t *testing.T) {
	s := open(t)
	files := t.TempDir()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	for i, path := range public {
		r := must.Get(client.Get(s.address + path))(t)
		html := must.Get(io.ReadAll(r.Body))(t)
		must.OK(t, r.Body.Close())
		must.OK(t, os.WriteFile(filepath.Join(files, fmt.Sprintf("%02d.html", i)), html, 0o600))
	}
	if out, err := validated(t, files); err != nil {
		t.Errorf("%v: %v\n%s", err, public, out)
	}
}

// validated judges the HTML files of a folder.
func validated(t *testing.T, files string) ([]byte, error) {
	t.Helper()
	modules := must.Get(world.Modules("html-validate@11.21.1"))(t)
	cmd := exec.CommandContext(t.Context(), "node", "-e", validate, files)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	return cmd.CombinedOutput()
}

// validate judges the files of a folder by html-validate. The rules that are off concern how a file is written, not
// what it means.
const validate = `
const {HtmlValidate} = require("html-validate"), fs = require("fs"), path = require("path");
const judge = new HtmlValidate({root: true, extends: ["html-validate:standard"], rules: {
	"no-trailing-whitespace": "off", "long-title": "off", "void-style": "off", "attribute-boolean-style": "off",
	"no-inline-style": "error"}});
let wrong = 0;
for (const name of fs.readdirSync(process.argv[1])) {
	const report = judge.validateStringSync(fs.readFileSync(path.join(process.argv[1], name), "utf8"), name);
	for (const result of report.results) for (const m of result.messages) {
		console.log(name + ":" + m.line + " " + m.ruleId + " " + m.message);
		wrong = 1;
	}
}
process.exit(wrong);`

// TestCatalogue_WorksWithoutScripts: the search and its filters are forms.
func TestCatalogue_WorksWithoutScripts(t *testing.T) {
	s := open(t)
	link := chromedp.CSS(".results h3 a")
	s.do(t, scripts(true), inLanguage("ro"), chromedp.Navigate(s.address+"/"),
		chromedp.SendKeys(chromedp.CSS("#q"), "vehicul\r"), chromedp.WaitReady(chromedp.CSS("#found")))
	found := read(t, s, chromedp.Text(link))
	s.do(t, chromedp.Click(link), chromedp.WaitReady(chromedp.CSS("#fields")))
	if title := read(t, s, chromedp.Text(chromedp.CSS("h1"))); found == "" || title != found {
		t.Errorf("the search leads to %q, and that to %q", found, title)
	}
}

// TestKeyboard_ReachesTheContent: the first stop of the keyboard is the link over the navigation, and it leads there;
// everything that can be reached has a name.
func TestKeyboard_ReachesTheContent(t *testing.T) {
	s := open(t)
	s.do(t, chromedp.Navigate(s.address+"/catalog"), chromedp.WaitReady(chromedp.CSS("main")), chromedp.KeyEvent("\t"))
	if first := read(t, s, isolated[string]("document.activeElement.className")); first != "skip" {
		t.Errorf("the first stop is %q", first)
	}
	s.do(t, chromedp.KeyEvent("\r"))
	if hash := read(t, s, isolated[string]("location.hash")); hash != "#main" {
		t.Errorf("it leads to %q", hash)
	}
	tree := read(t, s, func(ctx context.Context, t *chromedp.Target) (accessibility.GetFullAXTreeResult, error) {
		return cdp.Call(ctx, t, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	})
	for _, n := range tree.Nodes {
		if n.Role == nil || n.Ignored {
			continue
		}
		if role := string(n.Role.Value); (role == `"button"` || role == `"link"`) && (n.Name == nil || len(n.Name.Value) <= 2) {
			t.Errorf("a %s has no name", role)
		}
	}
}

//go:build whole

package firsthour

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"mconnect/test/must"
	"mconnect/test/waits"
	"mconnect/test/world"
)

var (
	block = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```")
	keep  = regexp.MustCompile("Keep this as `([^`]+)`")
	// what the test itself has done in its own way
	elseway = regexp.MustCompile(`(?m)^(make |go run |bin/mconnect demo)`)
	// an address: they take the usual one
	without = regexp.MustCompile(`mconnect (events consume|events produce|call GetRealEstates --soap)`)
)

// shown is what the pages say that the reader sees, by a word of the command that shows it.
var shown = []struct{ typed, seen string }{
	{"CallReason: AS-2026-00017", `"LastName":"Sintetic-001"`},
	{"CallReason: verificare", `"code":"purpose.reason"`},
	{"journal search --config mconnect.yaml --system", "purpose.reason"},
	{"journal verify --dir data", "The journal is whole"},
	{"events consume --group mine --confirm", `"type":"ASP.RSC`},
	{"curl -i --cacert", "mconnect-record: "},
	{"GetRealEstates --soap", "<CadastralNumber>"},
	{"verify --evidence call.proof", "The record stands at index"},
	{"fields=LastName,Address.Locality", `{"LastName":"Sintetic-001","Address":{"Locality":`},
	{"services?q=bunuri%20imobile", "GetRealEstates"},
	{"50-library.yaml --config mconnect.yaml --dry-run", "Applied: 4 created"},
	{"CallBasis: REDUCERE", `{"Number":"B-0042","ValidTo":"2027-12-31"}`},
	{"pki issue biblioteca-exemplu.acces", `{"LastName":"Sintetic-001","FirstName":"Exemplu-Nicolae"}`},
	{"GetHousehold\n", `"DataStale":false`},
	{"file put GetHousehold/1.0.0", "gospodarii-2026-01-15.csv"},
	{`"id": "guide-1"`, `"id":"guide-1"`},
	{"events consume --group terminal", "ASP.RSC.Document.Invalidated"},
	{"events lag --admin-url", "guide"},
}

// TestFirstHour_CommandsWork from the first to the last, in a folder of a demo that runs.
func TestFirstHour_CommandsWork(t *testing.T) {
	binary := must.Get(world.Build("../..", t.TempDir()))(t)
	at := newcomer(t, binary)
	seen := map[string]bool{}
	for _, page := range []string{"README.md", "docs/INTEGRATION.md"} {
		text := must.Get(os.ReadFile(filepath.Join("../..", page)))(t)
		from := 0
		for _, m := range block.FindAllStringSubmatchIndex(string(text), -1) {
			before, lang, body := string(text[from:m[0]]), string(text[m[2]:m[3]]), string(text[m[4]:m[5]])
			from = m[1]
			if kept := keep.FindAllStringSubmatch(before, -1); len(kept) > 0 && lang != "sh" {
				at.keeps(kept[len(kept)-1][1], body)
				continue
			}
			if lang == "sh" && !elseway.MatchString(body) {
				at.types(page, body, seen)
			}
		}
	}
	for _, s := range shown {
		if !seen[s.typed] {
			t.Errorf("no page tells to type %q any more", s.typed)
		}
	}
}

// reader sits in the demo's folder.
type reader struct {
	t       *testing.T
	dir     string
	replace *strings.Replacer // of addresses and of the program, which are elsewhere than for a newcomer
	urls    map[string]string // of the demo's listeners
	library string            // address of the page's own program
}

// newcomer starts a demo on free ports, which ends with the test.
func newcomer(t *testing.T, binary string) *reader {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mconnect-demo")
	var log bytes.Buffer
	demo := exec.Command(binary, "demo", "--dir", dir, "--exchange-addr", "127.0.0.1:0", "--events-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	demo.Stdout, demo.Stderr = &log, &log
	must.OK(t, demo.Start())
	t.Cleanup(func() {
		_ = demo.Process.Signal(syscall.SIGTERM) // it may have ended by itself, which shows below
		if err := demo.Wait(); err != nil {
			t.Errorf("the demo ended with %v\n%s", err, log.String())
		}
	})
	var told struct {
		URLs map[string]string `json:"urls"`
	}
	for end := time.Now().Add(waits.Limit); ; <-time.After(50 * time.Millisecond) {
		text, err := os.ReadFile(filepath.Join(dir, "demo.json"))
		if err == nil && json.Unmarshal(text, &told) == nil && told.URLs["exchange"] != "" {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the demo is not ready")
		}
	}
	pairs := []string{"../bin/mconnect", binary, "127.0.0.1:9042", "127.0.0.1:" + free(t)}
	pairs = append(pairs, `("127.0.0.1", 9042)`, `("127.0.0.1", `+pairs[3][len("127.0.0.1:"):]+`)`)
	for name, port := range map[string]string{"exchange": "8443", "events": "8444", "admin": "8445"} {
		u := must.Get(url.Parse(told.URLs[name]))(t)
		pairs = append(pairs, "127.0.0.1:"+port, u.Host)
	}
	return &reader{t: t, dir: dir, replace: strings.NewReplacer(pairs...), urls: told.URLs, library: pairs[3]}
}

// free is a port that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l := must.Get(net.Listen("tcp", "127.0.0.1:0"))(t)
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String()) // of a listener, so it has one
	return port
}

// keeps writes a file as a page shows it.
func (r *reader) keeps(name, text string) {
	r.t.Helper()
	must.OK(r.t, os.WriteFile(filepath.Join(r.dir, name), []byte(r.replace.Replace(text)), 0o600))
}

// listens waits for the library's program: a reader is slower than it.
func (r *reader) listens() {
	r.t.Helper()
	for end := time.Now().Add(waits.Limit); time.Now().Before(end); <-time.After(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", r.library); err == nil {
			_ = conn.Close()
			return
		}
	}
	r.t.Fatal("the library's program does not listen")
}

// types runs a block of a page in a shell that stops at the first command that fails.
func (r *reader) types(page, text string, seen map[string]bool) {
	r.t.Helper()
	script := without.ReplaceAllStringFunc(r.replace.Replace(strings.ReplaceAll(text, "cd mconnect-demo\n", "")), func(command string) string {
		if strings.Contains(command, " call ") {
			return command + " --url " + r.urls["exchange"]
		}
		return command + " --url " + r.urls["events"]
	})
	ctx, cancel := context.WithTimeout(r.t.Context(), waits.Limit)
	shell := exec.CommandContext(ctx, "bash", "-e", "-o", "pipefail", "-c", script)
	shell.Dir = r.dir
	if strings.HasSuffix(strings.TrimSpace(text), "&") { // goes on next to the rest: the library's program
		shell.Args[len(shell.Args)-1] = "exec " + strings.TrimSuffix(strings.TrimSpace(script), "&")
		must.OK(r.t, shell.Start())
		r.t.Cleanup(func() {
			cancel()
			_ = shell.Wait() // killed
		})
		r.listens()
		return
	}
	defer cancel()
	out, err := shell.CombinedOutput()
	if err != nil {
		r.t.Errorf("%s: %v\n%s\n%s", page, err, text, out)
	}
	if strings.Contains(text, " apply ") {
		<-time.After(time.Second) // in which the server next to it follows, and the reader reads on
	}
	for _, s := range shown {
		if strings.Contains(text, s.typed) {
			if seen[s.typed] = true; !bytes.Contains(out, []byte(s.seen)) {
				r.t.Errorf("%s: after\n%s\n%q is not to be seen, but\n%s", page, text, s.seen, out)
			}
		}
	}
}

package provider

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/manifest"
	"mconnect/internal/xmlsec"
)

// section is one "-- name --" of a script with the text up to the next.
type section struct{ name, text string }

func script(t *testing.T, path string) []section {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []section
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok && strings.HasSuffix(name, " --") {
			all = append(all, section{name: strings.TrimSuffix(name, " --")})
		} else if len(all) > 0 {
			all[len(all)-1].text += line
		}
	}
	for i := range all {
		if all[i].name != "file" {
			all[i].text = strings.TrimSuffix(all[i].text, "\n")
		}
	}
	return all
}

// declared reads the manifest of a script; what every service must say is added.
func declared(t *testing.T, text string, vars ...string) *catalog.Ready {
	t.Helper()
	text = "kind: Service\nname: Script\nversion: 1.0.0\ntitle: { ro: x }\nprovider: script.provider\nstatus: published\nread_only: true\n" +
		strings.NewReplacer(vars...).Replace(text)
	set, err := manifest.Parse("script", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	var s catalog.Service
	if err := json.Unmarshal(set[0].Doc, &s); err != nil {
		t.Fatal(err)
	}
	if s.Version != (mconnect.Version{Major: 1}) {
		t.Fatalf("version %v", s.Version)
	}
	return ready(t, s)
}

// exchanged is one question of a script and what is expected of it.
type exchanged struct {
	section
	status                         int
	sent, body, answer, code, says string
}

func exchanges(t *testing.T, all []section) (list []exchanged) {
	t.Helper()
	for _, s := range all {
		if s.name == "ask" {
			list = append(list, exchanged{section: s, status: 200})
			continue
		}
		if len(list) == 0 {
			continue
		}
		one := &list[len(list)-1]
		switch s.name {
		case "status":
			n, err := strconv.Atoi(s.text)
			if err != nil {
				t.Fatal(err)
			}
			one.status = n
		case "sent":
			one.sent = s.text
		case "body":
			one.body = s.text
		case "answer":
			one.answer = s.text
		case "code":
			one.code = s.text
		case "says":
			one.says = s.text
		default:
			t.Fatalf("section %q", s.name)
		}
	}
	return list
}

// TestSOAPScripts plays testdata/soap: how services of several makes are asked and answer.
func TestSOAPScripts(t *testing.T) {
	paths, err := filepath.Glob("testdata/soap/*.txt")
	if err != nil || len(paths) < 4 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		all := script(t, path)
		for i, one := range exchanges(t, all) {
			t.Run(fmt.Sprintf("%s/%d", strings.TrimSuffix(filepath.Base(path), ".txt"), i+1), func(t *testing.T) { playSOAP(t, all[0].text, one) })
		}
	}
}

func playSOAP(t *testing.T, manifest string, one exchanged) {
	var got string
	space, media := xmlsec.NamespaceSOAP11, "text/xml; charset=utf-8"
	if strings.Contains(manifest, `version: "1.2"`) {
		space, media = xmlsec.NamespaceSOAP12, "application/soap+xml; charset=utf-8"
	}
	s := register(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		_, rest, _ := strings.Cut(string(raw), "<soapenv:Body>")
		got, _, _ = strings.Cut(rest, "</soapenv:Body>")
		w.Header().Set("Content-Type", media)
		w.WriteHeader(one.status)
		io.WriteString(w, `<S:Envelope xmlns:S="`+space+`"><S:Header/><S:Body>`+one.body+`</S:Body></S:Envelope>`)
	})
	pl := declared(t, manifest, "http://REGISTER", s.URL)
	p := newProvider(t, Config{})
	if found := p.Check(pl.Service); len(found) > 0 {
		t.Fatal(found)
	}
	reply, err := deliver(t, p, pl, one.text)
	if err == nil {
		if _, _, bad := pl.ResponseSchema.Cut(nil, reply.Body, pl.ResponseSchema.Mask([]string{"*"})); bad != nil {
			err = bad
		}
	}
	if one.sent != "" && got != one.sent {
		t.Errorf("sent %s\nwant %s", got, one.sent)
	}
	if one.code == "" {
		if err != nil || string(reply.Body) != one.answer {
			t.Errorf("%v\n%s\nwant\n%s", err, reply.Body, one.answer)
		}
		return
	}
	if e := wantFault(t, err, fault.Code(one.code), ""); e.Provider != one.says {
		t.Errorf("its words: %q, want %q", e.Provider, one.says)
	}
}

// TestFileScripts plays testdata/file: what tables may look like, what is answered from them, and what is refused where.
func TestFileScripts(t *testing.T) {
	paths, err := filepath.Glob("testdata/file/*.txt")
	if err != nil || len(paths) < 3 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) { playFile(t, script(t, path)) })
	}
}

func playFile(t *testing.T, all []section) {
	p, _, _, _ := deskOf(t)
	var pl *catalog.Ready
	var refused *fault.Error
	var body []byte
	var said error
	for i, s := range all {
		switch s.name {
		case "manifest":
			pl = declared(t, s.text)
			if found := p.Check(pl.Service); len(found) > 0 {
				t.Fatal(found)
			}
		case "file":
			refused = fault.From(put(t, p, pl.Service, "a-2026-03-01.csv", s.text))
			if refused != nil && (i+1 == len(all) || all[i+1].name != "refused") {
				t.Fatalf("section %d: %v", i, refused)
			}
		case "refused":
			var got strings.Builder
			if refused != nil {
				for _, f := range refused.Fields {
					fmt.Fprintf(&got, "%s %s\n", f.Path, f.Code)
				}
			}
			if strings.TrimSuffix(got.String(), "\n") != s.text {
				t.Errorf("section %d: refused\n%swant\n%s", i, got.String(), s.text)
			}
		case "ask":
			reply, err := deliver(t, p, pl, s.text)
			if body, said = reply.Body, err; err == nil {
				body, _, said = pl.ResponseSchema.Cut(nil, reply.Body, pl.ResponseSchema.Mask([]string{"*"}))
			}
		case "answer":
			if said != nil || string(body) != s.text {
				t.Errorf("section %d: %v\n%s\nwant\n%s", i, said, body, s.text)
			}
		case "code":
			wantFault(t, said, fault.Code(s.text), "")
		default:
			t.Fatalf("section %q", s.name)
		}
	}
}

package agreement_test

import (
	"flag"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
	"mconnect/internal/domain/agreement"
	"mconnect/test/must"
)

var update = flag.Bool("update", false, "write the verdicts in testdata anew, to be read before they are kept")

// TestDecide_Scripts plays testdata/*.txt: agreements as they are declared, calls as they are made, and the whole
// verdict, word for word, as a Romanian official reads it.
func TestDecide_Scripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 5 {
		t.Fatalf("scripts are missing: %v %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { playScript(t, file) })
	}
}

// block is a part of a script: "== call: title" and the lines below it.
type block struct{ head, text string }

func playScript(t *testing.T, file string) {
	raw := must.Get(os.ReadFile(file))(t)
	blocks := split(string(raw))
	var agreements []*agreement.Compiled
	always := map[string]string{}
	calls := 0
	for i := range blocks {
		kind, title, _ := strings.Cut(blocks[i].head, ":")
		switch kind {
		case "agreement":
			agreements = append(agreements, readAgreement(t, blocks[i].text))
		case "always":
			readLines(t, always, blocks[i].text)
		case "call":
			facts := map[string]string{}
			maps.Copy(facts, always)
			readLines(t, facts, blocks[i].text)
			got := tell(decideOn(t, agreements, facts))
			calls++
			if i+1 >= len(blocks) || blocks[i+1].head != "verdict" {
				t.Fatalf("call%s: no verdict follows", title)
			}
			want := strings.TrimSpace(blocks[i+1].text)
			blocks[i+1].text = "\n" + got + "\n\n"
			if !*update && got != want {
				t.Errorf("call%s:\ngot\n%s\nwant\n%s", title, got, want)
			}
		case "verdict":
		default:
			t.Fatalf("unknown block %q", blocks[i].head)
		}
	}
	if calls == 0 {
		t.Fatal("no call is made")
	}
	if *update {
		write(t, file, string(raw), blocks)
	}
}

func write(t *testing.T, file, raw string, blocks []block) {
	preface, _, _ := strings.Cut(raw, "\n== ")
	var b strings.Builder
	b.WriteString(preface + "\n")
	for _, part := range blocks {
		b.WriteString("== " + part.head + part.text)
	}
	must.OK(t, os.WriteFile(file, []byte(strings.TrimRight(b.String(), "\n")+"\n"), 0o644))
}

func split(raw string) []block {
	var blocks []block
	for _, part := range strings.Split("\n"+raw, "\n== ")[1:] {
		head, text, _ := strings.Cut(part, "\n")
		blocks = append(blocks, block{head, "\n" + text + "\n"})
	}
	return blocks
}

func readAgreement(t *testing.T, text string) *agreement.Compiled {
	t.Helper()
	d := yaml.NewDecoder(strings.NewReader(text))
	d.KnownFields(true)
	var a agreement.Agreement
	must.OK(t, d.Decode(&a))
	c := must.Get(agreement.Compile(a))(t)
	return c
}

func readLines(t *testing.T, facts map[string]string, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("not of the form \"name: value\": %s", line)
		}
		facts[name] = strings.TrimSpace(value)
	}
}

// decideOn reads the facts of a call and has it decided. A fact that nobody reads is a mistake.
func decideOn(t *testing.T, agreements []*agreement.Compiled, facts map[string]string) agreement.Verdict {
	t.Helper()
	read := map[string]bool{}
	fact := func(name string) string { read[name] = true; return facts[name] }
	is := func(name, usual string) bool { v := fact(name); return v == "" || v == usual }
	version := must.Get(mconnect.ParseVersion(fact("version")))(t)
	at := must.Get(time.ParseInLocation("2006-01-02 15:04", fact("time"), civil.Zone()))(t)
	req := agreement.Request{
		Consumer: agreement.Consumer{
			System: mconnect.SystemID(fact("system")), Owner: mconnect.IDNO(fact("owner")),
			SystemActive: is("system is", "active"), ParticipantActive: is("participant is", "active"),
			MayConsume: is("role", "consumer"),
		},
		Service: agreement.Service{
			Name: mconnect.ServiceName(fact("service")), Version: version,
			Personal: is("personal data", "yes"), ProviderActive: is("provider is", "active"),
		},
		Context: mconnect.LegalContext{
			User: fact("CallingUser"), Entity: fact("CallingEntity"), Basis: fact("CallBasis"), Reason: fact("CallReason"),
		},
		Subject: fact("subject"), Fields: strings.Fields(fact("fields")),
	}
	for n := range strings.FieldsSeq(fact("represents")) {
		req.Consumer.Represents = append(req.Consumer.Represents, mconnect.IDNO(n))
	}
	for n := range strings.FieldsSeq(fact("networks")) {
		req.Consumer.Networks = append(req.Consumer.Networks, netip.MustParsePrefix(n))
	}
	if from := fact("from"); from != "" {
		req.From = netip.MustParseAddr(from)
	}
	use := agreement.Usage{RateExceeded: !is("too fast", "no")}
	if used := fact("used today"); used != "" {
		must.Get(fmt.Sscan(used, &use.Today))(t)
	}
	for name := range facts {
		if !read[name] {
			t.Fatalf("unknown fact %q", name)
		}
	}
	var candidates []agreement.Candidate
	for _, a := range agreements {
		candidates = append(candidates, agreement.Candidate{Compiled: a, Usage: use})
	}
	return agreement.Decide(candidates, req, at)
}

var inRomanian = map[fault.Result]string{
	fault.Passed: "trecut", fault.Failed: "NETRECUT", fault.Flagged: "semnalat", fault.NotReached: "—",
}

// tell writes a verdict as an official reads it.
func tell(v agreement.Verdict) string {
	var b strings.Builder
	if v.Allowed {
		fmt.Fprintf(&b, "PERMIS prin acordul %s, scopul %s\n", v.Agreement, v.Purpose.Code)
		fmt.Fprintf(&b, "Temei: %s, %s\n", v.Purpose.LegalBasis.Act, v.Purpose.LegalBasis.Article)
		fmt.Fprintf(&b, "Date: %s\n", strings.Join(v.Grant, " "))
	} else {
		fmt.Fprintf(&b, "REFUZAT (%s, trebuie să acționeze: %s)\n", v.Fault.Code, v.Fault.Code.Entry().Party)
		fmt.Fprintf(&b, "%s\n%s\n", v.Fault.Sentence(mconnect.Romanian), v.Fault.Remedy(mconnect.Romanian))
		if v.Fault.RetryAfter > 0 {
			fmt.Fprintf(&b, "Se poate repeta peste: %s\n", v.Fault.RetryAfter)
		}
	}
	for _, c := range v.Checks {
		fmt.Fprintf(&b, "  %-9s %-19s %s", inRomanian[c.Result], c.Name, fault.CheckTitle(c.Name, mconnect.Romanian))
		if c.Result == fault.Flagged {
			fmt.Fprintf(&b, " — %s", c.Sentence(mconnect.Romanian))
		}
		b.WriteByte('\n')
	}
	return strings.TrimSpace(b.String())
}

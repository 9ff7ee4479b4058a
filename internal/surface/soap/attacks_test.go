package soap_test

import (
	_ "embed"
	"strings"
	"testing"

	"mconnect/internal/domain/journal"
)

//go:embed testdata/attacks.txt
var attacks string

// attack is one case of testdata/attacks.txt.
type attack struct {
	name, want    string
	before, after [][2]string
}

func readAttacks(t *testing.T) (all []attack) {
	t.Helper()
	for line := range strings.Lines(attacks) {
		line = strings.TrimSuffix(line, "\n")
		verb, rest, _ := strings.Cut(line, " ")
		switch verb {
		case "", "#":
		case "---":
			all = append(all, attack{name: rest})
		case "want":
			all[len(all)-1].want = rest
		case "before", "after":
			old, with, ok := strings.Cut(rest, " => ")
			if !ok {
				t.Fatalf("no \" => \" in %s", line)
			}
			last := &all[len(all)-1]
			if verb == "before" {
				last.before = append(last.before, [2]string{old, with})
			} else {
				last.after = append(last.after, [2]string{old, with})
			}
		default:
			t.Fatalf("unknown: %s", line)
		}
	}
	return all
}

// edited replaces once each, with names of parts representing the parts of the message as it was.
func edited(t *testing.T, text string, edits [][2]string) string {
	t.Helper()
	if len(edits) == 0 {
		return text
	}
	part := func(from, to string) string {
		if !strings.Contains(text, from) {
			return "{nothing}"
		}
		return between(t, text, from, to)
	}
	parts := strings.NewReplacer("{body}", part("<soap:Body", "</soap:Body>"), "{sig}", part("<ds:Signature>", "</ds:Signature>"),
		"{bst}", part("<wsse:BinarySecurityToken", "</wsse:BinarySecurityToken>"), "{token}", part("<wsse:BinarySecurityToken", "</wsse:BinarySecurityToken>"),
		"{time}", part("<wsu:Timestamp", "</wsu:Timestamp>"), "{evil}", strings.Replace(askPerson, subject, "2999000000003", 1))
	for _, e := range edits {
		text = swap(t, text, parts.Replace(e[0]), parts.Replace(e[1]))
	}
	return text
}

// TestAttacks_ByScript: each is refused with its code before a register is asked, also when another sender is claimed;
// what is only spelt otherwise is answered.
func TestAttacks_ByScript(t *testing.T) {
	w := newTestPlatform(t)
	hall, c := w.parties["hall.app"], w.client("")
	refused := 0
	for _, a := range readAttacks(t) {
		text := edited(t, fill(safe("sha256"), askPerson, blocks, hall), a.before)
		text = edited(t, complete(t, strings.Replace(text, "</m:GetPerson>", "</m:GetPerson>"+strings.Repeat(" ", refused)+"\n", 1), hall), a.after)
		g := w.post(c, "/soap/hall.app", text, nil)
		_, e := w.newest()
		if a.want == "ok" {
			if g.status != 200 || e.Kind != journal.Outcome || <-w.asked != `{"IDNP":"`+subject+`"}` {
				t.Errorf("%s: %d %s", a.name, g.status, g.body)
			}
			refused++
			continue
		}
		refused++
		if g.status != 500 || !strings.Contains(g.body, "<Code>"+a.want+"</Code>") {
			t.Errorf("%s: want %s, got %s", a.name, a.want, codeIn(g.body))
		}
		if string(e.Code) != a.want && refused < 50 || e.System != "" {
			// unidentified callers beyond fifty at once are counted only
			t.Errorf("%s: recorded %s of %q", a.name, e.Code, e.System)
		}
		select {
		case asked := <-w.asked:
			t.Errorf("%s: the register was asked %s", a.name, asked)
		default:
		}
	}
	if refused < 50 {
		t.Errorf("only %d cases", refused)
	}
}

func codeIn(body string) string {
	_, rest, _ := strings.Cut(body, "<Code>")
	code, _, ok := strings.Cut(rest, "</Code>")
	if !ok {
		return body
	}
	return code
}

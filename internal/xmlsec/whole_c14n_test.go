//go:build whole

package xmlsec_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"io"
	"os/exec"
	"testing"

	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

// libxml2 runs testdata/libxml2.py: one question a line.
type libxml2 struct {
	in  io.WriteCloser
	out *bufio.Reader
}

func startLibxml2(t *testing.T) *libxml2 {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", "testdata/libxml2.py")
	in := must.Get(cmd.StdinPipe())(t)
	out := must.Get(cmd.StdoutPipe())(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err, "(Debian: python3-lxml)")
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	return &libxml2{in, bufio.NewReaderSize(out, 1<<20)}
}

func (l *libxml2) ask(t *testing.T, question map[string]any, answer any) {
	t.Helper()
	line := must.Get(json.Marshal(question))(t)
	must.Get(l.in.Write(append(line, '\n')))(t)
	back := must.Get(l.out.ReadBytes('\n'))(t)
	must.OK(t, json.Unmarshal(back, answer))
}

type asked struct {
	mode     xmlsec.Mode
	element  int
	prefixes []string
	line     []any
}

func asks(r *nasty, elements int) (all []asked) {
	numbers := map[xmlsec.Mode]int{xmlsec.Inclusive10: 0, xmlsec.Exclusive: 1, xmlsec.Inclusive11: 2}
	for _, base := range []xmlsec.Mode{xmlsec.Inclusive10, xmlsec.Exclusive, xmlsec.Inclusive11} {
		for _, comments := range []bool{false, true} {
			mode := base
			if comments {
				mode = mode.WithComments()
			}
			for _, element := range []int{0, 1 + r.IntN(elements)} {
				prefixes := []string{}
				if base == xmlsec.Exclusive && r.IntN(2) == 0 {
					for range 1 + r.IntN(3) {
						p := pick(r, nastyPrefixes)
						if p == "" {
							p = "#default"
						}
						prefixes = append(prefixes, p)
					}
				}
				all = append(all, asked{mode, element, prefixes, []any{numbers[base], comments, element, prefixes}})
			}
		}
	}
	return all
}

// TestCanonicalize_EqualsLibxml2 compares 6 000 documents in each of the six modes, whole and one element of each.
func TestCanonicalize_EqualsLibxml2(t *testing.T) {
	l := startLibxml2(t)
	bad, compared := 0, 0
	for seed := range uint64(6000) {
		r := newNasty(seed)
		r.bases = seed%4 == 0
		text, elements := r.document()
		doc, err := xmlsec.Parse([]byte(text), xmlsec.Limits{Instructions: true})
		if err != nil {
			t.Fatalf("seed %d: %v\n%q", seed, err, text)
		}
		questions := asks(r, elements)
		lines := make([][]any, len(questions))
		for i, q := range questions {
			lines[i] = q.line
		}
		var answers []*string
		l.ask(t, map[string]any{"doc": base64.StdEncoding.EncodeToString([]byte(text)), "asks": lines}, &answers)
		if len(answers) != len(questions) {
			t.Fatalf("seed %d: libxml2 cannot read %q", seed, text)
		}
		for i, q := range questions {
			where := doc.Whole()
			if k := q.element; k > 0 {
				where = nth(doc.Whole(), &k)
			}
			got, err := xmlsec.Canonicalize(nil, where, q.mode, q.prefixes...)
			compared++
			want := "refused"
			if answers[i] != nil {
				raw, _ := base64.StdEncoding.DecodeString(*answers[i])
				want = string(raw)
			}
			if err != nil && want != "refused" || err == nil && string(got) != want {
				if bad++; bad < 6 {
					t.Errorf("seed %d mode %d element %d prefixes %q\n%q\nours    %q %v\nlibxml2 %q", seed, q.mode, q.element, q.prefixes, text, got, err, want)
				}
			}
		}
	}
	t.Logf("%d canonical forms compared, %d differ", compared, bad)
}

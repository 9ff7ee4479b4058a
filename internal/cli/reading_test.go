package cli

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/test/waits"
)

func TestCall_AnswersArePrintedUnchanged(t *testing.T) {
	for _, c := range []struct{ output, answer, want string }{
		{"table", `{"LastName":"Sintetic <1>"}`, "{\n  \"LastName\": \"Sintetic <1>\"\n}\n"},
		{"json", `{"LastName":"Sintetic"}`, `{"LastName":"Sintetic"}` + "\n"},
		{"table", "%PDF-1.7\n\x00\xff", "%PDF-1.7\n\x00\xff"},
		{"json", "%PDF-1.7", "%PDF-1.7"},
	} {
		var out bytes.Buffer
		if err := (&session{out: &out, output: c.output}).printAnswer([]byte(c.answer)); err != nil || out.String() != c.want {
			t.Errorf("%s of %q: %q %v", c.output, c.answer, out.String(), err)
		}
	}
}

// signalling calls seen once when what is written through it holds text.
type signalling struct {
	text string
	all  bytes.Buffer
	seen func()
}

func (s *signalling) Write(p []byte) (int, error) {
	s.all.Write(p)
	if strings.Contains(s.all.String(), s.text) {
		s.seen()
	}
	return len(p), nil
}

// TestFollow_EndsOnRequest: it shows what comes after it began, here that it was begun, and being stopped is no
// failure.
func TestFollow_EndsOnRequest(t *testing.T) {
	var quiet bytes.Buffer
	dir := filepath.Join(t.TempDir(), "data")
	if code := Main(t.Context(), Process{Args: []string{"pki", "init", "--dir", dir}, Out: &quiet, Err: &quiet}, nil); code != exitDone {
		t.Fatalf("%d %s", code, quiet.String())
	}
	ctx, stop := context.WithTimeout(t.Context(), waits.Limit)
	defer stop()
	out := &signalling{text: "cli:ana tail from record 0, follow true", seen: stop}
	p := Process{Args: []string{"journal", "tail", "--dir", dir, "--follow"}, Out: out, Err: &quiet, Environment: []string{"USER=ana"}}
	if code := Main(ctx, p, nil); code != exitDone || !strings.Contains(out.all.String(), out.text) {
		t.Errorf("%d, showed %q, said %q", code, out.all.String(), quiet.String())
	}
}

// TestFollow_EndsByItsContext: a command that is ordered to stop before it begins does not hang.
func TestFollow_EndsByItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var out, errOut bytes.Buffer
	dir := filepath.Join(t.TempDir(), "data")
	if code := Main(t.Context(), Process{Args: []string{"pki", "init", "--dir", dir}, Out: &out, Err: &errOut}, nil); code != exitDone {
		t.Fatalf("%d %s", code, errOut.String())
	}
	if code := Main(ctx, Process{Args: []string{"journal", "tail", "--dir", dir, "--follow"}, Out: &out, Err: &errOut}, nil); code == exitDone {
		t.Errorf("told to stop before it could read: %d %s", code, errOut.String())
	}
}

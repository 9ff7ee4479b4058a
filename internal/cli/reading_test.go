package cli

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/store"
	"mconnect/test/waits"
)

// TestReadFromShowsExactlyTheRecordsAskedFor, though they are kept in batches.
func TestReadFromShowsExactlyTheRecordsAskedFor(t *testing.T) {
	ctx := t.Context()
	db, err := store.Open(ctx, store.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "x.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	keys, err := journal.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	log, err := db.OpenLog(ctx, "journal", journal.NewSealer(keys, "test.invalid/journal"))
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	for _, count := range []int{1, 4, 2, 5} { // batches
		entries := make([]appendlog.Entry, count)
		for i := range entries {
			entries[i].Data = fmt.Appendf(nil, "%d", size)
			size++
		}
		if _, err := log.Append(ctx, entries...); err != nil {
			t.Fatal(err)
		}
	}
	for from := int64(0); from <= size; from++ {
		for to := from; to <= size; to++ {
			var got, want []string
			err := readFrom(ctx, log, from, to, func(b appendlog.Batch) error {
				for i, e := range b.Entries {
					if text := fmt.Sprint(b.First + int64(i)); text != string(e.Data) {
						t.Errorf("record %s is shown as %s", e.Data, text)
					}
					got = append(got, string(e.Data))
				}
				return nil
			})
			for n := from; n < to; n++ {
				want = append(want, fmt.Sprint(n))
			}
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("[%d, %d): %v %v", from, to, got, err)
			}
		}
	}
}

func TestAnswersArePrintedAsTheyAre(t *testing.T) {
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

// TestFollowingEndsWhenToldTo: it shows what comes after it began, here that it was begun, and being stopped is no
// failure.
func TestFollowingEndsWhenToldTo(t *testing.T) {
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

// TestEndedByItsContext: a command that is ordered to stop before it begins does not hang.
func TestEndedByItsContext(t *testing.T) {
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

package file

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/test/registers"
)

// TestFile_Scripts plays testdata/file: what tables may look like, what is answered from them, and what is refused
// where.
func TestFile_Scripts(t *testing.T) {
	paths, err := filepath.Glob("testdata/file/*.txt")
	if err != nil || len(paths) < 3 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) { playFile(t, registers.Script(t, path)) })
	}
}

func playFile(t *testing.T, all []registers.Section) {
	p, files, _, _, _ := deskOf(t)
	var pl *catalog.Ready
	var refused *fault.Error
	var body []byte
	var said error
	for i, s := range all {
		switch s.Name {
		case "manifest":
			pl = registers.Declared(t, s.Text)
			if found := p.Check(pl.Service); len(found) > 0 {
				t.Fatal(found)
			}
		case "file":
			refused = fault.From(put(t, files, pl.Service, "a-2026-03-01.csv", s.Text))
			if refused != nil && (i+1 == len(all) || all[i+1].Name != "refused") {
				t.Fatalf("section %d: %v", i, refused)
			}
		case "refused":
			var got strings.Builder
			if refused != nil {
				for _, f := range refused.Fields {
					fmt.Fprintf(&got, "%s %s\n", f.Path, f.Code)
				}
			}
			if strings.TrimSuffix(got.String(), "\n") != s.Text {
				t.Errorf("section %d: refused\n%swant\n%s", i, got.String(), s.Text)
			}
		case "ask":
			reply, err := registers.Deliver(t, p, pl, s.Text)
			if body, said = reply.Body, err; err == nil {
				body, _, said = pl.ResponseSchema.Cut(nil, reply.Body, pl.ResponseSchema.Mask([]string{"*"}))
			}
		case "answer":
			if said != nil || string(body) != s.Text {
				t.Errorf("section %d: %v\n%s\nwant\n%s", i, said, body, s.Text)
			}
		case "code":
			registers.WantFault(t, said, fault.Code(s.Text), "")
		default:
			t.Fatalf("section %q", s.Name)
		}
	}
}

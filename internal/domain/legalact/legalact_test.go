package legalact_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
	"mconnect/internal/domain/legalact"
)

func digest(b byte) string { return strings.Repeat(string(b), 64) }

// sample is an act of two versions: the second changes art. 7, removes art. 8 and adds art. 9. It was repealed.
func sample() legalact.Act {
	return legalact.Act{
		ID: "lege-1-2020", Type: "law", Number: "1", Date: "2020-01-10", Citation: "Legea nr. 1/2020 (exemplu)",
		Title: mconnect.Text{RO: "Lege de exemplu"}, URL: "https://example.invalid/1",
		Versions: []legalact.Version{
			{From: "2020-02-01", Articles: []legalact.Article{{Path: "art. 6", Digest: digest('a')},
				{Path: "art. 7 alin. (1)", Digest: digest('b')}, {Path: "art. 8", Digest: digest('c')}}},
			{From: "2024-01-01", To: "2026-06-30", Articles: []legalact.Article{{Path: "art. 6", Digest: digest('a')},
				{Path: "art. 7 alin. (1)", Digest: digest('d')}, {Path: "art. 9", Digest: digest('e')}}},
		},
	}
}

func on(t *testing.T, day string) time.Time {
	t.Helper()
	from, _, err := civil.Day(day)
	if err != nil {
		t.Fatal(err)
	}
	return from
}

func TestRegister_StatesByDay(t *testing.T) {
	r := legalact.NewRegister()
	r.Put(sample())
	for _, c := range []struct {
		day, path string
		want      legalact.State
	}{
		{"2020-01-31", "art. 6", legalact.Coming},
		{"2020-02-01", "art. 6", legalact.InForce},
		{"2020-02-01", "Art.7  alin.(1)", legalact.InForce},
		{"2023-12-31", "art. 8", legalact.InForce},
		{"2024-01-01", "art. 8", legalact.Repealed},
		{"2023-12-31", "art. 9", legalact.Coming},
		{"2024-01-01", "art. 9", legalact.InForce},
		{"2026-06-30", "art. 6", legalact.InForce},
		{"2026-07-01", "art. 6", legalact.Repealed},
		{"2024-01-01", "art. 10", legalact.Unknown},
	} {
		if got := r.State(legalact.Citation{Act: "lege-1-2020", Path: c.path}, on(t, c.day)); got != c.want {
			t.Errorf("%s on %s is %s, not %s", c.path, c.day, got, c.want)
		}
	}
	if got := r.State(legalact.Citation{Act: "lege-2-2020", Path: "art. 6"}, on(t, "2024-01-01")); got != legalact.Unknown {
		t.Errorf("an act that is not registered is %s", got)
	}
}

func TestRegister_CheckSaysWhatIsWrong(t *testing.T) {
	r := legalact.NewRegister()
	r.Put(sample())
	for _, c := range []struct {
		cited legalact.Citation
		day   string
		want  fault.Code
	}{
		{legalact.Citation{Act: "lege-1-2020", Path: "art. 6"}, "2025-01-01", ""},
		{legalact.Citation{Act: "lege-1-2020", Version: "2020-02-01", Path: "art. 6"}, "2025-01-01", ""},
		{legalact.Citation{Act: "lege-9-2020", Path: "art. 6"}, "2025-01-01", fault.ActUnknown},
		{legalact.Citation{Act: "lege-1-2020", Version: "2021-01-01", Path: "art. 6"}, "2025-01-01", fault.ActVersion},
		{legalact.Citation{Act: "lege-1-2020", Path: "art. 77"}, "2025-01-01", fault.ActArticle},
		{legalact.Citation{Act: "lege-1-2020", Path: "art. 8"}, "2025-01-01", fault.ActNotInForce},
		{legalact.Citation{Act: "lege-1-2020", Path: "art. 6"}, "2026-07-01", fault.ActNotInForce},
	} {
		err := r.Check(c.cited, on(t, c.day))
		if (err == nil) != (c.want == "") || err != nil && fault.From(err).Code != c.want {
			t.Errorf("%+v on %s: %v, want %q", c.cited, c.day, err, c.want)
		}
	}
}

// TestRegister_ChangedSinceCited: what an agreement cites by version is changed when the text in force differs.
func TestRegister_ChangedSinceCited(t *testing.T) {
	r := legalact.NewRegister()
	r.Put(sample())
	at := on(t, "2025-01-01")
	for path, want := range map[string]bool{"art. 6": false, "art. 7 alin. (1)": true, "art. 8": true, "art. 9": false} {
		if got := r.Changed(legalact.Citation{Act: "lege-1-2020", Version: "2020-02-01", Path: path}, at); got != want {
			t.Errorf("%s changed: %v", path, got)
		}
	}
	if r.Changed(legalact.Citation{Act: "lege-1-2020", Path: "art. 8"}, at) {
		t.Error("a citation of the version in force is never outdated")
	}
	act := sample()
	got := legalact.Changes(&act.Versions[0], &act.Versions[1])
	want := []legalact.Change{{Path: "art. 7 alin. (1)", Kind: "changed"}, {Path: "art. 8", Kind: "removed"},
		{Path: "art. 9", Kind: "added"}}
	if !slices.Equal(got, want) {
		t.Errorf("changes %v, want %v", got, want)
	}
}

func TestRegister_KeepsTheNewestFirst(t *testing.T) {
	r := legalact.NewRegister()
	older, newer := sample(), sample()
	newer.ID, newer.Date, newer.Citation = "lege-5-2025", "2025-03-03", "Legea nr. 5/2025 (exemplu)"
	r.Put(older)
	r.Put(newer)
	if all := r.All(); len(all) != 2 || all[0].ID != "lege-5-2025" {
		t.Errorf("order: %v", all)
	}
	if a, ok := r.ByCitation("legea NR.  1/2020 (exemplu)"); !ok || a.ID != "lege-1-2020" {
		t.Errorf("by citation: %v", a)
	}
	r.Remove("lege-1-2020")
	if _, ok := r.Act("lege-1-2020"); ok {
		t.Error("a removed act is found")
	}
}

func TestAct_ValidateNamesThePlace(t *testing.T) {
	if found := sample().Validate(); len(found) != 0 {
		t.Fatalf("the sample is refused: %v", found)
	}
	for path, spoil := range map[string]func(*legalact.Act){
		"/id":                         func(a *legalact.Act) { a.ID = "Lege 1" },
		"/type":                       func(a *legalact.Act) { a.Type = "lege" },
		"/number":                     func(a *legalact.Act) { a.Number = "" },
		"/date":                       func(a *legalact.Act) { a.Date = "10.01.2020" },
		"/title":                      func(a *legalact.Act) { a.Title = mconnect.Text{} },
		"/url":                        func(a *legalact.Act) { a.URL = "javascript:alert(1)" },
		"/versions":                   func(a *legalact.Act) { a.Versions = nil },
		"/versions/1/to":              func(a *legalact.Act) { a.Versions[1].To = "2023-01-01" },
		"/versions/1/from":            func(a *legalact.Act) { a.Versions[0].To = "2024-01-01" },
		"/versions/0/articles":        func(a *legalact.Act) { a.Versions[0].Articles = nil },
		"/versions/0/articles/1/path": func(a *legalact.Act) { a.Versions[0].Articles[1].Path = "art. 6" },
		"/versions/0/articles/0/digest": func(a *legalact.Act) {
			a.Versions[0].Articles[0].Digest = "zz"
		},
	} {
		act := sample()
		spoil(&act)
		if found := act.Validate(); !slices.ContainsFunc(found, func(f fault.FieldError) bool {
			return strings.HasPrefix(f.Path, path)
		}) {
			t.Errorf("%s is not named: %v", path, found)
		}
	}
}

// TestEffectOn_FindsWhatANewDocumentTouches: a change, a removal and a repeal, each once.
func TestEffectOn_FindsWhatANewDocumentTouches(t *testing.T) {
	next := sample()
	old := sample()
	old.Versions = old.Versions[:1]
	for _, c := range []struct {
		old   *legalact.Act
		cited legalact.Citation
		want  legalact.Effect
	}{
		{&old, legalact.Citation{Path: "art. 7 alin. (1)"}, legalact.Effect{Kind: "changed", Day: "2024-01-01"}},
		{&old, legalact.Citation{Path: "art. 8"}, legalact.Effect{Kind: "removed", Day: "2024-01-01"}},
		{&old, legalact.Citation{Path: "art. 6"}, legalact.Effect{Kind: "repealed", Day: "2026-06-30"}},
		{&old, legalact.Citation{Path: "ART. 8", Version: "2020-02-01"}, legalact.Effect{Kind: "removed", Day: "2024-01-01"}},
		{&old, legalact.Citation{Path: "art. 9", Version: "2024-01-01"}, legalact.Effect{Kind: "repealed", Day: "2026-06-30"}},
		{&next, legalact.Citation{Path: "art. 8"}, legalact.Effect{}},
		{nil, legalact.Citation{Path: "art. 6"}, legalact.Effect{Kind: "repealed", Day: "2026-06-30"}},
	} {
		if got, touched := legalact.EffectOn(c.old, &next, c.cited); got != c.want || touched != (c.want.Kind != "") {
			t.Errorf("%+v: %+v", c.cited, got)
		}
	}
}

func TestCitation_ValidateNamesThePlace(t *testing.T) {
	for path, c := range map[string]legalact.Citation{
		"":           {Act: "lege-1-2020", Version: "2020-02-01", Path: "art. 1"},
		"/x/act":     {Act: "Lege 1", Path: "art. 1"},
		"/x/version": {Act: "lege-1-2020", Version: "1.0.0", Path: "art. 1"},
		"/x/path":    {Act: "lege-1-2020"},
	} {
		var f fault.Findings
		c.Validate(&f, "/x")
		if path == "" && len(f) > 0 || path != "" && (len(f) != 1 || f[0].Path != path) {
			t.Errorf("%+v: %v", c, f)
		}
	}
}

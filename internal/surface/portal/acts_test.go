package portal_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/legalact"
	"mconnect/internal/surface/portal"
	"mconnect/test/must"
)

// register holds an act that changed and one that was repealed, one that is coming, and one that nobody cites.
func register() *legalact.Register {
	r := legalact.NewRegister()
	act := func(id legalact.ID, date string, versions ...legalact.Version) {
		r.Put(legalact.Act{ID: id, Type: "law", Number: "1", Date: date, Citation: "Legea " + string(id),
			Title: mconnect.Text{RO: "Lege <b>" + string(id), EN: "Law", RU: "Закон"}, Versions: versions})
	}
	act("schimbata", "2020-01-01",
		legalact.Version{From: "2020-02-01", Articles: []legalact.Article{
			{Path: "art. 6", Digest: strings.Repeat("a", 64)}, {Path: "art. 8"}}},
		legalact.Version{From: "2024-01-01", Articles: []legalact.Article{{Path: "art. 6", Digest: strings.Repeat("b", 64)}}})
	act("abrogata", "2019-01-01", legalact.Version{From: "2019-02-01", To: "2025-06-30",
		Articles: []legalact.Article{{Path: "art. 1"}}})
	act("viitoare", "2026-01-01", legalact.Version{From: "2030-02-01", Articles: []legalact.Article{{Path: "art. 1"}}})
	return r
}

// withActs is a portal with a register and one agreement for each citation.
func withActs(t *testing.T, cited ...legalact.Citation) http.Handler {
	t.Helper()
	b := agreement.NewBook()
	for i, c := range cited {
		b.Put(must.Get(agreement.Compile(agreement.Agreement{ID: mconnect.AgreementID("c-" + string(rune('a'+i))),
			Consumer: "primaria.asistenta", Service: "GetPerson", Version: mconnect.Version{Major: 1},
			Purposes: []agreement.Purpose{{Code: "ajutor", Title: mconnect.Text{RO: "Ajutor social"},
				LegalBasis: agreement.LegalBasis{Act: "Legea citată", Article: c.Path, Ref: c}, Accepts: []string{"x"},
				Fields: []string{"LastName"}}}}))(t))
	}
	cfg := config(t, &catalogue{})
	cfg.Acts, cfg.Agreements = register(), b
	cfg.Clock = func() time.Time { return time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC) }
	return must.Get(portal.New(cfg))(t).Handler()
}

func TestActs_ListSaysTheStateOfEach(t *testing.T) {
	h := withActs(t)
	for _, c := range []struct{ lang, want string }{
		{"ro", "Abrogat: ultima zi în vigoare a fost 30 iunie 2025."}, {"ro", "În vigoare din 1 februarie 2020."},
		{"ro", "Intră în vigoare la 1 februarie 2030."}, {"en", "Comes into force on 1 February 2030."},
		{"ru", "Утратил силу: последний день действия был 30 июня 2025."},
	} {
		if _, body := get(t, h, "/acts?lang="+c.lang); !strings.Contains(body, c.want) {
			t.Errorf("%s: %q is not said", c.lang, c.want)
		}
	}
	if _, body := get(t, h, "/acts?q=ABROGATĂ"); !strings.Contains(body, "/acts/abrogata") ||
		strings.Contains(body, "/acts/viitoare") {
		t.Error("the search does not find by words")
	}
	for path, want := range map[string]int{"/acts?from=x": 400, "/acts?from=99": 200, "/acts?q=nimic": 200,
		"/acts/nimic": 404, "/acts?q=" + strings.Repeat("q", 201): 400} {
		if r, _ := get(t, h, path); r.StatusCode != want {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	_, plain := pages(t)
	if r, body := get(t, plain, "/acts"); r.StatusCode != http.StatusNotFound || strings.Contains(body, `href="/acts"`) {
		t.Error("a portal without a register leads to one")
	}
}

// TestAct_ShowsWhatChangedAndWhoRestsOnIt: versions, changes, and how each cited place is now.
func TestAct_ShowsWhatChangedAndWhoRestsOnIt(t *testing.T) {
	h := withActs(t, legalact.Citation{Act: "schimbata", Version: "2020-02-01", Path: "art. 6"},
		legalact.Citation{Act: "schimbata", Path: "art. 8"}, legalact.Citation{Act: "abrogata", Path: "art. 1"})
	_, body := get(t, h, "/acts/schimbata?lang=en")
	for _, want := range []string{"art. 6: changed", "art. 8: removed", "Version of 1 January 2024: In force since 1 January 2024.",
		"Was in force from 1 February 2020 until 31 December 2023.", "The text has changed since the cited version.",
		"No longer in force.", `href="/agreements/c-a"`, `href="/agreements/c-b"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if strings.Contains(body, "c-c") {
		t.Error("an agreement that rests on another act is listed")
	}
	if _, body := get(t, h, "/acts/viitoare?lang=ro"); !strings.Contains(body, "Niciun acord nu se întemeiază") ||
		!strings.Contains(body, "Lege &lt;b&gt;viitoare") {
		t.Error("an act that nobody cites")
	}
	if _, body := get(t, h, "/agreements/c-a"); !strings.Contains(body, `<a href="/acts/schimbata">Legea citată</a>`) {
		t.Error("the agreement does not lead to the act")
	}
}

package portal_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/domain/agreement"
)

// book holds n agreements a-000, a-001, …: of a town hall where the number is even, of a ministry else.
func book(t *testing.T, n int) *agreement.Book {
	t.Helper()
	b := agreement.NewBook()
	for i := range n {
		a := agreement.Agreement{ID: mconnect.AgreementID(fmt.Sprintf("a-%03d", i)), Consumer: "minister.sistem",
			Service: "GetPerson", Version: mconnect.Version{Major: 1},
			Purposes: []agreement.Purpose{{Code: "ajutor", Title: mconnect.Text{RO: "Stabilirea ajutorului social"}, Accepts: []string{"Legea nr. 133/2008"},
				LegalBasis: agreement.LegalBasis{Act: "Legea nr. 133/2008", Article: "art. 1 (exemplu)"},
				Fields:     []string{"LastName", "Address.Street"}}}}
		if i%2 == 0 {
			a.Consumer = "primaria.asistenta"
		}
		switch i {
		case 1:
			a.Status = agreement.Suspended
		case 2:
			a.Status = agreement.Terminated
		case 3:
			a.Validity.To = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		c, err := agreement.Compile(a)
		if err != nil {
			t.Fatal(err)
		}
		b.Put(c)
	}
	return b
}

// TestAgreements_PagesShowEachOnce walks the list from its beginning: every agreement that the words name, once.
func TestAgreements_PagesShowEachOnce(t *testing.T) {
	_, h := pages(t)
	row := regexp.MustCompile(`href="/agreements/(a-\d+)"`)
	next := regexp.MustCompile(`href="(/agreements\?[^"]+)" rel="next"`)
	for words, want := range map[string]int{"": 45, "primaria": 23, "PRIMĂRIA ajutorului": 23, "legea+133": 45, "nimic": 0} {
		seen := map[string]bool{}
		for path := "/agreements?q=" + strings.ReplaceAll(words, " ", "+"); path != ""; {
			r, body := get(t, h, path, "Accept-Language", "ro")
			if r.StatusCode != http.StatusOK {
				t.Fatalf("%s: %d", path, r.StatusCode)
			}
			for _, m := range row.FindAllStringSubmatch(body, -1) {
				if seen[m[1]] {
					t.Errorf("%q: %s is listed twice", words, m[1])
				}
				seen[m[1]] = true
			}
			path = ""
			if m := next.FindStringSubmatch(body); m != nil {
				path = strings.ReplaceAll(m[1], "&amp;", "&")
			}
		}
		if len(seen) != want {
			t.Errorf("%q lists %d agreements, want %d", words, len(seen), want)
		}
	}
}

func TestAgreement_SaysItsStateInASentence(t *testing.T) {
	_, h := pages(t)
	for id, want := range map[string]string{"a-000": "În vigoare.", "a-001": "Suspendat: apelurile sunt refuzate.",
		"a-002": "Încetat.", "a-003": "A expirat: ultima zi a fost 1 ianuarie 2020."} {
		_, body := get(t, h, "/agreements/"+id, "Accept-Language", "ro")
		for _, text := range []string{want, "Legea nr. 133/2008", "<code>Address.Street</code>", "/catalog/GetPerson"} {
			if !strings.Contains(body, text) {
				t.Errorf("%s does not say %q", id, text)
			}
		}
	}
	for _, id := range []string{"a-999", "A!", strings.Repeat("a", 300)} {
		if r, _ := get(t, h, "/agreements/"+id); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", id, r.StatusCode)
		}
	}
}

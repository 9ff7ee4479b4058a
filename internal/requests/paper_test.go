package requests_test

import (
	"strings"
	"testing"

	"mconnect"
	"mconnect/internal/domain/access"
	"mconnect/internal/surface/portal/paper"
	"mconnect/test/must"
	"mconnect/test/pdfs"
)

// TestDocuments_OnPaper: every document of a request that came into force can be printed from what was signed, in each
// language, and states its number, its code and the parties.
func TestDocuments_OnPaper(t *testing.T) {
	o := newOffice(t)
	r := o.inForce(o.cast())
	printed := map[access.DocumentKind]string{}
	for _, ref := range r.Documents {
		d := must.Get(o.Document(t.Context(), ref.Code))(t)
		for _, lang := range []mconnect.Lang{"en", "ru", "ro"} {
			file := must.Get(paper.PDF(d, paper.Names{}, lang))(t)
			text := strings.Join(strings.Fields(pdfs.Text(t, file)), " ")
			for _, want := range []string{ref.Number, ref.Code, r.Number, string(r.Consumer), string(r.Provider),
				string(r.Service) + "/" + r.Version.String()} {
				if !strings.Contains(text, want) {
					t.Errorf("%s in %s lacks %q", ref.Number, lang, want)
				}
			}
			printed[ref.Kind] = text // the last one is Romanian
		}
	}
	fields, _ := o.fieldsOf(r.Agreement)
	for kind, want := range map[access.DocumentKind][]string{access.RequestDocument: {"acces nou"},
		access.ProviderDocument: {fields[0] + " acordat"}, access.ConnectionDocument: {"Verificările operatorului", "îndeplinită"},
		access.TestDocument: {"Toate testele au trecut.", "trecut"}, access.AgreementDocument: {string(r.Agreement), "acordat"}} {
		for _, text := range want {
			if !strings.Contains(printed[kind], text) {
				t.Errorf("%s lacks %q: %s", kind, text, printed[kind])
			}
		}
	}
}

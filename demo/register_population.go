package demo

import (
	"context"
	"net/http"

	"mconnect"
)

// dotted is how the population register writes a date: 31.12.1999.
const dotted = "02.01.2006"

// Garbled returns the person for whom the population register breaks its own catalogue entry: the birth
// date is a word. The demo shows how the platform handles it.
func (w *Dataset) Garbled() mconnect.IDNP { return w.Persons[len(w.Persons)-1].IDNP }

// populationRegister answers with Romanian field names and dates of its own form, and with more than the service
// declares: the manifest's jq program translates, the platform cuts.
func populationRegister(dataset *Dataset) http.Handler {
	type question struct {
		Criterion struct {
			Code mconnect.IDNP `json:"cod_personal"`
		} `json:"criteriu"`
	}
	return answering("POST /v2/cautare/persoana", func(_ context.Context, q question) (any, bool) {
		p, ok := dataset.Person(q.Criterion.Code)
		if !ok {
			return nil, false
		}
		status, born := "N", p.Born.Format(dotted)
		if p.Married {
			status = "C"
		}
		if p.IDNP == dataset.Garbled() {
			born = "necunoscut"
		}
		home := map[string]any{"raion": p.Address.District, "localitate": p.Address.Locality,
			"strada": p.Address.Street, "casa": p.Address.House}
		if p.Address.Apartment != "" {
			home["apartament"] = p.Address.Apartment
		}
		papers, children := []map[string]any{}, []map[string]any{}
		for _, d := range p.Documents {
			papers = append(papers, map[string]any{"tip": d.Kind, "numar": d.Number, "emis_la": d.Issued.Format(dotted),
				"valabil_pina_la": d.Expiry.Format(dotted),
				"operator":        "operator-exemplu-07"}) // declared in no service
		}
		for _, id := range p.Children {
			c, _ := dataset.Person(id)
			children = append(children, map[string]any{"cod_personal": id, "nume": c.FamilyName, "prenume": c.GivenName,
				"data_nasterii": c.Born.Format(dotted)})
		}
		return map[string]any{"stare": "gasit", "persoana": map[string]any{
			"cod_personal": p.IDNP, "nume": p.FamilyName, "prenume": p.GivenName, "patronimic": p.Patronymic, "sex": p.Sex,
			"data_nasterii": born, "loc_nastere": p.BirthPlace, "stare_civila": status, "cetatenie": "MDA",
			"domiciliu": home, "acte": papers, "copii": children, "telefon": p.Phone, "grupa_sanguina": p.Blood,
			"domicilii_anterioare": []any{},
		}}, true
	})
}

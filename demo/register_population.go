package demo

import (
	"net/http"

	"mconnect"
)

// The population register speaks Romanian field names and dates as 31.12.1999, and returns more than the
// service declares: the manifest's jq program translates, the platform cuts.

type regPerson struct {
	Code       string       `json:"cod_personal"`
	Name       string       `json:"nume"`
	Given      string       `json:"prenume"`
	Patronymic string       `json:"patronimic"`
	Sex        string       `json:"sex"`
	Born       string       `json:"data_nasterii"`
	Place      string       `json:"loc_nastere"`
	Status     string       `json:"stare_civila"`
	Citizen    string       `json:"cetatenie"`
	Home       regAddress   `json:"domiciliu"`
	Papers     []regPaper   `json:"acte"`
	Children   []regChild   `json:"copii"`
	Phone      string       `json:"telefon"`
	Blood      string       `json:"grupa_sanguina"`
	History    []regAddress `json:"domicilii_anterioare"`
}

type regAddress struct {
	District  string `json:"raion"`
	Locality  string `json:"localitate"`
	Street    string `json:"strada"`
	House     string `json:"casa"`
	Apartment string `json:"apartament,omitempty"`
}

type regPaper struct {
	Kind   string `json:"tip"`
	Number string `json:"numar"`
	Issued string `json:"emis_la"`
	Expiry string `json:"valabil_pina_la"`
	Clerk  string `json:"operator"` // who issued it; declared in no service
}

type regChild struct {
	Code  string `json:"cod_personal"`
	Name  string `json:"nume"`
	Given string `json:"prenume"`
	Born  string `json:"data_nasterii"`
}

const dotted = "02.01.2006"

func regAddressOf(a Address) regAddress {
	return regAddress(a)
}

func regPersonOf(w *Dataset, p Person) regPerson {
	r := regPerson{
		Code: string(p.IDNP), Name: p.FamilyName, Given: p.GivenName, Patronymic: p.Patronymic, Sex: p.Sex,
		Born: p.Born.Format(dotted), Place: p.BirthPlace, Status: "N", Citizen: "MDA", Home: regAddressOf(p.Address),
		Children: []regChild{}, Phone: p.Phone, Blood: p.Blood, History: []regAddress{},
	}
	if p.Married {
		r.Status = "C"
	}
	for _, d := range p.Documents {
		r.Papers = append(r.Papers, regPaper{d.Kind, d.Number, d.Issued.Format(dotted), d.Expiry.Format(dotted),
			"operator-exemplu-07"})
	}
	for _, id := range p.Children {
		c, _ := w.Person(id)
		r.Children = append(r.Children, regChild{string(id), c.FamilyName, c.GivenName, c.Born.Format(dotted)})
	}
	return r
}

// Garbled returns the person for whom the population register breaks its own catalogue entry: the birth
// date is a word. The demo shows how the platform handles it.
func (w *Dataset) Garbled() mconnect.IDNP { return w.Persons[len(w.Persons)-1].IDNP }

func populationRegister(world *Dataset) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v2/cautare/persoana", func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Criterion struct {
				Code string `json:"cod_personal"`
			} `json:"criteriu"`
		}
		if !question(w, r, &q) {
			return
		}
		p, ok := world.Person(mconnect.IDNP(q.Criterion.Code))
		if !ok {
			unknown(w)
			return
		}
		answer := regPersonOf(world, p)
		if p.IDNP == world.Garbled() {
			answer.Born = "necunoscut"
		}
		reply(w, http.StatusOK, map[string]any{"stare": "gasit", "persoana": answer})
	})
	return mux
}

package emulator

import "slices"

// Person is somebody whom the emulator knows. All are invented.
type Person struct {
	ID          string   `json:"id"` // names the person on the page and for tests
	Says        string   `json:"says"`
	IDNP        string   `json:"idnp"`
	FirstName   string   `json:"firstName"`
	LastName    string   `json:"lastName"`
	Email       string   `json:"email,omitempty"`
	Language    string   `json:"language"`
	NonResident bool     `json:"nonResident,omitempty"`
	Entities    []string `json:"entities,omitempty"` // "Name IDNO", as MPass states them
}

const townHall = "Primăria Exemplu 1999900000069"

// persons are one for each role that the portal knows, and one for each thing that services get wrong.
var persons = []Person{
	{ID: "clerk", Says: "funcționar al primăriei", IDNP: "2999000100017", FirstName: "Ana", LastName: "Exemplu",
		Email: "ana@primaria.exemplu.invalid", Language: "ro"},
	{ID: "head", Says: "primar", IDNP: "2999000100028", FirstName: "Ion", LastName: "Exemplu",
		Email: "ion@primaria.exemplu.invalid", Language: "ro", Entities: []string{townHall}},
	{ID: "dpo", Says: "responsabil cu protecția datelor", IDNP: "2999000100039", FirstName: "Maria",
		LastName: "Exemplu", Email: "maria@primaria.exemplu.invalid", Language: "ro"},
	{ID: "lawyer", Says: "jurist", IDNP: "2999000100040", FirstName: "Vasile", LastName: "Exemplu",
		Email: "vasile@primaria.exemplu.invalid", Language: "ru"},
	{ID: "integrator", Says: "integrator", IDNP: "2999000100051", FirstName: "Elena", LastName: "Exemplu",
		Email: "elena@integrator.exemplu.invalid", Language: "en"},
	{ID: "decider", Says: "decident al furnizorului", IDNP: "2999000100062", FirstName: "Nicolae",
		LastName: "Exemplu", Email: "nicolae@asp.exemplu.invalid", Language: "ro",
		Entities: []string{"Agenția Servicii Publice EXEMPLU 1999900000014"}},
	{ID: "checker", Says: "verificator al operatorului", IDNP: "2999000100073", FirstName: "Olga",
		LastName: "Exemplu", Email: "olga@operator.exemplu.invalid", Language: "ru"},
	{ID: "approver", Says: "aprobator al operatorului", IDNP: "2999000100084", FirstName: "Petru",
		LastName: "Exemplu", Email: "petru@operator.exemplu.invalid", Language: "ro"},
	{ID: "no-email", Says: "fără adresă de e-mail", IDNP: "2999000100095", FirstName: "Gheorghe",
		LastName: "Exemplu", Language: "ro"},
	{ID: "diacritics", Says: "nume cu diacritice", IDNP: "2999000100109", FirstName: "Ștefan-Țuțu",
		LastName: "Mândâcanu Șoltoianu", Email: "stefan@exemplu.invalid", Language: "ro",
		Entities: []string{"Întreprinderea Individuală „Mândâcanu”  1999900010015"}},
	{ID: "digits", Says: "denumire cu cifre", IDNP: "2999000100110", FirstName: "Irina", LastName: "Exemplu",
		Email: "irina@exemplu.invalid", Language: "ro",
		Entities: []string{"Grădinița nr. 12 2004 1999900010026"}},
	{ID: "two-entities", Says: "două instituții", IDNP: "2999000100121", FirstName: "Tudor", LastName: "Exemplu",
		Email: "tudor@exemplu.invalid", Language: "ro",
		Entities: []string{townHall, "Primăria comunei Model (exemplu) 1999900000070"}},
	{ID: "non-resident", Says: "nerezident", IDNP: "2999000100132", FirstName: "Jane", LastName: "Sample",
		Email: "jane@sample.invalid", Language: "en", NonResident: true},
}

// Persons lists everybody whom the emulator knows.
func Persons() []Person { return slices.Clone(persons) }

// find is the person of that id.
func find(id string) (Person, bool) {
	i := slices.IndexFunc(persons, func(p Person) bool { return p.ID == id })
	if i < 0 {
		return Person{}, false
	}
	return persons[i], true
}

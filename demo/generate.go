package demo

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"time"

	"mconnect"
)

// Size of the sample country.
const (
	personCount = 500
	entityCount = 100
)

// DefaultSeed makes the dataset from which the documentation's examples are taken.
const DefaultSeed = 2999

var (
	givenF = []string{"Ana", "Maria", "Elena", "Ioana", "Vera", "Doina", "Olga", "Natalia", "Sofia", "Tatiana"}
	givenM = []string{"Ion", "Vasile", "Andrei", "Mihai", "Petru", "Nicolae", "Serghei", "Victor", "Dumitru", "Pavel"}
	places = []struct{ district, locality string }{
		{"raionul Exemplu", "or. Exemplu"}, {"raionul Exemplu", "s. Modelul Nou"},
		{"raionul Sintetic", "or. Sintetic"}, {"raionul Sintetic", "com. Proba"},
	}
	streets = []string{"str. Exemplului", "str. Modelului", "bd. Probei", "str. Sintezei", "str. Ipotezei"}
)

// today is the day on which the sample country was drawn; fixed, so that a seed gives one dataset.
var today = time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)

// generator draws a Dataset; the order of its draws is part of what a seed means.
type generator struct {
	rng *rand.Rand
	w   *Dataset
}

// Generate draws the sample country of a seed; zero means DefaultSeed.
func Generate(seed uint64) *Dataset {
	seed = cmp.Or(seed, DefaultSeed)
	m := &generator{rng: rand.New(rand.NewPCG(seed, 0x4d436f6e6e656374)), w: &Dataset{
		Seed: seed, persons: map[mconnect.IDNP]int{}, entities: map[mconnect.IDNO]int{},
		vehicles: map[mconnect.IDNV]int{},
	}}
	for household := 1; len(m.w.Persons) < personCount; household++ {
		m.household(household)
	}
	for i := range entityCount {
		m.entity(i)
	}
	m.property()
	m.money()
	return m.w
}

// number makes a 13-digit identifier: prefix, then n, padded to 12 digits, then the check digit.
func number(prefix string, n int) string {
	body := fmt.Sprintf("%s%0*d", prefix, 12-len(prefix), n)
	digit, _ := mconnect.CheckDigit(body)
	return body + string(digit)
}

func pick[T any](m *generator, of []T) T { return of[m.rng.IntN(len(of))] }

func (m *generator) chance(percent int) bool { return m.rng.IntN(100) < percent }

func (m *generator) day(fromYear, toYear int) time.Time {
	return time.Date(fromYear+m.rng.IntN(toYear-fromYear+1), time.Month(1+m.rng.IntN(12)), 1+m.rng.IntN(28), 0, 0, 0, 0,
		time.UTC)
}

func (m *generator) address() Address {
	p := pick(m, places)
	a := Address{District: p.district, Locality: p.locality, Street: pick(m, streets),
		House: fmt.Sprint(1 + m.rng.IntN(120))}
	if m.chance(60) {
		a.Apartment = fmt.Sprint(1 + m.rng.IntN(90))
	}
	return a
}

// household adds one family: one or two adults, up to three children, all at one address.
func (m *generator) household(n int) {
	family := fmt.Sprintf("Sintetic-%03d", n)
	home := m.address()
	var adults []int
	couple := m.chance(65) && len(m.w.Persons)+1 < personCount
	for i := 0; i < 1 || (couple && i < 2); i++ {
		adults = append(adults, m.person(family, home, []string{"F", "M"}[(n+i)%2], m.day(1945, 1998), couple))
	}
	for range m.rng.IntN(4) {
		if len(m.w.Persons) >= personCount {
			break
		}
		child := m.person(family, home, pick(m, []string{"F", "M"}), m.day(2008, 2025), false)
		for _, a := range adults {
			m.w.Persons[a].Children = append(m.w.Persons[a].Children, m.w.Persons[child].IDNP)
		}
	}
}

func (m *generator) person(family string, home Address, sex string, born time.Time, married bool) int {
	i := len(m.w.Persons)
	names := givenM
	if sex == "F" {
		names = givenF
	}
	p := Person{
		IDNP:      mconnect.IDNP(number("2999", i*1009+m.rng.IntN(1000))),
		GivenName: "Exemplu-" + pick(m, names), FamilyName: family, Patronymic: "Exemplu-" + pick(m, givenM),
		Sex: sex, Born: born, BirthPlace: pick(m, places).locality, Married: married, Address: home,
		Phone: fmt.Sprintf("+373 00 000 %03d", i), Blood: pick(m, []string{"0 I", "A II", "B III", "AB IV"}),
	}
	issued := m.day(2018, 2025)
	p.Documents = append(p.Documents, Document{"buletin", fmt.Sprintf("X%08d", 10000+i), issued,
		issued.AddDate(10, 0, 0)})
	if m.chance(40) {
		issued = m.day(2019, 2025)
		p.Documents = append(p.Documents, Document{"pașaport", fmt.Sprintf("XA%07d", 20000+i), issued,
			issued.AddDate(7, 0, 0)})
	}
	m.w.persons[p.IDNP] = i
	m.w.Persons = append(m.w.Persons, p)
	return i
}

// adult draws a person born before 2000.
func (m *generator) adult() Person {
	for {
		if p := pick(m, m.w.Persons); p.Born.Year() < 2000 {
			return p
		}
	}
}

func (m *generator) entity(i int) {
	form := pick(m, []string{"SRL", "SRL", "SRL", "SA", "ÎI"})
	e := Entity{
		IDNO: mconnect.IDNO(number("1999", i*1013+m.rng.IntN(1000))),
		Name: fmt.Sprintf("Exemplu-%03d %s", i+1, form), Form: form, Registered: m.day(1998, 2025),
		Active:  !m.chance(8),
		Address: m.address(), Administrator: m.adult().IDNP, Risk: pick(m, []string{"scăzut", "mediu", "ridicat"}),
	}
	first, second := m.adult(), m.adult()
	if form == "ÎI" || first.IDNP == second.IDNP || m.chance(50) {
		e.Founders = []Founder{{first.IDNP, 10000}}
	} else {
		share := 1000 + 100*m.rng.IntN(80)
		e.Founders = []Founder{{first.IDNP, share}, {second.IDNP, 10000 - share}}
	}
	m.w.entities[e.IDNO] = i
	m.w.Entities = append(m.w.Entities, e)
}

// property gives households an estate and some adults a vehicle.
func (m *generator) property() {
	kinds := []string{"apartament", "casă", "teren", "garaj"}
	for i, p := range m.w.Persons {
		if p.Born.Year() >= 2000 {
			continue
		}
		if m.chance(70) {
			e := Estate{
				Number: fmt.Sprintf("9999%03d.%03d", m.rng.IntN(40), len(m.w.Estates)), Kind: pick(m, kinds),
				Area: float64(300+m.rng.IntN(15000)) / 10, Address: p.Address, Mortgage: m.chance(20),
				Owners: []Owner{{p.IDNP, "1/1"}},
			}
			if next := i + 1; p.Married && next < len(m.w.Persons) && m.w.Persons[next].Married &&
				m.w.Persons[next].FamilyName == p.FamilyName {
				e.Owners = []Owner{{p.IDNP, "1/2"}, {m.w.Persons[next].IDNP, "1/2"}}
			}
			m.w.Estates = append(m.w.Estates, e)
		}
		if m.chance(55) {
			n := len(m.w.Vehicles)
			v := Vehicle{
				IDNV: mconnect.IDNV(number("3999", n*1019+m.rng.IntN(1000))), Plate: fmt.Sprintf("EXM %03d", n+1),
				Make: "Sintetica", Model: pick(m, []string{"Proba", "Model", "Tip 3"}), Year: 1998 + m.rng.IntN(28),
				Color: pick(m, []string{"alb", "negru", "gri", "roșu", "albastru"}), Owner: p.IDNP,
				Inspection: today.AddDate(0, m.rng.IntN(24)-4, 0),
			}
			m.w.vehicles[v.IDNV] = n
			m.w.Vehicles = append(m.w.Vehicles, v)
		}
	}
}

// money gives debts to some persons and entities and benefits to the old, to parents and to others.
func (m *generator) money() {
	kinds := []string{"impozit pe venit", "impozit pe bunuri imobiliare", "amendă", "contribuții sociale"}
	owe := func(subject string) {
		for range 1 + m.rng.IntN(2) {
			m.w.Debts = append(m.w.Debts, Debt{subject, pick(m, kinds), int64(1000 + m.rng.IntN(900000)),
				m.day(2023, 2025)})
		}
	}
	for _, p := range m.w.Persons {
		adult := p.Born.Year() < 2000
		if adult && m.chance(18) {
			owe(string(p.IDNP))
		}
		pay := func(kind string, bani int64, from, to time.Time) {
			m.w.Benefits = append(m.w.Benefits, Benefit{p.IDNP, kind, bani, from, to, "CTAS Exemplu"})
		}
		switch age := today.Year() - p.Born.Year(); {
		case age >= 63:
			pay("pensie pentru limită de vârstă", int64(280000+m.rng.IntN(400000)), p.Born.AddDate(63, 0, 0),
				time.Time{})
		case adult && len(p.Children) > 0 && m.chance(50):
			pay("indemnizație pentru îngrijirea copilului", int64(100000+m.rng.IntN(300000)), m.day(2024, 2025),
				today.AddDate(2, 0, 0))
		case adult && m.chance(10):
			pay("indemnizație pentru incapacitate temporară de muncă", int64(150000+m.rng.IntN(500000)),
				m.day(2025, 2025), today.AddDate(0, 3, 0))
		}
	}
	for _, e := range m.w.Entities {
		if m.chance(25) {
			owe(string(e.IDNO))
		}
	}
}

package demo

import (
	"slices"
	"time"

	"mconnect"
)

// Dataset is the content of all registers of the sample country. It is the same for the same seed
// and immutable.
type Dataset struct {
	Seed     uint64
	Persons  []Person
	Entities []Entity
	Vehicles []Vehicle
	Estates  []Estate
	Debts    []Debt
	Benefits []Benefit

	persons  map[mconnect.IDNP]int
	entities map[mconnect.IDNO]int
	vehicles map[mconnect.IDNV]int
}

// Person is one synthetic inhabitant.
type Person struct {
	IDNP       mconnect.IDNP
	GivenName  string // "Exemplu-Ana"
	FamilyName string // "Sintetic-014": one number a household
	Patronymic string
	Sex        string // "F" or "M"
	Born       time.Time
	BirthPlace string
	Married    bool
	Address    Address
	Documents  []Document
	Children   []mconnect.IDNP
	Phone      string // known to the population register, declared in no service
	Blood      string // likewise
}

// Address is a place in a locality that does not exist.
type Address struct {
	District  string
	Locality  string
	Street    string
	House     string
	Apartment string // may be empty
}

// Document is an identity document.
type Document struct {
	Kind   string // "buletin" or "pașaport"
	Number string
	Issued time.Time
	Expiry time.Time
}

// Entity is a synthetic legal entity.
type Entity struct {
	IDNO          mconnect.IDNO
	Name          string // "Exemplu-042 SRL"
	Form          string // "SRL", "SA", "ÎI"
	Registered    time.Time
	Active        bool
	Address       Address
	Administrator mconnect.IDNP
	Founders      []Founder
	Risk          string // the register's own note, declared in no service
}

// Founder is a person's share in an entity, in hundredths of a per cent (10000 is the whole).
type Founder struct {
	IDNP  mconnect.IDNP
	Share int
}

// Vehicle is a synthetic vehicle of one person.
type Vehicle struct {
	IDNV       mconnect.IDNV
	Plate      string // "EXM 001"
	Make       string
	Model      string
	Year       int
	Color      string
	Owner      mconnect.IDNP
	Inspection time.Time // technical inspection valid to
}

// Estate is a piece of real estate with its owners.
type Estate struct {
	Number   string // cadastral number, "9999001.014"
	Kind     string // "apartament", "casă", "teren"
	Area     float64
	Address  Address
	Owners   []Owner
	Mortgage bool
}

// Owner is a person's share in an estate, "1/2".
type Owner struct {
	IDNP  mconnect.IDNP
	Share string
}

// Debt is a sum owed to the budget by a person or an entity.
type Debt struct {
	Subject string // IDNP or IDNO
	Kind    string // "impozit pe venit", …
	Bani    int64  // hundredths of a leu
	Due     time.Time
}

// Benefit is a payment of the social insurance to a person.
type Benefit struct {
	IDNP   mconnect.IDNP
	Kind   string
	Bani   int64 // a month
	From   time.Time
	To     time.Time // zero: until further notice
	Office string
}

// Person returns the person under id and whether there is one.
func (w *Dataset) Person(id mconnect.IDNP) (Person, bool) { return find(w.Persons, w.persons, id) }

// Entity returns the entity under id and whether there is one.
func (w *Dataset) Entity(id mconnect.IDNO) (Entity, bool) { return find(w.Entities, w.entities, id) }

// Vehicle returns the vehicle under id and whether there is one.
func (w *Dataset) Vehicle(id mconnect.IDNV) (Vehicle, bool) { return find(w.Vehicles, w.vehicles, id) }

func find[K comparable, T any](all []T, index map[K]int, id K) (one T, ok bool) {
	i, ok := index[id]
	if ok {
		one = all[i]
	}
	return one, ok
}

// EstatesOf returns the estates in which id has a share.
func (w *Dataset) EstatesOf(id mconnect.IDNP) []Estate {
	return filter(w.Estates, func(e Estate) bool {
		return slices.ContainsFunc(e.Owners, func(o Owner) bool { return o.IDNP == id })
	})
}

// BenefitsOf returns the benefits paid to id.
func (w *Dataset) BenefitsOf(id mconnect.IDNP) []Benefit {
	return filter(w.Benefits, func(b Benefit) bool { return b.IDNP == id })
}

// DebtsOf returns what the person or entity under id owes.
func (w *Dataset) DebtsOf(id string) []Debt {
	return filter(w.Debts, func(d Debt) bool { return d.Subject == id })
}

// parents returns those who have the person among their children.
func (w *Dataset) parents(id mconnect.IDNP) []Person {
	return filter(w.Persons, func(p Person) bool { return slices.Contains(p.Children, id) })
}

func filter[T any](all []T, fits func(T) bool) (out []T) {
	for _, one := range all {
		if fits(one) {
			out = append(out, one)
		}
	}
	return out
}

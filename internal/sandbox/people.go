package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"mconnect"
	"mconnect/internal/domain/schema"
)

// Nobody is the number that is well-formed and belongs to nobody, in each range: for it, every service says that there
// is no such record.
var Nobody = map[schema.Base]string{
	schema.IDNP: number("2999", 99_999_999), schema.IDNO: number("1999", 99_999_999),
	schema.IDNV: number("3999", 99_999_999),
}

// ranges are the beginnings of synthetic numbers.
var ranges = map[schema.Base]string{schema.IDNP: "2999", schema.IDNO: "1999", schema.IDNV: "3999"}

// number makes a 13-digit number: prefix, then n, padded to 12 digits, then the check digit.
func number(prefix string, n uint64) string {
	body := fmt.Sprintf("%s%08d", prefix, n%100_000_000)
	digit, _ := mconnect.CheckDigit(body)
	return body + string(digit)
}

// dice is a source of numbers that depends on nothing but what it is made of.
func dice(of ...string) *rand.Rand {
	sum := sha256.Sum256([]byte(strings.Join(of, "\x00")))
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])))
}

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

var (
	givenF = []string{"Ana", "Maria", "Elena", "Ioana", "Vera", "Doina", "Olga", "Natalia", "Sofia", "Tatiana"}
	givenM = []string{"Ion", "Vasile", "Andrei", "Mihai", "Petru", "Nicolae", "Serghei", "Victor", "Dumitru",
		"Pavel"}
	districts = []string{"raionul Exemplu", "raionul Sintetic", "raionul Model"}
	places    = []string{"or. Exemplu", "s. Modelul Nou", "or. Sintetic", "com. Proba"}
	streets   = []string{"str. Exemplului", "str. Modelului", "bd. Probei", "str. Sintezei"}
)

// drawn is the day from which ages are counted; fixed, so that a person stays the same.
var drawn = time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)

// person is what names of fields can ask about a natural person. The family is written in the number itself, digits 9
// to 12, so that parents and children share it; a child's fifth digit is 8.
type person struct {
	idnp, family, given, patronymic, sex, district, place, street, house, flat string
	born                                                                       time.Time
}

func personOf(idnp string) person {
	r := dice("person", idnp)
	p := person{
		idnp: idnp, family: "Sintetic-" + idnp[8:12], sex: pick(r, []string{"F", "M"}), born: day(r, 1945, 2005),
		patronymic: "Exemplu-" + pick(r, givenM),
	}
	names := givenM
	if p.sex == "F" {
		names = givenF
	}
	p.given = "Exemplu-" + pick(r, names)
	if isChild(idnp) {
		p.born = day(r, 2009, 2024)
	}
	home := dice("home", idnp[8:12]) // one family, one home
	p.district, p.place, p.street = pick(home, districts), pick(home, places), pick(home, streets)
	p.house, p.flat = fmt.Sprint(1+home.IntN(120)), fmt.Sprint(1+home.IntN(90))
	return p
}

func day(r *rand.Rand, from, to int) time.Time {
	return time.Date(from+r.IntN(to-from+1), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC)
}

func isChild(idnp string) bool { return strings.HasPrefix(idnp, "29998") }

// relative is the number of a person that belongs to another one: a child of the same family, or anybody else of a full
// age.
func relative(of string, r *rand.Rand, child bool) string {
	if child && len(of) == 13 {
		var family uint64
		_, _ = fmt.Sscanf(of[8:12], "%d", &family) // digits
		return number("2999", 80_000_000+uint64(r.IntN(1000))*10_000+family)
	}
	return number("2999", uint64(r.IntN(80_000_000)))
}

// attribute is what a field's name, folded, asks about a person; "" when it asks nothing known.
func attribute(name string) string {
	switch {
	case has(name, "lastname", "familyname", "surname", "numefamilie", "numedefamilie") || name == "nume" ||
		name == "familia":
		return "family"
	case has(name, "firstname", "givenname", "prenume"):
		return "given"
	case has(name, "patronym", "patronim"):
		return "patronymic"
	case name == "name", has(name, "fullname", "numeprenume", "holdername", "ownername"):
		return "full"
	case has(name, "birthdate", "dateofbirth", "datanasterii", "born"):
		return "born"
	case name == "sex", name == "gender", name == "gen", name == "sexul":
		return "sex"
	case has(name, "birthplace", "loculnasterii"):
		return "birthplace"
	case name == "address", name == "adresa", name == "domiciliu", name == "residence":
		return "address"
	case has(name, "district", "raion"):
		return "district"
	case has(name, "locality", "localitate", "city", "oras"):
		return "place"
	case has(name, "street", "strada"):
		return "street"
	case has(name, "house", "casa"):
		return "house"
	case has(name, "apartment", "apartament", "flat"):
		return "flat"
	case has(name, "phone", "telefon"):
		return "phone"
	case has(name, "mail"):
		return "mail"
	case has(name, "citizenship", "cetatenia"):
		return "citizenship"
	}
	return ""
}

// value is an attribute of the person.
func (p person) value(attribute string) string {
	switch attribute {
	case "family":
		return p.family
	case "given":
		return p.given
	case "patronymic":
		return p.patronymic
	case "full":
		return p.family + " " + p.given
	case "born":
		return p.born.Format(time.DateOnly)
	case "sex":
		return p.sex
	case "birthplace", "place":
		return p.place
	case "address":
		return p.place + ", " + p.street + ", " + p.house + ", ap. " + p.flat
	case "district":
		return p.district
	case "street":
		return p.street
	case "house":
		return p.house
	case "flat":
		return p.flat
	case "phone":
		return "+37300" + p.idnp[6:12]
	case "mail":
		return "persoana." + p.idnp[4:12] + "@exemplu.md"
	}
	return "MDA" // citizenship
}

// entity answers names of fields about a legal entity.
func entity(idno, name string) (string, bool) {
	r := dice("entity", idno)
	form := pick(r, []string{"SRL", "SA", "ÎI"})
	registered := day(r, 1998, 2025)
	switch {
	case name == "name" || has(name, "denumire", "companyname", "fullname", "shortname"):
		return "Exemplu-" + idno[4:12] + " " + form, true
	case has(name, "legalform", "formajuridica") || name == "form":
		return form, true
	case has(name, "registered", "datainregistrarii"):
		return registered.Format(time.DateOnly), true
	}
	return "", false
}

// vehicle answers names of fields about a vehicle.
func vehicle(idnv, name string) (string, bool) {
	r := dice("vehicle", idnv)
	model := pick(r, []string{"Proba", "Model", "Tip 3"})
	switch {
	case has(name, "plate", "numarinmatriculare"):
		return "EXM " + idnv[9:12], true
	case name == "make" || name == "marca":
		return "Sintetica", true
	case name == "model" || name == "modelul":
		return model, true
	}
	return "", false
}

func has(name string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(name, p) })
}

// Ranges reports how synthetic numbers begin, by type of field.
func Ranges() map[string]string { return texts(ranges) }

// Unknown tells the numbers that belong to nobody, by type of field.
func Unknown() map[string]string { return texts(Nobody) }

func texts(of map[schema.Base]string) map[string]string {
	all := make(map[string]string, len(of))
	for base, text := range of {
		all[string(base)] = text
	}
	return all
}

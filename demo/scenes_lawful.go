package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"mconnect"
	"mconnect/internal/domain/access"
)

func lawfulScenes() []scene {
	return []scene{
		{"lawful-call", "a town hall asks about a person for social aid and gets what that purpose needs", lawfulCall},
		{"other-purpose", "the same town hall, another legal basis: other fields", otherPurpose},
		{"cut-undeclared", "a register tells more than it declared, also in lists: it does not leave", cutUndeclared},
		{"cadastre-sql", "a database without an API answers a town hall and a notary, each to its measure",
			cadastreSQL},
		{"tax-sql", "a ministry learns whether something is owed, and not what for", taxSQL},
		{"benefits-bearer", "social insurance behind a token; the bank account stays", benefitsBearer},
		{"vehicle-basic", "the vehicle register behind a password; the owner stays", vehicleBasic},
		{"civil-soap", "a register that speaks SOAP, signed both ways, with names of its own: the town hall notices nothing", civilSOAP},
		{"household-file", "a town hall's spreadsheet, dropped in a folder, answers a notary; the answer says of which day it is", householdFile},
		{"fields-wished", "a consumer that asks for less gets less", fieldsWished},
		{"tolerant-caller", "free text as the caller passes a tolerant agreement, and is flagged", tolerantCaller},
		{"represented", "a system acts for an institution that it represents", represented},
		{"request", "seven persons bring a request from the need for data to its agreement; the first call is lawful at once", requested},
	}
}

// parent returns the first person with children.
func (w *Dataset) parent() Person {
	for _, p := range w.Persons {
		if len(p.Children) > 0 {
			return p
		}
	}
	return w.Persons[0]
}

func lawfulCall(ctx context.Context, s *stage) error {
	p := s.dataset.parent()
	v, said, err := s.lawful(ctx, townHall, Request{"GetPerson", byIDNP(p.IDNP), legal(townHall, "AJUTOR-SOCIAL", 17),
		nil})
	if err != nil {
		return err
	}
	address, _ := v["Address"].(map[string]any)
	if said.Record < 0 {
		return errors.New("the answer names no record")
	}
	return errors.Join(
		has(v, "IDNP", "LastName", "FirstName", "BirthDate", "CivilStatus", "Address", "Children"),
		equals(v, "LastName", p.FamilyName), equals(v, "FirstName", p.GivenName),
		equals(v, "BirthDate", p.Born.Format(isoDay)),
		equals(address, "Street", p.Address.Street), each(v, "Children", len(p.Children), "FirstName", "BirthDate"))
}

func otherPurpose(ctx context.Context, s *stage) error {
	p := s.dataset.parent()
	c := legal(townHall, "STARE-CIVILA", 3)
	c.Basis = "LEGEA nr.100/2001  privind actele de stare civila" // equal except for case, spaces and diacritics
	v, _, err := s.lawful(ctx, townHall, Request{"GetPerson", byIDNP(p.IDNP), c, nil})
	if err != nil {
		return err
	}
	return errors.Join(
		has(v, "IDNP", "LastName", "FirstName", "Patronymic", "BirthDate", "BirthPlace", "CivilStatus", "Documents"),
		equals(v, "BirthPlace", p.BirthPlace), each(v, "Documents", len(p.Documents), "Kind", "Number"))
}

func cutUndeclared(ctx context.Context, s *stage) error {
	e := s.dataset.Entities[0]
	v, _, err := s.lawful(ctx, notary, Request{"GetLegalEntity", byIDNO(e.IDNO), legal(notary, "ACT-NOTARIAL", 218),
		nil})
	if err != nil {
		return err
	}
	boss, _ := v["Administrator"].(map[string]any)
	return errors.Join(
		has(v, "IDNO", "Name", "LegalForm", "Status", "Address", "Administrator", "Founders"),
		equals(v, "Name", e.Name), has(boss, "IDNP", "Name"), equals(boss, "IDNP", string(e.Administrator)),
		each(v, "Founders", len(e.Founders), "IDNP", "Name", "SharePercent"))
}

func cadastreSQL(ctx context.Context, s *stage) error {
	owner := s.dataset.Estates[0].Owners[0].IDNP
	estates := s.dataset.EstatesOf(owner)
	little, _, err := s.lawful(ctx, townHall, Request{"GetRealEstates", byIDNP(owner),
		legal(townHall, "AJUTOR-SOCIAL", 18), nil})
	if err != nil {
		return err
	}
	if err := each(little, "RealEstate", len(estates), "CadastralNumber", "Kind", "Area"); err != nil {
		return fmt.Errorf("town hall: %w", err)
	}
	all, _, err := s.lawful(ctx, notary, Request{"GetRealEstates", byIDNP(owner), legal(notary, "ACT-NOTARIAL", 219),
		nil})
	if err != nil {
		return err
	}
	if err := each(all, "RealEstate", len(estates), "CadastralNumber", "Kind", "Area", "Address", "Mortgaged",
		"Owners"); err != nil {
		return fmt.Errorf("notary: %w", err)
	}
	first, _ := all["RealEstate"].([]any)[0].(map[string]any)
	return errors.Join(equals(first, "CadastralNumber", estates[0].Number), equals(first, "Area", estates[0].Area),
		each(first, "Owners", len(estates[0].Owners), "IDNP", "Name", "Share"))
}

func taxSQL(ctx context.Context, s *stage) error {
	debtor := mconnect.IDNP(s.dataset.Debts[0].Subject)
	var total int64
	for _, d := range s.dataset.DebtsOf(string(debtor)) {
		total += d.Bani
	}
	v, _, err := s.lawful(ctx, ministry, Request{"GetDebts", byIDNP(debtor), legal(ministry, "LIPSA-DATORII", 123),
		nil})
	if err != nil {
		return err
	}
	return errors.Join(has(v, "HasDebts", "Total"), equals(v, "HasDebts", true), equals(v, "Total", float64(total)/100))
}

func benefitsBearer(ctx context.Context, s *stage) error {
	b := s.dataset.Benefits[0]
	v, _, err := s.lawful(ctx, townHall, Request{"GetPersonBenefits", byIDNP(b.IDNP),
		legal(townHall, "AJUTOR-SOCIAL", 19), nil})
	if err != nil {
		return err
	}
	names := []string{"Kind", "Amount", "From"}
	if !b.To.IsZero() {
		names = append(names, "To")
	}
	return errors.Join(has(v, "IDNP", "Benefit"), each(v, "Benefit", len(s.dataset.BenefitsOf(b.IDNP)), names...))
}

func vehicleBasic(ctx context.Context, s *stage) error {
	car := s.dataset.Vehicles[0]
	v, _, err := s.lawful(ctx, ministry, Request{"GetVehicle", byIDNV(car.IDNV),
		legal(ministry, "INSPECTIE-TEHNICA", 5), nil})
	if err != nil {
		return err
	}
	return errors.Join(has(v, "IDNV", "RegistrationNumber", "Make", "Model", "Year", "InspectionValidTo"),
		equals(v, "RegistrationNumber", car.Plate), equals(v, "Year", float64(car.Year)))
}

func fieldsWished(ctx context.Context, s *stage) error {
	p := s.dataset.Persons[0]
	v, _, err := s.lawful(ctx, townHall, Request{"GetPerson", byIDNP(p.IDNP), legal(townHall, "AJUTOR-SOCIAL", 20),
		[]string{"LastName", "Address.Locality"}})
	if err != nil {
		return err
	}
	address, _ := v["Address"].(map[string]any)
	return errors.Join(has(v, "LastName", "Address"), has(address, "Locality"))
}

func tolerantCaller(ctx context.Context, s *stage) error {
	c := legal(ministry, "E-SERVICIU", 124)
	c.User = "ghișeul nr. 3"
	v, said, err := s.lawful(ctx, ministry, Request{"GetPerson", byIDNP(s.dataset.Persons[0].IDNP), c, nil})
	if err != nil {
		return err
	}
	if err := has(v, "IDNP", "LastName", "FirstName"); err != nil {
		return err
	}
	flagged := false
	err = eachRecord(ctx, s.platform.store, s.from, func(_ int64, raw []byte) error {
		r, err := readRecord(raw)
		for _, check := range r.Checks {
			flagged = flagged || (r.Call == said.Call && check.Name == "caller.user" && check.Result == "flagged")
		}
		return err
	})
	if err == nil && !flagged {
		err = errors.New("no record flags the caller")
	}
	return err
}

func represented(ctx context.Context, s *stage) error {
	c := legal(ministry, "LIPSA-DATORII", 125)
	c.Entity = "1999900000128" // the inspectorate
	_, _, err := s.lawful(ctx, ministry, Request{"GetDebts", byIDNP(s.dataset.Persons[0].IDNP), c, nil})
	return err
}

// civilSOAP: the call is delivered as SOAP in the register's namespace; the reply has the Header after the Body.
func civilSOAP(ctx context.Context, s *stage) error {
	p := s.dataset.parent()
	child, _ := s.dataset.Person(p.Children[0])
	v, _, err := s.lawful(ctx, townHall, Request{"GetCivilStatusAct", byIDNP(child.IDNP),
		legal(townHall, "STARE-CIVILA", 4), nil})
	if err != nil {
		return err
	}
	return errors.Join(
		has(v, "Number", "Date", "Office", "IDNP", "LastName", "FirstName", "Parents"),
		equals(v, "FirstName", child.GivenName),
		equals(v, "Date", child.Born.AddDate(0, 0, 7).Format(isoDay)),
		each(v, "Parents", len(s.dataset.parents(child.IDNP)), "Name"))
}

// householdFile waits until the platform has found the file of the day in the town hall's folder.
func householdFile(ctx context.Context, s *stage) error {
	owner := s.dataset.Plots()[0].Owner.IDNP
	var mine []Plot
	for _, p := range s.dataset.Plots() {
		if p.Owner.IDNP == owner {
			mine = append(mine, p)
		}
	}
	var v map[string]any
	err := within(ctx, 15*time.Second, func() (err error) {
		v, _, err = s.lawful(ctx, notary, Request{"GetHousehold", byIDNP(owner), legal(notary, "ACT-NOTARIAL", 221),
			nil})
		return err
	})
	if err != nil {
		return err
	}
	first, _ := v["Plot"].([]any)[0].(map[string]any)
	return errors.Join(
		has(v, "Plot", "DataValidAt", "DataDigest", "DataStale"), equals(v, "DataStale", false),
		each(v, "Plot", len(mine), "Household", "IDNP", "Name", "Use", "Area"),
		equals(first, "Use", mine[0].Use), equals(first, "Area", float64(mine[0].Ares)/100))
}

// requested plays an access request from its first answer to the first call under its agreement: before it the call is
// refused, after it the answer has the fields that were granted, and no other.
func requested(ctx context.Context, s *stage) error {
	n := need{mconnect.PurposeCode("scena-" + s.run), mconnect.Text{RO: "Scenă", EN: "Scene", RU: "Сцена"}, "GetVehicle/1.0.0",
		[]string{"RegistrationNumber", "Owner"}, "Proprietarul primește permisul (exemplu).", access.InForce}
	ask := Request{"GetVehicle", map[string]any{"IDNV": s.dataset.Vehicles[0].IDNV}, legal(townHall, strings.ToUpper(string(n.purpose)), 17), nil}
	ask.Context.Reason = "EX-00017"
	if _, err := s.refused(ctx, townHall, ask, http.StatusForbidden, "purpose.unknown"); err != nil {
		return err
	}
	r, err := s.platform.request(ctx, n)
	if err != nil {
		return err
	}
	v, _, err := s.lawful(ctx, townHall, ask)
	if err != nil {
		return err
	}
	if len(r.Documents) < 5 {
		return fmt.Errorf("%s has %d documents, want those of each decision", r.Number, len(r.Documents))
	}
	if v["Make"] != nil {
		return fmt.Errorf("the answer holds a field that was not granted: %v", v)
	}
	return has(v, "RegistrationNumber", "Owner")
}

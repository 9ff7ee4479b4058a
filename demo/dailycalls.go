package demo

import (
	"fmt"

	"mconnect"
)

// The consumers of the sample country.
const (
	townHall mconnect.SystemID = "primaria-exemplu.asistenta"
	ministry mconnect.SystemID = "minister-exemplu.eservicii"
	notary   mconnect.SystemID = "notar-exemplu.acte"
	bank     mconnect.SystemID = "banca-exemplu.clienti"
	commune  mconnect.SystemID = "comuna-model.evidenta"
	insurer  mconnect.SystemID = "asigurator-exemplu.polite"
	hospital mconnect.SystemID = "spital-exemplu.registratura"
	// the town hall with its certificate of last year
	oldPaper  mconnect.SystemID = "primaria-exemplu.asistenta#expired"
	noPurpose string            = "CURIOZITATE"
)

// owners are the IDNOs under which the consumers act, as in the manifests.
var owners = map[mconnect.SystemID]mconnect.IDNO{
	townHall: "1999900000069", oldPaper: "1999900000069", ministry: "1999900000058", notary: "1999900000081",
	bank: "1999900000092", commune: "1999900000070", insurer: "1999900000106", hospital: "1999900000117",
}

// official is the IDNP of the synthetic official number n: valid, and of no person in the dataset.
func official(n int) string { return number("29999", n) }

// reasons are a lawful CallReason for each CallBasis, by the form that its agreement demands.
var reasons = map[string]string{
	"AJUTOR-SOCIAL": "AS-2026-%05d", "STARE-CIVILA": "SC-2026-%05d", "E-SERVICIU": "Cererea ES-%06d",
	"LIPSA-DATORII": "Cererea ES-%06d", "ACT-NOTARIAL": "dosar notarial %d/2026", "KYC": "contract BE-%05d",
}

// legal makes the legal context of system under basis, with case number n.
func legal(system mconnect.SystemID, basis string, n int) mconnect.LegalContext {
	reason, ok := reasons[basis]
	if !ok {
		reason = "caz %d"
	}
	return mconnect.LegalContext{
		User: official(len(system)), Entity: string(owners[system]), Basis: basis, Reason: fmt.Sprintf(reason, n),
	}
}

func byIDNP(id mconnect.IDNP) map[string]string { return map[string]string{"IDNP": string(id)} }
func byIDNO(id mconnect.IDNO) map[string]string { return map[string]string{"IDNO": string(id)} }
func byIDNV(id mconnect.IDNV) map[string]string { return map[string]string{"IDNV": string(id)} }

// dailyCall is one call of the daily traffic.
type dailyCall struct {
	system mconnect.SystemID
	ask    Request
	want   string // fault code; "" when lawful
}

// daily makes call number n of the daily traffic: two in three lawful, the others refused, one cause after another.
func (w *Dataset) daily(n int) dailyCall {
	// Step through the registers by an odd number, so that consecutive calls concern unrelated records.
	p := w.Persons[n*37%(len(w.Persons)-1)]
	e := w.Entities[n*17%len(w.Entities)]
	v := w.Vehicles[n*29%(len(w.Vehicles)-1)]
	person, entity, vehicle := byIDNP(p.IDNP), byIDNO(e.IDNO), byIDNV(v.IDNV)
	lawful := []dailyCall{
		{townHall, Request{"GetPerson", person, legal(townHall, "AJUTOR-SOCIAL", n), nil}, ""},
		{townHall, Request{"GetPersonBenefits", person, legal(townHall, "AJUTOR-SOCIAL", n), nil}, ""},
		{townHall, Request{"GetRealEstates", person, legal(townHall, "AJUTOR-SOCIAL", n), nil}, ""},
		{ministry, Request{"GetPerson", person, legal(ministry, "E-SERVICIU", n), nil}, ""},
		{ministry, Request{"GetDebts", person, legal(ministry, "LIPSA-DATORII", n), nil}, ""},
		{ministry, Request{"GetVehicle", vehicle, legal(ministry, "INSPECTIE-TEHNICA", n), nil}, ""},
		{notary, Request{"GetRealEstates", person, legal(notary, "ACT-NOTARIAL", n), nil}, ""},
		{notary, Request{"GetLegalEntity", entity, legal(notary, "ACT-NOTARIAL", n), nil}, ""},
		{bank, Request{"GetPerson", person, legal(bank, "KYC", n), nil}, ""},
		{bank, Request{"GetLegalEntity", entity, legal(bank, "KYC", n), nil}, ""},
	}
	wrong := legal(townHall, "AJUTOR-SOCIAL", n)
	wrong.Reason = "verificare"
	refused := []dailyCall{
		{insurer, Request{"GetPerson", person, legal(insurer, "POLITA", n), nil}, "agreement.none"},
		{bank, Request{"GetLegalEntity", entity, legal(bank, noPurpose, n), nil}, "purpose.unknown"},
		{oldPaper, Request{"GetPerson", person, legal(townHall, "AJUTOR-SOCIAL", n), nil}, "certificate.expired"},
		{hospital, Request{"GetPerson", person, legal(hospital, "ASISTENTA-MEDICALA", n), nil}, "system.suspended"},
		{commune, Request{"GetPersonBenefits", person, legal(commune, "AJUTOR-SOCIAL", n), nil}, "quota.usedUp"},
		{townHall, Request{"GetPerson", person, wrong, nil}, "purpose.reason"},
		{notary, Request{"GetLegalEntity", entity, legal(notary, "ACT-NOTARIAL", n), []string{"RegistrationDate"}},
			"field.notGranted"},
		{commune, Request{"GetPerson", person, legal(commune, "EVIDENTA", n), nil}, "agreement.expired"},
	}
	if n%3 == 2 {
		return refused[n/3%len(refused)]
	}
	return lawful[n%len(lawful)]
}

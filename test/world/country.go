package world

import (
	"fmt"
	"os"
	"strings"

	"mconnect"
)

// The names of the small country: one consumer and one provider, three services.
const (
	ConsumerSystem = "world-consumer.app"
	ProviderSystem = "world-provider.register"
	ServicePerson  = "WorldPerson"  // one person, cut to Granted
	ServicePersons = "WorldPersons" // a list of persons, each cut
	ServiceFile    = "WorldFile"    // bytes, passed through
)

// Subject is a synthetic IDNP with a valid check digit; 2999… was never assigned.
const Subject = "2999000006393"

// Question is what the consumer asks any of the services.
const Question = `{"IDNP":"` + Subject + `"}`

// Basis and Reason make a call lawful under the country's agreements.
const (
	Basis  = "Legea nr. 0/2000"
	Reason = "DOS-2026-00017"
)

// Granted are the fields of a person that may leave; Patronymic and Secret must be cut.
var Granted = []string{"IDNP", "LastName", "FirstName", "BirthDate", "Street", "City", "Region", "Phone", "Status",
	"Remark"}

// Person is a provider's answer about one person, with two fields that the agreement does not grant.
func Person(remark string) string {
	return `{"IDNP":"` + Subject + `","LastName":"Sintetic-001","FirstName":"Exemplu-Nicolae","Patronymic":"Exemplu",` +
		`"BirthDate":"1990-02-03","Street":"Strada Exemplului 17, apartamentul 3","City":"Exemplu-Noi","Region":"Raionul Exemplu",` +
		`"Phone":"+373 00 000 000","Status":"activ","Secret":"nu pleacă de aici","Remark":"` + remark + `"}`
}

// idno is the n-th synthetic IDNO: 1999… was never assigned.
func idno(n int) string {
	twelve := fmt.Sprintf("1999%08d", n)
	digit, _ := mconnect.CheckDigit(twelve)
	return twelve + string(rune(digit))
}

// Official is the synthetic IDNP of the consumer's official, to be stated as CallingUser.
var Official = idnp(17)

func idnp(n int) string {
	twelve := fmt.Sprintf("2999%08d", n)
	digit, _ := mconnect.CheckDigit(twelve)
	return twelve + string(rune(digit))
}

// ConsumerIDNO is the consumer's own IDNO, to be stated as CallingEntity.
var ConsumerIDNO = idno(1)

const personFields = `
    - { name: IDNP, type: idnp, mandatory: true, personal: true }
    - { name: LastName, type: string, mandatory: true, max_length: 100, personal: true }
    - { name: FirstName, type: string, mandatory: true, max_length: 100, personal: true }
    - { name: Patronymic, type: string, max_length: 100, personal: true }
    - { name: BirthDate, type: date, mandatory: true, personal: true }
    - { name: Street, type: string, max_length: 200, personal: true }
    - { name: City, type: string, max_length: 100 }
    - { name: Region, type: string, max_length: 100 }
    - { name: Phone, type: string, max_length: 30, personal: true }
    - { name: Status, type: string, enum: [activ, inactiv] }
    - { name: Secret, type: string, max_length: 100, personal: true }
    - { name: Remark, type: string, max_length: 5000 }`

const serviceHead = `---
kind: Service
name: %s
version: 1.0.0
title: { ro: "Serviciu de măsurare" }
provider: ` + ProviderSystem + `
status: published
read_only: true
subject: IDNP
request:
  name: %[1]sQuestion
  fields:
    - { name: IDNP, type: idnp, mandatory: true, personal: true }
endpoint:
  rest: { url: "https://127.0.0.1:%d", method: POST, path: "/%s", server_name: backend, credentials: { kind: mtls } }
`

// Country writes the manifests as one set; the provider listens on a port of the loopback address and serves
// small.json, large.json and file.bin. The consumer's certificate is the one issued as "consumer".
func Country(a *Authority, port int) (string, error) {
	cert, err := os.ReadFile(a.Crt("consumer"))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i, p := range []string{"world-consumer", "world-provider"} {
		fmt.Fprintf(&b, "---\nkind: Participant\nid: %s\nidno: %q\nname: { ro: \"%s EXEMPLU\" }\nsector: public\nlevel: central\n", p, idno(i+1), p)
	}
	fmt.Fprintf(&b, "---\nkind: System\nid: %s\nname: { ro: \"Consumator\" }\nroles: [consumer]\n", ConsumerSystem)
	fmt.Fprintf(&b, "---\nkind: System\nid: %s\nname: { ro: \"Registru\" }\nroles: [provider]\n", ProviderSystem)
	fmt.Fprintf(&b, "---\nkind: Certificate\nsystem: %s\npem: |\n  %s\n", ConsumerSystem,
		strings.ReplaceAll(strings.TrimSpace(string(cert)), "\n", "\n  "))
	fmt.Fprintf(&b, serviceHead+"response:\n  name: Person\n  fields:%s\n", ServicePerson, port, "small.json",
		personFields)
	fmt.Fprintf(&b, serviceHead+"response:\n  name: Persons\n  fields:\n    - name: Persons\n      type: array\n      items:\n        type: object\n        fields:%s\n",
		ServicePersons, port, "large.json", strings.ReplaceAll(personFields, "\n", "\n      "))
	fmt.Fprintf(&b, serviceHead+"opaque: { media_types: [application/octet-stream], personal: true }\nlimits: { answer_bytes: 104857600, timeout: 30s }\n", ServiceFile, port, "file.bin")
	inside := make([]string, len(Granted))
	for i, f := range Granted {
		inside[i] = "Persons." + f
	}
	b.WriteString(Agreement("world.small", ConsumerSystem, ServicePerson, strings.Join(Granted, ", ")))
	b.WriteString(Agreement("world.large", ConsumerSystem, ServicePersons, strings.Join(inside, ", ")))
	b.WriteString(Agreement("world.file", ConsumerSystem, ServiceFile, `"*"`))
	return b.String(), nil
}

// Agreement writes one agreement, in force since 2020, for fields of a service's answer.
func Agreement(id, consumer, service, fields string) string {
	return fmt.Sprintf(`---
kind: Agreement
id: %s
consumer: %s
service: %s
version: 1.0.0
validity: { from: 2020-01-01T00:00:00Z }
purposes:
  - code: masurare
    title: { ro: "Măsurare" }
    legal_basis: { act: "Legea nr. 0/2000 (exemplu)", article: "art. 1" }
    accepts: ["Legea nr. 0/2000", "MASURARE"]
    reason: { pattern: "DOS-20[0-9]{2}-[0-9]{5}", form: { ro: "număr de dosar" }, example: DOS-2026-00017 }
    fields: [%s]
`, id, consumer, service, fields)
}

// Crowd writes agreements number from up to, but not including, to: each consumer system of the crowd has
// one for each of the three services. The systems that begin within the range come along.
func Crowd(from, to int) string {
	services := []string{ServicePerson, ServicePersons, ServiceFile}
	fields := []string{"IDNP, LastName", "Persons.IDNP", `"*"`}
	var b strings.Builder
	for n := from; n < to; n++ {
		system := fmt.Sprintf("world-consumer.crowd%d", n/len(services))
		if n%len(services) == 0 || n == from {
			fmt.Fprintf(&b, "---\nkind: System\nid: %s\nname: { ro: \"Consumator\" }\nroles: [consumer]\n", system)
		}
		b.WriteString(Agreement(fmt.Sprintf("crowd.%d", n), system, services[n%len(services)], fields[n%len(services)]))
	}
	return b.String()
}

package demo

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mconnect"
	"mconnect/client"
)

// The event types of the civil-status register.
const (
	births    mconnect.EventType = "ASP.RSC.Birth.Registered"
	documents mconnect.EventType = "ASP.RSC.Document.Invalidated"
	addresses mconnect.EventType = "ASP.RSC.Address.Changed"
)

// civilSource is the source of the register itself; its offices have sources of their own below it.
const civilSource = "urn:asp:rsc"

// news generates events about the persons of a Dataset. Ids begin with run, so that another start of the demo
// repeats none.
type news struct {
	dataset *Dataset
	run     string
	day     time.Time
}

// district is the name of a district as events write it: without what kind of unit it is.
func district(a Address) string { return strings.TrimPrefix(a.District, "raionul ") }

type (
	newsPlace struct {
		District, Locality string
		Street, House      string `json:",omitempty"`
	}
	newsPerson struct {
		IDNP                mconnect.IDNP
		LastName, FirstName string
		BirthDate, Sex      string     `json:",omitempty"`
		BirthPlace          *newsPlace `json:",omitempty"`
	}
)

func (w *news) event(typ mconnect.EventType, id, source, key string, data any) client.Event {
	text, err := json.Marshal(data)
	if err != nil {
		panic(err) // unreachable: these are plain values
	}
	return client.Event{Source: source, ID: w.run + "-" + id, Type: typ, PartitionKey: key, Data: text}
}

// birth is the event of the n-th child: the act, the child and its parents. Some acts come from a local office.
func (w *news) birth(n int) client.Event {
	var children []Person
	for _, p := range w.dataset.Persons {
		if len(w.dataset.parents(p.IDNP)) > 0 {
			children = append(children, p)
		}
	}
	child := children[n*7%len(children)]
	act := fmt.Sprintf("N-%d-%05d", w.day.Year(), n+1)
	source := civilSource
	if n%5 == 4 {
		source = fmt.Sprintf("%s:oficiu-%d", civilSource, 1+n%3)
	}
	parents := []newsPerson{}
	for _, p := range w.dataset.parents(child.IDNP) {
		parents = append(parents, newsPerson{IDNP: p.IDNP, LastName: p.FamilyName, FirstName: p.GivenName})
	}
	return w.event(births, fmt.Sprintf("birth-%d", n), source, "act:"+act, map[string]any{
		"ActNumber": act, "EventReason": "Act de naștere " + act, "Registered": w.day.Format(isoDay),
		"Parents": parents,
		"Child": newsPerson{
			IDNP: child.IDNP, LastName: child.FamilyName, FirstName: child.GivenName,
			BirthDate: child.Born.Format(isoDay), Sex: child.Sex,
			BirthPlace: &newsPlace{District: district(child.Address), Locality: child.BirthPlace},
		},
	})
}

// document is the event that an identity card is no longer valid.
func (w *news) document(n int) client.Event {
	p := w.dataset.Persons[n*31%len(w.dataset.Persons)]
	card := p.Documents[0].Number
	return w.event(documents, fmt.Sprintf("document-%d", n), civilSource, "document:"+card, map[string]any{
		"HolderIDNP": p.IDNP, "Document": map[string]string{"Kind": "identity-card", "Number": card},
		"Cause": []string{"lost", "stolen", "expired", "replaced"}[n%4], "InvalidatedOn": w.day.Format(time.RFC3339),
	})
}

// address is the event that a person has moved to another person's address.
func (w *news) address(n int) client.Event {
	p, to := w.dataset.Persons[n*43%len(w.dataset.Persons)],
		w.dataset.Persons[(n*43+211)%len(w.dataset.Persons)].Address
	place := func(a Address) newsPlace { return newsPlace{district(a), a.Locality, a.Street, a.House} }
	request := fmt.Sprintf("D-%d-%05d", w.day.Year(), n+1)
	return w.event(addresses, fmt.Sprintf("address-%d", n), civilSource, "request:"+request, map[string]any{
		"IDNP": p.IDNP, "Request": request, "Kind": []string{"domicile", "residence"}[n/2%2],
		"From": place(p.Address), "To": place(to), "Since": w.day.Format(isoDay),
	})
}

// next makes the n-th of a mixed row.
func (w *news) next(n int) client.Event {
	return []func(int) client.Event{w.birth, w.address, w.document, w.address}[n%4](n)
}

// runID names a start of the demo, for the ids of its events.
func runID(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 36) }

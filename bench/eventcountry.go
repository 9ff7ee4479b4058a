package main

import (
	"fmt"
	"os"
	"strings"

	"mconnect"
	"mconnect/test/world"
)

// Who produces and consumes the events that are measured, by the names of their certificates and systems.
const eventProducer = "events-producer"

var eventConsumers = [3]string{"events-first", "events-second", "events-third"}

const (
	eventOwner  = "bench-owner"
	eventSource = "urn:bench:register"
	fewTypes    = 10
	manyTypes   = 1000
)

// eventType is the name of the n-th type; the digits have a fixed width, so that an event can be changed in place.
func eventType(n int) string { return fmt.Sprintf("BENCH.Register.T%04d.Changed", n) }

func eventSystem(name string) string { return eventOwner + "." + name }

// eventParties writes the manifests of the systems.
func eventParties(a *world.Authority) (string, error) {
	const twelve = "199900000070" // never assigned
	digit, _ := mconnect.CheckDigit(twelve)
	var b strings.Builder
	fmt.Fprintf(&b, "kind: Participant\nid: %s\nidno: %q\nname: { ro: \"EXEMPLU\" }\nsector: public\nlevel: central\n",
		eventOwner, twelve+string(rune(digit)))
	for _, name := range append(eventConsumers[:], eventProducer) {
		role := "consumer"
		if name == eventProducer {
			role = "producer"
		}
		pem, err := os.ReadFile(a.Crt(name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "---\nkind: System\nid: %s\nname: { ro: \"Sistem\" }\nroles: [%s]\n---\nkind: Certificate\nsystem: %s\npem: |\n  %s\n",
			eventSystem(name), role, eventSystem(name), strings.ReplaceAll(strings.TrimSpace(string(pem)), "\n",
				"\n  "))
	}
	return b.String(), nil
}

// eventManifests writes so many types, and agreements by which each consumer is entitled to all of each.
func eventManifests(types int) string {
	var b strings.Builder
	for n := range types {
		fmt.Fprintf(&b, `---
kind: EventType
name: %s
version: 1.0.0
owner: %s
title: { ro: "Act", en: "Act", ru: "Акт" }
description: { ro: "Un act.", en: "An act.", ru: "Акт." }
status: published
schema:
  "$schema": "https://json-schema.org/draft/2020-12/schema"
  type: object
  required: [Number, Status]
  properties:
    Number: { type: string, maxLength: 20 }
    Status: { type: string, enum: [valid, invalid] }
    Issued: { type: string, format: date }
    Holder: { type: object, required: [City], properties: { City: { type: string }, Flat: { type: integer, minimum: 0 } } }
    Remark: { type: string, maxLength: 5000 }
example: { Number: "B0000001", Status: valid }
producers: [{ system: %s, sources: [%q] }]
`, eventType(n), eventOwner, eventSystem(eventProducer), eventSource)
		for i, name := range eventConsumers {
			fmt.Fprintf(&b, `---
kind: Agreement
id: bench.t%04d.c%d
consumer: %s
event: %s
purposes: [{ code: acte, title: { ro: "Acte" }, legal_basis: { act: "Legea nr. 0/2000 (exemplu)", article: "art. 2" }, fields: ["*"] }]
`, n, i, eventSystem(name), eventType(n))
		}
	}
	return b.String()
}

package manifest

import (
	"context"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/test/engines"
	"mconnect/test/must"
)

const fallYAML = `---
kind: EventType
name: ASP.RSC.Fall.Registered
version: 1.0.0
owner: register
title: { ro: Naștere }
description: { ro: Naștere înregistrată }
status: published
schema: { type: object, properties: { Day: { type: string } } }
example: { Day: "2026-01-02" }
producers: [ { system: register.main, sources: ["urn:register"] } ]
`

const listeningYAML = `---
kind: Subscription
id: hall.births
system: hall.desk
`

// restrainedCountry is a country with one resource of every kind that can be restrained.
func restrainedCountry(t *testing.T) (text, certificate string) {
	t.Helper()
	pem := selfSigned(t)
	text = strings.Replace(whole(), "roles: [provider]", "roles: [provider, producer]", 1) + fallYAML + listeningYAML +
		"---\nkind: Certificate\nsystem: hall.desk\npem: |\n  " + strings.ReplaceAll(strings.TrimSpace(pem), "\n", "\n  ") + "\n"
	for _, item := range load(t, text) {
		if item.Kind == Certificate {
			certificate = item.ID
		}
	}
	return text, certificate
}

// edit stores one document changed by with, as a transition of the management API does.
func (o *office) edit(t *testing.T, order Order, kind, id string, with ...string) error {
	t.Helper()
	was, err := o.db.Resource(t.Context(), kind, id)
	must.OK(t, err)
	doc := strings.NewReplacer(with...).Replace(string(was.Doc))
	if doc == string(was.Doc) {
		t.Fatalf("nothing to replace in %s", doc)
	}
	_, err = o.Put(t.Context(), order, kind, []byte(doc), was.Revision)
	return err
}

func TestKeeper_ApplyKeepsRestraints(t *testing.T) { engines.Each(t, applyKeepsRestraints) }

func applyKeepsRestraints(t *testing.T) {
	text, certificate := restrainedCountry(t)
	sunset := time.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339)
	duty := Order{Actor: "duty", Reason: "incident 7"}
	for _, c := range []struct {
		kind, id, state string
		with            []string
	}{
		{Participant, "hall", Suspended, []string{`"level":"central"`, `"level":"central","status":"suspended"`}},
		{System, "hall.desk", Suspended, []string{`"roles"`, `"status":"suspended","roles"`}},
		{Certificate, certificate, Revoked, []string{`"system"`, `"revoked_at":"2026-01-02T03:04:05Z","system"`}},
		{Service, "GetPerson/1.0.0", Deprecated, []string{`"status":"published"`, `"status":"deprecated","deprecation":"2026-01-01T00:00:00Z","sunset":"` + sunset + `","successor":"none"`}},
		{EventType, "ASP.RSC.Fall.Registered", Retired, []string{`"published"`, `"retired"`}},
		{Agreement, "hall-person", Terminated, []string{`"purposes"`, `"status":"terminated","purposes"`}},
		{Subscription, "hall.births", Paused, []string{`"system"`, `"paused":true,"system"`}},
	} {
		o := newOffice(t)
		o.apply(t, text)
		if err := o.edit(t, duty, c.kind, c.id, c.with...); err != nil {
			t.Fatalf("%s: %s", c.kind, describe(err))
		}
		before, _ := o.db.Resource(t.Context(), c.kind, c.id)
		for _, active := range []bool{false, true} {
			again := text
			if active {
				again = strings.NewReplacer("sector: public", "status: active\nsector: public", "roles: [consumer]", "status: active\nroles: [consumer]",
					"service: GetPerson", "status: active\nservice: GetPerson").Replace(text)
			}
			for _, dry := range []bool{true, false} {
				plan, err := o.Execute(t.Context(), Order{Actor: "tester", DryRun: dry}, load(t, again))
				if err != nil {
					t.Fatalf("%s: %s", c.kind, describe(err))
				}
				shown := false
				for _, line := range plan {
					if line.Kind != c.kind || line.ID != c.id {
						continue
					}
					shown = line.Action == Unchanged && line.Kept != nil && line.Kept.State == c.state && line.Kept.By == "duty" &&
						line.Kept.Reason == "incident 7" && line.Kept.Since.Equal(before.ChangedAt) && line.Kept.Final != liftable(c.state)
					if !shown {
						t.Errorf("%s: plan %+v, kept %+v", c.kind, line, line.Kept)
					}
				}
				if after, _ := o.db.Resource(t.Context(), c.kind, c.id); after.Revision != before.Revision || !shown {
					t.Errorf("%s (active %t): changed to %s", c.kind, active, after.Doc)
				}
			}
		}
	}
}

func TestKeeper_DeletionLiftsNoRestraint(t *testing.T) { engines.Each(t, deletionLiftsNoRestraint) }

func deletionLiftsNoRestraint(t *testing.T) {
	o := newOffice(t)
	text, certificate := restrainedCountry(t)
	o.apply(t, text)
	for _, c := range []struct {
		kind, id string
		with     []string
	}{
		{Certificate, certificate, []string{`"system"`, `"revoked_at":"2026-01-02T03:04:05Z","reason":"lost","system"`}},
		{Agreement, "hall-person", []string{`"purposes"`, `"status":"terminated","purposes"`}},
	} {
		if err := o.edit(t, Order{Actor: "duty"}, c.kind, c.id, c.with...); err != nil {
			t.Fatal(describe(err))
		}
		for range 2 {
			if err := o.Remove(t.Context(), Order{Actor: "duty"}, c.kind, c.id, BaseAny); err != nil {
				t.Fatal(describe(err))
			}
			o.apply(t, text)
			after, err := o.db.Resource(t.Context(), c.kind, c.id)
			if err != nil || !strings.Contains(string(after.Doc), "revoked_at") && !strings.Contains(string(after.Doc), "terminated") {
				t.Errorf("%s came back as %s, %v", c.kind, after.Doc, err)
			}
		}
	}
}

func TestKeeper_SuspensionEndsOnlyByResume(t *testing.T) { engines.Each(t, suspensionEndsOnlyByResume) }

func suspensionEndsOnlyByResume(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	suspended := strings.Replace(systemYAML("hall.desk", "consumer"), "roles:", "status: suspended\nroles:", 1)
	o.apply(t, suspended)
	active := func() bool {
		s, ok := o.Rooms.Registry.System("hall.desk")
		return ok && s.System.Active()
	}
	if err := o.edit(t, Order{Actor: "op"}, System, "hall.desk", `"suspended"`, `"active"`); err == nil || !strings.Contains(describe(err), "/status resource.suspended") {
		t.Errorf("a document that contradicts: %s", describe(err))
	}
	if err := o.edit(t, Order{Actor: "op"}, System, "hall.desk", `,"status":"suspended"`, ``); err != nil || active() {
		t.Errorf("a silent document: %v, active %t", err, active())
	}
	if _, err := o.Execute(t.Context(), Order{Actor: "op", Resume: []string{"hall.lobby"}}, load(t, whole())); err == nil || !strings.Contains(describe(err), "--resume resource.unknown") {
		t.Errorf("resume of what the set does not hold: %v", err)
	}
	for _, name := range []string{"hall.desk", "System hall.desk", "System/hall.desk"} {
		o.apply(t, suspended)
		plan, err := o.Execute(t.Context(), Order{Actor: "op", Reason: "checked", Resume: []string{name}}, load(t, whole()))
		if err != nil || !active() || plan.Count(Update) != 1 {
			t.Errorf("%s: %v, %+v", name, err, plan)
		}
	}
}

func TestKeeper_TerminationHasNoResume(t *testing.T) { engines.Each(t, terminationHasNoResume) }

func terminationHasNoResume(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	if err := o.edit(t, Order{Actor: "op"}, Agreement, "hall-person", `"purposes"`, `"status":"terminated","purposes"`); err != nil {
		t.Fatal(describe(err))
	}
	for _, to := range []string{"active", "suspended"} {
		err := o.edit(t, Order{Actor: "op", Resume: []string{"hall-person"}}, Agreement, "hall-person", `"terminated"`, `"`+to+`"`)
		if err == nil || !strings.Contains(describe(err), "/status resource.final") {
			t.Errorf("%s: %s", to, describe(err))
		}
	}
	if _, err := o.Execute(t.Context(), Order{Actor: "op", Resume: []string{"hall-person"}}, load(t, whole())); err == nil || !strings.Contains(describe(err), "resource.final") {
		t.Errorf("resume of a terminated agreement: %s", describe(err))
	}
}

func TestKeeper_RevocationIsNotPutOff(t *testing.T) { engines.Each(t, revocationIsNotPutOff) }

func revocationIsNotPutOff(t *testing.T) {
	o := newOffice(t)
	text, id := restrainedCountry(t)
	o.apply(t, text)
	state := func() string {
		r := must.Get(o.db.Resource(t.Context(), Certificate, id))(t)
		return string(r.Doc)
	}
	for _, step := range []struct{ state, want string }{
		{"2026-05-01T00:00:00Z", "2026-05-01T00:00:00Z"}, {"2027-05-01T00:00:00Z", "2026-05-01T00:00:00Z"}, {"2026-04-01T00:00:00Z", "2026-04-01T00:00:00Z"},
	} {
		o.apply(t, strings.Replace(text, "kind: Certificate\n", "kind: Certificate\nrevoked_at: "+step.state+"\n", 1))
		if !strings.Contains(state(), `"revoked_at":"`+step.want) {
			t.Errorf("stated %s: %s", step.state, state())
		}
	}
}

func TestKeeper_ReasonIsRecorded(t *testing.T) { engines.Each(t, reasonIsRecorded) }

func reasonIsRecorded(t *testing.T) {
	o := newOffice(t)
	if _, err := o.Execute(t.Context(), Order{Actor: "op", Reason: "Decizia nr. 7"}, load(t, whole())); err != nil {
		t.Fatal(describe(err))
	}
	entry, _, err := o.journal.Entry(t.Context(), 0)
	if err != nil || entry.Kind != journal.Change || entry.Change.Reason != "Decizia nr. 7" {
		t.Errorf("recorded %+v, %v", entry.Change, err)
	}
	stored, err := o.db.History(t.Context(), Agreement, "hall-person")
	if err != nil || len(stored) != 1 || stored[0].Reason != "Decizia nr. 7" {
		t.Errorf("stored %+v, %v", stored, err)
	}
	_, err = o.Execute(t.Context(), Order{Actor: "op", Reason: strings.Repeat("x", MaxReason+1)}, load(t, whole()))
	if err == nil || !strings.Contains(describe(err), "/reason input.length") {
		t.Errorf("a long reason: %v", err)
	}
}

func TestKeeper_EventTypeGoesForwardOnly(t *testing.T) {
	o := open(t, "sqlite:"+t.TempDir()+"/store")
	text, _ := restrainedCountry(t)
	o.apply(t, text)
	_, err := o.Apply(context.Background(), "op", load(t, strings.Replace(fallYAML, "published", "draft", 1)), false)
	if err == nil || !strings.Contains(describe(err), "/status "+string(fault.EventStep)) {
		t.Errorf("published to draft: %s", describe(err))
	}
	if ty, _ := o.Rooms.Events.Type(mconnect.EventType("ASP.RSC.Fall.Registered")); ty == nil || !ty.Live() {
		t.Error("the type does not flow")
	}
}

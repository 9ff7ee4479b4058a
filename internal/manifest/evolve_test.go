package manifest

import (
	"slices"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/test/must"
)

const vocabulary = `
---
kind: Category
code: populatie
title: { ro: "Populație" }
---
kind: Classifier
code: sex
version: 1.0.0
title: { ro: "Sexul" }
entries: [ { code: F, label: { ro: "Feminin" } }, { code: M, label: { ro: "Masculin" } } ]
---
kind: DataType
name: Name
version: 1.0.0
title: { ro: "Numele" }
fields: [ { name: Last, type: string }, { name: First, type: string } ]
`

const madeYAML = `
---
kind: Service
name: GetMade
version: 1.0.0
title: { ro: "Făcut" }
categories: [populatie]
owner: hall
provider: register.main
status: published
request: { name: GetMade, fields: [ { name: Key, type: string, mandatory: true } ] }
response:
  name: Made
  fields:
    - { name: Who, type: object, ref: Name, personal: true }
    - { name: Sex, type: string, classifier: sex }
endpoint: { rest: { url: "${REGISTER}", method: POST } }
`

// refused applies text, which must not be accepted, and returns what is wrong with it.
func (o *office) refused(t *testing.T, text string) string {
	t.Helper()
	set, err := Load(folder(text), vars)
	if err == nil {
		_, err = o.Apply(t.Context(), "tester", set, false)
	}
	if err == nil {
		t.Fatalf("accepted: %s", text)
	}
	return describe(err)
}

// TestManifestsMayComeInAnyOrder: kinds are applied in theirs, and read back in whatever order they were last changed.
func TestManifestsMayComeInAnyOrder(t *testing.T) {
	o := newOffice(t)
	plan := o.apply(t, strings.TrimPrefix(madeYAML, "\n---\n")+vocabulary+"---\n"+whole())
	if plan.Count(Create) != 10 {
		t.Fatalf("plan %+v", plan)
	}
	// now newer than the service
	o.apply(t, strings.Replace(vocabulary, `title: { ro: "Numele" }`, `title: { ro: "Numele persoanei" }`, 1))
	again := openWith(t, o.url, o.keys)
	must.OK(t, again.Load(t.Context()))
	r, err := again.Rooms.Catalog.Resolve("GetMade", r1())
	if err != nil || !r.ResponseSchema.Has("Who.Last") || len(again.Rooms.Catalog.Waiting()) != 0 {
		t.Errorf("read back: %v", err)
	}
}

func TestWhatAServiceRefersToMustExist(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	got := o.refused(t, strings.Replace(madeYAML, "owner: hall", "owner: nobody\nsuccessor: GetMade/7.0.0", 1))
	for _, want := range []string{"/categories/0 resource.unknown", "/owner resource.unknown", "/successor resource.unknown",
		"/response/fields/0/ref resource.unknown", "/response/fields/1/classifier resource.unknown"} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %s: %s", want, got)
		}
	}
	if strings.Contains(o.refused(t, "---"+strings.Replace(serviceYAML, "1.0.0", "3.0.0", 1)+madeYAML+"---"+grantOf("GetMade", "1.0.0", "Sex")), "/service") {
		t.Error("an agreement is blamed for its service")
	}
	if got := o.refused(t, "kind: Category\ncode: aa\nparent: zz\ntitle: { ro: \"x\" }"); !strings.Contains(got, "/parent resource.unknown") {
		t.Error(got)
	}
	if got := o.refused(t, "kind: Category\ncode: aa\nparent: bb\ntitle: { ro: \"x\" }\n---\nkind: Category\ncode: bb\nparent: aa\ntitle: { ro: \"x\" }"); !strings.Contains(got, "/parent type.cycle") {
		t.Error(got)
	}
}

func TestWhatIsSharedAndInUseStays(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole()+vocabulary+strings.Replace(madeYAML, "status: published", "status: draft", 1))
	for _, c := range [][2]string{{Category, "populatie"}, {Classifier, "sex/1.0.0"}, {DataType, "Name/1.0.0"}} {
		if f := fault.From(o.Remove(t.Context(), Order{Actor: "op"}, c[0], c[1], BaseAny)); f == nil || f.Code != fault.ResourceInUse || f.Params["by"] != "Service GetMade/1.0.0" {
			t.Errorf("%v: %v", c, f)
		}
	}
	o.apply(t, `
kind: DataType
name: Family
version: 1.0.0
title: { ro: "Familie" }
fields: [ { name: Head, type: object, ref: Name } ]
---
kind: Category
code: copii
parent: populatie
title: { ro: "Copii" }
`)
	must.OK(t, o.Remove(t.Context(), Order{Actor: "op"}, Service, "GetMade/1.0.0", BaseAny))
	for id, by := range map[[2]string]string{{Category, "populatie"}: "Category copii", {DataType, "Name/1.0.0"}: "DataType Family/1.0.0"} {
		if f := fault.From(o.Remove(t.Context(), Order{Actor: "op"}, id[0], id[1], BaseAny)); f == nil || f.Params["by"] != by {
			t.Errorf("%v: %v", id, f)
		}
	}
	for _, c := range [][2]string{{Classifier, "sex/1.0.0"}, {DataType, "Family/1.0.0"}, {DataType, "Name/1.0.0"}, {Category, "copii"}, {Category, "populatie"}} {
		if err := o.Remove(t.Context(), Order{Actor: "op"}, c[0], c[1], BaseAny); err != nil {
			t.Errorf("%v: %v", c, err)
		}
	}
}

// TestSharedTypesChangeWithCare: a new version of a type reaches services that follow it; a plan reports which, and
// what would break a published one is refused.
func TestSharedTypesChangeWithCare(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole()+vocabulary+madeYAML)
	more := `
kind: DataType
name: Name
version: 1.1.0
title: { ro: "Numele" }
fields: [ { name: Last, type: string }, { name: First, type: string }, { name: Middle, type: string } ]
`
	less := strings.Replace(strings.Replace(more, "1.1.0", "2.0.0", 1), "{ name: First, type: string }, { name: Middle, type: string }", "", 1)
	if got := o.refused(t, less); !strings.Contains(got, "service.immutable") || !strings.Contains(got, "answer.Who.First removed") {
		t.Error(got)
	}
	broken := strings.Replace(more, "type: string }, {", "type: object, ref: Nothing }, {", 1)
	if got := o.refused(t, broken); !strings.Contains(got, "Service GetMade/1.0.0 /response/fields/0/ref resource.unknown") {
		t.Error(got)
	}
	plan := o.apply(t, more)
	if len(plan) != 1 || !slices.Equal(plan[0].Touches, []string{"GetMade/1.0.0"}) {
		t.Errorf("plan %+v", plan)
	}
	if r, _ := o.Rooms.Catalog.Resolve("GetMade", r1()); !r.ResponseSchema.Has("Who.Middle") {
		t.Error("the service does not follow")
	}
	if again := o.apply(t, more); again.Count(Unchanged) != 1 || again[0].Touches != nil {
		t.Errorf("second time: %+v", again)
	}
}

func TestLifeIsEnforcedWhereItIsStored(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	for change, want := range map[string]string{
		"status: published|status: draft":   "/status service.step",
		"status: published|status: retired": "/status service.step",
		"LastName|Surname":                  " service.immutable",
		"version: 1.0.0|version: 1.0.1":     "",
		"LastName, type|Surname, type":      " service.immutable",
		"status: published|status: deprecated\ndeprecation: 2020-01-01T00:00:00Z\nsunset: 2020-08-01T00:00:00Z":                          "/sunset service.notice",
		"status: published|status: deprecated\ndeprecation: 2020-01-01T00:00:00Z\nsunset: 2220-08-01T00:00:00Z":                          "/successor input.missing",
		"status: published|status: deprecated\nsuccessor: GetAll/1.0.0\ndeprecation: 2020-01-01T00:00:00Z\nsunset: 2220-08-01T00:00:00Z": "/successor resource.unknown",
		"status: published|status: deprecated\nsuccessor: none\ndeprecation: 2020-01-01T00:00:00Z\nsunset: 2220-08-01T00:00:00Z":         "",
	} {
		from, to, _ := strings.Cut(change, "|")
		set := load(t, strings.Replace(serviceYAML, from, to, 1))
		_, err := o.Apply(t.Context(), "tester", set, true)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(describe(err), want)) {
			t.Errorf("%s: want %q, got %v", to, want, err)
		}
	}
	for text, want := range map[string]string{"version: 1.0.5": "/version service.smallStep", "version: 1.1.0": "", "version: 1.0.5\nstatus: draft": ""} {
		more := strings.Replace(serviceYAML, "version: 1.0.0", text, 1)
		if strings.Contains(text, "draft") {
			more = strings.Replace(more, "status: published\n", "", 1)
		}
		more = strings.Replace(more, "{ name: FirstName", "{ name: Age, type: integer }, { name: FirstName", 1)
		_, err := o.Apply(t.Context(), "tester", load(t, more), true)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(describe(err), want)) {
			t.Errorf("%s: want %q, got %v", text, want, err)
		}
	}
}

// TestImpactNamesWhoNotices: by what each agreement grants, with the calls that were really made.
func TestImpactNamesWhoNotices(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole()+systemYAML("hall.lobby", "consumer")+systemYAML("hall.cellar", "consumer")+"---"+
		strings.NewReplacer("id: hall-person", "id: lobby", "hall.desk", "hall.lobby", "[LastName]", "[FirstName]").Replace(deal)+"---"+
		strings.NewReplacer("id: hall-person", "id: cellar\nstatus: terminated", "hall.desk", "hall.cellar").Replace(deal))
	row := func(seq int64, system, verdict string) appendlog.IndexRow {
		return appendlog.IndexRow{Seq: seq, OutcomeSeq: seq + 10, At: o.Clock(), Kind: "call", Call: "c" + string(rune('a'+seq)), System: system, Service: "GetPerson", Verdict: verdict}
	}
	if err := o.db.WriteIndex(t.Context(), 0, 100, []appendlog.IndexRow{row(1, "hall.desk", "answered"), row(2, "hall.desk", "failed"), row(3, "hall.lobby", "refused")}); err != nil {
		t.Fatal(err)
	}
	next := strings.NewReplacer("1.0.0", "2.0.0", "{ name: LastName, type: string, personal: true }, ", "", "FirstName, type: string", "FirstName, type: string, max_length: 40, nullable: true").Replace(serviceYAML)
	plan, err := o.Apply(t.Context(), "tester", load(t, next), true)
	if err != nil || len(plan) != 1 || plan[0].Impact == nil {
		t.Fatalf("%+v %v", plan, err)
	}
	i := plan[0].Impact
	want := []catalog.Hit{
		{System: "hall.desk", Agreement: "hall-person", Status: string(agreement.InForce), Broken: catalog.BreaksAgreements, Lost: []string{"LastName"}, Calls: 2},
		{System: "hall.lobby", Agreement: "lobby", Status: string(agreement.InForce), Broken: catalog.BreaksCallers},
	}
	if i.Demands != catalog.Major || i.States != catalog.Major || i.Days != PlanDays || len(i.Consumers) != 2 {
		t.Fatalf("%+v", i)
	}
	for _, w := range want {
		if !slices.ContainsFunc(i.Consumers, func(h catalog.Hit) bool {
			return h.System == w.System && h.Agreement == w.Agreement && h.Status == w.Status && h.Broken == w.Broken && slices.Equal(h.Lost, w.Lost) && h.Calls == w.Calls
		}) {
			t.Errorf("lacks %+v: %+v", w, i.Consumers)
		}
	}
}

func TestKeeper_PlanNamesWhomANewVersionMoves(t *testing.T) {
	o := open(t, "sqlite:"+t.TempDir()+"/store")
	o.apply(t, whole())
	publish := func(version string) *Moves {
		t.Helper()
		plan, err := o.Apply(t.Context(), "op", load(t, strings.Replace(serviceYAML, "version: 1.0.0", "version: "+version, 1)), false)
		if err != nil {
			t.Fatal(describe(err))
		}
		return plan[0].Moves
	}
	if m := publish("2.0.0"); m == nil || len(m.Moved) != 0 || len(m.Uncovered) != 1 || m.Uncovered[0] != (Move{"hall.desk", "hall-person", "1.0.0", "1.0.0"}) {
		t.Errorf("2.0.0: %+v", m)
	}
	if m := publish("1.1.0"); m == nil || len(m.Uncovered) != 0 || len(m.Moved) != 1 || m.Moved[0] != (Move{"hall.desk", "hall-person", "1.0.0", "1.1.0"}) {
		t.Errorf("1.1.0: %+v", m)
	}
}

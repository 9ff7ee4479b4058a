package manifest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/legalact"
)

// actOf is an act of one version; more adds versions.
func actOf(more string) string {
	return `kind: LegalAct
id: lege-1-2020
type: law
number: "1"
date: 2020-01-10
citation: "Legea nr. 1/2020 (exemplu)"
title: { ro: "Lege de exemplu" }
versions:
  - from: 2020-02-01
    articles: [ { path: "art. 6", digest: "` + strings.Repeat("a", 64) + `" }, { path: "art. 8" } ]
` + more
}

// citing is the agreement of the fixture, whose purpose cites a place of an act.
func citing(ref string) string {
	return strings.Replace(deal, `article: "art. 1" }`, `article: "art. 1", ref: `+ref+` }`, 1)
}

// ended is an act that ended before today.
func ended() string {
	return strings.NewReplacer("lege-1-2020", "lege-2-2020", "from: 2020-02-01",
		"from: 2020-02-01\n    to: 2020-12-31").Replace(actOf(""))
}

func TestAgreement_CitesOnlyWhatIsRegisteredAndInForce(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole()+"---\n"+actOf("")+"---\n"+ended())
	for ref, want := range map[string]string{
		`{ act: lege-1-2020, path: "Art. 6" }`:                        "",
		`{ act: lege-1-2020, version: 2020-02-01, path: "art. 8" }`:   "",
		`{ act: lege-1-2021, path: "art. 6" }`:                        "/act act.unknown lege-1-2020",
		`{ act: lege-1-2020, version: 2020-02-02, path: "art. 6" }`:   "/version act.version",
		`{ act: lege-1-2020, path: "art. 9" }`:                        "/path act.article",
		`{ act: lege-1-2020, version: "2020-02-01", path: "art. 7" }`: "/path act.article",
		`{ act: lege-2-2020, path: "art. 6" }`:                        "/path act.notInForce",
	} {
		_, err := o.Apply(t.Context(), "t", load(t, citing(ref)), true)
		var got []string
		if err != nil {
			for _, f := range fault.From(err).Fields {
				_, pointer, _ := strings.Cut(f.Path, "/legal_basis/ref")
				got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s", pointer, f.Code, f.Params[fault.Near])))
			}
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s: %q, want %q", ref, got, want)
		}
	}
	if _, err := Load(folder(citing(`{ act: lege-1-2020, version: yesterday, path: "" }`)), vars); err == nil ||
		len(fault.From(err).Fields) != 2 {
		t.Errorf("a version that is no day and a path that is missing: %v", err)
	}
}

// TestAgreement_KeepsABasisThatEndedLater: applying what stands again is lawful after the act has ended.
func TestAgreement_KeepsABasisThatEndedLater(t *testing.T) {
	o := newOffice(t)
	before := strings.Replace(whole(), deal, citing(`{ act: lege-1-2020, path: "art. 6" }`), 1)
	o.apply(t, before+"---\n"+actOf(""))
	over := strings.Replace(actOf(""), "from: 2020-02-01", "from: 2020-02-01\n    to: 2020-12-31", 1)
	plan := o.apply(t, over)
	want := legalact.Rest{Agreement: "hall-person", Consumer: "hall.desk", Subject: "GetPerson", Purpose: "residence", Path: "art. 6",
		Effect: legalact.Effect{Kind: "repealed", Day: "2020-12-31"}}
	if !slices.Equal(plan[0].Rests, []legalact.Rest{want}) {
		t.Errorf("rests %+v", plan[0].Rests)
	}
	if plan := o.apply(t, before+"---\n"+over); plan.Count(Unchanged) != len(plan) {
		t.Errorf("applied again: %+v", plan)
	}
	uses := o.Rooms.ActUses("lege-1-2020", o.Clock())
	if len(uses) != 1 || uses[0].State != legalact.Repealed || uses[0].Agreement != "hall-person" {
		t.Errorf("uses %+v", uses)
	}
}

// TestAct_PlanNamesAgreementsThatRestOnAChangedPlace: a new version that changes or removes a cited place.
func TestAct_PlanNamesAgreementsThatRestOnAChangedPlace(t *testing.T) {
	next := actOf(`  - from: 2040-01-01
    articles: [ { path: "art. 6", digest: "` + strings.Repeat("b", 64) + `" } ]
`)
	for ref, want := range map[string]string{
		`{ act: lege-1-2020, path: "art. 6" }`:                      "changed",
		`{ act: lege-1-2020, version: 2020-02-01, path: "art. 8" }`: "removed",
	} {
		o := newOffice(t)
		o.apply(t, strings.Replace(whole(), deal, citing(ref), 1)+"---\n"+actOf(""))
		rests := o.apply(t, next)[0].Rests
		if len(rests) != 1 || rests[0].Kind != want || rests[0].Day != "2040-01-01" {
			t.Errorf("%s: %+v", ref, rests)
		}
		if again := o.apply(t, next)[0].Rests; again != nil {
			t.Errorf("an act that does not change: %+v", again)
		}
	}
}

// TestAct_StaysWhileItIsCited: neither removal nor a document without the cited version is possible.
func TestAct_StaysWhileItIsCited(t *testing.T) {
	o := newOffice(t)
	o.apply(t, strings.Replace(whole(), deal, citing(`{ act: lege-1-2020, version: 2020-02-01, path: "art. 8" }`), 1)+
		"---\n"+actOf("")+"---\n"+ended())
	err := o.Remove(t.Context(), Order{Actor: "t"}, LegalAct, "lege-1-2020", BaseAny)
	if err == nil || fault.From(err).Code != fault.ResourceInUse {
		t.Errorf("a cited act was removed: %v", err)
	}
	if err := o.Remove(t.Context(), Order{Actor: "t"}, LegalAct, "lege-2-2020", BaseAny); err != nil {
		t.Errorf("an act that nobody cites: %v", err)
	}
	if _, ok := o.Rooms.Acts.Act("lege-2-2020"); ok {
		t.Error("a removed act is still in the image")
	}
	later := strings.Replace(actOf(""), "from: 2020-02-01", "from: 2020-03-01", 1)
	_, err = o.Apply(t.Context(), "t", load(t, later), false)
	if err == nil || !strings.Contains(describe(err), "resource.inUse") {
		t.Errorf("the cited version was lost: %v", err)
	}
}

package manifest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/test/must"
)

const opaqueYAML = `
kind: Service
name: GetExtract
version: 1.0.0
title: { ro: "Extras" }
provider: register.main
status: published
read_only: true
request: { name: GetExtract, fields: [ { name: Number, type: string, mandatory: true } ] }
opaque: { media_types: [application/pdf] }
endpoint: { rest: { url: "${REGISTER}", method: POST } }
`

// grantOf is an agreement for a service that grants these fields.
func grantOf(service, version, fields string) string {
	text := strings.Replace(deal, "service: GetPerson", "service: "+service, 1)
	text = strings.Replace(text, "id: hall-person", "id: hall-other", 1)
	text = strings.Replace(text, "version: 1.0.0", "version: "+version, 1)
	return strings.Replace(text, "fields: [LastName]", "fields: ["+fields+"]", 1)
}

// TestAnAgreementGrantsWhatExists: a service in the agreed MAJOR, and fields that a covered version declares.
func TestAnAgreementGrantsWhatExists(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole()+"---"+opaqueYAML)
	newer := strings.Replace(strings.Replace(serviceYAML, "1.0.0", "1.1.0", 1), "{ name: LastName,", "{ name: BirthDate, type: date }, { name: LastName,", 1)
	for name, c := range map[string]struct{ text, wrong string }{
		"a declared field":               {grantOf("GetPerson", "1.0.0", "FirstName"), ""},
		"a field of a later version":     {grantOf("GetPerson", "1.0.0", "BirthDate") + "---" + newer, ""},
		"a later version is asked for":   {grantOf("GetPerson", "1.1.0", "LastName"), "/service resource.unknown"},
		"which comes in the same set":    {grantOf("GetPerson", "1.1.0", "BirthDate") + "---" + newer, ""},
		"an older version is not enough": {grantOf("GetPerson", "1.2.0", "LastName") + "---" + newer, "/service resource.unknown"},
		"another MAJOR":                  {grantOf("GetPerson", "2.0.0", "LastName"), "/service resource.unknown"},
		"a service nobody offers":        {grantOf("GetNothing", "1.0.0", "LastName"), "/service resource.unknown"},
		"a field nobody declares":        {grantOf("GetPerson", "1.0.0", "LastName, Salary"), "/purposes/0/fields/1 resource.unknown"},
		"below a field that is a text":   {grantOf("GetPerson", "1.0.0", "LastName.Length"), "/purposes/0/fields/0 resource.unknown"},
		"a whole document":               {grantOf("GetExtract", "1.0.0", `"*"`), ""},
		"a field of a document":          {grantOf("GetExtract", "1.0.0", "LastName"), "/purposes/0/fields/0 resource.unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := Load(folder(c.text), vars)
			if err == nil {
				_, err = o.Apply(t.Context(), "op", set, true)
			}
			switch {
			case c.wrong == "" && err != nil:
				t.Error(describe(err))
			case c.wrong != "" && (fault.From(err).Code != fault.ResourceInvalid || !strings.Contains(describe(err), c.wrong)):
				t.Errorf("want %s, got %s", c.wrong, describe(err))
			}
		})
	}
}

// TestWhatWasPublishedIsNotRemoved: in no state of its life but as a draft, so that its name and version never come to
// mean another service; and what could not be removed is as it was.
func TestWhatWasPublishedIsNotRemoved(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	must.OK(t, o.Remove(t.Context(), Order{Actor: "op"}, Agreement, "hall-person", BaseAny))
	soon := time.Now().AddDate(0, 7, 0).UTC().Format(time.RFC3339)
	for _, c := range []struct {
		id, state string
		stays     bool
	}{
		{"2.0.0", "status: draft", false},
		{"1.0.0", "status: published", true},
		{"1.0.0", "status: deprecated\nsuccessor: none\ndeprecation: 2026-01-01T00:00:00Z\nsunset: " + soon, true},
	} {
		o.apply(t, strings.NewReplacer("1.0.0", c.id, "status: published", c.state).Replace(serviceYAML))
		before := o.Revision()
		err := o.Remove(t.Context(), Order{Actor: "op"}, Service, "GetPerson/"+c.id, BaseAny)
		if stays := err != nil; stays != c.stays {
			t.Errorf("%s: %v", c.state, err)
		}
		if _, known := o.Rooms.Catalog.Get("GetPerson", mconnect.Version{Major: int(c.id[0] - '0')}); known != c.stays || c.stays && o.Revision() != before {
			t.Errorf("%s: in the catalogue %t, revision %d after %d", c.state, known, o.Revision(), before)
		}
		if c.stays && (fault.From(err).Code != fault.ResourceInvalid || fault.From(err).Fields[0].Params["to"] != "removed") {
			t.Errorf("%s: %v", c.state, fault.From(err))
		}
	}
	if err := o.Remove(t.Context(), Order{Actor: "op"}, Service, "GetPerson/2.0.0", BaseAny); fault.From(err).Code != fault.ResourceUnknown {
		t.Errorf("removed twice: %v", err)
	}
	if got := o.refused(t, strings.Replace(serviceYAML, "name: LastName, type: string", "name: LastName, type: integer", 1)); !strings.Contains(got, "service.immutable") && !strings.Contains(got, "service.step") {
		t.Errorf("another service under its name: %s", got)
	}
}

// TestWhatIsInUseStays names the first user, and lets go what has another version to stand in.
func TestWhatIsInUseStays(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	second := strings.Replace(serviceYAML, "1.0.0", "1.1.0", 1)
	third := strings.Replace(strings.Replace(serviceYAML, "1.0.0", "2.0.0", 1), "status: published", "status: draft", 1)
	for _, c := range []struct{ kind, id, by string }{
		{Participant, "hall", System + " hall.desk"},
		{System, "register.main", Service + " GetPerson/1.0.0"},
		{System, "hall.desk", Agreement + " hall-person"},
		{Service, "GetPerson/1.0.0", Agreement + " hall-person"},
	} {
		f := fault.From(o.Remove(t.Context(), Order{Actor: "op"}, c.kind, c.id, BaseAny))
		if f == nil || f.Code != fault.ResourceInUse || f.Params["by"] != c.by {
			t.Errorf("%s %s: %v, want that %s uses it", c.kind, c.id, f, c.by)
		}
	}
	o.apply(t, third)
	if err := o.Remove(t.Context(), Order{Actor: "op"}, Service, "GetPerson/1.0.0", BaseAny); fault.From(err).Code != fault.ResourceInUse {
		t.Errorf("another MAJOR does not stand in: %v", err)
	}
	if err := o.Remove(t.Context(), Order{Actor: "op"}, Service, "GetPerson/2.0.0", BaseAny); err != nil {
		t.Errorf("nobody has agreed on 2: %v", err)
	}
	o.apply(t, second)
	if err := o.Remove(t.Context(), Order{Actor: "op"}, Service, "GetPerson/1.0.0", BaseAny); !strings.Contains(describe(err), "/status service.step") {
		t.Errorf("1.1.0 stands in, but 1.0.0 was published: %v", err)
	}
	if err := o.Remove(t.Context(), Order{Actor: "op"}, Service, "GetPerson/2.0.0", BaseAny); fault.From(err).Code != fault.ResourceUnknown {
		t.Errorf("removed twice: %v", err)
	}
}

// TestAGatewayAddressIsOneSystems: two systems cannot stand behind the same address of the historic gateway.
func TestAGatewayAddressIsOneSystems(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	at := func(id string) string {
		return "kind: System\nid: " + id + "\nname: { ro: Sistem }\nroles: [consumer]\ngateway: hall/desk\n"
	}
	o.apply(t, at("hall.second"))
	o.apply(t, at("hall.second"))
	_, err := o.Apply(t.Context(), "op", load(t, at("hall.third")), false)
	if fault.From(err).Code != fault.ResourceInvalid || !strings.Contains(describe(err), "/gateway resource.duplicate") {
		t.Errorf("a second one: %s", describe(err))
	}
	// passed on in one set
	o.apply(t, strings.Replace(at("hall.second"), "gateway: hall/desk\n", "", 1)+"---\n"+at("hall.third"))
}

// TestTheAdapterJudgesEndpoints: what a provider adapter cannot do is a finding at its place, before anything changes.
func TestTheAdapterJudgesEndpoints(t *testing.T) {
	o := newOffice(t)
	o.CheckService = func(s catalog.Service) []fault.FieldError {
		return []fault.FieldError{{Path: "/endpoint/rest/url", Code: fault.ResourceRole, Params: map[string]string{"what": string(s.Name)}}}
	}
	_, err := o.Apply(t.Context(), "op", load(t, whole()), false)
	if f := fault.From(err); f == nil || f.Code != fault.ResourceInvalid || len(f.Fields) != 1 || !strings.HasSuffix(f.Fields[0].Path, "/endpoint/rest/url") ||
		!strings.HasPrefix(f.Fields[0].Path, "country.yaml:") {
		t.Fatalf("error %v", describe(err))
	}
	if o.records(t) != 0 {
		t.Error("something was changed")
	}
}

func TestVariables(t *testing.T) {
	one := func(text string, vars map[string]string) (string, error) {
		set, err := Load(folder(text), vars)
		if err != nil {
			return "", err
		}
		return string(set[0].Doc), nil
	}
	text := strings.Replace(participantYAML("register", 1), "Exemplu register", "${NAME} $${NAME} $NAME ${1}", 1)
	if doc, err := one(text, map[string]string{"NAME": "Registrul «x»"}); err != nil || !strings.Contains(doc, `Registrul «x» ${NAME} $NAME ${1}`) {
		t.Errorf("%s, %v", doc, err)
	}
	for name, value := range map[string]string{"line break": "x\nstatus: suspended", "carriage return": "x\rstatus: suspended"} {
		if doc, err := one(text, map[string]string{"NAME": value}); fault.From(err).Code != fault.ResourceInvalid {
			t.Errorf("%s: a value added a field: %s", name, doc)
		}
	}
	if _, err := one("# ${UNSET} in a comment\n"+participantYAML("register", 1), nil); err != nil {
		t.Errorf("a comment: %v", describe(err))
	}
}

func TestManifestsAreBounded(t *testing.T) {
	large := fstest.MapFS{"large.yaml": {Data: make([]byte, MaxFile+1)}, "ok.yaml": {Data: []byte(participantYAML("register", 1))}}
	if _, err := Load(large, nil); !strings.Contains(describe(err), "large.yaml message.tooLarge") {
		t.Errorf("a large file: %v", describe(err))
	}
	// Anchors that multiply must not become memory.
	bomb := "kind: Participant\na: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 9), ","))
	}
	if _, err := Parse("bomb.yaml", []byte(bomb), nil); fault.From(err).Code != fault.ResourceInvalid {
		t.Errorf("a bomb: %v", err)
	}
	wrong := strings.Repeat("---\nkind: Planet\n", 500)
	_, err := Parse("many.yaml", []byte(wrong), nil)
	if f := fault.From(err); f == nil || len(f.Fields) != fault.MaxMistakes || f.More != 400 {
		t.Errorf("%d findings are told, %d more", len(f.Fields), f.More)
	}
}

func TestDiffIsForPeople(t *testing.T) {
	for name, c := range map[string]struct{ old, next, want string }{
		"nothing":         {`{"a":1,"b":[1,{"c":2}]}`, `{"b":[1,{"c":2}],"a":1}`, ""},
		"one value":       {`{"status":"active"}`, `{"status":"suspended"}`, "status: active → suspended"},
		"added, removed":  {`{"a":1,"z":true}`, `{"a":1,"b":"x"}`, "b: — → x\nz: true → —"},
		"inside a list":   {`{"p":[{"f":["A","B"]}]}`, `{"p":[{"f":["A","C"]}]}`, "p[0].f[1]: B → C"},
		"a longer list":   {`{"f":["A"]}`, `{"f":["A","B"]}`, `f: ["A"] → ["A","B"]`},
		"another type":    {`{"f":["A"]}`, `{"f":{"A":1}}`, `f: ["A"] → {"A":1}`},
		"Romanian":        {`{"n":"Primărie"}`, `{"n":"Primăria Bălți"}`, "n: Primărie → Primăria Bălți"},
		"not a document":  {`{"a":`, `{"a":1}`, ""},
		"long is cut":     {`{"d":"` + strings.Repeat("ț", 100) + `"}`, `{"d":"x"}`, "d: " + strings.Repeat("ț", 60) + "… → x"},
		"number of digit": {`{"q":{"per_day":10}}`, `{"q":{"per_day":100}}`, "q.per_day: 10 → 100"},
	} {
		if got := diff([]byte(c.old), []byte(c.next)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	var old, next []string
	for i := range 50 {
		old, next = append(old, fmt.Sprintf(`"f%02d":1`, i)), append(next, fmt.Sprintf(`"f%02d":2`, i))
	}
	lines := strings.Split(diff([]byte("{"+strings.Join(old, ",")+"}"), []byte("{"+strings.Join(next, ",")+"}")), "\n")
	if len(lines) != 41 || lines[40] != "… and 10 more" || !slices.IsSorted(lines[:40]) {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/app"
	"mconnect/internal/manifest"
	"mconnect/test/must"
)

// foreseen is a plan whose changes concern others: what stays restrained, and what calls without a version get.
func foreseen() manifest.Plan {
	since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return manifest.Plan{
		{Kind: "System", ID: "hall.app", Action: manifest.Unchanged, Kept: &manifest.Restraint{State: manifest.Suspended, Since: since, By: "duty", Reason: "incident\n7"}},
		{Kind: "Agreement", ID: "hall.person", Action: manifest.Unchanged, Kept: &manifest.Restraint{State: manifest.Terminated, Since: since, By: "duty", Final: true}},
		{Kind: "Service", ID: "GetPerson/1.1.0", Action: manifest.Create, Moves: &manifest.Moves{
			Moved: []manifest.Move{
				{System: "hall.app", Agreement: "hall.person", From: "1.0.0", To: "1.1.0"},
				{System: "hall.new", Agreement: "new.person", To: "1.1.0"},
				{System: "hall.old", Agreement: "old.person", From: "0.9.0"},
			},
			Uncovered: []manifest.Move{
				{System: "hall.lobby", Agreement: "lobby.person", From: "2.0.0", To: "2.0.0"},
				{System: "hall.none", Agreement: "none.person"},
			},
		}},
		{Kind: "Certificate", ID: "ab01", Action: manifest.Create, Unfit: []fault.FieldError{{Path: "/pem", Code: fault.CertificateUsage,
			Params: map[string]string{"want": "client authentication (clientAuth)", "has": "extendedKeyUsage serverAuth"}}}},
	}
}

// TestPlan_TellsPeopleWhatStaysAndWhatMoves: each restraint that is kept and each call that gets another version is one
// line, also of resources that do not change.
func TestPlan_TellsPeopleWhatStaysAndWhatMoves(t *testing.T) {
	for _, dry := range []bool{true, false} {
		s, out, _ := terminal("table")
		must.OK(t, s.printPlan(foreseen(), dry))
		for _, line := range []string{
			"System hall.app: suspended since 2026-01-02T03:04:05Z by duty (incident 7): kept, for it ends only by a resume",
			"Agreement hall.person: terminated since 2026-01-02T03:04:05Z by duty: kept, for it is final",
			"GetPerson/1.1.0: calls without a version by hall.app (agreement hall.person) get 1.1.0 instead of 1.0.0",
			"GetPerson/1.1.0: calls without a version by hall.new (agreement new.person) get 1.1.0 instead of nothing",
			"GetPerson/1.1.0: calls without a version by hall.old (agreement old.person) get nothing instead of 0.9.0",
			"GetPerson/1.1.0: the agreement lobby.person of hall.lobby does not cover it; its calls without a version stay with 2.0.0",
			"GetPerson/1.1.0: the agreement none.person of hall.none does not cover it; its calls without a version stay with nothing",
			map[bool]string{true: "Dry run, nothing was changed", false: "Applied"}[dry] + ": 2 created, 0 updated, 2 unchanged.",
			"warning: Certificate ab01: The certificate was not issued for client authentication (clientAuth); it states: extendedKeyUsage serverAuth.",
		} {
			if strings.Count("\n"+out.String(), "\n"+line+"\n") != 1 {
				t.Errorf("dry %t: no line %q in\n%s", dry, line, out)
			}
		}
	}
}

// TestPlan_TellsProgramsTheSame: the JSON of the command holds the same facts under the names of the management API,
// and no text for people behind it.
func TestPlan_TellsProgramsTheSame(t *testing.T) {
	s, out, _ := terminal("json")
	must.OK(t, s.printPlan(foreseen(), true))
	var printed, served struct {
		Applied bool
		Changes []map[string]any
	}
	if err := json.Unmarshal(out.Bytes(), &printed); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	text := must.Get(json.Marshal(map[string]any{"applied": false, "changes": app.Planned(foreseen())}))(t)
	if err := json.Unmarshal(text, &served); err != nil || len(printed.Changes) != 4 || len(served.Changes) != 4 {
		t.Fatalf("%s: %v", text, err)
	}
	for n := range served.Changes {
		for _, part := range []string{"kind", "id", "action", "kept", "moves", "unfit"} {
			got, _ := json.Marshal(printed.Changes[n][part])
			want, _ := json.Marshal(served.Changes[n][part])
			if string(got) != string(want) {
				t.Errorf("change %d, %s: the command prints %s, the server %s", n, part, got, want)
			}
		}
	}
	if kept := printed.Changes[0]["kept"].(map[string]any); kept["state"] != "suspended" || kept["by"] != "duty" || kept["since"] != "2026-01-02T03:04:05Z" || kept["final"] != false {
		t.Errorf("kept %v", kept)
	}
	moves := printed.Changes[2]["moves"].(map[string]any)
	if moved, stay := moves["moved"].([]any), moves["uncovered"].([]any); len(moved) != 3 || len(stay) != 2 || moved[0].(map[string]any)["to"] != "1.1.0" {
		t.Errorf("moves %v", moves)
	}
	if _, stated := printed.Changes[0]["moves"]; stated {
		t.Error("a change that moves nothing states moves")
	}
}

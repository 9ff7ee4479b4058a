package portal_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/account"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/people"
	"mconnect/internal/surface/portal"
	"mconnect/test/must"
)

// everybody is Accounts in which a token is the name of a person.
type everybody struct {
	portal.Accounts
	known map[string]*people.Principal
}

func (e everybody) Who(_ context.Context, token string, _ account.Client) (*people.Principal, error) {
	return e.known[token], nil
}

const refused = mconnect.CallID("0193689e-7a41-7c11-9d0e-6f2b4c8a1e55")

// recorded is a journal with one refused call.
type recorded struct{ readings []string }

func (j *recorded) Call(_ context.Context, id mconnect.CallID) (portal.Call, error) {
	if id != refused {
		return portal.Call{}, fault.New(fault.PathUnknown)
	}
	return portal.Call{Index: 41, Subject: true, Record: journal.Record{Kind: journal.Refusal, Call: refused,
		Time: time.Date(2026, 11, 27, 9, 48, 0, 0, time.UTC), System: "primaria.asistenta", Consumer: "primaria",
		Service: "GetPerson", Version: mconnect.Version{Major: 1}, Provider: "asp.registru", Agreement: "a-01",
		Context: mconnect.LegalContext{User: "2999000006393", Entity: "1999900000069", Basis: "Legea nr. 133/2008",
			Reason: "dosarul lui Ion"},
		Code: fault.PurposeReason, Leg: fault.Caller,
		Checks: []fault.Check{{Name: "agreement.exists", Result: fault.Passed},
			{Name: "caller.user", Result: fault.Flagged, Code: fault.CallerUserInvalid, Params: map[string]string{"user": "secret-user"}},
			{Name: "purpose.reason", Result: fault.Failed, Code: fault.PurposeReason,
				Params: map[string]string{"form": "numărul cererii", "example": "AS-2026-00017"}},
			{Name: "fields", Result: fault.NotReached}}}}, nil
}

func (j *recorded) Read(_ context.Context, who *people.Principal, query string) error {
	j.readings = append(j.readings, who.Actor()+" "+query)
	return nil
}

func (j *recorded) Evidence(context.Context, int64) ([]byte, error) { return []byte("proof"), nil }

func refusals(t *testing.T) (*recorded, http.Handler) {
	t.Helper()
	in := func(participant mconnect.ParticipantID, roles ...people.Role) *people.Principal {
		return &people.Principal{Person: "p1", Name: "Exemplu", Roles: roles,
			Context: people.Context{Participant: participant, Staff: participant == ""}}
	}
	j := &recorded{}
	cfg := config(t, &catalogue{})
	cfg.Calls = j
	cfg.Accounts = everybody{known: map[string]*people.Principal{
		"own": in("primaria", people.Integrator), "provider": in("asp", people.Decider), "auditor": in("", people.Auditor),
		"other": in("spital", people.Integrator), "clerk": in("primaria", people.Clerk)}}
	return j, must.Get(portal.New(cfg))(t).Handler()
}

// TestRefusal_EachReaderSeesWhatTheTableAllows: own side, provider and auditor see the call; all others a page that
// does not exist; each reading is recorded before it is shown.
func TestRefusal_EachReaderSeesWhatTheTableAllows(t *testing.T) {
	const reason, user, entity = "dosarul lui Ion", "2999000006393", "1999900000069"
	for _, c := range []struct {
		token         string
		status        int
		stated, proof bool
	}{
		{"own", 200, true, true}, {"provider", 200, false, false}, {"auditor", 200, true, true},
		{"other", 404, false, false}, {"clerk", 404, false, false}, {"", 403, false, false},
	} {
		j, h := refusals(t)
		r, body := get(t, h, "/r/"+string(refused)+"?lang=ro", "Cookie", "__Host-session="+c.token)
		if r.StatusCode != c.status {
			t.Errorf("%q: %d", c.token, r.StatusCode)
		}
		for _, private := range []string{reason, user, entity} {
			if strings.Contains(body, private) != c.stated {
				t.Errorf("%q: %s is shown: %v", c.token, private, !c.stated)
			}
		}
		if c.token == "provider" && strings.Contains(body, "secret-user") {
			t.Error("the provider sees a value that the caller stated")
		}
		if c.status != 200 {
			if len(j.readings) != 0 || strings.Contains(body, "purpose.reason") {
				t.Errorf("%q: %v was read", c.token, j.readings)
			}
		} else if len(j.readings) != 1 || !strings.Contains(j.readings[0], "refusal "+string(refused)) {
			t.Errorf("%q: readings %v", c.token, j.readings)
		}
		want := map[bool]int{true: 200, false: 404}[c.proof]
		if c.token == "" {
			want = http.StatusSeeOther
		}
		if r, _ := get(t, h, "/r/"+string(refused)+"/evidence", "Cookie", "__Host-session="+c.token); r.StatusCode != want {
			t.Errorf("%q: evidence %d, want %d", c.token, r.StatusCode, want)
		}
	}
}

func TestRefusal_ExplainsEveryCheck(t *testing.T) {
	_, h := refusals(t)
	for lang, said := range map[string][]string{
		"ro": {"Motivul concret are forma cerută", "nu a trecut", "nu s-a ajuns", "semnalată",
			"1 a trecut, 1 nu a trecut, 1 a fost semnalată, la 1 nu s-a ajuns", "consumatorul de date",
			"Niciun registru nu a fost întrebat", "numărul cererii"},
		"en": {"1 passed, 1 failed, 1 was flagged, 1 was not reached", "the data consumer", "No register was asked"},
		"ru": {"1 пройдена, 1 не пройдена, 1 отмечена, до 1 не дошло", "потребитель данных"},
	} {
		_, body := get(t, h, "/r/"+string(refused)+"?lang="+lang, "Cookie", "__Host-session=own")
		for _, want := range said {
			if !strings.Contains(body, want) {
				t.Errorf("%s: %q is not said", lang, want)
			}
		}
		_, after, _ := strings.Cut(body, "<pre")
		written, _, _ := strings.Cut(after, "</pre>")
		for _, private := range []string{"2999000006393", "1999900000069", "dosarul"} {
			if strings.Contains(written, private) {
				t.Errorf("the trace holds %s", private)
			}
		}
		for _, want := range []string{"{subject}", "{reason}", string(refused), "purpose.reason"} {
			if !strings.Contains(written, want) {
				t.Errorf("the trace lacks %s", want)
			}
		}
	}
}

// TestRefusal_DeepLinkSurvivesLogin: nobody learns whether a call exists; the login leads back to the same page.
func TestRefusal_DeepLinkSurvivesLogin(t *testing.T) {
	_, h := refusals(t)
	for _, reference := range []string{string(refused), "0193689e-7a41-7c11-9d0e-000000000000", "x"} {
		r, body := get(t, h, "/r/"+reference, "Accept-Language", "en")
		if r.StatusCode != http.StatusForbidden || !strings.Contains(body, `href="/login?to=%2Fr%2F`+reference+`"`) {
			t.Errorf("%s: %d", reference, r.StatusCode)
		}
		if r, _ := get(t, h, "/r/"+reference, "Cookie", "__Host-session=other"); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d for somebody else", reference, r.StatusCode)
		}
	}
}

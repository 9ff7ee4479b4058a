package portal_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/people"
	"mconnect/internal/surface/portal"
	"mconnect/test/must"
)

// flags is the real law of suspensions over a real book, without store and journal.
type flags struct {
	book *agreement.Book
	at   time.Time
}

func (f flags) Agreed(p people.Principal, id mconnect.AgreementID) (agreement.Agreement, people.Object, error) {
	o := people.Object{Owner: "hall", Provider: "asp"}
	c, ok := f.book.Get(id)
	if !ok || p.May(people.AgreementView, o, f.at) != nil {
		return agreement.Agreement{}, o, fault.New(fault.ResourceUnknown, "kind", "Agreement", "id", string(id))
	}
	return c.Stated(), o, nil
}

func (f flags) change(p people.Principal, id mconnect.AgreementID,
	do func(agreement.Agreement, people.Object) (agreement.Agreement, error)) (agreement.Agreement, error) {
	a, o, err := f.Agreed(p, id)
	if err != nil {
		return a, err
	}
	next, err := do(a, o)
	if err != nil {
		return a, err
	}
	c, err := agreement.Compile(next)
	if err == nil {
		f.book.Put(c)
	}
	return next, err
}

func (f flags) Suspend(_ context.Context, p people.Principal, id mconnect.AgreementID, s agreement.Suspension) (
	agreement.Agreement, error) {
	return f.change(p, id, func(a agreement.Agreement, o people.Object) (agreement.Agreement, error) {
		return a.Suspend(p, o, s, f.at)
	})
}

func (f flags) Lift(_ context.Context, p people.Principal, id mconnect.AgreementID, side agreement.Side, _ string) (
	agreement.Agreement, error) {
	return f.change(p, id, func(a agreement.Agreement, o people.Object) (agreement.Agreement, error) {
		return a.Lift(p, o, side, f.at)
	})
}

func (f flags) Terminate(_ context.Context, p people.Principal, id mconnect.AgreementID, reason string) (
	agreement.Agreement, error) {
	return f.change(p, id, func(a agreement.Agreement, o people.Object) (agreement.Agreement, error) {
		return a.Terminate(p, o, reason, f.at)
	})
}

// agreementPages are the pages with the agreement a-000, of the town hall with the register.
func agreementPages(t *testing.T) visitor {
	t.Helper()
	d := newDesk()
	cfg := deskConfig(t, d)
	b := book(t, 1)
	cfg.Agreements, cfg.Flags = b, flags{b, d.at}
	return visitor{t, must.Get(portal.New(cfg))(t), "decider"}
}

const stopPath, liftPath, endPath = "/agreements/a-000/suspend", "/agreements/a-000/lift", "/agreements/a-000/end"

// wantPage checks what a page says and does not say.
func wantPage(t *testing.T, b visitor, says []string, hides ...string) {
	t.Helper()
	status, body := b.get("/agreements/a-000?lang=en")
	if status != http.StatusOK {
		t.Fatalf("%s: %d", b.who, status)
	}
	for _, one := range says {
		if !strings.Contains(body, one) {
			t.Errorf("%s is not shown %q", b.who, one)
		}
	}
	for _, one := range hides {
		if strings.Contains(body, one) {
			t.Errorf("%s is shown %q", b.who, one)
		}
	}
}

// TestAgreementFlags_EachSeesItsOwn: forms for who may, a reason for who may not, and nothing for the public.
func TestAgreementFlags_EachSeesItsOwn(t *testing.T) {
	b := agreementPages(t)
	for _, who := range []string{"nobody", "alone", "foreign"} {
		wantPage(t, b.as(who), []string{"In force."}, "Suspensions", stopPath, endPath)
	}
	wantPage(t, b, []string{"No side has suspended", stopPath, `value="provider"`, `id="end-why"`}, `"amendment"`, endPath)
	wantPage(t, b.as("clerk"), []string{`id="suspend-why"`, `id="end-why"`, "signatory"}, stopPath, endPath)
	wantPage(t, b.as("editor"), []string{`value="amendment"`, `value="renewal"`, `value="narrowing"`, `id="suspend-why"`}, stopPath)
	wantPage(t, b.as("head"), []string{`value="consumer"`, stopPath, endPath, "Declared by the operator"})
	wantPage(t, b.as("approver"), []string{`value="operator"`, stopPath, endPath})
}

// TestAgreementFlags_SuspendAndLift: what is wrong is said at its field and nothing typed is lost; a suspension is
// public in one sentence, its facts are not; its side lifts it, others read who can.
func TestAgreementFlags_SuspendAndLift(t *testing.T) {
	b := agreementPages(t)
	for name, form := range map[string][]string{
		"facts": {"side", "provider", "cause", "legal", "facts", "scurt", "until", "2027-05-04"},
		"until": {"side", "provider", "cause", "legal", "facts", "scopul este examinat", "until", "2020-01-01"},
		"cause": {"side", "provider", "cause", "mood", "facts", "scopul este examinat", "until", "2027-05-04"},
	} {
		status, _, body := b.post(stopPath, form...)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, `href="#`+name+`"`) ||
			!strings.Contains(body, form[5]) || !strings.Contains(body, `value="`+form[7]+`"`) {
			t.Errorf("%s: %d", name, status)
		}
	}
	lawful := []string{"side", "provider", "cause", "legal", "facts", "scopul este examinat", "until", "2027-05-04"}
	status, h, _ := b.post(stopPath, lawful...)
	if status != http.StatusSeeOther || h.Get("Location") != "/agreements/a-000#flags" {
		t.Fatalf("suspend: %d %s", status, h.Get("Location"))
	}
	if status, _, body := b.post(stopPath, lawful...); status != http.StatusConflict || !strings.Contains(body, "scopul este examinat") {
		t.Errorf("twice: %d", status)
	}
	const since = "Suspended since 27 November 2026 by the data provider: legal non-conformity."
	wantPage(t, b.as("nobody"), []string{since}, "scopul este examinat", liftPath)
	wantPage(t, b.as("head"), []string{since, "scopul este examinat", "It ends after 4 May 2027", `id="lift-why-provider"`}, liftPath)
	for _, who := range []string{"head", "clerk"} {
		if status, _, _ := b.as(who).post(liftPath, "side", "provider"); status != http.StatusForbidden {
			t.Errorf("%s lifts: %d", who, status)
		}
	}
	if status, _, _ := b.as("foreign").post(liftPath, "side", "provider"); status != http.StatusNotFound {
		t.Errorf("an outsider lifts: %d", status)
	}
	wantPage(t, b, []string{since, liftPath}, "lift-why")
	if status, _, _ := b.post(liftPath, "side", "provider"); status != http.StatusSeeOther {
		t.Errorf("its side lifts: %d", status)
	}
	if status, _, _ := b.post(liftPath, "side", "provider"); status != http.StatusConflict {
		t.Errorf("lifted twice: %d", status)
	}
	wantPage(t, b, []string{"In force.", "No side has suspended"})
}

// TestAgreementFlags_TwoPersonsEnd: one proposes, and cannot confirm; another confirms.
func TestAgreementFlags_TwoPersonsEnd(t *testing.T) {
	b := agreementPages(t).as("approver")
	if status, _, body := b.post(endPath, "reason", "scurt"); status != http.StatusUnprocessableEntity ||
		!strings.Contains(body, `href="#reason"`) || !strings.Contains(body, ">scurt</textarea>") {
		t.Errorf("a short reason: %d", status)
	}
	if status, _, _ := b.post(endPath, "reason", "instituția a fost reorganizată"); status != http.StatusSeeOther {
		t.Fatalf("proposed: %d", status)
	}
	wantPage(t, b, []string{"waits for another person", `id="end-why"`}, endPath)
	wantPage(t, b.as("head"), []string{"reorganizată", "Confirm to terminate", endPath})
	if status, _, _ := b.as("head").post(endPath); status != http.StatusSeeOther {
		t.Errorf("confirmed: %d", status)
	}
	wantPage(t, b.as("head"), []string{"Terminated."}, endPath, stopPath)
}

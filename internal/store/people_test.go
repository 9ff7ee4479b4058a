package store_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/must"
)

var born = time.UnixMicro(1_900_000_000_000_001).UTC()

// inTx runs writes in a transaction of the journal's log.
func inTx(t *testing.T, l *store.Log, write func(tx appendlog.Tx) error) error {
	t.Helper()
	_, err := l.AppendWith(t.Context(), func(tx appendlog.Tx) ([]appendlog.Entry, error) {
		return []appendlog.Entry{entry("deed")}, write(tx)
	})
	return err
}

func wantFault(t *testing.T, err error, code fault.Code) {
	t.Helper()
	if err == nil || fault.From(err).Code != code {
		t.Errorf("%v, want %s", err, code)
	}
}

func TestPersons_AreFoundByPseudonym(t *testing.T) { onEach(t, personsAreFound) }

func personsAreFound(t *testing.T, url string) {
	db := open(t, url)
	l := openLog(t, db, "journal", nil)
	federated := appendlog.Person{ID: "a", Pseudonym: []byte{1}, Sealed: []byte{2}, Name: "Elena", Email: "e@x.invalid",
		EmailVerified: true, Language: "ro", CreatedAt: born}
	local, second := appendlog.Person{ID: "b", Name: "Ion", CreatedAt: born}, appendlog.Person{ID: "c", CreatedAt: born}
	must.OK(t, inTx(t, l, func(tx appendlog.Tx) error {
		return errors.Join(db.PutPerson(tx, federated), db.PutPerson(tx, local), db.PutPerson(tx, second))
	}))
	federated.Name, federated.Blocked = "Elena Exemplu", true
	must.OK(t, inTx(t, l, func(tx appendlog.Tx) error { return db.PutPerson(tx, federated) }))
	got := must.Get(db.PersonByPseudonym(t.Context(), []byte{1}))(t)
	if d := cmp.Diff(federated, got); d != "" {
		t.Error(d)
	}
	if page := must.Get(db.Persons(t.Context(), "a", 1))(t); len(page) != 1 || page[0].ID != "b" || page[0].Pseudonym != nil {
		t.Errorf("page %+v", page)
	}
	_, err := db.PersonByPseudonym(t.Context(), []byte{9})
	wantFault(t, err, fault.PersonUnknown)
	_, err = db.Person(t.Context(), "")
	wantFault(t, err, fault.PersonUnknown)
	twin := appendlog.Person{ID: "d", Pseudonym: []byte{1}}
	if err := inTx(t, l, func(tx appendlog.Tx) error { return db.PutPerson(tx, twin) }); err == nil {
		t.Error("two persons have one identification number")
	}
}

func TestMemberships_AreOfPersonsAndParticipants(t *testing.T) { onEach(t, membershipsAreOf) }

func membershipsAreOf(t *testing.T, url string) {
	db := open(t, url)
	l := openLog(t, db, "journal", nil)
	one := appendlog.Membership{ID: "1", Person: "a", Participant: "hall", Role: "editor", State: "granted", From: born,
		Until: born.Add(time.Hour), GrantedBy: "ops"}
	staff := appendlog.Membership{ID: "2", Person: "a", Role: "approver", State: "proposed", From: born, ProposedBy: "ops"}
	must.OK(t, inTx(t, l, func(tx appendlog.Tx) error {
		if err := errors.Join(db.PutMembership(tx, one), db.PutMembership(tx, staff)); err != nil {
			return err
		}
		there, err := db.MembershipsIn(tx, "hall")
		if len(there) != 1 {
			t.Errorf("in the transaction: %+v", there)
		}
		return err
	}))
	staff.State, staff.GrantedBy = "granted", "other"
	must.OK(t, inTx(t, l, func(tx appendlog.Tx) error { return db.PutMembership(tx, staff) }))
	all := must.Get(db.MembershipsOf(t.Context(), "a"))(t)
	if d := cmp.Diff([]appendlog.Membership{one, staff}, all); d != "" {
		t.Error(d)
	}
	if there := must.Get(db.MembershipsAt(t.Context(), ""))(t); len(there) != 1 || there[0].ID != "2" {
		t.Errorf("of the staff: %+v", there)
	}
	_, err := db.Membership(t.Context(), "3")
	wantFault(t, err, fault.MembershipUnknown)
}

func TestSessions_AreFoundByDigestPersonAndName(t *testing.T) { onEach(t, sessionsAreFound) }

func sessionsAreFound(t *testing.T, url string) {
	db := open(t, url)
	l := openLog(t, db, "journal", nil)
	s := appendlog.Session{Digest: []byte("d1"), Person: "a", Participant: "hall", Name: []byte("n"), NameSealed: []byte("s"), Index: "i",
		Entities: "1 2", Created: born, Seen: born, Until: born.Add(time.Hour), Address: "192.0.2.1", Agent: "x",
		StepUp: born}
	other := appendlog.Session{Digest: []byte("d2"), Person: "a", Staff: true, Created: born, Seen: born,
		Until: born.Add(time.Minute)}
	must.OK(t, inTx(t, l, func(tx appendlog.Tx) error {
		return errors.Join(db.PutSession(tx, s), db.PutSession(tx, other))
	}))
	if d := cmp.Diff(s, must.Get(db.Session(t.Context(), []byte("d1")))(t)); d != "" {
		t.Error(d)
	}
	seen := born.Add(time.Minute)
	must.OK(t, db.TouchSession(t.Context(), []byte("d1"), seen))
	must.OK(t, db.TouchSession(t.Context(), []byte("d1"), born)) // never back
	if got := must.Get(db.SessionsNamed(t.Context(), []byte("n")))(t); len(got) != 1 || !got[0].Seen.Equal(seen) {
		t.Errorf("by name: %+v", got)
	}
	if got := must.Get(db.SessionsOf(t.Context(), "a"))(t); len(got) != 2 || !got[1].Staff {
		t.Errorf("of the person: %+v", got)
	}
	late := appendlog.Session{Digest: []byte("d3"), Person: "b", Created: born.Add(2 * time.Minute), Until: born.Add(time.Hour)}
	must.OK(t, inTx(t, l, func(tx appendlog.Tx) error {
		n, err := db.EndSessions(tx, []byte("d1"), []byte("none"))
		if n != 1 {
			t.Errorf("%d ended", n)
		}
		return errors.Join(err, db.PutSession(tx, late))
	}))
	for _, gone := range []string{"d1", "d2"} { // d2 was over when another began
		_, err := db.Session(t.Context(), []byte(gone))
		wantFault(t, err, fault.SessionUnknown)
	}
}

func TestCredentials_CodesCountOnce(t *testing.T) { onEach(t, codesCountOnce) }

func codesCountOnce(t *testing.T, url string) {
	db := open(t, url)
	l := openLog(t, db, "journal", nil)
	c := appendlog.Credential{Person: "a", Login: "elena", Password: "$argon2id$", TOTP: []byte{1}, Next: []byte{2},
		Used: 5, Changed: born}
	must.OK(t, inTx(t, l, func(tx appendlog.Tx) error {
		return errors.Join(db.PutCredential(tx, c), db.PutRecovery(tx, "a", [][]byte{[]byte("r1"), []byte("r2")}),
			db.PutSetup(tx, []byte("s"), "a", born, born.Add(time.Hour)))
	}))
	if d := cmp.Diff(c, must.Get(db.CredentialOf(t.Context(), "elena"))(t)); d != "" {
		t.Error(d)
	}
	taken := appendlog.Credential{Person: "b", Login: "elena"}
	wantFault(t, inTx(t, l, func(tx appendlog.Tx) error { return db.PutCredential(tx, taken) }), fault.LoginTaken)
	if n := must.Get(db.Recovery(t.Context(), "a"))(t); n != 2 {
		t.Errorf("%d recovery codes", n)
	}
	if p := must.Get(db.Setup(t.Context(), []byte("s"), born))(t); p != "a" {
		t.Errorf("the setup code is for %q", p)
	}
	_, err := db.Setup(t.Context(), []byte("s"), born.Add(time.Hour))
	wantFault(t, err, fault.CodeRefused)
	must.OK(t, inTx(t, l, func(tx appendlog.Tx) error {
		for name, use := range map[string]func() (bool, error){
			"step":     func() (bool, error) { return db.UseStep(tx, "a", 6) },
			"recovery": func() (bool, error) { return db.UseRecovery(tx, "a", []byte("r1")) },
			"setup":    func() (bool, error) { return db.UseSetup(tx, []byte("s"), born) },
		} {
			first, err := use()
			second, again := use()
			if err := errors.Join(err, again); err != nil {
				return err
			}
			if !first || second {
				t.Errorf("%s: first %v, second %v", name, first, second)
			}
		}
		return db.PutRecovery(tx, "a", [][]byte{[]byte("r3")})
	}))
	if n := must.Get(db.Recovery(t.Context(), "a"))(t); n != 1 {
		t.Errorf("%d recovery codes after they were replaced", n)
	}
	_, err = db.Credential(t.Context(), "b")
	wantFault(t, err, fault.PersonUnknown)
}

func TestAttempts_AreCountedOneByOne(t *testing.T) { onEach(t, attemptsAreCounted) }

func attemptsAreCounted(t *testing.T, url string) {
	db := open(t, url)
	key := bytes.Repeat([]byte{7}, 32)
	failed := make(chan error, 8)
	for range cap(failed) {
		go func() {
			failed <- db.CountAttempt(t.Context(), key, func(was appendlog.Attempts) (appendlog.Attempts, error) {
				return appendlog.Attempts{Failures: was.Failures + 1, Last: born}, nil
			})
		}()
	}
	for range cap(failed) {
		must.OK(t, <-failed)
	}
	refuse := fault.New(fault.LoginThrottled)
	err := db.CountAttempt(t.Context(), key, func(was appendlog.Attempts) (appendlog.Attempts, error) {
		if was.Failures != 8 || !was.Last.Equal(born) {
			t.Errorf("counted %+v", was)
		}
		return appendlog.Attempts{}, refuse
	})
	wantFault(t, err, fault.LoginThrottled)
	must.OK(t, db.CountAttempt(t.Context(), []byte("another"), func(appendlog.Attempts) (appendlog.Attempts, error) {
		return appendlog.Attempts{Failures: 1, Last: born.Add(25 * time.Hour)}, nil
	}))
	must.OK(t, db.CountAttempt(t.Context(), key, func(was appendlog.Attempts) (appendlog.Attempts, error) {
		if was.Failures != 0 {
			t.Errorf("failures of yesterday count: %+v", was)
		}
		return was, nil
	}))
}

package account_test

import (
	"context"
	"encoding/base32"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/account"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/people"
	"mconnect/internal/domain/registry"
	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
)

func TestMain(m *testing.M) { os.Exit(engines.Suite{Tests: m}.Run()) }

// world is an installation with two institutions and a clock that tests move.
type world struct {
	*account.Accounts
	t       *testing.T
	db      *store.DB
	journal *journal.Journal
	log     *store.Log
	at      time.Time
	secret  string // of the authenticator
}

type vault struct{ keys journal.Keys }

func (v vault) Seal(owner, name string, plain []byte) ([]byte, error) {
	return v.keys.SealBody(mconnect.CallID(owner), name, plain)
}

func (v vault) Open(owner, name string, sealed []byte) ([]byte, error) {
	return v.keys.OpenBody(mconnect.CallID(owner), name, sealed)
}

// institutions implements account.Participants.
type institutions []registry.Participant

func (i institutions) Participants() []registry.Participant { return i }

func (i institutions) Participant(id mconnect.ParticipantID) (registry.Participant, bool) {
	for _, p := range i {
		if p.ID == id {
			return p, true
		}
	}
	return registry.Participant{}, false
}

const (
	hall  mconnect.ParticipantID = "primaria-exemplu"
	asp   mconnect.ParticipantID = "asp-exemplu"
	idnp  mconnect.IDNP          = "2999000006393"
	idnp2 mconnect.IDNP          = "2999000002029"

	hallIDNO, aspIDNO mconnect.IDNO = "1999900000014", "1999900000025"

	password = "trei cuvinte alese"
)

var (
	secret = base32.StdEncoding.EncodeToString([]byte("synthetic secret 20b"))
	here   = account.Client{Address: "192.0.2.7", Agent: "test"}
	admin  = &people.Principal{Program: "ops", Roles: people.StaffRoles()}
)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, secret: secret, at: time.Date(2026, 11, 27, 12, 32, 0, 0, time.UTC)}
	keys := must.Get(journal.NewKeys())(t)
	w.db = must.Get(store.Open(t.Context(), store.Config{URL: engines.URL(t)}))(t)
	t.Cleanup(func() { _ = w.db.Close() })
	w.log = must.Get(w.db.OpenLog(t.Context(), "journal", journal.NewSealer(keys, "test.invalid/journal")))(t)
	w.journal = must.Get(journal.New(journal.Config{Log: w.log, Keys: keys, Origin: "test.invalid/journal",
		Clock: func() time.Time { return w.at }}))(t)
	w.Accounts = must.Get(account.New(account.Config{Store: w.db, Log: w.log, Journal: w.journal, Vault: vault{keys},
		Participants: institutions{
			{ID: hall, IDNO: hallIDNO, Name: mconnect.Text{RO: "Primăria Exemplu"}},
			{ID: asp, IDNO: aspIDNO, Name: mconnect.Text{RO: "ASP EXEMPLU"}}},
		Clock: func() time.Time { return w.at }}))(t)
	return w
}

// plant makes a local account and returns its person.
func (w *world) plant(login, secret string, at mconnect.ParticipantID, roles ...people.Role) people.PersonID {
	w.t.Helper()
	return must.Get(w.Plant(w.t.Context(), admin, account.Seed{Name: "Elena Exemplu " + login, Login: login,
		Password: password, Secret: secret, Participant: at, Roles: roles}))(w.t)
}

// code is what the authenticator shows now.
func (w *world) code() string { return must.Get(totp.GenerateCode(w.secret, w.at))(w.t) }

// login begins a session.
func (w *world) login(login string) string {
	w.t.Helper()
	return must.Get(w.Login(w.t.Context(), account.Local{Login: login, Password: password, Code: w.code()}, here))(w.t)
}

// who is the principal of a token; nil for none.
func (w *world) who(token string) *people.Principal {
	w.t.Helper()
	return must.Get(w.Who(w.t.Context(), token, here))(w.t)
}

// fails wants a fault of a code.
func (w *world) fails(err error, code fault.Code, what string) {
	w.t.Helper()
	if f := fault.From(err); err == nil || f.Code != code {
		w.t.Errorf("%s: %v, want %s", what, err, code)
	}
}

// records lists the account records of the journal: "actor action resource".
func (w *world) records() (said []string, whole string) {
	w.t.Helper()
	var text strings.Builder
	head := must.Get(w.log.Head(w.t.Context()))(w.t)
	_, err := appendlog.EachBatch(context.WithoutCancel(w.t.Context()), w.log.Read, 0, head.Size,
		func(b appendlog.Batch) error {
			for i, e := range b.Entries {
				text.Write(e.Data)
				entry, _, err := w.journal.Entry(w.t.Context(), b.First+int64(i))
				if err != nil {
					return err
				}
				if entry.Kind == journal.Account {
					said = append(said, entry.Actor+" "+entry.Change.Action+" "+entry.Change.Resource)
				}
			}
			return nil
		})
	must.OK(w.t, err)
	return said, text.String()
}

package app

import (
	"bytes"
	"crypto/sha256"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/internal/neighbour/mpass"
	"mconnect/internal/store"
	"mconnect/test/must"
)

// TestBegunLogins_AreFinishedByAnyNode once, and the store does not hold who logs in.
func TestBegunLogins_AreFinishedByAnyNode(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "mconnect.db")
	db := must.Get(store.Open(ctx, store.Config{URL: "sqlite:" + path}))(t)
	t.Cleanup(func() { _ = db.Close() })
	keys := must.Get(journal.NewKeys())(t)
	here, there := begunLogins{db, vault{keys}}, begunLogins{db, vault{keys}}
	begun := mpass.Request{Key: sha256.Sum256([]byte("relay")), ID: "_1", Binding: sha256.Sum256([]byte("cookie")),
		Begun: time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC), Start: mpass.Start{To: "/home", Language: mconnect.Romanian,
			StepUp: "0190"},
		Login: &mpass.Login{IDNP: "2999000006393", LastName: "Sintetic", Entities: []mpass.Entity{{IDNO: "1999900000047"}}}}
	must.OK(t, here.Keep(ctx, begun))
	text, err := db.TakeLogin(ctx, begun.Key[:])
	if err != nil || bytes.Contains(text, []byte("2999000006393")) || bytes.Contains(text, []byte("Sintetic")) {
		t.Errorf("the store holds %q, %v", text, err)
	}
	must.OK(t, here.Keep(ctx, begun))
	if got := must.Get(there.Take(ctx, begun.Key))(t); !reflect.DeepEqual(got, begun) {
		t.Errorf("another node reads %+v", got)
	}
	if _, err := here.Take(ctx, begun.Key); fault.From(err).Code != fault.LoginUnsolicited {
		t.Errorf("a second time: %v", err)
	}
	foreign := begunLogins{db, vault{must.Get(journal.NewKeys())(t)}}
	must.OK(t, foreign.Keep(ctx, begun))
	if _, err := here.Take(ctx, begun.Key); fault.From(err).Code != fault.LoginUnsolicited {
		t.Errorf("sealed by other keys: %v", err)
	}
}

package demo

import (
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
	"mconnect/internal/entitlement"
	"mconnect/internal/manifest"
	"mconnect/internal/store"
	"mconnect/test/must"
)

// eventful is the sample country applied to a real store, with its rights.
func eventful(t *testing.T) (*manifest.Keeper, *entitlement.Rights) {
	t.Helper()
	db := must.Get(store.Open(t.Context(), store.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "x.db")}))(t)
	t.Cleanup(func() { _ = db.Close() })
	keys := must.Get(journal.NewKeys())(t)
	log := must.Get(db.OpenLog(t.Context(), "journal", journal.NewSealer(keys, "demo.invalid/journal")))(t)
	j, err := journal.New(journal.Config{Log: log, Keys: keys, Origin: "demo.invalid/journal", Node: "test"})
	must.OK(t, err)
	rooms := manifest.NewImages(registry.New(nil))
	rights, err := entitlement.New(entitlement.Config{Registry: rooms.Registry, Events: rooms.Events, Agreements: rooms.Agreements})
	must.OK(t, err)
	k := must.Get(manifest.New(manifest.Config{
		Store: manifest.Stored{Database: db, Log: log}, Sealer: j, Rooms: rooms, Announce: rights.Announce, Clock: time.Now, Logger: slog.New(slog.DiscardHandler),
	}))(t)
	must.Get(k.Apply(t.Context(), "test", sample(t, somewhere()), false))(t)
	return k, rights
}

// TestEvents_WhoReceivesWhat: each consumer of the sample country gets what its agreement grants of each example, and
// the journal what the agreement's account says.
func TestEvents_WhoReceivesWhat(t *testing.T) {
	k, rights := eventful(t)
	for _, c := range []struct {
		system mconnect.SystemID
		typ    mconnect.EventType
		has    []string
		never  []string
		entity mconnect.IDNO
	}{
		{"primaria-exemplu.asistenta", "ASP.RSC.Birth.Registered", []string{"EventReason", "FirstName", "BirthPlace"}, []string{"Maria", "Sex", "Registered"}, "1999900000069"},
		{"primaria-exemplu.asistenta", "ASP.RSC.Address.Changed", []string{"Florilor"}, []string{"Teilor", "D-2026"}, "1999900000069"},
		{"cnas.evenimente", "ASP.RSC.Birth.Registered", []string{"BirthDate", "Parents"}, []string{"Exemplu", "Ana"}, "1999900000047"},
		{"banca-exemplu.evenimente", "ASP.RSC.Document.Invalidated", []string{"X00000404"}, []string{"lost"}, "1999900000092"},
	} {
		grants, err := rights.Entitled(c.system, time.Now())
		if err != nil || grants[c.typ] == nil {
			t.Fatalf("%s is not entitled to %s: %v", c.system, c.typ, err)
		}
		typ, _ := k.Rooms.Events.Type(c.typ)
		e := &event.Event{Source: "urn:asp:rsc", ID: "1", Type: c.typ, ContentType: "application/json", Data: typ.Example}
		if err := rights.Produce("asp.rsc", c.typ, e.Source, time.Now()); err != nil {
			t.Error(err)
		}
		if err := rights.Check(e); err != nil {
			t.Error(err)
		}
		cut := must.Get(grants[c.typ].Cut(e.Data))(t)
		for _, has := range c.has {
			if !strings.Contains(string(cut), has) {
				t.Errorf("%s lacks %s of %s: %s", c.system, has, c.typ, cut)
			}
		}
		for _, never := range c.never {
			if strings.Contains(string(cut), never) {
				t.Errorf("%s gets %s of %s: %s", c.system, never, c.typ, cut)
			}
		}
		a, err := grants[c.typ].Account(e)
		if err != nil || a.Entity != c.entity || a.Basis == "" || a.Reason == "" {
			t.Errorf("%s: %+v %v", c.system, a, err)
		}
		if _, err := mconnect.ParseIDNP(a.Subject); err != nil {
			t.Errorf("%s: the subject is no IDNP", c.system)
		}
	}
}

func TestEvents_TownHallReceivesItsOwnBirths(t *testing.T) {
	k, rights := eventful(t)
	filter := rights.Subscription("primaria-exemplu.asistenta", "nasteri")
	if filter == nil {
		t.Fatal("no filter")
	}
	typ, _ := k.Rooms.Events.Type("ASP.RSC.Birth.Registered")
	here := event.Event{Source: "urn:asp:rsc", ID: "1", Type: typ.Name, ContentType: "application/json", Data: typ.Example}
	there, trial := here, here
	there.Data = []byte(strings.Replace(string(typ.Example), `"District":"Exemplu"`, `"District":"Model"`, 1))
	trial.Source = "urn:asp:rsc:test"
	if !filter.Matches(&here) || filter.Matches(&there) || filter.Matches(&trial) {
		t.Errorf("%t %t %t", filter.Matches(&here), filter.Matches(&there), filter.Matches(&trial))
	}
	if s, ok := k.Rooms.Events.Subscription("banca-exemplu.evenimente", "acte"); !ok || !s.Pushes() {
		t.Error("the bank is not pushed to")
	}
}

func TestEvents_TextsAreInThreeLanguages(t *testing.T) {
	k, _ := eventful(t)
	types := k.Rooms.Events.Types()
	if len(types) != 3 {
		t.Errorf("%d types", len(types))
	}
	drafts := map[string]bool{}
	for _, typ := range types {
		for _, text := range []mconnect.Text{typ.Title, typ.Description} {
			if text.RO == "" || text.EN == "" || text.RU == "" {
				t.Errorf("%s: %+v", typ.Name, text)
			}
		}
		drafts[typ.Schema().Draft()] = true
	}
	if len(drafts) != 2 {
		t.Errorf("the samples show drafts %v", slices.Collect(maps.Keys(drafts)))
	}
}

func TestAccount_SaysWhoProduces(t *testing.T) {
	d := must.Get(declaredIn(sample(t, somewhere())))(t)
	for _, s := range account("/demo", &Dataset{}, d, nil).Systems {
		if (s.ID == "asp.rsc") != (len(s.Produces) == 3) {
			t.Errorf("%s produces %v", s.ID, s.Produces)
		}
	}
}

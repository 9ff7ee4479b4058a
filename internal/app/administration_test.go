package app_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/app"
	"mconnect/internal/config"
	"mconnect/internal/domain/journal"
	"mconnect/internal/manifest"
	"mconnect/internal/surface/admin"
	"mconnect/test/must"
	"mconnect/verify"
)

// opened is an installation without a server, with the sample country applied.
func opened(t *testing.T, w *testPlatform) *app.Installation {
	t.Helper()
	i := must.Get(app.Open(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log)))(t)
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	must.Get(i.Country.Apply(t.Context(), "tester", w.manifests(), false))(t)
	return i
}

func wantCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != want {
		t.Errorf("got %v; want %s", err, want)
	}
}

func TestAdministration_ResourcesForAdministrators(t *testing.T) {
	onEach(t, func(t *testing.T, w *testPlatform) {
		i := opened(t, w)
		all := i.Resources()
		hall := must.Get(all.Resource(t.Context(), "Participant", "hall"))(t)
		if hall.ChangedBy != "tester" || hall.Revision == 0 || !strings.Contains(string(hall.Document), "1999900000014") {
			t.Errorf("participant %+v", hall)
		}
		_, err := all.Resource(t.Context(), "Participant", "nobody")
		wantCode(t, err, fault.ResourceUnknown)

		first, more, err := all.List(t.Context(), "System", 0, 1)
		if err != nil || len(first) != 1 || !more {
			t.Fatalf("first page %v, more %t, %v", first, more, err)
		}
		second, more, err := all.List(t.Context(), "System", first[0].Revision, 1)
		if err != nil || len(second) != 1 || more || second[0].ID == first[0].ID {
			t.Errorf("second page %v, more %t, %v", second, more, err)
		}
		none, more, err := all.List(t.Context(), "System", second[0].Revision, 10)
		if err != nil || len(none) != 0 || more {
			t.Errorf("behind the last: %v, more %t, %v", none, more, err)
		}
	})
}

func TestAdministration_EditingAsAnAdministrator(t *testing.T) {
	onEach(t, func(t *testing.T, w *testPlatform) {
		i := opened(t, w)
		edit, ctx := i.Editor(), t.Context()
		doc := []byte(`{"id":"office","idno":"1999900000036","name":{"ro":"Oficiul Exemplu"},"sector":"public","level":"central"}`)
		made := must.Get(edit.Put(ctx, admin.Act{Actor: "ops"}, "Participant", doc, admin.BaseAbsent))(t)
		_, err := edit.Put(ctx, admin.Act{Actor: "ops"}, "Participant", doc, admin.BaseAbsent)
		wantCode(t, err, fault.ResourceConflict)
		renamed := []byte(strings.ReplaceAll(string(doc), "Oficiul", "Biroul"))
		changed := must.Get(edit.Put(ctx, admin.Act{Actor: "ops"}, "Participant", renamed, made.Revision))(t)
		if changed.Revision <= made.Revision {
			t.Errorf("revision %d after %d", changed.Revision, made.Revision)
		}
		history := must.Get(i.Resources().History(ctx, "Participant", "office"))(t)
		if len(history) != 2 || history[0].Revision != changed.Revision || history[1].Revision != made.Revision {
			t.Errorf("history %+v; want newest first", history)
		}
		_, err = i.Resources().History(ctx, "Participant", "nobody")
		wantCode(t, err, fault.ResourceUnknown)
		wantCode(t, edit.Delete(ctx, admin.Act{Actor: "ops"}, "Participant", "hall", admin.BaseAny), fault.ResourceInUse)
		if err := edit.Delete(ctx, admin.Act{Actor: "ops"}, "Participant", "office", changed.Revision); err != nil {
			t.Error(err)
		}
		if _, ok := i.Rooms.Registry.Participant("office"); ok {
			t.Error("a removed participant still stands")
		}
		plan := must.Get(edit.Apply(ctx, admin.Act{Actor: "ops"}, []byte("kind: Participant\nid: office\nidno: \"1999900000036\"\nname: { ro: Oficiul }\nsector: public\nlevel: central\n"), true))(t)
		if len(plan) != 1 || plan[0].Action != manifest.Create {
			t.Errorf("plan %+v", plan)
		}
		_, err = edit.Apply(ctx, admin.Act{Actor: "ops"}, []byte("kind: Nonsense\n"), false)
		wantCode(t, err, fault.ResourceInvalid)
	})
}

func TestAdministration_EveryChangeIsInTheJournalWithItsActor(t *testing.T) {
	i := opened(t, newTestPlatform(t))
	actors := map[string]int{}
	_, err := verify.Journal(t.Context(), i.Source(), i.Key, verify.Options{Each: func(_ int64, record []byte) error {
		e, err := journal.Decode(record)
		if err == nil && e.Change != nil {
			actors[e.Actor+" "+e.Change.Action]++
		}
		return err
	}})
	if err != nil || actors["tester create"] != 7 {
		t.Errorf("changes %v, %v", actors, err)
	}
}

func TestAdministration_ReadingAndErasingRecords(t *testing.T) {
	onEach(t, func(t *testing.T, w *testPlatform) {
		i := opened(t, w)
		ctx, all := t.Context(), i.Records()
		call := mconnect.CallID("01977bd0-0000-7000-8000-000000000001")
		receipt := must.Get(i.Journal.Record(ctx, journal.Record{
			Kind: journal.Intent, Call: call, System: "hall.app", Consumer: "hall", Service: "GetPerson", Subject: "2999000006393",
		}))(t)
		record, subject, err := all.Record(ctx, receipt.Index)
		if err != nil || subject != "2999000006393" || strings.Contains(string(record), subject) {
			t.Errorf("record %s of %q, %v", record, subject, err)
		}
		for _, index := range []int64{-1, receipt.Size, 1 << 40} {
			_, _, err := all.Record(ctx, index)
			wantCode(t, err, fault.RecordUnknown)
		}
		before := must.Get(all.Evidence(ctx, receipt.Index))(t)
		must.OK(t, i.CatchUp(ctx))
		query := admin.Query{Subject: "2999000006393", Limit: 10, From: time.Now().Add(-time.Hour)}
		if found := foundOf(t)(all.Search(ctx, query)); len(found) != 1 || found[0].Call != string(call) || found[0].Outcome != nil {
			t.Errorf("found %+v", found)
		}
		if _, err := i.Prove(ctx, "hall.app", call, "outcome"); fault.From(err).Code != fault.RecordUnknown {
			t.Errorf("the outcome of an open call: %v", err)
		}
		if _, err := i.Prove(ctx, "hall.app", call, "intent"); err != nil {
			t.Errorf("the intent of an open call: %v", err)
		}
		head := must.Get(i.Log().Head(ctx))(t)
		if record, _, err := all.Record(ctx, head.Size-1); err != nil || !strings.Contains(string(record), `"actor":"hall.app"`) ||
			!strings.Contains(string(record), `"kind":"reading"`) {
			t.Errorf("the reading of evidence is recorded as %s, %v", record, err)
		}
		proposed := must.Get(i.Erasures().Propose(ctx, "ops", "2999000006393", "decision 1"))(t)
		if _, subject, err := all.Record(ctx, receipt.Index); err != nil || subject == "" || proposed.Records != 1 {
			t.Errorf("after the proposal: %q, %v, %+v", subject, err, proposed)
		}
		done := must.Get(i.Erasures().Approve(ctx, "dpo", proposed.ID, "2999000006393", ""))(t)
		if done.State != "approved" || done.DecidedBy != "dpo" || done.DecidedAt == nil {
			t.Errorf("erased %+v", done)
		}
		record, subject, err = all.Record(ctx, receipt.Index)
		if err != nil || subject != "" || len(record) == 0 {
			t.Errorf("after erasure: %q, %v", subject, err)
		}
		if after := must.Get(all.Evidence(ctx, receipt.Index))(t); string(after) != string(before) {
			t.Error("erasure changed the evidence")
		}
	})
}

func TestAdministration_AdministratorsAreReadFromTheirFiles(t *testing.T) {
	w := newTestPlatform(t)
	file := w.path("ops.token")
	must.OK(t, os.WriteFile(file, []byte("a-token-for-the-operators-on-duty\n"), 0o600))
	w.cfg.Admin.Tokens = []config.Token{{Name: "ops", Role: "operator", File: file}}
	r := w.start()
	for credential, want := range map[string]map[string]int{
		token:                                {"/v1/participants": 200, "/tlog/checkpoint": 200, "/v1/journal/0": 200},
		"a-token-for-the-operators-on-duty":  {"/v1/participants": 200, "/tlog/checkpoint": 200, "/v1/journal/0": 403},
		"a-token-that-nobody-was-ever-given": {"/v1/participants": 401, "/v1/journal/0": 401},
	} {
		for path, status := range want {
			if got, body := r.manage(credential, path); got != status {
				t.Errorf("%.12s… %s: %d, want %d: %s", credential, path, got, status, body)
			}
		}
	}
	r.end()
	w.cfg.Admin.Tokens[0].File = w.path("absent.token")
	if _, err := app.New(t.Context(), w.cfg, app.NewLogger(w.log, w.cfg.Log)); err == nil {
		t.Error("a missing token file was passed over")
	}
}

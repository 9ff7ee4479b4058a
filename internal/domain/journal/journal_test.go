package journal

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
	"mconnect/verify"
)

const origin = "mconnect.example/journal"

var start = time.Date(2026, 3, 28, 21, 30, 0, 123456000, time.UTC)

func testKeys(t testing.TB) Keys {
	t.Helper()
	keys := must.Get(NewKeys())(t)
	return keys
}

func TestMain(m *testing.M) { os.Exit(engines.Suite{Tests: m}.Run()) }

// openLog opens the journal's log in a fresh store.
func openLog(t testing.TB, keys Keys) (*store.DB, *store.Log) {
	t.Helper()
	db := must.Get(store.Open(t.Context(), store.Config{URL: engines.URL(t)}))(t)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	log := must.Get(db.OpenLog(t.Context(), "journal", NewSealer(keys, origin)))(t)
	return db, log
}

func newJournal(t testing.TB) (*Journal, *store.Log, Keys) {
	t.Helper()
	keys := testKeys(t)
	_, log := openLog(t, keys)
	j := must.Get(New(Config{Log: log, Keys: keys, Origin: origin, Node: "node-1"}))(t)
	return j, log, keys
}

// sizeOf reads how many entries a log holds.
func sizeOf(t testing.TB, log *store.Log) int64 {
	t.Helper()
	head := must.Get(log.Head(t.Context()))(t)
	return head.Size
}

// callRecord is the intent of a typical call.
func callRecord() Record {
	return Record{
		Kind: Intent, Time: start, Node: "node-1", Call: "0195e6a2-9c1e-7b4a-8e55-0123456789ab",
		Trace: "4bf92f3577b34da6a3ce929d0e0e4736", Protocol: "rest", System: "primaria-test.evidenta",
		Consumer: "primaria-test", Certificate: mconnect.Fingerprint(strings.Repeat("ab", 32)), Address: "10.20.30.40",
		Service: "GetPerson", Version: mconnect.Version{Major: 1, Minor: 2}, Provider: "asp.rsp",
		Agreement: "ag-0001", Revision: 77, Purpose: "ajutor-social", LegalBasis: "Legea nr. 133/2008, art. 5",
		Context: mconnect.LegalContext{User: "2000000000003", Entity: "1000000000009", Basis: "Legea 133/2008", Reason: "DOS-2026-00017"},
		Subject: "2009876543219", Grant: []string{"FirstName", "LastName", "Address.Street"},
		Request: &Body{Size: 27, SHA256: strings.Repeat("0f", 32)},
	}
}

// fullRecord uses every field, with texts that need every kind of escape.
func fullRecord() Record {
	r := callRecord()
	r.Kind, r.Subject = Outcome, ""
	r.Answer = &Body{Size: 0, SHA256: strings.Repeat("e3", 32)}
	r.Code, r.Leg = fault.ProviderTimeout, fault.Provider
	r.Checks = []fault.Check{
		{Name: "agreement.exists", Result: fault.Passed},
		{Name: "caller.user", Result: fault.Flagged, Code: fault.CallerUserInvalid, Params: map[string]string{
			"ă": "1", "z": "\u2028", "a": "<&>", "\U0001F600": "3", "\uFB33": "4", "Z": "\x00\x1f\x7f\b\t\n\f\r\"\\/"}},
		{Name: "quota", Result: fault.NotReached},
	}
	r.Spent = map[string]int64{"total": 1500, "platform": 0, "provider": 1<<53 - 1}
	r.Change = &ChangeNote{Resource: "Agreement", ID: "ag-0001", Action: "update", Revision: 9,
		Document: `{"id":"ag-0001","rate":2.5}`, Digest: "d84c20bfe9edfd8ee4e2cde80e5e0eaa4a0ef2ea14b3ff19cd9c60b8c20c6f3f"}
	r.Event = &EventNote{Source: "urn:asp:rst", ID: "7c1e „x”", Types: []string{"ASP.RST.VP.Invalidated", "B.C.D.E"}, Group: "~default",
		First: 7, Last: 12, Count: 5, Digest: strings.Repeat("ab", 32)}
	r.Reading = &ReadingNote{Query: "participant=asp", Count: 0}
	r.Actor, r.Note = "operator «șef» ", "linia 1\nlinia 2\t\u0000 România 🇲🇩"
	return r
}

func TestDecode_ReadsBackEveryField(t *testing.T) {
	for name, r := range map[string]Record{"call": callRecord(), "full": fullRecord(), "least": {Kind: Started, Time: start}} {
		e := Entry{Record: r}
		e.Subject = ""
		if r.Subject != "" {
			e.Pseudonym, e.Sealed = bytes.Repeat([]byte{7}, 16), bytes.Repeat([]byte{9}, 29)
		}
		data := encode(&e)
		got, err := Decode(data)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, data)
		}
		if diff := cmp.Diff(e, got); diff != "" {
			t.Errorf("%s: read back otherwise (-written +read):\n%s", name, diff)
		}
	}
}

// TestSubject_IsMaskedInAnEvent: an event's id or source may hold the identifier of the person it is about.
func TestSubject_IsMaskedInAnEvent(t *testing.T) {
	j, _, _ := newJournal(t)
	note := &EventNote{Source: "urn:x:2999000006393", ID: "2999000006393-1", Types: []string{"A.B.C.D"}}
	sealed := must.Get(j.Seal(Record{Kind: Consumption, Subject: "2999000006393", Event: note}))(t)
	e := must.Get(Decode(sealed.Data))(t)
	if strings.Contains(string(sealed.Data), "2999000006393") || e.Event.ID != Masked+"-1" || e.Event.Source != "urn:x:"+Masked {
		t.Errorf("%s", sealed.Data)
	}
	if note.ID != "2999000006393-1" {
		t.Error("the caller's note was changed")
	}
}

// TestRecord_ManyAtOnce: all stand in order, in one append; one that cannot be made keeps all out.
func TestRecord_ManyAtOnce(t *testing.T) {
	j, log, _ := newJournal(t)
	if err := j.RecordAll(t.Context(), []Record{{Kind: Accepted, Note: "1"}, {Kind: Dead, Note: "2"}, {Kind: Expired, Note: "3"}}); err != nil {
		t.Fatal(err)
	}
	if err := j.RecordAll(t.Context(), []Record{{Kind: Accepted}, {Kind: ""}}); err == nil {
		t.Error("a record without a kind was taken")
	}
	if err := j.RecordAll(t.Context(), nil); err != nil {
		t.Error(err)
	}
	batches, err := log.Read(t.Context(), 0, 10)
	if err != nil || len(batches) != 1 || len(batches[0].Entries) != 3 {
		t.Fatalf("%d batches, %v", len(batches), err)
	}
	for i, kind := range []Kind{Accepted, Dead, Expired} {
		if e, err := Decode(batches[0].Entries[i].Data); err != nil || e.Kind != kind {
			t.Errorf("%d: %+v, %v", i, e, err)
		}
	}
}

func TestRecord_IsProven(t *testing.T) { engines.Each(t, recordThenProve) }

func recordThenProve(t *testing.T) {
	j, log, _ := newJournal(t)
	ctx := context.Background()
	for i := range 40 {
		r := callRecord()
		r.Time = start.Add(time.Duration(i) * time.Second)
		at := must.Get(j.Record(ctx, r))(t)
		if at.Index != int64(i) || at.Size != int64(i+1) || !at.Time.Equal(r.Time) {
			t.Fatalf("receipt %+v for record %d", at, i)
		}
	}
	report := must.Get(verify.Journal(ctx, NewSource(log), j.Key(), verify.Options{}))(t)
	if report.Records != 40 || report.Batches != 40 || report.Kinds["intent"] != 40 || !report.First.Equal(start) {
		t.Errorf("report %+v", report)
	}
	for i := range int64(40) {
		proof := must.Get(j.Evidence(ctx, i))(t)
		p, err := verify.Evidence(proof, j.Key())
		if err != nil {
			t.Fatalf("record %d: %v\n%s", i, err, proof)
		}
		stored, err := log.Read(ctx, i, 1)
		if err != nil || p.Index != i || p.Facts.Kind != "intent" || !bytes.Equal(p.Record, stored[0].Entries[0].Data) {
			t.Errorf("evidence of %d proves %+v", i, p)
		}
	}
	for _, index := range []int64{-1, 40, 1 << 62} {
		if _, err := j.Evidence(ctx, index); fault.From(err).Code != fault.RecordUnknown {
			t.Errorf("evidence of %d: %v", index, err)
		}
	}
}

func TestExport_ReadsBack(t *testing.T) { engines.Each(t, exportReadsBack) }

func exportReadsBack(t *testing.T) {
	j, _, _ := newJournal(t)
	ctx := context.Background()
	for range 9 {
		must.Get(j.Record(ctx, fullRecord()))(t)
	}
	var file bytes.Buffer
	must.OK(t, j.Export(ctx, &file))
	export := must.Get(verify.OpenExport(&file))(t)
	if export.Key().String() != j.Key().String() {
		t.Errorf("the export names the key %s", export.Key())
	}
	report, err := verify.Journal(ctx, export, j.Key(), verify.Options{})
	if err != nil || report.Records != 9 {
		t.Errorf("report %+v, %v", report, err)
	}
}

func TestKeys_AreCreatedOnceAndLoaded(t *testing.T) {
	dir := t.TempDir()
	if _, err := LoadKeys(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty folder: %v", err)
	}
	made := must.Get(CreateKeys(dir))(t)
	loaded := must.Get(LoadKeys(dir))(t)
	if !loaded.Checkpoint.Equal(made.Checkpoint) || loaded.Pseudonym != made.Pseudonym || loaded.Wrap != made.Wrap {
		t.Error("the loaded keys are others")
	}
	if made.Pseudonym == made.Wrap || made.Wrap == [32]byte{} {
		t.Error("the secrets are not random")
	}
	if _, err := CreateKeys(dir); !errors.Is(err, fs.ErrExist) {
		t.Errorf("created a second time: %v", err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(files) != 3 {
		t.Errorf("files %v", files)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", f, info.Mode(), err)
		}
	}
	for _, f := range files {
		must.OK(t, os.WriteFile(f, []byte("abc"), 0o600))
		if _, err := LoadKeys(dir); err == nil {
			t.Errorf("loaded a damaged %s", filepath.Base(f))
		}
	}
}

func TestNew_RefusesWhatCannotWork(t *testing.T) {
	keys := testKeys(t)
	_, log := openLog(t, keys)
	other := must.Get(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))(t)
	for name, cfg := range map[string]Config{
		"no log":     {Keys: keys, Origin: origin},
		"no key":     {Log: log, Origin: origin},
		"no origin":  {Log: log, Keys: keys},
		"bad origin": {Log: log, Keys: keys, Origin: "a b"},
		"curve":      {Log: log, Keys: Keys{Checkpoint: other}, Origin: origin},
	} {
		if j, err := New(cfg); err == nil || j != nil {
			t.Errorf("%s: made a journal (%v)", name, err)
		}
	}
	for name, s := range map[string]*Sealer{"no key": NewSealer(Keys{}, origin), "bad origin": NewSealer(keys, "a+b")} {
		if _, _, err := s.Seal(appendlog.Head{}, []appendlog.Entry{{Data: []byte("{}")}}); err == nil {
			t.Errorf("%s: sealed", name)
		}
	}
}

func TestSeal_BoundsRecords(t *testing.T) {
	j, _, _ := newJournal(t)
	for length, kept := range map[int]bool{MaxDocument: true, MaxDocument + 1: false} {
		doc := `"` + strings.Repeat("x", length-2) + `"`
		entry := must.Get(j.Seal(Record{Kind: Change, Change: &ChangeNote{Resource: "Service", Document: doc}}))(t)
		e := must.Get(Decode(entry.Data))(t)
		if got := e.Change.Document == doc; got != kept || len(e.Change.Digest) != 64 {
			t.Errorf("document of %d bytes: kept %v, digest %q", length, got, e.Change.Digest)
		}
	}
	quoted, err := j.Seal(Record{Kind: Change, Change: &ChangeNote{Document: strings.Repeat(`"`, MaxDocument)}})
	if err != nil || len(quoted.Data) > 1000 {
		t.Errorf("a document that does not fit once quoted: %d bytes, %v", len(quoted.Data), err)
	}
	for name, r := range map[string]Record{
		"too long": {Kind: Reading, Note: strings.Repeat("x", MaxRecord)},
		"no kind":  {Note: "x"},
		"year":     {Kind: Started, Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if _, err := j.Seal(r); fault.From(err).Code != fault.InternalError {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRecord_TimeNeverRunsBackwards(t *testing.T) { engines.Each(t, timeNeverRunsBackwards) }

func timeNeverRunsBackwards(t *testing.T) {
	keys := testKeys(t)
	_, log := openLog(t, keys)
	at := start
	j := must.Get(New(Config{Log: log, Keys: keys, Origin: origin, Clock: func() time.Time { return at }}))(t)
	var got []string
	for _, step := range []time.Duration{0, time.Second, -time.Hour, 2 * time.Second} {
		at = start.Add(step)
		r := must.Get(j.Record(context.Background(), Record{Kind: Started}))(t)
		got = append(got, fmt.Sprint(r.Time.Sub(start)))
	}
	if want := "0s 1s 1s 2s"; strings.Join(got, " ") != want {
		t.Errorf("times %v, want %s", got, want)
	}
}

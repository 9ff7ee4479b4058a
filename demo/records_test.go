package demo

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/domain/journal"
	"mconnect/internal/store"
	"mconnect/test/must"
	"mconnect/verify"
)

// written makes a store with a journal of n calls and returns its path, the public key and the open store.
func written(t *testing.T, n int) (string, verify.Key) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mconnect.db")
	db := must.Get(store.Open(t.Context(), store.Config{URL: "sqlite:" + path}))(t)
	t.Cleanup(func() { db.Close() })
	keys := must.Get(journal.NewKeys())(t)
	l := must.Get(db.OpenLog(t.Context(), journalLog, journal.NewSealer(keys, origin)))(t)
	j, err := journal.New(journal.Config{Log: l, Keys: keys, Origin: origin, Clock: time.Now, Node: "test"})
	must.OK(t, err)
	for i := range n {
		call := mconnect.CallID("0190aaaa-0000-7000-8000-00000000000" + string(rune('0'+i)))
		if _, err := j.Record(t.Context(), journal.Record{Kind: journal.Refusal, Call: call, Code: "agreement.none", System: townHall}); err != nil {
			t.Fatal(err)
		}
	}
	key := must.Get(keys.Public(origin))(t)
	return path, key
}

func TestRecords_TamperingIsFoundInACopy(t *testing.T) {
	path, key := written(t, 5)
	copied := filepath.Join(t.TempDir(), "copy.db")
	must.OK(t, copyStore(t.Context(), path, copied))
	report, err := verifyStore(t.Context(), copied, key)
	if err != nil || report.Records != 5 {
		t.Fatalf("%d records: %v", report.Records, err)
	}
	must.OK(t, tamper(t.Context(), copied, 2))
	_, err = verifyStore(t.Context(), copied, key)
	var found *verify.Problem
	if !errors.As(err, &found) {
		t.Fatalf("want a finding, got %v", err)
	}
	if found.Index > 2 || found.Last < 2 {
		t.Errorf("found %v, changed record 2", found)
	}
	if _, err := verifyStore(t.Context(), path, key); err != nil {
		t.Errorf("the store itself: %v", err)
	}
}

func TestRecords_AreReadFromAnIndexOn(t *testing.T) {
	path, _ := written(t, 5)
	size, err := journalSize(t.Context(), path)
	if err != nil || size != 5 {
		t.Fatalf("size %d: %v", size, err)
	}
	var seen []int64
	err = eachRecord(t.Context(), path, 3, func(index int64, raw []byte) error {
		r, err := readRecord(raw)
		if r.Kind != "refusal" || r.Code != "agreement.none" || r.Call == "" {
			t.Errorf("record %d: %+v", index, r)
		}
		seen = append(seen, index)
		return err
	})
	if err != nil || len(seen) != 2 || seen[0] != 3 {
		t.Errorf("saw %v: %v", seen, err)
	}
	stop := errors.New("stop")
	if err := eachRecord(t.Context(), path, 0, func(int64, []byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	if _, err := readRecord([]byte("{")); err == nil {
		t.Error("half a record was read")
	}
}

// TestScenes_FindCallsThatAreNotRecorded: the scene that looks for records finds what is not there.
func TestScenes_FindCallsThatAreNotRecorded(t *testing.T) {
	path, _ := written(t, 2)
	s := &stage{platform: platform{store: path}, calls: []called{
		{"0190aaaa-0000-7000-8000-000000000000", "agreement.none"}, {"0190aaaa-0000-7000-8000-000000000001", "agreement.none"},
	}}
	if err := recordsOfAll(context.Background(), s); err != nil {
		t.Errorf("all there: %v", err)
	}
	s.calls[1].code = "agreement.expired"
	if err := recordsOfAll(context.Background(), s); err == nil {
		t.Error("another code passed")
	}
	s.calls[1] = called{"0190aaaa-0000-7000-8000-000000000009", ""}
	if err := recordsOfAll(context.Background(), s); err == nil {
		t.Error("a call without a record passed")
	}
}

package broker_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/test/engines"
	"mconnect/test/must"
)

// TestAttributes_PartitionKeyIsPseudonymised: equal keys stay equal, others differ, and the key itself stands neither
// in what is delivered nor in the log.
func TestAttributes_PartitionKeyIsPseudonymised(t *testing.T) { engines.Each(t, pseudonymsOfKeys) }

func pseudonymsOfKeys(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	w.rights.grant(hall, void)
	a, b := w.open(bank, broker.Options{Dead: true, Events: true}), w.open(hall, broker.Options{})
	w.produce(
		ev("1", void, "idnp:2999000002029"),
		ev("2", void, "idnp:2999000002030"),
		ev("3", void, "idnp:2999000002029"),
	)
	key := map[string]string{}
	for _, d := range append(w.take(a, 3), w.take(b, 3)...) {
		if k := d.Event.PartitionKey; len(k) < 20 || key[d.Event.ID] != "" && key[d.Event.ID] != k {
			t.Errorf("the key of %s is %q and was %q", d.Event.ID, k, key[d.Event.ID])
		}
		key[d.Event.ID] = d.Event.PartitionKey
		if bytes.Contains(d.JSON, []byte("2999")) || !bytes.Contains(d.JSON, []byte(key[d.Event.ID])) {
			t.Errorf("delivered %s", d.JSON)
		}
	}
	if key["1"] != key["3"] || key["1"] == key["2"] {
		t.Errorf("pseudonyms %v", key)
	}
	found, _, err := w.Find(t.Context(), broker.Search{})
	if err != nil || len(found) != 3 {
		t.Fatal(len(found), err)
	}
	for _, f := range found {
		if f.Event.PartitionKey != key[f.Event.ID] {
			t.Errorf("the log holds %q", f.Event.PartitionKey)
		}
	}
	w.restart()
	w.produce(ev("4", void, "idnp:2999000002029"))
	b = w.open(hall, broker.Options{})
	for _, d := range w.take(b, 4) {
		if d.Event.ID == "4" && d.Event.PartitionKey != key["1"] {
			t.Error("a restart changes the pseudonym")
		}
	}
	must.Get(w.Replay(t.Context(), broker.Replay{System: hall, First: 0, Last: 100}))(t)
	for _, d := range w.take(b, 4) {
		if want := key[d.Event.ID]; want != "" && d.Event.PartitionKey != want {
			t.Errorf("replayed, the key of %s is %s, was %s", d.Event.ID, d.Event.PartitionKey, want)
		}
	}
}

// TestAttributes_OnlyGrantedAreDelivered: by no way out: delivered, dead, queued again.
func TestAttributes_OnlyGrantedAreDelivered(t *testing.T) { engines.Each(t, attributesDoNotLeave) }

func attributesDoNotLeave(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	w.rights.change(func() {
		grant := w.rights.grants[bank][void]
		grant.Attributes = event.NewAttributes([]string{"Kind", "@traceparent"}, []string{"traceparent"}).Of
	})
	sent := ev("1", void, "idnp:2999000002029")
	sent.Subject, sent.DataSchema = "persoana:2999000002029", "https://a.example/2999000002029"
	sent.Extensions = []event.Extension{
		{Name: "numeprenume", Value: "Exemplu Maria"},
		{Name: "traceparent", Value: "00-1"},
	}
	w.produce(sent)
	clean := func(what string, d broker.Delivery) {
		t.Helper()
		if s := string(d.JSON) + d.Event.Subject + d.Event.DataSchema + d.Event.PartitionKey; strings.Contains(s, "2999") ||
			strings.Contains(s, "Maria") ||
			!strings.Contains(s, "00-1") {
			t.Errorf("%s: %s", what, s)
		}
	}
	r := w.open(bank, broker.Options{Events: true, Dead: true})
	must.Get(w.Replay(t.Context(), broker.Replay{System: bank, Last: 100}))(t)
	first := w.take(r, 1)[0]
	clean("replayed", first)
	must.OK(t, r.Bury(context.Background(), *first.Event))
	dead := w.take(r, 1)[0]
	clean("dead", dead)
	w.restart()
	r = w.open(bank, broker.Options{Events: true, Dead: true})
	dead = w.take(r, 1)[0]
	clean("dead after a restart", dead)
	must.OK(t, w.Requeue(t.Context(), "ana", w.deadOf()[0].ID, "again"))
	again := w.take(r, 1)[0]
	clean("queued again", again)
	if again.Event.PartitionKey != first.Event.PartitionKey {
		t.Errorf("queued again its key is %s, was %s", again.Event.PartitionKey, first.Event.PartitionKey)
	}
}

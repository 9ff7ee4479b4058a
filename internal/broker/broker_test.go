package broker_test

import (
	"encoding/json"
	"strconv"
	"testing"

	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/test/engines"
)

// TestEngine_DeliversOneEvent: produce, deliver, confirm, go on from the durable position.
func TestEngine_DeliversOneEvent(t *testing.T) { engines.Each(t, oneEventOnItsWay) }

func oneEventOnItsWay(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	w.produce(ev("before", void, ""))
	r := w.open(bank, broker.Options{})
	w.produce(ev("1", void, "k"), ev("other", born, "k"), ev("2", void, "k"))
	got := w.take(r, 2)
	wantIDs(t, got, "1", "2")
	if got[0].Offset != 1 || got[1].Offset != 2 {
		t.Errorf("offsets %d, %d", got[0].Offset, got[1].Offset)
	}
	var doc struct{ SpecVersion, ID, Type, DataContentType, PartitionKey string }
	if err := json.Unmarshal(got[0].JSON, &doc); err != nil || doc.SpecVersion != "1.0" || doc.ID != "1" ||
		doc.DataContentType != "application/json" {
		t.Errorf("%s: %v", got[0].JSON, err)
	}
	w.none(r)
	w.confirm(r, 1)
	w.restart()
	r = w.open(bank, broker.Options{})
	wantIDs(t, w.take(r, 1), "2")
	w.none(r)
	w.confirm(r, 0)
	if err := r.Confirm(2); code(err) != fault.EventOffset {
		t.Errorf("an offset never delivered: %v", err)
	}
	w.restart()
	w.none(w.open(bank, broker.Options{}))
}

func TestReader_SlowOneReadsTheLog(t *testing.T) { engines.Each(t, slowReaderReadsTheLog) }

func slowReaderReadsTheLog(t *testing.T) {
	w := newFixture(t)
	w.rights.grant(bank, void)
	w.rights.grant(hall, void)
	slow, quick := w.open(bank, broker.Options{}), w.open(hall, broker.Options{})
	const n = 9000
	var want []string
	for i := 0; i < n; i += 100 {
		batch := make([]string, 100)
		for j := range batch {
			batch[j] = strconv.Itoa(i + j)
		}
		want = append(want, batch...)
		w.produce(evs(void, "one key", batch...)...)
		wantIDs(t, w.take(quick, 100), batch...)
		w.confirm(quick, 0)
	}
	wantIDs(t, w.take(slow, n), want...)
	w.confirm(slow, 0)
	w.produce(ev("live again", void, ""))
	wantIDs(t, w.take(slow, 1), "live again")
	w.none(slow)
}

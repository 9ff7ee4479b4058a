package store_test

import (
	"bytes"
	"testing"
	"time"

	"mconnect/internal/appendlog"
	"mconnect/internal/store"
	"mconnect/test/must"
)

// TestWebhooks_TheNewestStateOfEachNodeIsKept, for as long as its node renews it.
func TestWebhooks_TheNewestStateOfEachNodeIsKept(t *testing.T) { onEach(t, newestStateIsKept) }

func newestStateIsKept(t *testing.T, url string) {
	db := open(t, url)
	now := time.UnixMicro(1_900_000_000_000_001).UTC()
	row := func(subscription, node, doc string, at time.Time) appendlog.WebhookState {
		return appendlog.WebhookState{Subscription: subscription, Node: node, At: at, Doc: []byte(doc)}
	}
	if err := db.SaveWebhooks(t.Context(), nil); err != nil {
		t.Error(err)
	}
	for _, save := range [][]appendlog.WebhookState{
		{row("b", "n1", "1", now), row("a", "n2", "2", now), row("a", "n1", "3", now)},
		{row("a", "n1", "4", now.Add(time.Hour))},
	} {
		must.OK(t, db.SaveWebhooks(t.Context(), save))
	}
	want := []appendlog.WebhookState{row("a", "n1", "4", now.Add(time.Hour)), row("a", "n2", "2", now), row("b", "n1", "1", now)}
	wantWebhooks(t, db, want...)
	late := now.Add(31 * 24 * time.Hour)
	must.OK(t, db.SaveWebhooks(t.Context(), []appendlog.WebhookState{row("b", "n1", "5", late)}))
	wantWebhooks(t, db, row("b", "n1", "5", late))
}

func wantWebhooks(t *testing.T, db *store.DB, want ...appendlog.WebhookState) {
	t.Helper()
	got, err := db.Webhooks(t.Context())
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d states, want %d: %v", len(got), len(want), err)
	}
	for i, s := range got {
		if w := want[i]; s.Subscription != w.Subscription || s.Node != w.Node || !s.At.Equal(w.At) || !bytes.Equal(s.Doc, w.Doc) {
			t.Errorf("%d: %+v, want %+v", i, s, w)
		}
	}
}

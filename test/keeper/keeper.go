// Package keeper makes keepers of manifests for tests, over a journal and a store of their own.
package keeper

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
	"mconnect/internal/manifest"
	"mconnect/internal/store"
	"mconnect/test/must"
)

// New returns a keeper with empty images; change alters what is usual.
func New(t testing.TB, change ...func(*manifest.Config)) *manifest.Keeper {
	t.Helper()
	const origin = "test.invalid/journal"
	keys := must.Get(journal.NewKeys())(t)
	db := must.Get(store.Open(t.Context(), store.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "x.db")}))(t)
	t.Cleanup(func() { _ = db.Close() })
	log := must.Get(db.OpenLog(t.Context(), "journal", journal.NewSealer(keys, origin)))(t)
	sealer := must.Get(journal.New(journal.Config{Log: log, Keys: keys, Origin: origin, Node: "test"}))(t)
	cfg := manifest.Config{
		Store: manifest.Stored{Database: db, Log: log}, Sealer: sealer,
		Clock: time.Now, Logger: slog.New(slog.DiscardHandler),
		Rooms: manifest.NewImages(registry.New(nil)),
	}
	for _, f := range change {
		f(&cfg)
	}
	return must.Get(manifest.New(cfg))(t)
}

// Apply applies manifests.
func Apply(t testing.TB, k *manifest.Keeper, text string) {
	t.Helper()
	set, err := manifest.Parse("test.yaml", []byte(text), nil)
	if err == nil {
		_, err = k.Apply(t.Context(), "tester", set, false)
	}
	if err != nil {
		t.Fatal(err, fault.From(err).Fields)
	}
}

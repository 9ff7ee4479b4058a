package engines_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"mconnect/internal/store"
	"mconnect/test/engines"
	"mconnect/test/must"
)

func TestMain(m *testing.M) { os.Exit(engines.Suite{Tests: m}.Run()) }

func TestURL_NewStoreOnEachEngine(t *testing.T) {
	var seen []string
	engines.Each(t, func(t *testing.T) {
		seen = append(seen, engines.Of(t))
		first, second := engines.URL(t), engines.URL(t)
		if first == second || !strings.HasPrefix(first, engines.Of(t)) {
			t.Fatalf("stores %s and %s", first, second)
		}
		t.Run("nested", func(t *testing.T) {
			if nested := engines.URL(t); !strings.HasPrefix(nested, strings.SplitAfter(first, ":")[0]) {
				t.Errorf("another engine below: %s", nested)
			}
		})
		for _, url := range []string{first, second} {
			db := must.Get(store.Open(t.Context(), store.Config{URL: url}))(t)
			found, err := db.Resources(t.Context(), 0, 10)
			if err != nil || len(found) != 0 || db.Dialect() != engines.Of(t) {
				t.Errorf("%s holds %v, %v", db.Dialect(), found, err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	if !slices.Equal(seen, engines.Names()) {
		t.Errorf("ran on %v of %v", seen, engines.Names())
	}
	if engines.Of(t) != engines.SQLite || engines.Names()[0] != engines.SQLite {
		t.Error("outside of Each it is SQLite")
	}
}

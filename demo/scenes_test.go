package demo

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestHas(t *testing.T) {
	v := map[string]any{"IDNP": "1", "Phone": "2"}
	if err := has(v, "IDNP", "Phone"); err != nil {
		t.Error(err)
	}
	if err := has(v, "IDNP"); err == nil || !strings.Contains(err.Error(), "may not be there: [Phone]") {
		t.Errorf("extra: %v", err)
	}
	if err := has(v, "IDNP", "Phone", "Name"); err == nil || !strings.Contains(err.Error(), "missing: [Name]") {
		t.Errorf("missing: %v", err)
	}
}

func TestEach(t *testing.T) {
	v := map[string]any{"Children": []any{map[string]any{"A": 1.0}, map[string]any{"A": 2.0}}}
	if err := each(v, "Children", 2, "A"); err != nil {
		t.Error(err)
	}
	for what, err := range map[string]error{
		"a wrong number": each(v, "Children", 3, "A"), "another field": each(v, "Children", 2, "B"), "no list": each(v, "Owners", 1, "A"),
		"no object": each(map[string]any{"L": []any{1.0}}, "L", 1, "A"),
	} {
		if err == nil {
			t.Errorf("%s passed", what)
		}
	}
}

func TestScenes_HaveUniqueNames(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range scenes() {
		if s.name == "" || s.shows == "" || s.play == nil || seen[s.name] || strings.Contains(s.name, " ") {
			t.Errorf("scene %q", s.name)
		}
		seen[s.name] = true
	}
	if len(seen) < 30 {
		t.Errorf("%d scenes", len(seen))
	}
}

func TestWithin_GivesUpAndSucceeds(t *testing.T) {
	n := 0
	err := within(t.Context(), time.Minute, func() error {
		if n++; n < 3 {
			return errors.New("not yet")
		}
		return nil
	})
	if err != nil || n != 3 {
		t.Errorf("%v after %d", err, n)
	}
	if err := within(t.Context(), 0, func() error { return errors.New("never") }); err == nil {
		t.Error("succeeded")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := within(ended, time.Minute, func() error { return errors.New("never") }); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

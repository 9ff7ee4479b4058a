package pki_test

import (
	"path/filepath"
	"testing"
	"time"

	"mconnect/internal/pki/authority"
	"mconnect/test/must"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func newAuthority(t *testing.T) (*authority.Authority, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pki")
	a := must.Get(authority.Create(dir, authority.Config{Now: func() time.Time { return noon }}))(t)
	return a, dir
}

package pki_test

import (
	"path/filepath"
	"testing"
	"time"

	"mconnect/internal/pki/authority"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func newAuthority(t *testing.T) (*authority.Authority, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pki")
	a, err := authority.Create(dir, authority.Config{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	return a, dir
}

func issue(t *testing.T, a *authority.Authority, req authority.Request) *authority.Issued {
	t.Helper()
	issued, err := a.Issue(req)
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

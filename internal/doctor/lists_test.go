package doctor

import (
	"crypto/x509"
	"errors"
	"testing"
	"time"
)

func TestLists_AgeIsSaid(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	of := func(age, lives time.Duration) *x509.RevocationList {
		l := &x509.RevocationList{ThisUpdate: now.Add(-age)}
		if lives > 0 {
			l.NextUpdate = l.ThisUpdate.Add(lives)
		}
		return l
	}
	found := Lists(func() time.Time { return now }, []*x509.RevocationList{
		of(time.Hour, 7*day), of(8*day, 7*day), of(10*day, 30*day), of(10*day, 0), of(100*day, 3650*day),
	}, nil).Run(t.Context())
	complete(t, found)
	if got := levels(found); got != "ok problem warning warning ok" {
		t.Errorf("levels %q: %+v", got, found)
	}
	complete(t, Lists(time.Now, nil, errors.New("broken")).Run(t.Context()))
}

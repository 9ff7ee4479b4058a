package doctor

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"strings"
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

// TestLists_TroubleIsAProblem: a list that cannot be read is a problem of its own next to the lists in force, and each
// list is named by its issuer with the number of what it revokes.
func TestLists_TroubleIsAProblem(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	l := &x509.RevocationList{
		Issuer: pkix.Name{CommonName: "Exemplu CA"}, ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(time.Hour),
		RevokedCertificateEntries: make([]x509.RevocationListEntry, 3),
	}
	found := Lists(func() time.Time { return now }, []*x509.RevocationList{l}, errors.New("list.crl: broken")).Run(t.Context())
	complete(t, found)
	if got := levels(found); got != "problem ok" {
		t.Fatalf("levels %q: %+v", got, found)
	}
	if !strings.Contains(found[0].Says, "list.crl: broken") || !strings.Contains(found[0].Says, "copy") {
		t.Errorf("the broken list: %+v", found[0])
	}
	if found[1].About != "CN=Exemplu CA" || !strings.HasPrefix(found[1].Says, "3 revoked, issued 2026-11-23T11:00:00Z") {
		t.Errorf("the list in force: %+v", found[1])
	}
	none := Lists(time.Now, nil, nil).Run(t.Context())
	complete(t, none)
	if got := levels(none); got != "ok" {
		t.Errorf("without any list: %+v", none)
	}
}

// TestLists_AtTheEdges: a list is in force up to its next update, and is old only after more than eight days.
func TestLists_AtTheEdges(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		issued, next time.Duration // from now
		level        Level
	}{
		{-time.Hour, 0, Well},
		{-time.Hour, -time.Nanosecond, Problem},
		{-listOld, time.Hour, Well},
		{-listOld - time.Nanosecond, time.Hour, Warning},
		// an authority that writes one with each revocation only
		{-listOld - time.Nanosecond, 400 * 24 * time.Hour, Well},
	} {
		l := &x509.RevocationList{ThisUpdate: now.Add(c.issued), NextUpdate: now.Add(c.next)}
		found := Lists(func() time.Time { return now }, []*x509.RevocationList{l}, nil).Run(t.Context())
		if len(found) != 1 || found[0].Level != c.level {
			t.Errorf("issued %s, next update %s: %+v, want %s", c.issued, c.next, found, c.level)
		}
	}
}

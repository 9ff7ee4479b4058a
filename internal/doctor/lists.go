package doctor

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"
)

// listOld is the age from which a revocation list is worth a look, though it names no next update or one far ahead.
const listOld = 8 * 24 * time.Hour

// Lists examines the revocation lists in force (RFC 5280, section 5.1.2.5): one past its next update stays in force,
// but what was revoked since is not on it. The own authority writes a list with each revocation only, so its age says
// nothing.
func Lists(now func() time.Time, lists []*x509.RevocationList, trouble error) Check {
	return Check{"revocation", func(context.Context) []Finding {
		var found []Finding
		if trouble != nil {
			found = one(Problem, "", trouble.Error()+"; a copy kept of it counts",
				"fetch the list again; a new start would use the copy too")
		}
		if len(lists) == 0 {
			return append(found, one(Well, "", "no revocation list is configured, or none was written yet", "")...)
		}
		for _, l := range lists {
			found = append(found, list(l, now())...)
		}
		return found
	}}
}

func list(l *x509.RevocationList, now time.Time) []Finding {
	const remedy = "see why the timer that fetches it fails; what it revokes stays revoked, what was revoked since is not known here"
	issuer, age := l.Issuer.String(), now.Sub(l.ThisUpdate)
	says := fmt.Sprintf("%d revoked, issued %s", len(l.RevokedCertificateEntries),
		l.ThisUpdate.UTC().Format(time.RFC3339))
	switch {
	case !l.NextUpdate.IsZero() && now.After(l.NextUpdate):
		return one(Problem, issuer, says+", past its next update of "+l.NextUpdate.UTC().Format(time.RFC3339), remedy)
	case age > listOld && l.NextUpdate.Sub(l.ThisUpdate) < 366*24*time.Hour:
		return one(Warning, issuer, says+fmt.Sprintf(", %d days old", int(age.Hours()/24)), remedy)
	}
	return one(Well, issuer, says, "")
}

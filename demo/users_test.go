package demo

import (
	"encoding/base32"
	"slices"
	"strings"
	"testing"

	"mconnect/internal/domain/people"
)

// TestUsers_OneForEachRole, with an authenticator where the person is of the staff.
func TestUsers_OneForEachRole(t *testing.T) {
	seen := map[string]bool{}
	for _, u := range users() {
		if seen[u.Login] || u.Password == "" || !strings.HasSuffix(u.Name, "Sintetic") {
			t.Errorf("%+v", u)
		}
		seen[u.Login] = true
		secret, err := base32.StdEncoding.DecodeString(u.TOTP)
		if staff := people.Staff(u.Role); staff != (u.TOTP != "") || staff != (u.Participant == "" && u.Role != people.Citizen) ||
			err != nil || staff && len(secret) != 20 {
			t.Errorf("%s: %q at %q, %v", u.Role, u.TOTP, u.Participant, err)
		}
	}
	for _, r := range people.AllRoles() {
		if !slices.ContainsFunc(users(), func(u AccountUser) bool { return u.Role == r }) {
			t.Errorf("nobody is %s", r)
		}
	}
	var out strings.Builder
	printUsers(&out, "https://portal.test")
	if got := out.String(); !strings.Contains(got, "aprobator") || strings.Count(got, "\n") != len(users())+2 {
		t.Error(got)
	}
}

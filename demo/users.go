package demo

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"mconnect"
	"mconnect/fault"
	persons "mconnect/internal/account"
	"mconnect/internal/domain/people"
)

// userPassword is that of every local account of the demo.
const userPassword = "exemplu demo 2026"

// AccountUser is one user of the portal: a synthetic person with one role.
type AccountUser struct {
	Login       string                 `json:"login"`
	Password    string                 `json:"password"`
	TOTP        string                 `json:"totp,omitempty"` // secret of the authenticator, base32
	Name        string                 `json:"name"`
	Role        people.Role            `json:"role"`
	Participant mconnect.ParticipantID `json:"participant,omitempty"` // none: the platform's staff, or a citizen
}

// users are the persons of the demo, one for each role. The staff has an authenticator.
func users() []AccountUser {
	hall, provider := mconnect.ParticipantID("primaria-exemplu"), mconnect.ParticipantID("asp")
	all := []AccountUser{
		{Login: "redactor", Name: "Elena Sintetic", Role: people.Editor, Participant: hall},
		{Login: "semnatar", Name: "Ion Sintetic", Role: people.Signatory, Participant: hall},
		{Login: "protectia-datelor", Name: "Maria Sintetic", Role: people.DPO, Participant: hall},
		{Login: "integrator", Name: "Radu Sintetic", Role: people.Integrator, Participant: hall},
		{Login: "functionar", Name: "Ana Sintetic", Role: people.Clerk, Participant: hall},
		{Login: "manager", Name: "Vasile Sintetic", Role: people.Manager, Participant: hall},
		{Login: "decident", Name: "Doina Sintetic", Role: people.Decider, Participant: provider},
		{Login: "manager-asp", Name: "Sergiu Sintetic", Role: people.Manager, Participant: provider},
		{Login: "verificator", Name: "Olga Sintetic", Role: people.Checker},
		{Login: "aprobator", Name: "Petru Sintetic", Role: people.Approver},
		{Login: "registrator", Name: "Nina Sintetic", Role: people.Registrar},
		{Login: "jurist", Name: "Andrei Sintetic", Role: people.Lawyer},
		{Login: "securitate", Name: "Lilia Sintetic", Role: people.Security},
		{Login: "auditor", Name: "Mihai Sintetic", Role: people.Auditor},
		{Login: "autoritate", Name: "Irina Sintetic", Role: people.Authority},
		{Login: "administrator", Name: "Victor Sintetic", Role: people.Admin},
		{Login: "cetatean", Name: "Daria Sintetic", Role: people.Citizen},
	}
	for i := range all {
		all[i].Password = userPassword
		if people.Staff(all[i].Role) {
			all[i].TOTP = "MRSW23ZAMV4GK3LQNR2SAZDFNVXS4LRO"
		}
	}
	return all
}

// plantUsers makes the accounts that are not there yet.
func (c *environment) plantUsers(ctx context.Context) error {
	for _, u := range users() {
		seed := persons.Seed{Name: u.Name, Login: u.Login, Password: u.Password, Secret: u.TOTP,
			Language: mconnect.Romanian, Participant: u.Participant}
		if u.Role != people.Citizen {
			seed.Roles = []people.Role{u.Role}
		}
		err := c.app.PlantAccounts(ctx, []persons.Seed{seed})
		if err != nil && fault.From(err).Code != fault.LoginTaken {
			return fmt.Errorf("the account %s: %w", u.Login, err)
		}
	}
	return nil
}

// printUsers lists who can log in to the portal.
func printUsers(out io.Writer, url string) {
	fmt.Fprintf(out, "\nLog in at %s/login with the password %q as:\n", url, userPassword)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, u := range users() {
		where, second := string(u.Participant), ""
		if people.Staff(u.Role) {
			where = "platform"
		}
		if u.TOTP != "" {
			second = "code of TOTP secret " + u.TOTP
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", u.Login, u.Role, where, second)
	}
	_ = w.Flush() // out's errors show elsewhere
}

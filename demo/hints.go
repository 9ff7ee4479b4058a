package demo

import (
	"fmt"
	"strings"

	"mconnect"
)

// hint is a suggested command that works exactly as printed.
type hint struct {
	says    string
	command string
}

// hints are commands for a shell, against a running demo.
func hints(f folder, w *Dataset, exchange, program string) []hint {
	program = callable(program)
	lawful := legal(townHall, "AJUTOR-SOCIAL", 17)
	lawful.Basis = "Legea nr. 133/2008"
	return []hint{
		{"A town hall asks about a person, for social aid:", f.curl(townHall, lawful, exchange, "GetPerson", w)},
		{"A bank calls out of curiosity, and the refusal says why:",
			f.curl(bank, legal(bank, noPurpose, 1), exchange, "GetPerson", w)},
		{"Both are in the journal:", fmt.Sprintf("%s journal search --config %s --service GetPerson --limit 5",
			program, quote(f.config()))},
		{"Nobody has changed it since:", fmt.Sprintf("%s journal verify --dir %s", program, quote(f.data()))},
	}
}

// credentials are the options by which curl authenticates as a system.
func (f folder) credentials(system mconnect.SystemID) string {
	return fmt.Sprintf("--cacert %s --cert %s --key %s", quote(f.ca()), quote(f.cert(system)), quote(f.key(system)))
}

// curl is the command by which a system calls a service about a person with children.
func (f folder) curl(system mconnect.SystemID, c mconnect.LegalContext, url string, service mconnect.ServiceName,
	w *Dataset) string {
	return strings.Join([]string{
		"curl -sS " + f.credentials(system),
		fmt.Sprintf("-H 'Content-Type: application/json' -H 'CallingUser: %s' -H 'CallingEntity: %s'", c.User, c.Entity),
		fmt.Sprintf("-H 'CallBasis: %s' -H 'CallReason: %s'", c.Basis, c.Reason),
		fmt.Sprintf("-d '{\"IDNP\":\"%s\"}' %s/api/v1/%s", w.parent().IDNP, url, service),
	}, " \\\n  ")
}

// sandboxHint is a sandbox call without an agreement, as an integrator makes it at first.
func sandboxHint(f folder, w *Dataset, at string) hint {
	c := legal(bank, "Legea nr. 133/2008", 1)
	c.Reason = "proba"
	return hint{"No agreement yet? The sandbox answers with an invented person, without asking any register:",
		f.curl(bank, c, at, "GetPersonBenefits", w)}
}

// callable is how a shell starts the program at path: that of `go run` is gone when the demo ends.
func callable(path string) string {
	if strings.Contains(path, "/go-build") {
		return "go run ./cmd/mconnect"
	}
	return quote(path)
}

// quote makes s one word for a shell.
func quote(s string) string {
	odd := func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:,@", r)
	}
	if s != "" && !strings.ContainsFunc(s, odd) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

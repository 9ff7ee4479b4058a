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
	p := w.parent()
	curl := func(system mconnect.SystemID, c mconnect.LegalContext, a Request) string {
		return strings.Join([]string{
			fmt.Sprintf("curl -sS --cacert %s --cert %s --key %s", quote(f.ca()), quote(f.cert(system)),
				quote(f.key(system))),
			fmt.Sprintf("-H 'Content-Type: application/json' -H 'CallingUser: %s' -H 'CallingEntity: %s'", c.User,
				c.Entity),
			fmt.Sprintf("-H 'CallBasis: %s' -H 'CallReason: %s'", c.Basis, c.Reason),
			fmt.Sprintf("-d '{\"IDNP\":\"%s\"}' %s/api/v1/%s", p.IDNP, exchange, a.Service),
		}, " \\\n  ")
	}
	lawful := legal(townHall, "AJUTOR-SOCIAL", 17)
	lawful.Basis = "Legea nr. 133/2008"
	return []hint{
		{"A town hall asks about a person, for social aid:", curl(townHall, lawful, Request{Service: "GetPerson"})},
		{"A bank calls out of curiosity, and the refusal says why:",
			curl(bank, legal(bank, noPurpose, 1), Request{Service: "GetPerson"})},
		{"Both stand in the journal:", fmt.Sprintf("%s journal search --config %s --service GetPerson --limit 5",
			program, quote(f.config()))},
		{"Nobody has changed it since:", fmt.Sprintf("%s journal verify --dir %s", program, quote(f.data()))},
	}
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

package demo

import (
	"fmt"
	"strings"
)

// addressLike is where a listener listens that no option names: on a free port where the exchange does.
func addressLike(exchange, usual string) string {
	if strings.HasSuffix(exchange, ":0") {
		return exchange
	}
	return usual
}

// sandboxHint is a sandbox call without an agreement, as an integrator makes it at first.
func sandboxHint(f folder, w *Dataset, at string) hint {
	c := legal(bank, noPurpose, 1)
	return hint{"No agreement yet? The sandbox answers with an invented person, without asking any register:",
		strings.Join([]string{
			fmt.Sprintf("curl -sS --cacert %s --cert %s --key %s", quote(f.ca()), quote(f.cert(bank)),
				quote(f.key(bank))),
			fmt.Sprintf("-H 'Content-Type: application/json' -H 'CallingUser: %s' -H 'CallingEntity: %s'", c.User,
				c.Entity),
			"-H 'CallBasis: Legea nr. 133/2008' -H 'CallReason: proba'",
			fmt.Sprintf("-d '{\"IDNP\":\"%s\"}' %s/api/v1/GetPersonBenefits", w.parent().IDNP, at),
		}, " \\\n  ")}
}

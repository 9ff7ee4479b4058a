//go:build whole

package peers

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mconnect/test/must"
)

// said are the lines that a client prints: the cadastral numbers that it read of each answer, the sentence of each
// fault, how many signed parts of answers it verified, and statuses behind which it shows no fault.
type said struct{ answers, faults, verified, statuses int }

var lines = map[string]*regexp.Regexp{
	"answered": regexp.MustCompile(`(?m)^answered: ?( ?[0-9]{7}\.[0-9]{3})+ *$`),
	"fault":    regexp.MustCompile(`(?m)^fault: CallReason .*dosarul.*$`),
	"status":   regexp.MustCompile(`(?m)^status: .*400`),
}

func read(output string) (s said) {
	count := func(line string) int { return len(lines[line].FindAllString(output, -1)) }
	s.answers, s.faults, s.statuses = count("answered"), count("fault"), count("status")
	if _, after, ok := strings.Cut(output, "verified: "); ok {
		s.verified = int(after[0] - '0')
	}
	return s
}

// run runs a program in a folder, which must end well, and returns what it printed.
func run(t *testing.T, dir string, env []string, command ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", command, err, out)
	}
	return string(out)
}

// source is the absolute path of a client's text.
func source(t *testing.T, name string) string {
	t.Helper()
	path := must.Get(filepath.Abs(filepath.Join("testdata", name)))(t)
	return path
}

// described writes the notary's WSDL into a folder, as its tools read it.
func (c *country) described(t *testing.T, dir string) {
	t.Helper()
	run(t, dir, nil, "curl", "-sf", "--cacert", c.ca(), "-o", "service.wsdl", c.wsdl())
}

// interpreted is a client in a language that needs no compiling.
func (c *country) interpreted(t *testing.T, env []string, command ...string) string {
	t.Helper()
	command[len(command)-1] = source(t, command[len(command)-1])
	return run(t, t.TempDir(), env, append(command, c.wsdl(), c.ca(), c.certOf(notary), c.keyOf(notary))...)
}

// TestPeers_Call: each reads the description, calls by its certificate in TLS and reads answer and fault; those
// that sign call without the certificate, and verify what comes back. Two answers are both versions of SOAP.
func TestPeers_Call(t *testing.T) {
	c := start(t)
	python, node := "/usr/bin/python3", []string{"NODE_EXTRA_CA_CERTS=" + c.ca(), "NODE_PATH=" + modules(t, "soap@1.13.0", "strong-soap@6.0.1")}
	for name, client := range map[string]struct {
		want said
		run  func(t *testing.T) string
	}{
		"zeep":       {said{answers: 2, faults: 2}, func(t *testing.T) string { return c.interpreted(t, nil, python, "zeep_client.py") }},
		"suds":       {said{answers: 1, faults: 1}, func(t *testing.T) string { return c.interpreted(t, nil, python, "suds_client.py") }},
		"PHP":        {said{answers: 2, faults: 2}, func(t *testing.T) string { return c.interpreted(t, nil, "php", "php_client.php") }},
		"SOAP::Lite": {said{answers: 1, faults: 1}, func(t *testing.T) string { return c.interpreted(t, nil, "perl", "lite_client.pl") }},
		"node soap":  {said{answers: 2, faults: 2}, func(t *testing.T) string { return c.interpreted(t, node, "node", "node_soap.js") }},
		// strong-soap delivers no answer whose element is not <operation>Response, but its envelope.
		"strong-soap":  {said{answers: 2, faults: 2}, func(t *testing.T) string { return c.interpreted(t, node, "node", "strong_soap.js") }},
		"Axis":         {said{answers: 1, faults: 1}, c.axis},
		"JAX-WS WSS4J": {said{answers: 3, faults: 3, verified: 4}, c.jaxws},
		".NET proxy":   {said{answers: 1, faults: 1}, c.proxy},
		// Mono's WCF reads faults with status 500 only, and SOAP 1.2 has 400 for a sender's.
		"WCF":            {said{answers: 3, faults: 1, statuses: 2}, c.wcf},
		".NET SignedXml": {said{answers: 1, faults: 1, verified: 4}, c.signedXML},
	} {
		t.Run(name, func(t *testing.T) {
			output := client.run(t)
			if got := read(output); got != client.want {
				t.Errorf("read %+v, want %+v:\n%s", got, client.want, output)
			}
		})
	}
}

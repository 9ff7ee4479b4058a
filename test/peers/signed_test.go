//go:build whole

package peers

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"testing"

	"mconnect/fault"
	"mconnect/test/must"
	"mconnect/test/world"
)

// signing is the package that signs; it shares no code with the platform.
const signing = "http-message-signatures@1.0.6"

// caller is a system that may ask for real estate, and its context.
type caller struct {
	system  string
	context map[string]string
}

var (
	theNotary = caller{notary, map[string]string{"CallingUser": "2999900000181", "CallingEntity": "1999900000081", "CallBasis": "ACT-NOTARIAL",
		"CallReason": "dosar notarial 218/2026"}}
	theTownHall = caller{townHall, map[string]string{"CallingUser": "2999900000262", "CallingEntity": "1999900000069", "CallBasis": "AJUTOR-SOCIAL",
		"CallReason": "AS-2026-00017"}}
)

// change is what happens to a request between signing and sending.
type change struct {
	Path    string            `json:"path,omitempty"`
	Body    string            `json:"body,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Without []string          `json:"without,omitempty"`
	Again   bool              `json:"again,omitempty"`
}

// signedCall is one call as testdata/http_signer.js reads it.
type signedCall struct {
	Name    string            `json:"name"`
	Key     string            `json:"key"`
	Cert    string            `json:"cert"`
	Alg     string            `json:"alg"`
	Person  string            `json:"person"`
	Path    string            `json:"path"`
	Covered []string          `json:"covered"`
	Label   string            `json:"label,omitempty"`
	Created int               `json:"created,omitempty"` // seconds from now
	Context map[string]string `json:"context"`
	After   *change           `json:"after,omitempty"`

	want fault.Code
}

// covering are the components that a signature of a call must cover.
func covering(without string) (names []string) {
	for _, name := range []string{"@method", "@target-uri", "content-digest", "callinguser", "callingentity", "callbasis", "callreason"} {
		if name != without {
			names = append(names, name)
		}
	}
	return names
}

// TestPeers_HTTPSignatures: REST calls signed by another implementation of RFC 9421 are served without a TLS
// certificate; what was changed after signing, or is not covered, is refused for what it is.
func TestPeers_HTTPSignatures(t *testing.T) {
	c := start(t)
	cases := []signedCall{}
	add := func(name string, who caller, alg string, want fault.Code, change func(*signedCall)) {
		one := signedCall{Name: name, Key: c.keyOf(who.system), Cert: c.certOf(who.system), Alg: alg, Person: "2999000006393",
			Path: "/api/v1/GetRealEstates", Covered: covering(""), Context: maps.Clone(who.context), want: want}
		if change != nil {
			change(&one)
		}
		cases = append(cases, one)
	}
	then := func(after change) func(*signedCall) { return func(s *signedCall) { s.After = &after } }
	set := func(name, value string) func(*signedCall) {
		return then(change{Headers: map[string]string{name: value}})
	}

	add("RSA", theNotary, "rsa-v1_5-sha256", "", nil)
	add("RSA-PSS", theNotary, "rsa-pss-sha512", "", nil)
	add("P-256", theTownHall, "ecdsa-p256-sha256", "", nil)
	add("a version in the address", theNotary, "rsa-v1_5-sha256", "", func(s *signedCall) { s.Path += "/1.0.0" })
	add("more than must be covered", theNotary, "rsa-v1_5-sha256", "", func(s *signedCall) {
		s.Covered = append(s.Covered, "@authority", "@scheme", "@path", "@query", "@request-target", "content-type")
	})
	add("another label", theNotary, "rsa-v1_5-sha256", "", func(s *signedCall) { s.Label = "sig1" })
	add("another order", theTownHall, "ecdsa-p256-sha256", "", func(s *signedCall) {
		s.Covered = append(s.Covered[3:], s.Covered[:3]...)
	})

	add("another basis", theNotary, "rsa-v1_5-sha256", fault.SignatureWrong, set("CallBasis", "Legea nr. 246/2018"))
	add("another reason", theNotary, "rsa-v1_5-sha256", fault.SignatureWrong, set("CallReason", "dosar notarial 219/2026"))
	add("another official", theNotary, "rsa-v1_5-sha256", fault.SignatureWrong, set("CallingUser", "2999900000192"))
	add("another service", theNotary, "rsa-v1_5-sha256", fault.SignatureWrong, then(change{Path: "/api/v1/GetPerson"}))
	add("another query", theNotary, "rsa-v1_5-sha256", fault.SignatureWrong, then(change{Path: "/api/v1/GetRealEstates?fields=RealEstate"}))
	add("another person", theNotary, "rsa-v1_5-sha256", fault.SignatureDigest, then(change{Body: `{"IDNP":"2999000000015"}`}))
	add("no digest", theNotary, "rsa-v1_5-sha256", fault.SignatureComponent, then(change{Without: []string{"Content-Digest"}}))
	add("no signature", theNotary, "rsa-v1_5-sha256", fault.SignatureMalformed, then(change{Without: []string{"Signature"}}))
	add("sent twice", theTownHall, "ecdsa-p256-sha256", fault.SignatureReplayed, then(change{Again: true}))
	add("old", theNotary, "rsa-v1_5-sha256", fault.SignatureExpired, func(s *signedCall) { s.Created = -3600 })
	add("of tomorrow", theNotary, "rsa-v1_5-sha256", fault.SignatureFuture, func(s *signedCall) { s.Created = 86_400 })
	for _, name := range covering("") {
		add(name+" not covered", theNotary, "rsa-v1_5-sha256", fault.SignatureComponent, func(s *signedCall) { s.Covered = covering(name) })
	}
	add("another's key", theNotary, "ecdsa-p256-sha256", fault.SignatureAlgorithm, func(s *signedCall) { s.Key = c.keyOf(townHall) })
	add("a certificate of nobody", theTownHall, "ecdsa-p256-sha256", fault.SignatureCertificate, func(s *signedCall) { s.Cert = c.ca() })

	input := must.Get(json.Marshal(cases))(t)
	cmd := exec.CommandContext(t.Context(), "node", "testdata/http_signer.js", c.exchange, c.ca())
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules(t, signing))
	cmd.Stdin = bytes.NewReader(input)
	var said, complained bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &complained
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, complained.String())
	}
	answers := map[string][2]any{}
	if err := json.Unmarshal(said.Bytes(), &answers); err != nil {
		t.Fatalf("%v in %s", err, said.String())
	}
	for _, one := range cases {
		got := answers[one.Name]
		if ok := got[0] == 200.0; ok != (one.want == "") || got[1] != string(one.want) {
			t.Errorf("%s: %v, want %q", one.Name, got, one.want)
		}
	}
}

// modules installs npm packages and returns the folder in which node looks for them.
func modules(t *testing.T, packages ...string) string {
	t.Helper()
	home := must.Get(world.Modules(packages...))(t)
	return home
}

//go:build whole

package soap_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	npm "mconnect/test/world"

	"mconnect/internal/domain/journal"
	"mconnect/internal/pki"
	"mconnect/test/must"
)

// run runs a foreign client, which must not complain, and reads what it prints.
func run(t *testing.T, environment []string, name string, args ...string) map[string]json.RawMessage {
	t.Helper()
	var got map[string]json.RawMessage
	out := raw(t, environment, name, args...)
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return got
}

func raw(t *testing.T, environment []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), environment...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s\n%s", name, err, stderr.String(), stdout.String())
	}
	if stderr.Len() > 0 {
		t.Errorf("%s complains: %s", name, stderr.String())
	}
	return stdout.String()
}

// foreign is a world with the platform's signing certificate in a file, alone.
func foreign(t *testing.T) (w *testPlatform, signing string) {
	w = newTestPlatform(t)
	signing = filepath.Join(w.dir, "platform-signing.pem")
	must.OK(t, os.WriteFile(signing, pki.EncodeCertificates(w.signing), 0o600))
	return w, signing
}

// same compares JSON by value.
func same(t *testing.T, what string, got json.RawMessage, want string) {
	t.Helper()
	var a, b any
	if json.Unmarshal(got, &a) != nil || json.Unmarshal([]byte(want), &b) != nil {
		t.Fatalf("%s: %s", what, got)
	}
	one, _ := json.Marshal(a)
	two, _ := json.Marshal(b)
	if string(one) != string(two) {
		t.Errorf("%s: %s, want %s", what, one, two)
	}
}

// recorded demands so many answered calls by SOAP in the journal, and returns the checks of the last intent.
func (w *testPlatform) recorded(outcomes int) (flagged int) {
	w.t.Helper()
	head := must.Get(w.app.Log().Head(w.t.Context()))(w.t)
	answered := 0
	for n := range head.Size {
		e, _, err := w.app.Journal.Entry(w.t.Context(), n)
		must.OK(w.t, err)
		if e.Kind == journal.Outcome && e.Protocol == "soap" && e.Code == "" {
			answered++
		}
		if e.Kind == journal.Intent && len(e.Checks) > 0 && e.Checks[0].Name == "signature" {
			flagged++
		}
	}
	if answered != outcomes {
		w.t.Errorf("%d answered calls in the journal, want %d", answered, outcomes)
	}
	return flagged
}

// TestPeers_Zeep: the unmodified library of Debian, by both versions of SOAP.
func TestPeers_Zeep(t *testing.T) {
	w, signing := foreign(t)
	hall := w.parties["hall.app"]
	got := run(t, nil, "/usr/bin/python3", "testdata/client.py", w.url+"/soap/hall.app?wsdl", w.ca, hall.keyAt, hall.pem, signing)
	same(t, "person", got["GetPerson"], `{"IDNP":"`+subject+`","LastName":"Sintetică & <Șt>","BirthDate":"1990-02-28","Secret":null}`)
	same(t, "entity", got["GetLegalEntity"], `{"IDNO":"`+company+`","Name":"Moara Exemplu SRL","Heads":{"Head":["Ion","Ana"]}}`)
	same(t, "estates", got["GetRealEstates"], `[{"Number":"0100101.001","Area":"54.30"},{"Number":"0100101.002","Area":"612.00"}]`)
	same(t, "answers verified", got["verified"], "8")
	if !strings.Contains(string(got["fault"]), "dosar") {
		t.Errorf("fault: %s", got["fault"])
	}
	if flagged := w.recorded(6); flagged != 6 {
		t.Errorf("%d of 6 SHA-1 signatures flagged", flagged)
	}
}

// TestPeers_NodeSoap: the unmodified package of npm with its WSSecurityCert, as it is now and as it was when most of
// the field was built.
func TestPeers_NodeSoap(t *testing.T) {
	for version, shape := range map[string][]string{
		"soap@1.13.0": {"rsa-sha256", "enveloped-signature", "BinarySecurityToken"},
		"soap@0.45.0": {"rsa-sha1", "enveloped-signature", `Id=\"_0\"`, `Id=\"_1\"`, "BinarySecurityToken"},
	} {
		w, signing := foreign(t)
		hall := w.parties["hall.app"]
		modules := must.Get(npm.Modules(version))(t)
		got := run(t, []string{"NODE_EXTRA_CA_CERTS=" + w.ca, "NODE_PATH=" + modules}, "node", "--no-deprecation", "testdata/client.js",
			w.url+"/services/t/hall.gov.md/AsistentaSociala?wsdl", hall.keyAt, hall.pem, signing)
		same(t, "person", got["GetPerson"], `{"IDNP":"`+subject+`","LastName":"Sintetică & <Șt>","BirthDate":"1990-02-28T00:00:00.000Z"}`)
		same(t, "entity", got["GetLegalEntity"], `{"IDNO":"`+company+`","Name":"Moara Exemplu SRL","Heads":{"Head":["Ion","Ana"]}}`)
		same(t, "estates", got["GetRealEstates"], `{"RealEstate":[{"Number":"0100101.001","Area":54.3},{"Number":"0100101.002","Area":612}]}`)
		same(t, "answers verified", got["verified"], "4")
		for _, want := range shape {
			if !strings.Contains(string(got["shape"]), want) {
				t.Errorf("%s does not sign as expected: no %s in %s", version, want, got["shape"])
			}
		}
		weak := map[bool]int{true: 4}[shape[0] == "rsa-sha1"]
		if flagged := w.recorded(3); flagged != weak {
			t.Errorf("%s: %d SHA-1 signatures flagged, want %d", version, flagged, weak)
		}
	}
}

// TestPeers_PHP: SoapClient of Debian's php-soap, by both versions of SOAP.
func TestPeers_PHP(t *testing.T) {
	w, signing := foreign(t)
	hall := w.parties["hall.app"]
	got := run(t, nil, "php", "testdata/client.php", w.url+"/soap/hall.app?wsdl", w.ca, hall.keyAt, hall.pem, signing)
	same(t, "person", got["GetPerson"], `{"IDNP":"`+subject+`","LastName":"Sintetică & <Șt>","BirthDate":"1990-02-28"}`)
	same(t, "entity", got["GetLegalEntity"], `{"IDNO":"`+company+`","Name":"Moara Exemplu SRL","Heads":{"Head":["Ion","Ana"]}}`)
	same(t, "estates", got["GetRealEstates"], `{"RealEstate":[{"Number":"0100101.001","Area":"54.30"},{"Number":"0100101.002","Area":"612.00"}]}`)
	same(t, "answers verified", got["verified"], "8")
	if !strings.Contains(string(got["fault"]), "registrul") && !strings.Contains(string(got["fault"]), "Registrul") {
		t.Errorf("fault: %s", got["fault"])
	}
	if flagged := w.recorded(6); flagged != 0 {
		t.Errorf("%d flagged", flagged)
	}
}

// TestPeers_Curl: a message signed by xmlsec1 and sent by curl, the answer verified by xmlsec1.
func TestPeers_Curl(t *testing.T) {
	w, signing := foreign(t)
	hall := w.parties["hall.app"]
	for name, call := range map[string][3]string{
		"GetPerson": {"IDNP", subject, "<LastName>Sintetică &amp; &lt;Șt&gt;</LastName>"}, "GetLegalEntity": {"IDNO", company, "<Heads><Head>Ion</Head>"},
		"GetRealEstates": {"IDNP", subject, "<Area>612.00</Area>"},
	} {
		out := raw(t, nil, "sh", "testdata/client.sh", w.url+"/soap", w.ca, hall.keyAt, hall.pem, signing, t.TempDir(), name, call[0], call[1])
		if !strings.Contains(out, call[2]) {
			t.Errorf("%s: %s", name, out)
		}
	}
	w.recorded(3)
}

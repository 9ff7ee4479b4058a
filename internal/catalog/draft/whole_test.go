//go:build whole

package draft_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// soapVersion is that of the npm package that real consumers run.
const soapVersion = "soap@1.13.0"

// loaded is what a client says of a WSDL.
type loaded struct {
	Operations map[string][]string
	Driver     []string
	Asked      map[string]string
}

// load runs a client's script over the WSDL made of the imported drafts.
func load(t *testing.T, command ...string) loaded {
	t.Helper()
	file := filepath.Join(t.TempDir(), "consumer.wsdl")
	if err := os.WriteFile(file, exported(t, transport(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	run := exec.Command(command[0], append(command[1:], file)...)
	run.Stderr = os.Stderr
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var found loaded
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for _, port := range []string{"MConnectSoap11", "MConnectSoap12"} {
		if got := found.Operations[port]; len(got) != 40 || !slices.Contains(got, "GetVehicle") {
			t.Errorf("%s offers %v", port, got)
		}
	}
	if want := []string{"Holder", "LicenceNumber", "Category", "IssuedOn", "ValidTo", "Points"}; !slices.Equal(found.Driver[:min(len(found.Driver), 6)], want) {
		t.Errorf("Driver has %v", found.Driver)
	}
	return found
}

func TestZeepAcceptsTheRoundTrip(t *testing.T) {
	found := load(t, "/usr/bin/python3", "testdata/load.py")
	if found.Asked["IDNP"] != "2999000006393" || found.Asked["Page"] != "2" {
		t.Errorf("asked %v", found.Asked)
	}
}

func TestNodeSoapAcceptsTheRoundTrip(t *testing.T) {
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(cache, "mconnect-test-soap-1.13.0")
	if _, err := os.Stat(filepath.Join(home, "node_modules", "soap")); err != nil {
		if out, err := exec.Command("npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", home, soapVersion).CombinedOutput(); err != nil {
			t.Fatalf("npm: %v\n%s", err, out)
		}
	}
	text, err := os.ReadFile("testdata/load.js")
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(home, "load.js") // beside the package, where node looks for it
	if err := os.WriteFile(script, text, 0o600); err != nil {
		t.Fatal(err)
	}
	load(t, "node", script)
}

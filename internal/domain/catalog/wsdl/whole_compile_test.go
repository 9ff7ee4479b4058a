//go:build whole

package wsdl_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/internal/domain/catalog/wsdl"
	"mconnect/test/must"
)

// TestDocument_ClientCompilers: the kind of tool that writes a client of a WSDL ahead of time (gSOAP here; wsimport,
// svcutil) finds every operation, header and type, warns of nothing, and what it writes is taken by the next of its
// tools.
func TestDocument_ClientCompilers(t *testing.T) {
	doc := must.Get(wsdl.Document(config()))(t)
	dir := t.TempDir()
	at, header := filepath.Join(dir, "mconnect.wsdl"), filepath.Join(dir, "mconnect.h")
	must.OK(t, os.WriteFile(at, doc, 0o600))
	// -N: the two bindings, of SOAP 1.1 and 1.2, under names of their own; without it the tool remarks that it joins
	// them.
	for _, tool := range [][]string{{"wsdl2h", "-Nmc", "-o", header, at}, {"soapcpp2", "-C", "-d", dir, header}} {
		out, err := exec.CommandContext(t.Context(), tool[0], tool[1:]...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", tool[0], err, out)
		}
		if said := strings.ToLower(string(out)); strings.Contains(said, "warning") || strings.Contains(said, "error") {
			t.Errorf("%s complains: %s", tool[0], out)
		}
	}
	text := must.Get(os.ReadFile(header))(t)
	for _, want := range []string{"GetPerson", "GetRealEstates", "CallingUser", "CallingEntity", "CallBasis", "CallReason", "IDNP"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the client lacks %s", want)
		}
	}
	if written, err := filepath.Glob(filepath.Join(dir, "soapClient.cpp")); err != nil || len(written) != 1 {
		t.Errorf("no client was written: %v %v", written, err)
	}
}

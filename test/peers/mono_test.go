//go:build whole

package peers

import (
	"path/filepath"
	"testing"
)

// mono compiles a client with what it needs and runs it with the notary's key, which Mono reads from an archive of the
// older kind.
func (c *country) mono(t *testing.T, dir, client string, compile ...string) string {
	t.Helper()
	run(t, dir, nil, "openssl", "pkcs12", "-export", "-legacy", "-in", c.certOf(notary), "-inkey", c.keyOf(notary),
		"-passout", "pass:x", "-out", "own.pfx")
	run(t, dir, nil, append(append([]string{"mcs", "-out:client.exe"}, compile...), source(t, client))...)
	return run(t, dir, nil, "mono", filepath.Join(dir, "client.exe"), filepath.Join(dir, "own.pfx"), c.wsdl())
}

// proxy calls through a proxy that wsdl.exe made.
func (c *country) proxy(t *testing.T) string {
	dir := t.TempDir()
	c.described(t, dir)
	run(t, dir, nil, "wsdl", "-o:Proxy.cs", "-n:Proxy", "service.wsdl")
	return c.mono(t, dir, "Client.cs", "-r:System.Web.Services", "-r:System.Xml", "Proxy.cs")
}

// wcf calls through channels of WCF: SOAP 1.1, SOAP 1.2, SOAP 1.2 with WS-Addressing.
func (c *country) wcf(t *testing.T) string {
	return c.mono(t, t.TempDir(), "WcfClient.cs", "-r:System.ServiceModel", "-r:System.Runtime.Serialization", "-r:System.Xml", "-r:System.Xml.Linq")
}

// signedXML signs with the class that .NET has for it.
func (c *country) signedXML(t *testing.T) string {
	return c.mono(t, t.TempDir(), "SignedClient.cs", "-r:System.Security", "-r:System.Xml")
}

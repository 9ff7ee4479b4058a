//go:build whole

package peers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/test/must"
)

// The archives of Debian that Axis 1.4, and JAX-WS RI with WSS4J, need next to the virtual machine.
var (
	axisJars  = jars("axis axis-jaxrpc axis-saaj commons-logging commons-discovery wsdl4j javax.activation javax.mail")
	jaxwsJars = jars("jaxws-rt jaxws-ri-runtime jaxws-api jaxb-api jaxb-runtime jaxb-core jaxb-impl saaj saaj-impl jws-api metro-policy stax-ex " +
		"stax2-api streambuffer woodstox-core mimepull FastInfoset gmbal javax.activation geronimo-annotation-1.3-spec wss4j xmlsec commons-logging slf4j-api")
)

func jars(names string) string {
	var all []string
	for name := range strings.FieldsSeq(names) {
		all = append(all, "/usr/share/java/"+name+".jar")
	}
	return strings.Join(all, ":")
}

// java compiles the stubs that a tool has made in dir, and the client, and runs it with the notary's key in TLS.
func (c *country) java(t *testing.T, dir, classpath, client string) string {
	t.Helper()
	sources := []string{source(t, client+".java")}
	must.OK(t, filepath.WalkDir(filepath.Join(dir, "made"), func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".java") {
			sources = append(sources, path)
		}
		return err
	}))
	run(t, dir, nil, append([]string{"javac", "-nowarn", "-encoding", "UTF-8", "-cp", classpath, "-d", "classes"}, sources...)...)
	run(t, dir, nil, "openssl", "pkcs12", "-export", "-in", c.certOf(notary), "-inkey", c.keyOf(notary), "-name", "system",
		"-passout", "pass:changeit", "-out", "own.p12")
	run(t, dir, nil, "keytool", "-importcert", "-noprompt", "-alias", "ca", "-file", c.ca(), "-keystore", "trust.p12",
		"-storetype", "PKCS12", "-storepass", "changeit")
	// Axis 1.4 compares the host with names alone, not with addresses.
	address := strings.Replace(c.wsdl(), "127.0.0.1", "localhost", 1)
	return run(t, dir, nil, "java", "-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8",
		"-Djavax.net.ssl.keyStore=own.p12", "-Djavax.net.ssl.keyStorePassword=changeit", "-Djavax.net.ssl.keyStoreType=PKCS12",
		"-Djavax.net.ssl.trustStore=trust.p12", "-Djavax.net.ssl.trustStorePassword=changeit", "-cp", "classes:"+classpath, client, address)
}

// axis calls by stubs of Axis 1.4, which knows SOAP 1.1 alone.
func (c *country) axis(t *testing.T) string {
	dir := t.TempDir()
	c.described(t, dir)
	run(t, dir, nil, "java", "-cp", axisJars, "org.apache.axis.wsdl.WSDL2Java", "-p", "made", "-o", ".", "service.wsdl")
	return c.java(t, dir, axisJars, "AxisClient")
}

// jaxws calls by stubs of the JAX-WS RI, over SOAP 1.1 and 1.2, and signed by WSS4J.
func (c *country) jaxws(t *testing.T) string {
	dir := t.TempDir()
	c.described(t, dir)
	run(t, dir, nil, "wsimport", "-quiet", "-extension", "-Xnocompile", "-keep", "-p", "made", "-d", ".", "service.wsdl")
	return c.java(t, dir, jaxwsJars, "JaxwsClient")
}

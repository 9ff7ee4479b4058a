// Package peers calls the platform with clients of other people, unmodified, as living systems use them: each reads the WSDL,
// presents the system's certificate in TLS, calls a service and reads a fault. Its tests have the build tag whole.
package peers

// Package xconnect switches on extended CONNECT (RFC 8441) in the HTTP/2 servers of a process that imports it, for
// WebSocket over HTTP/2.
//
// net/http looks once, when it is initialised, for http2xconnect=1 in the environment variable GODEBUG, and offers no
// other way. Packages are initialised in the order of their import paths as soon as what they import is (Go
// specification, Program initialization): this one needs os only and stands before net/http. Without it, or with a name
// that sorts behind "net/http", WebSocket works over HTTP/1.1 only; a test holds that.
package xconnect

import "os"

// Enabled is what GODEBUG holds since.
var Enabled = enable()

func enable() string {
	setting := "http2xconnect=1"
	if before := os.Getenv("GODEBUG"); before != "" {
		setting = before + "," + setting
	}
	if err := os.Setenv("GODEBUG", setting); err != nil {
		return ""
	}
	return setting
}

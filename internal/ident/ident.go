// Package ident makes identifiers that nobody can guess or repeat: call ids, trace ids, tokens.
//
// It owns their randomness only; the forms are the root package's and those of the standards named at
// each function. Safe for concurrent use.
package ident

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"

	"github.com/google/uuid"

	"mconnect"
)

// CallID makes a UUID of version 7 (RFC 9562): the ids of one process sort by the time they were made.
func CallID() mconnect.CallID { return mconnect.CallID(uuid.Must(uuid.NewV7()).String()) }

// Trace makes a W3C trace id: 32 lower-case hexadecimal digits, not all zero.
func Trace() string { return random(16) }

// Span makes a W3C parent id: 16 lower-case hexadecimal digits, not all zero.
func Span() string { return random(8) }

// Token makes a secret of 256 bits in 43 characters of base64url, for administrators' tokens.
func Token() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails: crypto/rand ends the process instead
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

func random(n int) string {
	raw := make([]byte, n)
	for {
		_, _ = rand.Read(raw)
		for _, b := range raw {
			if b != 0 {
				return hex.EncodeToString(raw)
			}
		}
	}
}

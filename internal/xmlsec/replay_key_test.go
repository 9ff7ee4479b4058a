package xmlsec_test

import (
	"bytes"
	"crypto/elliptic"
	"math/big"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
)

// TestReplayKey: what ECDSA takes for the same signature is remembered as the same, and nothing else is.
func TestReplayKey(t *testing.T) {
	rsa, ec := alpha().cert, gamma().cert
	n := elliptic.P256().Params().N
	low := make([]byte, 64)
	big.NewInt(7).FillBytes(low[:32])
	big.NewInt(1234567).FillBytes(low[32:])
	high := bytes.Clone(low)
	new(big.Int).Sub(n, big.NewInt(1234567)).FillBytes(high[32:])
	other := bytes.Clone(low)
	other[31]++
	if xmlsec.ReplayKey(ec, low) != xmlsec.ReplayKey(ec, high) {
		t.Error("(r, s) and (r, n-s) are two signatures")
	}
	if xmlsec.ReplayKey(ec, low) == xmlsec.ReplayKey(ec, other) {
		t.Error("another r is the same signature")
	}
	if xmlsec.ReplayKey(rsa, low) == xmlsec.ReplayKey(rsa, high) || xmlsec.ReplayKey(rsa, low) == xmlsec.ReplayKey(ec, low) {
		t.Error("values of RSA, or of two keys, are taken for one")
	}
	kept := bytes.Clone(high)
	xmlsec.ReplayKey(ec, high)
	if !bytes.Equal(high, kept) {
		t.Error("the signature was written to")
	}
	memory, now := xmlsec.NewMemory(64), time.Now()
	must.OK(t, memory.Remember(xmlsec.ReplayKey(ec, high), now, now.Add(time.Minute)))
	if err := memory.Remember(xmlsec.ReplayKey(ec, low), now, now.Add(time.Minute)); fault.From(err) == nil || fault.From(err).Code != fault.SignatureReplayed {
		t.Errorf("its twin: %v", err)
	}
}

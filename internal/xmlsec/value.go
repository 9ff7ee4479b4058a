package xmlsec

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // verified only where a policy allows, and flagged
	"crypto/sha256"
	"crypto/x509"
	"math/big"

	"mconnect/fault"
)

// Bounds of RSA keys, in bits.
const (
	leastRSA = 2048
	mostRSA  = 8192
)

// checkValue verifies the signature value over the canonical SignedInfo with the registered key. The kind of the key
// decides which algorithms it may be used with, not the message.
func (v *verification) checkValue() error {
	s := v.signature
	room, err := canonicalize(make([]byte, 0, 2048), s.info, s.mode, s.prefixes, 0)
	if err != nil {
		return err
	}
	switch key := v.result.Certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		return checkRSA(key, s.method, room, s.value)
	case *ecdsa.PublicKey:
		if s.method != AlgorithmECDSASHA256 || key.Curve != elliptic.P256() {
			return fault.New(fault.SignatureKey)
		}
		return checkECDSA(key, room, s.value)
	}
	return fault.New(fault.SignatureKey)
}

func checkRSA(key *rsa.PublicKey, method string, signed, value []byte) error {
	if bits := key.N.BitLen(); bits < leastRSA || bits > mostRSA {
		return fault.New(fault.SignatureKey)
	}
	var err error
	switch method {
	case AlgorithmRSASHA256:
		sum := sha256.Sum256(signed)
		err = rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], value)
	case AlgorithmRSASHA1:
		sum := sha1.Sum(signed)
		err = rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], value)
	default:
		return fault.New(fault.SignatureKey)
	}
	if err != nil {
		return fault.New(fault.SignatureWrong)
	}
	return nil
}

// checkECDSA takes the value as r‖s, 32 octets each (XML Signature §6.4.3); DER is refused.
func checkECDSA(key *ecdsa.PublicKey, signed, value []byte) error {
	if len(value) != 64 {
		return fault.New(fault.SignatureWrong)
	}
	sum := sha256.Sum256(signed)
	r, s := new(big.Int).SetBytes(value[:32]), new(big.Int).SetBytes(value[32:])
	if !ecdsa.Verify(key, sum[:], r, s) {
		return fault.New(fault.SignatureWrong)
	}
	return nil
}

// ReplayKey is a signature that has been verified, under its key, for Replay to remember. Of the two values (r, s) and
// (r, n-s) that ECDSA accepts for one message, the smaller s represents both: nobody makes a new signature out of one
// overheard.
func ReplayKey(signer *x509.Certificate, value []byte) [32]byte {
	h := sha256.New()
	h.Write(signer.RawSubjectPublicKeyInfo)
	if signer.PublicKeyAlgorithm == x509.ECDSA && len(value) == 64 {
		s := new(big.Int).SetBytes(value[32:])
		if other := new(big.Int).Sub(elliptic.P256().Params().N, s); other.Cmp(s) < 0 {
			s = other
		}
		value = append(append([]byte(nil), value[:32]...), s.FillBytes(make([]byte, 32))...)
	}
	h.Write(value)
	return [32]byte(h.Sum(nil))
}

package soap

import (
	"context"
	"crypto/x509"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
	"mconnect/internal/xmlsec"
)

// registryImage is what this surface derives from the registry, good for one generation of it.
type registryImage struct {
	generation uint64
	directory  *xmlsec.Directory
	gateways   map[string]mconnect.SystemID // by "tenant/proxy"
}

// currentImage returns the image of the registry as it is now. Whether a certificate or system may act is asked of the
// registry itself, each time.
func (s *Surface) currentImage() *registryImage {
	now := s.Registry.Generation()
	if i := s.image.Load(); i != nil && i.generation == now {
		return i
	}
	s.imaging.Lock()
	defer s.imaging.Unlock()
	now = s.Registry.Generation()
	if i := s.image.Load(); i != nil && i.generation == now {
		return i
	}
	var all []xmlsec.Registered
	for _, leaf := range s.Registry.Leaves() {
		all = append(all, xmlsec.Registered{Certificate: leaf})
	}
	i := &registryImage{generation: now, directory: xmlsec.NewDirectory(all...),
		gateways: map[string]mconnect.SystemID{}}
	for _, system := range s.Registry.Systems() {
		if system.Gateway != "" {
			i.gateways[system.Gateway] = system.ID
		}
	}
	s.image.Store(i)
	return i
}

// identify reads the message as far as is needed to know who sent it. It sets c.who when that is known, even if the
// message is refused; Chain is then that of the proof.
func (c *call) identify() error {
	x := &c.exchange
	if len(x.Chain) > 0 {
		byTLS, err := c.s.Registry.Identify(x.Chain, c.at)
		if err != nil { // the call is refused in any case: its body is not awaited
			if settle, full := c.s.preAuth.Reserve(c.r, 0); full == nil {
				c.release = settle
				return err
			}
			return fault.New(fault.Overloaded)
		}
		c.who = byTLS
	}
	if err := c.receive(); err != nil {
		return err
	}
	if c.who == nil {
		// a document takes many times the memory of its text: few of callers not yet identified are open at once
		wait, stop := context.WithTimeout(c.r.Context(), preAuthWait)
		defer stop()
		if c.s.opening.Acquire(wait, c.r.RemoteAddr) != nil {
			return fault.New(fault.Overloaded)
		}
		defer c.s.opening.Release()
	}
	if err := c.open(); err != nil {
		return err
	}
	signer, err := c.verify()
	switch {
	case err != nil && c.who != nil && fault.From(err).Code == fault.SignatureMissing: // TLS has proven who calls
		if !c.who.System.Signature.Admits(registry.FormTLS) {
			return c.who.System.Signature.RefusedForm(registry.FormTLS)
		}
		return c.envelope.Fresh(c.at)
	case err != nil:
		return err
	case c.who != nil && c.who.System.ID != signer.System.ID:
		return fault.New(fault.CertificateConflict)
	}
	c.who, x.Chain, x.Signed = signer, []*x509.Certificate{c.verified.Certificate}, true
	if !signer.System.Signature.Admits(registry.FormWSS) {
		return signer.System.Signature.RefusedForm(registry.FormWSS)
	}
	if c.verified.Flags&xmlsec.UsedSHA1 != 0 {
		x.Tolerated = []fault.Check{{Name: "signature", Result: fault.Flagged, Code: fault.SignatureWeak}}
	}
	if !signer.System.Signature.Allows(algorithms[c.verified.Algorithm]) {
		return fault.New(fault.SignatureAlgorithm, "algorithm", c.verified.Algorithm)
	}
	return nil
}

var algorithms = map[string]registry.Algorithm{
	xmlsec.AlgorithmRSASHA256: registry.RSASHA256, xmlsec.AlgorithmRSASHA1: registry.RSASHA256,
	xmlsec.AlgorithmECDSASHA256: registry.ECDSASHA256,
}

// verify checks the signature against the registered certificate that it claims, by the policy of that certificate's
// system.
func (c *call) verify() (signer *registry.Identity, err error) {
	verified, err := xmlsec.Verify(c.doc, xmlsec.VerifyConfig{
		Lookup: func(claim xmlsec.Claim) (xmlsec.Registered, error) {
			r, err := c.s.currentImage().directory.Find(claim)
			if err != nil {
				return r, err
			}
			if signer, err = c.s.Registry.IdentifySigner([]*x509.Certificate{r.Certificate}, c.at); err != nil {
				return r, err
			}
			policy := signer.System.Signature
			r.Policy = xmlsec.Policy{SHA1: policy.AllowSHA1, SignedTimestamp: policy.SignedTimestamp}
			return r, nil
		},
		Now: c.s.Clock, Replay: replayRecorder{c},
	})
	if err != nil {
		return nil, err
	}
	c.verified = verified
	return signer, nil
}

// replayRecorder remembers a signature in this process, and has the call remember it with its record for all others.
type replayRecorder struct{ c *call }

// Remember implements xmlsec.Replay.
func (o replayRecorder) Remember(key [32]byte, now, until time.Time) error {
	if err := o.c.s.Replay.Remember(key, now, until); err != nil {
		return err
	}
	o.c.exchange.Once = &journal.Once{Key: key, Until: until}
	return nil
}

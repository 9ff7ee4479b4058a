package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"mconnect/internal/xmlsec"
	"mconnect/test/world"
)

// perSecond is how many messages are signed beforehand for each second of a turn: each may be sent once only.
const perSecond = 1500

// soap measures the whole exchange by SOAP: a message signed by RSA-2048, an answer signed by RSA-2048 or on P-256.
// What the server spends on a call is held against what those signatures cost alone.
func (b *bench) soap() error {
	pair, err := b.signingConsumer(b.own)
	if err != nil {
		return err
	}
	verify, ours, curve, err := signatures(b.long / 4)
	if err != nil {
		return err
	}
	for _, side := range []struct {
		answer string
		alone  time.Duration
		least  float64
	}{{"rsa", verify + ours, 0.8}, {"p256", verify + curve, 0}} {
		manifest := fmt.Sprintf("{ kind: System, id: %s, name: { ro: Consumator }, roles: [consumer], signature: { answer: %s } }\n", world.ConsumerSystem, side.answer)
		if err := b.own.Apply(manifest); err != nil {
			return err
		}
		r, spent, err := b.envelopes(pair)
		if err != nil {
			return err
		}
		ratio, want := float64(side.alone)/float64(spent), ""
		if side.least > 0 {
			want = fmt.Sprintf("≥ %.2f", side.least)
		}
		b.table.value("SOAP, signed by RSA-2048, answered by "+side.answer, "", rate(r.rate()), "", "", true)
		b.table.value("… signatures alone / processor time of a call", ms(side.alone), ms(spent),
			fmt.Sprintf("%.2f", ratio), want, ratio >= side.least)
	}
	return nil
}

// signingConsumer registers the certificate by which the consumer signs SOAP messages, and returns it.
func (b *bench) signingConsumer(p *world.Platform) (tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(b.ca.Crt("consumer-soap"), b.ca.Key("consumer-soap"))
	if err != nil {
		return pair, err
	}
	text, err := os.ReadFile(b.ca.Crt("consumer-soap"))
	if err != nil {
		return pair, err
	}
	indented := strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n  ")
	return pair, p.Apply("kind: Certificate\nsystem: " + world.ConsumerSystem + "\npem: |\n  " + indented + "\n")
}

// soapTarget is a platform that is called by SOAP messages. Their signatures identify the caller.
func (b *bench) soapTarget(p *world.Platform) (target, error) {
	client, err := b.ca.Client("consumer", "platform")
	if err != nil {
		return target{}, err
	}
	client.Certificates = nil
	address := fmt.Sprintf("127.0.0.1:%d", p.Exchange)
	return target{name: "mconnect", address: address, tls: client, least: smallSize / 2, pids: []int{p.PID()}}, nil
}

// envelopes sends messages signed beforehand, each once, and returns the processor time that the server spent on one.
func (b *bench) envelopes(pair tls.Certificate) (result, time.Duration, error) {
	t, err := b.soapTarget(b.own)
	if err != nil {
		return result{}, 0, err
	}
	var runs []result
	for range b.options.turns {
		r, err := b.sendEnvelopes(t, pair, b.long)
		if err != nil {
			return r, 0, err
		}
		progress("  %-9s %s, %s", t.name, rate(r.rate()), latencies(r))
		runs = append(runs, r)
	}
	all := join(runs)
	return all, all.each(), nil
}

// sendEnvelopes signs enough messages for a turn, and sends each once.
func (b *bench) sendEnvelopes(t target, pair tls.Certificate, long time.Duration) (result, error) {
	messages, err := signed(pair, int(max(long.Seconds(), 1)*perSecond))
	if err != nil {
		return result{}, err
	}
	var next atomic.Int64
	r, err := gather(t, connections, func(start time.Time, c *connection, w *worker) {
		for {
			n, began := int(next.Add(1))-1, time.Now()
			if n >= len(messages) || began.Sub(start) >= long {
				return
			}
			one := t
			one.request = messages[n]
			size, err := c.call(one)
			w.record(size, time.Since(began), err)
			if err != nil {
				return
			}
		}
	})
	if err == nil && r.failed > 0 {
		err = fmt.Errorf("%d calls failed: %w", r.failed, r.first)
	}
	return r, err
}

// signed makes n requests, each another message: the ids differ.
func signed(pair tls.Certificate, n int) ([][]byte, error) {
	key, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, errors.New("the key cannot sign")
	}
	signer, err := xmlsec.NewSigner(xmlsec.SignConfig{Key: key, Certificate: pair.Leaf, Lifetime: 30 * time.Minute})
	if err != nil {
		return nil, err
	}
	plain := []byte(`<soapenv:Envelope xmlns:soapenv="` + xmlsec.NamespaceSOAP11 + `"><soapenv:Body><` +
		world.ServicePerson + ` xmlns="https://mconnect.gov.md"><IDNP>` +
		world.Subject + `</IDNP></` + world.ServicePerson + `></soapenv:Body></soapenv:Envelope>`)
	messages := make([][]byte, n)
	for i := range messages {
		text, err := signer.Sign(plain)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		fmt.Fprintf(&b, "POST /soap HTTP/1.1\r\nHost: platform\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: %d\r\n"+
			"CallingUser: %s\r\nCallingEntity: %s\r\nCallBasis: %s\r\nCallReason: %s\r\n\r\n", len(text),
			world.Official, world.ConsumerIDNO, world.Basis, world.Reason)
		b.Write(text)
		messages[i] = b.Bytes()
	}
	return messages, nil
}

// signatures measures the three operations that a call cannot do without.
func signatures(long time.Duration) (verify, ours, curve time.Duration, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return 0, 0, 0, err
	}
	point, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return 0, 0, 0, err
	}
	sum := sha256.Sum256([]byte("mconnect"))
	value, err := key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return 0, 0, 0, err
	}
	took := func(do func() error) time.Duration {
		n, start := 0, time.Now()
		for ; time.Since(start) < long; n++ {
			err = errors.Join(err, do())
		}
		return time.Since(start) / time.Duration(n)
	}
	verify = took(func() error { return rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], value) })
	ours = took(func() error { _, err := key.Sign(rand.Reader, sum[:], crypto.SHA256); return err })
	curve = took(func() error { _, err := point.Sign(rand.Reader, sum[:], crypto.SHA256); return err })
	return verify, ours, curve, err
}

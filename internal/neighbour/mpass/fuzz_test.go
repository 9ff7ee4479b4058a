package mpass_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/neighbour/mpass"
	"mconnect/internal/neighbour/mpass/emulator"
	"mconnect/internal/xmlsec"
)

// always is a Requests that knows one request at any time.
type always struct{ mpass.Request }

func (a *always) Keep(_ context.Context, r mpass.Request) error         { a.Request = r; return nil }
func (a *always) Take(context.Context, [32]byte) (mpass.Request, error) { return a.Request, nil }

// FuzzFinish: whatever comes in, only the person whom MPass has confirmed is logged in, and what is refused is refused
// with a fault of the catalogue.
func FuzzFinish(f *testing.F) {
	w := newWorld(f, func(c *mpass.Config) { c.Requests, c.Replay = &always{}, forgets{} })
	honest := w.visit(f, w.Provider, "clerk", romanian)
	if _, err := w.Finish(f.Context(), honest); err != nil {
		f.Fatal(err)
	}
	seed := func(message string) {
		text, err := base64.StdEncoding.DecodeString(message)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	seed(honest.Message)
	kept := w.cfg.Requests.(*always).Request
	for _, attack := range emulator.Attacks() {
		w.emu.Next(attack)
		seed(w.visit(f, w.Provider, "clerk", romanian).Message)
	}
	w.cfg.Requests.(*always).Request = kept
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := w.Finish(t.Context(), mpass.Answer{Message: base64.StdEncoding.EncodeToString(text),
			RelayState: honest.RelayState, Cookie: honest.Cookie})
		switch {
		case err == nil && (l.IDNP != "2999000100017" || l.Name() != "Ana Exemplu"):
			t.Fatalf("logged in: %+v", l)
		case err != nil && (!strings.HasPrefix(string(codeOf(err)), "login.") || fault.From(err).Kind() == fault.Internal):
			t.Fatal(err)
		}
	})
}

// FuzzReader: what MPass itself has signed is read without a panic, and refused with a fault of the catalogue where it
// is not of the profile.
func FuzzReader(f *testing.F) {
	w := newWorld(f, func(c *mpass.Config) { c.Requests, c.Replay = &always{}, forgets{} })
	honest := w.visit(f, w.Provider, "head", romanian)
	text, err := base64.StdEncoding.DecodeString(honest.Message)
	if err != nil {
		f.Fatal(err)
	}
	from, to := strings.Index(string(text), "<ds:Signature "), strings.Index(string(text), "</ds:Signature>")
	f.Add(string(text[:from]) + string(text[to+len("</ds:Signature>"):]))
	f.Fuzz(func(t *testing.T, text string) {
		signed, err := xmlsec.SignEnveloped([]byte(text), keys()[2].Key, keys()[2].Certificate)
		if err != nil {
			return
		}
		_, err = w.Finish(t.Context(), mpass.Answer{Message: base64.StdEncoding.EncodeToString(signed),
			RelayState: honest.RelayState, Cookie: honest.Cookie})
		if err != nil && !strings.HasPrefix(string(codeOf(err)), "login.") {
			t.Fatal(err)
		}
	})
}

package journal

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"hash"
	"maps"
	"strings"
	"sync"

	"mconnect/fault"
)

// The aside of a record (appendlog.Entry.Aside) is one byte for its form and, unless erased, the wrapped
// key: nonce (12), key (32) and tag (16), bound to the sealed identifier that it opens.
const (
	asideErased  = 0
	asideWrapped = 1
	asideSize    = 1 + 12 + 32 + 16
)

// Masked stands in a record wherever the subject's identifier occurred in a free text: what is to be
// erasable must not be stored in clear with it.
const Masked = "{subject}"

// minMasked is the length from which an identifier is looked for in texts; shorter ones (no state
// identification number is) would mask parts of words.
const minMasked = 6

// pseudonymSize is the length of a pseudonym in bytes.
const pseudonymSize = 16

// The reasons why an identifier cannot be opened.
var (
	ErrErased    = errors.New("journal: the identifier was erased")
	ErrNoSubject = errors.New("journal: the record has no sealed identifier")
	ErrAside     = errors.New("journal: what is kept beside the record does not belong to it")
)

// subjects turns identifiers into pseudonyms and sealed text, and back.
type subjects struct {
	macs sync.Pool // of hash.Hash keyed with the pseudonym key: keying one takes longer than what it is then used for
	wrap cipher.AEAD
}

func newSubjects(k Keys) (*subjects, error) {
	wrap, err := newAEAD(k.Wrap[:])
	s := &subjects{wrap: wrap}
	s.macs.New = func() any { return hmac.New(sha256.New, k.Pseudonym[:]) }
	return s, err
}

// pseudonym is HMAC-SHA256 of the identifier, cut to 16 bytes: the same person has the same one in every
// record, and only who holds the key can compute it.
func (s *subjects) pseudonym(subject string) []byte {
	h := s.macs.Get().(hash.Hash)
	h.Write([]byte(subject))
	sum := h.Sum(nil)[:pseudonymSize]
	h.Reset()
	s.macs.Put(h)
	return sum
}

// seal encrypts the identifier under a fresh key (used once, so the nonce is zero) and returns with it
// the key, wrapped.
func (s *subjects) seal(subject string) (sealed, aside []byte, err error) {
	var random [32 + 12]byte
	fill(random[:])
	key, nonce := random[:32], random[32:]
	once, err := newAEAD(key)
	if err != nil {
		return nil, nil, err
	}
	var zero [12]byte
	sealed = once.Seal(nil, zero[:], []byte(subject), nil)
	aside = make([]byte, 1, asideSize)
	aside[0] = asideWrapped
	aside = append(aside, nonce...)
	return sealed, s.wrap.Seal(aside, nonce, key, sealed), nil
}

// open is the reverse of seal.
func (s *subjects) open(sealed, aside []byte) (string, error) {
	switch {
	case len(sealed) == 0:
		return "", ErrNoSubject
	case len(aside) == 1 && aside[0] == asideErased:
		return "", ErrErased
	case len(aside) != asideSize || aside[0] != asideWrapped:
		return "", ErrAside
	}
	key, err := s.wrap.Open(nil, aside[1:13], aside[13:], sealed)
	if err != nil {
		return "", ErrAside
	}
	once, err := newAEAD(key)
	if err != nil {
		return "", err
	}
	var zero [12]byte
	subject, err := once.Open(nil, zero[:], sealed, nil)
	if err != nil {
		return "", ErrAside
	}
	return string(subject), nil
}

// mask replaces the subject's identifier in the texts of a record. What is shared with the caller is
// copied before it is changed.
func mask(r *Record) {
	if len(r.Subject) < minMasked {
		return
	}
	for _, s := range []*string{
		&r.Context.User, &r.Context.Entity, &r.Context.Basis, &r.Context.Reason, &r.Note,
	} {
		*s = strings.ReplaceAll(*s, r.Subject, Masked)
	}
	if e := r.Event; e != nil && (strings.Contains(e.ID, r.Subject) || strings.Contains(e.Source, r.Subject)) {
		note := *e
		note.ID = strings.ReplaceAll(e.ID, r.Subject, Masked)
		note.Source = strings.ReplaceAll(e.Source, r.Subject, Masked)
		r.Event = &note
	}
	copied := false
	for i := range r.Checks {
		for name, value := range r.Checks[i].Params {
			if !strings.Contains(value, r.Subject) {
				continue
			}
			if !copied {
				r.Checks, copied = append([]fault.Check(nil), r.Checks...), true
			}
			params := maps.Clone(r.Checks[i].Params)
			params[name] = strings.ReplaceAll(value, r.Subject, Masked)
			r.Checks[i].Params = params
		}
	}
}

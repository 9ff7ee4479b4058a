package rest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"

	"mconnect/fault"
)

// catalogPath is where anybody may read what is published: open metadata needs no certificate.
const catalogPath = "/catalog.jsonld"

func (s *Surface) catalogue(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s.refuse(w, r, nil, fault.New(fault.MethodNotAllowed, "want", "GET, HEAD"))
		return
	}
	text, err := s.Metadata()
	if err != nil {
		s.refuse(w, r, nil, err)
		return
	}
	sum := sha256.Sum256(text)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Access-Control-Allow-Origin", "*") // a page of any portal may read it
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "application/ld+json")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(text)
	}
}

package emulator

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"
)

// control registers what tests use, below /_emu/.
func (e *Emulator) control() {
	e.mux.HandleFunc("GET /_emu/persons", func(w http.ResponseWriter, _ *http.Request) { write(w, Persons()) })
	e.mux.HandleFunc("GET /_emu/attacks", func(w http.ResponseWriter, _ *http.Request) { write(w, Attacks()) })
	e.mux.HandleFunc("GET /_emu/received", func(w http.ResponseWriter, _ *http.Request) { write(w, e.Received()) })
	e.mux.HandleFunc("POST /_emu/next", func(w http.ResponseWriter, r *http.Request) {
		e.set(w, r, func(s setting) { e.Next(s.Attack) })
	})
	e.mux.HandleFunc("POST /_emu/clock", func(w http.ResponseWriter, r *http.Request) {
		e.set(w, r, func(s setting) { e.Advance(time.Duration(s.Seconds) * time.Second) })
	})
	e.mux.HandleFunc("POST /_emu/key", func(w http.ResponseWriter, r *http.Request) {
		e.set(w, r, func(s setting) { e.UseKey(s.Key) })
	})
	e.mux.HandleFunc("POST /_emu/services", e.addService)
}

// setting is the body of a POST below /_emu/.
type setting struct {
	Attack  string `json:"attack"`
	Seconds int    `json:"seconds"`
	Key     int    `json:"key"`
}

func (e *Emulator) set(w http.ResponseWriter, r *http.Request, apply func(setting)) {
	var s setting
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&s); err != nil {
		e.refuse(w, err)
		return
	}
	apply(s)
	w.WriteHeader(http.StatusNoContent)
}

func (e *Emulator) addService(w http.ResponseWriter, r *http.Request) {
	var s struct {
		Service
		Certificate string `json:"certificate"` // base64 of DER
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&s)
	if err == nil {
		var der []byte
		if der, err = base64.StdEncoding.DecodeString(s.Certificate); err == nil {
			s.Service.Certificate, err = x509.ParseCertificate(der)
		}
	}
	if err != nil {
		e.refuse(w, err)
		return
	}
	e.Register(s.Service)
	w.WriteHeader(http.StatusNoContent)
}

func write(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // the client went away
}

// Received lists the messages of services, in the order in which they came in.
func (e *Emulator) Received() []Received {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]Received{}, e.received...)
}

// Next makes the next message that the emulator sends an attack; "" makes it honest again.
func (e *Emulator) Next(attack string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.next = attack
}

// Advance moves the emulator's clock.
func (e *Emulator) Advance(by time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.shift += by
}

// UseKey chooses the signing key: 0 or 1.
func (e *Emulator) UseKey(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.key = n & 1
}

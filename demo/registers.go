package demo

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// The registers that are programs, by the variable that holds their address in the manifests.
const (
	Population = "POPULATION_URL" // persons: HTTPS, only for the platform's certificate
	Entities   = "ENTITIES_URL"   // legal entities: HTTPS
	Vehicles   = "VEHICLES_URL"   // vehicles: HTTPS with a basic password
	Insurance  = "INSURANCE_URL"  // social insurance: HTTPS with a bearer token
	Civil      = "CIVIL_URL"      // civil status acts: SOAP over HTTPS, signed both ways
)

// BankEvents is the variable of a program that is not a register but runs with them: the bank's server, to which events
// are pushed. It serves no calls.
const BankEvents = "BANK_EVENTS_URL"

// The registers that are databases without an API, by the name under which the platform's
// configuration knows them.
const (
	CadastreDB = "cadastru"
	TaxDB      = "fisc"
)

// registersHost is where all sample registers listen.
const registersHost = "127.0.0.1"

// The secrets by which the platform presents itself, by file name in the secrets folder. They guard
// synthetic data on loopback.
var registerSecrets = map[string]string{
	"registru-transport": "parola-exemplu-vehicule",
	"asigurari-sociale":  "jeton-exemplu-asigurari",
}

const vehiclesUser = "mconnect"

// maxQuestion bounds what a register reads of a question, in bytes.
const maxQuestion = 64 << 10

// RegistersConfig is what the registers need to start.
type RegistersConfig struct {
	Dataset *Dataset
	Dir     string // where the databases are written
	// Certificate is presented by every register; it must be valid for 127.0.0.1.
	Certificate tls.Certificate
	// Signing is the RSA certificate by which the civil status register signs its replies, Platform the one by which
	// the platform signs what it asks.
	Signing  tls.Certificate
	Platform *x509.Certificate
	// Pushes is the certificate with which the platform signs the events that it pushes.
	Pushes *x509.Certificate
	// Anchors lead to the client certificates that the population register accepts.
	Anchors *x509.CertPool
	// Addresses asks for listeners of an earlier run, by variable; absent or taken: any free port.
	Addresses map[string]string
}

// Registers are the running provider programs and databases of the sample country.
type Registers struct {
	Databases map[string]string // name → store URL, "sqlite:PATH"
	bank      *receiver

	mu      sync.Mutex
	cfg     RegistersConfig
	running map[string]*register
}

// register is one program: a server on one address that can be stopped and started again.
type register struct {
	address  string
	handler  http.Handler
	tls      *tls.Config
	server   *http.Server
	requests atomic.Int64
}

// StartRegisters writes the databases and starts the programs on loopback; all or none.
func StartRegisters(ctx context.Context, cfg RegistersConfig) (*Registers, error) {
	r := &Registers{cfg: cfg, running: map[string]*register{}, Databases: map[string]string{}}
	for name, fill := range map[string]func(*Dataset) dump{CadastreDB: cadastreTables, TaxDB: taxTables} {
		path := filepath.Join(cfg.Dir, name+".sqlite")
		if err := writeDatabase(ctx, path, fill(cfg.Dataset)); err != nil {
			return nil, fmt.Errorf("database %s: %w", name, err)
		}
		r.Databases[name] = "sqlite:" + path
	}
	r.bank = newReceiver(cfg.Pushes)
	civil, err := newCivil(cfg)
	if err != nil {
		return nil, fmt.Errorf("register %s: %w", Civil, err)
	}
	handlers := map[string]http.Handler{
		Civil:      civil,
		Population: populationRegister(cfg.Dataset),
		Entities:   entityRegister(cfg.Dataset),
		Vehicles:   vehicleRegister(cfg.Dataset),
		Insurance:  insuranceRegister(cfg.Dataset),
		BankEvents: r.bank,
	}
	for name, h := range handlers {
		conf := &tls.Config{Certificates: []tls.Certificate{cfg.Certificate}, MinVersion: tls.VersionTLS12}
		if name == Population {
			conf.ClientAuth, conf.ClientCAs = tls.RequireAndVerifyClientCert, cfg.Anchors
		}
		one := &register{address: cfg.Addresses[name], tls: conf}
		one.handler = http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			one.requests.Add(1)
			h.ServeHTTP(w, q)
		})
		if err := one.start(ctx); err != nil {
			_ = r.Close()
			return nil, fmt.Errorf("register %s: %w", name, err)
		}
		r.running[name] = one
	}
	return r, nil
}

func (g *register) start(ctx context.Context) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", g.address)
	if g.address == "" || err != nil {
		if l, err = lc.Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
			return err
		}
	}
	g.address = l.Addr().String()
	g.server = &http.Server{
		Handler: g.handler, TLSConfig: g.tls.Clone(), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: log.New(io.Discard, "", 0), MaxHeaderBytes: 32 << 10,
	}
	server := g.server
	go func() {
		// The only error is that of being closed: the listener is ours and already open.
		_ = server.ServeTLS(l, "", "")
	}()
	return nil
}

// Vars returns what the manifests need to know: the addresses of the programs, by variable, "https://127.0.0.1:PORT",
// and the fingerprint of who signs.
func (r *Registers) Vars() map[string]string {
	sum := sha256.Sum256(r.cfg.Signing.Leaf.Raw)
	out := map[string]string{civilSigner: hex.EncodeToString(sum[:])}
	for name, address := range r.Addresses() {
		out[name] = "https://" + address
	}
	return out
}

// Addresses returns host:port of each program, by variable.
func (r *Registers) Addresses() map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string]string{}
	for name, g := range r.running {
		out[name] = g.address
	}
	return out
}

// Requests returns how many questions have reached the program.
func (r *Registers) Requests(name string) int64 { return r.running[name].requests.Load() }

// Stop makes one program unreachable until Restart.
func (r *Registers) Stop(name string) error { return r.running[name].server.Close() }

// Restart starts a stopped program again on the same address.
func (r *Registers) Restart(ctx context.Context, name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.running[name]
	was := g.address
	if err := g.start(ctx); err != nil {
		return err
	}
	if g.address != was {
		return fmt.Errorf("register %s: its address %s was taken meanwhile", name, was)
	}
	return nil
}

// Close stops every program.
func (r *Registers) Close() error {
	var all []error
	for _, g := range r.running {
		all = append(all, g.server.Close())
	}
	return errors.Join(all...)
}

// answering serves one kind of JSON question. answer returns false when the register has no such entry.
func answering[Q any](pattern string, answer func(context.Context, Q) (any, bool)) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		var q Q
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxQuestion)).Decode(&q); err != nil {
			reply(w, http.StatusBadRequest, map[string]string{"eroare": "întrebare de neînțeles"})
			return
		}
		if v, ok := answer(r.Context(), q); ok {
			reply(w, http.StatusOK, v)
		} else {
			reply(w, http.StatusNotFound, map[string]string{"eroare": "nu există în registru"})
		}
	})
	return mux
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // an error means that the peer has gone
}

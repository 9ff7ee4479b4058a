package demo

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"go.yaml.in/yaml/v3"

	"mconnect"
	"mconnect/internal/app"
	"mconnect/internal/config"
	"mconnect/internal/domain/journal"
	"mconnect/internal/durable"
	"mconnect/internal/manifest"
	"mconnect/internal/pki/authority"
	"mconnect/verify"
)

// environment is the running sample country: folder, registers, platform, consumers.
type environment struct {
	folder     folder
	dataset    *Dataset
	authority  *authority.Authority
	platform   tls.Certificate // of the platform; it signs the events that are pushed
	signing    tls.Certificate // by which the platform signs SOAP messages
	registers  *Registers
	mpass      *identityProvider
	declared   declared
	identities map[mconnect.SystemID]tls.Certificate
	cfg        config.Config
	app        *app.App
	log        *os.File

	// Set by open, once the platform serves.
	urls         map[string]string
	key          verify.Key
	admin        *adminClient
	callers      map[mconnect.SystemID]*Caller
	eventClients map[mconnect.SystemID]*eventClient
}

// newEnvironment prepares everything that the platform needs before it can serve.
func newEnvironment(ctx context.Context, o Options) (c *environment, err error) {
	c = &environment{dataset: Generate(o.Seed)}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.close())
		}
	}()
	if c.folder, err = openFolder(o.Dir); err != nil {
		return c, err
	}
	for _, step := range []func() error{
		c.keys,
		func() error { return c.startRegisters(ctx) },
		func() error {
			return inUse(c.startMPass(ctx, cmp.Or(o.MPassAddr, addressLike(o.ExchangeAddr, "127.0.0.1:8448"))))
		},
		func() error { return c.folder.dropHouseholds(c.dataset, time.Now()) },
		c.manifests,
		func() error { return c.configure(o) },
	} {
		if err := step(); err != nil {
			return c, err
		}
	}
	if c.log, err = os.OpenFile(c.folder.path("data", "mconnect.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY,
		0o600); err != nil {
		return c, err
	}
	c.app, err = app.NewDemonstration(ctx, c.cfg, app.NewLogger(c.log, config.Log{Level: slog.LevelWarn}), c.signAs)
	return c, inUse(err)
}

// inUse says what to do when an address is taken.
func inUse(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("%w: is another demo running? Choose other addresses with --exchange-addr, --events-addr, "+
			"--admin-addr, --portal-addr, --sandbox-addr and --mpass-addr, e.g. 127.0.0.1:0", err)
	}
	return err
}

// close stops everything but the platform.
func (c *environment) close() error {
	var all []error
	if c.registers != nil {
		all = append(all, c.registers.Close())
	}
	if c.mpass != nil {
		all = append(all, c.mpass.close())
	}
	if c.log != nil {
		all = append(all, c.log.Close())
	}
	return errors.Join(all...)
}

// keys creates what `mconnect pki init` creates, unless an earlier start did: the authority, the platform's
// certificate, the journal's keys and the administrator's token.
func (c *environment) keys() (err error) {
	dir := c.folder.path("data", "pki")
	if c.authority, err = authority.Load(dir); errors.Is(err, fs.ErrNotExist) {
		c.authority, err = authority.Create(dir, authority.Config{Name: "MConnect demo CA"})
	}
	if err != nil {
		return err
	}
	platform := authority.Request{Use: authority.ForPlatform, Name: "mconnect-demo",
		Hosts: []string{"localhost", "127.0.0.1", "::1"}}
	if c.platform, err = c.issue("data/pki/platform", platform); err != nil {
		return err
	}
	signing := authority.Request{Use: authority.ForSigning, Name: "mconnect-demo", RSA: true}
	if c.signing, err = c.issue("data/pki/signing", signing); err != nil {
		return err
	}
	keys := c.folder.path("data", "keys")
	if err := durable.MkdirAll(keys, 0o700); err != nil {
		return err
	}
	if _, err := journal.LoadKeys(keys); errors.Is(err, fs.ErrNotExist) {
		if _, err := journal.CreateKeys(keys); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	token := c.folder.path("data", "admin.token")
	if _, err := os.Stat(token); errors.Is(err, fs.ErrNotExist) {
		var raw [32]byte
		_, _ = rand.Read(raw[:])
		return durable.WriteFile(token, []byte(hex.EncodeToString(raw[:])+"\n"), 0o600)
	}
	return nil
}

// issue makes sure that there is a certificate at name.pem with its key at name-key.pem.
func (c *environment) issue(name string, req authority.Request) (tls.Certificate, error) {
	return issue(c.authority, c.folder.path(name+".pem"), c.folder.path(name+"-key.pem"), req)
}

func (c *environment) startRegisters(ctx context.Context) error {
	addresses, err := c.folder.addresses()
	if err != nil {
		return err
	}
	own := authority.Request{Use: authority.ForSystem, Name: "registre-exemplu", Hosts: []string{"127.0.0.1"}}
	cert, err := c.issue("registers/registers", own)
	if err != nil {
		return err
	}
	signs := authority.Request{Use: authority.ForSigning, Name: "stare-civila-exemplu", RSA: true}
	signing, err := c.issue("registers/civil", signs)
	if err != nil {
		return err
	}
	c.registers, err = StartRegisters(ctx, RegistersConfig{
		Dataset: c.dataset, Dir: c.folder.path("registers"), Certificate: cert, Anchors: anchors(c.authority),
		Addresses: addresses, Signing: signing, Platform: c.signing.Leaf, Pushes: c.platform.Leaf,
	})
	if err != nil {
		return err
	}
	return c.folder.writeAddresses(c.registers.Addresses())
}

// manifests writes the country's folder and issues a certificate to every system declared in it.
func (c *environment) manifests() error {
	if err := writeManifests(c.folder.country(), c.registers.Vars()); err != nil {
		return err
	}
	set, err := manifest.Load(Manifests(), c.registers.Vars())
	if err != nil {
		return err
	}
	if c.declared, err = declaredIn(set); err != nil {
		return err
	}
	if c.identities, err = c.folder.identities(c.authority, c.declared.systems); err != nil {
		return err
	}
	return c.folder.writeCertificates(c.declared.systems, c.identities)
}

// configure writes mconnect.yaml and reads it back as the server would.
func (c *environment) configure(o Options) error {
	text, err := yaml.Marshal(map[string]any{
		"data_dir": c.folder.data(),
		"node":     "demo",
		"exchange": map[string]any{"listen": cmp.Or(o.ExchangeAddr, "127.0.0.1:8443"),
			"names": []string{pushOrigin, "127.0.0.1", "::1"}},
		"events":  map[string]any{"listen": cmp.Or(o.EventsAddr, "127.0.0.1:8444")},
		"admin":   map[string]any{"listen": cmp.Or(o.AdminAddr, "127.0.0.1:8445")},
		"sandbox": map[string]any{"listen": cmp.Or(o.SandboxAddr, addressLike(o.ExchangeAddr, "127.0.0.1:8447"))},
		"portal": map[string]any{"listen": cmp.Or(o.PortalAddr, addressLike(o.ExchangeAddr, "127.0.0.1:8446")),
			"operator": "Agenția de Guvernare Electronică (exemplu)", "contact": "suport@mconnect.exemplu.invalid",
			"demonstration": true, "mpass": c.mpass.settings()},
		"journal":   map[string]any{"origin": origin},
		"providers": map[string]any{"databases": c.registers.Databases},
	})
	if err != nil {
		return err
	}
	text = append([]byte("# Written by mconnect demo at every start.\n"), text...)
	if err := durable.WriteFile(c.folder.config(), text, 0o600); err != nil {
		return err
	}
	c.cfg, err = config.Load(c.folder.config(), nil)
	return err
}

// addressLike is where a listener listens that no option names: on a free port where the exchange does.
func addressLike(exchange, usual string) string {
	if strings.HasSuffix(exchange, ":0") {
		return exchange
	}
	return usual
}

// serve runs the platform, and runs play until it returns; then it stops everything.
func (c *environment) serve(ctx context.Context, play func(context.Context) error) error {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- c.app.Run(running) }()
	playing, abandon := context.WithCancel(ctx)
	defer abandon()
	played := make(chan error, 1)
	go func() { played <- play(playing) }()
	var err error
	select {
	case err = <-played:
		for id, caller := range c.callers { // so that draining need not wait for idle connections
			caller.Close()
			c.eventClients[id].close()
		}
		stop()
		err = errors.Join(err, <-ended)
	case err = <-ended:
		abandon()
		err = errors.Join(fmt.Errorf("the platform stopped by itself: %w", err), <-played)
	}
	return errors.Join(err, c.close())
}

// open waits until the platform serves, applies the manifests and connects the consumers.
func (c *environment) open(ctx context.Context) error {
	addrs := c.app.Addrs()
	c.urls = map[string]string{
		"exchange": "https://" + addrs.Exchange, "events": "https://" + addrs.Events, "admin": "https://" + addrs.Admin,
		"sandbox": "https://" + addrs.Sandbox, "portal": "https://" + addrs.Portal, "mpass": c.mpass.url,
	}
	c.mpass.register(c.urls["portal"])
	keys, err := journal.LoadKeys(c.folder.path("data", "keys"))
	if err != nil {
		return err
	}
	if c.key, err = keys.Public(origin); err != nil {
		return err
	}
	token, err := os.ReadFile(filepath.Join(c.folder.data(), "admin.token"))
	if err != nil {
		return err
	}
	pool := anchors(c.authority)
	c.admin = newAdminClient(c.urls["admin"], strings.TrimSpace(string(token)), pool)
	err = within(ctx, 10*time.Second, func() error {
		_, err := c.admin.apply(ctx, c.folder.country())
		return err
	})
	if err != nil {
		return err
	}
	if err := c.plantUsers(ctx); err != nil {
		return err
	}
	if err := (desks{c.app, c.signAs}).plant(ctx); err != nil {
		return err
	}
	c.callers, c.eventClients = map[mconnect.SystemID]*Caller{}, map[mconnect.SystemID]*eventClient{}
	for id, identity := range c.identities {
		if c.eventClients[id], err = newEventClient(id, c.urls["events"], identity, pool); err != nil {
			return err
		}
		c.callers[id] = NewCaller(id, c.urls["exchange"], identity, pool)
	}
	return account(c.folder, c.dataset, c.declared, c.urls).write(c.folder.path("demo.json"))
}

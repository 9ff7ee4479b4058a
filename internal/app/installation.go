package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // calendar days are Europe/Chisinau, independent of what the system has installed

	"mconnect/fault"
	"mconnect/internal/account"
	"mconnect/internal/config"
	"mconnect/internal/discovery/guide"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
	"mconnect/internal/durable"
	"mconnect/internal/entitlement"
	"mconnect/internal/exchange"
	"mconnect/internal/manifest"
	"mconnect/internal/pki"
	"mconnect/internal/provider"
	"mconnect/internal/provider/file"
	"mconnect/internal/provider/httpaccess"
	"mconnect/internal/provider/rest"
	"mconnect/internal/provider/soap"
	"mconnect/internal/provider/sql"
	"mconnect/internal/requests"
	"mconnect/internal/store"
	"mconnect/verify"
)

// LogName is the journal's log in the store.
const LogName = "journal"

// ErrNotInitialised says that an installation has no keys yet.
var ErrNotInitialised = errors.New("this installation has no keys yet: run mconnect pki init")

// Installation is the platform without its listeners: store, journal, keys, images and provider adapters,
// wired. The server has one, and so has every command that works on an installation's own folder.
type Installation struct {
	Config        config.Config
	Store         *store.DB
	Journal       *journal.Journal
	Keys          journal.Keys
	Key           verify.Key // with which the journal is checked
	Trust         *pki.Trust
	OCSP          *pki.OCSP
	Identity      *pki.Identity
	Signing       *pki.Identity // signs SOAP messages; nil where there is no such certificate
	Rooms         manifest.Images
	Rights        *entitlement.Rights // to events
	Country       *manifest.Keeper
	Guide         *guide.Guide
	Accounts      *account.Accounts
	Providers     *provider.Provider
	FileRegisters *file.Protocol
	Requests      *requests.Requests // access requests

	log     *store.Log
	sealer  *sealer
	witness *checkpointFile
	logger  *slog.Logger
	access  Access
	forked  error // what is wrong between the store and the kept checkpoint
}

// Access reports how an installation is opened.
type Access struct {
	// ReadOnly changes nothing: neither store nor index nor checkpoint. It works while a server writes the store.
	ReadOnly bool
	// NoMigrate leaves older tables to the server that is to bring them up to date.
	NoMigrate bool
	// Examine goes on with a store that does not continue its kept checkpoint, so that it can be examined: Forked says
	// so.
	Examine bool
	// Wait is how long to wait for another command to be done with the store; a server is not waited for.
	Wait time.Duration
}

// Open opens the installation that cfg describes to write its store, refuses one whose store is older than its
// checkpoint (ErrRolledBack), and loads the images. Close it; when Open fails it has closed everything itself.
func Open(ctx context.Context, cfg config.Config, logger *slog.Logger) (*Installation, error) {
	return OpenFor(ctx, cfg, Access{}, logger)
}

// OpenFor is Open for what access allows.
func OpenFor(ctx context.Context, cfg config.Config, access Access, logger *slog.Logger) (i *Installation, err error) {
	i = &Installation{Config: cfg, logger: logger, access: access}
	defer func() {
		if err != nil {
			_ = i.Close()
			i = nil
		}
	}()
	if err := i.openKeys(ctx); err != nil {
		return i, err
	}
	if err := i.openStore(ctx); err != nil {
		return i, err
	}
	i.Rooms = manifest.NewImages(registry.New(i.Trust))
	i.Rights, err = entitlement.New(entitlement.Config{Registry: i.Rooms.Registry, Events: i.Rooms.Events,
		Agreements: i.Rooms.Agreements})
	if err != nil {
		return i, err
	}
	if err := i.openProviders(); err != nil {
		return i, err
	}
	i.Country, err = manifest.New(manifest.Config{
		Store: manifest.Stored{Database: i.Store, Log: i.log}, Sealer: i.Journal, Rooms: i.Rooms,
		CheckService: i.checkService, CheckWebhook: i.checkWebhook,
		Announce: i.Rights.Announce, Clock: time.Now, Logger: logger, Trusting: access.ReadOnly,
	})
	if err != nil {
		return i, err
	}
	i.Guide = guide.New(i.Country)
	if err := errors.Join(i.openAccounts(), i.openRequests()); err != nil {
		return i, err
	}
	return i, i.Country.Load(ctx)
}

// openProviders makes the adapters: a new protocol is one more argument of provider.New.
func (i *Installation) openProviders() error {
	cfg := i.Config.Providers
	access := httpaccess.New(httpaccess.Config{
		Anchors: i.Trust.Pool, Verify: i.Trust.Server, Certificate: i.Identity.Certificate,
		Secrets: secretsOf(cfg.Secrets), Transport: cfg.Transport,
	})
	databases, err := sql.New(cfg.Databases)
	if err != nil {
		return err
	}
	i.FileRegisters = file.New(file.Config{Folder: cfg.Files, Taken: i.taken, Logger: i.logger})
	i.Providers, err = provider.New(provider.Config{Logger: i.logger, Timeout: cfg.Timeout,
		Answer: int64(i.Config.Limits.Answer)},
		rest.New(access),
		soap.New(soap.Config{Access: access, Signer: signerOf(i.Signing, false), Headers: signerOf(i.Signing, true)}),
		databases,
		i.FileRegisters,
	)
	return err
}

// Deliverer delivers calls to the providers.
func (i *Installation) Deliverer() exchange.Deliverer { return deliverer{i.Providers} }

// deliverer passes deliveries of the exchange to the providers: neither imports the other's types.
type deliverer struct{ *provider.Provider }

// Deliver implements exchange.Deliverer.
func (d deliverer) Deliver(ctx context.Context, of exchange.Delivery) (exchange.Reply, error) {
	reply, err := d.Provider.Deliver(ctx, provider.Request(of))
	return exchange.Reply(reply), err
}

// checkService reports what of a service this installation cannot do: what its adapters cannot, and to wait longer for
// a provider than its listeners let a caller wait for the end of an answer.
func (i *Installation) checkService(s catalog.Service) []fault.FieldError {
	found := i.Providers.Check(s)
	most := i.Config.Limits.Write - i.Config.Limits.Piece
	if s.Opaque == nil && time.Duration(s.Limits.Timeout) > most {
		found = append(found, fault.FieldError{
			Path: "/limits/timeout", Code: fault.InputRange,
			Params: map[string]string{"min": "0s", "max": most.String()},
		})
	}
	return found
}

func (i *Installation) openKeys(ctx context.Context) (err error) {
	cfg := i.Config
	if i.Keys, err = journal.LoadKeys(cfg.Journal.Keys); err != nil {
		return errors.Join(KeysLost(ctx, cfg), notInitialised(err))
	}
	if i.Key, err = i.Keys.Public(cfg.Journal.Origin); err != nil {
		return err
	}
	i.OCSP = pki.NewOCSP(pki.OCSPConfig{Policy: pki.OCSPPolicy(cfg.PKI.OCSP), Timeout: cfg.PKI.OCSPTimeout})
	if i.Trust, err = pki.NewTrust(trustOf(cfg, i.OCSP)); err != nil {
		return errors.Join(KeysLost(ctx, cfg), notInitialised(err))
	}
	if i.Identity, err = pki.NewIdentity(cfg.PKI.PlatformCertificate, cfg.PKI.PlatformKey); err != nil {
		return notInitialised(err)
	}
	i.Signing, err = pki.NewIdentity(cfg.PKI.SigningCertificate, cfg.PKI.SigningKey)
	if errors.Is(err, fs.ErrNotExist) {
		i.Signing, err = nil, nil
	}
	return err
}

// KeysLost is the fault keys.missing when keys of the journal or its own authority are not there although the store
// holds records made with them; nil for a new installation, and where all keys are there.
func KeysLost(ctx context.Context, cfg config.Config) error {
	missing := journal.MissingKeys(cfg.Journal.Keys)
	if cfg.OwnAuthority() && !pki.HasAuthority(cfg.PKI.Dir) {
		missing = append(missing, cfg.PKI.Dir)
	}
	if len(missing) == 0 {
		return nil
	}
	if path, embedded := strings.CutPrefix(cfg.Store.URL, "sqlite:"); embedded {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	db, err := store.Open(ctx, store.Config{URL: cfg.Store.URL, ReadOnly: true, OldTables: true})
	if err != nil {
		return nil // a store without tables; one that cannot be reached is reported where it is needed
	}
	defer func() { _ = db.Close() }()
	log, err := db.OpenLog(ctx, LogName, nil)
	if err != nil {
		return err
	}
	head, err := log.Head(ctx)
	if err != nil || head.Size == 0 {
		return err
	}
	return fault.New(fault.KeysMissing, "files", strings.Join(missing, ", "), "records",
		strconv.FormatInt(head.Size, 10))
}

// trustOf names the files of anchors, intermediates and lists.
func trustOf(cfg config.Config, ocsp *pki.OCSP) pki.TrustConfig {
	return pki.TrustConfig{
		Anchors: cfg.PKI.Anchors, Intermediates: cfg.PKI.Intermediates, Lists: cfg.PKI.Lists,
		Kept: filepath.Join(cfg.DataDir, "lists"), OCSP: ocsp,
	}
}

func notInitialised(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w (%w)", ErrNotInitialised, err)
	}
	return err
}

func (i *Installation) openStore(ctx context.Context) (err error) {
	cfg := i.Config
	if i.Store, err = openStore(ctx, cfg, i.access, i.logger); err != nil {
		return err
	}
	i.sealer = &sealer{Prover: journal.NewSealer(i.Keys, cfg.Journal.Origin)}
	if i.log, err = i.Store.OpenLog(ctx, LogName, i.sealer); err != nil {
		return err
	}
	i.Journal, err = journal.New(journal.Config{
		Log: i.log, Keys: i.Keys, Origin: cfg.Journal.Origin, Clock: time.Now, Node: cfg.Node, Logger: i.logger,
	})
	if err != nil {
		return err
	}
	i.witness = &checkpointFile{path: cfg.Journal.Checkpoint, key: i.Key, log: i.log, revision: i.Store.Revision}
	if err := i.witness.check(ctx); err != nil {
		i.witness = nil
		if i.forked = err; !i.access.Examine {
			return err
		}
		return nil
	}
	if i.access.ReadOnly {
		i.witness = nil // the file is the writer's
	}
	return nil
}

// openStore opens the store of an installation, not its journal.
func openStore(ctx context.Context, cfg config.Config, access Access, logger *slog.Logger) (*store.DB, error) {
	to := store.Config{
		URL: cfg.Store.URL, MaxConns: cfg.Store.MaxConns, Logger: logger, ReadOnly: access.ReadOnly,
		NoMigrate: access.NoMigrate,
		Holder:    store.Holder{Command: commandOf(os.Args), Node: cfg.Node},
	}
	if access.ReadOnly {
		return store.Open(ctx, to)
	}
	if err := durable.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, err
	}
	if access.Wait == 0 {
		return store.Open(ctx, to)
	}
	ctx, cancel := context.WithTimeout(ctx, access.Wait)
	defer cancel()
	return store.OpenWhenFree(ctx, to)
}

// commandOf names a program by what it was started as, without flags and values.
func commandOf(args []string) string {
	words := []string{filepath.Base(args[0])}
	for _, word := range args[1:] {
		if strings.HasPrefix(word, "-") || len(words) == 3 {
			break
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// ReadOnly reports whether the installation was opened to change nothing.
func (i *Installation) ReadOnly() bool { return i.access.ReadOnly }

// Note puts one record into the journal of an installation that is not open: for commands that read it read-only.
func Note(ctx context.Context, cfg config.Config, access Access, r journal.Record, logger *slog.Logger) (err error) {
	i := &Installation{Config: cfg, logger: logger, access: access}
	defer func() { err = errors.Join(err, i.Close()) }()
	if err := i.openKeys(ctx); err != nil {
		return err
	}
	if err := i.openStore(ctx); err != nil {
		return err
	}
	_, err = i.Journal.Record(ctx, r)
	return err
}

// Source yields the whole journal for verify.Journal.
func (i *Installation) Source() *journal.Source { return journal.NewSource(i.log) }

// Forked reports how the journal in the store and the checkpoint kept outside it contradict one another, or why they
// cannot be compared; nil when the store continues the checkpoint.
func (i *Installation) Forked() error {
	if i.forked != nil {
		return i.forked
	}
	return i.log.Forked()
}

// Log is the journal's log, for following it.
func (i *Installation) Log() *store.Log { return i.log }

// Close writes the newest checkpoint and closes everything.
func (i *Installation) Close() error {
	var all []error
	if i.witness != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		all = append(all, i.witness.write(ctx))
	}
	if i.Providers != nil {
		all = append(all, i.Providers.Close())
	}
	if i.Store != nil {
		all = append(all, i.Store.Close())
	}
	return errors.Join(all...)
}

// secretsOf reads named secrets from files dir/host/name. Neither can lead out of the folder. An operator who
// points a service at another host does not thereby send it the secret: it is not in that host's folder.
func secretsOf(dir string) func(host, name string) ([]byte, error) {
	return func(host, name string) ([]byte, error) {
		for _, part := range []string{host, name} {
			if !filepath.IsLocal(part) || strings.ContainsAny(part, `/\`) {
				return nil, fmt.Errorf("secret %q of %q: not a file name", name, host)
			}
		}
		text, err := os.ReadFile(filepath.Join(dir, host, name))
		if err != nil {
			return nil, err
		}
		return []byte(strings.TrimRight(string(text), "\r\n")), nil
	}
}

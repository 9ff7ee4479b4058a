package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"mconnect/internal/app"
	"mconnect/internal/config"
	"mconnect/internal/domain/journal"
	"mconnect/internal/pki"
	"mconnect/internal/store"
)

// commandWait is how long a command waits for another command to be done with a SQLite store.
const commandWait = 30 * time.Second

// withStore opens the installation that the configuration names, to change it, does the work in it and closes it. A
// SQLite store that a server writes is refused; commands that a server can carry out call serverFor first.
func (s *session) withStore(ctx context.Context, dir string, work func(*app.Installation) error) error {
	cfg, err := s.configuration(dir)
	if err != nil {
		return err
	}
	return s.open(ctx, cfg, app.Access{NoMigrate: !ownStore(cfg), Wait: commandWait}, work)
}

// withWritableStore runs work that reads. While a server writes the store, the store is opened read-only; otherwise as
// withStore does, so that the search index can be brought up to date.
func (s *session) withWritableStore(ctx context.Context, dir string, work func(*app.Installation) error) error {
	cfg, err := s.configuration(dir)
	if err != nil {
		return err
	}
	by, held, err := store.HolderOf(cfg.Store.URL)
	if err != nil {
		return err
	}
	if held && by.Serves() {
		return s.open(ctx, cfg, app.Access{ReadOnly: true}, work)
	}
	return s.open(ctx, cfg, app.Access{NoMigrate: !ownStore(cfg), Wait: commandWait}, work)
}

// withReadOnly does long work that reads: read-only, so that a server can start and stop meanwhile. Only a store that
// is not there yet is made.
func (s *session) withReadOnly(ctx context.Context, dir string, work func(*app.Installation) error) error {
	return s.withAccess(ctx, dir, app.Access{ReadOnly: true}, work)
}

// withAnyState does what look does, with a store too that does not continue its checkpoint.
func (s *session) withAnyState(ctx context.Context, dir string, work func(*app.Installation) error) error {
	return s.withAccess(ctx, dir, app.Access{ReadOnly: true, Examine: true}, work)
}

func (s *session) withAccess(ctx context.Context, dir string, access app.Access,
	work func(*app.Installation) error) error {
	cfg, err := s.configuration(dir)
	if err != nil {
		return err
	}
	if path, embedded := strings.CutPrefix(cfg.Store.URL, "sqlite:"); embedded {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return s.open(ctx, cfg, app.Access{Wait: commandWait}, work)
		}
	}
	return s.open(ctx, cfg, access, work)
}

func (s *session) open(ctx context.Context, cfg config.Config, access app.Access,
	work func(*app.Installation) error) error {
	i, err := app.OpenFor(ctx, cfg, access, s.quiet())
	if err != nil {
		return err
	}
	return errors.Join(work(i), i.Close())
}

// ownStore reports whether a store has one writer only, which is so on SQLite.
func ownStore(cfg config.Config) bool { return strings.HasPrefix(cfg.Store.URL, "sqlite:") }

// serverFor returns how to have a server do the work: the one that server names, or the one that writes the
// installation's SQLite store now; none, with an empty url, when the command may write the store itself.
func (s *session) serverFor(dir string, server remote) (remote, error) {
	server = s.profiled(dir, server)
	if server.url != "" {
		return server, nil
	}
	cfg, err := s.configuration(dir)
	if err != nil {
		return server, err
	}
	return s.serverOf(cfg)
}

// runningServer is how to reach the server that runs on this installation's folder, with what lies in the folder.
func (s *session) runningServer(cfg config.Config, url string) (remote, error) {
	server := remote{url: url, tokenFile: cfg.AdminToken(), actor: loginOnly(s.actor())}
	chain, err := pki.ReadCertificates(cfg.PKI.PlatformCertificate)
	if err != nil {
		return server, err
	}
	if _, err := os.ReadFile(server.tokenFile); err != nil {
		return server, fmt.Errorf("a server at %s writes this store; to ask it, give --admin-url and --token-file (%w)",
			url, err)
	}
	server.certificate = chain[0]
	return server, nil
}

// loginOnly keeps of an actor what the management API takes.
func loginOnly(actor string) string {
	name, _ := strings.CutPrefix(actor, "cli:")
	clean := strings.Map(func(r rune) rune {
		if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune("._@-", r)) {
			return r
		}
		return '_'
	}, name)
	return "cli:" + clean[:min(len(clean), 64)]
}

// recordReading records a reading of the journal. Without that record nothing is shown. Where the installation is open
// read-only, the process that writes the store makes the record, or the command itself in a moment when none does.
func (s *session) recordReading(ctx context.Context, i *app.Installation, query, why string, count int) error {
	record := journal.Record{Kind: journal.Reading, Actor: s.actor(), Note: why,
		Reading: &journal.ReadingNote{Query: query, Count: count}}
	if !i.ReadOnly() {
		_, err := i.Journal.Record(ctx, record)
		return err
	}
	server, err := s.serverOf(i.Config)
	if err != nil {
		return err
	}
	if server.url == "" {
		return app.Note(ctx, i.Config, app.Access{NoMigrate: !ownStore(i.Config), Wait: commandWait}, record, s.quiet())
	}
	said := map[string]any{"query": query, "count": count}
	if why != "" {
		said["reason"] = why
	}
	return adminAPI{s: s, server: server}.do(ctx, http.MethodPost, "/v1/journal/readings", said, nil)
}

// serverOf is reach for a configuration.
func (s *session) serverOf(cfg config.Config) (remote, error) {
	by, held, err := store.HolderOf(cfg.Store.URL)
	if err != nil || !held || !by.Serves() {
		return remote{}, err
	}
	return s.runningServer(cfg, by.Admin)
}

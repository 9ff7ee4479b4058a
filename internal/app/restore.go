package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"mconnect/fault"
	"mconnect/internal/config"
	"mconnect/internal/domain/journal"
	"mconnect/internal/store"
	"mconnect/verify"
)

// Restoration is what a restore did.
type Restoration struct {
	Backup  store.Manifest
	Records int64  // in the journal as restored
	Signed  int64  // over how many records the checkpoint kept outside the store was signed; -1: there was none
	Moved   string // where that checkpoint is now; "" when there was none
}

// Restore fills the empty store that cfg names from a backup and records that in the journal, as its first record
// afterwards: by whom, from how many records to how many, of which backup. Without the keys that signed the backup's
// journal nothing is changed: faults keys.missing and keys.foreign.
func Restore(ctx context.Context, cfg config.Config, folders []string, actor string, progress func(done, total int64),
	logger *slog.Logger) (r Restoration, err error) {
	b, err := store.OpenBackup(ctx, folders...)
	if err != nil {
		return r, err
	}
	defer b.Close()
	r.Backup = b.Manifest()
	r.Records = r.Backup.Logs[LogName]
	if err := keysOf(ctx, cfg, b); err != nil {
		return r, err
	}
	if r.Signed, err = signedOver(cfg); err != nil {
		return r, err
	}
	if err := b.Restore(ctx, store.Config{URL: cfg.Store.URL, Holder: store.Holder{Command: commandOf(os.Args),
		Node: cfg.Node}}, progress); err != nil {
		return r, err
	}
	if r.Signed >= 0 {
		r.Moved = cfg.Journal.Checkpoint + ".before-restore-" + time.Now().UTC().Format("20060102T150405Z")
		if err := os.Rename(cfg.Journal.Checkpoint, r.Moved); err != nil {
			return r, err
		}
	}
	from := "an unknown number of"
	if r.Signed >= 0 {
		from = fmt.Sprint(r.Signed)
	}
	return r, Note(ctx, cfg, Access{}, journal.Record{Kind: journal.Restored, Actor: actor, Node: cfg.Node,
		Note: fmt.Sprintf(
			"from %s records to %d, backup %s of %s", from, r.Records, r.Backup.ID,
			r.Backup.Time.Format(time.RFC3339))},
		logger)
}

// keysOf holds that the installation has the keys that signed the backup's journal.
func keysOf(ctx context.Context, cfg config.Config, b *store.Backup) error {
	log, err := b.Log(ctx, LogName)
	if err != nil {
		return err
	}
	head, err := log.Head(ctx)
	if err != nil || head.Size == 0 {
		return err
	}
	keys, err := journal.LoadKeys(cfg.Journal.Keys)
	if errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(err, fault.KeysMissing, "files", fmt.Sprint(journal.MissingKeys(cfg.Journal.Keys)), "records",
			fmt.Sprint(head.Size))
	}
	if err != nil {
		return err
	}
	origin, _, _ := bytes.Cut(head.Note, []byte("\n"))
	if string(origin) != cfg.Journal.Origin {
		return fmt.Errorf("the journal in the backup is %s, the configuration says journal.origin: %s", origin,
			cfg.Journal.Origin)
	}
	key, err := keys.Public(string(origin))
	if err != nil {
		return err
	}
	if _, err := key.Open(head.Note); err != nil {
		return fault.Wrap(err, fault.KeysForeign, "folder", cfg.Journal.Keys)
	}
	return nil
}

// signedOver is the size in the checkpoint kept outside the store; -1 when there is none. What is not a checkpoint
// counts as one that cannot be read.
func signedOver(cfg config.Config) (int64, error) {
	note, err := os.ReadFile(cfg.Journal.Checkpoint)
	if errors.Is(err, fs.ErrNotExist) {
		return -1, nil
	}
	if err != nil {
		return 0, err
	}
	var origin string
	var size int64
	if _, err := fmt.Sscanf(string(note), "%s\n%d\n", &origin, &size); err != nil {
		return 0, nil
	}
	return size, nil
}

// VerifyBackup checks a backup whole: what OpenBackup checks, and the journal in it record by record.
func VerifyBackup(ctx context.Context, b *store.Backup, key verify.Key) (verify.Report, error) {
	log, err := b.Log(ctx, LogName)
	if err != nil {
		return verify.Report{}, err
	}
	return verify.Journal(ctx, journal.NewSource(log), key, verify.Options{})
}

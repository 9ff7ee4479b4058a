package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"mconnect/fault"
	"mconnect/internal/durable"
	"mconnect/internal/store"
	"mconnect/verify"
)

// witnessEvery is how often the newest checkpoint is written outside the database.
const witnessEvery = time.Second

// ErrRolledBack says that the store is older than, or another than, the checkpoint kept beside it. Restoring
// a backup on purpose moves that checkpoint aside (mconnect restore); otherwise it is an alarm.
var ErrRolledBack = errors.New("the store does not contain what was signed before")

// witness keeps the newest signed checkpoint in a file outside the database, so that putting back an older
// database does not go unnoticed.
type witness struct {
	path     string
	key      verify.Key
	log      *store.Log
	revision func(context.Context) (int64, error) // of the resources; nil: not looked at

	mu   sync.Mutex
	size int64 // written last
}

// check compares the store with the file. No file is a first start.
func (w *witness) check(ctx context.Context) error {
	note, err := os.ReadFile(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return w.wiped(ctx)
	}
	if err != nil {
		return err
	}
	known, err := w.key.Open(note)
	if err != nil {
		return fmt.Errorf("%s: not a checkpoint of this journal: %w", w.path, err)
	}
	head, err := w.log.Head(ctx)
	if err != nil {
		return err
	}
	if head.Size < known.Size {
		return fmt.Errorf("%w: it holds %d records, %s was signed over %d", ErrRolledBack, head.Size, w.path, known.Size)
	}
	if known.Size == 0 {
		return nil
	}
	batches, err := w.log.Read(ctx, known.Size-1, 1)
	if err != nil {
		return err
	}
	for _, b := range batches {
		if b.First+int64(len(b.Entries)) != known.Size {
			continue
		}
		if stored, err := w.key.Open(b.Note); err == nil && stored.Root == known.Root {
			w.size = known.Size
			return nil
		}
	}
	return fmt.Errorf("%w: record %d is not the one that %s was signed over", ErrRolledBack, known.Size-1, w.path)
}

// wiped refuses a journal without any record beside resources: a first start has neither.
func (w *witness) wiped(ctx context.Context) error {
	head, err := w.log.Head(ctx)
	if err != nil || head.Size > 0 || w.revision == nil {
		return err
	}
	if revision, err := w.revision(ctx); err != nil || revision == 0 {
		return err
	}
	return fmt.Errorf("%w: its journal holds no record, though it holds resources", ErrRolledBack)
}

// write puts the newest checkpoint into the file, if it is newer than the one there.
func (w *witness) write(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	head, err := w.log.Head(ctx)
	if err != nil || head.Size <= w.size {
		return err
	}
	if err := durable.WriteFile(w.path, bytes.Clone(head.Note), 0o644); err != nil {
		return err
	}
	w.size = head.Size
	return nil
}

// keep writes every second until ctx ends, and once more then. A failure is logged when it begins.
func (w *witness) keep(ctx context.Context, logger *slog.Logger) {
	tick := time.NewTicker(witnessEvery)
	defer tick.Stop()
	failing := false
	for {
		err := w.write(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			logger.Warn("cannot keep the newest checkpoint", "code", string(fault.From(err).Code), "cause", err)
		}
		failing = err != nil
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

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
	"mconnect/internal/appendlog"
	"mconnect/internal/durable"
	"mconnect/internal/store"
	"mconnect/verify"
)

// checkpointEvery is how often the newest checkpoint is written outside the database.
const checkpointEvery = time.Second

// ErrRolledBack says that the store is older than, or another than, the checkpoint kept outside it. Restoring
// a backup on purpose moves that checkpoint aside (mconnect restore); otherwise it is an alarm.
var ErrRolledBack = errors.New("the store does not contain what was signed before")

// checkpointFile keeps the newest signed checkpoint in a file outside the database, so that putting back an older
// database does not go unnoticed. A checkpoint is only ever replaced by one that is proven to continue it.
type checkpointFile struct {
	path     string
	key      verify.Key
	log      *store.Log
	revision func(context.Context) (int64, error) // of the resources; nil: not looked at

	mu     sync.Mutex
	known  appendlog.Head // in the file: size and note
	proven []byte         // the note of the file that the log was last proven to continue
}

// check compares the store with the file. No file is a first start.
func (w *checkpointFile) check(ctx context.Context) error {
	note, err := os.ReadFile(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		return w.checkEmptyJournal(ctx)
	}
	if err != nil {
		return err
	}
	known, err := w.key.Open(note)
	if err != nil {
		return fmt.Errorf("%s: not a checkpoint of this journal: %w", w.path, err)
	}
	kept := appendlog.Head{Size: known.Size, Note: note}
	if _, err := w.log.Since(ctx, kept); errors.Is(err, appendlog.ErrForked) {
		return fmt.Errorf("%w: %s: %w", ErrRolledBack, w.path, err)
	} else if err != nil {
		return err
	}
	w.known, w.proven = kept, note
	return nil
}

// checkEmptyJournal refuses a journal without any record in a store with resources: a first start has neither.
func (w *checkpointFile) checkEmptyJournal(ctx context.Context) error {
	head, err := w.log.Head(ctx)
	if err != nil || head.Size > 0 || w.revision == nil {
		return err
	}
	if revision, err := w.revision(ctx); err != nil || revision == 0 {
		return err
	}
	return fmt.Errorf("%w: its journal holds no record, though it holds resources", ErrRolledBack)
}

// refresh reads the file again: a command in another process may have replaced it.
func (w *checkpointFile) refresh() error {
	note, err := os.ReadFile(w.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && w.known.Size > 0 && bytes.Equal(note, w.known.Note) {
		return nil
	}
	if err != nil {
		return err
	}
	now, err := w.key.Open(note)
	if err != nil {
		return fmt.Errorf("%s: not a checkpoint of this journal: %w", w.path, err)
	}
	if now.Size > w.known.Size {
		w.known = appendlog.Head{Size: now.Size, Note: note}
	}
	return nil
}

// write puts the newest durable checkpoint into the file, if it is newer than the one there and continues it. One that
// does not continue it ends all appending to the journal; the file stays. When the database has lost acknowledged
// records, the file gets the last checkpoint over them, so that no later start accepts the other history.
func (w *checkpointFile) write(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.refresh(); err != nil {
		return err
	}
	head, err := w.log.Since(ctx, w.known)
	if errors.Is(err, appendlog.ErrForked) {
		w.log.Halt(fmt.Errorf("%s: %w", w.path, err))
		if bytes.Equal(w.known.Note, w.proven) {
			err = errors.Join(err, w.replace(w.log.Acknowledged()))
		}
	}
	if err != nil {
		return err
	}
	if w.known.Size > 0 {
		w.proven = w.known.Note
	}
	return w.replace(head)
}

// replace puts a checkpoint into the file that is known to continue the one there, if it is newer.
func (w *checkpointFile) replace(head appendlog.Head) error {
	if head.Size <= w.known.Size {
		return nil
	}
	if err := durable.WriteFile(w.path, bytes.Clone(head.Note), 0o644); err != nil {
		return err
	}
	w.known, w.proven = head, head.Note
	return nil
}

// follow writes every second until ctx ends, and once more then. A failure is logged when it begins.
func (w *checkpointFile) follow(ctx context.Context, logger *slog.Logger) {
	tick := time.NewTicker(checkpointEvery)
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

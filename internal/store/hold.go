package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"mconnect/fault"
)

// Holder is the process that writes a SQLite store, as it states itself in the lock file.
type Holder struct {
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"` // UTC
	Command string    `json:"command"`
	Node    string    `json:"node,omitempty"`
	Admin   string    `json:"admin,omitempty"` // its management API, https://host:port, once it listens
}

// String names the process for a message.
func (h Holder) String() string {
	if h.PID == 0 {
		return "another process"
	}
	return fmt.Sprintf("%s (process %d, since %s)", cmp.Or(h.Command, "a program"), h.PID, h.Since.Format(time.RFC3339))
}

// HeldError says that another process writes the store.
type HeldError struct {
	Path   string
	Holder Holder
}

// Error implements error.
func (e *HeldError) Error() string {
	return fmt.Sprintf("%s is written by %s; a store has one writer", e.Path, e.Holder)
}

// held makes the fault of a HeldError.
func held(path string, by Holder) error {
	return fault.Wrap(&HeldError{path, by}, fault.StoreHeld, "store", path, "holder", by.String())
}

// hold is the right of a process to write a SQLite store: a lock on a file in the same folder, which the kernel takes
// back when the process ends, however it ends. The file stays, so that nobody can lock a file that another is about to
// remove.
type hold struct {
	path  string
	f     *os.File
	by    Holder
	users int // open stores of this process
}

// holds are those of this process by path; within one process SQLite itself keeps several handles in order.
var (
	holdsMu sync.Mutex
	holds   = map[string]*hold{}
)

const lockSuffix = ".lock"

// takeHold takes the right, or fails with the fault store.held.
func takeHold(path string, by Holder) (*hold, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	holdsMu.Lock()
	defer holdsMu.Unlock()
	h := holds[path]
	if h == nil {
		if h, err = lockFile(path, by); err != nil {
			return nil, err
		}
		holds[path] = h
	}
	h.users++
	return h, nil
}

func lockFile(path string, by Holder) (*hold, error) {
	f, err := os.OpenFile(path+lockSuffix, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	h := &hold{path: path, f: f, by: by}
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &lock); err != nil {
		other := readHolder(f)
		_ = f.Close()
		if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
			return nil, held(path, other)
		}
		return nil, fmt.Errorf("lock %s: %w", path+lockSuffix, err)
	}
	h.by.PID, h.by.Since = os.Getpid(), time.Now().UTC().Truncate(time.Second)
	if err := h.state(); err != nil {
		_ = f.Close()
		return nil, err
	}
	return h, nil
}

// state writes who holds the store into the file. Readers may meet it half written and then know no more than that
// somebody holds it.
func (h *hold) state() error {
	text, err := json.Marshal(h.by)
	if err != nil {
		return err
	}
	if err := h.f.Truncate(0); err != nil {
		return err
	}
	_, err = h.f.WriteAt(append(text, '\n'), 0)
	return err
}

// release gives the right back.
func (h *hold) release() {
	if h == nil {
		return
	}
	holdsMu.Lock()
	defer holdsMu.Unlock()
	if h.users--; h.users == 0 {
		delete(holds, h.path)
		_ = h.f.Truncate(0)
		_ = h.f.Close()
	}
}

// maxHolder bounds what is read of a lock file.
const maxHolder = 4 << 10

func readHolder(f *os.File) (h Holder) {
	text, err := io.ReadAll(io.NewSectionReader(f, 0, maxHolder))
	if err != nil || json.Unmarshal(text, &h) != nil {
		return Holder{}
	}
	return h
}

// HolderOf reports which process writes the SQLite store at url now; held is false when none does, and for PostgreSQL,
// where every process may. It takes no lock itself.
func HolderOf(url string) (h Holder, held bool, err error) {
	path, ok := strings.CutPrefix(url, "sqlite:")
	if !ok {
		return Holder{}, false, nil
	}
	f, err := os.Open(path + lockSuffix)
	if errors.Is(err, os.ErrNotExist) {
		return Holder{}, false, nil
	}
	if err != nil {
		return Holder{}, false, err
	}
	defer func() { _ = f.Close() }()
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_GETLK, &lock); err != nil {
		return Holder{}, false, fmt.Errorf("look at %s: %w", path+lockSuffix, err)
	}
	if lock.Type == unix.F_UNLCK {
		return Holder{}, false, nil
	}
	return readHolder(f), true, nil
}

// Announce states in the lock file where the management API of this process is, for commands that run while it holds
// the store. It does nothing on PostgreSQL.
func (db *DB) Announce(admin string) error {
	if db.hold == nil {
		return nil
	}
	holdsMu.Lock()
	defer holdsMu.Unlock()
	db.hold.by.Admin = admin
	return db.hold.state()
}

// OpenWhenFree is Open for a command that needs the store for a moment: while another command without a management API
// holds it, it waits until ctx ends.
func OpenWhenFree(ctx context.Context, cfg Config) (*DB, error) {
	for {
		db, err := Open(ctx, cfg)
		by, busy := errors.AsType[*HeldError](err)
		if !busy || by.Holder.Serves() {
			return db, err
		}
		if pause(ctx, 50*time.Millisecond) != nil {
			return nil, err
		}
	}
}

// Serves reports whether the holder is a server, which keeps the store until it is stopped.
func (h Holder) Serves() bool { return h.Admin != "" }

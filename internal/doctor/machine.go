package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Thresholds of the checks of the machine.
const (
	diskLow   = 0.10        // share of a file system
	diskEmpty = 256 << 20   // bytes: the store may stop any moment
	skewSmall = time.Second // to the store's clock
	skewLarge = 10 * time.Second
)

// Clock examines whether the kernel's clock is synchronised, and how far it is from the store's clock and
// from the newest record of the journal. Records, certificates and agreements live by it. reference may be
// nil; it returns the clock of the database server.
func Clock(now func() time.Time, reference func(ctx context.Context) (time.Time, error)) Check {
	return Check{"clock", func(ctx context.Context) []Finding {
		found := synchronised()
		if reference == nil {
			return found
		}
		before := now()
		there, err := reference(ctx)
		if err != nil {
			return append(found, one(Warning, "store", "its clock cannot be read: "+err.Error(),
				"see the findings about the store")...)
		}
		return append(found, skew(before, now(), there)...)
	}}
}

func synchronised() []Finding {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	switch {
	case err != nil:
		return one(Warning, "kernel", "the state of the clock cannot be read: "+err.Error(),
			"make sure that a time service runs on the host")
	case state == unix.TIME_ERROR:
		return one(Warning, "kernel", "the clock is not synchronised",
			"run a time service (chrony, systemd-timesyncd) against the national time source")
	}
	return one(Well, "kernel", "the clock is synchronised", "")
}

// skew compares a foreign clock with ours, read before and after it.
func skew(before, after, there time.Time) []Finding {
	off := time.Duration(0)
	switch {
	case there.Before(before):
		off = before.Sub(there)
	case there.After(after):
		off = there.Sub(after)
	}
	says := "the clocks of this machine and of the store differ by " + off.Round(time.Millisecond).String()
	const remedy = "synchronise both machines with the same time source"
	switch {
	case off > skewLarge:
		return one(Problem, "store", says, remedy)
	case off > skewSmall:
		return one(Warning, "store", says, remedy)
	}
	return one(Well, "store", says, "")
}

// Disk examines the file systems under paths: free bytes and free inodes.
func Disk(paths ...string) Check {
	return Check{"disk", func(context.Context) []Finding {
		var found []Finding
		for _, path := range paths {
			found = append(found, disk(path)...)
		}
		return found
	}}
}

// Space is the room on a file system, in bytes and in inodes.
type Space struct{ Free, Size, FreeInodes, Inodes uint64 }

// SpaceOf reads the room on the file system of a path, as an ordinary account may use it.
func SpaceOf(path string) (Space, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return Space{}, err
	}
	return Space{Free: s.Bavail * uint64(s.Bsize), Size: s.Blocks * uint64(s.Bsize), FreeInodes: s.Ffree,
		Inodes: s.Files}, nil
}

func disk(path string) []Finding {
	s, err := SpaceOf(path)
	if err != nil {
		return one(Problem, path, "cannot be examined: "+err.Error(), "create the folder, or correct the configuration")
	}
	return space(path, s.Free, s.Size, s.FreeInodes, s.Inodes)
}

func space(path string, free, size, inodes, allInodes uint64) []Finding {
	const remedy = "make room: without it calls are refused with record.unavailable"
	says := fmt.Sprintf("%d MiB of %d MiB free", free>>20, size>>20)
	switch {
	case free < diskEmpty:
		return one(Problem, path, says, remedy)
	case float64(free) < diskLow*float64(size):
		return one(Warning, path, says, remedy)
	case allInodes > 0 && float64(inodes) < diskLow*float64(allInodes):
		return one(Warning, path, fmt.Sprintf("only %d inodes free", inodes), remedy)
	}
	return one(Well, path, says, "")
}

// Secrets examines files that only the server may read: keys, tokens, passwords. parse may be nil; it says
// whether the content is usable.
func Secrets(parse func(path string) error, paths ...string) Check {
	return Check{"keys", func(context.Context) []Finding {
		var found []Finding
		for _, path := range paths {
			found = append(found, secret(path, parse)...)
		}
		return found
	}}
}

func secret(path string, parse func(string) error) []Finding {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return one(Problem, path, "cannot be read: "+err.Error(),
			"restore it from the backup of keys, or run pki init on a new installation")
	case !info.Mode().IsRegular():
		return one(Problem, path, "is not a file", "correct the configuration")
	case info.Mode().Perm()&0o077 != 0:
		return one(Problem, path, fmt.Sprintf("others may read it (mode %#o)", info.Mode().Perm()),
			"chmod 600, and replace the key if others had access")
	}
	if parse != nil {
		if err := parse(path); err != nil {
			return one(Problem, path, "is damaged: "+err.Error(), "restore it from the backup of keys")
		}
	}
	return one(Well, path, "present, readable by its owner only", "")
}

// Writable examines whether a file can be created and made durable in a folder.
func Writable(dir string) Check {
	return Check{"write", func(context.Context) []Finding {
		f, err := os.CreateTemp(dir, ".doctor-*")
		if err != nil {
			return one(Problem, dir, "nothing can be written: "+err.Error(),
				"look at the mount options, the owner and the free space of the folder")
		}
		_, err = f.WriteString("doctor")
		if err == nil {
			err = f.Sync()
		}
		if closed := f.Close(); err == nil {
			err = closed
		}
		if removed := os.Remove(f.Name()); err == nil {
			err = removed
		}
		if err != nil {
			return one(Problem, dir, "a file could not be made durable: "+err.Error(),
				"look at the disk and its file system")
		}
		return one(Well, dir, "a file can be written durably", "")
	}}
}

// ModePrivate is the mode that files with secrets must have.
const ModePrivate fs.FileMode = 0o600

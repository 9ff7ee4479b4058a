//go:build whole

package fault

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"mconnect/test/must"
	"mconnect/test/postgres"
	"mconnect/test/world"
)

// refused: the call was refused because it cannot be recorded, and says so.
func refused(a world.Answered) bool {
	return a.Status == http.StatusServiceUnavailable && a.Code == "record.unavailable"
}

// holdsOut: while the store cannot be written, calls are refused without reaching the provider, and the
// process lives; once it can be written, calls are answered again without a restart.
func (l *land) holdsOut(name string, spoil, mend func()) {
	l.t.Helper()
	pid := l.PID()
	spoil()
	l.until(name+": the refusal", refused)
	asked := l.provider.Asked.Load()
	for range 20 {
		a, err := l.caller.Ask(l.t.Context())
		if err != nil || !refused(a) {
			l.t.Errorf("%s: answered %d %s, %v", name, a.Status, a.Code, err)
		}
	}
	if now := l.provider.Asked.Load(); now != asked {
		l.t.Errorf("%s: the provider was asked %d times without a record", name, now-asked)
	}
	mend()
	after := l.answers(name + ": recovery")
	if l.PID() != pid || !l.Alive() {
		l.t.Errorf("%s: the process did not live through it", name)
	}
	l.Stop()
	l.verifyClean()
	l.hold([]world.Answered{after}, kills*callers)
}

// TestDiskFull_SQLite fills a small file system under the embedded store to the last byte.
func TestDiskFull_SQLite(t *testing.T) {
	dir := t.TempDir()
	run(t, "mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "none", dir)
	t.Cleanup(func() { run(t, "umount", "-l", dir) })
	l := newLand(t, dir, "")
	l.settle()
	filler := filepath.Join(dir, "filler")
	l.holdsOut("disk full", func() {
		fill(t, filler)
	}, func() { must.OK(t, os.Remove(filler)) })
}

// small mounts a file system of its own for PostgreSQL, outside the folders that only root may enter.
func small(t *testing.T, size string) (dir string) {
	t.Helper()
	dir = must.Get(os.MkdirTemp("", "mconnect-small-"))(t)
	uid, gid, err := postgres.Account()
	must.OK(t, err)
	run(t, "mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%s,mode=0700,uid=%d,gid=%d", size, uid, gid), "none", dir)
	t.Cleanup(func() {
		run(t, "umount", "-l", dir)
		must.OK(t, os.Remove(dir))
	})
	return dir
}

// TestDiskFull_Postgres fills a small file system under the tables of a PostgreSQL to the last byte; its log goes on.
func TestDiskFull_Postgres(t *testing.T) {
	dir := small(t, "48m")
	at := func(statement string) { must.OK(t, cluster.Exec(context.Background(), "postgres", statement)) }
	at("CREATE TABLESPACE small LOCATION '" + dir + "'")
	at("CREATE DATABASE full_tables TABLESPACE small")
	t.Cleanup(func() {
		at("DROP DATABASE full_tables WITH (FORCE)")
		at("DROP TABLESPACE small")
	})
	l := newLand(t, t.TempDir(), cluster.URL("full_tables"))
	l.settle()
	filler := filepath.Join(dir, "filler")
	l.holdsOut("disk full under the tables", func() { fill(t, filler) }, func() { must.OK(t, os.Remove(filler)) })
}

// TestDiskFull_PostgresLog fills the file system of the write-ahead log. PostgreSQL ends itself then, and its
// supervisor starts it when there is room again; the platform lives through it.
func TestDiskFull_PostgresLog(t *testing.T) {
	dir := small(t, "32m")
	wal := filepath.Join(dir, "wal")
	uid, gid, err := postgres.Account()
	must.OK(t, err)
	must.OK(t, os.Mkdir(wal, 0o700))
	must.OK(t, os.Chown(wal, uid, gid))
	own := must.Get(postgres.StartWith(postgres.Config{Wal: wal}))(t)
	t.Cleanup(func() { must.OK(t, own.Close()) })
	url := must.Get(own.Create(t.Context(), "full_log"))(t)
	l := newLand(t, t.TempDir(), url)
	l.settle()
	filler := filepath.Join(dir, "filler")
	l.holdsOut("disk full under the log", func() { fill(t, filler) }, func() {
		must.OK(t, os.Remove(filler))
		must.OK(t, own.Kill())
		must.OK(t, own.Resume())
	})
}

// fill writes until nothing more fits.
func fill(t *testing.T, path string) {
	t.Helper()
	f := must.Get(os.Create(path))(t)
	defer f.Close()
	for size := 1 << 20; size >= 1; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
}

// TestReadOnly_Files makes the embedded store's open files immutable.
func TestReadOnly_Files(t *testing.T) {
	dir := t.TempDir()
	l := newLand(t, dir, "")
	l.settle()
	flag := func(flag string) {
		files, err := filepath.Glob(filepath.Join(dir, "mconnect.db*"))
		if err != nil || len(files) < 2 {
			t.Fatalf("store files: %v, %v", files, err)
		}
		for _, f := range files {
			run(t, "chattr", flag, f)
		}
	}
	t.Cleanup(func() { flag("-i") })
	l.holdsOut("read-only files", func() { flag("+i") }, func() { flag("-i") })
}

// TestReadOnly_Postgres turns the database read-only, as a failover to a standby does.
func TestReadOnly_Postgres(t *testing.T) {
	url := must.Get(cluster.Create(t.Context(), "readonly"))(t)
	l := newLand(t, t.TempDir(), url)
	l.settle()
	set := func(value string) {
		must.OK(t, cluster.Exec(t.Context(), "postgres", "ALTER DATABASE readonly SET default_transaction_read_only = "+value))
		must.OK(t, cluster.Exec(t.Context(), "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'readonly'"))
	}
	l.holdsOut("read-only database", func() { set("on") }, func() { set("off") })
}

// TestPostgres_Gone stops the database server, and kills it, and lets it come back.
func TestPostgres_Gone(t *testing.T) {
	for name, end := range map[string]func() error{"stopped": cluster.Stop, "killed": cluster.Kill} {
		t.Run(name, func(t *testing.T) {
			url := must.Get(cluster.Create(t.Context(), "gone_"+name))(t)
			l := newLand(t, t.TempDir(), url)
			l.settle()
			l.holdsOut("database "+name, func() { must.OK(t, end()) }, func() { must.OK(t, cluster.Resume()) })
		})
	}
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatal(fmt.Errorf("%s %v: %w: %s (these tests need root)", name, args, err, out))
	}
}

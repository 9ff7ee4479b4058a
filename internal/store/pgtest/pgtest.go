// Package pgtest gives tests a PostgreSQL of their own: a private cluster in a temporary folder, started from
// the programs that Debian installs, reachable by a random TCP port on the loopback and by a socket
// in the folder. It commits durably (fsync on), as production does. It serves tests only and knows nothing
// of the store's tables.
package pgtest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the engine
)

// Env names the variable that says whether tests run on PostgreSQL too: "1" for a private cluster, or
// the URL of a server on which the user may create databases; empty or "0": not.
const Env = "MCONNECT_TEST_POSTGRES"

// Server is a running PostgreSQL.
type Server struct {
	url  *url.URL // of its postgres database
	bin  string
	dir  string // "" when the server is not ours
	cred *syscall.Credential
	cmd  *exec.Cmd
	logs *os.File
}

// Wanted says whether Env asks for PostgreSQL.
func Wanted() bool {
	v := os.Getenv(Env)
	return v != "" && v != "0"
}

// Start starts the server that Env asks for. The caller must Stop it.
func Start() (*Server, error) {
	if v := os.Getenv(Env); v != "1" {
		u, err := url.Parse(v)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", Env, err)
		}
		return &Server{url: u}, nil
	}
	return StartPrivate()
}

// StartPrivate makes a new cluster in a temporary folder and starts it.
func StartPrivate() (_ *Server, err error) {
	s := &Server{}
	if s.bin, err = programs(); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp("", "mconnect-pg-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.Stop()
		}
	}()
	if err := s.dropRoot(); err != nil {
		return nil, err
	}
	if out, err := s.command("initdb", "-D", s.dir+"/data", "-U", "postgres", "-A", "trust", "-E", "UTF8",
		"--locale=C", "--no-sync").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s.url = &url.URL{Scheme: "postgres", User: url.User("postgres"), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		Path: "/postgres", RawQuery: "sslmode=disable"}
	return s, s.Run()
}

// programs finds the newest installed PostgreSQL.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.Join(err, errors.New("pgtest: PostgreSQL is not installed (Debian: postgresql)"))
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // 0 for a folder that is no version
		return n
	}
	sort.Slice(found, func(i, j int) bool { return version(found[i]) < version(found[j]) })
	return filepath.Dir(found[len(found)-1]), nil
}

// dropRoot prepares for a server that refuses to run as root: it gets the user postgres, or nobody.
func (s *Server) dropRoot() error {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return err
		}
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return err
	}
	s.cred = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(s.dir, uid, gid)
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.bin, name), args...)
	c.Dir = s.dir
	// The server must not outlive the tests, however they end.
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred, Pdeathsig: syscall.SIGQUIT}
	return c
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Run starts the server's process on its present data and waits until it answers.
func (s *Server) Run() (err error) {
	if s.logs == nil {
		if s.logs, err = os.Create(s.dir + "/log"); err != nil {
			return err
		}
	}
	c := s.command("postgres", "-D", s.dir+"/data", "-p", s.url.Port(), "-k", s.dir, "-c", "listen_addresses=127.0.0.1",
		"-c", "fsync=on", "-c", "max_connections=200", "-c", "shared_buffers=128MB", "-c", "max_wal_size=2GB")
	c.Stdout, c.Stderr = s.logs, s.logs
	if err := c.Start(); err != nil {
		return err
	}
	s.cmd = c
	return s.await()
}

// await waits until the server answers.
func (s *Server) await() error {
	db, err := sql.Open("pgx", s.url.String())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if err := db.PingContext(ctx); err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			said, _ := os.ReadFile(s.dir + "/log")
			return fmt.Errorf("pgtest: the server does not answer: %s", bytes.TrimSpace(said))
		}
	}
}

// Private says whether the server is ours to stop and start.
func (s *Server) Private() bool { return s.dir != "" }

// Kill ends the server's process as a crash would: nothing is flushed. Run starts it again.
func (s *Server) Kill() error { return s.end(syscall.SIGQUIT) }

// Halt ends the server's process in order, cutting off its clients. Run starts it again.
func (s *Server) Halt() error { return s.end(syscall.SIGINT) }

func (s *Server) end(sig syscall.Signal) error {
	if s.cmd == nil {
		return nil
	}
	err := s.cmd.Process.Signal(sig)
	_ = s.cmd.Wait() // its exit code says only that it was told to
	s.cmd = nil
	return err
}

// Stop ends the server and removes its data. A server that is not ours is left alone.
func (s *Server) Stop() {
	if !s.Private() {
		return
	}
	_ = s.end(syscall.SIGQUIT)
	if s.logs != nil {
		_ = s.logs.Close()
	}
	_ = os.RemoveAll(s.dir)
}

var databases atomic.Int64

// Database creates an empty database and returns its URL and what drops it again.
func (s *Server) Database() (string, func(), error) {
	name := fmt.Sprintf("mconnect_%d_%d", os.Getpid(), databases.Add(1))
	if err := s.Exec("CREATE DATABASE " + name); err != nil {
		return "", nil, err
	}
	u := *s.url
	u.Path = "/" + name
	return u.String(), func() { _ = s.Exec("DROP DATABASE " + name + " WITH (FORCE)") }, nil
}

// Exec runs one statement as the server's superuser.
func (s *Server) Exec(statement string) error {
	db, err := sql.Open("pgx", s.url.String())
	if err != nil {
		return err
	}
	_, err = db.Exec(statement)
	return errors.Join(err, db.Close())
}

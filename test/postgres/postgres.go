// Package postgres starts a PostgreSQL cluster of its own in a temporary folder, for tests and benchmarks.
//
// It owns the server's processes and files and nothing inside the databases. The cluster listens on a Unix
// socket only, flushes to disk like a real one, and runs under the account "postgres" when the caller is
// root, because the server refuses to run as root.
package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// port names the socket file; no TCP port is opened.
const port = "5432"

// Config reports how a server differs from the usual one.
type Config struct {
	// an empty folder that Account owns for the write-ahead log, in segments of 1 MiB; "": with the rest
	Wal       string
	Settings  []string // "name=value", of postgresql.conf
	Namespace string   // of the network in which the server runs, made by ip netns; "": that of the caller
	Host      string   // address on which the server listens for TCP as well; "": on none
	Source    string   // connection string of the server of which this one becomes a standby; "": of none
}

// Cluster is a running server. Its methods are not safe for concurrent use.
type Cluster struct {
	cfg    Config
	dir    string
	bin    string
	owner  *syscall.Credential
	server *exec.Cmd
	ended  chan struct{} // closes when the server has
}

// Start makes and starts a cluster; Close ends it and removes its files.
func Start() (*Cluster, error) { return StartWith(Config{}) }

// StartWith is Start for a server that differs from the usual one. A standby is a copy of its source and follows it.
func StartWith(cfg Config) (*Cluster, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return nil, errors.New("PostgreSQL is not installed: run test/install.sh")
	}
	sort.Strings(found)
	dir, err := os.MkdirTemp("", "mconnect-postgres-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{cfg: cfg, dir: dir, bin: filepath.Dir(found[len(found)-1])}
	if err := c.prepare(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	if err := c.Resume(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return c, nil
}

func (c *Cluster) prepare() error {
	if os.Getuid() == 0 {
		uid, gid, err := Account()
		if err != nil {
			return err
		}
		c.owner = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(c.dir, uid, gid); err != nil {
			return err
		}
	}
	name, args := "initdb", []string{"-D", c.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
		"--no-sync"}
	if c.cfg.Wal != "" {
		args = append(args, "--waldir", c.cfg.Wal, "--wal-segsize=1")
	}
	if c.cfg.Source != "" {
		name, args = "pg_basebackup", []string{"-D", c.data(), "-d", c.cfg.Source, "-R", "-X", "stream", "-c", "fast",
			"--no-sync"}
	}
	if out, err := c.command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	if c.cfg.Host == "" || c.cfg.Source != "" {
		return nil
	}
	access, err := os.OpenFile(filepath.Join(c.data(), "pg_hba.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = access.WriteString("host all all 0.0.0.0/0 trust\nhost replication all 0.0.0.0/0 trust\n")
	return errors.Join(err, access.Close())
}

// Account is the one under which the server runs when the caller is root.
func Account() (uid, gid int, err error) {
	account, err := user.Lookup("postgres")
	if err != nil {
		return 0, 0, err
	}
	uid, err = strconv.Atoi(account.Uid)
	if err != nil {
		return 0, 0, err
	}
	gid, err = strconv.Atoi(account.Gid)
	return uid, gid, err
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	credential := c.owner
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	if c.cfg.Namespace != "" { // whose programs replace one another: the process is the server in the end
		inside := []string{"--net=/run/netns/" + c.cfg.Namespace, "setpriv", "--clear-groups",
			fmt.Sprintf("--reuid=%d", c.owner.Uid), fmt.Sprintf("--regid=%d", c.owner.Gid), cmd.Path}
		cmd, credential = exec.Command("nsenter", append(inside, args...)...), nil
	}
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "HOME=" + c.dir, "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential, Setpgid: true}
	return cmd
}

// Resume starts the server on the files that are there, after Stop or Kill, and waits until it answers.
func (c *Cluster) Resume() error {
	args := []string{"-D", c.data(), "-k", c.dir, "-p", port, "-c", "listen_addresses=" + c.cfg.Host,
		"-c", "shared_buffers=256MB", "-c", "max_wal_size=4GB", "-c", "max_connections=200"}
	for _, setting := range c.cfg.Settings {
		args = append(args, "-c", setting)
	}
	c.server = c.command("postgres", args...)
	var log bytes.Buffer
	c.server.Stdout, c.server.Stderr = &log, &log
	if err := c.server.Start(); err != nil {
		return err
	}
	c.ended = make(chan struct{})
	go func() { _ = c.server.Wait(); close(c.ended) }()
	if err := c.await(); err != nil {
		return fmt.Errorf("PostgreSQL does not start: %w: %s", err, log.Bytes())
	}
	return nil
}

// await waits until the server answers or has ended, however long a busy machine takes for it.
func (c *Cluster) await() error {
	pause := time.NewTicker(10 * time.Millisecond)
	defer pause.Stop()
	for {
		conn, err := pgx.Connect(context.Background(), c.URL("postgres"))
		if err == nil {
			return conn.Close(context.Background())
		}
		select {
		case <-c.ended:
			c.server = nil
			return err
		case <-pause.C:
		}
	}
}

// URL leads to a database of the cluster, in the form that store.url takes.
func (c *Cluster) URL(database string) string {
	return fmt.Sprintf("postgres://postgres@/%s?host=%s&port=%s", database, c.dir, port)
}

// Create makes an empty database and returns its URL.
func (c *Cluster) Create(ctx context.Context, database string) (string, error) {
	return c.URL(database), c.Exec(ctx, "postgres", "CREATE DATABASE "+pgx.Identifier{database}.Sanitize())
}

// Exec runs one statement in a database, as the superuser.
func (c *Cluster) Exec(ctx context.Context, database, statement string) error {
	conn, err := pgx.Connect(ctx, c.URL(database))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, statement)
	return err
}

// Promote makes a standby a primary, and waits until it is one.
func (c *Cluster) Promote(ctx context.Context) error {
	return c.Exec(ctx, "postgres", "SELECT pg_promote(true, 600)")
}

// Socket is the path of the server's socket.
func (c *Cluster) Socket() string { return filepath.Join(c.dir, ".s.PGSQL."+port) }

// Stop ends the server at once but in order; connections are closed. Resume starts it again.
func (c *Cluster) Stop() error { return c.end(syscall.SIGINT) }

// Kill ends every process of the server with SIGKILL, as a power failure would, caches excepted.
func (c *Cluster) Kill() error { return c.end(syscall.SIGKILL) }

func (c *Cluster) end(signal syscall.Signal) error {
	if c.server == nil {
		return nil
	}
	pid := c.server.Process.Pid
	if signal == syscall.SIGKILL {
		pid = -pid // its process group
	}
	if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	<-c.ended
	c.server = nil
	if signal == syscall.SIGKILL { // what a killed server leaves behind would stop the next one
		for _, name := range []string{filepath.Join(c.data(), "postmaster.pid"),
			filepath.Join(c.dir, ".s.PGSQL."+port+".lock")} {
			if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// Close stops the server and removes everything.
func (c *Cluster) Close() error {
	return errors.Join(c.end(syscall.SIGINT), os.RemoveAll(c.dir))
}

// Listening reports whether the server accepts connections now.
func (c *Cluster) Listening() bool {
	conn, err := net.Dial("unix", c.Socket())
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

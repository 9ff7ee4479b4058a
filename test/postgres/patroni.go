package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// PatroniConfig reports how three servers are kept by Patroni. Times are in seconds.
type PatroniConfig struct{ TTL, LoopWait, RetryTimeout int }

// Patroni is three PostgreSQL servers under Debian's Patroni with three members of etcd, on ports of the loopback
// address: synchronous_mode and synchronous_mode_strict are on. Its methods are not safe for concurrent use.
type Patroni struct {
	cfg     PatroniConfig
	dir     string
	bin     string
	owner   *syscall.Credential
	etcd    []*exec.Cmd
	clients []string // addresses of etcd
	members []*member
}

// member is one server with its Patroni.
type member struct {
	name, dir  string
	port, rest int
	patroni    *exec.Cmd
}

// MemberState is a server as Patroni sees it.
type MemberState struct {
	Name, Role, State string
	Timeline          int
}

// StartPatroni makes and starts the servers, and waits until there is a leader with a synchronous standby and a
// replica.
func StartPatroni(cfg PatroniConfig) (p *Patroni, err error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return nil, errors.New("PostgreSQL is not installed: run test/install.sh")
	}
	uid, gid, err := Account()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "mconnect-patroni-")
	if err != nil {
		return nil, err
	}
	p = &Patroni{cfg: cfg, dir: dir, bin: filepath.Dir(found[len(found)-1]),
		owner: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	if err := errors.Join(os.Chown(dir, uid, gid), p.startEtcd(), p.startMembers()); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, p.Await(context.Background(), func(members []MemberState) bool {
		roles := map[string]int{}
		for _, m := range members {
			if m.State == "running" || m.State == "streaming" {
				roles[m.Role]++
			}
		}
		return len(members) == 3 && roles["leader"] == 1 && roles["sync_standby"] == 1 && roles["replica"] == 1
	})
}

func (p *Patroni) startEtcd() error {
	ports, err := freePorts(6)
	if err != nil {
		return err
	}
	var all []string
	for i := range 3 {
		all = append(all, fmt.Sprintf("e%d=http://127.0.0.1:%d", i, ports[3+i]))
	}
	for i := range 3 {
		client, peer := fmt.Sprintf("http://127.0.0.1:%d", ports[i]), fmt.Sprintf("http://127.0.0.1:%d", ports[3+i])
		cmd := exec.Command("etcd", "--name", fmt.Sprintf("e%d", i), "--data-dir",
			filepath.Join(p.dir, fmt.Sprintf("etcd%d", i)),
			"--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer,
			"--initial-advertise-peer-urls", peer, "--initial-cluster", strings.Join(all, ","),
			"--heartbeat-interval", "500", "--election-timeout", "5000") // a busy machine is no lost one
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.owner, Pdeathsig: syscall.SIGKILL}
		cmd.Dir = p.dir
		if err := logged(cmd, filepath.Join(p.dir, fmt.Sprintf("etcd%d.log", i))); err != nil {
			return err
		}
		p.etcd = append(p.etcd, cmd)
		p.clients = append(p.clients, strings.TrimPrefix(client, "http://"))
	}
	return nil
}

// logged starts a command with its output in a file.
func logged(cmd *exec.Cmd, path string) error {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = out, out
	return errors.Join(cmd.Start(), out.Close()) // the process has a descriptor of its own
}

func (p *Patroni) startMembers() error {
	ports, err := freePorts(6)
	if err != nil {
		return err
	}
	for i := range 3 {
		name := fmt.Sprintf("p%d", i)
		m := &member{name: name, dir: filepath.Join(p.dir, name), port: ports[i], rest: ports[3+i]}
		if err := os.Mkdir(m.dir, 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(p.config(m), []byte(p.settings(m)), 0o644); err != nil {
			return err
		}
		if err := os.Chown(m.dir, int(p.owner.Uid), int(p.owner.Gid)); err != nil {
			return err
		}
		if err := p.start(m); err != nil {
			return err
		}
		p.members = append(p.members, m)
	}
	return nil
}

func (p *Patroni) config(m *member) string { return filepath.Join(m.dir, "patroni.yaml") }

func (p *Patroni) settings(m *member) string {
	return fmt.Sprintf(`scope: land
name: %[1]s
restapi: { listen: "127.0.0.1:%[2]d", connect_address: "127.0.0.1:%[2]d" }
etcd3: { hosts: [%[3]s] }
bootstrap:
  dcs:
    ttl: %[4]d
    loop_wait: %[5]d
    retry_timeout: %[6]d
    synchronous_mode: true
    synchronous_mode_strict: true
    postgresql:
      use_pg_rewind: true
      parameters: { max_connections: 200, shared_buffers: 128MB, wal_keep_size: 256MB }
  initdb: [{ encoding: UTF8 }, { locale: C.UTF-8 }, no-sync]
postgresql:
  listen: "127.0.0.1:%[7]d"
  connect_address: "127.0.0.1:%[7]d"
  data_dir: %[8]s/data
  bin_dir: %[9]s
  pgpass: %[8]s/pgpass
  authentication:
    superuser: { username: postgres }
    replication: { username: postgres }
    rewind: { username: postgres }
  parameters: { unix_socket_directories: "%[8]s" }
  pg_hba: ["local all all trust", "host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"]
`, m.name, m.rest, strings.Join(p.clients, ", "), p.cfg.TTL, p.cfg.LoopWait, p.cfg.RetryTimeout, m.port, m.dir, p.bin)
}

func (p *Patroni) start(m *member) error {
	m.patroni = exec.Command("patroni", p.config(m))
	m.patroni.Dir = m.dir
	m.patroni.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "HOME=" + m.dir, "TZ=UTC"}
	m.patroni.SysProcAttr = &syscall.SysProcAttr{Credential: p.owner, Pdeathsig: syscall.SIGKILL, Setpgid: true}
	return logged(m.patroni, filepath.Join(m.dir, "patroni.log"))
}

// kill ends a server and its Patroni with SIGKILL.
func (m *member) kill() error {
	if m.patroni == nil {
		return nil
	}
	var errs []error
	end := func(pid int) {
		if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			errs = append(errs, err)
		}
	}
	end(m.patroni.Process.Pid)
	_ = m.patroni.Wait()
	m.patroni = nil
	text, err := os.ReadFile(filepath.Join(m.dir, "data", "postmaster.pid"))
	if errors.Is(err, os.ErrNotExist) {
		return errors.Join(errs...)
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	pid, e := strconv.Atoi(string(line))
	if err = errors.Join(err, e); err == nil && pid > 1 {
		end(pid) // Patroni makes the server lead a session, so a group, of its own
	}
	return errors.Join(append(errs, err)...)
}

// URL leads to whichever server is the primary.
func (p *Patroni) URL(database string) string {
	var hosts []string
	for _, m := range p.members {
		hosts = append(hosts, fmt.Sprintf("127.0.0.1:%d", m.port))
	}
	return fmt.Sprintf("postgres://postgres@%s/%s?target_session_attrs=read-write&sslmode=disable",
		strings.Join(hosts, ","), database)
}

// Create makes an empty database and returns its URL.
func (p *Patroni) Create(ctx context.Context, database string) (string, error) {
	conn, err := pgx.Connect(ctx, p.URL("postgres"))
	if err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{database}.Sanitize())
	return p.URL(database), errors.Join(err, conn.Close(ctx))
}

// State asks any Patroni that answers.
func (p *Patroni) State(ctx context.Context) ([]MemberState, error) {
	err := errors.New("no Patroni runs")
	for _, m := range p.members {
		if m.patroni == nil {
			continue
		}
		var found struct{ Members []MemberState }
		if err = call(ctx, http.MethodGet, m.rest, "/cluster", nil, &found); err == nil {
			return found.Members, nil
		}
	}
	return nil, err
}

// Await waits until the state is as wanted, however long a busy machine takes, or until ctx ends or a Patroni has ended
// that nobody killed.
func (p *Patroni) Await(ctx context.Context, so func([]MemberState) bool) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		state, err := p.State(ctx)
		if err == nil && so(state) {
			return nil
		}
		for _, m := range p.members {
			var status syscall.WaitStatus
			if m.patroni == nil {
				continue
			}
			if pid, _ := syscall.Wait4(m.patroni.Process.Pid, &status, syscall.WNOHANG, nil); pid > 0 {
				m.patroni = nil
				return fmt.Errorf("the Patroni of %s has ended: %s", m.name, p.Tail(m.name))
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("the state is %+v, %w", state, errors.Join(err, ctx.Err()))
		}
	}
}

// Leader is the name of the server that is the primary; "" when there is none.
func (p *Patroni) Leader(ctx context.Context) string {
	state, _ := p.State(ctx)
	return leaderOf(state)
}

func leaderOf(state []MemberState) string {
	for _, m := range state {
		if m.Role == "leader" && m.State == "running" {
			return m.Name
		}
	}
	return ""
}

// Kill ends a server and its Patroni as the loss of power does.
func (p *Patroni) Kill(name string) error { return p.member(name).kill() }

// Resume starts a killed server's Patroni again, which makes it follow the leader.
func (p *Patroni) Resume(name string) error { return p.start(p.member(name)) }

// Switchover hands the leader's part to its synchronous standby, as an operator does, and waits until Patroni says that
// it is done.
func (p *Patroni) Switchover(ctx context.Context) error {
	state, err := p.State(ctx)
	if err != nil {
		return err
	}
	from, to := leaderOf(state), ""
	for _, m := range state {
		if m.Role == "sync_standby" {
			to = m.Name
		}
	}
	m := p.member(from)
	if m == nil || to == "" {
		return fmt.Errorf("nobody can take over: %+v", state)
	}
	return call(ctx, http.MethodPost, m.rest, "/switchover", map[string]string{"leader": from, "candidate": to}, nil)
}

// Tail is the end of the log of a member's Patroni.
func (p *Patroni) Tail(name string) string {
	text, _ := os.ReadFile(filepath.Join(p.dir, name, "patroni.log"))
	return string(text[max(0, len(text)-3000):])
}

func (p *Patroni) member(name string) *member {
	for _, m := range p.members {
		if m.name == name {
			return m
		}
	}
	return nil
}

// Close ends everything and removes the files.
func (p *Patroni) Close() error {
	var errs []error
	for _, m := range p.members {
		errs = append(errs, m.kill())
	}
	for _, e := range p.etcd {
		_ = e.Process.Kill()
		_ = e.Wait()
	}
	return errors.Join(append(errs, os.RemoveAll(p.dir))...)
}

// call asks the API of a Patroni.
func call(ctx context.Context, method string, port int, path string, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, fmt.Sprintf("http://127.0.0.1:%d%s", port, path),
		bytes.NewReader(text))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", method, path, res.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(into)
}

// freePorts asks the kernel for ports that nobody uses now.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // only when all are taken
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}

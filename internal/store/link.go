package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"golang.org/x/sys/unix"
)

const (
	// defaultPatience is Config.Patience unless it is set. All other waits on PostgreSQL follow from it.
	defaultPatience = 6 * time.Second
	// longPatience replaces it for statements that work through whole tables.
	longPatience = time.Hour
)

// connect bounds one attempt at one host, from the first packet to the end of authentication: 3 s.
func (l *links) connect() time.Duration { return l.patience / 2 }

// unacknowledged is how long the kernel keeps a connection whose packets nobody acknowledges: that of a machine that
// vanished. Linux gives it up after a quarter of an hour otherwise. 5 s.
func (l *links) unacknowledged() time.Duration { return l.patience * 5 / 6 }

// lock is how long a statement waits for a lock: 4 s. It is shorter than the patience, so that a server that is only
// busy says so itself.
func (l *links) lock() time.Duration { return l.patience * 2 / 3 }

var (
	errSilent        = errors.New("store: the database server does not answer; the connection is given up")
	errNoCancel      = errors.New("store: statements are not cancelled: their connection is closed")
	errNotReplicated = errors.New("store: the server committed without waiting for its standby")
)

// links is what the connections of one store have in common.
type links struct {
	patience time.Duration // how long a statement may wait for the next bytes of its answer

	silences atomic.Int64 // how often one of them fell silent
	silent   sync.Map     // address → time.Time when it last gave no answer
	names    sync.Map     // host of store.url → []string, its addresses as they were looked up last
}

// A host that gave no answer a moment ago is not waited for long, so that the next one of store.url is tried soon.
const (
	suspectFor      = 30 * time.Second
	suspectPatience = 500 * time.Millisecond
)

func (l *links) suspect(address string) bool {
	at, ok := l.silent.Load(address)
	return ok && time.Since(at.(time.Time)) < suspectFor
}

// lookup is resolve, bounded in time, and remembers what it found.
func (l *links) lookup(resolve pgconn.LookupFunc, patience time.Duration) pgconn.LookupFunc {
	return func(ctx context.Context, host string) ([]string, error) {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		found, err := resolve(ctx, host)
		if err == nil {
			l.names.Store(host, found)
		}
		return found, err
	}
}

// suspectHost reports whether all addresses that a host of store.url had gave no answer lately.
func (l *links) suspectHost(host string, port uint16) bool {
	addresses := []string{host}
	if found, ok := l.names.Load(host); ok {
		addresses = found.([]string)
	}
	for _, address := range addresses {
		if !l.suspect(net.JoinHostPort(address, strconv.Itoa(int(port)))) {
			return false
		}
	}
	return len(addresses) > 0
}

// suspectsLast puts the hosts that gave no answer lately behind the others: nobody waits for them while another one
// serves.
func (l *links) suspectsLast(cfg *pgx.ConnConfig) {
	hosts := append([]*pgconn.FallbackConfig{{Host: cfg.Host, Port: cfg.Port, TLSConfig: cfg.TLSConfig}},
		cfg.Fallbacks...)
	slices.SortStableFunc(hosts, func(a, b *pgconn.FallbackConfig) int {
		rank := map[bool]int{true: 1}
		return rank[l.suspectHost(a.Host, a.Port)] - rank[l.suspectHost(b.Host, b.Port)]
	})
	cfg.Host, cfg.Port, cfg.TLSConfig, cfg.Fallbacks = hosts[0].Host, hosts[0].Port, hosts[0].TLSConfig, hosts[1:]
}

// session is one connection to PostgreSQL as long as it lives.
//
// One that may commit never sends a cancel request. A commit that waits for a synchronous standby would be ended by
// one: it would stand on this server, seen by everybody, and not on the standby. Its socket is closed instead, and the
// server goes on waiting.
type session struct {
	links    *links
	patience time.Duration
	born     int64       // links.doubts when it was opened
	cancels  bool        // it may cancel a statement
	settled  atomic.Bool // it is connected: what is dialled now is a cancel request
	warned   atomic.Bool // the server warned during the statement under way
}

// sessionKey is the place of a *session in pgconn.PgConn.CustomData.
const sessionKey = "mconnect.session"

// prepare makes the connection that is about to be opened with cfg a session.
func (l *links) prepare(cfg *pgx.ConnConfig, patience time.Duration) {
	s := &session{links: l, patience: patience, cancels: patience == longPatience, born: l.silences.Load()}
	cfg.DialFunc = s.dial
	cfg.OnNotice = s.notice
	cfg.AfterConnect = func(_ context.Context, c *pgconn.PgConn) error {
		c.CustomData()[sessionKey] = s
		if of, ok := linkOf(c.Conn()); ok {
			l.silent.Delete(of.address)
		}
		s.settled.Store(true)
		return nil
	}
}

// linkOf finds the socket below TLS.
func linkOf(c net.Conn) (*socket, bool) {
	if over, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = over.NetConn()
	}
	l, ok := c.(*socket)
	return l, ok
}

// sessionOf finds the session of a driver's connection; nil when there is none.
func sessionOf(c any) *session {
	of, ok := c.(*stdlib.Conn)
	if !ok {
		return nil
	}
	s, _ := of.Conn().PgConn().CustomData()[sessionKey].(*session)
	return s
}

// stale reports whether another connection has fallen silent since this one was opened: the machine behind both may be
// gone.
func (s *session) stale() bool { return s != nil && s.born != s.links.silences.Load() }

// clearWarning forgets earlier warnings.
func (s *session) clearWarning() {
	if s != nil {
		s.warned.Store(false)
	}
}

// warnedOf reports whether the server warned since clearWarning: what it calls committed may then not be on its
// standby.
func (s *session) warnedOf() bool { return s != nil && s.warned.Load() }

// reset discards stale connections when they leave the pool, before anybody waits on one.
func (l *links) reset(_ context.Context, c *pgx.Conn) error {
	if s, _ := c.PgConn().CustomData()[sessionKey].(*session); s.stale() {
		return driver.ErrBadConn
	}
	return nil
}

// shouldPing looks after a connection that was idle for a second, unless reset will discard it anyway.
func (l *links) shouldPing(_ context.Context, p stdlib.ShouldPingParams) bool {
	s, _ := p.Conn.PgConn().CustomData()[sessionKey].(*session)
	return !s.stale() && p.IdleDuration > time.Second
}

// notice hears the server's warning that a commit was not waited for by the standby (class 01, no more exact code).
func (s *session) notice(_ *pgconn.PgConn, n *pgconn.Notice) {
	if n.Code == "01000" && (n.SeverityUnlocalized == "WARNING" || n.Severity == "WARNING") {
		s.warned.Store(true)
	}
}

func (s *session) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.settled.Load() && !s.cancels {
		return nil, errNoCancel
	}
	silence := s.links.unacknowledged()
	d := net.Dialer{Control: giveUpAfter(silence), KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: silence / 2, Interval: silence / 5, Count: 3,
	}}
	suspect := s.links.suspect(address)
	if suspect {
		d.Timeout = suspectPatience
	}
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		if vanished(err) {
			s.links.silent.Store(address, time.Now())
		}
		return nil, err
	}
	return &socket{Conn: c, s: s, address: address, suspect: suspect}, nil
}

// giveUpAfter sets TCP_USER_TIMEOUT, for data that was sent and for keep-alives.
func giveUpAfter(silence time.Duration) func(network, _ string, c syscall.RawConn) error {
	return func(network, _ string, c syscall.RawConn) error {
		if network == "unix" {
			return nil
		}
		var failed error
		err := c.Control(func(fd uintptr) {
			failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(silence.Milliseconds()))
		})
		return errors.Join(err, failed)
	}
}

// socket is the socket of a session. Each wait on it is bounded, also under a context without a deadline.
type socket struct {
	net.Conn
	s       *session
	address string
	suspect bool // while it is not connected in full
	mu      sync.Mutex
	// The driver's own deadlines, zero when it has none.
	readUntil, writeUntil time.Time
}

// Read implements net.Conn.
func (l *socket) Read(b []byte) (int, error) {
	if err := l.setDeadline(l.Conn.SetReadDeadline, &l.readUntil); err != nil {
		return 0, err
	}
	n, err := l.Conn.Read(b)
	return n, l.classify(err, &l.readUntil)
}

// chunk is how much is written under one deadline: a large batch may take its time as long as it moves.
const chunk = 64 << 10

// Write implements net.Conn.
func (l *socket) Write(b []byte) (done int, err error) {
	for done < len(b) {
		if err := l.setDeadline(l.Conn.SetWriteDeadline, &l.writeUntil); err != nil {
			return done, err
		}
		n, err := l.Conn.Write(b[done:min(done+chunk, len(b))])
		done += n
		if err != nil {
			return done, l.classify(err, &l.writeUntil)
		}
		if done < len(b) { // the driver may be reading meanwhile
			if err := l.setDeadline(l.Conn.SetReadDeadline, &l.readUntil); err != nil {
				return done, err
			}
		}
	}
	return done, nil
}

// setDeadline sets the deadline of the next wait: that of the driver, or the session's patience when that ends sooner.
func (l *socket) setDeadline(set func(time.Time) error, until *time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	patience := l.s.patience
	if l.suspect && !l.s.settled.Load() {
		patience = suspectPatience
	}
	end := time.Now().Add(patience)
	if !until.IsZero() && until.Before(end) {
		end = *until
	}
	return set(end)
}

// vanished reports whether an error means that the other machine gave no sign of life: a wait that ended, or that no
// machine has its address any more.
func vanished(err error) bool {
	var gone net.Error
	return errors.As(err, &gone) && gone.Timeout() || errors.Is(err, syscall.EHOSTUNREACH) ||
		errors.Is(err, syscall.ENETUNREACH)
}

// classify distinguishes the driver's own deadline, which the driver handles, from a server that is silent.
func (l *socket) classify(err error, until *time.Time) error {
	if err == nil || !vanished(err) {
		return err
	}
	l.mu.Lock()
	own := !until.IsZero() && !time.Now().Before(*until)
	l.mu.Unlock()
	settled := l.s.settled.Load()
	if !own || !settled {
		l.s.links.silent.Store(l.address, time.Now())
	}
	if own && errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	if settled {
		l.s.links.silences.Add(1)
	}
	_ = l.Conn.Close()
	return fmt.Errorf("%w (%s)", errSilent, err.Error()) // no net.Error: after a timeout the driver would go on
}

// SetDeadline implements net.Conn.
func (l *socket) SetDeadline(t time.Time) error {
	return errors.Join(l.SetReadDeadline(t), l.SetWriteDeadline(t))
}

// SetReadDeadline implements net.Conn.
func (l *socket) SetReadDeadline(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.readUntil = t
	return l.Conn.SetReadDeadline(t)
}

// SetWriteDeadline implements net.Conn.
func (l *socket) SetWriteDeadline(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writeUntil = t
	return l.Conn.SetWriteDeadline(t)
}

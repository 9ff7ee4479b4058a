package listener_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect/internal/surface/listener"
	"mconnect/test/must"
	"mconnect/test/waits"
)

// identity is a certificate for 127.0.0.1 that signs itself, made once.
var identity = sync.OnceValues(func() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "listener"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
})

// site is a server of a listener, as the platform serves it.
type site struct {
	*http.Server
	address string
	client  *tls.Config
	served  chan error
	log     *lines
}

// lines is what the server's log says.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// open starts a server; with changes what is usual of it.
func open(t testing.TB, handler http.HandlerFunc, with ...func(*http.Server)) *site {
	t.Helper()
	cert := must.Get(identity())(t)
	pool := x509.NewCertPool()
	pool.AddCert(cert.Leaf)
	d := &site{client: &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}, served: make(chan error, 1), log: &lines{}}
	d.Server = listener.Config{
		ReadHeader: 10 * time.Second, Read: 10 * time.Second, Write: 10 * time.Second, Idle: 10 * time.Second, MaxHeader: 8 << 10,
	}.Server(handler, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}},
		slog.New(slog.NewTextHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	for _, change := range with {
		change(d.Server)
	}
	l := listener.NewConnections(must.Get(net.Listen("tcp", "127.0.0.1:0"))(t), 1000, 1000)
	d.address = l.Addr().String()
	go func() { d.served <- d.ServeTLS(l, "", "") }()
	t.Cleanup(func() {
		_ = d.Close()
		if err := <-d.served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("ended with %v", err)
		}
	})
	return d
}

// line is one connection of a client below HTTP.
type line struct {
	*tls.Conn
	in *bufio.Reader
}

func (d *site) dial(t testing.TB) *line {
	t.Helper()
	conn := must.Get(tls.Dial("tcp", d.address, d.client))(t)
	must.OK(t, conn.SetDeadline(time.Now().Add(waits.Limit)))
	t.Cleanup(func() { _ = conn.Close() })
	return &line{conn, newReader(conn)}
}

func (l *line) say(t testing.TB, text string) {
	t.Helper()
	must.Get(io.WriteString(l, text))(t)
}

// got is an answer that was read whole.
type got struct {
	*http.Response
	text string
	err  error // of the body
}

// hear reads one answer to a request of the given method.
func (l *line) hear(t testing.TB, method string) got {
	t.Helper()
	r := must.Get(http.ReadResponse(l.in, &http.Request{Method: method}))(t)
	text, err := io.ReadAll(r.Body)
	return got{r, string(text), err}
}

// ended checks that nothing more comes.
func (l *line) ended(t testing.TB, what string) {
	t.Helper()
	rest, err := io.ReadAll(l.in)
	var network net.Error
	if len(rest) > 0 || errors.As(err, &network) && network.Timeout() {
		t.Errorf("%s: the connection goes on with %q, %v", what, rest, err)
	}
}

// echo answers with method, target and body.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, r.Method+" "+r.RequestURI+" "+string(body))
}

func newReader(r io.Reader) *bufio.Reader { return bufio.NewReaderSize(r, 32<<10) }

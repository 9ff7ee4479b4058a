package world

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Platform is an `mconnect serve` of the real program, with a folder, keys and ports of its own. Start and
// Stop may alternate any number of times.
type Platform struct {
	*Process
	Dir      string
	Config   string        // its configuration file
	Exchange int           // port for systems
	Events   int           // port for producers and consumers of events
	Admin    int           // port for administrators
	Ready    time.Duration // how long the last start took
	binary   string
	store    string // URL
	client   *http.Client

	authority *Authority
}

// AdminToken is the token of an administrator with every role, for the management API.
const AdminToken = "world-token-world-token-world-token"

// Build compiles the program into dir. root is the module's folder.
func Build(root, dir string) (string, error) {
	binary := filepath.Join(dir, "mconnect")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, "./cmd/mconnect")
	build.Dir = root
	out, err := build.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return binary, nil
}

// NewPlatform writes configuration and keys for a server with the folder dir on storeURL ("" for SQLite in that
// folder); Start runs it. The authority must have issued "platform", and
// "signing" where SOAP answers are to be signed by RSA.
func NewPlatform(a *Authority, binary, dir, storeURL string) (*Platform, error) {
	if storeURL == "" {
		storeURL = "sqlite:" + filepath.Join(dir, "mconnect.db")
	}
	p := &Platform{Dir: dir, binary: binary, authority: a, store: storeURL}
	if err := p.configure("first"); err != nil {
		return nil, err
	}
	if out, err := exec.Command(binary, "pki", "init", "--config", p.Config).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("pki init: %w\n%s", err, out)
	}
	return p, nil
}

// Beside prepares a second node of the same installation: the same keys and store, a name, a folder and ports of its
// own. The first one must not have been started yet.
func (p *Platform) Beside(node, dir string) (*Platform, error) {
	if err := os.CopyFS(dir, os.DirFS(p.Dir)); err != nil {
		return nil, err
	}
	other := &Platform{Dir: dir, binary: p.binary, authority: p.authority, store: p.store}
	return other, other.configure(node)
}

// configure takes ports and writes the configuration.
func (p *Platform) configure(node string) error {
	a := p.authority
	if err := os.MkdirAll(p.Dir, 0o700); err != nil {
		return err
	}
	ports, err := FreePorts(3)
	if err != nil {
		return err
	}
	p.Exchange, p.Events, p.Admin = ports[0], ports[1], ports[2]
	token := filepath.Join(p.Dir, "token")
	if err := os.WriteFile(token, []byte(AdminToken+"\n"), 0o600); err != nil {
		return err
	}
	p.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.pool,
		ServerName: "platform"}}}
	p.Config = filepath.Join(p.Dir, "config.yaml")
	text := fmt.Sprintf(`data_dir: %q
node: %q
store: { url: %q }
exchange: { listen: "127.0.0.1:%d", names: [localhost, platform, 127.0.0.1] }
events: { listen: "127.0.0.1:%d" }
admin:
  listen: "127.0.0.1:%d"
  tokens: [{ name: world, role: admin, file: %q }]
pki: { anchors: [%q], platform_certificate: %q, platform_key: %q, signing_certificate: %q, signing_key: %q }
journal: { origin: world.invalid/journal }
log: { level: warn }
`, p.Dir, node, p.store, p.Exchange, p.Events, p.Admin, token, a.CA(), a.Crt("platform"), a.Key("platform"), a.Crt("signing"), a.Key("signing"))
	return os.WriteFile(p.Config, []byte(text), 0o600)
}

// Start runs the server and returns when it says that it is ready. env adds to its environment.
func (p *Platform) Start(env ...string) error {
	begin := time.Now()
	process, err := Start(env, p.Dir, "serve", p.binary, "serve", "--config", p.Config)
	if err != nil {
		return err
	}
	p.Process = process
	for {
		res, err := p.client.Get(p.URL("/readyz"))
		if err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				p.Ready = time.Since(begin)
				return nil
			}
		}
		if time.Since(begin) > 60*time.Second {
			p.Stop()
			return fmt.Errorf("the server does not become ready: %v\n%s", err, p.Tail())
		}
		<-time.After(2 * time.Millisecond)
	}
}

// URL is a path of the management API.
func (p *Platform) URL(path string) string {
	return fmt.Sprintf("https://localhost:%d%s", p.Admin, path)
}

// Apply sends a set of manifests to the management API.
func (p *Platform) Apply(manifests string) error {
	_, err := p.send(http.MethodPost, "/v1/apply", manifests)
	return err
}

// Get reads a path of the management API as its administrator; anything but 200 is an error.
func (p *Platform) Get(path string) ([]byte, error) { return p.send(http.MethodGet, path, "") }

func (p *Platform) send(method, path, body string) ([]byte, error) {
	req, err := http.NewRequest(method, p.URL(path), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+AdminToken)
	req.Header.Set("Content-Type", "application/yaml")
	res, err := p.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, path, res.Status, bytes.TrimSpace(text[:min(len(text), 4000)]))
	}
	return text, err
}

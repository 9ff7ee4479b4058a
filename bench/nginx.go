package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// process is a program that the benchmark started and ends.
type process struct {
	name string
	cmd  *exec.Cmd
	log  string
}

// start runs a program with its output in dir/name.log.
func start(dir, name, path string, args ...string) (*process, error) {
	log := filepath.Join(dir, name+".log")
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = out, out, dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &process{name: name, cmd: cmd, log: log}, nil
}

// stop asks the process to end and waits; it kills after ten seconds.
func (p *process) stop() {
	if p == nil || p.cmd.ProcessState != nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.AfterFunc(10*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	_ = p.cmd.Wait()
}

// tail is the end of the log, for error messages.
func (p *process) tail() string {
	text, _ := os.ReadFile(p.log)
	if len(text) > 2000 {
		text = text[len(text)-2000:]
	}
	return string(text)
}

// freePort asks the kernel for a port that nobody uses now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

const nginxHead = `
daemon off;
worker_processes %s;
pid %s/nginx-%s.pid;
error_log %s/%s-error.log warn;
%s
worker_rlimit_nofile 8192;
events { worker_connections 4096; multi_accept on; }
http {
	access_log off;
	sendfile on;
	tcp_nodelay on;
	server_tokens off;
	keepalive_timeout 300s;
	keepalive_requests 100000000;
	client_max_body_size 2m;
	client_body_temp_path %s/%s-body;
	proxy_temp_path %s/%s-proxy;
	fastcgi_temp_path %s/%s-f; uwsgi_temp_path %s/%s-u; scgi_temp_path %s/%s-s;
	types { application/json json; application/octet-stream bin; }
	ssl_protocols TLSv1.2 TLSv1.3;
	ssl_session_cache shared:%s:10m;
	ssl_verify_client on;
	ssl_client_certificate %s;
`

func head(a *authority, name string) string {
	user := ""
	if os.Getuid() == 0 {
		user = "user root;" // the temporary folder is readable by its owner alone
	}
	d := a.dir
	return fmt.Sprintf(nginxHead, "auto", d, name, d, name, user, d, name, d, name, d, name, d, name, d, name, name, a.ca())
}

// backend starts the provider that both sides call: an nginx that serves files over mTLS, also for POST.
func backend(a *authority, port int, files string) (*process, error) {
	conf := head(a, "backend") + fmt.Sprintf(`
	open_file_cache max=100 inactive=1h;
	open_file_cache_valid 1h;
	server {
		listen 127.0.0.1:%d ssl backlog=1024;
		ssl_certificate %s;
		ssl_certificate_key %s;
		root %s;
		error_page 405 =200 $uri;
		location / { output_buffers 2 64k; }
	}
}
`, port, a.crt("backend"), a.keyOf("backend"), files)
	return runNginx(a, "backend", port, conf)
}

// proxy starts the yardstick: nginx as mTLS reverse proxy with kept-alive mTLS connections to the backend.
func proxy(a *authority, port, backendPort int) (*process, error) {
	conf := head(a, "proxy") + fmt.Sprintf(`
	upstream provider { server 127.0.0.1:%d; keepalive 256; keepalive_requests 100000000; keepalive_timeout 300s; }
	server {
		listen 127.0.0.1:%d ssl backlog=1024;
		ssl_certificate %s;
		ssl_certificate_key %s;
		location / {
			proxy_pass https://provider;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_ssl_certificate %s;
			proxy_ssl_certificate_key %s;
			proxy_ssl_trusted_certificate %s;
			proxy_ssl_verify on;
			proxy_ssl_name backend;
			proxy_ssl_session_reuse on;
			proxy_buffer_size 16k;
			proxy_buffers 16 64k;
			proxy_busy_buffers_size 128k;
			proxy_max_temp_file_size 0;
		}
	}
}
`, backendPort, port, a.crt("platform"), a.keyOf("platform"), a.crt("platform"), a.keyOf("platform"), a.ca())
	return runNginx(a, "proxy", port, conf)
}

func runNginx(a *authority, name string, port int, conf string) (*process, error) {
	path := filepath.Join(a.dir, name+".conf")
	if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
		return nil, err
	}
	binary, err := exec.LookPath("nginx")
	if err != nil {
		binary = "/usr/sbin/nginx"
	}
	p, err := start(a.dir, name, binary, "-p", a.dir, "-c", path)
	if err != nil {
		return nil, err
	}
	if err := listening(port, 10*time.Second); err != nil {
		p.stop()
		return nil, fmt.Errorf("%s: %w\n%s", name, err, p.tail())
	}
	return p, nil
}

// listening waits until somebody accepts on the port.
func listening(port int, long time.Duration) error {
	deadline := time.Now().Add(long)
	for {
		conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(deadline) {
			return err
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// nginxVersion is what the yardstick calls itself.
func nginxVersion() string {
	for _, binary := range []string{"nginx", "/usr/sbin/nginx"} {
		if out, err := exec.Command(binary, "-v").CombinedOutput(); err == nil {
			return strings.TrimSpace(strings.TrimPrefix(string(out), "nginx version: "))
		}
	}
	return "nginx"
}

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"mconnect/test/world"
)

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

func head(a *world.Authority, name string) string {
	user := ""
	if os.Getuid() == 0 {
		user = "user root;" // the temporary folder is readable by its owner alone
	}
	d := a.Dir
	return fmt.Sprintf(nginxHead, "auto", d, name, d, name, user, d, name, d, name, d, name, d, name, d, name, name,
		a.CA())
}

// backend starts the provider that both sides call: an nginx that serves files over mTLS, also for POST.
func backend(a *world.Authority, port int, files string) (*world.Process, error) {
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
`, port, a.Crt("backend"), a.Key("backend"), files)
	return runNginx(a, "backend", port, conf)
}

// proxy starts the yardstick: nginx as mTLS reverse proxy with kept-alive mTLS connections to the backend.
func proxy(a *world.Authority, port, backendPort int) (*world.Process, error) {
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
`, backendPort, port, a.Crt("platform"), a.Key("platform"), a.Crt("platform"), a.Key("platform"), a.CA())
	return runNginx(a, "proxy", port, conf)
}

func runNginx(a *world.Authority, name string, port int, conf string) (*world.Process, error) {
	path := filepath.Join(a.Dir, name+".conf")
	if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
		return nil, err
	}
	binary, err := exec.LookPath("nginx")
	if err != nil {
		binary = "/usr/sbin/nginx"
	}
	p, err := world.Start(nil, a.Dir, name, binary, "-p", a.Dir, "-c", path)
	if err != nil {
		return nil, err
	}
	if err := world.Listening(port, 10*time.Second); err != nil {
		p.Stop()
		return nil, fmt.Errorf("%s: %w\n%s", name, err, p.Tail())
	}
	return p, nil
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

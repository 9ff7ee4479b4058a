//go:build whole

package listener_test

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/test/must"
	"mconnect/test/waits"
)

// TestCurl_SpeaksBothProtocols: a client that nobody here has written speaks both protocols, with bodies of every kind.
func TestCurl_SpeaksBothProtocols(t *testing.T) {
	d := open(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("X-Seen", fmt.Sprintf("%s %s %d %v %s", r.Proto, r.Method, r.ContentLength, r.TransferEncoding, r.Header.Get("CallReason")))
		_, _ = w.Write(body)
	}, func(s *http.Server) { s.MaxHeaderBytes = 32 << 10 })
	dir := t.TempDir()
	ca, large := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "large")
	cert := must.Get(identity())(t)
	must.OK(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), 0o600))
	content := bytes.Repeat([]byte("0123456789abcdef"), 200_000)
	must.OK(t, os.WriteFile(large, content, 0o600))
	url := "https://" + d.address + "/api/v1/GetPerson"
	for name, c := range map[string]struct {
		args []string
		seen string
		body []byte
	}{
		"GET":                 {[]string{"--http1.1", url}, "HTTP/1.1 GET 0 [] ", nil},
		"GET in HTTP/1.0":     {[]string{"--http1.0", "--no-alpn", url}, "HTTP/1.0 GET 0 [] ", nil},
		"GET in HTTP/2":       {[]string{"--http2", url}, "HTTP/2.0 GET 0 [] ", nil},
		"HEAD":                {[]string{"--http1.1", "--head", url}, "HTTP/1.1 HEAD 0 [] ", nil},
		"POST":                {[]string{"--http1.1", "-H", "CallReason: DOS-1", "-d", "abc", url}, "HTTP/1.1 POST 3 [] DOS-1", []byte("abc")},
		"POST in HTTP/2":      {[]string{"--http2", "-d", "abc", url}, "HTTP/2.0 POST 3 [] ", []byte("abc")},
		"chunks":              {[]string{"--http1.1", "-H", "Transfer-Encoding: chunked", "--data-binary", "@" + large, url}, "HTTP/1.1 POST -1 [chunked] ", content},
		"waits with its body": {[]string{"--http1.1", "-H", "Expect: 100-continue", "--expect100-timeout", "60", "-T", large, "-X", "POST", url}, "HTTP/1.1 POST 3200000 [] ", content},
		"a large one, HTTP/2": {[]string{"--http2", "--data-binary", "@" + large, url}, "HTTP/2.0 POST 3200000 [] ", content},
		"an absolute target":  {[]string{"--http1.1", "--request-target", url, url}, "HTTP/1.1 GET 0 [] ", nil},
	} {
		head := filepath.Join(dir, "head")
		out, err := exec.Command("curl", append([]string{"-sS", "--max-time", "30", "--cacert", ca, "-D", head}, c.args...)...).Output()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		said := string(must.Get(os.ReadFile(head))(t))
		if name != "HEAD" && !bytes.Equal(out, c.body) || !strings.Contains(strings.ToLower(said), "x-seen: "+strings.TrimSpace(strings.ToLower(c.seen))) {
			t.Errorf("%s: %d bytes, %s", name, len(out), said)
		}
	}
	out, err := exec.Command("curl", "-sS", "--max-time", "30", "--cacert", ca, "--http1.1", "-d", "abc", "-w", "%{num_connects}", url, url+"2", url+"3").Output()
	if err != nil || string(out) != "abc1abc0abc0" {
		t.Errorf("three on one connection: %q %v", out, err)
	}
}

// TestCurl_AnAnswerUnderWayArrivesWhileTheServerStops, in both protocols: the server is ordered to stop when the
// request has come, and the handler answers after that, in pieces.
func TestCurl_AnAnswerUnderWayArrivesWhileTheServerStops(t *testing.T) {
	cert := must.Get(identity())(t)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	must.OK(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), 0o600))
	for _, protocol := range []string{"--http1.1", "--http2"} {
		for _, last := range []bool{false, true} { // whether the handler says itself that the connection ends
			came, goOn := make(chan struct{}), make(chan struct{})
			d := open(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				close(came)
				<-goOn
				if last {
					w.Header().Set("Connection", "close")
				}
				for range 3 {
					_, _ = w.Write(body)
					_ = http.NewResponseController(w).Flush()
				}
			})
			answered := make(chan string, 1)
			go func() {
				out, err := exec.Command("curl", "-sS", "--max-time", "60", "--cacert", ca, protocol, "-d", "abc", "https://"+d.address+"/x").CombinedOutput()
				answered <- fmt.Sprintf("%s %v", out, err)
			}()
			<-came
			stopped := make(chan error, 1)
			go func() { stopped <- d.Shutdown(t.Context()) }()
			waits.Until(t, "no new connection is taken", func() bool {
				conn, err := net.Dial("tcp", d.address)
				if err == nil {
					_ = conn.Close()
				}
				return err != nil
			})
			close(goOn)
			if got := <-answered; got != "abcabcabc <nil>" {
				t.Errorf("%s, said to be the last %t: %s", protocol, last, got)
			}
			must.OK(t, <-stopped)
		}
	}
}

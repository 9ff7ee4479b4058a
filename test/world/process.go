package world

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

// Process is a program that a test or benchmark started and ends.
type Process struct {
	name string
	cmd  *exec.Cmd
	log  string
}

// Start runs a program with its output in dir/name.log. env adds to the environment.
func Start(env []string, dir, name, path string, args ...string) (*Process, error) {
	log := filepath.Join(dir, name+".log")
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }()
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = out, out, dir
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &Process{name: name, cmd: cmd, log: log}, nil
}

// Stop asks the process to end and waits; it kills after ten seconds.
func (p *Process) Stop() {
	if p == nil || p.cmd.ProcessState != nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.AfterFunc(10*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	_ = p.cmd.Wait()
}

// Kill ends the process with SIGKILL and waits.
func (p *Process) Kill() {
	if p == nil || p.cmd.ProcessState != nil {
		return
	}
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// PID is its process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Alive reports whether the process still runs; one that ended and was not waited for does not.
func (p *Process) Alive() bool {
	if p.cmd.ProcessState != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID()))
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(stat), ") ") // the name before may hold anything but this
	return !strings.HasPrefix(after, "Z") && !strings.HasPrefix(after, "X")
}

// Tail is the end of the log, for error messages.
func (p *Process) Tail() string {
	text, _ := os.ReadFile(p.log)
	if len(text) > 2000 {
		text = text[len(text)-2000:]
	}
	return string(text)
}

// FreePort asks the kernel for a port that nobody uses now.
func FreePort() (int, error) {
	ports, err := FreePorts(1)
	if err != nil {
		return 0, err
	}
	return ports[0], nil
}

// FreePorts asks for n ports that nobody uses now, no two of them the same.
func FreePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // only when all are taken: the kernel may give a port that was returned to the next who asks
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}

// Listening waits until somebody accepts on the port.
func Listening(port int, long time.Duration) error {
	deadline := time.Now().Add(long)
	for {
		conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(deadline) {
			return err
		}
		<-time.After(2 * time.Millisecond)
	}
}

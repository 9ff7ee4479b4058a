package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// machine says in one line where the figures were taken.
func machine() string {
	model := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for _, line := range strings.Split(string(text), "\n") {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	memory := ""
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		if kib, ok := field(string(text), "MemTotal:"); ok {
			memory = fmt.Sprintf(", %.1f GiB", float64(kib)/(1<<20))
		}
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return fmt.Sprintf("%s, %d cores%s; Linux %s; %s; %s", model, runtime.NumCPU(), memory,
		strings.TrimSpace(string(kernel)), runtime.Version(), nginxVersion())
}

// field finds "Name: 123 kB" in the text of a /proc file.
func field(text, name string) (int64, bool) {
	for _, line := range strings.Split(text, "\n") {
		if rest, ok := strings.CutPrefix(line, name); ok {
			n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

// memory is the resident set of a process now and at its highest, in MiB.
func memory(pid int) (now, peak float64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	n, _ := field(string(text), "VmRSS:")
	p, _ := field(string(text), "VmHWM:")
	return float64(n) / 1024, float64(p) / 1024
}

// ticks is how many clock ticks of proc(5) make a second: USER_HZ, 100 on every Linux.
const ticks = 100

// processor is the processor time that a process has used so far, in user and in system mode together.
func processor(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // from field 3 on
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * time.Second / ticks
}

// family is a process and its children.
func family(pid int) []int {
	pids := []int{pid}
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid)) // absent: none
	for _, child := range strings.Fields(string(text)) {
		if n, err := strconv.Atoi(child); err == nil {
			pids = append(pids, n)
		}
	}
	return pids
}

// forgetPeak sets the highest resident set of a process back to the present one.
func forgetPeak(pid int) {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0o200) // best effort: needs the right to
}

// primitive is one building block, measured alone.
type primitive struct {
	name string
	took time.Duration
	unit string
}

// primitives measures what everything else is built from, each for about the given time.
func primitives(dir string, long time.Duration) ([]primitive, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256([]byte("x"))
	kib := make([]byte, 1<<10)
	file, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	sink := byte(0)
	steps := []struct {
		name, unit string
		do         func() error
	}{
		{"P-256 signature", "each", func() error { _, err := ecdsa.SignASN1(rand.Reader, key, digest[:]); return err }},
		{"SHA-256 of 1 KiB", "each", func() error { s := sha256.Sum256(kib); sink ^= s[0]; return nil }},
		{"append of 4 KiB and fsync", "each", func() error {
			if _, err := file.Write(make([]byte, 4096)); err != nil {
				return err
			}
			return file.Sync()
		}},
	}
	var out []primitive
	for _, s := range steps {
		n, begin := 0, time.Now()
		for time.Since(begin) < long {
			if err := s.do(); err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			n++
		}
		out = append(out, primitive{s.name, time.Since(begin) / time.Duration(n), s.unit})
	}
	kib[0] = sink
	return out, nil
}

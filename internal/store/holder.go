package store

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// A holder is a process as the store knows it: its host, the boot of the machine, the namespace of its process ids, its
// id and when it was started. Whether it has ended can be judged only by a process of the same boot and namespace.

func thisProcess() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		name = "unknown"
	}
	pid := os.Getpid()
	return strings.Join([]string{strings.ReplaceAll(name, " ", "_"), strings.TrimSpace(bootID()), pidNamespace(),
		fmt.Sprint(pid), startedAt(pid)}, " ")
}

// host is a holder in words for people.
func host(holder string) string {
	if f := strings.Fields(holder); len(f) == 5 {
		return fmt.Sprintf("process %s on %s", f[3], f[0])
	}
	return "another process"
}

// gone reports whether a holder is known to have ended.
func hasEnded(holder string) bool {
	mine, its := strings.Fields(thisProcess()), strings.Fields(holder)
	if len(its) != 5 {
		return holder == ""
	}
	if mine[1] != its[1] || mine[2] != its[2] || its[1] == "unknown" || its[2] == "unknown" {
		return false
	}
	var pid int
	if _, err := fmt.Sscan(its[3], &pid); err != nil || pid <= 0 {
		return false
	}
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	now := startedAt(pid)
	return now != "unknown" && its[4] != "unknown" && now != its[4] // the id was given to another process
}

func pidNamespace() string {
	link, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return "unknown"
	}
	return link
}

// started is when a process was started, in ticks since the boot (proc(5), field 22 of stat).
func startedAt(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "unknown"
	}
	text := string(stat)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:]) // the name before may hold anything
	if len(fields) < 20 {
		return "unknown"
	}
	return fields[19]
}

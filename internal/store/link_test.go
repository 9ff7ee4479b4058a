package store_test

import (
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"mconnect/internal/store"
)

// TestLink_SilentHostsAreTriedLast: a host that gave no answer lately is not waited for while another one may serve,
// with and without TLS; one of whose addresses only some fell silent keeps its place.
func TestLink_SilentHostsAreTriedLast(t *testing.T) {
	for _, c := range []struct{ name, url, silent, want string }{
		{"all answer", "postgres://u@10.0.0.1,10.0.0.2,10.0.0.3/d?sslmode=disable", "", "10.0.0.1 10.0.0.2 10.0.0.3"},
		{"the first is silent", "postgres://u@10.0.0.1,10.0.0.2,10.0.0.3/d?sslmode=disable", "10.0.0.1:5432", "10.0.0.2 10.0.0.3 10.0.0.1"},
		{"with TLS and without", "postgres://u@10.0.0.1,10.0.0.2/d?sslmode=prefer", "10.0.0.1:5432", "10.0.0.2 10.0.0.1"},
		{"another port", "postgres://u@10.0.0.1:6432,10.0.0.2/d?sslmode=disable", "10.0.0.1:5432", "10.0.0.1 10.0.0.2"},
		{"all are silent", "postgres://u@10.0.0.1,10.0.0.2/d?sslmode=disable", "10.0.0.1:5432 10.0.0.2:5432", "10.0.0.1 10.0.0.2"},
		{"a name", "postgres://u@db1,db2/d?sslmode=disable", "10.0.0.1:5432", "db2 db1"},
		{"a name with two addresses", "postgres://u@db2,db1/d?sslmode=disable", "10.0.0.2:5432", "db2 db1"},
		{"a socket", "postgres://u@/d?host=/run/pg,10.0.0.1&sslmode=disable", "10.0.0.1:5432", "/run/pg 10.0.0.1"},
	} {
		names := map[string][]string{"db1": {"10.0.0.1"}, "db2": {"10.0.0.2", "10.0.0.3"}}
		hosts, err := store.HostsTried(c.url, names, strings.Fields(c.silent)...)
		if got := strings.Join(hosts, " "); err != nil || got != c.want {
			t.Errorf("%s: %s, want %s (%v)", c.name, got, c.want, err)
		}
	}
}

// TestLink_WhatCountsAsVanished: no answer in time, and an address that no machine has any more; not a reset or a
// refusal, by which a machine says that it lives.
func TestLink_WhatCountsAsVanished(t *testing.T) {
	of := func(errno syscall.Errno) error {
		return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", errno)}
	}
	for errno, want := range map[syscall.Errno]bool{
		syscall.ETIMEDOUT: true, syscall.EHOSTUNREACH: true, syscall.ENETUNREACH: true,
		syscall.ECONNRESET: false, syscall.ECONNREFUSED: false, syscall.EPIPE: false,
	} {
		if got := store.Vanished(of(errno)); got != want {
			t.Errorf("%v: %v", errno, got)
		}
	}
	if !store.Vanished(&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}) || store.Vanished(errors.New("other")) {
		t.Error("a deadline counts, another error does not")
	}
}

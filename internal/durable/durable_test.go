package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"mconnect/internal/durable"
	"mconnect/test/must"
)

func TestWriteFile_ReplacesWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.pem")
	for _, content := range []string{"first, rather long content", "second", ""} {
		must.OK(t, durable.WriteFile(path, []byte(content), 0o600))
		got, err := os.ReadFile(path)
		if err != nil || string(got) != content {
			t.Fatalf("read %q, %v; want %q", got, err, content)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v; want 0600", info.Mode(), err)
	}
	onlyEntry(t, filepath.Dir(path), "key.pem")
}

func TestCreateFile_NeverReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ca-key.pem")
	must.OK(t, durable.CreateFile(path, []byte("the key"), 0o600))
	err := durable.CreateFile(path, []byte("another"), 0o600)
	if !errors.Is(err, fs.ErrExist) {
		t.Fatalf("second create: %v; want fs.ErrExist", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "the key" {
		t.Fatalf("content %q was replaced", got)
	}
	onlyEntry(t, filepath.Dir(path), "ca-key.pem")
}

func TestWriteFile_ConcurrentWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	contents := map[string]bool{}
	var wait sync.WaitGroup
	for i := range 8 {
		content := make([]byte, 4096)
		for j := range content {
			content[j] = byte('a' + i)
		}
		contents[string(content)] = true
		wait.Go(func() {
			if err := durable.WriteFile(path, content, 0o644); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	got, err := os.ReadFile(path)
	if err != nil || !contents[string(got)] {
		t.Fatalf("a mixture of writers, or %v", err)
	}
	onlyEntry(t, filepath.Dir(path), "checkpoint")
}

func TestMkdirAll_Modes(t *testing.T) {
	base := t.TempDir()
	deep := filepath.Join(base, "a", "b", "c")
	for range 2 {
		must.OK(t, durable.MkdirAll(deep, 0o700))
	}
	if info, err := os.Stat(deep); err != nil || !info.IsDir() {
		t.Fatalf("%v, %v", info, err)
	}
	file := filepath.Join(base, "file")
	must.OK(t, durable.WriteFile(file, nil, 0o600))
	if err := durable.MkdirAll(file, 0o700); err == nil {
		t.Fatal("a file passed as a folder")
	}
}

func TestWriteFile_FailuresLeaveNothing(t *testing.T) {
	if err := durable.WriteFile(filepath.Join(t.TempDir(), "absent", "x"), nil, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("absent folder: %v", err)
	}
	dir := t.TempDir()
	target := filepath.Join(dir, "busy")
	must.OK(t, os.MkdirAll(filepath.Join(target, "child"), 0o700))
	if err := durable.WriteFile(target, []byte("x"), 0o600); err == nil {
		t.Fatal("a folder was replaced by a file")
	}
	onlyEntry(t, dir, "busy")
}

func onlyEntry(t *testing.T, dir, name string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != name {
		t.Fatalf("folder holds %v (%v); want only %s", entries, err, name)
	}
}

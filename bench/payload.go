package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mconnect/test/world"
)

// The three answers of the provider, in bytes.
const (
	smallSize = 1 << 10
	largeSize = 100 << 10
	fileSize  = 10 << 20
)

// small is a person of exactly smallSize bytes.
func small() string {
	return world.Person(strings.Repeat("x", smallSize-len(world.Person(""))))
}

// large is a list of persons of exactly largeSize bytes.
func large() string {
	one := world.Person(strings.Repeat("y", 200))
	n := (largeSize-len(`{"Persons":[]}`))/(len(one)+1) - 1
	text := `{"Persons":[` + strings.Repeat(one+",", n)
	rest := largeSize - len(text) - len(world.Person("")) - len(`]}`)
	return text + world.Person(strings.Repeat("z", rest)) + `]}`
}

// writeFiles writes what the backend serves.
func writeFiles(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	file := make([]byte, fileSize)
	if _, err := rand.Read(file); err != nil {
		return err
	}
	for name, content := range map[string][]byte{"small.json": []byte(small()), "large.json": []byte(large()),
		"file.bin": file} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// request renders a POST of the question, with the legal context that the platform demands; the yardstick
// gets the same bytes but for the path.
func request(path string) []byte {
	return []byte("POST " + path + " HTTP/1.1\r\nHost: platform\r\nContent-Type: application/json\r\n" +
		"CallingUser: " + world.Official + "\r\nCallingEntity: " + world.ConsumerIDNO +
		"\r\nCallBasis: " + world.Basis + "\r\nCallReason: " + world.Reason + "\r\n" +
		fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(world.Question), world.Question))
}

package main

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// The three answers of the provider, in bytes.
const (
	smallSize = 1 << 10
	largeSize = 100 << 10
	fileSize  = 10 << 20
)

// subject is a synthetic IDNP with a valid check digit; 2999… was never assigned.
const subject = "2999000006393"

// question is what consumers send, to either side.
const question = `{"IDNP":"` + subject + `"}`

// fields of a person: those that the agreement grants, and two that must be cut.
var granted = []string{"IDNP", "LastName", "FirstName", "BirthDate", "Street", "City", "Region", "Phone", "Status", "Remark"}

func person(remark string) string {
	return `{"IDNP":"` + subject + `","LastName":"Sintetic-001","FirstName":"Exemplu-Nicolae","Patronymic":"Exemplu",` +
		`"BirthDate":"1990-02-03","Street":"Strada Exemplului 17, apartamentul 3","City":"Exemplu-Noi","Region":"Raionul Exemplu",` +
		`"Phone":"+373 00 000 000","Status":"activ","Secret":"nu pleacă de aici","Remark":"` + remark + `"}`
}

// small is a person of exactly smallSize bytes.
func small() string {
	return person(strings.Repeat("x", smallSize-len(person(""))))
}

// large is a list of persons of exactly largeSize bytes.
func large() string {
	one := person(strings.Repeat("y", 200))
	n := (largeSize-len(`{"Persons":[]}`))/(len(one)+1) - 1
	text := `{"Persons":[` + strings.Repeat(one+",", n)
	rest := largeSize - len(text) - len(person("")) - len(`]}`)
	return text + person(strings.Repeat("z", rest)) + `]}`
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
	for name, content := range map[string][]byte{"small.json": []byte(small()), "large.json": []byte(large()), "file.bin": file} {
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
		http.CanonicalHeaderKey("CallingUser") + ": " + subject + "\r\nCallingEntity: " + "1999900000014" +
		"\r\nCallBasis: Legea nr. 0/2000\r\nCallReason: DOS-2026-00017\r\n" +
		fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(question), question))
}

package account

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"mconnect/fault"
)

// The cost of a password's hash: argon2id as OWASP recommends it (19 MiB, two passes).
const (
	hashMemory  = 19 << 10 // KiB
	hashTime    = 2
	hashThreads = 1
	hashLength  = 32
	saltLength  = 16
	maxHashing  = 4
	minPassword = 12
	maxPassword = 256 // bytes
)

// hash makes what is stored of a password: argon2id in the PHC string format.
func (a *Accounts) hash(password string) string {
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt) // never fails
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashTime, hashThreads,
		base64.RawStdEncoding.EncodeToString(salt),
		base64.RawStdEncoding.EncodeToString(a.argon(password, salt, hashTime, hashMemory, hashThreads, hashLength)))
}

// argon computes a hash; few at a time, because each takes memory.
func (a *Accounts) argon(password string, salt []byte, time, memory uint32, threads uint8, length uint32) []byte {
	a.hashing <- struct{}{}
	defer func() { <-a.hashing }()
	return argon2.IDKey([]byte(password), salt, time, memory, threads, length)
}

// nobodys is the hash of no password. It is compared where there is no account, so that both take the same time.
var nobodys = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + strings.Repeat("A", 43)

// matches reports whether a password is the one of a hash.
func (a *Accounts) matches(password, hash string) bool {
	if len(password) > maxPassword {
		password = ""
	}
	if hash == "" {
		hash = nobodys
	}
	parts := strings.Split(hash, "$")
	var memory, time uint32
	var threads uint8
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil || time == 0 || threads == 0 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) != hashLength {
		return false
	}
	got := a.argon(password, salt, time, memory, threads, hashLength)
	return subtle.ConstantTimeCompare(got, want) == 1 && hash != nobodys
}

// judgePassword finds a password that is too short, too long, or guessed at once.
func judgePassword(found *fault.Findings, login, password string) {
	switch n := utf8.RuneCountInString(password); {
	case n < minPassword, len(password) > maxPassword:
		found.Add("/password", fault.InputLength, "min", strconv.Itoa(minPassword), "max", strconv.Itoa(maxPassword))
	case strings.EqualFold(password, login), strings.Count(password, password[:1]) == len(password):
		found.Add("/password", fault.PasswordWeak)
	}
}

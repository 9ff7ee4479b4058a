package verify_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	formats "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"mconnect/test/must"
	"mconnect/verify"
)

// sign makes a signed note over text, as a party that holds private can.
func sign(t testing.TB, private *ecdsa.PrivateKey, key verify.Key, text string) []byte {
	t.Helper()
	digest := sha256.Sum256([]byte(text))
	signature := must.Get(ecdsa.SignASN1(rand.Reader, private, digest[:]))(t)
	signature = append(binary.BigEndian.AppendUint32(nil, key.ID()), signature...)
	return []byte(text + "\n— " + key.Name() + " " + base64.StdEncoding.EncodeToString(signature) + "\n")
}

var emptyRoot = base64.StdEncoding.EncodeToString(make([]byte, 32))

func TestOpen_ReadsCheckpoints(t *testing.T) {
	w := newWorld(t, 5)
	private, note := w.keys.Checkpoint, w.batches[0].Note
	if cp, err := w.key.Open(note); err != nil || cp.Size != 5 || time.Since(cp.Time) > time.Minute {
		t.Errorf("%+v, %v", cp, err)
	}
	body := origin + "\n7\n" + emptyRoot + "\n"
	for name, c := range map[string]struct {
		text string
		ok   bool
	}{
		"least":              {body, true},
		"empty tree":         {origin + "\n0\n" + emptyRoot + "\n", true},
		"unknown extension":  {body + "witnessed yes\n", true},
		"time":               {body + "time 2026-03-02T08:00:00.000000Z\n", true},
		"time without µs":    {body + "time 2026-03-02T08:00:00Z\n", false},
		"time in a zone":     {body + "time 2026-03-02T08:00:00.000000+02:00\n", false},
		"state":              {body + "state 7 " + emptyRoot + "\n", true},
		"state, no digest":   {body + "state 7\n", false},
		"state, short":       {body + "state 7 AAAA\n", false},
		"state, zeros":       {body + "state 07 " + emptyRoot + "\n", false},
		"state, negative":    {body + "state -7 " + emptyRoot + "\n", false},
		"another origin":     {"mconnect.example/other\n7\n" + emptyRoot + "\n", false},
		"no root":            {origin + "\n7\n", false},
		"negative size":      {origin + "\n-7\n" + emptyRoot + "\n", false},
		"leading zero":       {origin + "\n07\n" + emptyRoot + "\n", false},
		"huge size":          {origin + "\n9223372036854775808\n" + emptyRoot + "\n", false},
		"short root":         {origin + "\n7\nAAAA\n", false},
		"sloppy base64":      {origin + "\n7\n" + strings.Replace(emptyRoot, "A=", "B=", 1) + "\n", false},
		"empty line in text": {origin + "\n7\n" + emptyRoot + "\n\nx\n", false},
	} {
		if cp, err := w.key.Open(sign(t, private, w.key, c.text)); (err == nil) != c.ok {
			t.Errorf("%s: %+v, %v", name, cp, err)
		}
	}
}

func TestOpen_RefusesWhatIsNotSigned(t *testing.T) {
	w, foreign := newWorld(t, 5), newWorld(t, 5)
	sound := string(w.batches[0].Note)
	text, signature, _ := strings.Cut(sound, "\n\n")
	stranger := "— witness.example " + base64.StdEncoding.EncodeToString([]byte("0123456789")) + "\n"
	for name, c := range map[string]struct {
		note string
		ok   bool
	}{
		"sound":                       {sound, true},
		"with a stranger's signature": {sound + stranger, true},
		"stranger's signature first":  {text + "\n\n" + stranger + signature, true},
		"stranger's signature only":   {text + "\n\n" + stranger, false},
		"signed by another journal":   {string(foreign.batches[0].Note), false},
		"one good, one bad by us":     {sound + strings.Replace(signature, "MEU", "MEV", 1) + strings.Replace(signature, "/", "+", 1) + "x", false},
		"nothing":                     {"", false},
		"no signature":                {text + "\n\n", false},
		"no blank line":               {text + "\n" + signature, false},
		"no last newline":             {strings.TrimSuffix(sound, "\n"), false},
		"hyphen for a dash":           {strings.Replace(sound, "— ", "- ", 1), false},
		"short signature":             {text + "\n\n— " + origin + " AAAA\n", false},
		"control character":           {strings.Replace(sound, "time", "ti\te", 1), false},
		"not UTF-8":                   {sound + "\xff", false},
		"too long":                    {strings.Repeat("x", 65<<10) + sound, false},
		"too many signatures":         {sound + strings.Repeat(stranger, 64), false},
	} {
		if _, err := w.key.Open([]byte(c.note)); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.key.Open(foreign.batches[0].Note); err == nil || !strings.Contains(err.Error(), origin) {
		t.Errorf("the reason does not name the key: %v", err)
	}
}

// TestNotes_AreOpenedByOthers: the note is one that other implementations of C2SP signed-note verify.
func TestNotes_AreOpenedByOthers(t *testing.T) {
	w := newWorld(t, 5)
	verifier := must.Get(formats.NewECDSAVerifier(w.key.String()))(t)
	n, err := note.Open(w.batches[0].Note, note.VerifierList(verifier))
	if err != nil || len(n.Sigs) != 1 || n.Sigs[0].Hash != w.key.ID() || n.Sigs[0].Name != origin {
		t.Errorf("%+v, %v", n, err)
	}
}

func TestKeys_InText(t *testing.T) {
	w := newWorld(t)
	line := w.key.String()
	again, err := verify.ParseKey(" " + line + "\n")
	if err != nil || !again.Public().Equal(w.key.Public()) || again.Name() != origin || again.ID() != w.key.ID() || again.IsZero() {
		t.Errorf("%v, %v", again, err)
	}
	parts := strings.SplitN(line, "+", 3)
	raw, _ := base64.StdEncoding.DecodeString(parts[2])
	p384 := must.Get(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))(t)
	for name, s := range map[string]string{
		"nothing": "", "name only": origin, "wrong id": parts[0] + "+00000000+" + parts[2],
		"upper-case id": parts[0] + "+" + strings.ToUpper(parts[1]) + "X+" + parts[2], "no name": "+" + parts[1] + "+" + parts[2],
		"Ed25519 type": parts[0] + "+" + parts[1] + "+" + base64.StdEncoding.EncodeToString(bytes.Replace(raw, []byte{2}, []byte{1}, 1)),
		"cut":          parts[0] + "+" + parts[1] + "+" + base64.StdEncoding.EncodeToString(raw[:40]),
		"space":        "a b+" + parts[1] + "+" + parts[2],
	} {
		if k, err := verify.ParseKey(s); err == nil || !k.IsZero() {
			t.Errorf("%s: read as %v", name, k)
		}
	}
	if _, err := verify.NewKey(origin, &p384.PublicKey); err == nil {
		t.Error("a P-384 key was taken")
	}
	if _, err := verify.NewKey(origin, nil); err == nil {
		t.Error("no key was taken")
	}
}

func FuzzOpen(f *testing.F) {
	w := newWorld(f, 3, 4)
	other := newWorld(f, 3)
	for _, seed := range [][]byte{w.batches[0].Note, w.batches[1].Note, other.batches[0].Note, nil, []byte("a\n1\nb\n\n— a b\n")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		cp, err := w.key.Open(data)
		if err == nil && cp.Size != 3 && cp.Size != 7 {
			t.Errorf("opened a checkpoint over %d records, which nobody signed", cp.Size)
		}
	})
}

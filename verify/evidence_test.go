package verify_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/tlog"

	"mconnect/test/must"
	"mconnect/verify"
)

func TestEvidence_OfEveryRecord(t *testing.T) {
	w := newWorld(t, 1, 2, 5, 1, 1, 30, 3, 64, 9)
	j := w.j
	for _, b := range w.batches {
		size := b.First + int64(len(b.Records))
		for i, record := range b.Records {
			index := b.First + int64(i)
			data := must.Get(j.Evidence(t.Context(), index))(t)
			p, err := verify.Evidence(data, w.key)
			if err != nil {
				t.Fatalf("record %d of %d: %v", index, size, err)
			}
			if p.Index != index || p.Checkpoint.Size != size || !bytes.Equal(p.Record, record) || !bytes.Equal(p.Note, b.Note) || p.Facts.Kind != "intent" {
				t.Errorf("record %d: proven %+v", index, p)
			}
			checkElsewhere(t, data, record, p)
		}
	}
}

// checkElsewhere has two other implementations read and check the same evidence.
func checkElsewhere(t *testing.T, data, record []byte, p verify.Proven) {
	t.Helper()
	var other proof.TLogProof
	if err := other.Unmarshal(data); err != nil || int64(other.Index) != p.Index || !bytes.Equal(other.ExtraData, record) {
		t.Fatalf("transparency-dev/formats reads index %d, %v", other.Index, err)
	}
	if !bytes.Equal(other.Marshal(), data) {
		t.Error("transparency-dev/formats writes it otherwise")
	}
	var path tlog.RecordProof
	for _, h := range other.Hashes {
		path = append(path, tlog.Hash(h))
	}
	if err := tlog.CheckRecord(path, p.Checkpoint.Size, tlog.Hash(p.Checkpoint.Root), p.Index, tlog.RecordHash(record)); err != nil {
		t.Errorf("x/mod/sumdb/tlog: record %d: %v", p.Index, err)
	}
}

func TestEvidence_ForgeryIsFound(t *testing.T) {
	w, foreign := newWorld(t, 6, 7), newWorld(t, 6, 7)
	j := w.j
	nine := must.Get(j.Evidence(t.Context(), 9))(t)
	lines := strings.Split(string(nine), "\n")
	edit := func(line int, s string) string {
		l := append([]string(nil), lines...)
		l[line] = s
		return strings.Join(l, "\n")
	}
	without := func(line int) string {
		return strings.Join(append(append([]string(nil), lines[:line]...), lines[line+1:]...), "\n")
	}
	another := base64.StdEncoding.EncodeToString(w.batches[1].Records[2])
	older := strings.Replace(string(nine), string(w.batches[1].Note), string(w.batches[0].Note), 1)
	for name, data := range map[string]string{
		"another record": edit(1, "extra "+another), "no record": without(1), "another index": edit(2, "index 8"),
		"index beyond": edit(2, "index 13"), "index -1": edit(2, "index -1"), "index 09": edit(2, "index 09"), "index": edit(2, "index x"),
		"two hashes swapped": strings.Join(append([]string{lines[0], lines[1], lines[2], lines[4], lines[3]}, lines[5:]...), "\n"),
		"a hash short":       without(3), "a hash more": edit(3, lines[3]+"\n"+lines[3]), "a short hash": edit(3, "AAAA"),
		"older checkpoint": older, "no checkpoint": strings.Join(lines[:3], "\n"), "another header": edit(0, "c2sp.org/tlog-proof@v2"),
		"sloppy base64": edit(1, lines[1]+"\r"), "nothing": "", "huge": string(nine) + strings.Repeat("x", 256<<10),
	} {
		if p, err := verify.Evidence([]byte(data), w.key); err == nil {
			t.Errorf("%s: proven %+v", name, p)
		}
	}
	if _, err := verify.Evidence(nine, foreign.key); err == nil {
		t.Error("proven with another journal's key")
	}
	if _, err := verify.Evidence(nine, verify.Key{}); err == nil {
		t.Error("proven without a key")
	}
	for at := range nine {
		bad := bytes.Clone(nine)
		bad[at] ^= 1
		if _, err := verify.Evidence(bad, w.key); err == nil {
			t.Errorf("byte %d flipped: still proven", at)
		}
	}
}

func FuzzEvidence(f *testing.F) {
	w := newWorld(f, 6, 7)
	j := w.j
	for i := range int64(13) {
		data := must.Get(j.Evidence(f.Context(), i))(f)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := verify.Evidence(data, w.key)
		if err == nil && !bytes.Contains(p.Record, fmt.Appendf(nil, "nr. %06d", p.Index)) {
			t.Errorf("proved at %d what does not stand there: %s", p.Index, p.Record)
		}
	})
}

package journal

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gowebpki/jcs"
	"pgregory.net/rapid"

	"mconnect"
	"mconnect/fault"
	"mconnect/test/must"
	"mconnect/verify"
)

// anyText draws texts with everything that needs care: quotes, control characters, all planes.
var anyText = rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("\"\\/\b\t\n\f\r\x00\x1f\x7f<>&ăâîșțЖ\u2028\uFB33\U0001F600"))))

func anyCheck(t *rapid.T) fault.Check {
	return fault.Check{
		Name: anyText.Draw(t, "name"), Result: fault.Result(anyText.Draw(t, "result")), Code: fault.Code(anyText.Draw(t, "code")),
		Params: rapid.MapOfN(anyText, anyText, 0, 4).Draw(t, "params"),
	}
}

func anyEntry(t *rapid.T) Entry {
	text := func(name string) string { return anyText.Draw(t, name) }
	number := rapid.Int64Range(-maxInteger, maxInteger)
	e := Entry{Record: Record{
		Kind: Kind(text("kind")), Node: text("node"), Call: mconnect.CallID(text("call")), Actor: text("actor"), Note: text("note"),
		Time:      time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "time")).UTC(),
		Version:   mconnect.Version{Major: rapid.IntRange(0, 9999).Draw(t, "major"), Patch: rapid.IntRange(0, 9999).Draw(t, "patch")},
		Revision:  number.Draw(t, "revision"),
		Context:   mconnect.LegalContext{User: text("user"), Reason: text("reason")},
		Grant:     rapid.SliceOfN(anyText, 0, 3).Draw(t, "grant"),
		Checks:    rapid.SliceOfN(rapid.Custom(anyCheck), 0, 3).Draw(t, "checks"),
		Spent:     rapid.MapOfN(anyText, number, 0, 3).Draw(t, "spent"),
		Agreement: mconnect.AgreementID(text("agreement")),
	}}
	if rapid.Bool().Draw(t, "more") {
		e.Request = &Body{Size: number.Draw(t, "size"), SHA256: text("sha256")}
		e.Change = &ChangeNote{Document: text("document"), ID: text("id"), Revision: 3}
		e.Reading = &ReadingNote{Query: text("query")}
		e.Pseudonym = rapid.SliceOfN(rapid.Byte(), 1, 16).Draw(t, "pseudonym")
		e.Sealed = rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "sealed")
	}
	return e
}

// TestEncode_IsCanonical compares with an independent implementation of RFC 8785.
func TestEncode_IsCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEntry(t)
		data := encode(&e)
		want, err := jcs.Transform(data)
		if err != nil || !bytes.Equal(want, data) {
			t.Fatalf("wrote\n%s\nwant (%v)\n%s", data, err, want)
		}
		if err := verify.CheckCanonical(data); err != nil {
			t.Fatalf("package verify: %v\n%s", err, data)
		}
		again, err := Decode(data)
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		if !bytes.Equal(encode(&again), data) {
			t.Fatalf("read back otherwise\n%s", data)
		}
	})
}

func TestEncode_RepairsBrokenText(t *testing.T) {
	e := Entry{Record: Record{Kind: Started, Time: start, Note: "a\xff\xc3b\xed\xa0\x80", Revision: 1 << 60}}
	got := must.Get(Decode(encode(&e)))(t)
	if want := "a\uFFFD\uFFFDb\uFFFD\uFFFD\uFFFD"; got.Note != want || got.Revision != maxInteger {
		t.Errorf("read %q, revision %d", got.Note, got.Revision)
	}
}

// TestEncode_TypicalRecord pins the form: what is signed today must be readable for ever.
func TestEncode_TypicalRecord(t *testing.T) {
	r := callRecord()
	r.Subject = ""
	got := encode(&Entry{Record: r, Pseudonym: []byte{1, 2}, Sealed: []byte{3}})
	want := `{"address":"10.20.30.40","agreement":"ag-0001","call":"0195e6a2-9c1e-7b4a-8e55-0123456789ab",` +
		`"certificate":"` + strings.Repeat("ab", 32) + `","consumer":"primaria-test",` +
		`"context":{"basis":"Legea 133/2008","entity":"1000000000009","reason":"DOS-2026-00017","user":"2000000000003"},` +
		`"grant":["FirstName","LastName","Address.Street"],"kind":"intent","legalBasis":"Legea nr. 133/2008, art. 5",` +
		`"node":"node-1","protocol":"rest","provider":"asp.rsp","purpose":"ajutor-social",` +
		`"request":{"sha256":"` + strings.Repeat("0f", 32) + `","size":27},"revision":77,"service":"GetPerson",` +
		`"subject":{"pseudonym":"0102","sealed":"Aw=="},"system":"primaria-test.evidenta",` +
		`"time":"2026-03-28T21:30:00.123456Z","trace":"4bf92f3577b34da6a3ce929d0e0e4736","v":1,"version":"1.2.0"}`
	if string(got) != want {
		t.Error(cmp.Diff(want, string(got)))
	}
}

func TestDecode_Refuses(t *testing.T) {
	sound := `{"kind":"started","time":"2026-03-02T08:00:00.000000Z","v":1}`
	must.Get(Decode([]byte(sound)))(t)
	for _, data := range []string{
		``, `{}`, `[]`, `null`, `"`, `{"`, sound + " ", " " + sound, sound[:len(sound)-1], sound + sound,
		strings.Replace(sound, `"v":1`, `"v":2`, 1), strings.Replace(sound, `"v":1`, `"v":1,"x":1`, 1),
		strings.Replace(sound, `"v":1`, `"v":01`, 1), strings.Replace(sound, `,"v":1`, ``, 1),
		strings.Replace(sound, `{"kind":"started",`, `{`, 1) + `}`,
		strings.Replace(sound, `started`, `st\u0061rted`, 1), strings.Replace(sound, `started`, `st\/arted`, 1),
		strings.Replace(sound, `started`, `\ud800`, 1), strings.Replace(sound, `started`, "\xff", 1), strings.Replace(sound, `started`, `\u00`, 1),
		strings.Replace(sound, `"kind"`, `"grant":[],"kind"`, 1), strings.Replace(sound, `"kind"`, `"context":{},"kind"`, 1),
		strings.Replace(sound, `"kind"`, `"answer":{"x":1},"kind"`, 1), strings.Replace(sound, `"kind"`, `"answer":{"size":-0},"kind"`, 1),
		strings.Replace(sound, `"kind"`, `"change":{"x":1},"kind"`, 1), strings.Replace(sound, `"kind"`, `"checks":[{"x":1}],"kind"`, 1),
		strings.Replace(sound, `"kind"`, `"checks":[1],"kind"`, 1), strings.Replace(sound, `"time"`, `"reading":{"x":1},"time"`, 1),
		strings.Replace(sound, `"time"`, `"subject":{"pseudonym":"xx"},"time"`, 1), strings.Replace(sound, `"time"`, `"subject":{"x":"xx"},"time"`, 1),
		strings.Replace(sound, `"time"`, `"spent":{"b":1,"a":2},"time"`, 1), strings.Replace(sound, `"kind"`, `"context":{"x":""},"kind"`, 1),
		`{"kind":"started","time":"2026-03-02","v":1}`, `{"kind":"a","kind":"b","time":"2026-03-02T08:00:00.000000Z","v":1}`,
		`{"kind":"` + strings.Repeat("x", MaxRecord) + `","time":"2026-03-02T08:00:00.000000Z","v":1}`,
	} {
		if e, err := Decode([]byte(data)); err == nil {
			t.Errorf("read %.80s as %+v", data, e)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, r := range []Record{callRecord(), fullRecord(), {Kind: Started, Time: start}} {
		e := Entry{Record: r, Pseudonym: []byte{1}, Sealed: []byte{2}}
		f.Add(encode(&e))
	}
	f.Add([]byte(`{"kind":"\u0001","time":"2026-03-02T08:00:00.000000Z","v":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Decode(data)
		if err != nil {
			return
		}
		if !json.Valid(data) {
			t.Fatalf("accepted what is not JSON: %q", data)
		}
		if !bytes.Equal(encode(&e), data) {
			t.Fatalf("accepted another form: %q", data)
		}
		if err := verify.CheckCanonical(data); err != nil {
			t.Fatalf("accepted what package verify does not: %v: %q", err, data)
		}
		i, err := parseIndexed(data)
		if err != nil || i.Call != e.Call || i.Kind != e.Kind || i.Agreement != e.Agreement || i.Code != e.Code ||
			!i.at.Equal(e.Time) || !bytes.Equal(i.pseudonym, e.Pseudonym) {
			t.Fatalf("the index reads another record: %+v, %v: %q", i, err, data)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	e := Entry{Record: callRecord(), Pseudonym: make([]byte, 16), Sealed: make([]byte, 29)}
	b.ReportAllocs()
	for b.Loop() {
		if len(encode(&e)) < 800 {
			b.Fatal("too short")
		}
	}
}

func BenchmarkParseIndexed(b *testing.B) {
	e := Entry{Record: callRecord(), Pseudonym: make([]byte, 16), Sealed: make([]byte, 29)}
	data := encode(&e)
	b.ReportAllocs()
	for b.Loop() {
		must.Get(parseIndexed(data))(b)
	}
}

func BenchmarkDecode(b *testing.B) {
	e := Entry{Record: callRecord(), Pseudonym: make([]byte, 16), Sealed: make([]byte, 29)}
	data := encode(&e)
	b.ReportAllocs()
	for b.Loop() {
		must.Get(Decode(data))(b)
	}
}

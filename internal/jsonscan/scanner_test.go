package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"mconnect/internal/jsonscan"
	"mconnect/test/must"
)

const maxDepth = 32

// valid reads text as one value.
func valid(text []byte, unique bool) error {
	s := jsonscan.Scanner{In: text, MaxDepth: maxDepth, Unique: unique}
	if err := s.Skip(0); err != nil {
		return err
	}
	return s.End()
}

// FuzzScanner compares the scanner with jsontext: what JSON is, with names twice in one object and without, and what a
// string says.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-0.5e+9,true,false,null,"\u00e9\n"]}`, `"\ud83d\ude00 \ud83d"`, "\"\xff\"", "[1,]", "01", "-", "1.", "1e", `"abcdefg\"h"`,
		"\"\x1f\"", `"ășțî, mai lung de opt octeți"`, "\"\x7f\"", `"\xed\xa0\x80"`, "\"abc\xed\xa0\x80defgh\"", "nul", "truefalse", "{}",
		`{"a" : 1 , "b":{}}`, `{a:1}`, "\ufeff1", "1\x00", `"\/\b"`, `"\x"`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `[1e5,-0.1,"\u00e9\\"]`,
		`{"a":{"b":[]}} `, strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, unique := range [2]bool{false, true} {
			err := valid(text, unique)
			if errors.Is(err, jsonscan.ErrTooDeep) {
				return
			}
			want := jsontext.Value(text).IsValid(jsontext.AllowDuplicateNames(!unique))
			if got := err == nil; got != want {
				t.Fatalf("%q: valid %v (%v), jsontext says %v", text, got, err, want)
			}
		}
		if s := (jsonscan.Scanner{In: text}); s.Peek() == '"' && valid(text, false) == nil {
			_, content, _ := s.Text()
			var plain string
			if err := json.Unmarshal(text, &plain); err != nil || plain != string(content) {
				t.Fatalf("%q reads as %q, want %q", text, content, plain)
			}
		}
	})
}

func TestScanner_StringsOfEveryLengthAndPlace(t *testing.T) {
	for length := range 40 {
		for at := range length + 1 {
			for _, special := range []string{`\n`, `\"`, `\\`, "ă", "\x1f", "\xff", `"`} {
				text := `"` + strings.Repeat("x", at) + special + strings.Repeat("y", length-at) + `"`
				s := jsonscan.Scanner{In: []byte(text + `,"z"`)}
				raw, _, err := s.Text()
				whole := jsontext.Value(text).IsValid()
				if special == `"` {
					if err != nil || len(raw) != at+2 {
						t.Fatalf("%q: %q %v", text, raw, err)
					}
					continue
				}
				if (err == nil) != whole || (err == nil && string(raw) != text) {
					t.Fatalf("%q: %q %v, jsontext says %v", text, raw, err, whole)
				}
			}
		}
	}
}

// TestScanner_FindsTheRepeatedName in objects of any size, in whatever escapes it is written.
func TestScanner_FindsTheRepeatedName(t *testing.T) {
	for _, n := range []int{1, 2, 31, 32, 33, 100} {
		var members []string
		for i := range n {
			members = append(members, fmt.Sprintf(`"m%d":{"m%d":0}`, i, i))
		}
		once := "{" + strings.Join(members, ",") + "}"
		if err := valid([]byte(once), true); err != nil {
			t.Errorf("%d names: %v", n, err)
		}
		for _, again := range []string{`"m0":1`, fmt.Sprintf(`"\u006d%d":1`, n-1)} {
			twice := []byte(once[:len(once)-1] + "," + again + "}")
			if err := valid(twice, true); !errors.Is(err, jsonscan.ErrDuplicate) {
				t.Errorf("%d names and %s: %v", n, again, err)
			}
			if err := valid(twice, false); err != nil {
				t.Errorf("%d names and %s: %v", n, again, err)
			}
		}
	}
}

func TestScanner_SaysWhereAndNotWhat(t *testing.T) {
	err := valid([]byte(`{"IDNP":"2000000000004",}`), true)
	var at jsonscan.SyntaxError
	if !errors.As(err, &at) || int(at) != 24 || strings.Contains(err.Error(), "2000") {
		t.Error(err)
	}
}

func TestScanner_ResetWipesWhatItKept(t *testing.T) {
	s := jsonscan.Scanner{In: []byte(`"a\u0062c"`)}
	_, content, err := s.Text()
	if err != nil || string(content) != "abc" {
		t.Fatalf("%q %v", content, err)
	}
	s.Reset([]byte("1"))
	if string(content) != "\x00\x00\x00" {
		t.Errorf("%q is left", content)
	}
	if number, err := s.Number(); err != nil || string(number) != "1" {
		t.Errorf("%q %v", number, err)
	}
}

// persons is an answer of about 100 KiB.
func persons() []byte {
	one := `{"IDNP":"2000000000004","LastName":"Rusu","FirstName":"Ecaterina","Born":"1984-05-06","Height":170,"Address":{"City":"Chișinău","Street":"Strada Exemplului 12"},"Active":true}`
	return []byte("[" + strings.Repeat(one+",", 100<<10/len(one)) + one + "]")
}

// BenchmarkSkip reads 100 KiB without looking at the values: by the scanner, and by jsontext's tokens and values.
func BenchmarkSkip(b *testing.B) {
	text := persons()
	for _, c := range []struct {
		name string
		read func() error
	}{
		{"scanner", func() error { return valid(text, false) }},
		{"scanner-unique", func() error { return valid(text, true) }},
		{"jsontext-valid", func() error {
			if !jsontext.Value(text).IsValid(jsontext.AllowDuplicateNames(true)) {
				return io.ErrUnexpectedEOF
			}
			return nil
		}},
		{"jsontext-tokens", func() error {
			d := jsontext.NewDecoder(bytes.NewBuffer(text))
			for {
				if _, err := d.ReadToken(); errors.Is(err, io.EOF) {
					return nil
				} else if err != nil {
					return err
				}
			}
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				must.OK(b, c.read())
			}
		})
	}
}

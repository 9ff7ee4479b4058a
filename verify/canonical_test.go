package verify_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"

	"mconnect/verify"
)

func TestCheckCanonical(t *testing.T) {
	for data, ok := range map[string]bool{
		`{}`: true, `[]`: true, `""`: true, `0`: true, `-1`: true, `9007199254740991`: true, `true`: true, `null`: true, `false`: true,
		`{"a":1,"b":[{"c":"x"},[],2]}`: true, `"ăâîșț🇲🇩\u0000\u001f\b\t\n\f\r\"\\/"`: true,
		"{\"\U0001F600\":1,\"\uFB33\":2}": true, // UTF-16 order, not code point order
		"{\"\uFB33\":2,\"\U0001F600\":1}": false,
		``:                                false, ` {}`: false, `{} `: false, `{"a": 1}`: false, `{"b":1,"a":2}`: false, `{"a":1,"a":2}`: false, `{"a":1,}`: false,
		`{"a"}`: false, `{a:1}`: false, `[1,]`: false, `[1 ,2]`: false, `[`: false, `{`: false, `"`: false, `"\`: false,
		`01`: false, `-0`: false, `1.0`: false, `1e3`: false, `9007199254740992`: false, `-`: false, `+1`: false,
		`"\u0041"`: false, `"\/"`: false, `"\u000a"`: false, `"\u001F"`: false, `"\ud83d"`: false, "\"\xff\"": false, "\"\n\"": false,
		`tru`: false, `{}{}`: false, strings.Repeat("[", 16) + strings.Repeat("]", 16): true,
		strings.Repeat("[", 18) + strings.Repeat("]", 18):   false,
		`"` + strings.Repeat("x", verify.MaxRecord-2) + `"`: true, `"` + strings.Repeat("x", verify.MaxRecord) + `"`: false,
	} {
		if err := verify.CheckCanonical([]byte(data)); (err == nil) != ok {
			t.Errorf("%.60q: %v", data, err)
		}
	}
}

func TestReadFacts(t *testing.T) {
	const digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" // of {}
	for data, ok := range map[string]bool{
		`{"kind":"started","time":"2026-03-02T08:00:00.000000Z","v":1}`:                                                      true,
		`{"change":{"digest":"` + digest + `","document":"{}"},"kind":"change","time":"2026-03-02T08:00:00.000000Z","v":1}`:  true,
		`{"change":{"digest":"` + digest + `","document":"{ }"},"kind":"change","time":"2026-03-02T08:00:00.000000Z","v":1}`: false,
		`{"change":{"digest":"` + digest + `"},"kind":"change","new":"field","time":"2026-03-02T08:00:00.000000Z","v":1}`:    true,
		`{"kind":"started","time":"2026-03-02T08:00:00Z","v":1}`:                                                             false,
		`{"kind":"started","time":"2026-13-02T08:00:00.000000Z","v":1}`:                                                      false,
		`{"kind":"started","time":"2026-03-02T08:00:00.000000Z","v":2}`:                                                      false,
		`{"kind":"","time":"2026-03-02T08:00:00.000000Z","v":1}`:                                                             false,
		`{"kind":7,"time":"2026-03-02T08:00:00.000000Z","v":1}`:                                                              false,
		`[]`: false, `null`: false, `7`: false, ``: false,
	} {
		if _, err := verify.ReadFacts([]byte(data)); (err == nil) != ok {
			t.Errorf("%s: %v", data, err)
		}
	}
}

// FuzzCheckCanonical compares with an independent implementation of RFC 8785.
func FuzzCheckCanonical(f *testing.F) {
	for _, seed := range []string{`{"a":1,"b":"x\n"}`, `[1,2,-3]`, `{"é":"\u0001","z":{}}`, `{"b":1,"a":2}`, `1.5`, "\"\u2028\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if verify.CheckCanonical(data) != nil {
			return
		}
		if !json.Valid(data) {
			t.Fatalf("%q is not JSON", data)
		}
		if data[0] != '{' && data[0] != '[' {
			return // jcs takes objects and arrays only
		}
		want, err := jcs.Transform(data)
		if err != nil || !bytes.Equal(want, data) {
			t.Fatalf("%q should be %q (%v)", data, want, err)
		}
	})
}

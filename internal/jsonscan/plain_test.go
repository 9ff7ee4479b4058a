package jsonscan_test

import (
	"math/big"
	"strings"
	"testing"

	"mconnect/internal/jsonscan"
)

// TestPlain_WritesTheSameValue: what Java, .NET and JavaScript write of large and small numbers.
func TestPlain_WritesTheSameValue(t *testing.T) {
	for number, want := range map[string]string{
		"1.23456789E7": "12345678.9", "1E7": "10000000", "1e+7": "10000000", "1.50E1": "15.0", "-1.5e-3": "-0.0015", "0E5": "0", "0.5e1": "5",
		"0.05e1": "0.5", "-0e-1": "-0.0", "12E-1": "1.2", "1E2": "100", "1e007": "10000000", "12.5": "12.5", "7": "7", "1E-0": "1",
	} {
		got, ok := jsonscan.Plain(nil, []byte(number), 64)
		if !ok || string(got) != want {
			t.Errorf("%s: %s %t; want %s", number, got, ok, want)
		}
	}
	for _, number := range []string{"1E64", "1E-64", "1e99999", "1e999999999999", "1e", "1e+", "1ex", strings.Repeat("1", 65) + "e0"} {
		if got, ok := jsonscan.Plain(nil, []byte(number), 64); ok {
			t.Errorf("%s: %s", number, got)
		}
	}
}

// FuzzPlain: a number of JSON has the same value without its exponent, and stays a number of JSON.
func FuzzPlain(f *testing.F) {
	for _, seed := range []string{"1.23456789E7", "-0.0e-3", "12e3", "1e-64", "00", "1e"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, number []byte) {
		if len(number) == 0 || number[0] != '-' && number[0]-'0' > 9 {
			return
		}
		if end, ok := jsonscan.Number(number, 0); !ok || end != len(number) {
			return
		}
		out, ok := jsonscan.Plain([]byte("x"), number, 64)
		if !ok {
			return
		}
		out = out[1:]
		if end, ok := jsonscan.Number(out, 0); !ok || end != len(out) || jsonscan.Exponent(out) || len(out) > 64 {
			t.Fatalf("%q gives %q", number, out)
		}
		was, _ := new(big.Rat).SetString(string(number))
		is, _ := new(big.Rat).SetString(string(out))
		if was.Cmp(is) != 0 {
			t.Fatalf("%q is not %q", number, out)
		}
	})
}

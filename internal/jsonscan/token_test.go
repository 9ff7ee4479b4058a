package jsonscan_test

import (
	"encoding/json"
	"strings"
	"testing"

	"mconnect/internal/jsonscan"
)

// TestScan_TextEndsAtItsQuote, wherever in a word of eight bytes that stands.
func TestScan_TextEndsAtItsQuote(t *testing.T) {
	for n := range 40 {
		x := strings.Repeat("x", n)
		for text, want := range map[string]struct {
			end           int
			escaped, high bool
		}{
			x + `"` + x:            {n, false, false},
			x + `\\"` + x:          {n + 2, true, false},
			x + `\"` + x + `"`:     {2*n + 2, true, false},
			x + `ș"`:               {n + 2, false, true},
			x:                      {-1, false, false},
			x + `\`:                {-1, false, false},
			x + "\x1f" + x + `"`:   {-1, false, false},
			x + "\x00":             {-1, false, false},
			x + `"` + "\x00" + `ș`: {n, false, false},
		} {
			end, escaped, high := jsonscan.EndOfText([]byte(text), 0)
			if end != want.end || end >= 0 && (escaped != want.escaped || high != want.high) {
				t.Errorf("%q: ends at %d %t %t, want %+v", text, end, escaped, high, want)
			}
		}
	}
}

func TestScan_Literals(t *testing.T) {
	for text, want := range map[string]bool{"true": true, "false,": true, "null]": true, "tru": false, "nul": false, "falsE": false, "t": false} {
		end, ok := jsonscan.Literal([]byte(" "+text), 1, text[0])
		if ok != want || ok && !json.Valid([]byte(text[:end-1])) {
			t.Errorf("%s: %d %t", text, end, ok)
		}
	}
}

// FuzzNumber holds Number to encoding/json's judgement.
func FuzzNumber(f *testing.F) {
	for _, text := range []string{"0", "-0", "01", "1.", "1.5", "1e", "1E+7", "-", "1e400", "1.5.2", "12,", "-a"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if text == "" || text[0] != '-' && text[0]-'0' > 9 {
			return
		}
		end, ok := jsonscan.Number([]byte(text), 0)
		if end < 0 || end > len(text) {
			t.Fatalf("%q: ends at %d", text, end)
		}
		if ok != json.Valid([]byte(text[:end])) || json.Valid([]byte(text)) && strings.TrimRight(text, " \t\r\n") != text[:end] {
			t.Errorf("%q: %q %t", text, text[:end], ok)
		}
	})
}

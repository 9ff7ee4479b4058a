package cli

import (
	"bytes"
	"strings"
	"testing"
)

// TestUsage_SaysWhatIsWanted: mistakes in flags and arguments are said in words of the command line, not of the
// language that the program is written in.
func TestUsage_SaysWhatIsWanted(t *testing.T) {
	for line, want := range map[string]string{
		"events consume --max x":             `--max "x": want a whole number`,
		"journal search --limit 1.5":         `--limit "1.5": want a whole number`,
		"journal search --reveal=perhaps":    "unknown flag: --reveal",
		"apply --yes=perhaps -f x":           `--yes "perhaps": want true or false`,
		"pki issue":                          "0 arguments given; want mconnect pki issue",
		"journal show 1 2":                   "2 arguments given; want mconnect journal show INDEX",
		"suspend system":                     "1 arguments given; want mconnect suspend KIND ID",
		"catalog import a b":                 "2 arguments given; want mconnect catalog import FILE",
		"catalog import api.yaml --provdier": "did you mean --provider?",
	} {
		var out, says bytes.Buffer
		code := Main(t.Context(), Process{Args: strings.Fields(line), Out: &out, Err: &says}, nil)
		if code != exitUsage || !strings.Contains(says.String(), want) || strings.Contains(says.String(), "strconv") {
			t.Errorf("%s: exit %d, %q, want %q", line, code, says.String(), want)
		}
	}
}

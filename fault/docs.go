package fault

import (
	"fmt"
	"io"
	"strings"
)

var kindNames = [...]string{"Internal", "Malformed", "Unidentified", "Refused", "NotFound", "Conflict", "TooLarge",
	"Unsupported", "Invalid", "Throttled", "ProviderWrong", "ProviderLate", "Unavailable"}

// String names the kind as in Go, e.g. "Refused".
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return kindNames[Internal]
	}
	return kindNames[k]
}

// WriteDocs writes the catalogue as docs/ERRORS.md.
func WriteDocs(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# Errors\n\nGenerated from the catalogue of faults (`fault/sentences_*.go`); a test compares. " +
		"A code never changes its meaning and is never reused; sentences may improve. " +
		"**Leg** says where on the way the fault arose, **Party** who must act.\n\n" +
		"`{name}` is a value given with the fault; a value that is not known reads “—”. English words in it are translated in the other " +
		"languages.\n\nIn a problem document (RFC 9457) `title` is the HTTP status in English, the same for everybody: it is for programs " +
		"and logs. `detail` and `remedy` are for people, in the language that the request accepts. " +
		"Terms: [GLOSSARY.md](GLOSSARY.md).\n\n")
	for _, code := range Codes() {
		e := code.Entry()
		fmt.Fprintf(&b, "## `%s`\n\nKind %s · Leg %s · Party %s\n\n", code, e.Kind, e.Leg, e.Party)
		for _, line := range []struct{ lang, says, remedy string }{
			{"ro", e.Says.RO, e.Remedy.RO}, {"en", e.Says.EN, e.Remedy.EN}, {"ru", e.Says.RU, e.Remedy.RU},
		} {
			fmt.Fprintf(&b, "- **%s** %s *%s*\n", line.lang, line.says, line.remedy)
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

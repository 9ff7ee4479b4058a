package journal

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"mconnect"
	"mconnect/fault"
)

// timeForm is how a record writes an instant: UTC, microseconds, always 27 characters.
const timeForm = "2006-01-02T15:04:05.000000Z"

// maxInteger is the largest integer that JSON carries exactly (RFC 8785 section 3.2.2.3).
const maxInteger = 1<<53 - 1

// encode writes the record in canonical form (RFC 8785): keys in lexicographic order, absent fields left
// out, integers only. Text that is not UTF-8 is corrected with U+FFFD.
func encode(e *Entry) []byte {
	w := writer{b: make([]byte, 0, 1024)}
	r := &e.Record
	w.open()
	w.text("actor", r.Actor)
	w.text("address", r.Address)
	w.text("agreement", string(r.Agreement))
	w.body("answer", r.Answer)
	w.text("call", string(r.Call))
	w.text("certificate", string(r.Certificate))
	w.change(r.Change)
	w.checks(r.Checks)
	w.text("code", string(r.Code))
	w.text("consumer", string(r.Consumer))
	w.context(r.Context)
	w.event(r.Event)
	w.list("grant", r.Grant)
	w.text("kind", string(r.Kind))
	w.text("leg", string(r.Leg))
	w.text("legalBasis", r.LegalBasis)
	w.text("node", r.Node)
	w.text("note", r.Note)
	w.text("protocol", r.Protocol)
	w.text("provider", string(r.Provider))
	w.text("purpose", string(r.Purpose))
	w.reading(r.Reading)
	w.body("request", r.Request)
	w.number("revision", r.Revision)
	w.text("service", string(r.Service))
	w.spent(r.Spent)
	w.subject(e)
	w.text("system", string(r.System))
	w.time("time", r.Time)
	w.text("trace", r.Trace)
	w.number("v", 1)
	w.version(r.Version)
	w.shut()
	return w.b
}

// writer appends canonical JSON.
type writer struct{ b []byte }

func (w *writer) open() { w.b = append(w.b, '{') }
func (w *writer) shut() { w.b = append(w.b, '}') }

// comma separates from what stands before, unless an object or array just began.
func (w *writer) comma() {
	if last := w.b[len(w.b)-1]; last != '{' && last != '[' {
		w.b = append(w.b, ',')
	}
}

// name writes the name of a field; all names of this package need no escaping.
func (w *writer) name(name string) {
	b := w.b
	if last := b[len(b)-1]; last != '{' && last != '[' {
		b = append(b, ',')
	}
	b = append(append(append(b, '"'), name...), '"', ':')
	w.b = b
}

func (w *writer) text(name, value string) {
	if value != "" {
		w.name(name)
		w.quote(value)
	}
}

func (w *writer) number(name string, value int64) {
	if value != 0 {
		w.name(name)
		w.integer(value)
	}
}

// time writes an instant in timeForm; Time.AppendFormat takes five times as long.
func (w *writer) time(name string, at time.Time) {
	w.name(name)
	y, m, d := at.Date()
	h, minute, s := at.Clock()
	w.b = append(w.b, '"')
	for _, part := range [...]struct {
		n, digits int
		end       byte
	}{{y, 4, '-'}, {int(m), 2, '-'}, {d, 2, 'T'}, {h, 2, ':'}, {minute, 2, ':'}, {s, 2, '.'},
		{at.Nanosecond() / 1000, 6, 'Z'}} {
		from := len(w.b)
		w.b = append(w.b, "000000"[:part.digits]...)
		for i, n := len(w.b)-1, part.n; i >= from; i, n = i-1, n/10 {
			w.b[i] = byte('0' + n%10)
		}
		w.b = append(w.b, part.end)
	}
	w.b = append(w.b, '"')
}

func (w *writer) integer(n int64) {
	w.b = strconv.AppendInt(w.b, min(max(n, -maxInteger), maxInteger), 10)
}

// plain marks the bytes that represent themselves in a string.
var plain = func() (table [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		table[c] = c != '"' && c != '\\'
	}
	return table
}()

// quote writes s as a JSON string with the shortest escapes (RFC 8785 section 3.2.2.2).
func (w *writer) quote(s string) {
	w.b = append(w.b, '"')
	from, i := 0, 0
	for i < len(s) && plain[s[i]] {
		i++
	}
	for i < len(s) {
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		w.b = append(w.b, s[from:i]...)
		w.escape(c)
		i++
		from = i
	}
	w.b = append(w.b, s[from:]...)
	w.b = append(w.b, '"')
}

func (w *writer) escape(c byte) {
	switch c {
	case '"', '\\':
		w.b = append(w.b, '\\', c)
	case '\b':
		w.b = append(w.b, '\\', 'b')
	case '\t':
		w.b = append(w.b, '\\', 't')
	case '\n':
		w.b = append(w.b, '\\', 'n')
	case '\f':
		w.b = append(w.b, '\\', 'f')
	case '\r':
		w.b = append(w.b, '\\', 'r')
	default:
		if c >= utf8.RuneSelf { // a byte that is no UTF-8
			w.b = utf8.AppendRune(w.b, utf8.RuneError)
			return
		}
		const digits = "0123456789abcdef"
		w.b = append(w.b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
	}
}

func (w *writer) list(name string, items []string) {
	if len(items) == 0 {
		return
	}
	w.name(name)
	w.b = append(w.b, '[')
	for _, item := range items {
		w.comma()
		w.quote(item)
	}
	w.b = append(w.b, ']')
}

func (w *writer) body(name string, b *Body) {
	if b == nil {
		return
	}
	w.name(name)
	w.open()
	w.text("sha256", b.SHA256)
	w.name("size")
	w.integer(b.Size)
	w.shut()
}

func (w *writer) change(c *ChangeNote) {
	if c == nil {
		return
	}
	w.name("change")
	w.open()
	w.text("action", c.Action)
	w.text("digest", c.Digest)
	w.text("document", c.Document)
	w.text("id", c.ID)
	w.text("reason", c.Reason)
	w.text("resource", c.Resource)
	w.number("revision", c.Revision)
	w.shut()
}

func (w *writer) checks(checks []fault.Check) {
	if len(checks) == 0 {
		return
	}
	w.name("checks")
	w.b = append(w.b, '[')
	for i := range checks {
		c := &checks[i]
		w.comma()
		w.open()
		w.text("code", string(c.Code))
		w.text("name", c.Name)
		if len(c.Params) > 0 {
			w.name("params")
			w.open()
			for _, key := range sortedKeys(c.Params) {
				w.comma()
				w.quote(key)
				w.b = append(w.b, ':')
				w.quote(c.Params[key])
			}
			w.shut()
		}
		w.text("result", string(c.Result))
		w.shut()
	}
	w.b = append(w.b, ']')
}

func (w *writer) context(c mconnect.LegalContext) {
	if c.IsZero() {
		return
	}
	w.name("context")
	w.open()
	w.text("basis", c.Basis)
	w.text("entity", c.Entity)
	w.text("reason", c.Reason)
	w.text("user", c.User)
	w.shut()
}

func (w *writer) event(e *EventNote) {
	if e == nil {
		return
	}
	w.name("event")
	w.open()
	w.text("content", e.Content)
	w.number("count", int64(e.Count))
	w.text("digest", e.Digest)
	w.number("first", e.First)
	w.text("group", e.Group)
	w.text("id", e.ID)
	w.number("last", e.Last)
	w.text("source", e.Source)
	w.list("types", e.Types)
	w.shut()
}

func (w *writer) reading(r *ReadingNote) {
	if r == nil {
		return
	}
	w.name("reading")
	w.open()
	w.name("count")
	w.integer(int64(r.Count))
	w.text("query", r.Query)
	w.shut()
}

func (w *writer) spent(spent map[string]int64) {
	if len(spent) == 0 {
		return
	}
	w.name("spent")
	w.open()
	for _, key := range sortedKeys(spent) {
		w.comma()
		w.quote(key)
		w.b = append(w.b, ':')
		w.integer(spent[key])
	}
	w.shut()
}

func (w *writer) subject(e *Entry) {
	if len(e.Pseudonym) == 0 {
		return
	}
	w.name("subject")
	w.open()
	w.name("pseudonym")
	w.b = append(w.b, '"')
	w.b = hex.AppendEncode(w.b, e.Pseudonym)
	w.b = append(w.b, '"')
	if len(e.Sealed) > 0 {
		w.name("sealed")
		w.b = append(w.b, '"')
		w.b = base64.StdEncoding.AppendEncode(w.b, e.Sealed)
		w.b = append(w.b, '"')
	}
	w.shut()
}

func (w *writer) version(v mconnect.Version) {
	if v.IsZero() {
		return
	}
	w.name("version")
	w.b = append(w.b, '"')
	w.b = strconv.AppendInt(w.b, int64(v.Major), 10)
	w.b = append(w.b, '.')
	w.b = strconv.AppendInt(w.b, int64(v.Minor), 10)
	w.b = append(w.b, '.')
	w.b = strconv.AppendInt(w.b, int64(v.Patch), 10)
	w.b = append(w.b, '"')
}

// sortedKeys returns a map's keys by UTF-16 code units (RFC 8785 section 3.2.3).
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareUTF16)
	return keys
}

// compareUTF16 differs from comparing bytes only where both strings leave ASCII.
func compareUTF16(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] >= utf8.RuneSelf || b[i] >= utf8.RuneSelf {
			return slices.Compare(utf16.Encode([]rune(a[i:])), utf16.Encode([]rune(b[i:])))
		}
		if a[i] != b[i] {
			return int(a[i]) - int(b[i])
		}
	}
	return len(a) - len(b)
}

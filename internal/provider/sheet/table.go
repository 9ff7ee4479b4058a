package sheet

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"mconnect/fault"
	"mconnect/internal/catalog"
)

// Table is a declaration made ready for use. It is never changed once made.
type Table struct {
	file   catalog.File
	schema *catalog.Schema
	cols   []col
	keys   []int // columns that make up the key, by name of the request field
	fields []string
	unique bool
	mark   string // digest of the declaration: an index of another one is of no use
	zone   *time.Location
}

type col struct {
	catalog.Column
	layout string
	quoted string // `"Name":`
}

// Compile prepares the declaration of a service; it has been validated. zone is that of times in the file.
func Compile(s catalog.Service, zone *time.Location) (*Table, error) {
	e := s.Endpoint.File
	t := &Table{file: *e, zone: zone, unique: e.Rows == "" && e.Response == ""}
	var err error
	if t.schema, err = catalog.CompileType(e.RowType()); err != nil {
		return nil, err
	}
	for _, c := range e.Columns {
		one := col{Column: c, layout: c.Layout(), quoted: strconv.Quote(c.Name) + ":"}
		if one.Header == "" {
			one.Header = c.Name
		}
		t.cols = append(t.cols, one)
	}
	for field := range e.Keys {
		t.fields = append(t.fields, field)
	}
	slices.Sort(t.fields)
	for _, field := range t.fields {
		i := slices.IndexFunc(e.Columns, func(c catalog.Column) bool { return c.Name == e.Keys[field] })
		if i < 0 {
			return nil, errors.New("sheet: a key that is no column")
		}
		t.keys = append(t.keys, i)
	}
	text, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	t.mark = hex.EncodeToString(sum[:])
	return t, nil
}

// Fields are the request fields whose values make up a key, in the order of Key.
func (t *Table) Fields() []string { return t.fields }

// Mark tells declarations apart.
func (t *Table) Mark() string { return t.mark }

// Key joins values in the order of Fields.
func Key(values []string) string { return strings.Join(values, "\x1f") }

// place finds the declared columns in the file's first row: positions by column, -1 where an optional one is absent.
func (t *Table) place(header []cell, found *fault.Findings) []int {
	where := map[string]int{}
	for i, c := range header {
		name := strings.ToLower(strings.Join(strings.Fields(c.text), " "))
		if _, twice := where[name]; twice && name != "" {
			found.Add("/row/1/"+pointer(c.text), fault.MessageDuplicateKey)
		}
		where[name] = i
	}
	at := make([]int, len(t.cols))
	for i, c := range t.cols {
		position, ok := where[strings.ToLower(strings.Join(strings.Fields(c.Header), " "))]
		if !ok {
			position = -1
			if c.Mandatory {
				found.Add("/row/1/"+pointer(c.Header), fault.InputMissing)
			}
		}
		at[i] = position
	}
	return at
}

func pointer(s string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(s) }

// row appends a record as JSON of the row's type. What cannot be converted is noted by column and left out.
func (t *Table) row(dst []byte, record []cell, at []int, wrong func(c *col, code fault.Code, params ...string)) []byte {
	dst = append(dst, '{')
	begun := len(dst)
	for i := range t.cols {
		c := &t.cols[i]
		if at[i] < 0 || at[i] >= len(record) {
			continue
		}
		v := record[at[i]]
		v.text = strings.TrimFunc(v.text, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\u00a0' })
		if v.broken {
			wrong(c, fault.InputFormat, "want", "readable text")
			continue
		}
		if v.text == "" {
			continue
		}
		mark := len(dst)
		if mark > begun {
			dst = append(dst, ',')
		}
		dst = append(dst, c.quoted...)
		next, want := c.value(dst, v, t.zone)
		if want != "" {
			wrong(c, fault.InputFormat, "want", want)
			next = dst[:mark]
		}
		dst = next
	}
	return append(dst, '}')
}

// value appends one value as JSON; want says what was expected where it cannot be read.
func (c *col) value(dst []byte, v cell, zone *time.Location) (out []byte, want string) {
	text := v.text
	switch c.Type {
	case catalog.Integer, catalog.Decimal:
		return c.number(dst, v)
	case catalog.Boolean:
		switch strings.ToLower(text) {
		case "true", "1", "da", "yes", "да":
			return append(dst, "true"...), ""
		case "false", "0", "nu", "no", "нет":
			return append(dst, "false"...), ""
		}
		return dst, "da, nu, true, false, 1, 0"
	case catalog.Date, catalog.DateTime:
		moment, ok := c.moment(v, zone)
		if !ok {
			if c.Format != "" {
				return dst, c.Format
			}
			return dst, map[catalog.Base]string{catalog.Date: "YYYY-MM-DD", catalog.DateTime: "YYYY-MM-DDThh:mm:ss"}[c.Type]
		}
		text = moment
	default:
		if v.serial { // a code that a spreadsheet took for a number
			if whole, ok := plain(text); ok {
				text = whole
			}
		}
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return dst, "readable text"
	}
	return append(dst, quoted...), ""
}

// number appends digits as JSON wants them.
func (c *col) number(dst []byte, v cell) ([]byte, string) {
	text := v.text
	if v.serial { // as XML Schema writes a double
		if f, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return strconv.AppendFloat(dst, f, 'f', -1, 64), ""
		}
		return dst, "a number"
	}
	want := "a number such as 1234.50"
	if c.Decimal == "," {
		want = "a number such as 1 234,50"
		text = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(text)
		if strings.Contains(text, ".") {
			return dst, want
		}
		text = strings.Replace(text, ",", ".", 1)
	}
	negative := strings.HasPrefix(text, "-")
	whole, fraction, pointed := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	if whole == "" || !digits(whole) || pointed && (fraction == "" || !digits(fraction)) || len(text) > catalog.MaxNumber {
		return dst, want
	}
	if negative {
		dst = append(dst, '-')
	}
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	dst = append(dst, whole...)
	if pointed {
		dst = append(append(dst, '.'), fraction...)
	}
	return dst, ""
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// plain writes a whole number that a spreadsheet keeps as a double ("2.999000006393E12") in digits.
func plain(text string) (string, bool) {
	f, ok := new(big.Float).SetString(text)
	if !ok || !f.IsInt() || f.Cmp(big.NewFloat(1<<53)) > 0 {
		return "", false
	}
	return f.Text('f', 0), true
}

// moment reads a date or time as the catalogue writes it.
func (c *col) moment(v cell, zone *time.Location) (string, bool) {
	want := time.RFC3339
	if c.Type == catalog.Date {
		want = time.DateOnly
	}
	if v.serial {
		at, ok := days(v.text, zone)
		return at.Format(want), ok
	}
	layout := c.layout
	if layout == "" {
		layout = want
		if c.Type == catalog.DateTime {
			if _, err := time.Parse(want, v.text); err != nil {
				layout = "2006-01-02T15:04:05"
			}
		}
	}
	at, err := time.ParseInLocation(layout, v.text, zone)
	if err != nil {
		return "", false
	}
	return at.Format(want), true
}

// days reads a serial date (ECMA-376, part 1, 18.17.4.1): days since 30 December 1899.
func days(text string, zone *time.Location) (time.Time, bool) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n < 61 || n > 2_958_465 { // before 1 March 1900 programs disagree; after 9999 there is none
		return time.Time{}, false
	}
	whole := math.Floor(n)
	seconds := int(math.Round((n - whole) * 86400))
	return time.Date(1899, 12, 30+int(whole), 0, 0, seconds, 0, zone), true
}

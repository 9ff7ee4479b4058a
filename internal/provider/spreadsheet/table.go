package spreadsheet

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
)

// Table is a declaration made ready for use. It is never changed once made.
type Table struct {
	file   catalog.File
	schema *schema.Schema
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
	key    bool
}

// Compile prepares the declaration of a service; it has been validated. zone is that of times in the file.
func Compile(s catalog.Service, zone *time.Location) (*Table, error) {
	e := s.Endpoint.File
	t := &Table{file: *e, zone: zone, unique: e.Rows == "" && e.Response == ""}
	var err error
	if t.schema, err = schema.CompileType(e.RowType()); err != nil {
		return nil, err
	}
	for _, c := range e.Columns {
		one := col{Column: c, layout: c.Layout(), quoted: strconv.Quote(c.Name) + ":"}
		one.Header = cmp.Or(one.Header, c.Name)
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
		t.cols[i].key = true
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

// Mark distinguishes declarations.
func (t *Table) Mark() string { return t.mark }

// Key joins values in the order of Fields.
func Key(values []string) string { return strings.Join(values, "\x1f") }

// plainName is a header as headers are compared: without case, surplus spaces, and cedillas where Romanian has commas,
// which older encodings lack.
func plainName(s string) string {
	return withCommas.Replace(strings.ToLower(strings.Join(strings.Fields(s), " ")))
}

var withCommas = strings.NewReplacer("ş", "ș", "ţ", "ț", "Ş", "Ș", "Ţ", "Ț")

// place finds the declared columns in the file's header, which stands in row n: positions by column, -1 where an
// optional one is absent. Columns that are not declared may bear any name, and any number of them the same.
func (t *Table) place(header []cell, n int, found *fault.Findings) []int {
	where, twice := map[string]int{}, map[string]bool{}
	for i, c := range header {
		name := plainName(c.text)
		_, again := where[name]
		twice[name] = again
		where[name] = i
	}
	row := "/row/" + strconv.Itoa(n) + "/"
	at := make([]int, len(t.cols))
	for i, c := range t.cols {
		name := plainName(c.Header)
		position, ok := where[name]
		switch {
		case !ok:
			position = -1
			if c.Mandatory || slices.Contains(t.keys, i) {
				found.Add(row+pointer(c.Header), fault.InputMissing)
			}
		case twice[name]:
			*found = append(*found, headerTwice.at(row+pointer(c.Header)))
		}
		at[i] = position
	}
	return at
}

func pointer(s string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(s) }

// row appends a record as JSON of the row's type. What cannot be converted is noted by column and left out.
func (t *Table) row(dst []byte, record []cell, at []int,
	wrong func(c *col, code fault.Code, params map[string]string)) []byte {
	dst = append(dst, '{')
	begun := len(dst)
	for i := range t.cols {
		c := &t.cols[i]
		var v cell
		if at[i] >= 0 && at[i] < len(record) {
			v = record[at[i]]
		}
		v.text = strings.TrimFunc(v.text, isSpace)
		if v.flaw == nil && strings.ContainsFunc(v.text, isControl) {
			v.flaw = control
		}
		if v.flaw != nil {
			one := v.flaw.at("")
			wrong(c, one.Code, one.Params)
			continue
		}
		if v.text == "" {
			if c.key && !c.Mandatory { // mandatory ones are the schema's to miss
				wrong(c, fault.InputMissing, nil)
			}
			continue
		}
		mark := len(dst)
		if mark > begun {
			dst = append(dst, ',')
		}
		dst = append(dst, c.quoted...)
		next, bad := c.value(dst, v, t.zone)
		if bad != nil {
			one := bad.at("")
			wrong(c, one.Code, one.Params)
			next = dst[:mark]
		}
		dst = next
	}
	return append(dst, '}')
}

func isSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\u00a0' }

// isControl reports what XML cannot carry, or no text holds.
func isControl(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0 || r == '\ufffe' || r == '\uffff'
}

// value appends one value as JSON, or says why it cannot be read.
func (c *col) value(dst []byte, v cell, zone *time.Location) (out []byte, bad *flaw) {
	text := v.text
	switch c.Type {
	case schema.Integer, schema.Decimal:
		return c.number(dst, v)
	case schema.Boolean:
		switch strings.ToLower(text) {
		case "true", "1", "da", "yes", "да":
			return append(dst, "true"...), nil
		case "false", "0", "nu", "no", "нет":
			return append(dst, "false"...), nil
		}
		return dst, wantBoolean
	case schema.Date, schema.DateTime:
		moment, bad := c.moment(v, zone)
		if bad != nil {
			return dst, bad
		}
		text = moment
	default:
		if v.serial { // a code that a spreadsheet took for a number
			if text, bad = v.format.show(text, v.era, zone); bad != nil {
				return dst, bad
			}
		}
		text = c.listed(text)
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return dst, wantText
	}
	return append(dst, quoted...), nil
}

// listed is the declared value that text is but for cedillas and commas; else text.
func (c *col) listed(text string) string {
	if slices.Contains(c.Enum, text) {
		return text
	}
	for _, one := range c.Enum {
		if withCommas.Replace(one) == withCommas.Replace(text) {
			return one
		}
	}
	return text
}

// number appends digits as JSON wants them.
func (c *col) number(dst []byte, v cell) ([]byte, *flaw) {
	text := v.text
	if v.serial { // as XML Schema writes a double
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return dst, wantNumber
		}
		if v.format != nil && v.format.date {
			return dst, dateForNumber
		}
		plain, bad := digitsOf(f)
		return append(dst, plain...), bad
	}
	want := wantNumber
	if c.Decimal == "," {
		want = wantComma
		text = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(text)
		if strings.Contains(text, ".") {
			return dst, want
		}
		text = strings.Replace(text, ",", ".", 1)
	}
	negative := strings.HasPrefix(text, "-")
	whole, fraction, pointed := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	if whole == "" || !digits(whole) || pointed && (fraction == "" || !digits(fraction)) ||
		len(text) > schema.MaxNumber {
		return dst, want
	}
	if negative {
		dst = append(dst, '-')
	}
	whole = strings.TrimLeft(whole, "0")
	whole = cmp.Or(whole, "0")
	dst = append(dst, whole...)
	if pointed {
		dst = append(append(dst, '.'), fraction...)
	}
	return dst, nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// Days that a number without a date format is taken for: those of 1950 to 2099, so that a year, "2026", is none.
const (
	plainFirst = 18_264
	plainLast  = 73_050
)

// moment reads a date or time as the catalogue writes it.
func (c *col) moment(v cell, zone *time.Location) (string, *flaw) {
	want := time.RFC3339
	if c.Type == schema.Date {
		want = time.DateOnly
	}
	if v.serial {
		n, err := strconv.ParseFloat(v.text, 64)
		if v.format == nil || !v.format.date {
			if err != nil || v.format != nil || n < plainFirst || n > plainLast {
				return "", numberForDate
			}
		}
		at, ok := days(v.text, v.era, zone)
		if !ok {
			return "", c.form()
		}
		return at.Format(want), nil
	}
	layout := c.layout
	if layout == "" {
		layout = want
		if c.Type == schema.DateTime {
			if _, err := time.Parse(want, v.text); err != nil {
				layout = "2006-01-02T15:04:05"
			}
		}
	}
	at, err := time.ParseInLocation(layout, v.text, zone)
	if err != nil {
		return "", c.form()
	}
	if at.Year() >= 2030 && strings.Contains(layout, "06") && !strings.Contains(layout, "2006") {
		at = at.AddDate(-100, 0, 0) // two digits: 1930 to 2029, as spreadsheets take them
	}
	return at.Format(want), nil
}

// form is how dates of the column are written.
func (c *col) form() *flaw {
	switch {
	case c.Format != "":
		return wantFormat(c.Format)
	case c.Type == schema.Date:
		return wantFormat("YYYY-MM-DD")
	}
	return wantFormat("YYYY-MM-DDThh:mm:ss")
}

// era1904 is how many days the first day of workbooks of older Macs lies behind that of all others.
const era1904 = 1462

// days reads a serial date (ECMA-376, part 1, 18.17.4.1): days since 30 December 1899, or since era days later.
func days(text string, era int, zone *time.Location) (time.Time, bool) {
	n, err := strconv.ParseFloat(text, 64)
	n += float64(era)
	if err != nil || n < 61 || n > 2_958_465 || era > 0 && n < float64(era) {
		// before 1 March 1900 programs disagree; after 9999 there is none
		return time.Time{}, false
	}
	whole := math.Floor(n)
	seconds := int(math.Round((n - whole) * 86400))
	return time.Date(1899, 12, 30+int(whole), 0, 0, seconds, 0, zone), true
}

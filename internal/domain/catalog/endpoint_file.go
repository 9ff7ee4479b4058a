package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
)

// File is a register that is a spreadsheet: a CSV or XLSX file that an authority drops in a folder or uploads. Whole
// and checked, or not at all, it takes the place of the one before.
type File struct {
	Format string `json:"format,omitempty" yaml:"format,omitempty"` // "csv" (default) or "xlsx"
	// of CSV: "utf-8" (default, with or without BOM), "utf-16", "windows-1250" … as media.Encodings lists them
	Encoding string `json:"encoding,omitempty" yaml:"encoding,omitempty"`
	// of CSV: one ASCII character, default ","; "tab"
	Delimiter string `json:"delimiter,omitempty" yaml:"delimiter,omitempty"`
	// of CSV: one ASCII character, default "\""; "none"
	Quote string `json:"quote,omitempty" yaml:"quote,omitempty"`
	Sheet string `json:"sheet,omitempty" yaml:"sheet,omitempty"` // of XLSX: default the first
	// row of the file in which the header stands; default: the first that is not blank
	HeaderRow int `json:"header_row,omitempty" yaml:"header_row,omitempty"`
	// names of the files in the folder, with '*': "contribuabili-*.csv"; default "<service>*.<format>"
	Name    string   `json:"name,omitempty" yaml:"name,omitempty"`
	Columns []Column `json:"columns" yaml:"columns"` //
	// request field → column that must equal it
	Keys map[string]string `json:"keys" yaml:"keys"`
	// answer field that gets all rows found, an array; empty: there is exactly one row, and it is the answer
	Rows string `json:"rows,omitempty" yaml:"rows,omitempty"`
	// jq: array of row objects → answer; then Rows is empty
	Response string `json:"response,omitempty" yaml:"response,omitempty"`
	// answer field → what it says about the file: "valid_at" (which must be among them), "sha256", "received_at",
	// "rows", "stale"
	Facts   map[string]string `json:"facts" yaml:"facts"`
	ValidAt ValidAt           `json:"valid_at,omitzero" yaml:"valid_at,omitempty"`
	MaxAge  Duration          `json:"max_age,omitempty" yaml:"max_age,omitempty"` // older data are stale; 0: never
	Stale   string            `json:"stale,omitempty" yaml:"stale,omitempty"`     // "refuse" (default) or "answer"
	// of one answer; default 1000; more is an error
	MaxRows int `json:"max_rows,omitempty" yaml:"max_rows,omitempty"`
}

// Column is one column of the file; its Field says what values it holds.
type Column struct {
	schema.Field `yaml:",inline"`
	// in the file's first row, whatever its case; default: Name
	Header string `json:"header,omitempty" yaml:"header,omitempty"`
	// of a date or datetime: "DD.MM.YYYY", "DD.MM.YYYY hh:mm"; default: as in the catalogue
	Format string `json:"format,omitempty" yaml:"format,omitempty"`
	// "," where a comma stands before the fraction; spaces between digits then do not count
	Decimal string `json:"decimal,omitempty" yaml:"decimal,omitempty"`
}

// ValidAt reports where the date at which the data were valid comes from: a column (the newest value counts), a part of
// the file's name, else what the upload states, else when the file was last changed.
type ValidAt struct {
	Column string `json:"column,omitempty" yaml:"column,omitempty"`
	// regular expression with one group that holds YYYY-MM-DD, YYYYMMDD or DD.MM.YYYY
	Name string `json:"name,omitempty" yaml:"name,omitempty"`
}

// The facts that an answer can state about the file behind it.
const (
	FactValidAt  = "valid_at"    // date or datetime
	FactDigest   = "sha256"      // string
	FactReceived = "received_at" // datetime
	FactRows     = "rows"        // integer
	FactStale    = "stale"       // boolean
)

// factTypes are the types that a field may have for a fact.
var factTypes = map[string][]schema.Base{
	FactValidAt: {schema.Date, schema.DateTime}, FactDigest: {schema.String}, FactReceived: {schema.DateTime},
	FactRows: {schema.Integer}, FactStale: {schema.Boolean},
}

// RowType is the type of one row.
func (e *File) RowType() schema.Type {
	t := schema.Type{Name: "Row"}
	for _, c := range e.Columns {
		t.Fields = append(t.Fields, c.Field)
	}
	return t
}

const maxColumns = 300

func (e *File) validate(f *fault.Findings, s Service) {
	const at = "/endpoint/file"
	f.OneOf(at+"/format", e.Format, "", "csv", "xlsx")
	encodings(f, at+"/encoding", e.Encoding)
	e.marks(f, at)
	f.Length(at+"/sheet", e.Sheet, 0, 31)
	if e.HeaderRow < 0 || e.HeaderRow > 1000 {
		f.Add(at+"/header_row", fault.InputRange, "min", "1", "max", "1000")
	}
	if len(e.Name) > 200 || strings.ContainsAny(e.Name, "/\\[]?\x00") || strings.HasPrefix(e.Name, ".") {
		f.Add(at+"/name", fault.InputFormat, "want", "a file name with '*' for what varies")
	}
	e.columns(f, at+"/columns")
	e.keys(f, at+"/keys", s.Request)
	e.facts(f, at+"/facts", s.Response)
	f.Length(at+"/response", e.Response, 0, maxMapping)
	if e.Rows != "" && e.Response != "" {
		f.Add(at+"/rows", fault.InputUnknownField)
	}
	if e.Rows != "" {
		if found := s.Response.Lookup(e.Rows); found == nil || found.Type != schema.Array {
			f.Add(at+"/rows", fault.InputType, "want", "an array of the answer")
		}
	}
	if e.ValidAt.Column != "" && !slices.ContainsFunc(e.Columns, func(c Column) bool {
		return c.Name == e.ValidAt.Column && (c.Type == schema.Date || c.Type == schema.DateTime)
	}) {
		f.Add(at+"/valid_at/column", fault.InputType, "want", "a column of type date or datetime")
	}
	if re, err := regexp.Compile(e.ValidAt.Name); err != nil || e.ValidAt.Name != "" && re.NumSubexp() != 1 {
		f.Add(at+"/valid_at/name", fault.InputFormat, "want", "a regular expression with one group")
	}
	f.OneOf(at+"/stale", e.Stale, "", "refuse", "answer")
	if time.Duration(e.MaxAge) < 0 {
		f.Add(at+"/max_age", fault.InputRange, "min", "0s", "max", "…")
	}
	if e.MaxRows < 0 || e.MaxRows > 100_000 {
		f.Add(at+"/max_rows", fault.InputRange, "min", "0", "max", "100000")
	}
	if s.Opaque != nil {
		f.Add("/opaque", fault.InputUnknownField)
	}
	if !s.ReadOnly {
		f.Add("/read_only", fault.InputEnum, "values", "true")
	}
}

// marks checks delimiter and quote.
func (e *File) marks(f *fault.Findings, at string) {
	single := func(s string) bool { return len(s) == 1 && s[0] >= ' ' && s[0] < 0x7f || s == "\t" }
	if e.Delimiter != "" && e.Delimiter != "tab" && !single(e.Delimiter) {
		f.Add(at+"/delimiter", fault.InputFormat, "want", "one ASCII character, or tab")
	}
	if e.Quote != "" && e.Quote != "none" && !single(e.Quote) || e.Quote != "" && e.Quote == e.Delimiter {
		f.Add(at+"/quote", fault.InputFormat, "want", "one ASCII character other than the delimiter, or none")
	}
}

func (e *File) columns(f *fault.Findings, at string) {
	if len(e.Columns) == 0 || len(e.Columns) > maxColumns {
		f.Add(at, fault.InputLength, "min", "1", "max", fmt.Sprint(maxColumns))
		return
	}
	var row fault.Findings
	e.RowType().Validate(&row, "", false)
	for _, found := range row {
		*f = append(*f, fault.FieldError{Path: at + strings.TrimPrefix(found.Path, "/fields"), Code: found.Code,
			Params: found.Params})
	}
	for i, c := range e.Columns {
		path := fmt.Sprintf("%s/%d", at, i)
		if c.Type == schema.Object || c.Type == schema.Array {
			f.Add(path+"/type", fault.InputType, "want", "a single value")
		}
		f.Length(path+"/header", c.Header, 0, 200)
		f.OneOf(path+"/decimal", c.Decimal, "", ".", ",")
		if c.Format != "" && (c.Type != schema.Date && c.Type != schema.DateTime || c.Layout() == "") {
			f.Add(path+"/format", fault.InputFormat, "want",
				"of a date or datetime: DD or D, MM or M, YYYY or YY, hh, mm, ss and signs between")
		}
	}
}

// layouts are the letters of a Format in the form of package time; what stands first is tried first.
var layouts = []struct{ letters, layout, unit string }{
	{"YYYY", "2006", "year"}, {"YY", "06", "year"}, {"DD", "02", "day"}, {"D", "2", "day"}, {"MM", "01", "month"},
	{"M", "1", "month"},
	{"hh", "15", "hour"}, {"mm", "04", "minute"}, {"ss", "05", "second"},
}

// Layout is Format in the form of package time; "" when it is none, or not stated. D and M take one digit or two, YY
// the years from 1930 to 2029.
func (c Column) Layout() string {
	seen, layout := map[string]int{}, ""
next:
	for rest := c.Format; rest != ""; {
		for _, l := range layouts {
			if after, ok := strings.CutPrefix(rest, l.letters); ok {
				seen[l.unit]++
				layout, rest = layout+l.layout, after
				continue next
			}
		}
		sign := rest[0]
		if letter := sign|0x20 >= 'a' && sign|0x20 <= 'z'; letter && (sign != 'T' || seen["T"] > 0) || sign >= '0' &&
			sign <= '9' {
			return ""
		} else if letter {
			seen["T"]++
		}
		layout, rest = layout+rest[:1], rest[1:]
	}
	for _, unit := range []string{"year", "month", "day"} {
		if seen[unit] != 1 {
			return ""
		}
	}
	if seen["hour"] > 1 || seen["minute"] > 1 || seen["second"] > 1 || len(layout) > 40 {
		return ""
	}
	return layout
}

func (e *File) keys(f *fault.Findings, at string, request schema.Type) {
	if len(e.Keys) == 0 || len(e.Keys) > 8 {
		f.Add(at, fault.InputLength, "min", "1", "max", "8")
	}
	for _, field := range sortedKeys(e.Keys) {
		path := at + "/" + token(field)
		known(f, path, request, field)
		if found := request.Lookup(field); found != nil && (!found.Mandatory || found.Nullable) {
			f.Add(path, fault.InputFormat, "want", "a mandatory field")
		}
		if !slices.ContainsFunc(e.Columns, func(c Column) bool { return c.Name == e.Keys[field] }) {
			f.Add(path, fault.InputUnknownField)
		}
	}
}

func (e *File) facts(f *fault.Findings, at string, response schema.Type) {
	stated := false
	for _, field := range sortedKeys(e.Facts) {
		fact, path := e.Facts[field], at+"/"+token(field)
		fits, ok := factTypes[fact]
		if !ok {
			f.Add(path, fault.InputEnum, "values", "received_at, rows, sha256, stale, valid_at")
			continue
		}
		stated = stated || fact == FactValidAt
		if found := response.Lookup(field); found == nil || strings.Contains(field, ".") ||
			!slices.Contains(fits, found.Type) {
			f.Add(path, fault.InputType, "want", fmt.Sprintf("a field of the answer, of type %s", fits[0]))
		}
	}
	if !stated {
		f.Add(at, fault.InputEnum, "values", "valid_at")
	}
}

package catalog_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
)

// sheet makes a spreadsheet of the sample service, spoiled.
func sheet(spoil func(*catalog.File, *catalog.Service)) func(*catalog.Service) {
	return func(s *catalog.Service) {
		s.ReadOnly = true
		s.Response.Fields = append(s.Response.Fields,
			schema.Field{Name: "ValidAt", Type: schema.Date}, schema.Field{Name: "Digest", Type: schema.String},
			schema.Field{Name: "Received", Type: schema.DateTime}, schema.Field{Name: "Rows", Type: schema.Integer},
			schema.Field{Name: "Stale", Type: schema.Boolean})
		e := &catalog.File{
			Columns: []catalog.Column{
				{Field: schema.Field{Name: "IDNP", Type: schema.IDNP}, Header: "Cod personal"},
				{Field: schema.Field{Name: "Name", Type: schema.String}},
				{Field: schema.Field{Name: "Day", Type: schema.Date}, Format: "DD.MM.YYYY"},
				{Field: schema.Field{Name: "Area", Type: schema.Decimal}, Decimal: ","},
			},
			Keys:  map[string]string{"IDNP": "IDNP"},
			Facts: map[string]string{"ValidAt": catalog.FactValidAt},
		}
		if spoil != nil {
			spoil(e, s)
		}
		s.Endpoint = catalog.Endpoint{File: e}
	}
}

// of changes the file alone.
func of(change func(*catalog.File)) func(*catalog.Service) {
	return sheet(func(e *catalog.File, _ *catalog.Service) { change(e) })
}

func TestSpreadsheet_Accepted(t *testing.T) {
	for name, spoil := range map[string]func(*catalog.Service){
		"as it is":            sheet(nil),
		"XLSX":                of(func(e *catalog.File) { e.Format, e.Sheet = "xlsx", "Foaia 1" }),
		"an old encoding":     of(func(e *catalog.File) { e.Encoding, e.Delimiter, e.Quote = "windows-1251", ";", "'" }),
		"tabs, no quotes":     of(func(e *catalog.File) { e.Delimiter, e.Quote = "tab", "none" }),
		"a name with a star":  of(func(e *catalog.File) { e.Name = "contribuabili-*.csv" }),
		"all rows":            of(func(e *catalog.File) { e.Rows = "Children" }),
		"a program":           of(func(e *catalog.File) { e.Response = "{Children: .}" }),
		"the day of a column": of(func(e *catalog.File) { e.ValidAt.Column = "Day" }),
		"the day of the name": of(func(e *catalog.File) { e.ValidAt.Name = `-(\d{8})\.csv$` }),
		"stale but answered": of(func(e *catalog.File) {
			e.Stale, e.MaxAge, e.MaxRows = "answer", catalog.Duration(24*time.Hour), 100_000
		}),
		"every fact": of(func(e *catalog.File) {
			e.Facts = map[string]string{
				"ValidAt": catalog.FactValidAt, "Digest": catalog.FactDigest, "Received": catalog.FactReceived,
				"Rows": catalog.FactRows, "Stale": catalog.FactStale,
			}
		}),
	} {
		spoiled{name: {spoil, nil}}.run(t)
	}
}

func TestSpreadsheet_Form(t *testing.T) {
	spoiled{
		"another format":        {of(func(e *catalog.File) { e.Format = "ods" }), []string{"/endpoint/file/format input.enum"}},
		"another encoding":      {of(func(e *catalog.File) { e.Encoding = "koi8-r" }), []string{"/endpoint/file/encoding input.enum"}},
		"two delimiters":        {of(func(e *catalog.File) { e.Delimiter = ";;" }), []string{"/endpoint/file/delimiter input.format"}},
		"a foreign delimiter":   {of(func(e *catalog.File) { e.Delimiter = "ș" }), []string{"/endpoint/file/delimiter input.format"}},
		"a line's end":          {of(func(e *catalog.File) { e.Delimiter = "\n" }), []string{"/endpoint/file/delimiter input.format"}},
		"two quotes":            {of(func(e *catalog.File) { e.Quote = `""` }), []string{"/endpoint/file/quote input.format"}},
		"quotes that delimit":   {of(func(e *catalog.File) { e.Quote, e.Delimiter = ";", ";" }), []string{"/endpoint/file/quote input.format"}},
		"a long sheet":          {of(func(e *catalog.File) { e.Sheet = strings.Repeat("s", 32) }), []string{"/endpoint/file/sheet input.length"}},
		"a path":                {of(func(e *catalog.File) { e.Name = "../x.csv" }), []string{"/endpoint/file/name input.format"}},
		"a path elsewhere":      {of(func(e *catalog.File) { e.Name = `C:\x.csv` }), []string{"/endpoint/file/name input.format"}},
		"a hidden file":         {of(func(e *catalog.File) { e.Name = ".x.csv" }), []string{"/endpoint/file/name input.format"}},
		"another pattern":       {of(func(e *catalog.File) { e.Name = "[ab].csv" }), []string{"/endpoint/file/name input.format"}},
		"a long name":           {of(func(e *catalog.File) { e.Name = strings.Repeat("n", 201) }), []string{"/endpoint/file/name input.format"}},
		"stale and what":        {of(func(e *catalog.File) { e.Stale = "hide" }), []string{"/endpoint/file/stale input.enum"}},
		"a negative age":        {of(func(e *catalog.File) { e.MaxAge = -1 }), []string{"/endpoint/file/max_age input.range"}},
		"negative rows":         {of(func(e *catalog.File) { e.MaxRows = -1 }), []string{"/endpoint/file/max_rows input.range"}},
		"too many rows":         {of(func(e *catalog.File) { e.MaxRows = 100_001 }), []string{"/endpoint/file/max_rows input.range"}},
		"a program too long":    {of(func(e *catalog.File) { e.Response = strings.Repeat(".", 1<<20) }), []string{"/endpoint/file/response input.length"}},
		"rows and a program":    {of(func(e *catalog.File) { e.Rows, e.Response = "Children", "." }), []string{"/endpoint/file/rows input.unknownField"}},
		"rows in no list":       {of(func(e *catalog.File) { e.Rows = "LastName" }), []string{"/endpoint/file/rows input.type"}},
		"rows in nothing":       {of(func(e *catalog.File) { e.Rows = "Nothing" }), []string{"/endpoint/file/rows input.type"}},
		"a service that writes": {sheet(func(_ *catalog.File, s *catalog.Service) { s.ReadOnly = false }), []string{"/read_only input.enum"}},
	}.run(t)
}

func TestSpreadsheet_Columns(t *testing.T) {
	column := func(change func(*catalog.Column)) func(*catalog.Service) {
		return of(func(e *catalog.File) { change(&e.Columns[1]) })
	}
	many := func(e *catalog.File) {
		e.Columns = nil
		for n := range 301 {
			e.Columns = append(e.Columns, catalog.Column{Field: schema.Field{Name: fmt.Sprintf("C%d", n), Type: schema.String}})
		}
	}
	spoiled{
		"a list":                {column(func(c *catalog.Column) { c.Type, c.Items = schema.Array, &schema.Field{Type: schema.String} }), []string{"/endpoint/file/columns/1/type input.type"}},
		"a long header":         {column(func(c *catalog.Column) { c.Header = strings.Repeat("h", 201) }), []string{"/endpoint/file/columns/1/header input.length"}},
		"another decimal":       {column(func(c *catalog.Column) { c.Decimal = ";" }), []string{"/endpoint/file/columns/1/decimal input.enum"}},
		"a text with a format":  {column(func(c *catalog.Column) { c.Format = "DD.MM.YYYY" }), []string{"/endpoint/file/columns/1/format input.format"}},
		"a date without a year": {of(func(e *catalog.File) { e.Columns[2].Format = "DD.MM" }), []string{"/endpoint/file/columns/2/format input.format"}},
		"a type of nobody":      {column(func(c *catalog.Column) { c.Type = "money" }), []string{"/endpoint/file/columns/1/type input.enum"}},
		"a name twice":          {column(func(c *catalog.Column) { c.Name = "Day" }), []string{"/endpoint/file/columns/2/name message.duplicateKey"}},
		"the day of a text":     {of(func(e *catalog.File) { e.ValidAt.Column = "Name" }), []string{"/endpoint/file/valid_at/column input.type"}},
		"the day of nothing":    {of(func(e *catalog.File) { e.ValidAt.Column = "Nothing" }), []string{"/endpoint/file/valid_at/column input.type"}},
		"no group":              {of(func(e *catalog.File) { e.ValidAt.Name = `\d{8}` }), []string{"/endpoint/file/valid_at/name input.format"}},
		"two groups":            {of(func(e *catalog.File) { e.ValidAt.Name = `(\d{4})(\d{4})` }), []string{"/endpoint/file/valid_at/name input.format"}},
		"no expression":         {of(func(e *catalog.File) { e.ValidAt.Name = `(` }), []string{"/endpoint/file/valid_at/name input.format"}},
		"too many columns":      {of(many), []string{"/endpoint/file/columns input.length", "/endpoint/file/keys/IDNP input.unknownField"}},
		"no column": {of(func(e *catalog.File) { e.Columns = nil }), []string{
			"/endpoint/file/columns input.length", "/endpoint/file/keys/IDNP input.unknownField",
		}},
	}.run(t)
}

func TestSpreadsheet_KeysAndFacts(t *testing.T) {
	spoiled{
		"no key":           {of(func(e *catalog.File) { e.Keys = nil }), []string{"/endpoint/file/keys input.length"}},
		"a key of nothing": {of(func(e *catalog.File) { e.Keys = map[string]string{"IDNP": "Nothing"} }), []string{"/endpoint/file/keys/IDNP input.unknownField"}},
		"a key not asked":  {of(func(e *catalog.File) { e.Keys = map[string]string{"Other": "Name"} }), []string{"/endpoint/file/keys/Other input.unknownField"}},
		"a key at will": {sheet(func(_ *catalog.File, s *catalog.Service) { s.Request.Fields[0].Mandatory = false }), []string{
			"/endpoint/file/keys/IDNP input.format",
		}},
		"a key that may be null": {sheet(func(_ *catalog.File, s *catalog.Service) { s.Request.Fields[0].Nullable = true }), []string{
			"/endpoint/file/keys/IDNP input.format",
		}},
		"no fact": {of(func(e *catalog.File) { e.Facts = nil }), []string{"/endpoint/file/facts input.enum"}},
		"no day":  {of(func(e *catalog.File) { e.Facts = map[string]string{"Rows": catalog.FactRows} }), []string{"/endpoint/file/facts input.enum"}},
		"a fact of nobody": {of(func(e *catalog.File) { e.Facts["Digest"] = "md5" }), []string{
			"/endpoint/file/facts/Digest input.enum",
		}},
		"a fact of another type": {of(func(e *catalog.File) { e.Facts["LastName"] = catalog.FactRows }), []string{
			"/endpoint/file/facts/LastName input.type",
		}},
		"a fact nowhere": {of(func(e *catalog.File) { e.Facts["Nothing"] = catalog.FactRows }), []string{
			"/endpoint/file/facts/Nothing input.type",
		}},
		"a fact inside": {of(func(e *catalog.File) { e.Facts["Children.Name"] = catalog.FactDigest }), []string{
			"/endpoint/file/facts/Children.Name input.type",
		}},
	}.run(t)
}

// TestLibrary_IsListed in order, and what is not in it is not found.
func TestLibrary_IsListed(t *testing.T) {
	l := schema.NewLibrary()
	for _, c := range []schema.Category{{Code: "stare-civila"}, {Code: "acte", Parent: "stare-civila"}} {
		c.Title = mconnect.Text{RO: c.Code}
		l = l.With(c)
	}
	l = l.With(codes(t, "1.0.0", "F", "M")).With(codes(t, "1.1.0", "F", "M", "X")).With(address(t, "1.0.0", street)).With(address(t, "2.0.0", street))
	if c, ok := l.Category("acte"); !ok || c.Parent != "stare-civila" {
		t.Errorf("%+v %t", c, ok)
	}
	if _, ok := l.Category("nimic"); ok {
		t.Error("a category of nobody")
	}
	var names []string
	for _, c := range l.Categories() {
		names = append(names, c.Code)
	}
	for _, c := range l.Classifiers() {
		names = append(names, c.ID())
	}
	for _, d := range l.Types() {
		names = append(names, d.ID())
	}
	if got := strings.Join(names, " "); got != "acte stare-civila sex/1.1.0 sex/1.0.0 Address/2.0.0 Address/1.0.0" {
		t.Errorf("%s", got)
	}
	if n := len(l.WithoutType("Address/2.0.0").Types()); n != 1 {
		t.Errorf("%d types are left", n)
	}
}

func TestLibrary_MeaningOfACode(t *testing.T) {
	l := schema.NewLibrary().With(codes(t, "1.0.0", "F", "M"))
	c, ok := l.Classifier("sex")
	if !ok || c.Label("F").RO != "eticheta F" || c.Label("X").RO != "" || !c.Has("M") || c.Has("X") || len(c.Listed()) != 2 {
		t.Errorf("%+v", c)
	}
	if got := c.Named(); got.RO != "Clasificatorul sex/1.0.0: Sexul" || !strings.HasPrefix(got.EN, "Classifier sex/1.0.0") || !strings.HasPrefix(got.RU, "Классификатор") {
		t.Errorf("%+v", got)
	}
	var none *schema.Codes
	if none.Listed() != nil || none.Named() != (mconnect.Text{}) {
		t.Error("no classifier has entries or a name")
	}
	var many []string
	for n := range schema.MaxListed + 1 {
		many = append(many, fmt.Sprintf("c%05d", n))
	}
	long, _ := schema.NewLibrary().With(codes(t, "1.0.0", many...)).Classifier("sex")
	if long.Listed() != nil {
		t.Error("a description would write out too many entries")
	}
}

package main

import (
	"fmt"
	"strings"
	"testing"

	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/internal/xmlsec"
)

// list is the answer type that is translated: a list of flat objects, some of whose values are absent or nil.
var list = schema.Type{Name: "Estates", Fields: []schema.Field{{Name: "Estate", Type: schema.Array,
	Items: &schema.Field{
		Type: schema.Object, Fields: []schema.Field{
			{Name: "Number", Type: schema.String, Mandatory: true}, {Name: "Address", Type: schema.String},
			{Name: "Area", Type: schema.Decimal}, {Name: "Owner", Type: schema.IDNP},
			{Name: "Since", Type: schema.Date},
			{Name: "Mortgaged", Type: schema.Boolean}, {Name: "Note", Type: schema.String, Nullable: true},
		},
	}}}}

// translate measures, in this process and on one core, what stands between a register's dialect and a consumer's:
// canonical XML, and JSON to XML and back, on a message of about 1 MB.
func (b *bench) translate() error {
	row := `{"Number":"0100101.123","Address":"str. Exemplu 1, ap. 2 & 3 <colț>","Area":54.30,"Owner":"2999000006393",` +
		`"Since":"2026-03-01","Mortgaged":false,"Note":null},`
	text := []byte(`{"Estate":[` + strings.TrimSuffix(strings.Repeat(row, 6000), ",") + `]}`)
	form, err := xmlmap.Compile(xmlmap.Config{Type: list, Answer: true})
	if err != nil {
		return err
	}
	element, _, err := form.XML(nil, text)
	if err != nil {
		return err
	}
	doc, err := xmlsec.Parse(element, xmlsec.Limits{Bytes: 8 << 20})
	if err != nil {
		return err
	}
	var out []byte
	for _, part := range []struct {
		name  string
		input []byte
		least float64 // MB/s
		do    func() error
	}{
		{"exclusive canonical XML", element, 100, func() (err error) {
			out, err = xmlsec.Canonicalize(out[:0], doc.Root(), xmlsec.Exclusive)
			return err
		}},
		{"JSON to XML", text, 50, func() (err error) { out, _, err = form.XML(out[:0], text); return err }},
		{"XML to JSON", element, 50, func() (err error) { out, _, err = form.JSON(out[:0], element); return err }},
	} {
		var failed error
		r := testing.Benchmark(func(t *testing.B) {
			for t.Loop() {
				if err := part.do(); err != nil {
					failed = err
				}
			}
		})
		if failed != nil {
			return fmt.Errorf("%s: %w", part.name, failed)
		}
		speed := float64(len(part.input)) * float64(r.N) / 1e6 / r.T.Seconds()
		progress("  %-24s %.0f MB/s", part.name, speed)
		b.table.value(part.name+", 1 MB, one core", "", fmt.Sprintf("%.0f MB/s", speed), "",
			fmt.Sprintf("≥ %.0f MB/s", part.least), speed >= part.least)
	}
	return nil
}

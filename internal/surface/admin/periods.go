package admin

import (
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mconnect/internal/civil"
)

// periodStart is the beginning of a period in a query: a moment, or a day in Chișinău from its beginning on.
type periodStart struct{ time.Time }

// periodEnd is the end of a period in a query: a moment, or a day in Chișinău to its end.
type periodEnd struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (s *periodStart) UnmarshalJSON(text []byte) (err error) {
	s.Time, err = readMoment(text, civil.Parse)
	return err
}

// UnmarshalJSON implements json.Unmarshaler.
func (u *periodEnd) UnmarshalJSON(text []byte) (err error) {
	u.Time, err = readMoment(text, civil.ParseEnd)
	return err
}

func readMoment(text []byte, parse func(string) (time.Time, error)) (time.Time, error) {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return time.Time{}, err
	}
	return parse(s)
}

// Schema implements huma.SchemaProvider.
func (s periodStart) Schema(huma.Registry) *huma.Schema {
	return momentSchema("a day in Chișinău (2026-01-31), from its beginning on, or a moment by RFC 3339; inclusive")
}

// Schema implements huma.SchemaProvider.
func (u periodEnd) Schema(huma.Registry) *huma.Schema {
	return momentSchema("a day in Chișinău (2026-01-31), to its end, or a moment by RFC 3339; exclusive")
}

func momentSchema(description string) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Description: description, Examples: []any{"2026-01-31", "2026-01-31T08:00:00+02:00"},
		AnyOf: []*huma.Schema{{Type: huma.TypeString, Format: "date"}, {Type: huma.TypeString, Format: "date-time"}},
	}
}

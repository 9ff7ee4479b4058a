package sandbox

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"mconnect/internal/domain/schema"
)

// subject is whom or what the object being made is about.
type subject struct{ idnp, idno, idnv string }

func (s subject) key() string { return s.idnp + s.idno + s.idnv }

// maker makes one answer.
type maker struct {
	people  *People
	request map[string]any // single values of the request
	known   bool           // the request is about the example's key: examples of fields are used as they are
	asked   string         // the IDNP that is asked about, if it is one
}

const (
	most  = 3 // items of a list that states no more
	depth = 24
)

// object makes an object about somebody. Its own number, if it has one, says about whom.
func (m *maker) object(fields []schema.Field, about subject, at string, level int) map[string]any {
	about = m.about(fields, about, at)
	out := make(map[string]any, len(fields))
	for i := range fields {
		f := &fields[i]
		path := at + "." + f.Name
		r := dice(about.key(), path)
		if v := m.value(f, about, path, level, r); v != nil || f.Nullable {
			out[f.Name] = v
		}
	}
	return out
}

// about finds whom an object is about: at the top the subject of the request; inside, the person, entity or vehicle
// whose number the object holds itself, drawn here so that its other fields are about the same.
func (m *maker) about(fields []schema.Field, outer subject, at string) subject {
	if at == "" {
		return outer
	}
	r := dice(outer.key(), at)
	for _, f := range fields {
		switch f.Type {
		case schema.IDNP:
			if m.asked != "" && holds(at) {
				return subject{idnp: m.asked}
			}
			return subject{idnp: relative(outer.idnp, r, has(folded(at), "child", "copi", "minor"))}
		case schema.IDNO:
			return subject{idno: number("1999", r.Uint64N(90_000_000))}
		case schema.IDNV:
			return subject{idnv: number("3999", r.Uint64N(90_000_000))}
		}
	}
	return outer
}

// holds reports that a place is for the person who is asked about: the owner of what is found, the first of several.
func holds(at string) bool {
	last := folded(at[strings.LastIndexByte(at, '.')+1:])
	if i := strings.IndexByte(last, '['); i >= 0 && last[i:] != "[0]" {
		return false
	}
	return has(last, "owner", "holder", "titular", "proprietar", "beneficiar", "debtor", "datornic", "offender",
		"contraven", "insured", "asigurat", "payer", "platitor")
}

func folded(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// value makes the value of a field, nil where none fits.
func (m *maker) value(f *schema.Field, about subject, at string, level int, r *rand.Rand) any {
	if level > depth {
		return nil
	}
	if v, ok := m.request[f.Name]; ok && strings.Count(at, ".") == 1 && fits(f, v) {
		return v
	}
	if m.known && f.Example != nil && fits(f, f.Example) {
		return f.Example
	}
	switch f.Type {
	case schema.Object:
		return m.object(f.Fields, about, at, level+1)
	case schema.Array:
		return m.list(f, about, at, level, r)
	case schema.IDNP:
		if about.idnp != "" {
			return about.idnp
		}
		return relative("", r, false)
	case schema.IDNO:
		if about.idno != "" {
			return about.idno
		}
		return number("1999", r.Uint64N(90_000_000))
	case schema.IDNV:
		if about.idnv != "" {
			return about.idnv
		}
		return number("3999", r.Uint64N(90_000_000))
	case schema.Boolean:
		return r.IntN(2) == 0
	}
	return m.scalar(f, about, r)
}

// list makes between the least and a few items.
func (m *maker) list(f *schema.Field, about subject, at string, level int, r *rand.Rand) any {
	n := f.MinLength + r.IntN(most)
	if f.MaxLength > 0 {
		n = min(n, f.MaxLength)
	}
	items := []any{}
	for i := range n {
		place := at + "[" + strconv.Itoa(i) + "]"
		item := *f.Items
		item.Name = cmp.Or(item.Name, f.Name)
		if v := m.value(&item, about, place, level+1, dice(about.key(), place)); v != nil {
			items = append(items, v)
		}
	}
	return items
}

// fits reports that a value, as text, is one of the field's base. What else the field demands is the exchange's to
// check.
func fits(f *schema.Field, v any) bool {
	switch x := v.(type) {
	case string:
		return f.Type != schema.Integer && f.Type != schema.Boolean && f.Type != schema.Object &&
			f.Type != schema.Array && alone(f, x)
	case bool:
		return f.Type == schema.Boolean
	case json.Number:
		return f.Type == schema.Decimal || (f.Type == schema.Integer && !strings.ContainsAny(string(x), ".eE"))
	case int, int64, float64:
		return f.Type == schema.Decimal || (f.Type == schema.Integer && !strings.ContainsAny(fmt.Sprint(x), ".eE"))
	}
	return false
}

// alone reports that a text is lawful for a field by itself.
func alone(f *schema.Field, text string) bool {
	one := *f
	one.Name, one.Mandatory = "V", true
	s, err := schema.CompileType(schema.Type{Name: "T", Fields: []schema.Field{one}})
	if err != nil {
		return false
	}
	message, err := json.Marshal(map[string]string{"V": text})
	if err == nil {
		_, err = s.Read(message)
	}
	return err == nil
}

// scalar makes a text, number, date or bytes: by what the name asks about the subject, by the list of values, by the
// example, by the pattern, else by the type.
func (m *maker) scalar(f *schema.Field, about subject, r *rand.Rand) any {
	text, named := m.named(f, about)
	if named && f.Type == schema.Integer && plain(f, text) {
		return json.Number(text)
	}
	if named && alone(f, text) {
		return text
	}
	if len(f.Enum) > 0 && f.Type != schema.Integer {
		return pick(r, f.Enum)
	}
	if f.Codes != nil {
		if code := inUse(f.Codes, r); code != "" {
			return code
		}
	}
	if len(f.Enum) > 0 && f.Type == schema.Integer {
		return json.Number(pick(r, f.Enum))
	}
	switch f.Type {
	case schema.Integer:
		return json.Number(whole(f, r).String())
	case schema.Decimal:
		if f.Minimum == "" && f.Maximum == "" {
			return fmt.Sprintf("%d.%02d", r.IntN(90_000), r.IntN(100))
		}
		return decimal(f, r)
	case schema.Date:
		return drawn.AddDate(0, 0, -r.IntN(3000)).Format(time.DateOnly)
	case schema.DateTime:
		return drawn.Add(-time.Duration(r.IntN(3000*24)) * time.Hour).Format(time.RFC3339)
	case schema.Binary:
		return base64.StdEncoding.EncodeToString([]byte("MConnect sandbox"))
	}
	return m.text(f, r)
}

// inUse draws one of a code list's codes that are valid on the day of the drawing.
func inUse(c *schema.Codes, r *rand.Rand) string {
	var codes []string
	for _, e := range c.Entries {
		if !e.Validity.Over(drawn) {
			codes = append(codes, e.Code)
		}
	}
	if len(codes) == 0 {
		return ""
	}
	return pick(r, codes)
}

// plain reports that a text is a whole number within the bounds of a field.
func plain(f *schema.Field, text string) bool {
	n, ok := new(big.Int).SetString(text, 10)
	low, high := bounds(f)
	open := f.Minimum == "" && f.Maximum == ""
	return ok && len(f.Enum) == 0 && (open || (n.Cmp(low) >= 0 && n.Cmp(high) <= 0))
}

func (m *maker) named(f *schema.Field, about subject) (string, bool) {
	name := folded(f.Name)
	if strings.HasPrefix(name, "year") || strings.HasSuffix(name, "year") || name == "an" || name == "anul" {
		return strconv.Itoa(1998 + dice("year", about.key(), name).IntN(27)), true
	}
	if about.idno != "" {
		if text, ok := entity(about.idno, name); ok {
			return text, true
		}
	}
	if about.idnv != "" {
		return vehicle(about.idnv, name)
	}
	if about.idnp != "" {
		what := attribute(name)
		if what == "" {
			return "", false
		}
		return m.people.say(about.idnp, what), true
	}
	return "", false
}

// text makes a text of the demanded form and length.
func (m *maker) text(f *schema.Field, r *rand.Rand) any {
	if f.Pattern != "" {
		if text, ok := matching(r, f.Pattern, f.MinLength, f.MaxLength); ok {
			return text
		}
		if f.Example != nil {
			return f.Example
		}
		return nil
	}
	text := []rune("Exemplu-" + strconv.Itoa(100+r.IntN(900)))
	for len(text) < f.MinLength {
		text = append(text, 'x')
	}
	if f.MaxLength > 0 && len(text) > f.MaxLength {
		text = text[:f.MaxLength]
	}
	return string(text)
}

// whole draws an integer within the bounds.
func whole(f *schema.Field, r *rand.Rand) *big.Int {
	low, high := bounds(f)
	span := new(big.Int).Sub(high, low)
	if span.Sign() < 0 {
		return low
	}
	if span.BitLen() > 62 {
		span.SetInt64(1 << 62)
	}
	return low.Add(low, new(big.Int).SetUint64(r.Uint64N(span.Uint64()+1)))
}

// bounds are the whole numbers between the declared bounds; where one is missing, a thousand next to the other.
func bounds(f *schema.Field) (low, high *big.Int) {
	read := func(s string, up bool) *big.Int {
		x, ok := new(big.Rat).SetString(s)
		if s == "" || !ok {
			return nil
		}
		n := new(big.Int).Div(x.Num(), x.Denom()) // rounds down
		if up && !x.IsInt() {
			n.Add(n, big.NewInt(1))
		}
		return n
	}
	low, high = read(f.Minimum, true), read(f.Maximum, false)
	switch {
	case low == nil && high == nil:
		return big.NewInt(0), big.NewInt(1000)
	case low == nil:
		return new(big.Int).Sub(high, big.NewInt(1000)), high
	case high == nil:
		return low, new(big.Int).Add(low, big.NewInt(1000))
	}
	return low, high
}

// decimal draws a decimal within the bounds: a whole one, or a bound itself where no whole one fits.
func decimal(f *schema.Field, r *rand.Rand) string {
	low, high := bounds(f)
	if low.Cmp(high) <= 0 {
		return whole(f, r).String()
	}
	if f.Minimum != "" {
		return f.Minimum
	}
	return f.Maximum
}

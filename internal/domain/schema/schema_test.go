package schema

import (
	"errors"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/jsonscan"
	"mconnect/test/must"
)

// person is a type that holds every base, nested objects and arrays.
func person() Type {
	return Type{Name: "Person", Fields: []Field{
		{Name: "IDNP", Type: IDNP, Mandatory: true, Personal: true},
		{Name: "LastName", Type: String, Mandatory: true, MinLength: 1, MaxLength: 8},
		{Name: "Sex", Type: String, Enum: []string{"F", "M"}},
		{Name: "Born", Type: Date},
		{Name: "Seen", Type: DateTime},
		{Name: "Height", Type: Integer, Minimum: "30", Maximum: "250"},
		{Name: "Income", Type: Decimal, Minimum: "-0.5", Maximum: "99999999999999999999.99"},
		{Name: "Alive", Type: Boolean, Nullable: true},
		{Name: "Photo", Type: Binary},
		{Name: "Phone", Type: String, Pattern: `\+373\d{8}|none`},
		{Name: "Address", Type: Object, Fields: []Field{
			{Name: "City", Type: String, Mandatory: true},
			{Name: "Street", Type: String},
		}},
		{Name: "Children", Type: Array, MaxLength: 3, Items: &Field{Name: "Child", Type: Object, Fields: []Field{
			{Name: "IDNP", Type: IDNP, Mandatory: true},
			{Name: "Cars", Type: Array, Items: &Field{Type: IDNV}},
			{Name: "Name", Type: String},
		}}},
		{Name: "Firm", Type: IDNO},
	}}
}

const (
	anIDNP = "2000000000004" // synthetic, check digits computed
	anIDNO = "1000000000007"
	anIDNV = "3000000000001"
)

func compiled(t testing.TB, ty Type) *Schema {
	t.Helper()
	s, err := CompileType(ty)
	if err != nil {
		t.Fatalf("CompileType: %v", err)
	}
	return s
}

func min1(extra string) string {
	return `{"IDNP":"` + anIDNP + `","LastName":"Rusu"` + extra + `}`
}

func TestRead_FindsEveryPlace(t *testing.T) {
	s := compiled(t, person())
	for _, c := range []struct {
		name, extra, path string
		code              fault.Code
	}{
		{"lawful values", `,"Sex":"F","Born":"2000-02-29","Seen":"2026-01-31T23:59:59.5+02:00","Height":170,"Income":12.50,"Alive":null,"Photo":"AAEC","Phone":"none","Firm":"` + anIDNO + `"`, "", ""},
		{"decimal as text", `,"Income":"12.500"`, "", ""},
		{"decimal at its bound", `,"Income":99999999999999999999.990`, "", ""},
		{"decimal just over", `,"Income":99999999999999999999.991`, "/Income", fault.InputRange},
		{"decimal just under", `,"Income":-0.51`, "/Income", fault.InputRange},
		{"decimal with exponent", `,"Income":1.23456789E7`, "", ""},
		{"decimal with exponent as text", `,"Income":"1e2"`, "", ""},
		{"decimal with exponent over its bound", `,"Income":1e21`, "/Income", fault.InputRange},
		{"decimal with exponent under its bound", `,"Income":-51E-2`, "/Income", fault.InputRange},
		{"decimal with a huge exponent", `,"Income":1e999999999`, "/Income", fault.InputFormat},
		{"integer with exponent", `,"Height":1.7E2`, "", ""},
		{"integer with exponent and fraction", `,"Height":1.705E2`, "/Height", fault.InputType},
		{"decimal too long", `,"Income":0.` + strings.Repeat("1", 63), "/Income", fault.InputFormat},
		{"decimal with leading zero as text", `,"Income":"012"`, "/Income", fault.InputFormat},
		{"integer with fraction", `,"Height":170.0`, "/Height", fault.InputType},
		{"integer as text", `,"Height":"170"`, "/Height", fault.InputType},
		{"integer below", `,"Height":29`, "/Height", fault.InputRange},
		{"integer over 64 bits", `,"Height":9223372036854775808`, "/Height", fault.InputRange},
		{"enum", `,"Sex":"X"`, "/Sex", fault.InputEnum},
		{"29 February of a common year", `,"Born":"1900-02-29"`, "/Born", fault.InputFormat},
		{"date without zeros", `,"Born":"2000-2-9"`, "/Born", fault.InputFormat},
		{"year zero", `,"Born":"0000-01-01"`, "/Born", fault.InputFormat},
		{"time without zone", `,"Seen":"2026-01-31T23:59:59"`, "/Seen", fault.InputFormat},
		{"leap second", `,"Seen":"2016-12-31T23:59:60Z"`, "/Seen", fault.InputFormat},
		{"time with bare point", `,"Seen":"2026-01-31T23:59:59.Z"`, "/Seen", fault.InputFormat},
		{"boolean as text", `,"Alive":"true"`, "/Alive", fault.InputType},
		{"binary unpadded", `,"Photo":"AAE"`, "/Photo", fault.InputFormat},
		{"binary with loose bits", `,"Photo":"AAF="`, "/Photo", fault.InputFormat},
		{"binary with line break", `,"Photo":"AA\n\n"`, "/Photo", fault.InputFormat},
		{"pattern is for the whole", `,"Phone":"xnone"`, "/Phone", fault.InputPattern},
		{"pattern alternation is closed", `,"Phone":"+37360000000 or none"`, "/Phone", fault.InputPattern},
		{"null where none may be", `,"Sex":null`, "/Sex", fault.InputType},
		{"object instead of text", `,"Sex":{"a":[1]}`, "/Sex", fault.InputType},
		{"text instead of object", `,"Address":"here"`, "/Address", fault.InputType},
		{"nested mandatory", `,"Address":{"Street":"S"}`, "/Address/City", fault.InputMissing},
		{"nested unknown", `,"Address":{"City":"C","Flat":2}`, "/Address/Flat", fault.InputUnknownField},
		{"name that may be data is not repeated", `,"2000000000004":1`, "", fault.InputUnknownField},
		{"too many items", `,"Children":[{},{},{},{}]`, "/Children/0/IDNP", fault.InputMissing},
		{"inside an array", `,"Children":[{"IDNP":"` + anIDNP + `","Cars":["` + anIDNV + `","` + anIDNO + `"]}]`, "/Children/0/Cars/1", fault.InputFormat},
		{"check digit", `,"Firm":"1000000000008"`, "/Firm", fault.InputCheckDigit},
		{"wrong range of numbers", `,"Firm":"` + anIDNP + `"`, "/Firm", fault.InputFormat},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.Read([]byte(min1(c.extra)))
			if c.code == "" {
				if err != nil {
					t.Fatalf("Read: %v", err)
				}
				return
			}
			f := fault.From(err)
			if f == nil || f.Code != fault.InputInvalid || len(f.Fields) == 0 {
				t.Fatalf("Read gave %v, want input.invalid", err)
			}
			if f.Fields[0].Path != c.path || f.Fields[0].Code != c.code {
				t.Errorf("first place %s %s, want %s %s", f.Fields[0].Path, f.Fields[0].Code, c.path, c.code)
			}
		})
	}
}

func TestRead_CountsCharacters(t *testing.T) {
	s := compiled(t, person())
	if _, err := s.Read([]byte(`{"IDNP":"` + anIDNP + `","LastName":"șțăâîȘȚĂ"}`)); err != nil {
		t.Errorf("8 characters in 16 bytes: %v", err)
	}
	_, err := s.Read([]byte(`{"IDNP":"` + anIDNP + `","LastName":"\u0219țăâîȘȚĂÂ"}`))
	f := fault.From(err)
	if f == nil || f.Fields[0].Code != fault.InputLength || f.Fields[0].Params["max"] != "8" {
		t.Errorf("9 characters: %v", err)
	}
}

func TestRead_RefusesUnreadable(t *testing.T) {
	s := compiled(t, person())
	deep := func(n int) string { return strings.Repeat(`[`, n) + strings.Repeat(`]`, n) }
	for _, c := range []struct {
		name, in string
		code     fault.Code
	}{
		{"empty", "", fault.MessageMalformed},
		{"blank", " \n", fault.MessageMalformed},
		{"cut off", `{"IDNP":"20`, fault.MessageMalformed},
		{"trailing text", min1("") + `{}`, fault.MessageMalformed},
		{"trailing comma", `{"IDNP":"` + anIDNP + `",}`, fault.MessageMalformed},
		{"bad UTF-8", "{\"LastName\":\"\xff\"}", fault.MessageMalformed},
		{"lone surrogate", `{"LastName":"\ud800"}`, fault.MessageMalformed},
		{"NaN", `{"Height":NaN}`, fault.MessageMalformed},
		{"duplicate key", min1(`,"IDNP":"x"`), fault.MessageDuplicateKey},
		{"duplicate key in disguise", min1(`,"\u0049DNP":"x"`), fault.MessageDuplicateKey},
		{"duplicate nested", min1(`,"Address":{"City":"a","City":"b"}`), fault.MessageDuplicateKey},
		{"duplicate unknown", min1(`,"X":1,"X":2`), fault.InputInvalid},
		{"deep", min1(`,"X":` + deep(32)), fault.MessageTooDeep},
		{"very deep", strings.Repeat(`{"Address":`, 100000), fault.MessageTooDeep},
		{"an array", `[]`, fault.InputInvalid},
		{"null", `null`, fault.InputInvalid},
		{"as deep as may be", min1(`,"X":` + deep(31)), fault.InputInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := s.Read([]byte(c.in))
			f := fault.From(err)
			if f == nil || f.Code != c.code || f.Leg != fault.Caller || out != nil {
				t.Fatalf("Read gave %q, %v; want %s on the caller's leg", out, err, c.code)
			}
		})
	}
}

func TestRead_DeclaredOrder(t *testing.T) {
	s := compiled(t, person())
	in := ` { "Children":[ {"Name":"B", "IDNP":"` + anIDNP + `" } ], "LastName" : "R\u0075su", "Address":{"Street":"a\/b","City":"\n"},"IDNP":"` + anIDNP + `"}`
	want := `{"IDNP":"` + anIDNP + `","LastName":"Rusu","Address":{"City":"\n","Street":"a/b"},"Children":[{"IDNP":"` + anIDNP + `","Name":"B"}]}`
	out, err := s.Read([]byte(in))
	if err != nil || string(out) != want {
		t.Fatalf("Read:\n %s %v\nwant\n %s", out, err, want)
	}
	again, err := s.Read(out)
	if err != nil || string(again) != want {
		t.Errorf("Read of its own result: %s %v", again, err)
	}
}

// A request of 1 MiB must not cost seconds, however the pattern is written.
func TestRead_LongTextsSkipPatterns(t *testing.T) {
	for _, most := range []int{0, 20, 100_000} {
		s := compiled(t, Type{Name: "T", Fields: []Field{{Name: "A", Type: String, MaxLength: most, Pattern: `([a-z]+ ?){1,200}`}}})
		_, err := s.Read([]byte(`{"A":"` + strings.Repeat("x", 1_000_000) + `"}`))
		var f *fault.Error
		if !errors.As(err, &f) || f.Fields[len(f.Fields)-1].Code != fault.InputPattern {
			t.Errorf("up to %d: %v", most, err)
		}
		if _, err := s.Read([]byte(`{"A":"` + strings.Repeat("x", 20) + `"}`)); err != nil {
			t.Errorf("up to %d: %v", most, err)
		}
	}
}

func TestRead_ListsAtMostTwenty(t *testing.T) {
	s := compiled(t, person())
	var b strings.Builder
	for i := range 50 {
		b.WriteString(`,"X` + strings.Repeat("y", i) + `":1`)
	}
	_, err := s.Read([]byte(min1(b.String())))
	if f := fault.From(err); f == nil || len(f.Fields) != fault.MaxFields {
		t.Fatalf("fault %v, want %d places", err, fault.MaxFields)
	}
}

func TestRead_FaultsQuoteNoData(t *testing.T) {
	s := compiled(t, person())
	secret := "Ionescu-Popescu-Secret"
	for _, in := range []string{
		min1(`,"Sex":"` + secret + `"`), min1(`,"` + secret + `":1`), min1(`,"` + secret + `":{"a":1,"a":1}`),
		min1(`,"` + secret + `":` + secret), `{"` + secret, secret,
	} {
		_, err := s.Read([]byte(in))
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("Read(%q): %v", in, err)
		}
		_, _, err = s.Cut(nil, []byte(in), s.Mask([]string{"*"}))
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("Cut(%q): %v", in, err)
		}
	}
}

func TestCut_GivesOnlyWhatIsGranted(t *testing.T) {
	s := compiled(t, person())
	answer := `{"Firm":null,"Secret":{"IDNP":"x","deep":[[1]]},"IDNP":"` + anIDNP + `","LastName":"Rusu","Address":{"City":"C","Street":"S","Flat":7},` +
		`"Children":[{"IDNP":"` + anIDNP + `","Cars":["` + anIDNV + `"],"Name":"A","Extra":1},{"IDNP":"` + anIDNP + `"}]}`
	for _, c := range []struct {
		name    string
		granted []string
		want    string
	}{
		{"nothing", nil, `{}`},
		{"undeclared", []string{"Secret", "Secret.IDNP"}, `{}`},
		{"one", []string{"LastName"}, `{"LastName":"Rusu"}`},
		{"nested", []string{"Address.Street"}, `{"Address":{"Street":"S"}}`},
		{"inside an array", []string{"Children.Name"}, `{"Children":[{"Name":"A"},{}]}`},
		{"array in array", []string{"Children.Cars"}, `{"Children":[{"Cars":["` + anIDNV + `"]},{}]}`},
		{"parent grants children", []string{"Address"}, `{"Address":{"City":"C","Street":"S"}}`},
		{"absent value", []string{"Firm", "LastName"}, `{"LastName":"Rusu"}`},
		{"all declared", []string{"*"}, `{"IDNP":"` + anIDNP + `","LastName":"Rusu","Address":{"City":"C","Street":"S"},"Children":[{"IDNP":"` + anIDNP + `","Cars":["` + anIDNV + `"],"Name":"A"},{"IDNP":"` + anIDNP + `"}]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, dropped, err := s.Cut([]byte("before"), []byte(answer), s.Mask(c.granted))
			if err != nil || string(out) != "before"+c.want {
				t.Fatalf("Cut: %s %v\nwant %s", out, err, c.want)
			}
			if dropped != 3 {
				t.Errorf("dropped %d undeclared fields, want 3", dropped)
			}
		})
	}
}

func TestCut_RefusesWrongAnswers(t *testing.T) {
	s := compiled(t, person())
	for _, c := range []struct {
		name, answer string
		code         fault.Code
	}{
		{"mandatory missing", `{"IDNP":"` + anIDNP + `"}`, fault.ProviderInvalid},
		{"mandatory null", `{"IDNP":null,"LastName":"R"}`, fault.ProviderInvalid},
		{"wrong type", min1(`,"Height":"tall"`), fault.ProviderInvalid},
		{"item null", min1(`,"Children":[null]`), fault.ProviderInvalid},
		{"list instead of object", `[` + min1("") + `]`, fault.ProviderInvalid},
		{"html", `<html>`, fault.ProviderMalformed},
		{"duplicate", min1(`,"IDNP":"` + anIDNP + `"`), fault.ProviderMalformed},
		{"deep", min1(`,"X":` + strings.Repeat("[", 5000)), fault.ProviderMalformed},
		{"cut off", `{"IDNP"`, fault.ProviderMalformed},
		{"nothing", ``, fault.ProviderMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			// The check covers what is not granted too: an answer that lies is refused as a whole.
			out, _, err := s.Cut([]byte("before"), []byte(c.answer), s.Mask([]string{"Firm"}))
			f := fault.From(err)
			if f == nil || f.Code != c.code || f.Leg != fault.Provider || string(out) != "before" {
				t.Fatalf("Cut: %s %v, want %s on the provider's leg", out, err, c.code)
			}
		})
	}
}

func TestMask_BelongsToItsSchema(t *testing.T) {
	a, b := compiled(t, person()), compiled(t, person())
	if _, _, err := a.Cut(nil, []byte(min1("")), b.Mask([]string{"*"})); fault.From(err).Code != fault.InternalError {
		t.Errorf("a foreign mask: %v", err)
	}
	if _, _, err := a.Cut(nil, []byte(min1("")), nil); fault.From(err).Code != fault.InternalError {
		t.Errorf("no mask: %v", err)
	}
}

func TestSchema_Value(t *testing.T) {
	s := compiled(t, person())
	in, err := s.Read([]byte(min1(`,"Height":170,"Alive":true,"Address":{"City":"B\u0103l\u021bi"},"Children":[]`)))
	must.OK(t, err)
	for path, want := range map[string]string{
		"IDNP": anIDNP, "Address.City": "Bălți", "Height": "170", "Alive": "true",
		"Address": "", "Children.IDNP": "", "Firm": "", "": "", "Address.Street": "", "IDNP.x": "",
	} {
		if got := s.Value(in, path); got != want {
			t.Errorf("Value(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestCompileType_ListsWhatIsWrong(t *testing.T) {
	nest := Field{Name: "A", Type: String}
	for range MaxDepth {
		nest = Field{Name: "A", Type: Object, Fields: []Field{nest}}
	}
	for _, c := range []struct {
		name, path string
		field      Field
	}{
		{"name", "/fields/0/name", Field{Name: "1a", Type: String}},
		{"long name", "/fields/0/name", Field{Name: strings.Repeat("a", 65), Type: String}},
		{"base", "/fields/0/type", Field{Name: "A", Type: "float"}},
		{"no base", "/fields/0/type", Field{Name: "A"}},
		{"object without fields", "/fields/0/fields", Field{Name: "A", Type: Object}},
		{"array without items", "/fields/0/items", Field{Name: "A", Type: Array}},
		{"fields of a scalar", "/fields/0/type", Field{Name: "A", Type: String, Fields: []Field{{Name: "B", Type: String}}}},
		{"pattern", "/fields/0/pattern", Field{Name: "A", Type: String, Pattern: "("}},
		{"lengths", "/fields/0/max_length", Field{Name: "A", Type: String, MinLength: 3, MaxLength: 2}},
		{"minimum of text", "/fields/0/minimum", Field{Name: "A", Type: String, Minimum: "1"}},
		{"minimum no number", "/fields/0/minimum", Field{Name: "A", Type: Integer, Minimum: "one"}},
		{"maximum below minimum", "/fields/0/maximum", Field{Name: "A", Type: Decimal, Minimum: "1.5", Maximum: "1.49"}},
		{"in items", "/fields/0/items/pattern", Field{Name: "A", Type: Array, Items: &Field{Type: String, Pattern: "["}}},
		{"too deep", strings.Repeat("/fields/0", MaxDepth), nest},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := CompileType(Type{Name: "T", Fields: []Field{c.field}})
			f := fault.From(err)
			if f == nil || f.Code != fault.ResourceInvalid || len(f.Fields) == 0 || f.Fields[0].Path != c.path {
				t.Fatalf("CompileType: %v, want a fault at %s", err, c.path)
			}
		})
	}
	if _, err := CompileType(Type{Name: "T", Fields: []Field{{Name: "A", Type: String}, {Name: "A", Type: String}}}); err == nil {
		t.Error("two fields of one name were accepted")
	}
	if s, err := CompileType(Type{Name: "Empty"}); err != nil || !s.Has("*") || s.Has("A") {
		t.Errorf("a type without fields: %v", err)
	}
}

func TestRequestFault_IsAFault(t *testing.T) {
	var f *fault.Error
	if !errors.As(requestFault(jsonscan.ErrTooDeep), &f) || f.Params["limit"] != "32" {
		t.Errorf("too deep reads as %v", f)
	}
}

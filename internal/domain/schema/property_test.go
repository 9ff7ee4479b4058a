package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"

	"mconnect/fault"
	"mconnect/test/must"
)

// leaves lists the declared paths that hold values in a JSON document, arrays stepped through.
func leaves(path string, v any, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, child := range v {
			inner := name
			if path != "" {
				inner = path + "." + name
			}
			leaves(inner, child, into)
		}
	case []any:
		for _, child := range v {
			leaves(path, child, into)
		}
	default:
		into[path] = true
	}
}

func isGranted(path string, granted []string) bool {
	for _, g := range granted {
		if g == "*" || path == g || strings.HasPrefix(path, g+".") {
			return true
		}
	}
	return false
}

// drawType draws a small type; its fields' names come from few letters, so that undeclared ones collide.
func drawType(t *rapid.T, depth int) []Field {
	names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"A", "B", "C", "D"}), 1, 3, rapid.ID).Draw(t, "names")
	fields := make([]Field, 0, len(names))
	for _, name := range names {
		fields = append(fields, drawField(t, name, depth))
	}
	return fields
}

func drawField(t *rapid.T, name string, depth int) Field {
	bases := []Base{String, Integer, Boolean, Decimal}
	if depth > 0 {
		bases = append(bases, Object, Array, Object, Array)
	}
	f := Field{Name: name, Type: rapid.SampledFrom(bases).Draw(t, "base"), Nullable: rapid.Bool().Draw(t, "nullable")}
	switch f.Type {
	case Object:
		f.Fields = drawType(t, depth-1)
	case Array:
		item := drawField(t, "I", depth-1)
		f.Items = &item
	}
	return f
}

// drawAnswer draws an answer that mostly keeps to the type, with undeclared fields in every object.
func drawAnswer(t *rapid.T, fields []Field) string {
	names := map[string]string{}
	for _, f := range fields {
		if rapid.Bool().Draw(t, "present") {
			names[f.Name] = drawValue(t, f)
		}
	}
	for _, extra := range rapid.SliceOfN(rapid.SampledFrom([]string{"A", "B", "C", "D", "E", "IDNP"}), 0, 3).Draw(t, "extra") {
		if !slices.ContainsFunc(fields, func(f Field) bool { return f.Name == extra }) {
			names[extra] = rapid.SampledFrom([]string{`"leak"`, `{"A":"leak","B":["leak"]}`, `["leak",{"A":"leak"}]`}).Draw(t, "leak")
		}
	}
	var parts []string
	for name, v := range names {
		parts = append(parts, fmt.Sprintf("%q:%s", name, v))
	}
	slices.Sort(parts)
	if rapid.Bool().Draw(t, "reverse") {
		slices.Reverse(parts)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func drawValue(t *rapid.T, f Field) string {
	if rapid.IntRange(0, 9).Draw(t, "null") == 0 {
		return "null"
	}
	switch f.Type {
	case Object:
		return drawAnswer(t, f.Fields)
	case Array:
		var parts []string
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			parts = append(parts, drawValue(t, *f.Items))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case String:
		b, _ := json.Marshal(rapid.String().Draw(t, "text"))
		return string(b)
	case Boolean:
		return "true"
	}
	return fmt.Sprint(rapid.Int64().Draw(t, "number"))
}

func drawGrant(t *rapid.T, s *Schema) []string {
	var all []string
	for path := range s.paths {
		all = append(all, path)
	}
	slices.Sort(all)
	all = append(all, "*", "E", "IDNP", "A.IDNP", "")
	return rapid.SliceOfN(rapid.SampledFrom(all), 0, 4).Draw(t, "granted")
}

// Whatever the type, the answer and the grant: what leaves holds granted, declared paths only, is valid
// JSON, and cutting it again with the same grant changes nothing unless a mandatory field was cut away.
func TestCut_OnlyGrantedDeclaredPaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fields := drawType(t, 3)
		s := must.Get(CompileType(Type{Name: "T", Fields: fields}))(t)
		answer, granted := drawAnswer(t, fields), drawGrant(t, s)
		out, _, err := s.Cut(nil, []byte(answer), s.Mask(granted))
		if err != nil {
			if len(out) != 0 {
				t.Fatalf("a refused answer left %q", out)
			}
			return
		}
		var v any
		if err := json.Unmarshal(out, &v); err != nil {
			t.Fatalf("Cut wrote %q: %v", out, err)
		}
		found := map[string]bool{}
		leaves("", v, found)
		for path := range found {
			if !s.Has(path) || !isGranted(path, granted) && !nullOnTheWay(path, granted) {
				t.Fatalf("%q left, granted %q\nanswer %s\nout %s", path, granted, answer, out)
			}
		}
		again, dropped, err := s.Cut(nil, out, s.Mask(granted))
		if err != nil || dropped != 0 || !bytes.Equal(again, out) {
			t.Fatalf("cut twice: %s, then %s (%d dropped, %v)", out, again, dropped, err)
		}
	})
}

// nullOnTheWay: a nullable object or array of which some child is granted may itself be null.
func nullOnTheWay(path string, granted []string) bool {
	return slices.ContainsFunc(granted, func(g string) bool { return strings.HasPrefix(g, path+".") })
}

// Nothing of what leaves was made up: with everything granted, the values are those of the answer.
func TestCut_KeepsValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fields := drawType(t, 2)
		s := must.Get(CompileType(Type{Name: "T", Fields: fields}))(t)
		answer := drawAnswer(t, fields)
		out, dropped, err := s.Cut(nil, []byte(answer), s.Mask([]string{"*"}))
		if err != nil || dropped > 0 {
			return
		}
		if a, b := loose(t, []byte(answer)), loose(t, out); a != b {
			t.Fatalf("answer %s\nbecame %s", a, b)
		}
		if in, err := s.Read(out); err != nil || !bytes.Equal(in, out) {
			t.Fatalf("Read of a cut answer: %s %v, want %s", in, err, out)
		}
	})
}

// What leaves does not depend on how the provider spaces its answer, nor on which of the ways of reading and of writing
// a member takes: a spaced answer is never copied name and value at once, a tight one mostly is.
func TestCut_IgnoresWhiteSpace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fields := drawType(t, 3)
		s := must.Get(CompileType(Type{Name: "T", Fields: fields}))(t)
		sameSpaced(t, s, []byte(drawAnswer(t, fields)), drawGrant(t, s))
	})
	s, answer, granted := people(t, 4<<10)
	for n := range granted {
		sameSpaced(t, s, answer, granted[n:])
	}
}

// sameSpaced cuts an answer as it is, and again with white space where it matters to the reader: behind the colons
// alone, and around every token.
func sameSpaced(t interface{ Fatalf(string, ...any) }, s *Schema, answer []byte, granted []string) {
	tight, dropped, err := s.Cut([]byte("kept"), answer, s.Mask(granted))
	for _, options := range [][]jsontext.Options{{jsontext.SpaceAfterColon(true)}, {jsontext.Multiline(true), jsontext.SpaceAfterComma(true)}} {
		spaced := jsontext.Value(bytes.Clone(answer))
		if spaced.Format(append(options, jsontext.AllowDuplicateNames(true), jsontext.PreserveRawStrings(true))...) != nil {
			return // not JSON
		}
		out, also, spacedErr := s.Cut([]byte("kept"), spaced, s.Mask(granted))
		if !bytes.Equal(out, tight) || also != dropped || !slices.Equal(said(spacedErr), said(err)) {
			t.Fatalf("granted %q: %s\ngives %s %d %v\n%s\ngives %s %d %v", granted, answer, tight, dropped, err, spaced, out, also, spacedErr)
		}
	}
}

// said lists the codes of a fault, its fields' with their places.
func said(err error) (codes []string) {
	if f := fault.From(err); f != nil {
		codes = append(codes, string(f.Code))
		for _, field := range f.Fields {
			codes = append(codes, field.Path+" "+string(field.Code))
		}
	}
	return codes
}

// loose writes a document with sorted keys, exact numbers and no null members.
func loose(t *rapid.T, doc []byte) string {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	must.OK(t, d.Decode(&v))
	b, _ := json.Marshal(withoutNulls(v))
	return string(b)
}

func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, child := range v {
			if v[name] = withoutNulls(child); child == nil {
				delete(v, name)
			}
		}
	case []any:
		for i := range v {
			v[i] = withoutNulls(v[i])
		}
	}
	return v
}

func TestRead_DecimalsCompareExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Range(-9e15, 9e15).Draw(t, "a"), rapid.Int64Range(-9e15, 9e15).Draw(t, "b")
		point := func(n int64) string {
			sign := ""
			if n < 0 {
				sign, n = "-", -n
			}
			return fmt.Sprintf("%s%d.%03d", sign, n/1000, n%1000)
		}
		want := 0
		if a < b {
			want = -1
		} else if a > b {
			want = 1
		}
		if got := compareDecimals([]byte(point(a)), []byte(point(b))); got != want {
			t.Fatalf("compare %s with %s: %d, want %d", point(a), point(b), got, want)
		}
	})
	for _, pair := range [][2]string{{"-0", "0"}, {"0.0", "-0.000"}, {"1.10", "1.1"}, {"-2.50", "-2.5"}} {
		if compareDecimals([]byte(pair[0]), []byte(pair[1])) != 0 {
			t.Errorf("%s and %s differ", pair[0], pair[1])
		}
	}
}

func FuzzCut(f *testing.F) {
	s := compiled(f, person())
	f.Add([]byte(min1(`,"Address":{"City":"C","X":{"Street":1}}`)), "Address.Street LastName")
	f.Add([]byte(min1(`,"Children":[{"IDNP":"`+anIDNP+`","Cars":[]}],"A":[[{"IDNP":1}]]`)), "Children.Cars")
	f.Fuzz(func(t *testing.T, answer []byte, grants string) {
		granted := strings.Fields(grants)
		kept := bytes.Clone(answer)
		sameSpaced(t, s, answer, granted)
		out, _, err := s.Cut(nil, answer, s.Mask(granted))
		if !bytes.Equal(kept, answer) {
			t.Fatal("the answer was changed")
		}
		if err != nil {
			if f := fault.From(err); f.Leg != fault.Provider || len(out) > 0 || len(f.Fields) > fault.MaxFields {
				t.Fatalf("fault %v, out %q", err, out)
			}
			return
		}
		if !json.Valid(answer) || !json.Valid(out) {
			t.Fatalf("%q became %q", answer, out)
		}
		var v any
		must.OK(t, json.Unmarshal(out, &v))
		found := map[string]bool{}
		leaves("", v, found)
		for path := range found {
			if !s.Has(path) || !isGranted(path, granted) && !nullOnTheWay(path, granted) {
				t.Fatalf("%q left with %q", path, granted)
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	s := compiled(f, person())
	f.Add([]byte(min1(`,"Born":"2000-02-29","Seen":"2026-01-31T23:59:59Z","Income":"1.50","Photo":"AAE="`)))
	f.Add([]byte(`{"\u0049DNP":"` + anIDNP + `"}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		out, err := s.Read(in)
		if err != nil {
			if fault.From(err).Code == fault.InternalError {
				t.Fatal(err)
			}
			return
		}
		again, err := s.Read(out)
		if err != nil || !bytes.Equal(again, out) {
			t.Fatalf("%q, read again: %q %v", out, again, err)
		}
		if s.Value(out, "IDNP") == "" {
			t.Fatalf("no IDNP in %q", out)
		}
	})
}

func benchAnswer(size int) []byte {
	var b strings.Builder
	b.WriteString(`{"IDNP":"` + anIDNP + `","LastName":"Rusu","Sex":"F","Born":"1984-05-06","Height":170,"Address":{"City":"Chișinău","Street":"Strada Exemplului 12"},"Children":[`)
	for i := 0; b.Len() < size-100; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"IDNP":"%s","Cars":["%s","%s"],"Name":"Copil cu numele numărul %d"}`, anIDNP, anIDNV, anIDNV, i)
	}
	return []byte(b.String() + `],"Firm":"` + anIDNO + `"}`)
}

func BenchmarkCut(b *testing.B) {
	ty := person()
	ty.Fields[11].MaxLength = 0
	s := compiled(b, ty)
	for _, size := range []int{1 << 10, 100 << 10} {
		answer, m := benchAnswer(size), s.Mask([]string{"LastName", "Born", "Address", "Children.Name", "Children.Cars"})
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(answer)))
			b.ReportAllocs()
			dst := make([]byte, 0, len(answer))
			for b.Loop() {
				if _, _, err := s.Cut(dst, answer, m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// people is a list as registers give it: many short fields in declared order, two of twelve not granted.
func people(tb testing.TB, size int) (s *Schema, answer []byte, granted []string) {
	item := Field{Name: "Person", Type: Object}
	one := "{"
	for _, f := range []struct {
		name  string
		base  Base
		value string
	}{
		{"IDNP", IDNP, anIDNP}, {"LastName", String, "Sintetic-001"}, {"FirstName", String, "Exemplu-Nicolae"}, {"Patronymic", String, "Exemplu"},
		{"BirthDate", Date, "1990-02-03"}, {"Street", String, "Strada Exemplului 17, apartamentul 3"}, {"City", String, "Exemplu-Noi"},
		{"Region", String, "Raionul Exemplu"}, {"Phone", String, "+373 00 000 000"}, {"Status", String, "activ"},
		{"Secret", String, "nu pleacă de aici"}, {"Remark", String, strings.Repeat("y", 200)},
	} {
		field := Field{Name: f.name, Type: f.base}
		if f.base == String {
			field.MaxLength = 250
		}
		if f.name == "Status" {
			field.Enum = []string{"activ", "inactiv"}
		}
		if f.name != "Patronymic" && f.name != "Secret" {
			granted = append(granted, "Persons."+f.name)
		}
		item.Fields = append(item.Fields, field)
		one += fmt.Sprintf("%q:%q,", f.name, f.value)
	}
	one = strings.TrimSuffix(one, ",") + "}"
	text := `{"Persons":[` + strings.TrimSuffix(strings.Repeat(one+",", size/(len(one)+1)), ",") + "]}"
	return compiled(tb, Type{Name: "Persons", Fields: []Field{{Name: "Persons", Type: Array, Items: &item}}}), []byte(text), granted
}

func BenchmarkCutList(b *testing.B) {
	s, answer, granted := people(b, 100<<10)
	m := s.Mask(granted)
	b.SetBytes(int64(len(answer)))
	b.ReportAllocs()
	dst := make([]byte, 0, len(answer))
	for b.Loop() {
		if _, _, err := s.Cut(dst, answer, m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	s := compiled(b, person())
	in := []byte(min1(`,"Born":"1984-05-06"`))
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		must.Get(s.Read(in))(b)
	}
}

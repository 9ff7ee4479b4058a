package manifest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/legalact"
	"mconnect/internal/domain/registry"
	"mconnect/internal/domain/schema"
	"mconnect/test/must"
)

// documents are the types in which the kinds are written.
var documents = map[string]reflect.Type{
	Participant: reflect.TypeFor[registry.Participant](), System: reflect.TypeFor[registry.System](),
	Certificate: reflect.TypeFor[registry.Certificate](), Category: reflect.TypeFor[schema.Category](),
	Classifier: reflect.TypeFor[schema.Classifier](), DataType: reflect.TypeFor[schema.DataType](),
	LegalAct: reflect.TypeFor[legalact.Act](),
	Service:  reflect.TypeFor[catalog.Service](), EventType: reflect.TypeFor[event.Type](),
	Agreement: reflect.TypeFor[agreement.Agreement](), Subscription: reflect.TypeFor[event.Subscription](),
}

// spot is a field of a kind: the fields that lead to it, and its type.
type spot struct {
	way []step
	of  reflect.Type
}

type step struct {
	name string
	list bool
}

func (s spot) pointer() string {
	var b strings.Builder
	for _, one := range s.way {
		b.WriteString("/" + one.name)
		if one.list {
			b.WriteString("/0")
		}
	}
	return b.String()
}

// document writes a manifest whose only field is the spot, with a value: every step is on a line of its own.
func (s spot) document(kind, value string) (text string, line int) {
	var b strings.Builder
	fmt.Fprintf(&b, "kind: %s\n", kind)
	indent := ""
	for i, one := range s.way {
		if b.WriteString(indent + one.name + ":"); i == len(s.way)-1 && !one.list {
			b.WriteString(" " + value + "\n")
			return b.String(), strings.Count(b.String(), "\n")
		}
		b.WriteString("\n")
		if indent += "  "; one.list {
			b.WriteString(indent + "-")
			if i == len(s.way)-1 {
				b.WriteString(" " + value + "\n")
				break
			}
			b.WriteString("\n")
			indent += "  "
		}
	}
	return b.String(), strings.Count(b.String(), "\n")
}

// spots lists the fields of a type, those of what it holds among them, to a depth.
func spots(t reflect.Type, way []step, visit func(spot)) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if len(way) > 0 {
		visit(spot{slices.Clone(way), t})
	}
	textual := reflect.PointerTo(t).Implements(reflect.TypeFor[interface{ UnmarshalText([]byte) error }]())
	if t.Kind() == reflect.Slice && t != reflect.TypeFor[json.RawMessage]() {
		last := slices.Clone(way)
		last[len(last)-1].list = true
		spots(t.Elem(), last, visit)
	}
	if t.Kind() != reflect.Struct || textual || t == reflect.TypeFor[time.Time]() || len(way) > 4 {
		return
	}
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("yaml")
		if tag == "" {
			tag = f.Tag.Get("json")
		}
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case name == "-":
		case strings.Contains(options, "inline"):
			spots(f.Type, way, func(inner spot) {
				if len(inner.way) > len(way) {
					visit(inner)
				}
			})
		default:
			spots(f.Type, append(slices.Clone(way), step{name: name}), visit)
		}
	}
}

func eachSpot(visit func(kind string, s spot)) {
	for _, kind := range Kinds() {
		spots(documents[kind], nil, func(s spot) { visit(kind, s) })
	}
}

// TestManifests_EveryFieldRefusesAWrongType: each field of each kind, with a list where there is none, or a text where
// there is one, is named with its code, line and path, in words of the language.
func TestManifests_EveryFieldRefusesAWrongType(t *testing.T) {
	swept := 0
	eachSpot(func(kind string, s spot) {
		value := "[[unfit]]"
		if s.of.Kind() == reflect.Slice && s.of != reflect.TypeFor[json.RawMessage]() {
			value = "unfit"
		}
		if s.of.Kind() == reflect.Interface || s.of == reflect.TypeFor[json.RawMessage]() {
			return // holds anything
		}
		text, line := s.document(kind, value)
		swept++
		expect(t, text, fmt.Sprintf("m.yaml:%d %s", line, s.pointer()), fault.InputType)
	})
	if swept < 200 {
		t.Errorf("%d fields were swept", swept)
	}
}

// TestManifests_EveryFieldSuggestsAName: a mistyped name of each field is named with the one that was meant.
func TestManifests_EveryFieldSuggestsAName(t *testing.T) {
	eachSpot(func(kind string, s spot) {
		last := len(s.way) - 1
		name := s.way[last].name
		if s.way[last].list || len(name) < 4 {
			return
		}
		wrong := spot{slices.Clone(s.way), s.of}
		wrong.way[last].name = name + "x"
		text, line := wrong.document(kind, "1")
		f := expect(t, text, fmt.Sprintf("m.yaml:%d %s", line, wrong.pointer()), fault.ManifestField)
		if f != nil && f.Params[fault.Near] != name {
			t.Errorf("%s %s: %q is suggested", kind, wrong.pointer(), f.Params[fault.Near])
		}
	})
}

// TestManifests_EveryFieldRefusesABadValue: dates, durations, versions, networks and numbers that are none.
func TestManifests_EveryFieldRefusesABadValue(t *testing.T) {
	dates := 0
	eachSpot(func(kind string, s spot) {
		var values []string
		want := fault.InputFormat
		switch {
		case s.of == reflect.TypeFor[time.Time]():
			dates++
			values = []string{"2026-02-30", "2026-1-5", "yesterday", "2026-01-31T25:00:00Z", "2026-01-31 08:00:00", "31/01/2026", "0000-00-00"}
		case s.of.Name() == "Duration", s.of == reflect.TypeFor[mconnect.Version](), s.of.Name() == "Prefix":
			values = []string{"soon", "'1,5'", "1..2"}
		case s.of.Kind() == reflect.Bool:
			values, want = []string{"perhaps", "2"}, fault.InputType
		case s.of.Kind() == reflect.Int, s.of.Kind() == reflect.Int64, s.of.Kind() == reflect.Float64:
			values, want = []string{"many", "99999999999999999999999999x", "true"}, fault.InputType
		}
		for _, value := range values {
			text, line := s.document(kind, value)
			expect(t, text, fmt.Sprintf("m.yaml:%d %s", line, s.pointer()), want)
		}
	})
	if dates < 8 {
		t.Errorf("%d dates were swept", dates)
	}
}

// TestManifests_EveryTextSpeaksTheLanguage: a text that fits nowhere, in every field that is a text, is refused or
// taken; what is said of it and of all that is missing has no foreign words.
func TestManifests_EveryTextSpeaksTheLanguage(t *testing.T) {
	for _, value := range []string{`"\x01 ?!"`, `"` + strings.Repeat("q", 5000) + `"`, `"*"`, `"9"`, `"a/b"`, "-1"} {
		eachSpot(func(kind string, s spot) {
			text, _ := s.document(kind, value)
			if _, err := Parse("m.yaml", []byte(text), nil); err != nil {
				speaks(t, fault.From(err).Fields)
			}
		})
	}
}

// expect parses a manifest and finds the mistake at a place; all mistakes must speak the language of their reader.
func expect(t *testing.T, text, place string, code fault.Code) *fault.FieldError {
	t.Helper()
	_, err := Parse("m.yaml", []byte(text), nil)
	f := fault.From(err)
	if f == nil {
		t.Errorf("nothing is wrong with\n%s", text)
		return nil
	}
	speaks(t, f.Fields)
	for i, one := range f.Fields {
		if one.Path == place && one.Code == code {
			return &f.Fields[i]
		}
	}
	t.Errorf("%s %s is missing in %s of\n%s", place, code, describe(err), text)
	return nil
}

var (
	quoted    = regexp.MustCompile(`„[^”]*”|«[^»]*»|"[^"]*"`)
	latinWord = regexp.MustCompile(`[A-Za-z]{2,}`)
	// layouts are words of Go: types, packages and the reference time.
	layouts = regexp.MustCompile(`2006|15:04|\*?\b(registry|catalog|agreement|event|country|mconnect|time|json|yaml)\.[A-Z]|!!|unmarshal`)
	// foreign are words of English that no Romanian sentence has.
	foreign = regexp.MustCompile(`(?i)\b(the|of|is|was|not|must|with|without|and|or|such|as|expected|got|want|valid|invalid|unknown|cannot|` +
		`value|values|field|letter|letters|digits|characters|between|beginning|each|other|than|only|where|which|that|name|end)\b`)
	// formatNames are names that every language has: of formats, kinds and values.
	formatNames = regexp.MustCompile(`\b(ASCII|RE2|UUID|PATCH|ChildIDNP|persons|json|date|datetime|subject|or|JSON|YAML|XML|PEM|URI|URL|IDNP|IDNO|IDNV|MAJOR|MINOR|PATCH|CODE|Name|RFC|SHA|CEL|UTF|mTLS|CSV|XLSX|` +
		`SQL|REST|SOAP|CloudEvents|DD|MM|YYYY|YY|hh|mm|ss|tab|none|https?|host|path|port|namespace|urn|asp|rsc|Address|Street|example|events|md|` +
		`Organization|Schema|CEL|System|Entity|Action|participant|system|tenant|proxy|office|authority|application|pdf|SELECT|WITH|jq|true|false|RFC|set)\b`)
)

// spoken are the sentences that were looked at.
var spoken = map[string]bool{}

// speaks checks that what is said in Romanian and Russian has no words of English or of Go. Values that may be stated
// are names, and so are kinds.
func speaks(t *testing.T, found []fault.FieldError) {
	t.Helper()
	for _, f := range found {
		ro, ru := f.Sentence(mconnect.Romanian), f.Sentence(mconnect.Russian)
		for _, sentence := range []string{ro, ru, f.Sentence(mconnect.English)} {
			if layouts.MatchString(sentence) || strings.Contains(sentence, ": —") || strings.Contains(sentence, "—.") {
				t.Errorf("%s: %q", f.Path, sentence)
			}
		}
		for _, param := range []string{"values", "id", "near", "pattern", "by"} {
			for _, part := range append([]string{f.Params[param]}, strings.Split(f.Params[param], ", ")...) {
				if part != "" {
					ro, ru = strings.ReplaceAll(ro, part, ""), strings.ReplaceAll(ru, part, "")
				}
			}
		}
		if slices.Contains(Kinds(), f.Params["kind"]) {
			ro, ru = strings.ReplaceAll(ro, f.Params["kind"], ""), strings.ReplaceAll(ru, f.Params["kind"], "")
		}
		ro, ru = quoted.ReplaceAllString(ro, ""), quoted.ReplaceAllString(ru, "")
		if spoken[f.Sentence(mconnect.Russian)] {
			continue
		}
		spoken[f.Sentence(mconnect.Russian)] = true
		if word := foreign.FindString(formatNames.ReplaceAllString(ro, "")); word != "" {
			t.Errorf("%s %s: %q is English in %q", f.Path, f.Code, word, ro)
		}
		if word := latinWord.FindString(formatNames.ReplaceAllString(ru, "")); word != "" {
			t.Errorf("%s %s: %q is Latin in %q", f.Path, f.Code, word, ru)
		}
		if !strings.ContainsFunc(f.Sentence(mconnect.Russian), func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
			t.Errorf("%s: %q is not Russian", f.Path, ru)
		}
	}
}

// TestManifests_UnknownReferences: every reference that leads nowhere is named at its field, with what was perhaps
// meant.
func TestManifests_UnknownReferences(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	for name, c := range map[string]struct{ old, wrong, place, near string }{
		"participant of a system": {"id: hall.desk", "id: hal.desk", "/id", "hall"},
		"consumer":                {"consumer: hall.desk", "consumer: hall.dest", "/consumer", "hall.desk"},
		"provider":                {"provider: register.main", "provider: register.mian", "/provider", "register.main"},
		"service":                 {"service: GetPerson", "service: GetPersn", "/service", "GetPerson/1.0.0"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(whole(), c.old, c.wrong, 1)
			if text == whole() {
				t.Fatal("the manifest has no " + c.old)
			}
			_, err := o.Apply(t.Context(), "tester", load(t, text), false)
			f := fault.From(err)
			if f == nil {
				t.Fatal("the reference is taken")
			}
			line := 1 + strings.Count(text[:strings.Index(text, c.wrong)], "\n")
			at := fmt.Sprintf("country.yaml:%d %s", line, c.place)
			i := slices.IndexFunc(f.Fields, func(one fault.FieldError) bool { return one.Path == at && one.Code == fault.ResourceUnknown })
			if i < 0 || f.Fields[i].Params[fault.Near] != c.near {
				t.Errorf("want %s with %q, got %s", at, c.near, describe(err))
			}
			speaks(t, f.Fields)
		})
	}
}

// TestManifests_AllAtOnce: mistakes of several files, of form and of reference, arrive one answer, in order of file and
// line.
func TestManifests_AllAtOnce(t *testing.T) {
	o := newOffice(t)
	files := map[string]string{
		"1.yaml": strings.Replace(participantYAML("register", 1), "sector", "sectro", 1),
		"2.yaml": "kind: System\nid: nobody.desk\nname: { ro: A }\nroles: [consumer]\n",
		"3.yaml": "kind: Agreement\nid: [\n",
		"4.yaml": "kind: Participnt\nid: x\n---\nkind: Category\ncode: a1\ntitle: 7\nparent: ${TOP}\n",
	}
	dir := t.TempDir()
	for name, text := range files {
		must.OK(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	set, err := Load(os.DirFS(dir), map[string]string{"TOPP": "x"})
	err = o.Examine(t.Context(), set, err)
	var got []string
	for _, f := range fault.From(err).Fields {
		got = append(got, fmt.Sprintf("%s %s %s", f.Path, f.Code, f.Params[fault.Near]))
	}
	for _, want := range []string{
		"1.yaml:6 /sectro manifest.field sector", "2.yaml:2 /id resource.unknown ", "3.yaml:2 manifest.syntax ",
		"4.yaml:1 /kind input.enum Participant", "4.yaml:6 /title input.type ", "4.yaml:7 manifest.variable TOPP",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, strings.Join(got, "\n"))
		}
	}
	if slices.Contains(got, "1.yaml:2 /sector input.missing ") {
		t.Errorf("a mistyped field is missing too:\n%s", strings.Join(got, "\n"))
	}
	if !slices.IsSorted(got) {
		t.Errorf("not in order:\n%s", strings.Join(got, "\n"))
	}
	speaks(t, fault.From(err).Fields)
}

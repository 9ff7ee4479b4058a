package event_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/event"
	"mconnect/test/must"
)

// filters reads rules as a manifest states them.
func filters(t testing.TB, text string) []event.Rule {
	t.Helper()
	var rules []event.Rule
	d := yaml.NewDecoder(strings.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&rules); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return rules
}

func subscribed(t testing.TB, text string) *event.ReadySubscription {
	t.Helper()
	s, err := event.PrepareSubscription(event.Subscription{ID: "hall.births", System: "hall.desk", Filters: filters(t, text)})
	if err != nil {
		t.Fatalf("%s: %v", text, fault.From(err).Fields)
	}
	return s
}

// TestFilter_Rules: each dialect on an event that is there (spec: CloudEvents Subscriptions API 1.0, 3.2.4.1).
func TestFilter_Rules(t *testing.T) {
	whole := event.NewCut([]string{"*"})
	for text, want := range map[string]bool{
		`[{exact: {type: ASP.RSC.Birth.Registered}}]`:                                 true,
		`[{exact: {type: asp.rsc.birth.registered}}]`:                                 false,
		`[{exact: {type: ASP.RSC.Birth.Registered, subject: act-12}}]`:                true,
		`[{exact: {type: ASP.RSC.Birth.Registered, subject: act-13}}]`:                false,
		`[{exact: {dataschema: x}}]`:                                                  false, // absent
		`[{not: {exact: {dataschema: x}}}]`:                                           true,
		`[{exact: {specversion: "1.0", datacontenttype: application/json, id: n-1}}]`: true,
		`[{prefix: {source: "urn:asp:rsc:"}}]`:                                        true,
		`[{prefix: {source: "urn:asp:rsc:", id: x}}]`:                                 false,
		`[{suffix: {source: ":cahul", partitionkey: "0001"}}]`:                        true,
		`[{suffix: {source: ":orhei"}}]`:                                              false,
		`[{prefix: {time: "2026-03-01T10"}}]`:                                         true,
		`[{all: [{prefix: {id: n}}, {suffix: {id: "1"}}]}]`:                           true,
		`[{all: [{prefix: {id: n}}, {suffix: {id: "2"}}]}]`:                           false,
		`[{any: [{exact: {id: x}}, {suffix: {id: "1"}}]}]`:                            true,
		`[{any: [{exact: {id: x}}, {not: {suffix: {id: "1"}}}]}]`:                     false,
		`[{prefix: {id: n}}, {suffix: {id: "2"}}]`:                                    false, // a list means all
		`[]`: true,
		`[{cel: "event.type.startsWith('ASP.') && data.Sex == 'F'"}]`:                      true,
		`[{cel: "data.Weight > 3199.5 && data.Weight == 3200"}]`:                           true,
		`[{cel: "data.Parents.exists(p, p.Name == 'Ion')"}]`:                               true,
		`[{cel: "has(data.Address.Region) && data.Address.Region in ['Cahul', 'Orhei']"}]`: true,
		`[{cel: "has(data.Nothing)"}]`:                                                     false,
		`[{cel: "timestamp(event.time) > timestamp('2026-01-01T00:00:00Z')"}]`:             true,
		`[{cel: "'dataschema' in event"}]`:                                                 false,
		`[{cel: "data.Nothing.More == 1"}]`:                                                false,
		// an error matches neither way
		`[{not: {cel: "data.Nothing.More == 1"}}]`:                  false,
		`[{not: {cel: "data.Sex == 'M'"}}]`:                         true,
		`[{cel: "data.Sex"}]`:                                       false, // no boolean
		`[{any: [{cel: "data.Nothing == 1"}, {exact: {id: n-1}}]}]`: true,
		`[{cel: "data.EventReason.matches('^act [0-9]+$')"}]`:       true,
		`[{cel: "event.source.split(':').size() == 4"}]`:            true,
	} {
		if got := subscribed(t, text).Matches(happened(), whole); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}

// TestFilter_FailedExpressionsAreCounted, and so is one that costs too much.
func TestFilter_FailedExpressionsAreCounted(t *testing.T) {
	whole, e := event.NewCut([]string{"*"}), happened()
	s := subscribed(t, `[{cel: "data.Nothing == 1"}]`)
	for range 3 {
		s.Matches(e, whole)
	}
	if s.Failed() != 3 {
		t.Errorf("%d counted", s.Failed())
	}
	quiet := subscribed(t, `[{cel: "data.Sex == 'M'"}]`)
	if quiet.Matches(e, whole) || quiet.Failed() != 0 {
		t.Error("what does not match has not failed")
	}
	e.Data = []byte(`[` + strings.Repeat(`1,`, 2000) + `1]`)
	costly := subscribed(t, `[{cel: "data.all(a, data.all(b, data.all(c, a + b + c > 0)))"}]`)
	if costly.Matches(e, whole) || costly.Failed() != 1 {
		t.Error("an endless expression ends as a match")
	}
}

// TestFilter_SeesOnlyWhatIsGranted: else one could learn a hidden field by asking for it value by value.
func TestFilter_SeesOnlyWhatIsGranted(t *testing.T) {
	s := subscribed(t, `[{cel: "data.ChildIDNP == '2000000000001'"}]`)
	for paths, want := range map[string]bool{"*": true, "ChildIDNP": true, "Sex": false, "": false} {
		if got := s.Matches(happened(), event.NewCut(strings.Split(paths, ","))); got != want {
			t.Errorf("granted %q: %t", paths, got)
		}
	}
	if s.Matches(happened(), nil) {
		t.Error("without any grant the data are seen")
	}
	text := happened()
	text.ContentType = "text/plain"
	if !subscribed(t, `[{cel: "data == null && event.id == 'n-1'"}]`).Matches(text, event.NewCut([]string{"*"})) {
		t.Error("text has no data to ask for, and attributes still count")
	}
}

func TestSubscription_Types(t *testing.T) {
	s, err := event.PrepareSubscription(event.Subscription{ID: "hall.births", System: "hall.desk", Types: []mconnect.EventType{"A.B.C.D"}})
	must.OK(t, err)
	if s.Passes() || s.Matches(happened(), nil) || s.Covers("ASP.RSC.Birth.Registered") || !s.Covers("A.B.C.D") {
		t.Error("a type that is not named passes")
	}
}

func TestFilter_Refused(t *testing.T) {
	deep := strings.Repeat("{not: ", 9) + "{exact: {id: x}}" + strings.Repeat("}", 9)
	for text, want := range map[string]string{
		`[{}]`:                                "/filters/0 event.expression",
		`[{exact: {id: x}, prefix: {id: x}}]`: "/filters/0 event.expression",
		`[{exact: {}}]`:                       "/filters/0/exact input.missing",
		`[{exact: {colour: red}}]`:            "/filters/0/exact/colour input.enum",
		`[{exact: {data: red}}]`:              "/filters/0/exact/data input.enum",
		`[{prefix: {id: ""}}]`:                "/filters/0/prefix/id input.missing",
		`[{all: []}]`:                         "/filters/0/all input.length",
		`[{any: [{cel: "1 +"}]}]`:             "/filters/0/any/0/cel event.expression",
		`[{not: {cel: "nobody.knows"}}]`:      "/filters/0/not/cel event.expression",
		`[{cel: "1 + 1"}]`:                    "/filters/0/cel event.expression",
		`[{cel: "event.id + 1 == 2"}]`:        "/filters/0/cel event.expression",
		"[" + deep + "]":                      "/filters/0" + strings.Repeat("/not", 8) + " message.tooDeep",
		`[{cel: "` + strings.Repeat("1+", 1500) + `1 == 1"}]`: "/filters/0/cel event.expression",
	} {
		s := event.Subscription{ID: "hall.births", System: "hall.desk", Filters: filters(t, text)}
		if got := found(s.Validate()); len(got) != 1 || got[0] != want {
			t.Errorf("%.80s: %q, want %s", text, got, want)
		}
	}
	many := event.Subscription{ID: "hall.births", System: "hall.desk", Filters: make([]event.Rule, 101)}
	sameLines(t, many.Validate(), "/filters input.length")
}

// TestFilter_Logic: all, any and not are those of logic, on rules drawn at random.
func TestFilter_Logic(t *testing.T) {
	e := happened()
	var rule func(depth int) *rapid.Generator[event.Rule]
	var plain func(r event.Rule) bool
	plain = func(r event.Rule) bool {
		switch {
		case r.Exact != nil:
			return r.Exact["id"] == e.ID
		case r.All != nil:
			for _, sub := range r.All {
				if !plain(sub) {
					return false
				}
			}
			return true
		case r.Any != nil:
			return slices.ContainsFunc(r.Any, plain)
		}
		return !plain(*r.Not)
	}
	rule = func(depth int) *rapid.Generator[event.Rule] {
		return rapid.Custom(func(t *rapid.T) event.Rule {
			kind := rapid.IntRange(0, 3).Draw(t, "kind")
			if depth > 3 {
				kind = 0
			}
			switch kind {
			case 1:
				return event.Rule{All: rapid.SliceOfN(rule(depth+1), 1, 3).Draw(t, "all")}
			case 2:
				return event.Rule{Any: rapid.SliceOfN(rule(depth+1), 1, 3).Draw(t, "any")}
			case 3:
				sub := rule(depth+1).Draw(t, "not")
				return event.Rule{Not: &sub}
			}
			return event.Rule{Exact: map[string]string{"id": rapid.SampledFrom([]string{"n-1", "n-2"}).Draw(t, "id")}}
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		r := rule(0).Draw(t, "rule")
		s, err := event.PrepareSubscription(event.Subscription{ID: "hall.births", System: "hall.desk", Filters: []event.Rule{r}})
		must.OK(t, err)
		if got := s.Matches(e, nil); got != plain(r) {
			t.Fatalf("%+v: %t", r, got)
		}
	})
}

func TestFilter_ConcurrentUse(t *testing.T) {
	s, whole := subscribed(t, `[{cel: "data.Weight > 1 && event.id == 'n-1'"}]`), event.NewCut([]string{"*"})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 200 {
				if !s.Matches(happened(), whole) {
					t.Error("does not match")
					return
				}
			}
		})
	}
	all.Wait()
}

func FuzzCEL(f *testing.F) {
	f.Add("data.Sex == 'F'")
	f.Add("event.id.startsWith('n') || data.Parents.exists(p, p.Name.size() > 2)")
	f.Add("[1,2,3].map(x, x * 2).all(y, y < 10)")
	f.Fuzz(func(t *testing.T, source string) {
		s, err := event.PrepareSubscription(event.Subscription{ID: "hall.births", System: "hall.desk", Filters: []event.Rule{{CEL: source}}})
		if err != nil {
			return
		}
		s.Matches(happened(), event.NewCut([]string{"*"})) // the fuzzer reports an input that hangs
	})
}

func BenchmarkMatches(b *testing.B) {
	whole, e := event.NewCut([]string{"*"}), happened()
	for name, text := range map[string]string{
		"exact":         `[{exact: {type: ASP.RSC.Birth.Registered}}]`,
		"cel":           `[{cel: "data.Address.Region == 'Cahul'"}]`,
		"attribute-cel": `[{cel: "event.type == 'ASP.RSC.Birth.Registered'"}]`,
	} {
		s := subscribed(b, text)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !s.Matches(e, whole) {
					b.Fatal(fmt.Sprint(name, " does not match"))
				}
			}
		})
	}
}

package demo

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/client"
	"mconnect/internal/domain/event"
	"mconnect/test/must"
)

// TestNews_AreLawful: the register may publish all that it publishes, the schema of the type accepts, and each consumer
// that is entitled to it can account for it.
func TestNews_AreLawful(t *testing.T) {
	_, rights := eventful(t)
	row := news{dataset: Generate(0), run: "t", day: time.Date(2026, 3, 2, 9, 15, 0, 0, time.UTC)}
	seen, of, offices := map[string]bool{}, map[mconnect.EventType]int{}, 0
	for n := range 600 {
		e := row.next(n)
		if name := e.Source + " " + e.ID; seen[name] || !strings.HasPrefix(e.ID, "t-") || e.PartitionKey == "" {
			t.Fatalf("event %d: %s, key %q", n, name, e.PartitionKey)
		} else {
			seen[name] = true
		}
		of[e.Type]++
		if e.Source != civilSource {
			offices++
		}
		w := event.Event{Source: e.Source, ID: e.ID, Type: e.Type, ContentType: event.JSONType, Data: e.Data}
		if err := errors.Join(rights.Produce(civil, e.Type, e.Source, time.Now()), rights.Check(&w)); err != nil {
			t.Fatalf("event %d: %v\n%s", n, err, e.Data)
		}
		for _, system := range []mconnect.SystemID{townHall, allowance, bankDesk} {
			grants := must.Get(rights.Entitled(system, time.Now()))(t)
			if g := grants[e.Type]; g != nil {
				if _, err := g.Account(&w); err != nil {
					t.Fatalf("%s cannot account for event %d: %v", system, n, err)
				}
			}
		}
	}
	if of[births] != 150 || of[documents] != 150 || of[addresses] != 300 || offices == 0 || offices == of[births] {
		t.Errorf("%v, %d of offices", of, offices)
	}
}

// TestNews_NoPersonalNumberInAnAttribute: attributes travel with every event, also to whom the payload is cut.
func TestNews_NoPersonalNumberInAnAttribute(t *testing.T) {
	w := Generate(0)
	row := news{dataset: w, run: runID(time.Now()), day: time.Now()}
	for n := range 400 {
		e := row.next(n)
		for _, run := range windows([]byte(strings.Join([]string{e.ID, e.Source, e.Subject, e.PartitionKey}, " ")), 13) {
			if _, known := w.Person(mconnect.IDNP(run)); known {
				t.Fatalf("%+v", e)
			}
		}
	}
}

func TestNews_BirthsInSeveralDistricts(t *testing.T) {
	row := news{dataset: Generate(0), day: time.Now()}
	here := 0
	for n := range 40 {
		if strings.Contains(string(row.birth(n).Data), `"District":"Exemplu"`) {
			here++
		}
	}
	if here == 0 || here == 40 {
		t.Errorf("%d of 40 births are of the town hall's district", here)
	}
}

// TestScenes_ChecksFindMistakes: the checks of the scenes about events are no formality.
func TestScenes_ChecksFindMistakes(t *testing.T) {
	s := &stage{run: "scene-1"}
	for id, want := range map[string]bool{
		"scene-1-birth-3-order": true, "scene-1-birth-3-repeat": false, "scene-2-birth-3-order": false, "shell-7": false,
	} {
		if got := s.isOfThisRun(received{ID: id}, "scene-1-birth-9-order"); got != want {
			t.Errorf("%s: %t", id, got)
		}
	}
	some := []received{{ID: "a"}, {ID: "b"}}
	for name, err := range map[string]error{
		"too few": exactly(some, "a", "b", "c"), "too many": exactly(some, "a"), "another order": exactly(some, "b", "a"), "none": exactly(nil, "a"),
	} {
		if err == nil {
			t.Errorf("%s passed", name)
		}
	}
	if err := exactly(some, "a", "b"); err != nil {
		t.Error(err)
	}
	if _, err := holds(received{Data: []byte(`{"A":1,"B":2}`)}, "A"); err == nil {
		t.Error("a field too many passed")
	}
	if _, err := holds(received{Data: []byte(`[]`)}, "A"); err == nil {
		t.Error("a list passed")
	}
	if _, err := refusedWith(nil, "event.invalid"); err == nil {
		t.Error("no refusal passed")
	}
	if _, err := refusedWith(errors.New("away"), "event.invalid"); err == nil {
		t.Error("a broken connection passed for a refusal")
	}
	all := about("key", client.Event{ID: "1"}, client.Event{ID: "2"})
	if got := ids(all); !slices.Equal(got, []string{"1-key", "2-key"}) || all[0].PartitionKey != "key" {
		t.Errorf("%+v", all)
	}
	told := make(chan received, 2)
	told <- some[0]
	told <- some[1]
	if got, err := until(t.Context(), told, "b"); err != nil || len(got) != 2 {
		t.Errorf("%v %v", got, err)
	}
}

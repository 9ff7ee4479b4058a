package event_test

import (
	"strings"
	"testing"

	"mconnect/internal/domain/event"
)

func TestAttributes_OnlyGrantedOnesStay(t *testing.T) {
	e := &event.Event{
		Source: "urn:a", ID: "1", Type: "A.B.C.D", Subject: "persoana:2999000002029", DataSchema: "https://a.example/s", PartitionKey: "pk:1",
		ContentType: "application/json", Data: []byte(`{"A":1}`),
		Extensions: []event.Extension{{Name: "numeprenume", Value: "Exemplu Maria"}, {Name: "traceparent", Value: "00-1"}},
	}
	whole := string(e.AppendJSON(nil))
	for granted, want := range map[string][]string{
		"A":                     nil,
		"@subject":              {"persoana:2999000002029"},
		"A,@dataschema":         {"https://a.example/s"},
		"@traceparent":          {"00-1"},
		"@numeprenume":          nil, // not declared
		"*":                     {"persoana:2999000002029", "https://a.example/s", "00-1"},
		"@subject,@traceparent": {"persoana:2999000002029", "00-1"},
	} {
		out := string(event.NewAttributes(strings.Split(granted, ","), []string{"traceparent"}).Of(e).AppendJSON(nil))
		for _, secret := range []string{"persoana:2999000002029", "https://a.example/s", "00-1", "Exemplu Maria"} {
			stays := false
			for _, w := range want {
				stays = stays || w == secret
			}
			if strings.Contains(out, secret) != stays {
				t.Errorf("%s: %s", granted, out)
			}
		}
		for _, kept := range []string{`"id":"1"`, `"source":"urn:a"`, `"partitionkey":"pk:1"`, `{"A":1}`} {
			if !strings.Contains(out, kept) {
				t.Errorf("%s: without %s: %s", granted, kept, out)
			}
		}
	}
	if now := string(e.AppendJSON(nil)); now != whole {
		t.Errorf("the event was changed: %s", now)
	}
	if out := string(e.Bare().AppendJSON(nil)); strings.Contains(out, "2999") || strings.Contains(out, "Maria") || !strings.Contains(out, `"data":null`) {
		t.Errorf("bare: %s", out)
	}
	if event.NewCut([]string{"@subject"}).Whole() {
		t.Error("an attribute grants data")
	}
	if cut, err := event.NewCut([]string{"@subject", "A"}).Of([]byte(`{"@subject":"x","A":1}`)); err != nil || string(cut) != `{"A":1}` {
		t.Errorf("an attribute grants a member of that name: %s, %v", cut, err)
	}
}

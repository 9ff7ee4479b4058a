package sandbox

import (
	"encoding/json"
	"testing"
)

func TestExamplesOfAManifest(t *testing.T) {
	got := examplesIn([]byte(`{"name":"GetPerson","examples":[{"title":{"ro":"x"},"request":{"IDNP":"2999000006393"},"answer":{"Sum":1.50}},{"request":{}}]}`))
	if len(got) != 2 || got[1].answer != nil {
		t.Fatalf("%+v", got)
	}
	text, err := json.Marshal(got[0].answer)
	if err != nil || string(text) != `{"Sum":1.50}` {
		t.Errorf("%s %v", text, err)
	}
	for _, none := range []string{``, `{`, `{"examples":{}}`, `{}`} {
		if got := examplesIn([]byte(none)); len(got) != 0 {
			t.Errorf("%s gives %+v", none, got)
		}
	}
}

package app_test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"mconnect/test/must"
)

// eventsAPI calls the management API with the local administrator's token and reads the answer into out.
func (r *running) eventsAPI(method, path, body string, out any) (status int, text string) {
	r.w.t.Helper()
	web := r.w.client(nil)
	defer web.CloseIdleConnections()
	req := must.Get(http.NewRequest(method, "https://"+r.Addrs().Admin+"/v1/events"+path, strings.NewReader(body)))(r.w.t)
	req.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res := must.Get(web.Do(req))(r.w.t)
	defer func() { _ = res.Body.Close() }()
	answer := must.Get(io.ReadAll(res.Body))(r.w.t)
	if out != nil && res.StatusCode < 300 {
		if err := json.Unmarshal(answer, out); err != nil {
			r.w.t.Fatalf("%s: %v", answer, err)
		}
	}
	return res.StatusCode, string(answer)
}

type lagAnswer struct {
	Items []struct {
		System, Group    string
		Readers, Waiting int
		Delivered        int
		Oldest           *time.Time
		Partitions       []struct{ Position, Waiting int64 }
	}
}

type deadAnswer struct {
	Items []struct {
		ID                          int64
		System, Group, State, Event string
		Position                    int64
		Document                    json.RawMessage
	}
	Next int64
}

// TestEventAdmin_FindsAndChanges: an operator sees who is behind, finds an event and who has it, corrects a dead one
// and queues it again, gives another up, and replays; all of it stands in the journal.
func TestEventAdmin_FindsAndChanges(t *testing.T) {
	w := newTestPlatform(t)
	w.cfg.Events.Poll = 2 * time.Second
	r := w.start()
	must.Get(r.Country.Apply(t.Context(), "tester", w.eventManifests("active"), false))(t)
	all := r.instance("all")
	for i := range 3 {
		if status, body := r.produce("urn:registry:orhei", fmt.Sprint("e", i), fmt.Sprintf(born, fmt.Sprint("R", i))); status != http.StatusAccepted {
			t.Fatalf("%d %s", status, body)
		}
	}
	var lag lagAnswer
	if status, text := r.eventsAPI(http.MethodGet, "/lag?system=hall.events", "", &lag); status != 200 || len(lag.Items) != 1 {
		t.Fatalf("%d %s", status, text)
	}
	if l := lag.Items[0]; l.Group != "all" || l.Waiting != 3 || l.Readers != 1 || l.Oldest == nil || len(l.Partitions) != 12 {
		t.Errorf("%+v", l)
	}
	r.hears(t, all, "R0", "R1", "R2")
	if index := r.lookUp("e1"); index < 1 {
		t.Errorf("e1 stands at %d", index)
	}
	r.deadAndBack(all)
	var replayed struct{ Events int }
	order := fmt.Sprintf(`{"system":"hall.events","group":"all","first":%d,"last":%d,"reason":"restored"}`, r.lookUp("e1"), r.lookUp("e2"))
	if status, text := r.eventsAPI(http.MethodPost, "/replay", order, &replayed); status != 200 || replayed.Events != 2 {
		t.Fatalf("%d %s", status, text)
	}
	r.hears(t, all, "R1", "R2")
	for name, c := range map[string]struct{ method, path, body string }{
		"a type that is none":   {http.MethodPost, "/replay", `{"system":"hall.events","types":["x"],"reason":"r"}`},
		"a cursor that is none": {http.MethodPost, "/search", `{"cursor":"x"}`},
	} {
		if status, text := r.eventsAPI(c.method, c.path, c.body, nil); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
	if status, _ := r.eventsAPI(http.MethodGet, "/log/999999/history", "", nil); status != http.StatusNotFound {
		t.Errorf("the history of nothing: %d", status)
	}
}

// lookUp finds an event by source and id, and shows who has it.
func (r *running) lookUp(id string) int64 {
	r.w.t.Helper()
	var found struct{ Items []struct{ Index int64 } }
	if status, text := r.eventsAPI(http.MethodPost, "/search", fmt.Sprintf(`{"source":"urn:registry:orhei","id":%q,"reason":"complaint"}`, id), &found); status != 200 || len(found.Items) != 1 {
		r.w.t.Fatalf("%d %s", status, text)
	}
	var history struct {
		Event struct{ ID string }
		Steps []struct{ System, Group, Arrival string }
	}
	status, text := r.eventsAPI(http.MethodGet, fmt.Sprintf("/log/%d/history", found.Items[0].Index), "", &history)
	if status != 200 || history.Event.ID != id || len(history.Steps) != 1 || history.Steps[0].Group != "all" {
		r.w.t.Fatalf("%d %s", status, text)
	}
	return found.Items[0].Index
}

// deadAndBack buries two events as the consumer does, corrects and requeues one, and drops the other.
func (r *running) deadAndBack(instance string) {
	t := r.w.t
	t.Helper()
	for _, id := range []string{"e0", "e1"} {
		if status := r.bury(instance, id); status != http.StatusAccepted {
			t.Fatalf("burying %s: %d", id, status)
		}
	}
	var dead deadAnswer
	if status, text := r.eventsAPI(http.MethodGet, "/dead?system=hall.events&state=waiting&limit=1", "", &dead); status != 200 || len(dead.Items) != 1 || dead.Next == 0 || dead.Items[0].Document != nil {
		t.Fatalf("%d %s", status, text)
	}
	first := dead.Items[0].ID
	if _, text := r.eventsAPI(http.MethodGet, fmt.Sprintf("/dead/%d?reason=look", first), "", nil); !strings.Contains(text, `"given up"`) {
		t.Errorf("shown without its payload: %s", text)
	}
	change := func(id int64, body string, want int) {
		t.Helper()
		if status, text := r.eventsAPI(http.MethodPost, fmt.Sprintf("/dead/%d", id), body, nil); status != want {
			t.Errorf("%s: %d %s, want %d", body, status, text, want)
		}
	}
	change(first, `{"change":"mend","reason":"r"}`, http.StatusUnprocessableEntity)
	change(first, `{"change":"mend","reason":"r","data":{"IDNP":7}}`, http.StatusUnprocessableEntity)
	change(first, `{"change":"mend","reason":"r","data":{"IDNP":"2999000006393","Reason":"act 7","Region":"mended"}}`, http.StatusNoContent)
	change(first, `{"change":"requeue","reason":"mended"}`, http.StatusNoContent)
	change(first, `{"change":"drop","reason":"late"}`, http.StatusNotFound)
	change(first+1, `{"change":"burn","reason":"r"}`, http.StatusUnprocessableEntity)
	r.hears(t, instance, "mended")
	var rest deadAnswer
	r.eventsAPI(http.MethodGet, "/dead?state=waiting", "", &rest)
	if len(rest.Items) != 1 || rest.Items[0].Event != "e1" {
		t.Fatalf("%+v", rest)
	}
	change(rest.Items[0].ID, `{"change":"drop","reason":"of no use"}`, http.StatusNoContent)
}

// bury gives an event up as a consumer of long polling does.
func (r *running) bury(instance, id string) int {
	r.w.t.Helper()
	pair := must.Get(tls.LoadX509KeyPair(r.w.path("hall.events.pem"), r.w.path("hall.events-key.pem")))(r.w.t)
	web := r.w.client(&pair)
	defer web.CloseIdleConnections()
	req := must.Get(http.NewRequest(http.MethodPost, instance+"/dead", strings.NewReader(`{"error":"given up"}`)))(r.w.t)
	for name, value := range map[string]string{
		"Content-Type": "application/json", "ce-specversion": "1.0", "ce-source": "urn:registry:orhei", "ce-id": id, "ce-type": string(births),
	} {
		req.Header.Set(name, value)
	}
	res := must.Get(web.Do(req))(r.w.t)
	_ = res.Body.Close()
	return res.StatusCode
}

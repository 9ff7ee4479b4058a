package events_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/surface/events"
	"mconnect/test/must"
	"mconnect/test/waits"
)

// instance creates an instance and returns its address.
func (c *caller) instance(t testing.TB, query string) string {
	t.Helper()
	g := c.ask(t, "POST", "/ce/consumers"+query, "")
	if g.status != 201 {
		t.Fatalf("create: %s", g)
	}
	return g.header.Get("Location")
}

// delivered is what tests look at in an event.
type delivered struct {
	ID, Offset, Type, DataContentType string
	Data                              map[string]any
}

func read(t testing.TB, text string) (d delivered) {
	t.Helper()
	must.OK(t, json.Unmarshal([]byte(text), &d))
	return d
}

// TestPoll_LongPolling plays every row of the contract's table of long polling, in both protocols.
func TestPoll_LongPolling(t *testing.T) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			w := newTestPlatform(t, brief)
			producer, c := w.as(t, "asp.rst", p.h2), w.as(t, "hall.app", p.h2)
			at := c.instance(t, "?group=g%7E1")
			if !strings.HasPrefix(at, w.url+"/bridge-1/ce/consumers/g~1/instances/") {
				t.Fatalf("Location %s", at)
			}
			for _, form := range []string{"raw", "event", "events"} {
				if g := c.ask(t, "GET", at+"/"+form, ""); g.status != 204 || g.body != "" {
					t.Errorf("nothing to %s: %s", form, g)
				}
			}
			for _, id := range []string{"1", "2", "3", "4"} {
				producer.produce(t, eventOf(id, invalidated, `{"Number":"B`+id+`"}`, `"subject":"Ștefan"`, `"partitionkey":"k"`, `"traceparent":"00-1"`))
			}
			g := c.ask(t, "GET", at+"/raw", "")
			for name, want := range map[string]string{
				"Ce-Specversion": "1.0", "Ce-Id": "1", "Ce-Source": source, "Ce-Type": invalidated, "Ce-Subject": "%C8%98tefan",
				"Ce-Offset": "1", "Content-Type": "application/json",
			} {
				if g.header.Get(name) != want {
					t.Errorf("raw: %s is %q", name, g.header.Get(name))
				}
			}
			if k := g.header.Get("Ce-Partitionkey"); !strings.HasPrefix(k, "pk:") || len(k) != 35 {
				t.Errorf("raw: Ce-Partitionkey is %q", k)
			}
			if g.status != 200 || g.body != `{"Number":"B1"}` || g.header.Get("Ce-Time") == "" {
				t.Errorf("raw: %s", g)
			}
			g = c.ask(t, "GET", at+"/event?confirm=true", "")
			if d := read(t, g.body); g.status != 200 || d.ID != "2" || d.Offset != "2" || d.DataContentType != "application/json" || !strings.HasPrefix(g.header.Get("Content-Type"), "application/cloudevents+json") {
				t.Errorf("event: %s", g)
			}
			var batch []delivered
			for len(batch) < 2 { // an answer carries what there is by then
				var more []delivered
				g = c.ask(t, "GET", at+"/events?confirm=false", "")
				if err := json.Unmarshal([]byte(g.body), &more); err != nil || g.status != 200 || len(more) == 0 || !strings.HasPrefix(g.header.Get("Content-Type"), "application/cloudevents-batch+json") {
					t.Fatalf("events: %s %v", g, err)
				}
				batch = append(batch, more...)
			}
			if len(batch) != 2 || batch[1].ID != "4" || batch[1].Offset != "4" {
				t.Errorf("events: %+v", batch)
			}
			for _, target := range []string{"/confirm?offset=3", "/confirm?offset=3", "/confirm"} {
				if g := c.ask(t, "POST", at+target, ""); g.status != 204 || g.body != "" {
					t.Errorf("%s: %s", target, g)
				}
			}
			for target, status := range map[string]int{"/confirm?offset=9": 400, "/confirm?offset=0": 400, "/confirm?offset=x": 400, "/raw?confirm=perhaps": 400} {
				method := map[bool]string{true: "POST", false: "GET"}[strings.HasPrefix(target, "/confirm")]
				if g := c.ask(t, method, at+target, ""); g.status != status {
					t.Errorf("%s: %s", target, g)
				}
			}
			if g := c.ask(t, "DELETE", at, ""); g.status != 204 || g.body != "" {
				t.Errorf("delete: %s", g)
			}
			for _, target := range [][2]string{{"GET", "/raw"}, {"POST", "/confirm"}, {"DELETE", ""}} {
				g := c.ask(t, target[0], at+target[1], "")
				if g.status != 404 {
					t.Errorf("after its end: %s", g)
				}
				plain(t, g)
			}
		})
	}
}

// TestPoll_DeadEventsOnRequest: buried by one instance, seen by every one that wants dead events.
func TestPoll_DeadEventsOnRequest(t *testing.T) {
	for _, p := range protocols {
		w := newTestPlatform(t, brief)
		c := w.as(t, "hall.app", p.h2)
		at := c.instance(t, "")
		morgue := c.instance(t, "?events=false&test=false&dead=true&group=other")
		w.as(t, "asp.rst", p.h2).produce(t, eventOf("1", invalidated, `{"Number":"B1"}`))
		g := c.ask(t, "GET", at+"/raw", "")
		var headers []string
		for name := range g.header {
			if strings.HasPrefix(name, "Ce-") || name == "Content-Type" {
				headers = append(headers, name+": "+g.header.Get(name))
			}
		}
		if g := c.ask(t, "POST", at+"/dead", `{"Number":"B1","Why":"unreadable"}`, headers...); g.status != 202 || g.body != "" {
			t.Fatalf("%s: dead: %s", p.name, g)
		}
		if g := c.ask(t, "GET", morgue+"/event", ""); g.status != 200 || read(t, g.body).Data["Why"] != "unreadable" {
			t.Errorf("%s: the dead one: %s", p.name, g)
		}
		if g := c.ask(t, "POST", at+"/dead", `{}`, jsonType); g.status != 400 {
			t.Errorf("%s: dead without headers: %s", p.name, g)
		}
		if g := c.ask(t, "GET", at+"/event", ""); g.status != 204 {
			t.Errorf("%s: counted as confirmed, but: %s", p.name, g)
		}
	}
}

// TestPoll_InstanceIsItsSystemsOwn: for others, on other bridges and under other groups it does not exist.
func TestPoll_InstanceIsItsSystemsOwn(t *testing.T) {
	w := newTestPlatform(t, brief)
	c := w.as(t, "hall.app", true)
	at := c.instance(t, "?group=mine")
	for name, ask := range map[string]func() got{
		"another system": func() got { return w.as(t, "bank.core", true).ask(t, "GET", at+"/raw", "") },
		"another bridge": func() got { return c.ask(t, "GET", strings.Replace(at, "bridge-1", "bridge-2", 1)+"/raw", "") },
		"another group":  func() got { return c.ask(t, "GET", strings.Replace(at, "/mine/", "/yours/", 1)+"/raw", "") },
		"another id":     func() got { return c.ask(t, "GET", at+"0/raw", "") },
	} {
		if g := ask(); g.status != 404 {
			t.Errorf("%s: %s", name, g)
		}
	}
	if g := c.ask(t, "GET", at+"/raw", ""); g.status != 204 {
		t.Errorf("its own: %s", g)
	}
}

// TestPoll_InstanceOfAnotherNode: in each language, with the names of both nodes; what cannot name a node is repeated
// in none.
func TestPoll_InstanceOfAnotherNode(t *testing.T) {
	w := newTestPlatform(t, brief)
	c := w.as(t, "hall.app", true)
	at := c.instance(t, "?group=mine")
	elsewhere := strings.Replace(at, "bridge-1", "bridge-2", 1)
	for method, path := range map[string]string{
		"GET": elsewhere + "/raw", "POST": elsewhere + "/confirm", "DELETE": elsewhere,
	} {
		g := c.ask(t, method, path, "")
		if g.status != 404 || !strings.Contains(g.body, "belongs to node “bridge-2”") || !strings.Contains(g.body, "reached node “bridge-1”") {
			t.Errorf("%s: %s", method, g)
		}
	}
	for _, lang := range []mconnect.Lang{mconnect.Romanian, mconnect.English, mconnect.Russian} {
		f := fault.New(fault.EventInstanceElsewhere, "node", "bridge-2", "here", "bridge-1")
		if said := f.Sentence(lang); !strings.Contains(said, "bridge-2") || !strings.Contains(said, "bridge-1") || strings.Contains(said, "{") {
			t.Errorf("%s: %s", lang, said)
		}
	}
	for name, path := range map[string]string{
		"no name of a node": strings.Replace(at, "bridge-1", "-%3Cb%3E", 1), "expired here": strings.Replace(at, "/instances/", "/instances/0", 1),
	} {
		if g := c.ask(t, "GET", path+"/raw", ""); g.status != 404 || !strings.Contains(g.body, "does not exist or has expired") {
			t.Errorf("%s: %s", name, g)
		}
	}
}

// TestPoll_InstanceAddressIsTheHostOfTheRequest.
func TestPoll_InstanceAddressIsTheHostOfTheRequest(t *testing.T) {
	w := newTestPlatform(t, brief)
	c := w.as(t, "hall.app", false)
	req := must.Get(http.NewRequest("POST", w.url+"/ce/consumers", nil))(t)
	req.Host = "events.example.md:9443"
	res := must.Get(c.http.Do(req))(t)
	must.OK(t, res.Body.Close())
	if at := res.Header.Get("Location"); !strings.HasPrefix(at, "https://events.example.md:9443/bridge-1/ce/consumers/~default/instances/") {
		t.Errorf("Location %s", at)
	}
}

func TestPoll_IdleInstanceExpiresAndItsShareIsDeliveredAgain(t *testing.T) {
	limits := brief
	limits.Expiry = 200 * time.Millisecond
	w := newTestPlatform(t, limits)
	c := w.as(t, "hall.app", true)
	at := c.instance(t, "")
	w.as(t, "asp.rst", true).produce(t, eventOf("1", invalidated, `{"Number":"B1"}`))
	if g := c.ask(t, "GET", at+"/event", ""); g.status != 200 {
		t.Fatal(g)
	}
	for end := time.Now().Add(waits.Limit); w.surface.Counts().Instances > 0 && time.Now().Before(end); <-time.After(10 * time.Millisecond) {
	}
	if g := c.ask(t, "POST", at+"/confirm", ""); g.status != 404 {
		t.Errorf("expired: %s", g)
	}
	if g := c.ask(t, "GET", c.instance(t, "")+"/event", ""); g.status != 200 || read(t, g.body).Offset != "1" {
		t.Errorf("the next instance: %s", g)
	}
}

// TestPoll_OnePollOfAnInstanceWaits: a second one is refused with the time to come again; no event is answered twice
// and none is lost between them.
func TestPoll_OnePollOfAnInstanceWaits(t *testing.T) {
	limits := brief
	limits.Poll = 2 * time.Second
	w := newTestPlatform(t, limits)
	c := w.as(t, "hall.app", true)
	at := c.instance(t, "")
	const events = 20
	seen := make(chan string, events)
	var polls sync.WaitGroup
	for range 4 {
		polls.Go(func() {
			for n := 0; n < events/4; {
				switch g := c.ask(t, "GET", at+"/event?confirm=true", ""); {
				case g.status == 200:
					seen <- g.body
					n++
				case g.status == 429 && g.header.Get("Retry-After") == "1", g.status == 204:
				default:
					t.Errorf("refused: %s", g)
					return
				}
			}
		})
	}
	producer := w.as(t, "asp.rst", true)
	for n := range events {
		producer.produce(t, eventOf(string(rune('a'+n)), invalidated, `{"Number":"B"}`))
	}
	polls.Wait()
	close(seen)
	ids := map[string]bool{}
	for text := range seen {
		if ids[read(t, text).ID] {
			t.Errorf("twice: %s", text)
		}
		ids[read(t, text).ID] = true
	}
	if len(ids) != events {
		t.Errorf("%d of %d events", len(ids), events)
	}
}

// TestPoll_ConsumersAreRefusedWhatWouldMeanSomethingElse: a group that is a segment of a path, a member of the query
// that nobody knows, an offset never delivered.
func TestPoll_ConsumersAreRefusedWhatWouldMeanSomethingElse(t *testing.T) {
	w := newTestPlatform(t, brief)
	c := w.as(t, "hall.app", true)
	at := c.instance(t, "")
	for _, one := range []struct{ method, target, says string }{
		{"POST", "/ce/consumers?group=..", "group"}, {"POST", "/ce/consumers?group=%2e%2e", "group"}, {"POST", "/ce/consumers?group=.", "group"},
		{"POST", "/ce/consumers?grup=a", "group"}, {"POST", at + "/confirm?offest=1", "offset"}, {"GET", at + "/events?foo=1", "confirm"},
		{"POST", at + "/confirm?offset=999999", "999999"},
	} {
		if g := c.ask(t, one.method, one.target, ""); g.status != 400 || !strings.Contains(g.body, one.says) {
			t.Errorf("%s %s: %s", one.method, one.target, g)
		}
	}
}

// TestPoll_GroupIsTheUnitOfCompetition: another group gets everything again, test events reach every instance.
func TestPoll_GroupIsTheUnitOfCompetition(t *testing.T) {
	w := newTestPlatform(t, brief)
	c := w.as(t, "hall.app", true)
	one, two, other, deaf := c.instance(t, ""), c.instance(t, ""), c.instance(t, "?group=other"), c.instance(t, "?test=false&group=deaf")
	producer := w.as(t, "asp.rst", true)
	for n := range 24 {
		producer.produce(t, eventOf(string(rune('a'+n)), invalidated, `{"Number":"B"}`, `"partitionkey":"k`+string(rune('a'+n))+`"`))
	}
	got := map[string]int{}
	for name, at := range map[string]string{"one": one, "two": two, "other": other} {
		for {
			g := c.ask(t, "GET", at+"/event?confirm=true", "")
			if g.status == 204 {
				break
			}
			got[name]++
		}
	}
	if got["one"]+got["two"] != 24 || got["one"] == 0 || got["two"] == 0 || got["other"] != 24 {
		t.Errorf("delivered %v", got)
	}
	if g := c.ask(t, "POST", "/ce/tools/consumer/test", `{"Number":"T"}`, raw("t-1", invalidated, jsonType)...); g.status != 202 {
		t.Fatalf("test event: %s", g)
	}
	for name, at := range map[string]string{"one": one, "two": two, "other": other} {
		if g := c.ask(t, "GET", at+"/event", ""); g.status != 200 || read(t, g.body).ID != "t-1" {
			t.Errorf("%s, test event: %s", name, g)
		}
	}
	for {
		g := c.ask(t, "GET", deaf+"/events", "")
		if g.status == 204 {
			break
		}
		if strings.Contains(g.body, "t-1") {
			t.Errorf("a test event for who wants none: %s", g)
		}
	}
	if g := w.as(t, "bank.core", true).ask(t, "GET", w.as(t, "bank.core", true).instance(t, "")+"/events", ""); g.status != 204 {
		t.Errorf("somebody else's test event: %s", g)
	}
}

func TestPoll_PayloadsKeepTheirForm(t *testing.T) {
	w := newTestPlatform(t, brief)
	c, producer := w.as(t, "hall.app", true), w.as(t, "asp.rst", true)
	at := c.instance(t, "")
	for _, p := range []struct{ id, media, data, json string }{
		{"1", "text/plain", "unu\ndoi ș", `"data":"unu\ndoi ș"`}, {"2", "application/octet-stream", "\x00\xff", `"data_base64":"AP8="`},
		{"3", "application/json", ` [1 , 2]`, `"data": [1 , 2]`},
	} {
		for _, form := range []string{"raw", "event"} {
			id := p.id + form
			if g := producer.ask(t, "POST", "/ce/produce/raw", p.data, raw(id, noted, "Content-Type: "+p.media)...); g.status != 202 {
				t.Fatal(g)
			}
			g := c.ask(t, "GET", at+"/"+form, "")
			if form == "raw" && (strings.TrimSpace(g.body) != strings.TrimSpace(p.data) || g.header.Get("Content-Type") != p.media) {
				t.Errorf("%s raw: %s", p.media, g)
			}
			if form == "event" && !strings.Contains(g.body, p.json) {
				t.Errorf("%s event: %s", p.media, g)
			}
		}
	}
}

// TestPoll_ConsumerGetsOnlyWhatItsAgreementGrants: the payload is cut, in every form.
func TestPoll_ConsumerGetsOnlyWhatItsAgreementGrants(t *testing.T) {
	w := newTestPlatform(t, events.Limits{Poll: time.Minute})
	bank := w.as(t, "bank.core", true)
	at := bank.instance(t, "")
	w.as(t, "asp.rst", true).produce(t, eventOf("1", invalidated, `{"Number":"B1","Reason":"lost"}`))
	w.as(t, "asp.rst", true).produce(t, eventOf("2", noted, `{"Text":"not for the bank"}`))
	w.as(t, "asp.rst", true).produce(t, eventOf("3", invalidated, `{"Number":"B3","Reason":"stolen"}`))
	if g := bank.ask(t, "GET", at+"/raw", ""); g.body != `{"Number":"B1"}` {
		t.Errorf("raw: %s", g)
	}
	if g := bank.ask(t, "GET", at+"/event", ""); read(t, g.body).ID != "3" || strings.Contains(g.body, "stolen") {
		t.Errorf("event: %s", g)
	}
}

func TestPoll_DrainingEndsPolls(t *testing.T) {
	w := newTestPlatform(t, events.Limits{Poll: time.Minute})
	c := w.as(t, "hall.app", true)
	at := c.instance(t, "")
	answered := make(chan got)
	go func() { answered <- c.ask(t, "GET", at+"/raw", "") }()
	for w.surface.Counts().Instances == 0 {
		<-time.After(time.Millisecond)
	}
	<-time.After(50 * time.Millisecond)
	w.surface.Drain()
	if g := <-answered; g.status != 204 {
		t.Errorf("the waiting poll: %s", g)
	}
	if g := c.ask(t, "POST", "/ce/consumers", ""); g.status != 503 || g.header.Get("Retry-After") != "1" {
		t.Errorf("a new instance: %s", g)
	}
	w.as(t, "asp.rst", true).produce(t, eventOf("1", invalidated, `{"Number":"B1"}`))
}

// TestPoll_RevokedWhileItWaits, and loses nothing by it.
func TestPoll_RevokedWhileItWaits(t *testing.T) {
	w := newTestPlatform(t, events.Limits{Poll: 20 * time.Second})
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) {
			system := map[bool]string{false: "hall.app", true: "bank.core"}[p.h2]
			c := w.as(t, system, p.h2)
			at := c.ask(t, "POST", "/ce/consumers", "").header.Get("Location")
			answer := make(chan got, 1)
			go func() { answer <- c.ask(t, "GET", at+"/events", "") }()
			w.revoke(t, system)
			w.as(t, "asp.rst", false).produce(t, eventOf("to "+system, invalidated, `{"Number":"B"}`))
			if g := <-answer; g.status != 401 || strings.Contains(g.body, "specversion") {
				t.Errorf("the poll: %s", g)
			}
		})
	}
}

// TestPoll_ThatWaitsEndsWithItsRight at once, though there is no event to wake it.
func TestPoll_ThatWaitsEndsWithItsRight(t *testing.T) {
	for code, end := range map[fault.Code]func(*testPlatform){
		fault.CertificateRevoked: func(w *testPlatform) { w.revoke(t, "hall.app") },
		fault.SystemSuspended: func(w *testPlatform) {
			w.apply(t, "{ kind: System, id: hall.app, name: { ro: Asistență }, roles: [consumer], status: suspended }")
		},
	} {
		t.Run(string(code), func(t *testing.T) {
			w := newTestPlatform(t, events.Limits{Poll: time.Minute})
			c := w.as(t, "hall.app", true)
			at := c.instance(t, "")
			answer := make(chan got, 1)
			go func() { answer <- c.ask(t, "GET", at+"/events", "", "Accept: application/problem+json") }()
			select {
			case g := <-answer:
				t.Fatalf("it did not wait: %s", g)
			case <-time.After(200 * time.Millisecond):
			}
			// no concern of its
			w.apply(t, "{ kind: Participant, id: other, idno: \"1999900000047\", name: { ro: Alta }, sector: public, level: local }")
			select {
			case g := <-answer:
				t.Fatalf("another's change ended it: %s", g)
			case <-time.After(100 * time.Millisecond):
			}
			end(w)
			if g := <-answer; g.status != 401 || !strings.Contains(g.body, string(code)) {
				t.Errorf("%s", g)
			}
		})
	}
}

// TestPoll_InstancesOfAGroupShareEvenly: one, two, three, four, six and twelve of them, as the contract has it; a
// thirteenth waits for one to leave.
func TestPoll_InstancesOfAGroupShareEvenly(t *testing.T) {
	w := newTestPlatform(t, brief)
	c, producer := w.as(t, "hall.app", true), w.as(t, "asp.rst", true)
	const events = 120 // without a partition key: ten a partition
	sent := 0
	produce := func() {
		batch := make([]string, events)
		for i := range batch {
			batch[i] = eventOf(fmt.Sprint("s-", sent+i), invalidated, `{"Number":"B"}`)
		}
		sent += events
		if g := producer.ask(t, "POST", "/ce/produce/events", "["+strings.Join(batch, ",")+"]", batchType); g.status != 202 {
			t.Fatal(g)
		}
	}
	seen := map[string]bool{}
	collect := func(at []string) []int {
		got := make([]int, len(at))
		for end := time.Now().Add(waits.Limit); len(seen) < sent && time.Now().Before(end); {
			for i := range at {
				g := c.ask(t, "GET", at[i]+"/events?confirm=true", "")
				if g.status != 200 {
					continue
				}
				var some []struct{ ID string }
				must.OK(t, json.Unmarshal([]byte(g.body), &some))
				for _, e := range some {
					if seen[e.ID] {
						t.Errorf("%s came twice", e.ID)
					}
					seen[e.ID] = true
				}
				got[i] += len(some)
			}
		}
		for i := range at {
			c.ask(t, "POST", at[i]+"/confirm", "")
		}
		return got
	}
	var at []string
	for _, n := range []int{1, 2, 3, 4, 6, 12} {
		for len(at) < n {
			at = append(at, c.instance(t, "?group=shared"))
		}
		produce()
		for i, got := range collect(at) {
			if got != events/n {
				t.Errorf("instance %d of %d got %d events, want %d", i+1, n, got, events/n)
			}
		}
	}
	at = append(at, c.instance(t, "?group=shared"))
	produce()
	if got := collect(at); got[12] != 0 {
		t.Errorf("a thirteenth got %d", got[12])
	}
	if g := c.ask(t, "DELETE", at[0], ""); g.status != 204 {
		t.Fatal(g)
	}
	produce()
	if got := collect(at[1:]); got[11] != events/12 {
		t.Errorf("the thirteenth took over %d, want %d", got[11], events/12)
	}
}

// TestPoll_ClosedAfterTheAnswerIsDelivered: clients that open a connection for every request, as curl does, close it
// once they have the answer. It counts as read.
func TestPoll_ClosedAfterTheAnswerIsDelivered(t *testing.T) {
	w := newTestPlatform(t, events.Limits{Poll: time.Minute})
	bank, register := w.as(t, "bank.core", false), w.as(t, "asp.rst", true)
	at := bank.instance(t, "")
	for n := range 40 {
		id := fmt.Sprintf("h-%d", n)
		register.produce(t, eventOf(id, invalidated, `{"Number":"B1","Reason":"lost"}`))
		once := w.as(t, "bank.core", false)
		once.http.Transport.(*http.Transport).DisableKeepAlives = true
		if g := once.ask(t, "GET", at+"/event?confirm=true", ""); g.status != 200 || read(t, g.body).ID != id {
			t.Fatalf("poll %d: %s", n, g)
		}
	}
}

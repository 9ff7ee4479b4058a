package events_test

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/internal/eventlog"
	"mconnect/internal/surface/admission"
	"mconnect/internal/surface/events"
	"mconnect/test/must"
)

// slow is a request of which the body is still on its way.
type slow struct {
	*tls.Conn
	rest string
}

// sends begins a test event of a consumer and stops after some bytes of its body.
func (w *testPlatform) sends(t testing.TB, system, body string, bytes int) *slow {
	t.Helper()
	conn := must.Get(tls.Dial("tcp", strings.TrimPrefix(w.url, "https://"), w.TLS(system)))(t)
	t.Cleanup(func() { _ = conn.Close() })
	head := "POST /ce/tools/consumer/test HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nCe-Specversion: 1.0\r\nCe-Id: slow\r\n" +
		"Ce-Source: " + source + "\r\nCe-Type: " + invalidated + "\r\nContent-Length: " + fmt.Sprint(len(body)) + "\r\n\r\n"
	must.Get(io.WriteString(conn, head+body[:bytes]))(t)
	return &slow{conn, body[bytes:]}
}

// ends sends the rest and returns how the request is answered.
func (s *slow) ends(t testing.TB) int {
	t.Helper()
	must.Get(io.WriteString(s, s.rest))(t)
	res := must.Get(http.ReadResponse(bufio.NewReader(s), nil))(t)
	_ = res.Body.Close()
	return res.StatusCode
}

// until waits for what other connections bring about.
func until(is func() bool) {
	for ; !is(); <-time.After(time.Millisecond) {
	}
}

// overloaded checks a refusal that waiting corrects, in both of its forms.
func overloaded(t *testing.T, c *caller, code fault.Code, status int, ask func(headers ...string) got) {
	t.Helper()
	g := ask()
	if g.status != status || g.header.Get("Retry-After") == "" {
		t.Errorf("%s: %s, want %d", c.system, g, status)
	}
	plain(t, g)
	g = ask("Accept: application/problem+json")
	var d struct {
		Status int
		Code   fault.Code
	}
	if err := json.Unmarshal([]byte(g.body), &d); err != nil || g.status != status || d.Status != status || d.Code != code ||
		g.header.Get("Content-Type") != "application/problem+json" || g.header.Get("Retry-After") == "" {
		t.Errorf("%s: %s, want %d %s", c.system, g, status, code)
	}
}

// TestPlaces_OneSystemHoldsAtMostItsShare: slow bodies of one system leave a quarter of the places to the others; its
// next request gets the time to come again, and those that it has under way are served.
func TestPlaces_OneSystemHoldsAtMostItsShare(t *testing.T) {
	limits := brief
	limits.InFlight = 4
	w := newTestPlatform(t, limits)
	for _, p := range protocols {
		hall, producer, bank := w.as(t, "hall.app", p.h2), w.as(t, "asp.rst", p.h2), w.as(t, "bank.core", p.h2)
		at := hall.instance(t, "")
		var held []*slow
		for n := range int64(3) {
			held = append(held, w.sends(t, "hall.app", `{"Number":"T"}`, 3))
			until(func() bool { return w.surface.Counts().InFlight == n+1 })
		}
		settings := func(c *caller) func(headers ...string) got {
			return func(headers ...string) got { return c.ask(t, "GET", "/ce/tools/my-settings", "", headers...) }
		}
		overloaded(t, hall, fault.Overloaded, 503, settings(hall))
		producer.produce(t, eventOf("while it holds "+p.name, invalidated, `{"Number":"B"}`))
		if g := settings(bank)(); g.status != 200 {
			t.Errorf("%s: another system: %s", p.name, g)
		}
		if g := hall.ask(t, "GET", at+"/event?confirm=true", ""); g.status != 200 { // what waits takes no place
			t.Errorf("%s: a poll of the greedy system: %s", p.name, g)
		}
		held = append(held, w.sends(t, "bank.core", `{"Number":"T"}`, 3))
		until(func() bool { return w.surface.Counts().InFlight == 4 })
		overloaded(t, producer, fault.Overloaded, 503, settings(producer)) // now there is no place for anybody
		for _, s := range held {
			if status := s.ends(t); status != 202 {
				t.Errorf("%s: a request that had a place: %d", p.name, status)
			}
		}
		until(func() bool { return w.surface.Counts().InFlight == 0 })
		if g := settings(hall)(); g.status != 200 {
			t.Errorf("%s: afterwards: %s", p.name, g)
		}
		hall.ask(t, "DELETE", at, "")
	}
}

// TestRoom_LargeBodiesShareOneMemory: with calls too, since the room is one that was given. Small bodies always find
// room.
func TestRoom_LargeBodiesShareOneMemory(t *testing.T) {
	w := newTestPlatform(t, brief)
	cfg := w.surface.Config
	cfg.Memory = admission.NewMemoryBudget(256 << 10)
	s := must.Get(events.New(cfg))(t)
	other := &testPlatform{Installation: w.Installation, surface: s, url: w.serve(t, s), Site: w.Site}
	large := `{"Number":"` + strings.Repeat("x", 240<<10) + `"}`
	for n, p := range protocols {
		producer := other.as(t, "asp.rst", p.h2)
		held := other.sends(t, "hall.app", large, 200<<10)
		until(func() bool { return cfg.Memory.Held() >= 128<<10 })
		id := fmt.Sprint("room", n)
		overloaded(t, producer, fault.Overloaded, 503, func(headers ...string) got {
			return producer.ask(t, "POST", "/ce/produce/event", eventOf(id, invalidated, large), append(headers, oneType)...)
		})
		producer.produce(t, eventOf("small"+id, invalidated, `{"Number":"B"}`))
		if status := held.ends(t); status != 202 {
			t.Errorf("%s: what had room: %d", p.name, status)
		}
		until(func() bool { return cfg.Memory.Held() == 0 })
		producer.produce(t, eventOf(id, invalidated, large))
		until(func() bool { return cfg.Memory.Held() == 0 })
	}
}

// TestLimits_AreToldWithTheirTime: volume, rate, groups and readers of one system are refused with 429 and Retry-After,
// while another system is served.
func TestLimits_AreToldWithTheirTime(t *testing.T) {
	w := newBoundedPlatform(t, brief, eventlog.Limits{Groups: 2, PerSystem: 3}, broker.Limits{
		Asides: broker.Writes{PerDay: 4 << 20}, Produced: broker.Writes{PerSecond: 1},
	})
	hall, bank, producer := w.as(t, "hall.app", true), w.as(t, "bank.core", true), w.as(t, "asp.rst", true)
	for range 2 {
		hall.instance(t, "?group=a")
	}
	hall.instance(t, "?group=b")
	large := `{"Number":"` + strings.Repeat("x", 900<<10) + `"}`
	tries := func(c *caller) func(headers ...string) got {
		return func(headers ...string) got {
			return c.ask(t, "POST", "/ce/tools/consumer/test", large, append(headers, raw("t", invalidated, jsonType)...)...)
		}
	}
	for range 4 {
		if g := tries(hall)(); g.status != 202 {
			t.Fatalf("within its volume: %s", g)
		}
	}
	produces := func(headers ...string) got {
		return producer.ask(t, "POST", "/ce/produce/event", eventOf(fmt.Sprint(time.Now().UnixNano()), invalidated, large), append(headers, oneType)...)
	}
	for range 4 {
		if g := produces(); g.status != 202 {
			t.Fatalf("what may be produced at once: %s", g)
		}
	}
	for code, ask := range map[fault.Code]func(headers ...string) got{
		fault.EventVolume:  tries(hall),
		fault.EventRate:    produces,
		fault.EventReaders: func(h ...string) got { return hall.ask(t, "POST", "/ce/consumers?group=a", "", h...) },
	} {
		t.Run(string(code), func(t *testing.T) { overloaded(t, hall, code, 429, ask) })
	}
	if g := tries(bank)(); g.status != 202 {
		t.Errorf("the volume of another system: %s", g)
	}
	for _, group := range []string{"a", "b"} {
		bank.instance(t, "?group="+group)
	}
	t.Run("groups", func(t *testing.T) {
		g := bank.ask(t, "POST", "/ce/consumers?group=c", "")
		if g.status != 429 || g.header.Get("Retry-After") != "60" || !strings.Contains(g.body, "2") {
			t.Errorf("a third group: %s", g)
		}
		plain(t, g)
		if g := bank.ask(t, "POST", "/ce/consumers?group=b", ""); g.status != 201 {
			t.Errorf("a known one: %s", g)
		}
	})
}

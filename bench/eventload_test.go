package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"mconnect/internal/domain/event"
	"mconnect/internal/surface/events/websocket"
	"mconnect/test/must"
)

// requestOf parses a sheet as a server does.
func requestOf(t *testing.T, text []byte) (path string, body []byte) {
	t.Helper()
	q, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(text)))
	must.OK(t, err)
	if body, err = io.ReadAll(q.Body); err != nil {
		t.Fatal(err)
	}
	return q.URL.Path, body
}

func TestSheet_HoldsTheEventsItStates(t *testing.T) {
	s := newEventTemplate(100, eventSize, "key01")
	path, body := requestOf(t, s.number(4_000_000_990, manyTypes))
	events, err := event.ReadBatch(body, event.Produced)
	if err != nil || len(events) != 100 || path != "/ce/produce/events" {
		t.Fatalf("%d events to %s, %v", len(events), path, err)
	}
	for i, e := range events {
		want := int64(4_000_000_990 + i)
		if e.ID != fmt.Sprintf("%010d", want) || string(e.Type) != eventType(int(want%manyTypes)) || e.Source != eventSource {
			t.Errorf("event %d is %s of %s", i, e.ID, e.Type)
		}
		if e.PartitionKey != fmt.Sprintf("key01.%02d", i%50) {
			t.Errorf("event %d has the key %s", i, e.PartitionKey)
		}
	}
	if each := (len(body) - 101) / 100; each != eventSize {
		t.Errorf("an event has %d bytes", each)
	}
	if next := s.number(7, fewTypes); bytes.Count(next, []byte(`"id":"0000000007"`)) != 1 || bytes.Contains(next, []byte("4000000990")) {
		t.Error("numbering again leaves old digits")
	}
	path, body = requestOf(t, newEventTemplate(0, shortSize, "k").number(5, 1))
	e, err := event.Read(body, event.Produced)
	if err != nil || e.ID != "0000000005" || path != "/ce/produce/event" || len(body) > 2*shortSize {
		t.Errorf("%s to %s of %d bytes, %v", e.ID, path, len(body), err)
	}
}

// TestEvents_FitTheSchema: what is measured must be lawful.
func TestEvents_FitTheSchema(t *testing.T) {
	manifests := eventManifests(2)
	if n := strings.Count(manifests, "kind: EventType"); n != 2 {
		t.Errorf("%d types", n)
	}
	if n := strings.Count(manifests, "kind: Agreement"); n != 2*len(eventConsumers) {
		t.Errorf("%d agreements", n)
	}
	if !strings.Contains(manifests, "name: "+eventType(1)+"\n") || strings.Contains(manifests, eventType(2)) {
		t.Error("the names of the types")
	}
}

// TestListener_CountsAndConfirms plays the platform on the other end of a connection.
func TestListener_CountsAndConfirms(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	l := &wsConsumer{conn: here, in: bufio.NewReaderSize(here, 64<<10), begin: 10, failed: make(chan error, 1)}
	var got []int64
	l.got = func(serial int64) { got = append(got, serial) }
	go l.run()
	confirmed := make(chan string, 10)
	go func() {
		in := bufio.NewReader(there)
		for {
			head := make([]byte, 6)
			if _, err := io.ReadFull(in, head); err != nil {
				close(confirmed)
				return
			}
			body := make([]byte, head[1]&0x7f)
			if _, err := io.ReadFull(in, body); err != nil {
				close(confirmed)
				return
			}
			confirmed <- fmt.Sprintf("%x %s", head[0], body)
		}
	}()
	frame := func(b []byte, offset, serial int64) []byte {
		e := strings.Replace(anEvent(eventSize, "k"), strings.Repeat("0", idDigits), fmt.Sprintf("%010d", serial), 1)
		return websocket.AppendText(b, event.AppendOffset(nil, offset), []byte(e[1:]))
	}
	say := func(b []byte) {
		t.Helper()
		must.Get(there.Write(b))(t)
	}
	expect := func(want string) {
		t.Helper()
		select {
		case text := <-confirmed:
			if text != want {
				t.Errorf("the listener sent %q, want %q", text, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("the listener did not send %q", want)
		}
	}
	say(frame(frame(frame(nil, 1, 10), 2, 11), 3, 9)) // the last is of an earlier run
	expect("81 confirm:3")
	say(frame(frame(nil, 4, 11), 5, 70_000))
	expect("81 confirm:5")
	say([]byte{0x89, 2, 'h', 'i'})
	expect("8a hi")
	if l.events.Load() != 5 || l.repeated.Load() != 2 || l.distinct() != 3 || fmt.Sprint(got) != "[10 11 11 70000]" {
		t.Errorf("%d events, %d of them others, %v", l.events.Load(), l.repeated.Load(), got)
	}
	say([]byte{0x88, 4, 0x03, 0xe9, 'x', 'y'})
	if err := <-l.failed; err == nil || !strings.Contains(err.Error(), "xy") {
		t.Errorf("the farewell is %v", err)
	}
}

func TestAwait_SaysWhoIsMissingWhat(t *testing.T) {
	a := consumers{{failed: make(chan error, 1)}, {failed: make(chan error, 1)}}
	a[0].events.Store(5)
	a[1].events.Store(6)
	a[1].repeated.Store(2)
	if a.least() != 4 || a.delivered() != 11 {
		t.Errorf("least %d, delivered %d", a.least(), a.delivered())
	}
	if err := a.await(4); err != nil {
		t.Error(err)
	}
	broken := errors.New("gone")
	a[1].failed <- broken
	if err := a.await(5); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

func TestCost_OfAnEventIsOverAllTurns(t *testing.T) {
	s := stream{produced: 10, delivered: 30, used: time.Millisecond, elapsed: time.Second}.and(
		stream{produced: 30, delivered: 90, used: 3 * time.Millisecond, elapsed: time.Second})
	if s.each() != 100*time.Microsecond || s.produceRate() != 20 || s.deliverRate() != 60 {
		t.Errorf("%v an event, %v/s, %v/s", s.each(), s.produceRate(), s.deliverRate())
	}
	if got := (stream{}).each(); got != 0 {
		t.Errorf("no event used %v", got)
	}
	if got := fine(12340 * time.Nanosecond); got != "12.3 µs" {
		t.Errorf("got %s", got)
	}
}

package events_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/coder/websocket"

	"mconnect/test/waits"
)

// library behaves as the agency's .NET library does: it takes one event of one message within its buffer of 64 KB,
// gives up the connection on an event without datacontenttype, confirms each event on its own, and connects again after
// a pause for as long as it runs.
type library struct {
	c     *caller
	pause time.Duration // 5 s in the library
	heard chan string   // ids, as its handler saw them
	fails chan error
}

const libraryBuffer = 64 << 10

// run consumes until ctx ends. The handler of an id in refuses fails once, which ends the connection unconfirmed.
func (l *library) run(ctx context.Context, t testing.TB, refuses map[string]bool) {
	for ctx.Err() == nil {
		if conn, _, err := l.c.dial(t, "?events=true&test=true&dead=false&group=library"); err == nil {
			conn.SetReadLimit(libraryBuffer)
			err = l.converse(ctx, conn, refuses)
			_ = conn.CloseNow()
			select {
			case l.fails <- err:
			default:
			}
		}
		select {
		case <-time.After(l.pause):
		case <-ctx.Done():
		}
	}
}

func (l *library) converse(ctx context.Context, conn *websocket.Conn, refuses map[string]bool) error {
	for {
		kind, text, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		var e struct {
			ID, Offset, DataContentType string
			SpecVersion                 string
		}
		if err := json.Unmarshal(text, &e); err != nil || kind != websocket.MessageText {
			return fmt.Errorf("message %.100q: %v", text, err)
		}
		if e.DataContentType == "" || e.SpecVersion != "1.0" {
			return fmt.Errorf("no datacontenttype in %.100q", text)
		}
		if refuses[e.ID] {
			delete(refuses, e.ID)
			return fmt.Errorf("handler failed on %s", e.ID)
		}
		l.heard <- e.ID
		if err := conn.Write(ctx, websocket.MessageText, []byte("confirm:"+e.Offset)); err != nil {
			return err
		}
	}
}

// TestLibrary_DotNetLibraryIsServed: nothing lost, nothing out of order, over reconnections that it and the platform
// begin.
func TestLibrary_DotNetLibraryIsServed(t *testing.T) {
	w := newTestPlatform(t, brief)
	producer := w.as(t, "asp.rst", true)
	l := &library{c: w.as(t, "hall.app", false), pause: 20 * time.Millisecond, heard: make(chan string, 100), fails: make(chan error, 100)}
	opened := w.as(t, "hall.app", true).instance(t, "?group=library") // the group exists, from now on nothing is missed
	if g := w.as(t, "hall.app", true).ask(t, "DELETE", opened, ""); g.status != 204 {
		t.Fatal(g)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.run(ctx, t, map[string]bool{"e-3": true, "e-7": true})
	}()
	for n := range 10 { // no member of these states a datacontenttype
		producer.produce(t, eventOf(fmt.Sprintf("e-%d", n), invalidated, `{"Number":"B"}`, `"partitionkey":"k"`))
	}
	for n := range 10 {
		select {
		case id := <-l.heard:
			if id != fmt.Sprintf("e-%d", n) {
				t.Errorf("heard %s as number %d", id, n)
			}
		case <-time.After(waits.Limit):
			t.Fatalf("event %d never came", n)
		}
	}
	for range 2 {
		if err := <-l.fails; err == nil || fmt.Sprint(err)[:15] != "handler failed " {
			t.Errorf("a connection ended with %v", err)
		}
	}
	stop()
	<-ended
	w.quiet(t, 0)
	if g := w.as(t, "hall.app", true).ask(t, "GET", w.as(t, "hall.app", true).instance(t, "?group=library")+"/event", ""); g.status != 204 {
		t.Errorf("left unconfirmed: %s", g)
	}
}

package demo

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"mconnect/client"
)

func TestView_IsPlainWithoutATerminal(t *testing.T) {
	var out bytes.Buffer
	v := newView(&out)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ask := Request{Service: "GetPerson", Context: legal(townHall, "AJUTOR-SOCIAL", 17)}
	v.call(at, townHall, ask, Response{Status: 200, Took: 3 * time.Millisecond}, nil, "")
	v.call(at, oldPaper, ask, Response{Status: 401, Problem: Problem{Code: "certificate.expired"}}, nil, "certificate.expired")
	v.call(at, bank, ask, Response{}, errors.New("gone"), "")
	text := out.String()
	if strings.Contains(text, "\x1b") {
		t.Errorf("escapes without a terminal: %q", text)
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines:\n%s", len(lines), text)
	}
	for i, wants := range [][]string{
		{"03:04:05", "primaria-exemplu.asistenta ", "GetPerson", "data", "3.0 ms", "AS-2026-00017"},
		{"primaria-exemplu.asistenta ", "certificate.expired"},
		{"banca-exemplu.clienti", "no answer"},
	} {
		for _, want := range wants {
			if !strings.Contains(lines[i], want) {
				t.Errorf("line %d lacks %q: %s", i, want, lines[i])
			}
		}
	}
	if v.given != 1 || v.refused != 1 || v.unexpected != 1 {
		t.Errorf("totals: %+v", v)
	}
}

func TestView_ShowsTotals(t *testing.T) {
	var out bytes.Buffer
	v := newView(&out)
	for range totalsEvery {
		v.call(time.Now(), bank, Request{Service: "GetPerson"}, Response{Status: 200}, nil, "")
	}
	if !strings.Contains(out.String(), "-- 25 answered, 0 refused") {
		t.Errorf("no totals in:\n%s", out.String())
	}
}

func TestView_MarksUnexpectedRefusals(t *testing.T) {
	var out bytes.Buffer
	v := newView(&out)
	v.call(time.Now(), bank, Request{Service: "GetPerson"}, Response{Status: 503, Problem: Problem{Code: "provider.down"}}, nil, "")
	v.totals()
	if !strings.Contains(out.String(), "1 not as expected") {
		t.Errorf("got:\n%s", out.String())
	}
}

// TestView_EventsAreLines: accepted, refused and received, with how and how long after.
func TestView_EventsAreLines(t *testing.T) {
	var out bytes.Buffer
	v := newView(&out)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	e := client.Event{ID: "run-birth-1", Type: births}
	v.produced(at, civil, e, 2*time.Millisecond, nil)
	v.produced(at, civil, e, time.Millisecond, errors.New("away"))
	v.delivered(at, townHall, "by WebSocket", received{ID: e.ID, Type: e.Type, Time: at.Add(-7 * time.Millisecond)})
	// clocks differ
	v.delivered(at, allowance, "by long poll", received{ID: e.ID, Type: e.Type, Time: at.Add(time.Hour)})
	v.farewell("/a/folder")
	lines := strings.Split(out.String(), "\n")
	for i, wants := range [][]string{
		{"03:04:05", "asp.rsc ", "Birth.Registered", "accepted", "2.0 ms", "run-birth-1"},
		{"not accepted"},
		{"primaria-exemplu.asistenta ", "Birth.Registered", "by WebSocket", "7.0 ms"},
		{"cnas.evenimente", "by long poll", " 0.0 ms"},
		{},
		{"-- 0 answered, 0 refused", "1 events, 2 deliveries", "1 not as expected"},
		{}, {"Stopped.", "/a/folder"},
	} {
		for _, want := range wants {
			if i >= len(lines) || !strings.Contains(lines[i], want) {
				t.Errorf("line %d lacks %q:\n%s", i, want, out.String())
			}
		}
	}
}

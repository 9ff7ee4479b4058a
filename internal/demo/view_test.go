package demo

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestViewIsPlainWhereThereIsNoTerminal(t *testing.T) {
	var out bytes.Buffer
	v := newView(&out)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ask := Ask{Service: "GetPerson", Context: legal(townHall, "AJUTOR-SOCIAL", 17)}
	v.call(at, townHall, ask, Said{Status: 200, Took: 3 * time.Millisecond}, nil, "")
	v.call(at, oldPaper, ask, Said{Status: 401, Problem: Problem{Code: "certificate.expired"}}, nil, "certificate.expired")
	v.call(at, bank, ask, Said{}, errors.New("gone"), "")
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
	if v.given != 1 || v.refused != 1 || v.odd != 1 {
		t.Errorf("totals: %+v", v)
	}
}

func TestViewShowsTotalsNowAndThen(t *testing.T) {
	var out bytes.Buffer
	v := newView(&out)
	for range totalsEvery {
		v.call(time.Now(), bank, Ask{Service: "GetPerson"}, Said{Status: 200}, nil, "")
	}
	if !strings.Contains(out.String(), "-- 25 answered, 0 refused") {
		t.Errorf("no totals in:\n%s", out.String())
	}
}

func TestAnUnexpectedRefusalStandsOut(t *testing.T) {
	var out bytes.Buffer
	v := newView(&out)
	v.call(time.Now(), bank, Ask{Service: "GetPerson"}, Said{Status: 503, Problem: Problem{Code: "provider.down"}}, nil, "")
	v.totals()
	if !strings.Contains(out.String(), "1 not as expected") {
		t.Errorf("got:\n%s", out.String())
	}
}

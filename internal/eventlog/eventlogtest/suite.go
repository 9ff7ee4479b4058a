// Package eventlogtest holds every implementation of eventlog.Log to the same tests. It knows the interface only.
package eventlogtest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/event"
	"mconnect/internal/eventlog"
)

// MaxGroups is how many groups of one system the logs of the suite must allow.
const MaxGroups = 4

// Opener opens one log on a node. Node "" means that there is no other node. Each call returns another instance over
// the same stored log.
type Opener func(node string) eventlog.Log

// Run runs the suite. make creates an empty log for each test.
func Run(t *testing.T, make func(t *testing.T) Opener) {
	t.Helper()
	for name, test := range map[string]func(*subject){
		"OrderIsKeptByKey":               orderIsKeptByKey,
		"CursorsSurviveARestart":         cursorsSurviveARestart,
		"RepeatsAreDeliveredOnce":        repeatsAreDeliveredOnce,
		"RepeatsAreFoundAfterARestart":   repeatsAreFoundAfterARestart,
		"AppendIsAllOrNothing":           appendIsAllOrNothing,
		"GroupsBeginAtTheEndOrAtATime":   groupsBegin,
		"GroupsAreBounded":               groupsAreBounded,
		"SessionsShareThePartitions":     sessionsShareThePartitions,
		"ReturnedEventsComeAgain":        returnedEventsComeAgain,
		"SpecialEventsReachTheirReaders": specialEventsReachTheirReaders,
		"TypesAreSelected":               typesAreSelected,
		"OffsetsAreChecked":              offsetsAreChecked,
		"SessionsEnd":                    sessionsEnd,
		"NodesLeasePartitions":           nodesLeasePartitions,
		"OnlyWhatIsJournalledIsRemoved":  onlyWhatIsJournalledIsRemoved,
		"EventsAreFound":                 eventsAreFound,
	} {
		t.Run(name, func(t *testing.T) { test(&subject{T: t, open: make(t)}) })
	}
}

// subject is the log of one test.
type subject struct {
	*testing.T
	open Opener
}

const (
	producer = mconnect.SystemID("asp.rst")
	consumer = mconnect.SystemID("bank.core")
	birth    = mconnect.EventType("ASP.RSP.Birth.Registered")
	void     = mconnect.EventType("ASP.RST.VP.Invalidated")
	patience = 3 * time.Minute
)

// types is a set of event types.
type types []mconnect.EventType

func (s types) Has(typ mconnect.EventType) bool   { return slices.Contains(s, typ) }
func (s types) Len() int                          { return len(s) }
func (s types) All() iter.Seq[mconnect.EventType] { return slices.Values(s) }

func (s *subject) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// start opens the log; the test closes it at its end.
func (s *subject) start(node string) eventlog.Log {
	s.Helper()
	log := s.open(node)
	s.Cleanup(func() { s.must(log.Close()) })
	return log
}

func (s *subject) draft(log eventlog.Log, id string, typ mconnect.EventType, key string) eventlog.Draft {
	return eventlog.Draft{
		Event: &event.Event{
			Source: "urn:source", ID: id, Type: typ, PartitionKey: key, Time: time.Unix(1, 0).UTC(),
			ContentType: event.JSONType,
			Data:        []byte("1"),
		},
		Print: log.Fingerprint("urn:source", id), Accepted: time.Now(), System: producer,
	}
}

func (s *subject) appends(log eventlog.Log, typ mconnect.EventType, key string, ids ...string) {
	s.Helper()
	entries := make([]appendlog.Entry, len(ids))
	for i, id := range ids {
		entries[i] = log.Encode(s.draft(log, id, typ, key))
	}
	s.must(log.Append(s.Context(), entries...))
}

func (s *subject) session(log eventlog.Log, group string, change ...func(*eventlog.Wish)) eventlog.Session {
	s.Helper()
	w := eventlog.Wish{
		Name: eventlog.Name{System: consumer, Group: group}, Events: true, Types: types{birth, void},
		Address: "192.0.2.1",
	}
	for _, c := range change {
		c(&w)
	}
	session, err := log.Open(s.Context(), w)
	s.must(err)
	s.Cleanup(session.Close)
	return session
}

// take delivers n events and returns their ids.
func (s *subject) take(session eventlog.Session, n int) (ids []string) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	for len(ids) < n {
		got := s.next(ctx, session, n-len(ids))
		if len(got) == 0 {
			s.Fatalf("%d of %d events came: %v", len(ids), n, ids)
		}
		ids = append(ids, got...)
	}
	return ids
}

func (s *subject) next(ctx context.Context, session eventlog.Session, most int) (ids []string) {
	s.Helper()
	taken, err := session.Next(ctx, most, 1<<20)
	s.must(err)
	marks := make([]int64, len(taken.Items))
	for i := range marks {
		marks[i] = 1
	}
	if len(marks) > 0 {
		s.must(session.Deliver(taken, marks))
	}
	for i, it := range taken.Items {
		if marks[i] != eventlog.Moved {
			ids = append(ids, it.Event.ID)
		}
	}
	return ids
}

// none fails when an event comes within a short time.
func (s *subject) none(session eventlog.Session) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), 80*time.Millisecond)
	defer cancel()
	if got := s.next(ctx, session, 1); len(got) > 0 {
		s.Fatalf("%v came, want nothing", got)
	}
}

func (s *subject) want(got []string, want ...string) {
	s.Helper()
	if !slices.Equal(got, want) {
		s.Fatalf("got %v, want %v", got, want)
	}
}

func (s *subject) wantCode(err error, code fault.Code) {
	s.Helper()
	if err == nil || fault.From(err).Code != code {
		s.Errorf("got %v, want %s", err, code)
	}
}

func numbered(prefix string, n int) (ids []string) {
	for i := range n {
		ids = append(ids, fmt.Sprint(prefix, i))
	}
	return ids
}

// eventually waits until a condition holds.
func (s *subject) eventually(what string, holds func() bool) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.Fatalf("not seen: %s", what)
		}
	}
}

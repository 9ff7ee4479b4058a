package eventlogtest

import (
	"context"
	"errors"
	"slices"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/eventlog"
)

func orderIsKeptByKey(s *subject) {
	log := s.start("")
	session := s.session(log, "g")
	ids := numbered("e", 50)
	s.appends(log, void, "key", ids...)
	s.want(s.take(session, 50), ids...)
	s.must(session.Confirm(0))
	s.none(session)
}

func cursorsSurviveARestart(s *subject) {
	log := s.open("")
	session := s.session(log, "g")
	s.appends(log, void, "key", "a", "b", "c")
	s.want(s.take(session, 3), "a", "b", "c")
	s.must(session.Confirm(2))
	s.must(log.Close())
	log = s.start("")
	session = s.session(log, "g")
	s.want(s.take(session, 1), "c")
	s.none(session)
}

func repeatsAreDeliveredOnce(s *subject) {
	log := s.start("")
	session := s.session(log, "g")
	s.appends(log, void, "key", "a", "a", "b")
	s.appends(log, void, "key", "b", "c", "a")
	other := s.draft(log, "a", void, "key")
	other.System = "town.hall" // another producer names another event
	s.must(log.Append(s.Context(), log.Encode(other)))
	s.want(s.take(session, 4), "a", "b", "c", "a")
	s.none(session)
	if events, bytes := log.Remembered(); events < 3 || bytes < 8*events {
		s.Errorf("%d events are remembered in %d bytes", events, bytes)
	}
}

func repeatsAreFoundAfterARestart(s *subject) {
	log := s.open("")
	s.session(log, "g")
	s.appends(log, void, "key", numbered("e", 100)...)
	s.must(log.Close())
	log = s.start("")
	s.appends(log, void, "key", numbered("e", 101)...)
	session := s.session(log, "g")
	s.want(s.take(session, 101), numbered("e", 101)...)
	s.none(session)
}

func appendIsAllOrNothing(s *subject) {
	log := s.start("")
	session := s.session(log, "g")
	failed := errors.New("of the caller")
	err := log.AppendWith(s.Context(), func(appendlog.Tx) ([]appendlog.Entry, error) {
		return []appendlog.Entry{log.Encode(s.draft(log, "lost", void, "key"))}, failed
	})
	if !errors.Is(err, failed) {
		s.Errorf("got %v", err)
	}
	s.must(log.AppendWith(s.Context(), func(appendlog.Tx) ([]appendlog.Entry, error) {
		return []appendlog.Entry{log.Encode(s.draft(log, "kept", void, "key"))}, nil
	}))
	s.want(s.take(session, 1), "kept")
	s.none(session)
}

func groupsBegin(s *subject) {
	log := s.start("")
	s.appends(log, void, "key", "old")
	s.none(s.session(log, "new"))
	from := func(w *eventlog.Wish) { w.From = time.Now().Add(-time.Hour) }
	s.want(s.take(s.session(log, "back", from), 1), "old")
	w := eventlog.Wish{Name: eventlog.Name{System: consumer, Group: "new"}, Events: true}
	from(&w)
	_, err := log.Open(s.Context(), w)
	s.wantCode(err, fault.EventFrom)
}

func groupsAreBounded(s *subject) {
	log := s.start("")
	for _, group := range numbered("g", MaxGroups) {
		s.session(log, group)
	}
	_, err := log.Open(s.Context(), eventlog.Wish{Name: eventlog.Name{System: consumer, Group: "more"}, Events: true})
	s.wantCode(err, fault.EventGroups)
	s.session(log, "g0") // a known group is not a new one
}

func sessionsShareThePartitions(s *subject) {
	log := s.start("")
	first := s.session(log, "g")
	if mine, all := first.Share(); mine != all || all != eventlog.Partitions {
		s.Errorf("a lone session has %d of %d", mine, all)
	}
	second := s.session(log, "g")
	s.eventually("the partitions are shared", func() bool {
		a, all := first.Share()
		b, _ := second.Share()
		return a == all/2 && b == all/2
	})
	ids := numbered("e", 48) // without a key they are spread evenly
	s.appends(log, void, "", ids...)
	got := slices.Concat(s.take(first, 24), s.take(second, 24))
	slices.Sort(got)
	want := slices.Sorted(slices.Values(ids))
	s.want(got, want...)
	s.must(first.Confirm(0))
	second.Close() // without confirming
	if again := s.take(first, 24); len(again) != 24 {
		s.Errorf("%d of what was not confirmed came again", len(again))
	}
}

func returnedEventsComeAgain(s *subject) {
	log := s.start("")
	session := s.session(log, "g")
	s.appends(log, void, "key", "a", "b", "c")
	s.eventually("three are queued", func() bool {
		taken, err := session.Next(s.Context(), 10, 1<<20)
		s.must(err)
		session.Return(taken)
		return len(taken.Items) == 3
	})
	taken, err := session.Next(s.Context(), 2, 1<<20)
	s.must(err)
	marks := []int64{0, 1} // the first is passed over
	s.must(session.Deliver(taken, marks))
	if marks[0] != 0 || marks[1] != 1 {
		s.Errorf("the offsets are %v", marks)
	}
	print := log.Fingerprint("urn:source", "b")
	index, found := session.Unconfirmed(print)
	if !found || index != taken.Items[1].Index || !log.InFlight(eventlog.Name{System: consumer, Group: "g"},
		taken.Items[1].Part, index) {
		s.Errorf("the delivery is not found: %d, %v", index, found)
	}
	session.Settle(print, index)
	if _, found := session.Unconfirmed(print); found {
		s.Error("a settled delivery is unconfirmed")
	}
	s.want(s.take(session, 1), "c")
}

func specialEventsReachTheirReaders(s *subject) {
	log := s.start("")
	plain := s.session(log, "g")
	other := s.session(log, "h")
	aside := s.session(log, "desk", func(w *eventlog.Wish) { w.Events, w.Test, w.Dead = false, true, true })
	for _, kind := range []eventlog.Kind{eventlog.Test, eventlog.Dead, eventlog.Direct} {
		d := s.draft(log, string(rune('0'+kind)), void, "key")
		d.Kind, d.System, d.Group, d.Origin = kind, consumer, "g", string(producer)
		if kind != eventlog.Direct {
			d.Group = ""
		}
		s.must(log.Append(s.Context(), log.Encode(d)))
	}
	s.want(s.take(plain, 1), string(rune('0'+eventlog.Direct)))
	s.want(s.take(aside, 2), string(rune('0'+eventlog.Test)), string(rune('0'+eventlog.Dead)))
	s.none(other)
	s.none(plain)
}

func typesAreSelected(s *subject) {
	log := s.start("")
	session := s.session(log, "g", func(w *eventlog.Wish) { w.Types = types{birth} })
	s.appends(log, void, "key", "unwanted")
	s.appends(log, birth, "key", "a")
	s.want(s.take(session, 1), "a")
	log.Select(eventlog.Name{System: consumer, Group: "g"}, types{void})
	s.appends(log, birth, "key", "b")
	s.appends(log, void, "key", "c")
	s.want(s.take(session, 1), "c")
	s.none(session)
}

func offsetsAreChecked(s *subject) {
	log := s.start("")
	session := s.session(log, "g")
	s.appends(log, void, "key", "a")
	s.take(session, 1)
	s.wantCode(session.Confirm(2), fault.EventOffset)
	s.wantCode(session.Confirm(-1), fault.EventOffset)
	if n, by := log.Unconfirmed(eventlog.Name{System: consumer, Group: "g"}); n != 1 || by["192.0.2.1"] != 1 {
		s.Errorf("%d sessions, unconfirmed %v", n, by)
	}
	s.must(session.Confirm(1))
	session.Close()
	s.wantCode(session.Confirm(1), fault.EventClosed)
	if n := log.Sessions(); n != 0 {
		s.Errorf("%d sessions are open", n)
	}
}

func sessionsEnd(s *subject) {
	log := s.open("")
	session, other := s.session(log, "g"), s.session(log, "h")
	log.Fail(eventlog.Name{System: consumer, Group: "g"}, fault.New(fault.SystemSuspended))
	_, err := session.Next(s.Context(), 1, 1)
	s.wantCode(err, fault.SystemSuspended)
	ended := make(chan error)
	go func() {
		_, err := other.Next(context.Background(), 1, 1)
		ended <- err
	}()
	s.must(log.Close())
	s.wantCode(<-ended, fault.Draining)
	_, err = log.Open(s.Context(), eventlog.Wish{Name: eventlog.Name{System: consumer, Group: "i"}, Events: true})
	s.wantCode(err, fault.Draining)
}

func nodesLeasePartitions(s *subject) {
	one, two := s.start("one"), s.open("two")
	first, second := s.session(one, "g"), s.session(two, "g")
	s.eventually("the nodes share the partitions", func() bool {
		a, all := first.Share()
		b, _ := second.Share()
		return a == all/2 && b == all/2
	})
	ids := numbered("e", 48)
	s.appends(one, void, "", ids...)
	got := slices.Concat(s.take(first, 24), s.take(second, 24))
	slices.Sort(got)
	s.want(got, slices.Sorted(slices.Values(ids))...)
	s.must(first.Confirm(0))
	s.must(two.Close()) // without confirming
	if again := s.take(first, 24); len(again) != 24 {
		s.Errorf("%d of what the other node did not confirm came again", len(again))
	}
}

// policy keeps events for a time and removes without a record.
type policy struct{ kept time.Duration }

func (p policy) Retention(mconnect.EventType) time.Duration { return p.kept }

func (p policy) Remove(ctx context.Context, _ *eventlog.Segment, drop eventlog.Drop) (bool, error) {
	return drop.Now(ctx)
}

func onlyWhatIsJournalledIsRemoved(s *subject) {
	log := s.start("")
	s.appends(log, void, "key", numbered("e", eventlog.SegmentSize)...)
	size, err := log.Size(s.Context())
	s.must(err)
	s.eventually("a segment is summarised", func() bool { return log.Segment(0) != nil })
	sweep := func(at time.Time) int64 {
		removed, err := log.Sweep(s.Context(), at, policy{time.Hour})
		s.must(err)
		return removed
	}
	if n := sweep(time.Now().Add(2 * time.Hour)); n != 0 {
		s.Errorf("%d events were removed that are not journalled", n)
	}
	from, err := log.Recorded(s.Context())
	s.must(err)
	s.must(log.AppendWith(s.Context(), func(tx appendlog.Tx) ([]appendlog.Entry, error) {
		if moved, err := log.MoveRecorded(tx, from, size); err != nil || !moved {
			s.Errorf("the cursor of what is journalled does not move: %v", err)
		}
		moved, err := log.MoveRecorded(tx, from, size)
		if moved {
			s.Error("it moves twice")
		}
		return nil, err
	}))
	if n := sweep(time.Now()); n != 0 {
		s.Errorf("%d events were removed early", n)
	}
	if n := sweep(time.Now().Add(2 * time.Hour)); n != eventlog.SegmentSize {
		s.Errorf("%d events were removed", n)
	}
	if it, err := log.At(1); err != nil || it != nil {
		s.Errorf("a removed event reads %v, %v", it, err)
	}
}

func eventsAreFound(s *subject) {
	log := s.start("")
	s.appends(log, void, "key", "a", "b")
	print := log.Fingerprint("urn:source", "b")
	index, typ, found, err := log.Find(print, eventlog.Identity{Producer: producer, Source: "urn:source", ID: "b"})
	if err != nil || !found || typ != void {
		s.Fatalf("found %v, %s, %v", found, typ, err)
	}
	it, err := log.At(index)
	if err != nil || it.Event.ID != "b" || it.System != producer || it.Event.PartitionKey != log.Pseudonym("key") {
		s.Errorf("%+v, %v", it, err)
	}
	if _, _, found, err := log.Find(print, eventlog.Identity{Producer: "town.hall", Source: "urn:source",
		ID: "b"}); found || err != nil {
		s.Errorf("an event of another producer: %v, %v", found, err)
	}
	size, err := log.Size(s.Context())
	s.must(err)
	if at, err := log.IndexAt(s.Context(), time.Now().Add(time.Hour), size); err != nil || at != size {
		s.Errorf("after now begins %d of %d, %v", at, size, err)
	}
	batches, err := log.Read(s.Context(), index)
	s.must(err)
	b := batches[0].From(index)
	one, ok := eventlog.Peek(b, 0)
	if !ok || one.Index != index || string(one.Type) != string(void) || one.Repeat {
		s.Errorf("%+v, %v", one, ok)
	}
	if positions, err := log.Positions(s.Context()); err != nil || len(positions) != 0 {
		s.Errorf("%v, %v", positions, err)
	}
}

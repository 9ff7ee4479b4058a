package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"

	"mconnect"
	"mconnect/client"
	"mconnect/fault"
)

func eventScenes() []scene {
	return []scene{
		{"event-delivered", "a register tells of births, moves and documents; each consumer hears what it is entitled to, cut to its grant", eventDelivered},
		{"event-stranger", "a system without an agreement for events receives none, and one that is no producer produces none",
			eventUnidentified},
		{"event-refused", "a foreign source, an unknown type, and one bad event in a batch: named by its place, and nothing of the batch arrives", eventRefused},
		{"event-repeat", "told twice, delivered once", eventRepeat},
		{"event-order", "events about the same thing arrive in their order", eventOrder},
		{"event-sleeper", "a consumer falls asleep with an event unconfirmed; it comes again, then what was missed",
			eventDisconnectedConsumer},
		{"event-poll", "and one that polls confirms by asking for more", eventPoll},
		{"event-filter", "a group that wants the births of its own district gets no others", eventFilter},
		{"event-webhook", "a bank is pushed to, believes only what the platform signed, and gets again what it could not take", eventWebhook},
		{"event-account", "each consumption of personal data is in the journal, with basis, reason and subject",
			eventAccount},
		{"event-suspension", "a suspension cuts an open socket within a second; its end lets the consumer back, and nothing was lost", eventSuspension},
		{"event-replay", "an operator has a consumer that lost its data told again", eventReplay},
	}
}

// sceneGroup is the group of the consumers in scenes; the groups of the live demo are not affected.
const sceneGroup = "scene"

// patience is how long a scene waits for accepted events.
const patience = 5 * time.Second

// newsOf generates the events of this run, each with its own id.
func (s *stage) newsOf() *news { return &news{dataset: s.dataset, run: s.run, day: time.Now()} }

// about gives events one partition key, so that they arrive in their order.
func about(key string, events ...client.Event) []client.Event {
	for i := range events {
		events[i].PartitionKey = key
		events[i].ID += "-" + key
	}
	return events
}

func ids(events []client.Event) (out []string) {
	for _, e := range events {
		out = append(out, e.ID)
	}
	return out
}

// produce produces events as the register, all or none.
func (s *stage) produce(ctx context.Context, events ...client.Event) error {
	return s.parties[civil].sdk.Produce(ctx, events...)
}

// isOfThisRun reports whether an event belongs to the same scene and run as the one called last.
func (s *stage) isOfThisRun(e received, last string) bool {
	return strings.HasPrefix(e.ID, s.run) && strings.HasSuffix(e.ID, last[strings.LastIndexByte(last, '-'):])
}

// gather reads events until the one called last has come, confirms them, and returns those of its scene. The events of
// other scenes and runs are confirmed too.
func (s *stage) gather(ctx context.Context, from *socket, last string) (got []received, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		e, err := from.next(ctx)
		if err != nil {
			return got, fmt.Errorf("after %d events: %w", len(got), err)
		}
		if s.isOfThisRun(e, last) {
			got = append(got, e)
		}
		if err := from.confirm(ctx, e); err != nil || e.ID == last {
			return got, err
		}
	}
}

// exactly requires the events with these ids, in this order.
func exactly(got []received, want ...string) error {
	var have []string
	for _, e := range got {
		have = append(have, e.ID)
	}
	if !slices.Equal(have, want) {
		return fmt.Errorf("heard %v, want %v", have, want)
	}
	return nil
}

// holds requires that the data of an event have exactly these top-level fields.
func holds(e received, names ...string) (map[string]any, error) {
	var v map[string]any
	if err := json.Unmarshal(e.Data, &v); err != nil {
		return nil, fmt.Errorf("%s: %w", e.ID, err)
	}
	if err := has(v, names...); err != nil {
		return v, fmt.Errorf("%s: %w", e.ID, err)
	}
	return v, nil
}

// withSocket opens a socket of the scenes' group for play.
func (s *stage) withSocket(ctx context.Context, system mconnect.SystemID, group string,
	play func(*socket) error) error {
	at, err := s.parties[system].open(ctx, group)
	if err != nil {
		return err
	}
	defer at.close()
	return play(at)
}

func eventDelivered(ctx context.Context, s *stage) error {
	w := s.newsOf()
	all := about("one", w.address(1), w.document(2), w.birth(3), w.document(4), w.address(5), w.birth(6), w.document(7))
	id := ids(all)
	told := make(chan received, 64)
	defer s.registers.bank.subscribe(s.forward(told, id[6]))()
	return s.withSocket(ctx, townHall, sceneGroup, func(hall *socket) error {
		return s.withSocket(ctx, allowance, sceneGroup, func(insurance *socket) error {
			if err := s.produce(ctx, all...); err != nil {
				return err
			}
			atHall, err := s.gather(ctx, hall, id[5])
			if err != nil {
				return fmt.Errorf("town hall: %w", err)
			}
			atInsurance, err := s.gather(ctx, insurance, id[5])
			if err != nil {
				return fmt.Errorf("social insurance: %w", err)
			}
			atBank, err := until(ctx, told, id[6])
			if err != nil {
				return fmt.Errorf("bank: %w", err)
			}
			err = errors.Join(exactly(atHall, id[0], id[2], id[4], id[5]), exactly(atInsurance, id[2], id[5]),
				exactly(atBank, id[1], id[3], id[6]))
			if err != nil {
				return err
			}
			return granted(atHall, atInsurance, atBank)
		})
	})
}

// granted requires that each consumer's events are cut to its agreement.
func granted(hall, insurance, bank []received) error {
	_, address := holds(hall[0], "IDNP", "Kind", "To", "Since")
	birth, full := holds(hall[1], "EventReason", "Child", "Parents")
	child, _ := birth["Child"].(map[string]any)
	short, little := holds(insurance[0], "Child", "Parents", "Registered")
	known, _ := short["Child"].(map[string]any)
	_, card := holds(bank[0], "HolderIDNP", "Document", "InvalidatedOn") // not the cause
	parents, _ := short["Parents"].([]any)
	return errors.Join(address, full, little, card, has(child, "IDNP", "LastName", "FirstName", "BirthDate",
		"BirthPlace"),
		has(known, "IDNP", "BirthDate"), each(short, "Parents", len(parents), "IDNP"))
}

// forward returns what puts events of the same scene as last into to.
func (s *stage) forward(to chan<- received, last string) func(received) {
	return func(e received) {
		if s.isOfThisRun(e, last) {
			to <- e
		}
	}
}

// until takes events from the channel until the one called last has come.
func until(ctx context.Context, from <-chan received, last string) (got []received, err error) {
	late := time.After(patience)
	for {
		select {
		case e := <-from:
			if got = append(got, e); e.ID == last {
				return got, nil
			}
		case <-late:
			return got, fmt.Errorf("%s has not come; %d others have", last, len(got))
		case <-ctx.Done():
			return got, ctx.Err()
		}
	}
}

// refusedWith requires that an attempt fails with a code, and returns the fault.
func refusedWith(err error, code fault.Code) (*fault.Error, error) {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != code {
		return nil, fmt.Errorf("want %s, got %w", code, errOrNone(err))
	}
	return f, nil
}

func errOrNone(err error) error {
	if err == nil {
		return errors.New("no refusal")
	}
	return err
}

func eventUnidentified(ctx context.Context, s *stage) error {
	_, told := refusedWith(s.parties[allowance].sdk.Produce(ctx, s.newsOf().birth(1)), fault.SystemNotProducer)
	_, listened := refusedWith(s.parties[civil].sdk.Consume(ctx, client.Subscription{Group: sceneGroup}, nil),
		fault.SystemNotConsumer)
	return errors.Join(told, listened, s.withSocket(ctx, ministry, sceneGroup, func(stranger *socket) error {
		// The town hall receives everything before the ministry is checked: an event on its way would have arrived.
		err := s.withSocket(ctx, townHall, sceneGroup, func(hall *socket) error {
			all := about("stranger", s.newsOf().birth(1), s.newsOf().address(2))
			if err := s.produce(ctx, all...); err != nil {
				return err
			}
			_, err := s.gather(ctx, hall, all[1].ID)
			return err
		})
		short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		if e, got := stranger.next(short); got == nil {
			return fmt.Errorf("the ministry has no agreement and heard %s", e.ID)
		}
		return err
	}))
}

func eventRefused(ctx context.Context, s *stage) error {
	w := s.newsOf()
	foreign, unknown, bad := w.birth(1), w.birth(2), w.birth(3)
	foreign.Source = "urn:cnas"
	unknown.Type = "ASP.RSC.Birth.Invented"
	bad.Data = []byte(strings.Replace(string(bad.Data), `"Sex":"`, `"Sex":"?`, 1))
	batch := about("refused", w.birth(4), w.birth(5), bad, w.birth(6))
	last := about("refused", w.birth(7))
	return s.withSocket(ctx, townHall, sceneGroup, func(hall *socket) error {
		_, first := refusedWith(s.produce(ctx, foreign), fault.EventSourceForeign)
		_, second := refusedWith(s.produce(ctx, unknown), fault.EventTypeUnknown)
		third, err := refusedWith(s.produce(ctx, batch...), fault.EventInvalid)
		if err := errors.Join(first, second, err); err != nil {
			return err
		}
		if third.Params["index"] != "2" || len(third.Fields) == 0 || third.Fields[0].Path != "/Child/Sex" {
			return fmt.Errorf("the refusal names event %q, places %v", third.Params["index"], third.Fields)
		}
		if err := s.produce(ctx, last...); err != nil {
			return err
		}
		got, err := s.gather(ctx, hall, last[0].ID)
		return errors.Join(err, exactly(got, last[0].ID))
	})
}

func eventRepeat(ctx context.Context, s *stage) error {
	w := s.newsOf()
	all := about("repeat", w.birth(1), w.birth(2))
	last := about("repeat", w.birth(3))
	return s.withSocket(ctx, townHall, sceneGroup, func(hall *socket) error {
		for _, batch := range [][]client.Event{all, all, {all[1], all[1]}, last} {
			if err := s.produce(ctx, batch...); err != nil {
				return err
			}
		}
		got, err := s.gather(ctx, hall, last[0].ID)
		return errors.Join(err, exactly(got, all[0].ID, all[1].ID, last[0].ID))
	})
}

func eventOrder(ctx context.Context, s *stage) error {
	w := s.newsOf()
	const keys, each = 5, 12
	return s.withSocket(ctx, townHall, sceneGroup, func(hall *socket) error {
		for n := range each {
			var batch []client.Event
			for k := range keys {
				batch = append(batch, about(fmt.Sprintf("order%d", k), w.address(n))...)
			}
			if err := s.produce(ctx, batch...); err != nil {
				return err
			}
		}
		next := map[string]int{}
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		for n := 0; n < keys*each; {
			e, err := hall.next(ctx)
			if err != nil {
				return fmt.Errorf("after %d: %w", n, err)
			}
			if !strings.HasPrefix(e.ID, s.run) {
				continue
			}
			key := e.ID[strings.LastIndexByte(e.ID, '-')+1:]
			if want := fmt.Sprintf("%s-address-%d-%s", s.run, next[key], key); e.ID != want {
				return fmt.Errorf("heard %s, want %s", e.ID, want)
			}
			next[key]++
			if n++; n == keys*each {
				return hall.confirm(ctx, e)
			}
		}
		return nil
	})
}

func eventDisconnectedConsumer(ctx context.Context, s *stage) error {
	w := s.newsOf()
	all := about("sleeper", w.birth(1), w.birth(2), w.birth(3), w.birth(4))
	last := about("sleeper", w.birth(5))
	asleep, err := s.parties[allowance].open(ctx, sceneGroup)
	if err != nil {
		return err
	}
	defer asleep.drop()
	if err := s.produce(ctx, all[:2]...); err != nil {
		return err
	}
	for range 2 { // read, not confirmed
		if _, err := asleep.next(ctx); err != nil {
			return err
		}
	}
	asleep.drop()
	if err := s.produce(ctx, all[2:]...); err != nil {
		return err
	}
	err = s.withSocket(ctx, allowance, sceneGroup, func(awake *socket) error {
		got, err := s.gather(ctx, awake, all[3].ID)
		return errors.Join(err, exactly(got, ids(all)...))
	})
	if err != nil {
		return err
	}
	return s.withSocket(ctx, allowance, sceneGroup, func(again *socket) error {
		if err := s.produce(ctx, last...); err != nil {
			return err
		}
		got, err := s.gather(ctx, again, last[0].ID)
		return errors.Join(err, exactly(got, last[0].ID))
	})
}

func eventPoll(ctx context.Context, s *stage) (err error) {
	w := s.newsOf()
	all := about("poll", w.birth(1), w.birth(2), w.birth(3))
	i, err := s.parties[allowance].join(ctx, sceneGroup)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.leave(ctx)) }()
	var got []received
	for n, e := range all {
		if err := s.produce(ctx, e); err != nil {
			return err
		}
		for late := time.Now().Add(patience); len(got) <= n && time.Now().Before(late); {
			batch, err := i.poll(ctx)
			if err != nil {
				return err
			}
			for _, e := range batch {
				if s.isOfThisRun(e, all[2].ID) {
					got = append(got, e)
				}
			}
		}
	}
	return exactly(got, ids(all)...)
}

func eventFilter(ctx context.Context, s *stage) error {
	w := s.newsOf()
	var here, all []client.Event
	for n := 0; len(here) < 3; n++ {
		e := about("filter", w.birth(n))[0]
		all = append(all, e)
		if strings.Contains(string(e.Data), `"District":"Exemplu"`) {
			here = append(here, e)
		}
	}
	trial := here[0] // another event: a source and an id together name one
	trial.Source = civilSource + ":test"
	all = slices.Insert(all, 1, trial)
	if len(all) < 6 {
		return errors.New("all births are of one district")
	}
	return s.withSocket(ctx, townHall, ownGroup, func(hall *socket) error {
		if err := s.produce(ctx, all...); err != nil {
			return err
		}
		got, err := s.gather(ctx, hall, here[2].ID)
		return errors.Join(err, exactly(got, ids(here)...))
	})
}

func eventWebhook(ctx context.Context, s *stage) error {
	w := s.newsOf()
	all := about("webhook", w.document(1), w.document(2), w.document(3))
	told := make(chan received, 64)
	bank := s.registers.bank
	defer bank.subscribe(s.forward(told, all[2].ID))()
	bank.setFailing(true)
	defer bank.setFailing(false)
	if err := s.produce(ctx, all...); err != nil {
		return err
	}
	if err := within(ctx, patience, func() error {
		if bank.failures() == 0 {
			return errors.New("nothing was pushed")
		}
		return nil
	}); err != nil {
		return err
	}
	bank.setFailing(false)
	got, err := until(ctx, told, all[2].ID)
	if err := errors.Join(err, exactly(got, ids(all)...)); err != nil {
		return err
	}
	return s.forged(ctx)
}

// forged posts events to the bank that the platform has not signed.
func (s *stage) forged(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.registers.Vars()[BankEvents]+"/evenimente",
		strings.NewReader(`{"specversion":"1.0"}`))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/cloudevents+json")
	res, err := s.parties[notary].web.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		return fmt.Errorf("the bank answered %d to an event without a signature", res.StatusCode)
	}
	return nil
}

func eventAccount(ctx context.Context, s *stage) error {
	e := about("account", s.newsOf().birth(11))
	err := s.withSocket(ctx, townHall, sceneGroup, func(hall *socket) error {
		if err := s.produce(ctx, e...); err != nil {
			return err
		}
		_, err := s.gather(ctx, hall, e[0].ID)
		return err
	})
	if err != nil {
		return err
	}
	var found []record
	err = eachRecord(ctx, s.platform.store, s.from, func(_ int64, raw []byte) error {
		r, err := readRecord(raw)
		if r.Kind == "consumption" && r.Event.ID == e[0].ID && r.System == townHall && r.Event.Group == sceneGroup {
			found = append(found, r)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return fmt.Errorf("%d records of one consumption", len(found))
	}
	r, reason := found[0], "Act de naștere N-"
	if !strings.HasPrefix(r.Context.Basis, "Legea nr. 133/2008") || !strings.HasPrefix(r.Context.Reason, reason) ||
		r.Context.Entity != string(owners[townHall]) || len(r.Subject.Pseudonym) != 32 ||
		r.Agreement != "primaria-exemplu.births" {
		return fmt.Errorf("the record says %+v", r)
	}
	return nil
}

func eventSuspension(ctx context.Context, s *stage) (err error) {
	e := about("suspension", s.newsOf().birth(1))
	before := about("suspension", s.newsOf().birth(2))
	open, err := s.parties[allowance].open(ctx, sceneGroup)
	if err != nil {
		return err
	}
	defer open.drop()
	if err := s.produce(ctx, before...); err != nil {
		return err
	}
	if _, err := s.gather(ctx, open, before[0].ID); err != nil { // events of other scenes are read too
		return err
	}
	lift := func() error { return s.platform.suspend(ctx, allowance, false) }
	defer func() { err = errors.Join(err, lift()) }()
	began := time.Now()
	if err := s.platform.suspend(ctx, allowance, true); err != nil {
		return err
	}
	cut, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err = open.next(cut)
	var closed websocket.CloseError
	if took := time.Since(began); !errors.As(err, &closed) || closed.Code != websocket.StatusPolicyViolation ||
		closed.Reason != "system.suspended" || took > atOnce {
		return fmt.Errorf("after %v the socket ended with %w", took, errOrNone(err))
	}
	if at, err := s.parties[allowance].open(ctx, sceneGroup); err == nil {
		at.drop()
		return errors.New("a suspended system opened a socket")
	}
	if err := s.produce(ctx, e...); err != nil { // meanwhile
		return err
	}
	if err := lift(); err != nil {
		return err
	}
	var again *socket
	if err := within(ctx, atOnce, func() (err error) {
		again, err = s.parties[allowance].open(ctx, sceneGroup)
		return err
	}); err != nil {
		return err
	}
	defer again.close()
	got, err := s.gather(ctx, again, e[0].ID)
	return errors.Join(err, exactly(got, e[0].ID))
}

func eventReplay(ctx context.Context, s *stage) error {
	began := time.Now()
	all := about("replay", s.newsOf().birth(1), s.newsOf().birth(2))
	return s.withSocket(ctx, allowance, sceneGroup, func(at *socket) error {
		if err := s.produce(ctx, all...); err != nil {
			return err
		}
		if _, err := s.gather(ctx, at, all[1].ID); err != nil {
			return err
		}
		n, err := s.platform.replay(ctx, allowance, sceneGroup, began)
		if err != nil {
			return err
		}
		got, err := s.gather(ctx, at, all[1].ID)
		if n != 2 {
			err = errors.Join(err, fmt.Errorf("%d events were replayed, want 2", n))
		}
		return errors.Join(err, exactly(got, ids(all)...))
	})
}

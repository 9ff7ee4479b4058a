package events

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
)

// What one poll takes, at most: events and about bytes.
const (
	pollEvents = 500
	pollBytes  = 1 << 20
)

// createInstance opens a reader and answers with its address, which is opaque to the client.
func (s *Surface) createInstance(w http.ResponseWriter, q *identifiedRequest) error {
	o, err := options(q.URL.RawQuery)
	if err != nil {
		return err
	}
	reader, err := s.openReader(q)
	if err != nil {
		return err
	}
	i, ok := s.instances.add(q.who.System.ID, o.Group, reader, s.Limits.Expiry)
	if !ok {
		reader.Close()
		return fault.New(fault.Draining)
	}
	w.Header().Set("Location", "https://"+q.Host+"/"+s.Bridge+"/ce/consumers/"+url.PathEscape(i.group)+"/instances/"+i.id)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusCreated)
	return nil
}

// nodeName is what the name of a node looks like: nothing else of an address is repeated.
var nodeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// instanceRoute reads /{bridge}/ce/consumers/{group}/instances/{instance}[/{action}].
func (s *Surface) instanceRoute(path string) (route, bool) {
	part := strings.Split(path, "/")
	if len(part) < 7 || len(part) > 8 || part[0] != "" || part[2] != "ce" || part[3] != "consumers" ||
		part[5] != "instances" {
		return route{}, false
	}
	group, err := url.PathUnescape(part[4])
	if err != nil {
		return route{}, false
	}
	action := ""
	if len(part) == 8 {
		if action = part[7]; action == "" {
			return route{}, false
		}
	}
	on := func(do func(http.ResponseWriter, *identifiedRequest, *instance) error) func(http.ResponseWriter,
		*identifiedRequest) error {
		return func(w http.ResponseWriter, q *identifiedRequest) error {
			if part[1] != s.Bridge { // it lives, if at all, in another process
				if nodeName.MatchString(part[1]) {
					return fault.New(fault.EventInstanceElsewhere, "node", part[1], "here", s.Bridge)
				}
				return fault.New(fault.InstanceUnknown)
			}
			i, err := s.instances.find(q.who.System.ID, group, part[6])
			if err != nil {
				return err
			}
			return do(w, q, i)
		}
	}
	switch action {
	case "":
		return route{http.MethodDelete, on(s.deleteInstance), false}, true
	case "raw":
		return route{http.MethodGet, on(s.pollRaw), true}, true
	case "event":
		return route{http.MethodGet, on(s.pollEvent), true}, true
	case "events":
		return route{http.MethodGet, on(s.pollEvents), true}, true
	case "confirm":
		return route{http.MethodPost, on(s.confirm), false}, true
	case "dead":
		return route{http.MethodPost, on(s.bury), false}, true
	}
	return route{}, false
}

func (s *Surface) pollRaw(w http.ResponseWriter, q *identifiedRequest, i *instance) error {
	return s.poll(w, q, i, 1, func(batch []broker.Delivery) ([]byte, error) {
		e, err := event.Read(batch[0].JSON, event.Delivered)
		if err != nil {
			return nil, fault.Wrap(err, fault.InternalError)
		}
		e.Headers(w.Header().Set)
		w.Header().Set("Ce-Offset", strconv.FormatInt(batch[0].Offset, 10))
		return e.Data, nil
	})
}

func (s *Surface) pollEvent(w http.ResponseWriter, q *identifiedRequest, i *instance) error {
	return s.poll(w, q, i, 1, func(batch []broker.Delivery) ([]byte, error) {
		w.Header().Set("Content-Type", event.MediaType+"; charset=utf-8")
		return event.AppendWithOffset(nil, batch[0].JSON, batch[0].Offset), nil
	})
}

func (s *Surface) pollEvents(w http.ResponseWriter, q *identifiedRequest, i *instance) error {
	return s.poll(w, q, i, pollEvents, func(batch []broker.Delivery) ([]byte, error) {
		w.Header().Set("Content-Type", event.BatchMediaType+"; charset=utf-8")
		size := 2
		for n := range batch {
			size += len(batch[n].JSON) + 40
		}
		b := make([]byte, 0, size)
		for n := range batch {
			b = event.AppendWithOffset(append(b, ','), batch[n].JSON, batch[n].Offset)
		}
		b[0] = '['
		return append(b, ']'), nil
	})
}

// poll confirms what was read before when the query wants that, waits for events and answers with them as form writes
// them, or with 204. What did not are sent whole is the next poll's, and is not confirmed by it.
func (s *Surface) poll(w http.ResponseWriter, q *identifiedRequest, i *instance, most int,
	form func([]broker.Delivery) ([]byte, error)) error {
	values, err := parameters(q.URL.RawQuery, "confirm")
	if err != nil {
		return err
	}
	confirm := false
	if err := flag(values, "confirm", &confirm); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(q.Context(), s.Limits.Poll)
	defer cancel()
	defer context.AfterFunc(s.stopping, cancel)()
	if !i.polled.CompareAndSwap(false, true) {
		f := fault.New(fault.EventPolling)
		f.RetryAfter = time.Second
		return f
	}
	defer i.polled.Store(false)
	if err := i.acquire(ctx); err != nil {
		return s.answerNoEvents(w, err)
	}
	defer i.release(s.Limits.Expiry)
	if confirm {
		if err := i.confirm(0); err != nil {
			return err
		}
	}
	watched := s.cancelWhenRevoked(q, cancel)
	batch, err := i.next(ctx, most, pollBytes)
	watched()
	if _, unknown := s.currentIdentity(q); unknown != nil {
		// while it waited, its certificate may have been revoked: the events stay
		return unknown
	}
	switch {
	case err != nil && i.ended.Err() != nil: // deleted, or the node stops
		return s.answerNoEvents(w, fault.New(fault.InstanceUnknown))
	case err != nil:
		s.instances.remove(i)
		return err
	case len(batch) == 0:
		return s.answerNoEvents(w, nil)
	}
	body, err := form(batch)
	if err != nil {
		return err
	}
	if q.Context().Err() != nil {
		return nil // nobody is there any more
	}
	h := w.Header()
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	_, err = w.Write(body)
	if err = errors.Join(err, http.NewResponseController(w).Flush()); err != nil {
		return nil // it did not are sent whole; that the peer closes the connection after it says nothing
	}
	i.sent(len(batch))
	s.delivered.Add(int64(len(batch)))
	return nil
}

// cancelWhenRevoked cancels a wait as soon as the caller has no right to wait. Call done when the wait is over.
func (s *Surface) cancelWhenRevoked(q *identifiedRequest, cancel func()) (done func()) {
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		if s.watchIdentity(q, over) != nil {
			cancel()
		}
	}()
	return func() {
		close(over)
		<-ended
	}
}

// watchIdentity looks after each change of what is declared whether the caller is still who it was, and returns why it
// is not any more: revoked, suspended, or from an address not allowed. It returns nil once over is closed.
func (s *Surface) watchIdentity(q *identifiedRequest, over <-chan struct{}) error {
	for {
		changed := s.Changed()
		if _, err := s.currentIdentity(q); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-over:
			return nil
		}
	}
}

// answerNoEvents answers a poll without events.
func (s *Surface) answerNoEvents(w http.ResponseWriter, err error) error {
	if f, ok := errors.AsType[*fault.Error](err); ok && !s.draining() {
		return f
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// confirm counts all up to an offset as received; without one, all that was read so far.
func (s *Surface) confirm(w http.ResponseWriter, q *identifiedRequest, i *instance) error {
	values, err := parameters(q.URL.RawQuery, "offset")
	if err != nil {
		return err
	}
	offset := int64(0)
	if stated := values["offset"]; len(stated) > 0 && stated[0] != "" {
		if offset, err = strconv.ParseInt(stated[0], 10, 64); err != nil || offset < 1 || len(stated) > 1 {
			return malformed("query: offset is a number from 1")
		}
	}
	if err := i.acquire(q.Context()); err != nil {
		return err
	}
	defer i.release(s.Limits.Expiry)
	if err := i.confirm(offset); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// bury takes an event, as it was delivered or as the consumer changed it, into the consumer's store of dead events.
func (s *Surface) bury(w http.ResponseWriter, q *identifiedRequest, i *instance) error {
	body, err := s.body(q, rawTypes...)
	if err != nil {
		return err
	}
	e, err := event.ReadBinary(q.Header, body, event.Delivered)
	if err != nil {
		return err
	}
	if err := i.acquire(q.Context()); err != nil {
		return err
	}
	defer i.release(s.Limits.Expiry)
	if err := i.reader.Bury(q.Context(), e); err != nil {
		return err
	}
	s.dead.Add(1)
	return accepted(w)
}

// deleteInstance ends an instance. A poll that waits on it is answered with 404.
func (s *Surface) deleteInstance(w http.ResponseWriter, _ *identifiedRequest, i *instance) error {
	s.instances.remove(i)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

package events

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"mconnect/fault"
	"mconnect/internal/domain/event"
	"mconnect/internal/media"
	"mconnect/internal/surface/request"
)

// rawTypes are the media types of a payload in binary mode.
var rawTypes = []string{"application/json", "application/octet-stream", "text/plain"}

func (s *Surface) produceRaw(w http.ResponseWriter, q *identifiedRequest) error {
	e, err := s.readRaw(q)
	if err != nil {
		return err
	}
	return s.produce(w, q, []event.Event{e}, false)
}

func (s *Surface) produceEvent(w http.ResponseWriter, q *identifiedRequest) error {
	body, err := s.body(q, event.MediaType)
	if err != nil {
		return err
	}
	e, err := event.Read(body, event.Produced)
	if err != nil {
		return err
	}
	return s.produce(w, q, []event.Event{e}, false)
}

func (s *Surface) produceEvents(w http.ResponseWriter, q *identifiedRequest) error {
	body, err := s.body(q, event.BatchMediaType)
	if err != nil {
		return err
	}
	events, err := event.ReadBatch(body, event.Produced)
	if err != nil {
		return err
	}
	return s.produce(w, q, events, true)
}

// tryConsumer accepts a test event that only the caller's own readers get.
func (s *Surface) tryConsumer(w http.ResponseWriter, q *identifiedRequest) error {
	e, err := s.readRaw(q)
	if err == nil {
		err = e.Settle(s.Clock())
	}
	if err == nil {
		err = s.Broker.Try(q.Context(), q.caller, e)
	}
	if err != nil {
		return err
	}
	return accepted(w)
}

func (s *Surface) produce(w http.ResponseWriter, q *identifiedRequest, events []event.Event, batch bool) error {
	now, large := s.Clock(), int64(0)
	for i := range events {
		e := &events[i]
		if err := e.Settle(now); err != nil {
			if batch {
				err = event.At(i, err)
			}
			return err
		}
		if len(e.Data) > Large {
			large++
		}
	}
	if len(events) > 0 {
		if err := s.Broker.Produce(q.Context(), q.caller, events); err != nil {
			if !batch {
				err = withoutIndex(err)
			}
			return err
		}
	}
	s.produced.Add(int64(len(events)))
	s.large.Add(large)
	return accepted(w)
}

// withoutIndex takes the place in a batch off a fault: there was none.
func withoutIndex(err error) error {
	f := *fault.From(err)
	f.Params = maps.Clone(f.Params)
	delete(f.Params, "index")
	return &f
}

func accepted(w http.ResponseWriter) error {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// readRaw reads an event in binary mode from a producer.
func (s *Surface) readRaw(q *identifiedRequest) (event.Event, error) {
	body, err := s.body(q, rawTypes...)
	if err != nil {
		return event.Event{}, err
	}
	return event.ReadBinary(q.Header, body, event.Produced)
}

// body reads a whole request of one of the media types. It is valid until the request is answered.
func (s *Surface) body(q *identifiedRequest, media ...string) ([]byte, error) {
	if none := len(q.Header["Content-Type"]) == 0 && q.ContentLength == 0 && len(media) > 1; !none {
		// else an event without data
		if err := speaks(q.Header, media); err != nil {
			return nil, err
		}
	}
	body, err := request.Body(q.Request, s.Limits.Request, s.Memory)
	if err != nil {
		return nil, err
	}
	q.body = body
	return *body, nil
}

// speaks refuses a request that is of none of the media types, in another charset than UTF-8, or compressed.
func speaks(h http.Header, types []string) error {
	want := strings.Join(types, ", ")
	stated, ok := media.Parse(h.Get("Content-Type"))
	switch {
	case !ok, len(h["Content-Type"]) != 1, !slices.Contains(types, stated.Name):
		return fault.New(fault.MessageMediaType, "want", want)
	case !stated.UTF8() && stated.Name != "text/plain":
		return fault.New(fault.MessageMediaType, "want", "charset=utf-8")
	}
	return request.Uncompressed(h)
}

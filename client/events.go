package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"mconnect"
	"mconnect/internal/domain/event"
)

// Event is a CloudEvents 1.0 event. Source and ID together name it for ever: the platform drops a repeat of them, so a
// call whose answer was lost is simply made again with the same ID.
type Event struct {
	Source       string             // URI-reference; one that the producer is registered for
	ID           string             // 1 to 256 bytes
	Type         mconnect.EventType //
	Subject      string             // optional
	Time         time.Time          // zero: when the platform accepted it
	PartitionKey string             // optional; events that share it keep their order
	ContentType  string             // of Data; "": application/json
	Data         []byte             // JSON text, or as ContentType says
}

func (e *Event) onTheWire() event.Event {
	w := event.Event{
		Source: e.Source, ID: e.ID, Type: e.Type, Subject: e.Subject, Time: e.Time, PartitionKey: e.PartitionKey,
		ContentType: e.ContentType, Data: e.Data,
	}
	w.ContentType = cmp.Or(w.ContentType, event.JSONType)
	return w
}

func fromTheWire(w *event.Event) Event {
	return Event{
		Source: w.Source, ID: w.ID, Type: w.Type, Subject: w.Subject, Time: w.Time, PartitionKey: w.PartitionKey,
		ContentType: w.ContentType, Data: w.Data,
	}
}

// ErrData says that an event cannot be written: its Data is not what ContentType says, or too deep.
var ErrData = errors.New("client: the data of the event is not JSON")

// Text writes the event in the JSON format of CloudEvents, as ProduceText takes it; other data than JSON in base64.
func (e *Event) Text() ([]byte, error) {
	w := e.onTheWire()
	if event.IsJSON(w.ContentType) && !json.Valid(w.Data) {
		return nil, ErrData
	}
	return w.AppendBase64(nil), nil
}

// Produce sends events to the platform: all of them or none. It returns when they are durable for every consumer that
// is entitled to them. URL in Config is that of the events listener. A fault that concerns one event has its place,
// from 0, in the parameter "index".
func (c *Client) Produce(ctx context.Context, events ...Event) error {
	body := []byte("[")
	for i := range events {
		text, err := events[i].Text()
		if err != nil {
			return fmt.Errorf("event %d: %w", i, err)
		}
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, text...)
	}
	return c.produce(ctx, append(body, ']'))
}

// ProduceText sends events as they are written: one in the JSON format of CloudEvents, or a JSON array of them, all or
// none. It keeps what Event has no field for.
func (c *Client) ProduceText(ctx context.Context, text []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
		return c.produce(ctx, text)
	}
	return c.post(ctx, "/ce/produce/event", event.MediaType, text)
}

// produce posts a batch as it is.
func (c *Client) produce(ctx context.Context, batch []byte) error {
	return c.post(ctx, "/ce/produce/events", event.BatchMediaType, batch)
}

func (c *Client) post(ctx context.Context, path, mediaType string, body []byte) error {
	r, err := c.request(ctx, http.MethodPost, path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", mediaType)
	r.Header.Set("Accept", "application/problem+json")
	answer, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("client: %w", withoutURL(err))
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		return readFault(answer, readReceipt(answer.Header).Call)
	}
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, maxProblem))
	return err
}

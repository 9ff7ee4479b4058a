package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"mconnect"
)

// EventReceipt reports what became of an event. Groups counts the groups of consumers that have a right to it; names
// are nobody's business here.
type EventReceipt struct {
	Source   string             `json:"source"`
	ID       string             `json:"id"`
	Type     mconnect.EventType `json:"type"`
	Accepted time.Time          `json:"accepted"`
	Index    int64              `json:"index"`    // in the event log
	Recorded bool               `json:"recorded"` // the journal holds the record of its acceptance
	Until    time.Time          `json:"until"`    // it is kept at least until then
	Groups   EventArrivals      `json:"groups"`
}

// EventArrivals counts groups by how they stand to an event.
type EventArrivals struct {
	Entitled     int `json:"entitled"` // all of them
	Acknowledged int `json:"acknowledged"`
	Delivered    int `json:"delivered"` // and not acknowledged
	Waiting      int `json:"waiting"`
	Dead         int `json:"dead"`
}

// EventReceipt asks what became of an event that this system produced. URL in Config is that of the events listener.
// Fault event.unknown: none was accepted from it under this source and id, or its retention is over.
func (c *Client) EventReceipt(ctx context.Context, source, id string) (EventReceipt, error) {
	var out EventReceipt
	r, err := c.request(ctx, http.MethodGet, "/ce/tools/producer/receipt?"+url.Values{"source": {source},
		"id": {id}}.Encode(), nil)
	if err != nil {
		return out, err
	}
	r.Header.Set("Accept", "application/problem+json")
	_, err = c.do(r, &out)
	return out, err
}

package events

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"mconnect"
	"mconnect/fault"
)

// receiptPath is where a producer asks what became of an event.
const receiptPath = "/ce/tools/producer/receipt"

// receipt is what GET /ce/tools/producer/receipt answers.
type receipt struct {
	Source   string             `json:"source"`
	ID       string             `json:"id"`
	Type     mconnect.EventType `json:"type"`
	Accepted time.Time          `json:"accepted"`
	Index    int64              `json:"index"`
	Recorded bool               `json:"recorded"`
	Until    time.Time          `json:"until"`
	Groups   receiptGroups      `json:"groups"`
}

type receiptGroups struct {
	Entitled     int `json:"entitled"`
	Acknowledged int `json:"acknowledged"`
	Delivered    int `json:"delivered"`
	Waiting      int `json:"waiting"`
	Dead         int `json:"dead"`
}

// receipts are the systems that one is being made for: each costs a look at every group.
type receipts struct {
	mu   sync.Mutex
	busy map[mconnect.SystemID]bool
}

// begin lets a system make one receipt at a time; call end when it was free.
func (r *receipts) begin(system mconnect.SystemID) (end func(), free bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[system] {
		return nil, false
	}
	if r.busy == nil {
		r.busy = map[mconnect.SystemID]bool{}
	}
	r.busy[system] = true
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.busy, system)
	}, true
}

// receiptOf says to a producer what became of one of its events.
func (s *Surface) receiptOf(w http.ResponseWriter, q *identifiedRequest) error {
	values, err := parameters(q.URL.RawQuery, "source", "id")
	if err != nil {
		return err
	}
	source, id := values["source"], values["id"]
	if len(source) != 1 || len(id) != 1 || source[0] == "" || id[0] == "" {
		return malformed("query: source and id are needed, once each")
	}
	end, free := s.receipts.begin(q.who.System.ID)
	if !free {
		f := fault.New(fault.EventReceipts)
		f.RetryAfter = time.Second
		return f
	}
	defer end()
	r, err := s.Broker.Receipt(q.Context(), q.caller, source[0], id[0])
	if err != nil {
		return err
	}
	g := r.Groups
	text, err := json.MarshalIndent(receipt{
		Source: source[0], ID: id[0], Type: r.Type, Accepted: r.Accepted, Index: r.Index, Recorded: r.Recorded,
		Until:  r.Until,
		Groups: receiptGroups{g.Entitled, g.Confirmed, g.Delivered, g.Waiting, g.Dead},
	}, "", "  ")
	if err != nil {
		return err
	}
	return document(w, "application/json", append(text, '\n'))
}

package webhook

import (
	"maps"
	"slices"
	"sync"
	"time"

	"mconnect/fault"
	"mconnect/internal/broker"
)

// What an attempt was for.
const (
	ForPermission = "handshake"
	ForEvent      = "event"
	ForTest       = "test" // made by an operator; it delivers nothing
)

// Attempt is one request to a target and what came of it.
type Attempt struct {
	At      time.Time     `json:"at"`
	For     string        `json:"for"`
	Source  string        `json:"source,omitempty"` // of the event, with its id
	Event   string        `json:"event,omitempty"`
	Number  int           `json:"number,omitempty"` // of the attempts for this event, from 1
	Status  int           `json:"status,omitempty"` // 0: there was no answer
	Took    time.Duration `json:"took"`
	Trouble *Trouble      `json:"trouble,omitempty"` // nil: it succeeded
}

// Trouble is a fault as it is kept.
type Trouble struct {
	Code   fault.Code        `json:"code"`
	Params map[string]string `json:"params,omitempty"`
}

func troubleOf(f *fault.Error) *Trouble {
	if f == nil {
		return nil
	}
	return &Trouble{f.Code, f.Params}
}

// Fault is the trouble as a fault again.
func (t *Trouble) Fault() *fault.Error {
	f := fault.New(t.Code)
	f.Params = t.Params
	return f
}

// Waiting is an event that was attempted in vain and is tried again.
type Waiting struct {
	Source   string    `json:"source"`
	Event    string    `json:"event"`
	Type     string    `json:"type"`
	First    time.Time `json:"first"` // attempt
	Attempts int       `json:"attempts"`
	Next     time.Time `json:"next"`
	Last     []Attempt `json:"last"` // oldest first
}

// How much is remembered of one subscription.
const (
	keptAttempts = 50 // of all that were made
	keptWaiting  = 20 // events, those first in order
	keptOfEach   = 5  // attempts of each of them
)

// history is what is remembered of attempts.
type history struct {
	mu      sync.Mutex
	recent  []Attempt // oldest first
	waiting map[int64]*Waiting
	success time.Time // last delivery
	next    time.Time // of the handshake, while it is repeated
	changed bool      // since it was kept
}

// note remembers an attempt.
func (h *history) note(a Attempt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changed = true
	h.recent = bounded(h.recent, a, keptAttempts)
	if a.For == ForEvent && a.Trouble == nil {
		h.success = a.At.Add(a.Took)
	}
}

// bounded appends and drops the oldest beyond most.
func bounded(all []Attempt, a Attempt, most int) []Attempt {
	if len(all) >= most {
		all = slices.Delete(all, 0, len(all)-most+1)
	}
	return append(all, a)
}

// failed remembers an event that is tried again at next.
func (h *history) failed(d *broker.Delivery, a Attempt, next time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changed = true
	if h.waiting == nil {
		h.waiting = map[int64]*Waiting{}
	}
	w := h.waiting[d.Offset]
	if w == nil {
		w = &Waiting{Source: d.Event.Source, Event: d.Event.ID, Type: string(d.Event.Type), First: a.At}
		h.waiting[d.Offset] = w
	}
	w.Attempts, w.Next, w.Last = a.Number, next, bounded(w.Last, a, keptOfEach)
}

// settled forgets an event that is delivered or dead.
func (h *history) settled(offset int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waiting[offset] != nil {
		delete(h.waiting, offset)
		h.changed = true
	}
}

// asksAgain remembers when the handshake is repeated; the zero time: no more.
func (h *history) asksAgain(at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next, h.changed = at, true
}

// tell fills a state with what is remembered. Before until nothing is attempted.
func (h *history) tell(s *State, until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.Recent = slices.Clone(h.recent)
	s.LastSuccess, s.Next = h.success, h.next
	offsets := slices.Sorted(maps.Keys(h.waiting))
	s.Retried = len(offsets)
	for _, at := range offsets[:min(len(offsets), keptWaiting)] {
		w := *h.waiting[at]
		w.Last = slices.Clone(w.Last)
		if w.Next.Before(until) {
			w.Next = until
		}
		s.Waiting = append(s.Waiting, w)
	}
}

// recall takes over what an earlier process kept.
func (h *history) recall(s State) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.recent, h.success = s.Recent, s.LastSuccess
}

// takeChanged reports a change since the last call.
func (h *history) takeChanged() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	was := h.changed
	h.changed = false
	return was
}

// touch makes the history one that changed.
func (h *history) touch() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changed = true
}

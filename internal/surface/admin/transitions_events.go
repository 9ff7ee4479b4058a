package admin

import (
	"mconnect/internal/domain/event"
)

// eventLife moves an event type on, draft → published → deprecated → retired, never back, and holds or resumes the
// pushing of a subscription.
func (s *Surface) eventLife() {
	order := []event.Status{event.Draft, event.Published, event.Deprecated, event.Retired}
	place := map[event.Status]int{}
	for i, st := range order {
		place[st] = i
	}
	for verb, status := range map[string]event.Status{
		"publish": event.Published, "deprecate": event.Deprecated, "retire": event.Retired,
	} {
		move[stepByID](s, eventTypes, verb, func(t *EventType) error {
			if place[status] < place[t.Status] {
				return notNow("/status", string(t.Status))
			}
			t.Status = status
			return nil
		})
	}
	for verb, paused := range map[string]bool{"pause": true, "resume": false} {
		move[stepByID](s, subscriptions, verb, func(one *event.Subscription) error { one.Paused = paused; return nil })
	}
}

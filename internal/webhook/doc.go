// Package webhook pushes events to consumers that declare so in their subscription: one signed POST an event, as the
// CloudEvents HTTP 1.1 Web Hooks specification 1.0 has it.
//
// It owns the outside of pushing: the handshake against abuse, signatures, the schedule of repetitions, the
// breaker of a consumer that fails, the order of events that share a partition key, and the guard by which no
// connection leaves for an address outside the consumer's registered networks. What may be delivered to
// whom, and what was confirmed, is decided by the broker.
//
// Flow: Run keeps one pusher for each subscription → handshake → a reader of the broker → lanes by partition key →
// attempts → confirm, or bury when the schedule is exhausted.
package webhook

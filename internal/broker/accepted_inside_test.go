package broker

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mconnect"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/event"
	"mconnect/internal/eventlog"
)

// TestAccepted_CountsProducersAndOriginsSeparately holds what is journalled of accepted events to a slow and simple
// account of the same calls: who brought what from where, how many, of which types, and the digest over source and id
// of each.
func TestAccepted_CountsProducersAndOriginsSeparately(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := round{by: map[string]*accepted{}}
		type account struct {
			count       int
			first, last int64
			types       []string
			text        string
		}
		want := map[string]*account{}
		index := int64(rapid.IntRange(0, 1000).Draw(t, "begin"))
		r.from, r.next = index, index
		for call := range rapid.IntRange(1, 12).Draw(t, "calls") {
			system := mconnect.SystemID(rapid.SampledFrom([]string{"a.one", "a.two"}).Draw(t, "system"))
			origin := rapid.SampledFrom([]string{"c0ffee 192.0.2.1", "c0ffee 192.0.2.2", "beef 192.0.2.1"}).Draw(t, "origin")
			b := appendlog.Batch{First: index}
			d := eventlog.Draft{System: system, Accepted: time.UnixMicro(1), Origin: origin}
			for i := range rapid.IntRange(1, 5).Draw(t, "events") {
				e := event.Event{
					Source: "urn:s", ID: fmt.Sprintf("%d/%d", call, i), ContentType: event.JSONType, Data: []byte("1"),
					Type: mconnect.EventType(rapid.SampledFrom([]string{"A.B.C.D", "A.B.C.E"}).Draw(t, "type")),
				}
				kinds := []eventlog.Kind{eventlog.Ordinary, eventlog.Ordinary, eventlog.Direct, eventlog.Dead}
				d.Event, d.Kind = &e, rapid.SampledFrom(kinds).Draw(t, "kind")
				control := rapid.IntRange(0, 6).Draw(t, "control") == 6
				repeat := byte(rapid.IntRange(0, 4).Draw(t, "repeat") / 4)
				entry := eventlog.Encode(nil, d)
				if control {
					entry.Data[1] |= 1 << 1
				}
				b.Entries = append(b.Entries, entry)
				b.Hashes = append(append(b.Hashes, make([]byte, 8)...), repeat)
				if !control && d.Kind == eventlog.Ordinary {
					if d.Origin = ""; repeat == 0 {
						key := string(system) + " " + origin
						a := want[key]
						if a == nil {
							a = &account{first: index}
							want[key] = a
						}
						a.count++
						a.last = index
						a.text += e.Source + "\x00" + e.ID + "\x00"
						if !slices.Contains(a.types, string(e.Type)) {
							a.types = append(a.types, string(e.Type))
						}
					}
				}
				index++
			}
			if d.Origin != "" { // special entries only: the origin was never stated
				continue
			}
			r.add(b)
		}
		for key, a := range r.by {
			w := want[key]
			if w == nil {
				t.Fatalf("nobody brought anything as %q", key)
			}
			sum := sha256.Sum256([]byte(w.text))
			if a.count != w.count || a.first != w.first || a.last != w.last || len(a.types) != len(w.types) ||
				hex.EncodeToString(a.digest.Sum(nil)) != hex.EncodeToString(sum[:]) {
				t.Fatalf("%q: %+v, want %+v", key, a, w)
			}
		}
		if len(r.by) != len(want) {
			t.Fatalf("%d accounts, want %d", len(r.by), len(want))
		}
	})
}

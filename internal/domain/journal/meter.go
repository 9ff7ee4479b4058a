package journal

import (
	"bytes"
	"context"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
)

// Zone is where the calendar days of quotas and statistics are counted.
const Zone = "Europe/Chisinau"

// dayForm writes a calendar day.
const dayForm = "2006-01-02"

// Limit bounds the use of an agreement; zero means unbounded.
type Limit struct {
	PerDay    int64   // calls per calendar day in Zone
	PerSecond float64 // calls per second, on average
	Burst     int     // calls at once; default PerSecond rounded up
}

// Meter counts the use of agreements per day and second, in memory. It is safe for any number of
// goroutines. The day's count is rebuilt from the journal when a process starts and kept up with what
// other nodes record; the rate is each node's own. Between nodes a quota can be overdrawn by the calls
// that are under way within about a second.
type Meter struct {
	journal *Journal
	ours    []byte // how this node's records name it
	next    int64  // from where Follow counts other nodes' intents

	mu       sync.Mutex
	from, to time.Time // the day that is being counted
	used     map[mconnect.AgreementID]int64
	early    map[mconnect.AgreementID]int64 // of the day after: another node's clock may be ahead
	buckets  map[mconnect.AgreementID]*rate.Limiter
}

// Uses is the use of agreements as the search index has it. package store implements it.
type Uses interface {
	// IndexPosition says up to which entry (exclusive) the index was written.
	IndexPosition(ctx context.Context) (int64, error)
	// Usage returns how many calls were allowed on a day ("2006-01-02" in Zone), per agreement.
	Usage(ctx context.Context, day string) (map[string]int64, error)
}

// Meter makes a Meter that knows today's use so far: from the index, and for what that has not yet, from
// the journal itself. Make it before the node serves.
func (j *Journal) Meter(ctx context.Context, index Uses) (*Meter, error) {
	name := writer{[]byte{'{'}}
	name.text("node", j.node)
	m := &Meter{journal: j, ours: name.b[1:], buckets: map[mconnect.AgreementID]*rate.Limiter{}}
	now := j.clock()
	m.turn(now)
	head, err := j.log.Head(ctx)
	if err != nil {
		return nil, fault.From(err)
	}
	for {
		from, err := index.IndexPosition(ctx)
		if err != nil {
			return nil, fault.From(err)
		}
		used, err := index.Usage(ctx, now.In(j.zone).Format(dayForm))
		if err != nil {
			return nil, fault.From(err)
		}
		again, err := index.IndexPosition(ctx)
		if err != nil {
			return nil, fault.From(err)
		}
		if from != again {
			continue // the follower wrote in between
		}
		for id, n := range used {
			m.used[mconnect.AgreementID(id)] = n
		}
		if m.next, err = j.sinceDay(ctx, from, head.Size, m.from); err != nil {
			return nil, err
		}
		return m, m.catchUp(ctx, head.Size)
	}
}

// sinceDay finds, between from and size, the first batch whose first record is not before the day. Times
// of neighbouring records may be out of order by a little: one batch earlier is early enough.
func (j *Journal) sinceDay(ctx context.Context, from, size int64, day time.Time) (int64, error) {
	low, high := from, size
	for high-low > roundSize {
		mid := low + (high-low)/2
		e, _, err := j.Entry(ctx, mid)
		if err != nil {
			return 0, err
		}
		if e.Time.Before(day.Add(-time.Hour)) {
			low = mid
		} else {
			high = mid
		}
	}
	return low, nil
}

// catchUp counts everybody's intents up to entry size.
func (m *Meter) catchUp(ctx context.Context, size int64) error {
	for m.next < size {
		batches, err := m.journal.log.Read(ctx, m.next, roundSize)
		if err != nil {
			return fault.From(err)
		}
		if len(batches) == 0 {
			return nil
		}
		for _, b := range batches {
			m.count(b, false)
		}
	}
	return nil
}

// Follow counts what other nodes record from now on, until ctx ends (its error is returned).
func (m *Meter) Follow(ctx context.Context) error {
	return m.journal.log.Follow(ctx, m.next, func(b appendlog.Batch) error {
		m.count(b, true)
		return nil
	})
}

// count adds the intents of a batch, leaving out those of this node when own is set.
func (m *Meter) count(b appendlog.Batch, own bool) {
	intent, ours := []byte(`"kind":"intent"`), m.ours // cannot occur inside a text, where quotes are escaped
	for i := range b.Entries {
		data := b.Entries[i].Data
		if b.First+int64(i) < m.next || !bytes.Contains(data, intent) ||
			(own && len(ours) > 0 && bytes.Contains(data, ours)) {
			continue
		}
		e, err := parseIndexed(data)
		if err != nil {
			m.journal.logger.Error("a record cannot be counted", "index", b.First+int64(i), "cause", err)
			continue
		}
		m.mu.Lock()
		switch {
		case !e.at.Before(m.to):
			m.early[e.Agreement]++
		case !e.at.Before(m.from):
			m.used[e.Agreement]++
		}
		m.mu.Unlock()
	}
	m.next = max(m.next, b.First+int64(len(b.Entries)))
}

// Usage reports how many calls were made under the agreement on the day of at or a later one reached, and whether a
// call at that instant would exceed its rate.
func (m *Meter) Usage(id mconnect.AgreementID, l Limit, at time.Time) (today int64, rateExceeded bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reach(at)
	b := m.bucket(id, l, at)
	return m.used[id], b != nil && b.TokensAt(at) < 1
}

// Take counts one call under the agreement, unless that would exceed its quota or its rate: then nothing
// is counted and the answer is false.
func (m *Meter) Take(id mconnect.AgreementID, l Limit, at time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reach(at)
	if l.PerDay > 0 && m.used[id] >= l.PerDay {
		return false
	}
	if b := m.bucket(id, l, at); b != nil && !b.AllowN(at, 1) {
		return false
	}
	m.used[id]++
	return true
}

// reach turns to a new day when at is later than the one that is counted. What is earlier, as a call that
// began before midnight or under a clock that was set back, counts against the day reached: no quota is lifted.
func (m *Meter) reach(at time.Time) {
	if !at.Before(m.to) {
		m.turn(at)
	}
}

func (m *Meter) turn(at time.Time) {
	zone := m.journal.zone
	y, month, d := at.In(zone).Date()
	from, used := time.Date(y, month, d, 0, 0, 0, 0, zone), map[mconnect.AgreementID]int64{}
	if from.Equal(m.to) {
		used = m.early
	}
	m.from, m.to = from, time.Date(y, month, d+1, 0, 0, 0, 0, zone)
	m.used, m.early = used, map[mconnect.AgreementID]int64{}
}

// bucket returns the agreement's token bucket, adjusted to a changed limit; nil when the rate is unbounded.
func (m *Meter) bucket(id mconnect.AgreementID, l Limit, at time.Time) *rate.Limiter {
	if l.PerSecond <= 0 {
		return nil
	}
	burst := max(l.Burst, 1)
	if l.Burst == 0 {
		burst = max(int(math.Ceil(l.PerSecond)), 1)
	}
	b := m.buckets[id]
	if b == nil {
		b = rate.NewLimiter(rate.Limit(l.PerSecond), burst)
		m.buckets[id] = b
	}
	if b.Limit() != rate.Limit(l.PerSecond) {
		b.SetLimitAt(at, rate.Limit(l.PerSecond))
	}
	if b.Burst() != burst {
		b.SetBurstAt(at, burst)
	}
	return b
}

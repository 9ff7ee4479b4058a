package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mconnect/test/world"
)

// eventPlatform is the platform on which events are measured, with a store of its own.
type eventPlatform struct {
	*world.Platform
	a      *world.Authority
	serial atomic.Int64 // the next event's
	groups int          // so far: each run begins a group of its own, at the end of the log
}

// The readers of one system are more than by default, so that three systems can open a thousand.
const eventEnv = "MCONNECT_EVENTS_PER_SYSTEM=1000"

// openEvents starts the platform for events, once.
func (b *bench) openEvents() (err error) {
	if b.events != nil {
		return nil
	}
	if err := b.authority(); err != nil {
		return err
	}
	if err := b.build(); err != nil {
		return err
	}
	b.events, err = b.newEventPlatform("events", fewTypes)
	return err
}

// newEventPlatform starts a platform with that many types of events.
func (b *bench) newEventPlatform(name string, types int) (*eventPlatform, error) {
	p, err := world.NewPlatform(b.ca, b.binary, filepath.Join(b.dir, name), "")
	if err != nil {
		return nil, err
	}
	if err := p.Start(eventEnv); err != nil {
		return nil, err
	}
	b.onClose(func() { p.Stop() })
	parties, err := eventParties(b.ca)
	if err == nil {
		err = p.Apply(parties + eventManifests(types))
	}
	return &eventPlatform{Platform: p, a: b.ca}, err
}

// restart begins with an empty memory.
func (l *eventPlatform) restart() error {
	l.Stop()
	return l.Start(eventEnv)
}

func (l *eventPlatform) address() string { return fmt.Sprintf("127.0.0.1:%d", l.Events) }

// producers prepares producers of 1 KiB events over the few types.
func (l *eventPlatform) producers(connections, batch int) (producers, error) {
	config, err := l.a.Client(eventProducer, "platform")
	return producers{
		target:      target{name: "mconnect", address: l.address(), tls: config, pids: []int{l.PID()}},
		connections: connections, batch: batch, size: eventSize, types: fewTypes, serial: &l.serial,
	}, err
}

// consumers is the three consumers, each connected once, as a group that begins now.
type consumers []*wsConsumer

func (l *eventPlatform) connectConsumers(got func(serial int64)) (consumers, error) {
	l.groups++
	var all consumers
	for _, name := range eventConsumers {
		config, err := l.a.Client(name, "platform")
		if err != nil {
			return all, err
		}
		c, err := listen(l.address(), config, fmt.Sprintf("run%d", l.groups), l.serial.Load())
		if err != nil {
			all.close()
			return nil, err
		}
		c.got = got
		all = append(all, c)
		go c.run()
	}
	return all, nil
}

func (a consumers) close() {
	for _, c := range a {
		c.conn.Close()
	}
}

func (a consumers) delivered() (n int64) {
	for _, c := range a {
		n += c.events.Load()
	}
	return n
}

// least is how many different events the consumer that has fewest of them has.
func (a consumers) least() int64 {
	least := a[0].distinct()
	for _, c := range a[1:] {
		least = min(least, c.distinct())
	}
	return least
}

// await waits until each consumer has all the events, for a minute at most.
func (a consumers) await(all int64) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); a.least() < all; <-tick.C {
		for _, c := range a {
			select {
			case err := <-c.failed:
				return fmt.Errorf("a consumer's socket ended: %w", err)
			default:
			}
		}
		if time.Now().After(end) {
			return fmt.Errorf("a consumer has %d of %d events a minute later", a.least(), all)
		}
	}
	return nil
}

// stream is what a run of producers and consumers gave.
type stream struct {
	produced, delivered int64         // while the producers were at work
	elapsed             time.Duration // of that
	lag                 int64         // events that the slowest consumer had not yet got then
	caughtUp            time.Duration // how much later it had
	repeated            int64         // deliveries that were not the first of their event to that consumer
	used                time.Duration // processor time of the server, until the last delivery
	calls               result
}

func (s stream) produceRate() float64 { return float64(s.produced) / s.elapsed.Seconds() }
func (s stream) deliverRate() float64 { return float64(s.delivered) / s.elapsed.Seconds() }

// each is the processor time for one event, produced once and delivered to three consumers.
func (s stream) each() time.Duration { return s.used / time.Duration(max(s.produced, 1)) }

// stream carries events of 1 KiB, 8 producers in batches of 100 and 3 consumers entitled to all. It fails unless every
// consumer has every event in the end.
func (l *eventPlatform) stream(long time.Duration, types int) (s stream, err error) {
	a, err := l.connectConsumers(nil)
	if err != nil {
		return s, err
	}
	defer a.close()
	p, err := l.producers(8, 100)
	if err != nil {
		return s, err
	}
	p.types = types
	first, used := l.serial.Load(), p.target.used()
	s.calls, err = p.run(long)
	s.elapsed = s.calls.elapsed
	if err != nil {
		return s, err
	}
	s.delivered, s.produced = a.delivered(), l.serial.Load()-first
	s.lag = s.produced - a.least()
	stopped := time.Now()
	err = a.await(s.produced)
	s.caughtUp, s.used = time.Since(stopped), p.target.used()-used
	for _, c := range a {
		s.repeated += c.repeated.Load()
	}
	progress("  %s produced, %s delivered, %d behind at the end, %s an event, calls %s",
		rate(s.produceRate()), rate(s.deliverRate()), s.lag, us(s.each()), latencies(s.calls))
	return s, err
}

func (b *bench) eventStream() error {
	s, err := b.events.stream(b.carry, fewTypes)
	if err != nil {
		return err
	}
	b.table.value(fmt.Sprintf("events of 1 KiB, 8 producers in batches of 100, %s: produced durably", b.carry), "",
		rate(s.produceRate()), "",
		"≥ 15000/s, then 30000/s", s.produceRate() >= 15_000)
	b.table.value("… delivered to 3 consumers, meanwhile", "", rate(s.deliverRate()), "", "≥ 45000/s, then 90000/s",
		s.deliverRate() >= 45_000)
	b.table.value("… behind at the end; caught up after; delivered twice", "",
		fmt.Sprintf("%d; %s; %d", s.lag, ms(s.caughtUp), s.repeated), "", "", true)
	b.table.value("… processor time of the server per event, with its 3 deliveries", "", us(s.each()), "", "", true)
	b.table.value("… p50 / p99 of a batch", "", latencies(s.calls), "", "", true)
	_, peak := memory(b.events.PID())
	b.table.value("… highest memory (RSS)", "", fmt.Sprintf("%.0f MiB", peak), "", "", true)
	return b.profileOf(b.events.Platform, func(long time.Duration) error {
		_, err := b.events.stream(long, fewTypes)
		return err
	})
}

func (b *bench) eventSingle() error {
	p, err := b.events.producers(connections, 0)
	if err != nil {
		return err
	}
	r, err := p.run(2 * b.long)
	if err != nil {
		return err
	}
	progress("  %s, %s, %s an event", rate(r.rate()), latencies(r), us(r.each()))
	b.table.value("events produced one a call, 64 connections", "", rate(r.rate()), "", "≥ 5000/s", r.rate() >= 5000)
	b.table.value("… p50 / p99 of a call; processor time of the server", "", latencies(r)+"; "+us(r.each()), "", "",
		true)
	return b.profileOf(b.events.Platform, func(long time.Duration) error {
		_, err := p.run(long)
		return err
	})
}

func (b *bench) eventLatency() error {
	all, produced, err := b.events.latency(2 * b.long)
	if err != nil {
		return err
	}
	good := all.percentile(50) <= 10*time.Millisecond && all.percentile(99) <= 50*time.Millisecond
	b.table.value("p50 / p99 from producing to receiving, 1000 events/s", "", latencies(all), "", "≤ 10 ms / ≤ 50 ms",
		good)
	b.table.value("… p50 / p99 of a producer's call; processor time per event", "",
		latencies(produced)+"; "+us(all.each()), "", "", true)
	return b.profileOf(b.events.Platform, func(long time.Duration) error {
		_, _, err := b.events.latency(long)
		return err
	})
}

// latency measures from the beginning of the call that produces an event until its frame is read, at 1000 events a
// second, and the calls themselves.
func (l *eventPlatform) latency(long time.Duration) (received, produced result, err error) {
	const perSecond, sixteen = 1000, 16
	total := int(long.Seconds() * perSecond)
	first := l.serial.Load()
	begun := make([]atomic.Int64, total)
	var mu sync.Mutex
	var took []time.Duration
	origin := time.Now()
	a, err := l.connectConsumers(func(serial int64) {
		now := time.Since(origin)
		mu.Lock()
		defer mu.Unlock()
		took = append(took, now-time.Duration(begun[serial-first].Load()))
	})
	if err != nil {
		return received, produced, err
	}
	defer a.close()
	p, err := l.producers(sixteen, 0)
	if err != nil {
		return received, produced, err
	}
	var line atomic.Int64
	produced, err = gather(p.target, sixteen, func(start time.Time, c *connection, w *worker) {
		own := int(line.Add(1)) - 1
		s := newEventTemplate(0, eventSize, fmt.Sprintf("key%02d", own))
		for n := own; n < total && w.failed == 0; n += sixteen {
			due := start.Add(time.Duration(n) * time.Second / perSecond)
			call := due // also when the connection is still busy then
			if wait := time.Until(due); wait > 0 {
				time.Sleep(wait)
				call = time.Now()
			}
			begun[n].Store(int64(call.Sub(origin)))
			_, err := c.conn.Write(s.number(first+int64(n), fewTypes))
			if err == nil {
				_, err = c.answer()
			}
			w.record(0, time.Since(call), err)
		}
	})
	l.serial.Add(int64(total))
	if err == nil && produced.failed > 0 {
		err = fmt.Errorf("%d calls failed: %w", produced.failed, produced.first)
	}
	if err == nil {
		err = a.await(int64(total))
	}
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(took)
	received = result{calls: produced.calls, sorted: took, used: produced.used}
	progress("  %s received, %s answered, %s an event", latencies(received), latencies(produced), us(received.each()))
	return received, produced, err
}

// eventIdle opens a thousand sockets, each of a group of its own, and holds them to their life by one event to all.
func (b *bench) eventIdle() error {
	const crowd, dialers = 1000, 8
	l := b.events
	if err := l.restart(); err != nil {
		return err
	}
	before, _ := memory(l.PID())
	open := make([]*wsConsumer, crowd)
	var came atomic.Int64
	var wg sync.WaitGroup
	failed := make([]error, dialers)
	begun := time.Now()
	for d := range dialers {
		wg.Go(func() {
			for n := d; n < crowd && failed[d] == nil; n += dialers {
				config, err := l.a.Client(eventConsumers[n%3], "platform")
				if err == nil {
					open[n], err = listen(l.address(), config, fmt.Sprintf("idle%04d", n), l.serial.Load())
				}
				failed[d] = err
			}
		})
	}
	wg.Wait()
	defer func() {
		for _, c := range open {
			if c != nil {
				c.conn.Close()
			}
		}
	}()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	progress("  %d sockets open after %s", crowd, time.Since(begun).Round(time.Millisecond))
	time.Sleep(2 * b.long)
	now, _ := memory(l.PID())
	for _, c := range open {
		c.got = func(int64) { came.Add(1) }
		go c.run()
	}
	p, err := l.producers(1, 0)
	if err != nil {
		return err
	}
	p.most = 1
	sent := time.Now()
	if _, err := p.run(time.Minute); err != nil {
		return err
	}
	for came.Load() < crowd {
		if time.Since(sent) > time.Minute {
			return fmt.Errorf("%d of %d sockets got the event", came.Load(), crowd)
		}
		time.Sleep(time.Millisecond)
	}
	took := time.Since(sent)
	progress("  %.0f MiB before, %.0f MiB with them; one event reached all after %s", before, now, ms(took))
	b.table.value("memory with 1000 consumers connected (RSS)", "", fmt.Sprintf("%.0f MiB", now), "", "≤ 300 MB",
		now <= 300e6/(1<<20))
	b.table.value("… one event to all 1000", "", ms(took), "", "", true)
	return nil
}

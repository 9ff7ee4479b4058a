package main

import (
	"fmt"
	"time"
)

// flat is within which ratio the cost of an event counts as the same.
const flat = 1.15

// eventTypes measures the same batches on a platform with ten types, over all of them, and on one with a thousand.
func (b *bench) eventTypes() error {
	begun := time.Now()
	many, err := b.newEventPlatform("types", manyTypes)
	if err != nil {
		return err
	}
	defer many.Stop()
	progress("  a platform with %d types is ready after %s", manyTypes, time.Since(begun).Round(time.Millisecond))
	if err := b.cost("of 1000 event types, to one of 10", many, manyTypes); err != nil {
		return err
	}
	return b.profileOf(many.Platform, func(long time.Duration) error {
		_, err := many.stream(long, manyTypes)
		return err
	})
}

// cost adds a row that compares what one event costs on the usual platform and on another. The two take turns.
func (b *bench) cost(what string, other *eventPlatform, types int) error {
	var sums [2]stream
	for turn := -1; turn < b.options.turns; turn++ {
		for side, l := range []*eventPlatform{b.events, other} {
			long, most := b.long, fewTypes
			if side == 1 {
				most = types
			}
			if turn < 0 {
				long = time.Second / 2
			}
			s, err := l.stream(long, most)
			if err != nil {
				return err
			}
			if turn >= 0 {
				sums[side] = sums[side].and(s)
			}
		}
	}
	usual, special := sums[0], sums[1]
	ratio := float64(special.each()) / float64(max(usual.each(), 1))
	b.table.value("processor time for one event "+what, "", fine(usual.each())+" → "+fine(special.each()),
		fmt.Sprintf("%.2f", ratio),
		fmt.Sprintf("≤ %.2f", flat), ratio <= flat)
	b.table.value("… produced durably", "", rate(usual.produceRate())+" → "+rate(special.produceRate()), "", "", true)
	return nil
}

// and sums up two runs.
func (s stream) and(other stream) stream {
	s.produced += other.produced
	s.delivered += other.delivered
	s.elapsed += other.elapsed
	s.used += other.used
	return s
}

func fine(d time.Duration) string {
	return fmt.Sprintf("%.1f µs", float64(d)/float64(time.Microsecond))
}

// eventBacklog measures the same batches on a log that holds little, and behind millions of events that no group of
// this run concerns. The events of the stock are short: what counts is their number.
func (b *bench) eventBacklog() error {
	l, err := b.newEventPlatform("backlog", fewTypes)
	if err != nil {
		return err
	}
	defer l.Stop()
	p, err := l.producers(4, 3000)
	if err != nil {
		return err
	}
	p.size, p.most = shortSize, int64(b.stock)
	r, err := p.run(10 * time.Minute)
	if err != nil {
		return err
	}
	stored := int64(r.calls) * int64(p.batch)
	progress("  %d events stored in %s, %s an event", stored, r.elapsed.Round(time.Millisecond),
		us(r.used/time.Duration(stored)))
	if err := l.restart(); err != nil {
		return err
	}
	opened := l.Ready
	now, _ := memory(l.PID())
	if err := b.cost(fmt.Sprintf("behind %d others, to one behind few", stored), l, fewTypes); err != nil {
		return err
	}
	b.table.value("… from start to ready with them; memory then (RSS)", "",
		fmt.Sprintf("%s; %.0f MiB", ms(opened), now), "", "", true)
	return b.profileOf(l.Platform, func(long time.Duration) error {
		_, err := l.stream(long, fewTypes)
		return err
	})
}

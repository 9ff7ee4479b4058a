package main

import (
	"fmt"
	"time"
)

// flat is within which ratio the cost of an event counts as the same.
const flat = 1.15

// eventTypes measures the same batches over ten types, and over a thousand.
func (b *bench) eventTypes() error {
	if b.events.types > fewTypes {
		return fmt.Errorf("%d types are declared already", b.events.types)
	}
	few, err := b.events.stream(2*b.long, fewTypes)
	if err != nil {
		return err
	}
	begun := time.Now()
	if err := b.events.declare(manyTypes); err != nil {
		return err
	}
	progress("  %d types declared after %s", manyTypes, time.Since(begun).Round(time.Millisecond))
	many, err := b.events.stream(2*b.long, manyTypes)
	if err != nil {
		return err
	}
	b.cost("of 1000 event types, to one of 10", few, many)
	return b.profileOf(b.events.Platform, func(long time.Duration) error {
		_, err := b.events.stream(long, manyTypes)
		return err
	})
}

// cost adds a row that compares what one event costs.
func (b *bench) cost(what string, before, after stream) {
	ratio := float64(after.each()) / float64(max(before.each(), 1))
	b.table.value("processor time for one event "+what, "", us(before.each())+" → "+us(after.each()), fmt.Sprintf("%.2f", ratio),
		fmt.Sprintf("≤ %.2f", flat), ratio <= flat)
	b.table.value("… produced", "", rate(before.produceRate())+" → "+rate(after.produceRate()), "", "", true)
}

// eventBacklog measures the same batches on a log that holds little, and behind millions of events that no group of this run
// concerns. The events of the stock are short: what counts is their number.
func (b *bench) eventBacklog() error {
	l := b.events
	before, err := l.stream(2*b.long, fewTypes)
	if err != nil {
		return err
	}
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
	progress("  %d events stored in %s, %s an event", stored, r.elapsed.Round(time.Millisecond), us(r.used/time.Duration(stored)))
	if err := l.restart(); err != nil {
		return err
	}
	opened := l.Ready
	now, _ := memory(l.PID())
	after, err := l.stream(2*b.long, fewTypes)
	if err != nil {
		return err
	}
	b.cost(fmt.Sprintf("behind %d others, to one behind few", l.serial.Load()-after.produced), before, after)
	b.table.value("… from start to ready; memory then (RSS)", "", fmt.Sprintf("%s; %.0f MiB", ms(opened), now), "", "", true)
	return b.profileOf(l.Platform, func(long time.Duration) error {
		_, err := l.stream(long, fewTypes)
		return err
	})
}

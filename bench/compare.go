package main

import (
	"crypto/tls"
	"fmt"
	"path/filepath"
	"time"

	"mconnect/test/world"
)

// compare drives several builds of the program and nginx in turns, with the parts that -only selects of small, paced,
// large, file, soap and events. It prints the figures of each build and their ratio to the first side. Turns are needed
// to judge a change of a few percent on a machine whose own speed varies by more.
func (b *bench) compare(binaries []string) error {
	if err := b.startYardstick(); err != nil {
		return err
	}
	var builds []*world.Platform
	for i, binary := range binaries {
		b.binary = binary
		p, err := b.filled(fmt.Sprintf("build-%d", i), "")
		if err != nil {
			return fmt.Errorf("%s: %w", binary, err)
		}
		b.onClose(func() { p.Stop() })
		builds = append(builds, p)
	}
	for _, part := range []struct {
		name string
		part
	}{{"small", smallPart}, {"paced", pacedPart}, {"large", largePart}, {"file", filePart}} {
		if !b.only.MatchString(part.name) {
			continue
		}
		nginx, own, err := b.sides(builds[0], part.part)
		if err != nil {
			return err
		}
		sides := []target{nginx, own}
		for _, p := range builds[1:] {
			t, err := ownTarget(b.ca, p, part.service, part.cut)
			if err != nil {
				return err
			}
			sides = append(sides, t)
		}
		for i, binary := range binaries {
			sides[i+1].name = filepath.Base(binary)
		}
		for _, p := range builds {
			settle(p.PID())
		}
		if err := b.compareTargets(part.name, sides, part.drive); err != nil {
			return err
		}
	}
	if b.only.MatchString("soap") {
		if err := b.compareSOAP(builds, binaries); err != nil {
			return fmt.Errorf("soap: %w", err)
		}
	}
	if b.only.MatchString("events") {
		if err := b.compareEvents(binaries); err != nil {
			return fmt.Errorf("events: %w", err)
		}
	}
	return nil
}

// compareSOAP compares the whole exchange by SOAP, signed and answered by RSA-2048.
func (b *bench) compareSOAP(builds []*world.Platform, binaries []string) error {
	var pair tls.Certificate
	var sides []target
	for i, p := range builds {
		var err error
		if pair, err = b.signingConsumer(p); err != nil {
			return err
		}
		t, err := b.soapTarget(p)
		if err != nil {
			return err
		}
		t.name = filepath.Base(binaries[i])
		sides = append(sides, t)
		settle(p.PID())
	}
	return b.compareTargets("soap", sides, func(t target, long time.Duration) (result, error) {
		return b.sendEnvelopes(t, pair, long)
	})
}

// compareEvents compares producing and delivering: each build has an event platform of its own.
func (b *bench) compareEvents(binaries []string) error {
	var all []*eventPlatform
	for i, binary := range binaries {
		b.binary = binary
		l, err := b.newEventPlatform(fmt.Sprintf("events-%d", i), fewTypes)
		if err != nil {
			return fmt.Errorf("%s: %w", binary, err)
		}
		all = append(all, l)
	}
	sums := make([]stream, len(all))
	for turn := -1; turn < b.options.turns; turn++ {
		for place := range all {
			side := place
			if turn%2 == 1 {
				side = len(all) - 1 - place // the first place is no advantage
			}
			s, err := all[side].stream(b.long, fewTypes)
			if err != nil {
				return fmt.Errorf("%s: %w", binaries[side], err)
			}
			if turn >= 0 { // the first turn warms up
				sums[side] = sums[side].and(s)
			}
		}
	}
	for side, s := range sums {
		_, peak := memory(all[side].PID())
		fmt.Printf("%-6s %-20s %s produced, %s delivered, %s an event, highest memory %.0f MiB\n", "events",
			filepath.Base(binaries[side]), rate(s.produceRate()), rate(s.deliverRate()), us(s.each()), peak)
	}
	return nil
}

// compareTargets drives every side in turns and prints a line for each.
func (b *bench) compareTargets(part string, sides []target, drive func(target, time.Duration) (result, error)) error {
	runs, err := b.inTurns(sides, b.long, drive)
	if err != nil {
		return fmt.Errorf("%s: %w", part, err)
	}
	for side, t := range sides {
		r := runs[side]
		fmt.Printf("%-6s %-20s %s, %.3f of %s, %s, %s a call", part, t.name, rate(r.rate()), r.rate()/runs[0].rate(),
			sides[0].name, latencies(r), us(r.each()))
		if t.name != "nginx" {
			_, peak := memory(t.pids[0])
			fmt.Printf(", highest memory %.0f MiB", peak)
		}
		fmt.Println()
	}
	return nil
}

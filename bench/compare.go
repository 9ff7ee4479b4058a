package main

import (
	"fmt"
	"path/filepath"
	"time"

	"mconnect/test/world"
)

// compare drives several builds of the program in turn, beside nginx, with the parts that -only selects of small, paced,
// large and file. It prints what each build made of the yardstick: the way to judge a change of a few percent on
// a machine whose speed itself wanders by more.
func (b *bench) compare(binaries []string) error {
	if err := b.yardstick(); err != nil {
		return err
	}
	var builds []*world.Platform
	for i, binary := range binaries {
		b.binary = binary
		p, err := b.filled(fmt.Sprintf("build-%d", i), "")
		if err != nil {
			return fmt.Errorf("%s: %w", binary, err)
		}
		b.later(func() { p.Stop() })
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
		if err := b.contest(part.name, sides, part.drive); err != nil {
			return err
		}
	}
	return nil
}

// contest lets every side have its turns and prints a line for each.
func (b *bench) contest(part string, sides []target, drive func(target, time.Duration) (result, error)) error {
	runs, err := b.inTurn(sides, b.long, drive)
	if err != nil {
		return fmt.Errorf("%s: %w", part, err)
	}
	for side, t := range sides {
		r := runs[side]
		fmt.Printf("%-6s %-20s %s, %.3f of nginx, %s, %s a call", part, t.name, rate(r.rate()), r.rate()/runs[0].rate(), latencies(r), us(r.each()))
		if side > 0 {
			_, peak := memory(t.pids[0])
			fmt.Printf(", highest memory %.0f MiB", peak)
		}
		fmt.Println()
	}
	return nil
}

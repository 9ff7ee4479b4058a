package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"mconnect/test/world"
)

// crowd is a platform that holds a number of agreements of others beside those of the caller.
type crowd struct {
	*world.Platform
	n       int
	applied time.Duration // how long applying all of them took
	target  target
}

// agreements measures the same call among few and among very many agreements of others. Each number has a platform of its
// own, started anew once it is filled, and the platforms take turns: else the later figure would be that of an older
// process, a longer journal and another minute of the machine.
func (b *bench) agreements() error {
	var crowds []*crowd
	var sides []target
	for _, n := range b.crowd {
		c, err := b.newCrowd(n)
		if err != nil {
			return err
		}
		defer c.Stop()
		crowds, sides = append(crowds, c), append(sides, c.target)
	}
	runs, err := b.inTurn(sides, b.long/5, atFull(connections)) // short turns: what else the machine does must not fall to one side
	if err != nil {
		return err
	}
	for i, c := range crowds {
		b.among(c, runs[i], runs[0], i == 0)
	}
	last := crowds[len(crowds)-1]
	if err := b.change(last); err != nil {
		return err
	}
	return b.profileOf(last.Platform, func(long time.Duration) error {
		_, err := full(last.target, connections, long)
		return err
	})
}

// newCrowd starts a platform, gives it n agreements of others and starts it again.
func (b *bench) newCrowd(n int) (*crowd, error) {
	p, err := b.filled(fmt.Sprintf("crowd-%d", n), "")
	if err != nil {
		return nil, err
	}
	c := &crowd{Platform: p, n: n}
	const step = 10_000
	began := time.Now()
	for have := 0; have < n && err == nil; have += step {
		err = p.Apply(world.Crowd(have, min(n, have+step)))
	}
	c.applied = time.Since(began)
	p.Stop()
	if err == nil {
		err = p.Start()
	}
	if err != nil {
		return nil, err
	}
	now, peak := memory(p.PID())
	progress("  %d agreements applied in %s; started again in %s, memory %.0f MiB, highest %.0f MiB", n,
		c.applied.Round(time.Millisecond), p.Ready.Round(time.Millisecond), now, peak)
	settle(p.PID())
	if c.target, err = ownTarget(b.ca, p, world.ServicePerson, smallSize/2); err != nil {
		p.Stop()
		return nil, err
	}
	c.target.name = fmt.Sprintf("among %d", n)
	return c, nil
}

// settle waits until the process does nothing more of note, at most two minutes: the search index is still being told of
// all that was recorded, which is no cost of what is measured next.
func settle(pid int) {
	for last, end := processor(pid), time.Now().Add(2*time.Minute); time.Now().Before(end); {
		time.Sleep(2 * time.Second)
		now := processor(pid)
		if now-last <= 20*time.Millisecond {
			return
		}
		last = now
	}
}

// among adds the rows of one crowd, which is compared with the smallest.
func (b *bench) among(c *crowd, r, least result, first bool) {
	change, want := (r.rate()/least.rate()-1)*100, ""
	if !first {
		want = "within 10 %"
	}
	b.table.value(fmt.Sprintf("rate among %d agreements", c.n), "", rate(r.rate()), fmt.Sprintf("%+.1f %%", change), want, math.Abs(change) <= 10)
	b.table.value("… processor time of the server per call", "", us(r.each()), "", "", true)
	if first {
		return
	}
	now, _ := memory(c.PID())
	b.table.value("… from start to ready with them; memory after the load (RSS)", "", fmt.Sprintf("%s; %.0f MiB", ms(c.Ready), now), "", "", true)
}

// change suspends the caller's own agreement among all of the crowd and measures until a call is refused; then it puts
// the agreement in force again.
func (b *bench) change(c *crowd) error {
	inForce := world.Agreement("world.small", world.ConsumerSystem, world.ServicePerson, strings.Join(world.Granted, ", "))
	conn, err := c.target.dial()
	if err != nil {
		return err
	}
	defer conn.conn.Close()
	began := time.Now()
	if err := c.Apply(inForce + "status: suspended\n"); err != nil {
		return err
	}
	for {
		if _, err := conn.call(c.target); err != nil {
			break
		}
	}
	took := time.Since(began)
	b.table.value(fmt.Sprintf("one agreement among %d suspended: until calls are refused", c.n), "", ms(took), "", "≤ 1 s", took <= time.Second)
	return c.Apply(inForce)
}

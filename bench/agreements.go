package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"mconnect/test/world"
)

// agreementLoad is a platform with a number of agreements of other consumers and those of the caller.
type agreementLoad struct {
	*world.Platform
	n       int
	applied time.Duration // how long applying all of them took
	target  target
}

// agreements measures the same call with few and with very many agreements of other consumers. Each number has a
// platform of its own, restarted after it has been filled, and the platforms are driven in turns. Otherwise the later
// figure would come from an older process, a longer journal and another state of the machine.
func (b *bench) agreements() error {
	var crowds []*agreementLoad
	var sides []target
	for _, n := range b.options.agreements {
		c, err := b.newAgreementLoad(n)
		if err != nil {
			return err
		}
		defer c.Stop()
		crowds, sides = append(crowds, c), append(sides, c.target)
	}
	// short turns: other load of the machine must not affect one side only
	runs, err := b.inTurns(sides, b.long/5, atFull(connections))
	if err != nil {
		return err
	}
	for i, c := range crowds {
		b.addAgreementRows(c, runs[i], runs[0], i == 0)
	}
	last := crowds[len(crowds)-1]
	if err := b.measureChange(last); err != nil {
		return err
	}
	return b.profileOf(last.Platform, func(long time.Duration) error {
		_, err := full(last.target, connections, long)
		return err
	})
}

// newAgreementLoad starts a platform, applies n agreements of other consumers and restarts it.
func (b *bench) newAgreementLoad(n int) (*agreementLoad, error) {
	p, err := b.filled(fmt.Sprintf("crowd-%d", n), "")
	if err != nil {
		return nil, err
	}
	c := &agreementLoad{Platform: p, n: n}
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

// settle waits until the process is idle, at most two minutes. The search index may still process what was recorded,
// which must not count as a cost of the next measurement.
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

// addAgreementRows adds the rows of one number of agreements, compared with those of the smallest.
func (b *bench) addAgreementRows(c *agreementLoad, r, least result, first bool) {
	change, want := (r.rate()/least.rate()-1)*100, ""
	if !first {
		want = "within 10 %"
	}
	b.table.value(fmt.Sprintf("rate among %d agreements", c.n), "", rate(r.rate()), fmt.Sprintf("%+.1f %%", change),
		want, math.Abs(change) <= 10)
	b.table.value("… processor time of the server per call", "", us(r.each()), "", "", true)
	if first {
		return
	}
	now, _ := memory(c.PID())
	b.table.value("… from start to ready with them; memory after the load (RSS)", "",
		fmt.Sprintf("%s; %.0f MiB", ms(c.Ready), now), "", "", true)
}

// measureChange suspends the caller's own agreement among all others and measures the time until a call is refused. It
// then resumes the agreement.
func (b *bench) measureChange(c *agreementLoad) error {
	inForce := world.Agreement("world.small", world.ConsumerSystem, world.ServicePerson,
		strings.Join(world.Granted, ", "))
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
	b.table.value(fmt.Sprintf("one agreement among %d suspended: until calls are refused", c.n), "", ms(took), "",
		"≤ 1 s", took <= time.Second)
	return c.Apply(inForce)
}

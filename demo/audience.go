package demo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"mconnect/client"
)

// The pace of events in the live demo, and the habits of the consumer that falls asleep.
const (
	newsPace  = 1500 * time.Millisecond
	awakeFor  = 30 * time.Second
	asleepFor = 15 * time.Second
)

// follow lets the register tell its news and the consumers hear them, each in its own way, until ctx ends.
func (c *ground) follow(ctx context.Context, v *view) {
	var all sync.WaitGroup
	for _, one := range []func(context.Context, *view){c.tell, c.hallListens, c.insuranceAsks} {
		all.Go(func() { one(ctx, v) })
	}
	forget := c.registers.bank.hear(func(e heard) { v.delivered(time.Now(), bankDesk, "by webhook", e) })
	all.Wait()
	forget()
}

// tell is the civil-status register: it produces one event after another.
func (c *ground) tell(ctx context.Context, v *view) {
	tick := time.NewTicker(newsPace)
	defer tick.Stop()
	began := time.Now()
	row := news{world: c.world, run: runID(began)}
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case row.day = <-tick.C:
		}
		e := row.next(n)
		sent := time.Now()
		err := c.parties[civil].own.Produce(ctx, e)
		if ctx.Err() == nil {
			v.produced(time.Now(), civil, e, time.Since(sent), err)
		}
	}
}

// hallListens is the town hall at its WebSocket.
func (c *ground) hallListens(ctx context.Context, v *view) {
	err := c.parties[townHall].own.Consume(ctx, client.Subscription{NoTest: true, Pause: time.Second}, func(_ context.Context, d *client.Delivery) error {
		v.delivered(time.Now(), townHall, "by WebSocket", heard{Source: d.Source, ID: d.ID, Type: d.Type, Time: d.Time, PartitionKey: d.PartitionKey})
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		v.note("%s hears nothing any more: %v", townHall, err)
	}
}

// insuranceAsks is the social insurance, which polls. Now and then it falls asleep and, when it wakes up, gets what it missed.
func (c *ground) insuranceAsks(ctx context.Context, v *view) {
	for ctx.Err() == nil {
		day, night := context.WithTimeout(ctx, awakeFor)
		err := c.polls(day, v)
		night()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !errors.Is(err, context.DeadlineExceeded):
			v.note("%s cannot poll: %v", allowance, err)
		default:
			v.note("%s  %-27s falls asleep for %.0f s; what happens meanwhile waits for it", time.Now().Format("15:04:05"), allowance, asleepFor.Seconds())
		}
		select {
		case <-ctx.Done():
		case <-time.After(asleepFor):
		}
	}
}

// polls polls until ctx ends.
func (c *ground) polls(ctx context.Context, v *view) error {
	i, err := c.parties[allowance].join(ctx, "")
	if err != nil {
		return err
	}
	defer func() {
		last, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer done()
		_ = i.leave(last) // it ends by itself otherwise
	}()
	for {
		batch, err := i.poll(ctx)
		if err != nil {
			return err
		}
		how := "by long poll"
		if len(batch) > 1 {
			how = fmt.Sprintf("by long poll, %d at once", len(batch))
		}
		for _, e := range batch {
			v.delivered(time.Now(), allowance, how, e)
		}
	}
}

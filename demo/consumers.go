package demo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"mconnect/client"
)

// The rate of events in the live demo, and the intervals of the consumer that disconnects.
const (
	newsPace  = 1500 * time.Millisecond
	awakeFor  = 30 * time.Second
	asleepFor = 15 * time.Second
)

// playEvents produces and consumes events, each consumer by its own transport, until ctx ends.
func (c *environment) playEvents(ctx context.Context, v *view) {
	var all sync.WaitGroup
	for _, one := range []func(context.Context, *view){c.produceNews, c.consumeAsTownHall, c.consumeAsInsurance} {
		all.Go(func() { one(ctx, v) })
	}
	forget := c.registers.bank.subscribe(func(e received) { v.delivered(time.Now(), bankDesk, "by webhook", e) })
	all.Wait()
	forget()
}

// produceNews produces events as the civil-status register, at a fixed rate.
func (c *environment) produceNews(ctx context.Context, v *view) {
	tick := time.NewTicker(newsPace)
	defer tick.Stop()
	began := time.Now()
	row := news{dataset: c.dataset, run: runID(began)}
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case row.day = <-tick.C:
		}
		e := row.next(n)
		sent := time.Now()
		err := c.eventClients[civil].sdk.Produce(ctx, e)
		if ctx.Err() == nil {
			v.produced(time.Now(), civil, e, time.Since(sent), err)
		}
	}
}

// consumeAsTownHall consumes by WebSocket.
func (c *environment) consumeAsTownHall(ctx context.Context, v *view) {
	err := c.eventClients[townHall].sdk.Consume(ctx, client.Subscription{NoTest: true, Pause: time.Second},
		func(_ context.Context, d *client.Delivery) error {
			v.delivered(time.Now(), townHall, "by WebSocket", received{Source: d.Source, ID: d.ID, Type: d.Type,
				Time: d.Time, PartitionKey: d.PartitionKey})
			return nil
		})
	if !errors.Is(err, context.Canceled) {
		v.note("%s no longer receives events: %v", townHall, err)
	}
}

// consumeAsInsurance consumes by long poll. It disconnects at intervals and receives the missed events afterwards.
func (c *environment) consumeAsInsurance(ctx context.Context, v *view) {
	for ctx.Err() == nil {
		day, night := context.WithTimeout(ctx, awakeFor)
		err := c.poll(day, v)
		night()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !errors.Is(err, context.DeadlineExceeded):
			v.note("%s cannot poll: %v", allowance, err)
		default:
			v.note("%s  %-27s disconnects for %.0f s; its events are kept for it", time.Now().Format("15:04:05"),
				allowance, asleepFor.Seconds())
		}
		select {
		case <-ctx.Done():
		case <-time.After(asleepFor):
		}
	}
}

// poll polls until ctx ends.
func (c *environment) poll(ctx context.Context, v *view) error {
	i, err := c.eventClients[allowance].join(ctx, "")
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

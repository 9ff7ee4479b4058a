package broker_test

import (
	"context"
	"fmt"
	"os"
	"sync"

	"mconnect"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/internal/eventlog"
	"mconnect/internal/store"
)

// childEnv makes the test's program play another process.
const childEnv = "MCONNECT_RELAY_TEST_CHILD"

func child() int {
	if err := childCarries(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// childKeys is how many partition keys the producers of a child use each.
const childKeys = 4

// childCarries produces from several callers and reads two groups until it is killed. It prints "acc key number" for
// what was acknowledged and "got system key number" for what was delivered, the latter before it is confirmed.
func childCarries() error {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Config{URL: os.Getenv("CHILD_URL")})
	if err != nil {
		return err
	}
	rights := newRights()
	rights.producers[producer] = []string{source}
	b := &ledger{}
	if b.log, err = db.OpenLog(ctx, "journal", nil); err != nil {
		return err
	}
	rights.grant(bank, void)
	rights.grant(hall, void)
	kept, err := eventlog.Open(ctx, eventlog.Config{Tables: db}, db.OpenLog)
	if err != nil {
		return err
	}
	e, err := broker.Open(broker.Config{Log: kept, Dead: db, Rights: rights, Ledger: b})
	if err != nil {
		return err
	}
	var out sync.Mutex
	say := func(format string, args ...any) {
		out.Lock()
		defer out.Unlock()
		fmt.Printf(format+"\n", args...)
	}
	failed := make(chan error, 8)
	for _, system := range []mconnect.SystemID{bank, bank, hall} {
		r, err := e.Open(ctx, broker.Caller{System: system}, broker.Options{Events: true})
		if err != nil {
			return err
		}
		go func() {
			for {
				ds, err := r.Next(ctx, 50, 1<<20)
				if err != nil {
					failed <- err
					return
				}
				for _, d := range ds {
					say("got %s %s %s", system, keyIn(d.Event.ID), d.Event.ID)
				}
				_ = r.Confirm(0)
			}
		}()
	}
	run := os.Getenv("CHILD_RUN")
	for w := range 4 {
		go func() {
			for n := 0; ; n += childKeys {
				var batch []event.Event
				for k := range childKeys {
					key := fmt.Sprintf("%s.%d.%d", run, w, k)
					batch = append(batch, ev(fmt.Sprintf("%s/%d", key, n/childKeys), void, key))
				}
				if err := e.Produce(ctx, broker.Caller{System: producer}, batch); err != nil {
					failed <- err
					return
				}
				for _, one := range batch {
					say("acc %s %s", one.PartitionKey, one.ID)
				}
			}
		}()
	}
	return <-failed
}

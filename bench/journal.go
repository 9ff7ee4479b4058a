package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/app"
	"mconnect/internal/config"
	"mconnect/internal/domain/journal"
	"mconnect/internal/store"
	"mconnect/test/world"
)

// recordsPerSecond writes intents of ordinary calls with 64 writers, each waiting until its record is
// durable: canonical form, sealed subject, Merkle hashes and signed checkpoint included, search index not.
func recordsPerSecond(url string, writers int, long time.Duration) (result, error) {
	ctx := context.Background()
	app.Tune(config.Config{}.WithDefaults().Runtime) // as the server does
	db, err := store.Open(ctx, store.Config{URL: url})
	if err != nil {
		return result{}, err
	}
	defer func() { _ = db.Close() }()
	keys, err := journal.NewKeys()
	if err != nil {
		return result{}, err
	}
	const origin = "bench.invalid/journal"
	log, err := db.OpenLog(ctx, "journal", journal.NewSealer(keys, origin))
	if err != nil {
		return result{}, err
	}
	j, err := journal.New(journal.Config{Log: log, Keys: keys, Origin: origin, Node: "bench"})
	if err != nil {
		return result{}, err
	}
	var stop atomic.Bool
	var wg sync.WaitGroup
	workers := make([]worker, writers)
	start := time.Now()
	for i := range workers {
		w := &workers[i]
		wg.Go(func() {
			for !stop.Load() && w.failed == 0 {
				before := time.Now()
				_, err := j.Record(ctx, intent())
				w.record(0, time.Since(before), err)
			}
		})
	}
	time.Sleep(long)
	stop.Store(true)
	wg.Wait()
	r := result{elapsed: time.Since(start)}
	for _, w := range workers {
		r.calls += w.calls
		r.failed += w.failed
		r.sorted = append(r.sorted, w.took...)
		if r.first == nil {
			r.first = w.first
		}
	}
	if r.failed > 0 {
		return r, fmt.Errorf("journal on %s: %w", db.Dialect(), r.first)
	}
	head, err := log.Head(ctx)
	if err == nil && head.Size != int64(r.calls) {
		err = fmt.Errorf("journal on %s: %d records acknowledged, %d kept", db.Dialect(), r.calls, head.Size)
	}
	return join([]result{r}), err
}

// intent is a record as the call path writes it for an ordinary call.
func intent() journal.Record {
	return journal.Record{
		Kind: journal.Intent, Call: "0192f0c1-7c1e-7b3a-9d2e-3f4a5b6c7d8e", Trace: "4bf92f3577b34da6a3ce929d0e0e4736",
		Protocol: "rest",
		System:   world.ConsumerSystem, Consumer: "world-consumer", Address: "127.0.0.1", Service: world.ServicePerson,
		Certificate: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		Version:     mconnect.Version{Major: 1}, Provider: world.ProviderSystem, Agreement: "world.small", Revision: 17,
		Purpose:    "masurare",
		LegalBasis: "Legea nr. 0/2000 (exemplu) art. 1", Subject: world.Subject, Grant: world.Granted,
		Context: mconnect.LegalContext{User: world.Official, Entity: world.ConsumerIDNO, Basis: world.Basis,
			Reason: world.Reason},
		Request: &journal.Body{Size: int64(len(world.Question)),
			SHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		Checks: []fault.Check{
			{Name: "system.active", Result: fault.Passed}, {Name: "agreement.period", Result: fault.Passed},
			{Name: "fields", Result: fault.Passed},
		},
	}
}

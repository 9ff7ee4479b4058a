package app

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"mconnect/fault"
)

// reloadEvery is how often certificates, anchors and revocation lists are checked for changes.
const reloadEvery = 5 * time.Second

// sweepEvery is how often kept bodies whose time is over are removed.
const sweepEvery = time.Minute

// Run serves until ctx ends or a server fails, then drains: readiness says no, keep-alive connections end
// with their next answer, calls in flight finish within limits.drain, everything is closed. It returns nil after
// an orderly stop.
func (a *App) Run(ctx context.Context) error {
	if err := a.started(ctx); err != nil {
		return errors.Join(err, a.Close())
	}
	a.keepLists()
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	for _, follow := range []func(context.Context){a.follow, a.followUse, a.followIndex, a.reload, a.refreshStaples,
		a.sweep, a.collect, a.followCheckpoint} {
		work.Go(func() { follow(background) })
	}
	pushing, pause := context.WithCancel(ctx) // ends before the rest: what is in flight is delivered again
	defer pause()
	work.Go(func() { a.webhooks.Run(pushing) })
	failed := make(chan error, len(a.servers)+2)
	if a.sandbox != nil {
		work.Go(func() { a.sandbox.serve(failed) })
	}
	if a.portal != nil {
		work.Go(func() { a.portal.serve(failed) })
	}
	for n, s := range a.servers {
		work.Go(func() {
			if err := s.ServeTLS(a.listeners[n], "", ""); !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		})
	}
	a.serving.Store(true)
	addrs := a.Addrs()
	a.logger.Info("ready", "version", Version, "exchange", addrs.Exchange, "events", addrs.Events, "admin", addrs.Admin,
		"node", a.Config.Node, "store", a.Store.Dialect())
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	case <-a.lease.Lost():
		err = a.lease.Err()
	}
	pause()
	err = errors.Join(err, a.drain())
	stop()
	work.Wait()
	err = errors.Join(err, a.Close())
	a.logger.Info("stopped")
	return err
}

// drain stops the exchange first, so that readiness is still answered meanwhile.
func (a *App) drain() error {
	a.draining.Store(true)
	a.rest.Drain()
	a.soap.Drain()
	a.events.Drain()
	a.management.Drain()
	a.logger.Info("draining", "in_flight", a.rest.InFlight()+a.soap.InFlight(), "at_most",
		a.Config.Limits.Drain.String())
	ctx, cancel := context.WithTimeout(context.Background(), a.Config.Limits.Drain)
	defer cancel()
	all := []error{a.sandbox.drain(ctx), a.portal.drain(ctx), a.events.Close(ctx)}
	for _, s := range a.servers {
		if err := s.Shutdown(ctx); err != nil {
			a.logger.Warn("calls were cut off", "cause", err)
			all = append(all, s.Close())
		}
	}
	return errors.Join(all...)
}

// retry repeats a follower that failed, until ctx ends.
func (a *App) retry(ctx context.Context, name string, follow func(context.Context) error) {
	for ctx.Err() == nil {
		err := follow(ctx)
		if ctx.Err() != nil {
			return
		}
		a.logger.Warn(name+" was interrupted; trying again", "code", string(fault.From(err).Code), "cause", err)
		a.metrics.StoreError("follow")
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

func (a *App) follow(ctx context.Context)    { a.retry(ctx, "following the country", a.Country.Follow) }
func (a *App) followUse(ctx context.Context) { a.retry(ctx, "counting use", a.meter.Follow) }

func (a *App) followIndex(ctx context.Context) {
	a.retry(ctx, "indexing", func(ctx context.Context) error { return a.Journal.Index(ctx, a.Store) })
}

func (a *App) followCheckpoint(ctx context.Context) { a.witness.follow(ctx, a.logger) }

// reload looks for new certificates, anchors and revocation lists. What cannot be read is logged, and the
// former stays in use.
func (a *App) reload(ctx context.Context) {
	every(ctx, reloadEvery, a.reloadChanged)
}

// reloadChanged reads certificates, anchors and lists whose files have changed.
func (a *App) reloadChanged() {
	kept := map[string]func() (bool, error){"trust": a.Trust.Reload, "platform certificate": a.Identity.Reload}
	if a.Signing != nil {
		kept["signing certificate"] = a.Signing.Reload
	}
	for name, reload := range kept {
		switch changed, err := reload(); {
		case err != nil:
			a.logger.Error("cannot reload; the former stays in use", "what", name, "cause", err)
		case changed:
			a.logger.Info("reloaded", "what", name)
			a.keepLists()
			a.Rooms.Registry.Reconsider()
			a.Rights.Announce() // a consumer that waits for events may have lost its right
		}
	}
}

// sweep removes kept bodies whose time is over.
func (a *App) sweep(ctx context.Context) {
	every(ctx, sweepEvery, func() {
		if n, err := a.Store.DropExpired(ctx, time.Now()); err != nil && ctx.Err() == nil {
			a.logger.Warn("cannot remove expired bodies", "cause", err)
		} else if n > 0 {
			a.logger.Info("removed expired bodies", "count", n)
		}
	})
}

func every(ctx context.Context, period time.Duration, do func()) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			do()
		case <-ctx.Done():
			return
		}
	}
}

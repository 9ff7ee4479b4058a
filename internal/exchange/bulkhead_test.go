package exchange_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/journal"
	"mconnect/internal/exchange"
	"mconnect/test/must"
)

// second is another service next to GetPerson.
func (w *platform) second(t *testing.T) {
	t.Helper()
	s := personService()
	s.Name = "GetOther"
	must.OK(t, w.catalog.Put(s))
	w.agree(t, agreement.Agreement{ID: "town-other", Service: "GetOther"})
}

func (w *platform) ask(service mconnect.ServiceName) (*exchange.Answer, error) {
	c := w.call()
	c.Service = service
	return w.Do(context.Background(), c)
}

// TestExchange_ASlowServiceLeavesRoom: a service has only so many calls under way; one more is refused before the
// provider is asked, another service is served meanwhile, and the place comes back when a call ends.
func TestExchange_ASlowServiceLeavesRoom(t *testing.T) {
	w := newPlatform(t, func(c *exchange.Config) { c.Defaults.Calls = 2 })
	w.second(t)
	good := w.deliver
	arrived, leave := make(chan struct{}), make(chan struct{})
	w.deliver = func(ctx context.Context, d exchange.Delivery) (exchange.Reply, error) {
		if d.Service.Name == "GetPerson" {
			arrived <- struct{}{}
			<-leave
		}
		return good(ctx, d)
	}
	var under sync.WaitGroup
	for range 2 {
		under.Go(func() {
			if a, err := w.ask("GetPerson"); err != nil {
				t.Error(err)
			} else {
				a.Release()
			}
		})
		<-arrived
	}
	before := len(w.records(t))
	_, err := w.ask("GetPerson")
	if f := wantFault(t, err, fault.ProviderBusy, fault.Platform); f.RetryAfter <= 0 || f.Params["limit"] != "2" {
		t.Errorf("%+v", f)
	}
	if all := w.records(t); len(all) != before+1 || all[before].Kind != journal.Refusal {
		t.Errorf("recorded %v", kinds(all[before:]))
	}
	a := must.Get(w.ask("GetOther"))(t)
	a.Release()
	close(leave)
	under.Wait()
	w.deliver = good
	if a, err = w.ask("GetPerson"); err != nil {
		t.Fatal(err)
	}
	a.Release()
}

// TestExchange_AnswersThatAreNotRead: answers that their callers do not take fill no more than the service's half of
// the memory; others are served, and once the answers are released so is the service.
func TestExchange_AnswersThatAreNotRead(t *testing.T) {
	const room = 8 << 20
	w := newPlatform(t, func(c *exchange.Config) { c.Defaults.Answers = room })
	w.second(t)
	large := []byte(`{"IDNP":"` + aPerson + `","LastName":"` + strings.Repeat("x", 1<<20) + `"}`)
	good := w.deliver
	w.deliver = func(ctx context.Context, d exchange.Delivery) (exchange.Reply, error) {
		if d.Service.Name == "GetPerson" {
			return exchange.Reply{Body: bytes.Clone(large)}, nil
		}
		return good(ctx, d)
	}
	var unread []*exchange.Answer
	for range 100 {
		a, err := w.ask("GetPerson")
		if err != nil {
			if f := wantFault(t, err, fault.Overloaded, fault.Platform); f.RetryAfter <= 0 {
				t.Errorf("%+v", f)
			}
			break
		}
		unread = append(unread, a)
	}
	if n := len(unread); n < 2 || n > room/2>>20+1 {
		t.Fatalf("%d answers of 1 MiB are held by a service that has %d bytes", n, room/2)
	}
	a, err := w.ask("GetOther")
	must.OK(t, err)
	a.Release()
	for _, a := range unread {
		a.Release()
	}
	if a, err = w.ask("GetPerson"); err != nil {
		t.Fatal(err)
	}
	a.Release()
}

// TestExchange_ProvidersWordsReachOnlyWhereTheServiceSaysSo: a provider's free text passes by the cut, so a consumer
// gets the code alone; the operator has the words in the log. On 331cb78 they reached every consumer.
func TestExchange_ProvidersWordsReachOnlyWhereTheServiceSaysSo(t *testing.T) {
	for _, open := range []bool{false, true} {
		var log bytes.Buffer
		w := newPlatform(t, func(c *exchange.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
		s := personService()
		s.Name, s.ProviderSays = "GetOther", open
		must.OK(t, w.catalog.Put(s))
		w.agree(t, agreement.Agreement{ID: "town-other", Service: "GetOther"})
		w.deliver = func(context.Context, exchange.Delivery) (exchange.Reply, error) {
			f := fault.New(fault.ProviderRefused)
			f.Provider = "diagnosis F20.0"
			return exchange.Reply{}, f
		}
		_, err := w.ask("GetOther")
		if f := wantFault(t, err, fault.ProviderRefused, fault.Provider); (f.Provider != "") != open {
			t.Errorf("provider_says %t: %q", open, f.Provider)
		}
		if !strings.Contains(log.String(), "diagnosis F20.0") {
			t.Errorf("the operator is not told: %s", log.String())
		}
	}
}

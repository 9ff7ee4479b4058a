package exchange_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
	"mconnect/internal/exchange"
	"mconnect/test/engines"
	"mconnect/test/must"
)

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func TestDo_LeavesIntentAndOutcome(t *testing.T) {
	engines.Each(t, aLawfulCallLeavesIntentAndOutcome)
}

func aLawfulCallLeavesIntentAndOutcome(t *testing.T) {
	w := newPlatform(t)
	c := w.call()
	var handed exchange.Delivery
	inner := w.deliver
	w.deliver = func(ctx context.Context, d exchange.Delivery) (exchange.Reply, error) {
		handed = d
		if got := kinds(w.records(t)); !slices.Equal(got, []journal.Kind{journal.Intent}) {
			t.Errorf("before delivery the journal held %v, want one intent", got)
		}
		return inner(ctx, d)
	}
	c.Input = []byte(` {"IDNP" : "` + aPerson + `"} `)
	answer := must.Get(w.Do(t.Context(), c))(t)
	const want = `{"LastName":"Exemplu","Address":{"City":"Bălți"}}`
	if string(answer.Body) != want || answer.MediaType != "application/json" || answer.Service.Name != "GetPerson" {
		t.Fatalf("answer %s %s", answer.MediaType, answer.Body)
	}
	if string(handed.Input) != `{"IDNP":"`+aPerson+`"}` || handed.Call != c.ID || handed.Trace != c.Trace || len(c.Trace) != 32 {
		t.Errorf("delivered %+v", handed)
	}
	all := w.wantKinds(t, journal.Intent, journal.Outcome)
	intent, outcome := all[0], all[1]
	switch {
	case intent.Call != c.ID || outcome.Call != c.ID || intent.System != "town.desk" || intent.Consumer != "town" || intent.Provider != "reg.persons":
		t.Errorf("intent names %+v", intent.Record)
	case intent.Agreement != "town-person" || intent.Purpose != "residence" || intent.LegalBasis != "Legea nr. 100/2001, art. 12":
		t.Errorf("intent rests on %s %s %s", intent.Agreement, intent.Purpose, intent.LegalBasis)
	case intent.Subject != "" || !bytes.Equal(intent.Pseudonym, w.journal.Pseudonym(aPerson)) || len(intent.Checks) != 0:
		t.Errorf("intent's subject %q", intent.Subject)
	case intent.Request == nil || intent.Request.SHA256 != sum(c.Input) || intent.Request.Size != int64(len(c.Input)):
		t.Errorf("intent's request %+v", intent.Request)
	case !slices.Equal(intent.Grant, []string{"LastName", "Address.City"}) || intent.Context != c.Context:
		t.Errorf("intent grants %v in %+v", intent.Grant, intent.Context)
	case outcome.Answer == nil || outcome.Answer.SHA256 != sum([]byte(want)) || outcome.Code != "" || outcome.Note != "undeclared fields dropped: 1":
		t.Errorf("outcome %+v", outcome.Record)
	case c.Receipt.Index != 1 || c.Receipt.Size != 2:
		t.Errorf("receipt %+v, want that of the outcome", c.Receipt)
	}
	answer.Release()
	if len(w.seen) != 1 || w.seen[0].Code != "" || w.seen[0].Dropped != 1 || w.seen[0].Consumer != "town" || w.seen[0].Total <= 0 {
		t.Errorf("observed %+v", w.seen)
	}
}

func TestDo_RefusalsAreRecordedAndNotDelivered(t *testing.T) {
	engines.Each(t, refusalsAreRecordedAndNothingIsDelivered)
}

func refusalsAreRecordedAndNothingIsDelivered(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*platform, *exchange.Call)
		code   fault.Code
		leg    fault.Leg
		checks bool
	}{
		{"no certificate", func(_ *platform, c *exchange.Call) { c.Chain = nil }, fault.CertificateMissing, fault.Caller, false},
		{"foreign certificate", func(w *platform, c *exchange.Call) { c.Chain = w.stranger }, fault.CertificateUnknown, fault.Caller, false},
		{"unread by a stranger", func(_ *platform, c *exchange.Call) {
			c.Chain, c.Unread = nil, fault.New(fault.MessageTooLarge, "limit", "9")
		}, fault.CertificateMissing, fault.Caller, false},
		{"unread", func(_ *platform, c *exchange.Call) { c.Unread = fault.New(fault.MessageTooLarge, "limit", "9") }, fault.MessageTooLarge, fault.Caller, false},
		{"unknown service", func(_ *platform, c *exchange.Call) { c.Service = "GetNothing" }, fault.ServiceUnknown, fault.Caller, false},
		{"unknown version", func(_ *platform, c *exchange.Call) { c.Version.Major = 9 }, fault.ServiceVersion, fault.Caller, false},
		{"unreadable input", func(_ *platform, c *exchange.Call) { c.Input = []byte(`{"IDNP":`) }, fault.MessageMalformed, fault.Caller, false},
		{"wrong input", func(_ *platform, c *exchange.Call) { c.Input = []byte(`{"IDNP":"2000000000005"}`) }, fault.InputInvalid, fault.Caller, false},
		{"unknown field wished", func(_ *platform, c *exchange.Call) { c.Fields = []string{"Salary"} }, fault.InputInvalid, fault.Caller, false},
		{"field not granted", func(_ *platform, c *exchange.Call) { c.Fields = []string{"Address.Street"} }, fault.FieldNotGranted, fault.Caller, true},
		{"wrong purpose", func(_ *platform, c *exchange.Call) { c.Context.Basis = "Legea 1" }, fault.PurposeUnknown, fault.Caller, true},
		{"no reason", func(_ *platform, c *exchange.Call) { c.Context.Reason = "because" }, fault.PurposeReason, fault.Caller, true},
		{"no agreement", func(w *platform, _ *exchange.Call) { w.book.Remove("town-person") }, fault.AgreementNone, fault.Caller, true},
		{"suspended system", func(w *platform, _ *exchange.Call) {
			must.OK(t, w.registry.PutSystem(registry.System{ID: "town.desk", Name: mconnect.Text{RO: "X"}, Roles: []registry.Role{registry.Consumer}, Status: registry.Suspended}))
		}, fault.SystemSuspended, fault.Caller, true},
		{"provider gone", func(w *platform, _ *exchange.Call) { w.registry.RemoveSystem("reg.persons") }, fault.ServiceSuspended, fault.Provider, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newPlatform(t)
			w.deliver = func(context.Context, exchange.Delivery) (exchange.Reply, error) {
				t.Error("a refused call was delivered")
				return exchange.Reply{}, nil
			}
			call := w.call()
			c.change(w, call)
			answer, err := w.Do(t.Context(), call)
			f := wantFault(t, err, c.code, c.code.Entry().Leg)
			if answer != nil || f.Call != call.ID || f.Cause != nil || (len(f.Checks) > 0) != c.checks {
				t.Errorf("answer %v, fault %+v", answer, f)
			}
			all := w.wantKinds(t, journal.Refusal)
			if all[0].Code != c.code || all[0].Call != call.ID || (len(all[0].Checks) > 0) != c.checks || all[0].Leg == "" {
				t.Errorf("recorded %+v", all[0].Record)
			}
			if len(w.seen) != 1 || w.seen[0].Code != c.code {
				t.Errorf("observed %+v", w.seen)
			}
		})
	}
}

func TestDo_FailedDeliveryIsRecordedOnItsLeg(t *testing.T) {
	engines.Each(t, aFailedDeliveryIsRecordedOnItsLeg)
}

func aFailedDeliveryIsRecordedOnItsLeg(t *testing.T) {
	for _, c := range []struct {
		name  string
		reply exchange.Reply
		err   error
		code  fault.Code
		leg   fault.Leg
	}{
		{"down", exchange.Reply{}, fault.New(fault.ProviderDown), fault.ProviderDown, fault.Provider},
		{"nothing found", exchange.Reply{}, fault.New(fault.ProviderNoRecord), fault.ProviderNoRecord, fault.ProviderNoRecord.Entry().Leg},
		{"late, unsaid", exchange.Reply{}, context.DeadlineExceeded, fault.ProviderTimeout, fault.Provider},
		{"a defect", exchange.Reply{}, errors.New("nil map"), fault.InternalError, fault.Platform},
		{"lying", exchange.Reply{Body: []byte(`{"IDNP":"` + aPerson + `"}`)}, nil, fault.ProviderInvalid, fault.Provider},
		{"no JSON", exchange.Reply{Body: []byte(`<html>`)}, nil, fault.ProviderMalformed, fault.Provider},
		{"too large", exchange.Reply{Body: bytes.Repeat([]byte(" "), 2000)}, nil, fault.ProviderTooLarge, fault.Provider},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newPlatform(t, func(cfg *exchange.Config) { cfg.Defaults.Answer = 1000 })
			w.deliver = func(context.Context, exchange.Delivery) (exchange.Reply, error) { return c.reply, c.err }
			call := w.call()
			_, err := w.Do(t.Context(), call)
			f := wantFault(t, err, c.code, c.leg)
			if strings.Contains(f.Error(), aPerson) {
				t.Errorf("the fault quotes data: %v", f)
			}
			all := w.wantKinds(t, journal.Intent, journal.Outcome)
			if all[1].Code != c.code || all[1].Leg != c.leg || all[1].Answer != nil || all[1].Spent["total"] < all[1].Spent["provider"] {
				t.Errorf("recorded %+v", all[1].Record)
			}
		})
	}
}

// TestDo_ReplyIsReleasedOnce spoils what a provider borrowed as soon as it is returned: the answer that leaves is
// whole all the same, and the memory is returned once, also when the answer is refused.
func TestDo_ReplyIsReleasedOnce(t *testing.T) {
	for body, want := range map[string]string{
		`{"IDNP":"` + aPerson + `","LastName":"Exemplu","Secret":"x"}`: "Exemplu",
		`{"IDNP":"` + aPerson + `"}`:                                   "", // lacks what is mandatory
		`<html>`:                                                       "",
	} {
		w := newPlatform(t)
		freed := 0
		w.deliver = func(context.Context, exchange.Delivery) (exchange.Reply, error) {
			lent := []byte(body)
			return exchange.Reply{Body: lent, Free: func() {
				freed++
				for i := range lent {
					lent[i] = '?'
				}
			}}, nil
		}
		answer, err := w.Do(t.Context(), w.call())
		switch {
		case want == "" && err == nil:
			t.Errorf("%s was answered by %s", body, answer.Body)
		case want != "" && (err != nil || !bytes.Contains(answer.Body, []byte(want)) || bytes.Contains(answer.Body, []byte("?"))):
			t.Errorf("%s was answered by %v, %v", body, answer, err)
		}
		if freed != 1 {
			t.Errorf("%s: given back %d times", body, freed)
		}
	}
}

func TestDo_NoRecordNoExchange(t *testing.T) { engines.Each(t, noRecordNoExchange) }

func noRecordNoExchange(t *testing.T) {
	full := errors.New("disk full")
	t.Run("intent", func(t *testing.T) {
		w := newPlatform(t)
		w.ledger.before = func(journal.Record) error { return full }
		w.deliver = func(context.Context, exchange.Delivery) (exchange.Reply, error) {
			t.Error("delivered without an intent")
			return exchange.Reply{}, nil
		}
		_, err := w.Do(t.Context(), w.call())
		wantFault(t, err, fault.RecordUnavailable, fault.Platform)
		w.ledger.before = nil
		w.wantKinds(t)
	})
	t.Run("outcome", func(t *testing.T) {
		w := newPlatform(t)
		w.ledger.before = func(r journal.Record) error {
			if r.Kind == journal.Outcome {
				return full
			}
			return nil
		}
		answer, err := w.Do(t.Context(), w.call())
		wantFault(t, err, fault.RecordUnavailable, fault.Platform)
		if answer != nil {
			t.Error("data left without an outcome")
		}
		w.wantKinds(t, journal.Intent)
	})
	t.Run("refusal", func(t *testing.T) {
		w := newPlatform(t)
		w.ledger.before = func(journal.Record) error { return full }
		c := w.call()
		c.Context.Basis = "Legea 1"
		_, err := w.Do(t.Context(), c)
		wantFault(t, err, fault.RecordUnavailable, fault.Platform)
	})
	t.Run("and after", func(t *testing.T) {
		w := newPlatform(t)
		w.ledger.before = func(journal.Record) error { return full }
		_, err := w.Do(t.Context(), w.call())
		wantFault(t, err, fault.RecordUnavailable, fault.Platform)
		w.ledger.before = nil
		if _, err := w.Do(t.Context(), w.call()); err != nil {
			t.Errorf("the journal is back, but: %v", err)
		}
	})
}

func TestDo_PanicIsRecordedAsAFault(t *testing.T) { engines.Each(t, panicsBecomeFaultsWithARecord) }

func panicsBecomeFaultsWithARecord(t *testing.T) {
	w := newPlatform(t)
	w.deliver = func(context.Context, exchange.Delivery) (exchange.Reply, error) { panic("nil " + aPerson) }
	_, err := w.Do(t.Context(), w.call())
	f := wantFault(t, err, fault.InternalError, fault.Platform)
	if f.Cause != nil || strings.Contains(f.Error(), aPerson) {
		t.Errorf("the panic leaks: %v", f)
	}
	all := w.wantKinds(t, journal.Intent, journal.Outcome)
	if all[1].Code != fault.InternalError {
		t.Errorf("recorded %+v", all[1].Record)
	}

	w = newPlatform(t)
	w.ledger.before = func(journal.Record) error { panic("the ledger too") }
	_, err = w.Do(t.Context(), w.call())
	wantFault(t, err, fault.RecordUnavailable, fault.Platform) // and the process lives
}

func TestDo_RecordsWhenTheCallerLeaves(t *testing.T) {
	engines.Each(t, aCallerThatLeavesDoesNotTakeTheRecordAlong)
}

func aCallerThatLeavesDoesNotTakeTheRecordAlong(t *testing.T) {
	w := newPlatform(t)
	ctx, leave := context.WithCancel(t.Context())
	inner := w.deliver
	w.deliver = func(inside context.Context, d exchange.Delivery) (exchange.Reply, error) {
		leave()
		if inside.Err() != nil {
			t.Error("the caller's leaving ended the delivery")
		}
		if _, ok := inside.Deadline(); !ok {
			t.Error("the delivery has no deadline")
		}
		return inner(inside, d)
	}
	must.Get(w.Do(ctx, w.call()))(t)
	w.wantKinds(t, journal.Intent, journal.Outcome)
}

func TestDo_TimeoutOfTheService(t *testing.T) { engines.Each(t, timeoutOfTheService) }

func timeoutOfTheService(t *testing.T) {
	w := newPlatform(t)
	s := personService()
	s.Limits.Timeout = catalog.Duration(1500 * time.Millisecond)
	must.OK(t, w.catalog.Put(s))
	w.deliver = func(ctx context.Context, _ exchange.Delivery) (exchange.Reply, error) {
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > 1500*time.Millisecond {
			t.Errorf("deadline %v, %v", deadline, ok)
		}
		return exchange.Reply{}, ctx.Err()
	}
	_, _ = w.Do(t.Context(), w.call())
}

func TestDo_QuotaIsNeverOverdrawn(t *testing.T) { engines.Each(t, quotaIsNeverOverdrawn) }

func quotaIsNeverOverdrawn(t *testing.T) {
	w := newPlatform(t)
	w.agree(t, agreement.Agreement{ID: "town-person", Service: "GetPerson", Quota: agreement.Quota{PerDay: 5}})
	var allowed, refused atomic.Int64
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			_, err := w.Do(context.Background(), w.call())
			var f *fault.Error
			switch {
			case err == nil:
				allowed.Add(1)
			case errors.As(err, &f) && f.Code == fault.QuotaUsedUp:
				refused.Add(1)
			default:
				t.Errorf("unexpected: %v", err)
			}
		})
	}
	group.Wait()
	if allowed.Load() != 5 || refused.Load() != 15 {
		t.Errorf("%d allowed, %d refused; want 5 and 15", allowed.Load(), refused.Load())
	}
}

func TestDo_TolerantCallerIsFlaggedInTheIntent(t *testing.T) {
	engines.Each(t, tolerantCallerIsFlaggedInTheIntent)
}

func tolerantCallerIsFlaggedInTheIntent(t *testing.T) {
	w := newPlatform(t)
	w.agree(t, agreement.Agreement{ID: "town-person", Service: "GetPerson", CallerRules: agreement.Tolerant})
	c := w.call()
	c.Context.User = "I. Exemplu"
	must.Get(w.Do(t.Context(), c))(t)
	all := w.wantKinds(t, journal.Intent, journal.Outcome)
	if n := len(all[0].Checks); n != 1 || all[0].Checks[0].Result != fault.Flagged || w.seen[0].Flagged != 1 {
		t.Errorf("flagged checks %+v", all[0].Checks)
	}
}

func TestDo_KeptBodies(t *testing.T) { engines.Each(t, keptBodies) }

func keptBodies(t *testing.T) {
	w := newPlatform(t)
	s := personService()
	s.KeepBodies = catalog.Duration(48 * time.Hour)
	must.OK(t, w.catalog.Put(s))
	c := w.call()
	answer, err := w.Do(t.Context(), c)
	must.OK(t, err)
	for part, want := range map[string]string{"request": string(c.Input), "answer": string(answer.Body)} {
		got, err := w.keys.OpenBody(c.ID, part, w.kept.held[string(c.ID)+"/"+part])
		if err != nil || string(got) != want {
			t.Errorf("kept %s: %s %v", part, got, err)
		}
	}
	if left := time.Until(w.kept.until); left > 48*time.Hour || left < 47*time.Hour {
		t.Errorf("kept for %v", left)
	}
	w.kept.fail = errors.New("store gone")
	_, err = w.Do(t.Context(), w.call())
	wantFault(t, err, fault.RecordUnavailable, fault.Platform)
}

func TestRefusals_UnidentifiedCallersAreSummarised(t *testing.T) {
	engines.Each(t, strangersCannotFillTheJournal)
}

func strangersCannotFillTheJournal(t *testing.T) {
	w := newPlatform(t, func(cfg *exchange.Config) {
		cfg.Strangers = exchange.RefusalLimit{PerSecond: 0.001, Burst: 3, Summary: time.Hour}
	})
	for range 500 {
		c := w.call()
		c.Chain, c.Input = nil, []byte("garbage")
		_, err := w.Do(t.Context(), c)
		wantFault(t, err, fault.CertificateMissing, fault.Caller)
	}
	w.wantKinds(t, journal.Refusal, journal.Refusal, journal.Refusal)
	must.OK(t, w.Close(t.Context()))
	all := w.wantKinds(t, journal.Refusal, journal.Refusal, journal.Refusal, journal.Refusal)
	if !strings.HasPrefix(all[3].Note, "497 refusals") || all[3].Code != fault.CertificateMissing {
		t.Errorf("summary %q %s", all[3].Note, all[3].Code)
	}
	if len(w.seen) != 500 {
		t.Errorf("%d observed, want all 500", len(w.seen))
	}
}

func TestRefusals_OfOneSystemAreSummarised(t *testing.T) {
	engines.Each(t, aSystemCannotFillTheJournalWithRefusals)
}

func aSystemCannotFillTheJournalWithRefusals(t *testing.T) {
	w := newPlatform(t, func(cfg *exchange.Config) {
		cfg.Systems = exchange.RefusalLimit{PerSecond: 0.001, Burst: 2, Summary: time.Hour}
	})
	for n := range 300 {
		c := w.call()
		want := fault.MessageMalformed
		if n < 100 {
			c.Service, want = "GetNothing", fault.ServiceUnknown
		} else {
			c.Input = []byte("garbage")
		}
		_, err := w.Do(t.Context(), c)
		wantFault(t, err, want, fault.Caller)
		if recorded := c.Receipt.Size > 0; recorded != (n < 2) {
			t.Fatalf("refusal %d: recorded by itself %t", n, recorded)
		}
	}
	must.Get(w.Do(t.Context(), w.call()))(t) // a lawful call is carried and recorded all the same
	w.wantKinds(t, journal.Refusal, journal.Refusal, journal.Intent, journal.Outcome)
	must.OK(t, w.Close(t.Context()))
	all := w.wantKinds(t, journal.Refusal, journal.Refusal, journal.Intent, journal.Outcome, journal.Refusal)
	if s := all[4]; !strings.HasPrefix(s.Note, "298 refusals of one system") || s.Code != fault.MessageMalformed || s.System != all[2].System || s.Consumer != all[2].Consumer {
		t.Errorf("summary %+v", s)
	}
	if len(w.seen) != 301 {
		t.Errorf("%d observed, want all 301", len(w.seen))
	}
}

func TestDo_UnidentifiedCallersLearnNoJournalState(t *testing.T) {
	engines.Each(t, theJournalsStateIsNotForStrangers)
}

func theJournalsStateIsNotForStrangers(t *testing.T) {
	w := newPlatform(t)
	w.ledger.before = func(journal.Record) error { return errors.New("disk full") }
	c := w.call()
	c.Chain = nil
	_, err := w.Do(t.Context(), c)
	wantFault(t, err, fault.CertificateMissing, fault.Caller)
}

func TestCall_CanBeReused(t *testing.T) { engines.Each(t, aCallCanBeUsedAgain) }

func aCallCanBeUsedAgain(t *testing.T) {
	w := newPlatform(t)
	c := w.call()
	_, err := w.Do(t.Context(), c)
	must.OK(t, err)
	first := c.ID
	w.ledger.before = func(journal.Record) error { return errors.New("disk full") }
	_, err = w.Do(t.Context(), c)
	wantFault(t, err, fault.RecordUnavailable, fault.Platform)
	if c.ID == first || c.Receipt.Size != 0 {
		t.Errorf("left over of the first call: %s %+v", c.ID, c.Receipt)
	}
}

func TestNew_RefusesMissingParts(t *testing.T) {
	w := newPlatform(t)
	for name, change := range map[string]func(*exchange.Config){
		"registry": func(c *exchange.Config) { c.Registry = nil }, "catalogue": func(c *exchange.Config) { c.Catalog = nil },
		"agreements": func(c *exchange.Config) { c.Agreements = nil }, "ledger": func(c *exchange.Config) { c.Ledger = nil },
		"deliverer": func(c *exchange.Config) { c.Deliverer = nil }, "meter": func(c *exchange.Config) { c.Meter = nil },
		"limit": func(c *exchange.Config) { c.Defaults.Timeout = -1 },
	} {
		cfg := w.cfg
		change(&cfg)
		if _, err := exchange.New(cfg); err == nil {
			t.Errorf("New without %s succeeds", name)
		}
	}
}

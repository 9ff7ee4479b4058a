package exchange

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/journal"
)

// recordIntent makes the intent durable. Commit point 1.
func (r *run) recordIntent() error {
	if err := r.keep("request", r.call.received()); err != nil {
		return err
	}
	rec := r.record(journal.Intent)
	rec.Grant = r.call.Verdict.Grant
	rec.Checks = r.call.withTolerated(flagged(r.call.Verdict.Checks))
	rec.Once = r.call.Once
	r.stage = intended
	err := r.write(rec)
	if err != nil && fault.From(err).Code == fault.SignatureReplayed {
		r.stage = asked // another node, or this one before it was restarted, has carried out the call
	}
	return err
}

// recordOutcome makes the outcome of an answer that is about to leave durable. Commit point 2.
func (r *run) recordOutcome() error {
	if r.cut != nil {
		if err := r.keep("answer", r.cut.b); err != nil {
			return err
		}
	}
	return r.outcome(nil, "")
}

// outcome records how a delivery ended; f is nil on success.
func (r *run) outcome(f *fault.Error, note string) error {
	rec := journal.Record{
		Kind: journal.Outcome, Call: r.call.ID, Trace: r.call.Trace, Protocol: r.call.Protocol,
		System: r.identity.System.ID, Consumer: r.identity.Participant.ID,
		Service: r.ready.Name, Version: r.ready.Version, Provider: r.ready.Provider,
		Agreement: r.call.Verdict.Agreement, Answer: r.sent.body(), Note: note,
	}
	if f != nil {
		rec.Code, rec.Leg = f.Code, legOf(f)
	}
	if r.dropped > 0 && note == "" {
		rec.Note = "undeclared fields dropped: " + strconv.Itoa(r.dropped)
	}
	total := time.Since(r.start)
	rec.Spent = map[string]int64{
		"total": total.Microseconds(), "provider": r.provided.Microseconds(),
		"platform": (total - r.provided).Microseconds(),
	}
	r.stage = concluded
	return r.write(rec)
}

// record fills in what is known of the call so far.
func (r *run) record(kind journal.Kind) journal.Record {
	c := r.call
	rec := journal.Record{
		Kind: kind, Call: c.ID, Trace: c.Trace, Protocol: c.Protocol, Context: c.Context, Subject: r.subject,
		Service: c.Service, Version: c.Version, Revision: r.x.cfg.Revision(),
	}
	if c.Address.IsValid() {
		rec.Address = c.Address.String()
	}
	if s := r.identity; s != nil {
		rec.System, rec.Consumer, rec.Certificate = s.System.ID, s.Participant.ID, s.Fingerprint
	}
	if r.ready != nil {
		rec.Service, rec.Version, rec.Provider = r.ready.Name, r.ready.Version, r.ready.Provider
	}
	rec.Agreement = c.Verdict.Agreement
	if p := c.Verdict.Purpose; p != nil {
		rec.Purpose = p.Code
		rec.LegalBasis = p.LegalBasis.Act + ", " + p.LegalBasis.Article
	}
	if message := c.received(); len(message) > 0 {
		var sum Sum
		sum.all(message)
		rec.Request = sum.body()
	}
	return rec
}

// received is the message as it came.
func (c *Call) received() []byte {
	if c.Received != nil {
		return c.Received
	}
	return c.Input
}

// withTolerated puts what identification let pass before the checks of the verdict.
func (c *Call) withTolerated(checks []fault.Check) []fault.Check {
	if len(c.Tolerated) == 0 {
		return checks
	}
	return append(slices.Clone(c.Tolerated), checks...)
}

// write makes rec durable within the time for records, whatever becomes of the caller.
func (r *run) write(rec journal.Record) error {
	began := time.Now()
	receipt, err := r.x.cfg.Ledger.Record(r.x.deadlines.get(), rec)
	r.recorded += time.Since(began)
	if err != nil {
		return unrecorded(err)
	}
	r.call.Receipt = receipt
	return nil
}

// keep keeps a body where the service asks for it.
func (r *run) keep(part string, body []byte) error {
	d := time.Duration(r.ready.KeepBodies)
	if d <= 0 {
		return nil
	}
	if r.x.cfg.Bodies == nil {
		return fault.Wrap(fmt.Errorf("exchange: %s keeps bodies and there is no keeper", r.ready.ID()),
			fault.RecordUnavailable)
	}
	err := r.x.cfg.Bodies.Keep(r.x.deadlines.get(), r.call.ID, part, body, r.at.Add(min(d, r.x.cfg.Defaults.Keep)))
	if err != nil {
		return unrecorded(err)
	}
	return nil
}

// unrecorded reads every failure to record as record.unavailable: no record, no exchange.
func unrecorded(err error) error {
	if f := fault.From(err); f.Code == fault.RecordUnavailable || f.Code == fault.SignatureReplayed {
		return f
	}
	return fault.Wrap(err, fault.RecordUnavailable)
}

// end is where every call ends that is not a stream under way: it turns panics and errors into faults, records them,
// logs the cause once and shows the metrics.
func (r *run) end(a *Answer, err error, panicked any) (*Answer, error) {
	if panicked != nil {
		err = fmt.Errorf("exchange: panic: %v\n%s", panicked, debug.Stack())
		r.closeReply()
	}
	if err == nil {
		if a.Stream == nil {
			r.observe(nil)
		}
		return a, nil
	}
	r.permit.leave()
	if r.cut != nil {
		r.cut.release()
		r.cut = nil
	}
	return nil, r.fail(err, "")
}

// fail records a fault as the stage demands and returns what the caller is told: the fault, or
// record.unavailable when it could not be recorded.
func (r *run) fail(err error, note string) *fault.Error {
	f := tell(err, r.call.ID)
	if recErr := r.guarded(func() error { return r.recordFault(f, note) }); recErr != nil {
		r.log(f)
		f = tell(unrecorded(recErr), r.call.ID)
	}
	r.log(f)
	f.Cause = nil // logged here, once; what goes on from here cannot leak it
	if r.ready == nil || !r.ready.ProviderSays {
		f.Provider = "" // free words bypass the cut: they may hold what the agreement does not grant
	}
	r.observe(f)
	return f
}

// guarded runs a last act that must not bring the process down.
func (r *run) guarded(act func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("exchange: panic while recording: %v\n%s", p, debug.Stack())
		}
	}()
	return act()
}

func (r *run) recordFault(f *fault.Error, note string) error {
	switch {
	case r.stage == concluded:
		return nil // the outcome stands, or the journal just failed
	case r.stage == intended && f.Code == fault.RecordUnavailable && r.call.Receipt.Size == 0:
		return nil // it was the intent that could not be recorded; nothing left the building
	case r.stage == intended:
		return r.outcome(f, note)
	case f.Code == fault.RecordUnavailable:
		return nil
	case r.identity == nil:
		return r.x.refuseStranger(r, f)
	}
	return r.x.refuseSystem(r, f, note)
}

func (r *run) refusal(f *fault.Error, note string) journal.Record {
	rec := r.record(journal.Refusal)
	rec.Code, rec.Leg, rec.Checks, rec.Note = f.Code, legOf(f), r.call.withTolerated(f.Checks), note
	return rec
}

// tell copies the fault for this caller: Code, places and checks as raised, with the call's id.
func tell(err error, id mconnect.CallID) *fault.Error {
	f := *fault.From(err)
	f.Call = id
	f.Leg = legOf(&f)
	return &f
}

func legOf(f *fault.Error) fault.Leg {
	switch {
	case f.Leg != "":
		return f.Leg
	case f.Code.Entry().Leg != "":
		return f.Code.Entry().Leg
	}
	return fault.Platform
}

func flagged(checks []fault.Check) []fault.Check {
	var found []fault.Check
	for _, c := range checks {
		if c.Result == fault.Flagged {
			found = append(found, c)
		}
	}
	return found
}

func (r *run) observe(f *fault.Error) {
	o := Observation{
		Protocol: r.call.Protocol, Flagged: len(flagged(r.call.Verdict.Checks)) + len(r.call.Tolerated),
		Dropped: r.dropped,
		Total:   time.Since(r.start), Provided: r.provided, Recorded: r.recorded,
	}
	if r.identity != nil {
		o.Consumer = r.identity.Participant.ID
	}
	if r.ready != nil {
		o.Service, o.Provider = r.ready.Name, r.ready.Provider
	}
	if f != nil {
		o.Code, o.Leg = f.Code, f.Leg
	}
	r.x.cfg.Observe(o)
}

// log says once what went wrong, for those who run the platform. Refusals are the journal's matter.
func (r *run) log(f *fault.Error) {
	level := slog.LevelDebug
	switch f.Kind() {
	case fault.Internal:
		level = slog.LevelError
	case fault.Unavailable, fault.ProviderWrong, fault.ProviderLate:
		level = slog.LevelWarn
	}
	if !r.x.cfg.Logger.Enabled(r.ctx, level) {
		return
	}
	attrs := []slog.Attr{slog.String("call", string(r.call.ID)), slog.String("code", string(f.Code)),
		slog.String("leg", string(f.Leg))}
	if r.ready != nil {
		attrs = append(attrs, slog.String("service", r.ready.ID()))
	}
	if f.Provider != "" {
		attrs = append(attrs, slog.String("said", f.Provider))
	}
	if f.Cause != nil {
		attrs = append(attrs, slog.String("cause", f.Cause.Error()))
	}
	r.x.cfg.Logger.LogAttrs(r.ctx, level, "call failed", attrs...)
}

// Sum is the size and SHA-256 of a message. The zero value is that of none.
type Sum struct {
	size int64
	hash [sha256.Size]byte
	some bool
}

func (s *Sum) all(b []byte) { s.size, s.hash, s.some = int64(len(b)), sha256.Sum256(b), true }

func (s *Sum) body() *journal.Body {
	if !s.some {
		return nil
	}
	return &journal.Body{Size: s.size, SHA256: hex.EncodeToString(s.hash[:])}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

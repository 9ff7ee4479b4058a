package requests

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/civil"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/people"
	"mconnect/internal/manifest"
)

// Step does one step with a request and makes durable what follows. What Known holds is filled in here. Faults: those
// of access.Request.Act, and request.unknown.
func (x *Requests) Step(ctx context.Context, p people.Principal, number string, s access.Step) (access.Request, error) {
	return x.step(ctx, p, number, s, nil)
}

// step is Step with contents that become durable with it.
func (x *Requests) step(ctx context.Context, p people.Principal, number string, s access.Step,
	contents []appendlog.AccessContent) (access.Request, error) {
	r, err := x.stored(ctx, p, number)
	if err != nil {
		return r, err
	}
	now := x.cfg.Clock().UTC()
	if err := x.know(&r, &s, now); err != nil {
		return r, err
	}
	next, err := r.Act(p, s, now)
	if err != nil {
		return r, err
	}
	done := outcome{request: next, base: r.Revision, verb: s.Verb, contents: contents}
	if v := next.Latest(); v != nil && v.Content != nil {
		done.contents = append(done.contents, appendlog.AccessContent{Request: next.Number, Digest: v.Digest,
			Media: "application/json", Data: v.Content})
	}
	if err := x.documents(&done, r.State, now); err != nil {
		return r, err
	}
	if err := x.commit(ctx, p, done, r.State); err != nil {
		return r, err
	}
	done.request.Messages = done.request.Readable(p)
	return done.request, nil
}

// stored is the request whole, with the messages that only others may read.
func (x *Requests) stored(ctx context.Context, p people.Principal, number string) (access.Request, error) {
	row, err := x.cfg.Store.AccessRequest(ctx, number)
	if err != nil {
		return access.Request{}, err
	}
	r, err := requestOf(row)
	if err == nil && r.View(p, x.cfg.Clock()) != nil {
		err = fault.New(fault.RequestUnknown)
	}
	return r, err
}

// outcome is what one step makes durable.
type outcome struct {
	request   access.Request
	base      int64
	verb      access.Verb
	contents  []appendlog.AccessContent
	documents []access.Document
}

// commit makes an outcome durable; where the agreement changes, in the transaction of that change.
func (x *Requests) commit(ctx context.Context, p people.Principal, done outcome, from access.State) error {
	write := func(tx appendlog.Tx) ([]appendlog.Entry, error) { return x.put(tx, p, done) }
	set, err := x.agreements(ctx, &done.request, from)
	if err != nil {
		return err
	}
	if len(set) == 0 {
		_, err := x.cfg.Log.AppendWith(ctx, write)
		return err
	}
	plan, err := x.cfg.Country.Execute(ctx, manifest.Order{Actor: p.Actor(), Reason: done.request.Number,
		Request: done.request.Number, Strict: true, Also: write}, set)
	if err == nil && plan.Count(manifest.Unchanged) == len(plan) { // nothing was committed: the request still is to be
		_, err = x.cfg.Log.AppendWith(ctx, write)
	}
	return err
}

// put writes an outcome inside a transaction and returns its journal record, which holds no personal data: the request
// by number, what was done, and the digest of what is stored.
func (x *Requests) put(tx appendlog.Tx, p people.Principal, done outcome) ([]appendlog.Entry, error) {
	r := done.request
	c := appendlog.AccessChange{Base: done.base, Contents: done.contents}
	for _, d := range done.documents {
		doc, err := json.Marshal(d)
		if err != nil {
			return nil, err
		}
		c.Documents = append(c.Documents, appendlog.AccessDocument{Number: d.Number, Code: d.Code, Request: r.Number,
			Doc: doc, Content: d.Content})
	}
	doc, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	c.Request = appendlog.AccessRequest{Number: r.Number, Kind: string(r.Kind), State: string(r.State),
		Consumer: string(r.Consumer), Provider: string(r.Provider), Service: string(r.Service),
		Agreement: string(r.Agreement), Revision: r.Revision, Changed: r.Changed, Doc: doc}
	if err := x.cfg.Store.PutAccess(tx, c); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(doc)
	entry, err := x.cfg.Sealer.Seal(journal.Record{Kind: journal.Change, Actor: p.Actor(), Change: &journal.ChangeNote{
		Resource: "Request", ID: r.Number, Action: string(done.verb), Digest: hex.EncodeToString(sum[:]),
		Reason: string(r.State)}})
	return []appendlog.Entry{entry}, err
}

// number gives the next number of a series in the year of a time: "D-2026-0001".
func (x *Requests) number(tx appendlog.Tx, series string, at time.Time) (string, error) {
	year := strconv.Itoa(at.In(civil.Zone()).Year())
	n, err := x.cfg.Store.NextAccessNumber(tx, series+"-"+year)
	if err != nil {
		return "", err
	}
	digits := strconv.FormatInt(n, 10)
	for len(digits) < 4 {
		digits = "0" + digits
	}
	return series + "-" + year + "-" + digits, nil
}

// Sign verifies a signature over the version that waits for it, and submits the request with it.
func (x *Requests) Sign(ctx context.Context, p people.Principal, number string, revision int64, jws string) (
	access.Request, error) {
	r, err := x.stored(ctx, p, number)
	if err != nil {
		return r, err
	}
	v := r.Latest()
	if v == nil || r.State != access.AwaitingSignature {
		return r, fault.New(fault.RequestState, "step", string(access.Sign), "state", string(r.State))
	}
	content, err := x.cfg.Store.AccessContent(ctx, number, v.Digest)
	if err != nil {
		return r, err
	}
	signature, err := x.cfg.Verifier.Verify(ctx, content.Data, jws, x.cfg.Clock())
	if err != nil {
		return r, err
	}
	return x.Step(ctx, p, number, access.Step{Verb: access.Sign, Revision: revision, Signature: &signature})
}

// Frozen returns the content of a version, from 1, as it is signed; 0: the newest.
func (x *Requests) Frozen(ctx context.Context, p people.Principal, number string, version int) ([]byte, error) {
	r, err := x.stored(ctx, p, number)
	if err != nil {
		return nil, err
	}
	if version == 0 {
		version = len(r.Versions)
	}
	if version < 1 || version > len(r.Versions) {
		return nil, fault.New(fault.DocumentUnknown)
	}
	c, err := x.cfg.Store.AccessContent(ctx, number, r.Versions[version-1].Digest)
	return c.Data, err
}

// Diff lists what differs between two versions, from 1; after 0: the answers as they are now.
func (x *Requests) Diff(ctx context.Context, p people.Principal, number string, before, after int) ([]access.Change,
	error) {
	answers := func(version int) (map[string]any, error) {
		if version == 0 {
			r, err := x.stored(ctx, p, number)
			return r.Answers, err
		}
		text, err := x.Frozen(ctx, p, number, version)
		if err != nil {
			return nil, err
		}
		var c access.Content
		err = json.Unmarshal(text, &c)
		return c.Answers, err
	}
	a, err := answers(before)
	if err != nil {
		return nil, err
	}
	b, err := answers(after)
	if err != nil {
		return nil, err
	}
	return access.Diff(a, b), nil
}

// Test runs the contract tests of a decided request.
func (x *Requests) Test(ctx context.Context, p people.Principal, number string, revision int64) (access.Request,
	error) {
	r, err := x.stored(ctx, p, number)
	if err != nil {
		return r, err
	}
	if err := p.May(people.RequestTest, r.Object(), x.cfg.Clock()); err != nil {
		return r, err // before the sandbox works for it
	}
	report := &access.TestReport{At: x.cfg.Clock().UTC(), Service: string(r.Service) + "/" + r.Version.String(),
		Green: true, Certificate: true}
	var tested []agreement.Agreement
	if slices.Contains([]access.State{access.Decided, access.Testing, access.Ready}, r.State) {
		if tested, err = x.proposed(ctx, &r); err != nil {
			return r, err
		}
	}
	for _, a := range tested { // as it was granted: of a change, not what is in force until then
		cases, certificate, err := x.cfg.Tester.Run(ctx, Trial{Agreement: a})
		if err != nil {
			return r, err
		}
		for _, c := range cases {
			report.Green = report.Green && c.Passed
		}
		report.Cases = append(report.Cases, cases...)
		report.Certificate = report.Certificate && certificate
	}
	report.Green = report.Green && len(report.Cases) > 0
	return x.Step(ctx, p, number, access.Step{Verb: access.Test, Revision: revision, Report: report})
}

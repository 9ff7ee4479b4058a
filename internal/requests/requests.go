// Package requests carries access requests: it loads a request, lets package access decide, and stores what follows
// together with its journal record.
//
// It owns numbers, frozen versions and their digests, the documents that the platform signs, attachments, and the
// agreement that a decided request makes. It decides no right and no state: access.Request.Act does. It knows no HTTP
// and no SQL; signatures and contract tests are ports.
//
// Flow: a Principal and a Step → load → facts of the catalogue → Act → documents, agreement → one transaction with the
// request, its contents, its documents and the journal record.
package requests

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/access"
	"mconnect/internal/domain/access/form"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/people"
	"mconnect/internal/manifest"
)

// Store keeps requests; package store implements it. PutAccess and NextAccessNumber work inside a transaction of the
// journal's log.
type Store interface {
	AccessRequest(ctx context.Context, number string) (appendlog.AccessRequest, error)
	AccessRequests(ctx context.Context, q appendlog.AccessQuery) ([]appendlog.AccessRequest, error)
	AccessContent(ctx context.Context, request, digest string) (appendlog.AccessContent, error)
	AccessDocument(ctx context.Context, name string) (appendlog.AccessDocument, error)
	NextAccessNumber(tx appendlog.Tx, series string) (int64, error)
	PutAccess(tx appendlog.Tx, c appendlog.AccessChange) error
}

// Sealer makes journal entries; *journal.Journal is one.
type Sealer interface {
	Seal(r journal.Record) (appendlog.Entry, error)
}

// Country changes the declared state; *manifest.Keeper is one.
type Country interface {
	Execute(ctx context.Context, o manifest.Order, set manifest.Set) (manifest.Plan, error)
}

// Verifier verifies a signature that was made elsewhere. It returns the person whose certificate made it and the
// digest of what was signed. Faults: request.signature, request.digest.
type Verifier interface {
	Verify(ctx context.Context, content []byte, jws string, at time.Time) (access.Signature, error)
}

// Signer signs documents with the platform's key, as a compact JWS.
type Signer interface {
	Sign(content []byte) (string, error)
}

// Trial is what contract tests are made of: one agreement as it was granted.
type Trial struct {
	Agreement agreement.Agreement
}

// Tester runs contract tests in the sandbox, and reports whether the system has a certificate that is valid now.
type Tester interface {
	Run(ctx context.Context, t Trial) (cases []access.TestCase, certificate bool, err error)
}

// Config of Requests. Everything is needed.
type Config struct {
	Store    Store
	Log      appendlog.Appender
	Sealer   Sealer
	Country  Country
	Rooms    manifest.Images
	Forms    []*form.Form // the newest version last
	Verifier Verifier
	Signer   Signer
	Tester   Tester
	Clock    func() time.Time
}

// Requests carries the requests. It is safe for concurrent use.
type Requests struct{ cfg Config }

// New checks cfg.
func New(cfg Config) (*Requests, error) {
	if cfg.Store == nil || cfg.Log == nil || cfg.Sealer == nil || cfg.Country == nil || cfg.Verifier == nil ||
		cfg.Signer == nil || cfg.Tester == nil || cfg.Clock == nil || len(cfg.Forms) == 0 || cfg.Rooms.Registry == nil {
		return nil, errors.New("requests: a part is missing from the configuration")
	}
	return &Requests{cfg}, nil
}

// What is asked of Requests, by the names of the law.
type (
	Draft = access.Beginning
	Query = access.Query
	File  = access.File
)

// Asked is what answers ask for, purpose by purpose.
func Asked(answers map[string]any) []access.Asked { return access.AskedBy(answers) }

// Begin makes a draft for the participant for whom the principal acts.
func (x *Requests) Begin(ctx context.Context, p people.Principal, d access.Beginning) (access.Request, error) {
	now := x.cfg.Clock().UTC()
	r := access.Request{Kind: d.Kind, State: access.Draft, Revision: 1, Consumer: p.Context.Participant,
		Answers: map[string]any{}, Created: now, CreatedBy: p.Person, Changed: now, Since: now,
		Form: x.current(now).ref()}
	if err := p.May(people.RequestEdit, r.Object(), now); err != nil {
		return r, err
	}
	if who, ok := x.cfg.Rooms.Registry.Participant(r.Consumer); !ok || !active(who) {
		return r, fault.New(fault.RequestParties, "participant", string(r.Consumer))
	}
	if err := x.prefill(ctx, p, &r, d); err != nil {
		return r, err
	}
	if p.Person != "" {
		r.Deeds = []people.Deed{{Action: people.RequestEdit, Person: p.Person}}
	}
	r.Timeline = []access.Event{{At: now, Step: access.Create, Actor: p.Actor(), To: access.Draft}}
	_, err := x.cfg.Log.AppendWith(ctx, func(tx appendlog.Tx) ([]appendlog.Entry, error) {
		var err error
		if r.Number, err = x.number(tx, "D", now); err != nil {
			return nil, err
		}
		return x.put(tx, p, outcome{request: r, verb: access.Create})
	})
	return r, err
}

// Open returns a request that the principal may view. Fault request.unknown for any other, as for none.
func (x *Requests) Open(ctx context.Context, p people.Principal, number string) (access.Request, error) {
	row, err := x.cfg.Store.AccessRequest(ctx, number)
	if err != nil {
		return access.Request{}, err
	}
	r, err := requestOf(row)
	if err != nil {
		return access.Request{}, err
	}
	if r.View(p, x.cfg.Clock()) != nil {
		return access.Request{}, fault.New(fault.RequestUnknown)
	}
	r.Messages = r.Readable(p)
	return r, nil
}

// List returns the requests that a query selects and the principal may view, the latest change first.
func (x *Requests) List(ctx context.Context, p people.Principal, q access.Query) ([]access.Request, error) {
	stored := appendlog.AccessQuery{Agreement: string(q.Agreement), Before: q.Before, Limit: q.Limit}
	if !p.Context.Staff && p.Program == "" {
		if p.Context.Participant == "" {
			return nil, nil
		}
		stored.Consumer, stored.Provider = string(p.Context.Participant), string(p.Context.Participant)
	}
	for _, s := range q.States {
		stored.States = append(stored.States, string(s))
	}
	rows, err := x.cfg.Store.AccessRequests(ctx, stored)
	if err != nil {
		return nil, err
	}
	var all []access.Request
	for _, row := range rows {
		r, err := requestOf(row)
		if err != nil {
			return nil, err
		}
		if r.View(p, x.cfg.Clock()) == nil {
			r.Messages = r.Readable(p)
			all = append(all, r)
		}
	}
	return all, nil
}

// maxTasks is how many open requests are looked at for the tasks of one person.
const maxTasks = 1000

// Tasks lists what is due for the requests that the principal may view: first what it can do itself.
func (x *Requests) Tasks(ctx context.Context, p people.Principal) ([]access.Task, error) {
	var pending []access.State
	for _, s := range access.States() {
		if !s.Final() {
			pending = append(pending, s)
		}
	}
	all, err := x.List(ctx, p, access.Query{States: pending, Limit: maxTasks})
	if err != nil {
		return nil, err
	}
	var mine, others []access.Task
	for _, r := range all {
		switch t := r.Task(p, x.cfg.Clock()); {
		case t == nil:
		case t.Mine:
			mine = append(mine, *t)
		default:
			others = append(others, *t)
		}
	}
	return append(mine, others...), nil
}

// Document returns a document by its number or verification code, to anybody who has it.
func (x *Requests) Document(ctx context.Context, name string) (access.Document, error) {
	row, err := x.cfg.Store.AccessDocument(ctx, name)
	if err != nil {
		return access.Document{}, err
	}
	var d access.Document
	err = json.Unmarshal(row.Doc, &d)
	d.Content = row.Content
	return d, err
}

func requestOf(row appendlog.AccessRequest) (access.Request, error) {
	var r access.Request
	err := json.Unmarshal(row.Doc, &r)
	r.Revision = row.Revision
	return r, err
}

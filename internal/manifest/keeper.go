package manifest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/event"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/legalact"
)

// Store keeps the documents. Commit writes changes and the journal entries that note makes of them in one transaction:
// both are durable when it returns, or neither. A base > 0 raises resource.conflict unless the newest revision still is
// base. WatchRevision calls fn within a second of any change, by any process, and again while fn fails, until ctx ends.
type Store interface {
	Table
	Commit(ctx context.Context, base int64, changes []appendlog.Resource, note RecordFunc) ([]appendlog.Resource, error)
}

// Table is what Store and Database have in common.
type Table interface {
	States
	// SetProofs gives states that have none their proof, by revision, and raises the counter of revisions to through.
	SetProofs(ctx context.Context, proofs map[int64][]byte, through int64) error
	WatchRevision(ctx context.Context, fn func(revision int64) error) error
	// Calls counts, by system, the calls of a service since a time that were not refused.
	Calls(ctx context.Context, service string, since time.Time) (map[string]int64, error)
}

// States reads the stored states.
type States interface {
	// Newest returns the newest state of a resource, a deleted one too; fault resource.unknown when it never was.
	Newest(ctx context.Context, kind, id string) (appendlog.Resource, error)
	// History returns every state of a resource, oldest first.
	History(ctx context.Context, kind, id string) ([]appendlog.Resource, error)
	// Resources returns the newest states of a revision above since, in ascending order.
	Resources(ctx context.Context, since int64, max int) ([]appendlog.Resource, error)
}

// RecordFunc makes the proof of each state that is about to be stored, and the journal entries of all once they are.
type RecordFunc struct {
	Prove func(state appendlog.Resource) []byte
	Note  func(stored []appendlog.Resource) ([]appendlog.Entry, error)
	// Also writes what commits together with the states; nil: nothing does.
	Also func(tx appendlog.Tx) ([]appendlog.Entry, error)
}

// Sealer makes journal entries and reports what the journal says of the resources; *journal.Journal is one.
type Sealer interface {
	Seal(r journal.Record) (appendlog.Entry, error)
	// Prove authenticates a text by a key that the store does not hold.
	Prove(text []byte) []byte
	// StateLine returns what the newest checkpoint says of the resources, and the revision in it; "" when it does not.
	StateLine(ctx context.Context) (line string, revision int64, err error)
	// Changes reads the change records of the whole journal, or what was added since it was called last.
	Changes(ctx context.Context) (*journal.State, error)
}

// Config of a Keeper. CheckService may be nil; it reports what a provider adapter cannot do with an endpoint.
// CheckWebhook may be nil; it reports what a webhook needs and this installation lacks. Announce may be nil; it is
// called after the images have changed.
type Config struct {
	Store        Store
	Sealer       Sealer
	Rooms        Images
	CheckService func(catalog.Service) []fault.FieldError
	CheckWebhook func(event.Webhook) []fault.FieldError
	Announce     func()
	Trusting     bool // states without a change record act too: for programs that only look
	Clock        func() time.Time
	Logger       *slog.Logger
}

// Keeper changes the declared state and keeps its images in memory. It is safe for concurrent use.
type Keeper struct {
	Config
	changing sync.Mutex // one change at a time on this node; others are noticed by base

	mu     sync.Mutex                     // held while following
	begun  bool                           // the images were filled
	newest atomic.Pointer[journal.Newest] // written under mu
	// written under mu; read by every call, which must not wait for those who follow
	revision atomic.Int64

	noting     sync.Mutex
	unrecorded map[[2]string]Unrecorded
	doubt      string
}

// New checks cfg and makes a Keeper with empty images: call Load before serving.
func New(cfg Config) (*Keeper, error) {
	if cfg.Store == nil || cfg.Sealer == nil || cfg.Clock == nil || cfg.Logger == nil || cfg.Rooms.Registry == nil ||
		cfg.Rooms.Catalog == nil || cfg.Rooms.Agreements == nil || cfg.Rooms.Events == nil || cfg.Rooms.Acts == nil {
		return nil, errors.New("manifest: a part is missing from the configuration")
	}
	k := &Keeper{Config: cfg, unrecorded: map[[2]string]Unrecorded{}}
	k.newest.Store(journal.NewNewest())
	return k, nil
}

// Revision is that of the newest change in the images.
func (k *Keeper) Revision() int64 { return k.revision.Load() }

// pageSize is how many documents are read or written at once.
const pageSize = 1000

// logUnusable reports which services do not act because what they refer to is missing or unfit, once after a change.
func (k *Keeper) logUnusable(page []appendlog.Resource) {
	if len(page) == 0 {
		return
	}
	for _, s := range k.Rooms.Catalog.Waiting() {
		_, err := catalog.PrepareWith(k.Rooms.Catalog.Library(), s)
		k.Logger.Error("a stored resource is not usable and does not act", "kind", Service, "id", s.ID(), "cause",
			fmt.Sprint(err))
	}
}

// Follow keeps the images at most a second behind the store, also when another process changes it, until ctx ends.
func (k *Keeper) Follow(ctx context.Context) error {
	return k.Store.WatchRevision(ctx, func(int64) error {
		err := k.Load(ctx)
		if err != nil && ctx.Err() == nil {
			k.Logger.Error("cannot follow the declared state: it is tried again", "cause", err.Error())
		}
		return err
	})
}

// update puts one stored document, as it was read, into its image. One that is refused is removed instead: what
// cannot be judged must not act.
func (k *Keeper) update(r appendlog.Resource, read reading) {
	if !r.Deleted {
		err := read.err
		if err == nil {
			err = k.put(read)
		}
		if err == nil {
			return
		}
		k.Logger.Error("a stored resource is not usable and does not act", "kind", r.Kind, "id", r.ID, "revision",
			r.Revision, "cause", err.Error())
	}
	k.drop(r.Kind, r.ID)
}

func (k *Keeper) put(read reading) error {
	switch r := read.value.(type) {
	case *participant:
		return k.Rooms.Registry.PutParticipant(r.Participant)
	case *system:
		return k.Rooms.Registry.PutSystem(r.System)
	case *certificate:
		return k.Rooms.Registry.PutCertificate(r.Certificate)
	case *category:
		k.Rooms.Catalog.Share(r.Category)
	case *classifier:
		k.Rooms.Catalog.Share(r.Classifier)
	case *dataType:
		k.Rooms.Catalog.Share(r.DataType)
	case *legalAct:
		k.Rooms.Acts.Put(r.Act)
	case *service:
		k.Rooms.Catalog.Take(r.Service)
	case *agreementDocument:
		k.Rooms.Agreements.Put(read.agreement)
	case *eventType:
		return k.Rooms.Events.PutType(r.Type)
	case *subscription:
		return k.Rooms.Events.PutSubscription(r.Subscription)
	default:
		return errors.New("manifest: no such kind")
	}
	return nil
}

func (k *Keeper) drop(kind, id string) {
	switch kind {
	case Participant:
		k.Rooms.Registry.RemoveParticipant(mconnect.ParticipantID(id))
	case System:
		k.Rooms.Registry.RemoveSystem(mconnect.SystemID(id))
	case Certificate:
		k.Rooms.Registry.RemoveCertificate(mconnect.Fingerprint(id))
	case Category, Classifier, DataType:
		k.Rooms.Catalog.Unshare(kind, id)
	case LegalAct:
		k.Rooms.Acts.Remove(legalact.ID(id))
	case Service:
		if name, version, ok := serviceID(id); ok {
			k.Rooms.Catalog.Remove(name, version)
		}
	case Agreement:
		k.Rooms.Agreements.Remove(mconnect.AgreementID(id))
	case EventType:
		k.Rooms.Events.RemoveType(mconnect.EventType(id))
	case Subscription:
		k.Rooms.Events.RemoveSubscription(id)
	}
}

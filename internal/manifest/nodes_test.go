package manifest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/internal/domain/registry"
	"mconnect/test/engines"
	"mconnect/test/must"
	"mconnect/test/waits"
	"mconnect/verify"
)

// twoNodes are two keepers on one store and one journal, each following the other.
func twoNodes(t *testing.T) [2]*office {
	t.Helper()
	url := engines.URL(t)
	var nodes [2]*office
	keys := must.Get(journal.NewKeys())(t)
	for i := range nodes {
		nodes[i] = openWith(t, url, keys)
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- nodes[i].Follow(ctx) }()
		t.Cleanup(func() {
			stop()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("stopped following: %v", err)
			}
		})
	}
	return nodes
}

func TestEveryChangeReachesTheOtherNode(t *testing.T) {
	engines.Each(t, everyChangeReachesTheOtherNode)
}

func everyChangeReachesTheOtherNode(t *testing.T) {
	nodes := twoNodes(t)
	here, there := nodes[0], nodes[1]
	here.apply(t, whole())
	waits.Until(t, "the country", func() bool { return there.Rooms.Agreements.Len() == 1 && len(there.Rooms.Catalog.All()) == 1 })
	there.apply(t, strings.Replace(systemYAML("hall.desk", "consumer"), "roles:", "status: suspended\nroles:", 1))
	waits.Until(t, "a suspension", func() bool {
		s, ok := here.Rooms.Registry.System("hall.desk")
		return ok && !s.System.Active()
	})
	must.OK(t, here.Remove(t.Context(), Order{Actor: "op"}, Agreement, "hall-person", BaseAny))
	waits.Until(t, "a removal", func() bool { return there.Rooms.Agreements.Len() == 0 })
	if here.Revision() != there.Revision() {
		waits.Until(t, "the revision", func() bool { return here.Revision() == there.Revision() })
	}
	report, err := verify.Journal(t.Context(), journal.NewSource(here.log), there.journal.Key(), verify.Options{})
	if err != nil || report.Kinds["change"] != 8 {
		t.Errorf("%+v, %v", report, err)
	}
}

// TestTwoNodesNeverOverwriteEachOther: both change the same country at the same time. What one decided on an older
// state is a conflict, never a lost change, and each change that stands has exactly one record.
func TestTwoNodesNeverOverwriteEachOther(t *testing.T) {
	engines.Each(t, twoNodesNeverOverwriteEachOther)
}

func twoNodesNeverOverwriteEachOther(t *testing.T) {
	const each = 15
	nodes := twoNodes(t)
	var mu sync.Mutex
	made := map[string]bool{}
	var both sync.WaitGroup
	for i, node := range nodes {
		both.Go(func() {
			for n := range each {
				id := fmt.Sprintf("office%c%02d", 'a'+i, n)
				set, err := Parse("x.yaml", []byte(participantYAML(id, 100*i+n+10)), nil)
				if err != nil {
					t.Error(describe(err))
					return
				}
				_, err = node.Apply(context.Background(), "node", set, false)
				for err != nil && fault.From(err).Code == fault.ResourceConflict {
					_, err = node.Apply(context.Background(), "node", set, false)
				}
				if err != nil {
					t.Error(describe(err))
					return
				}
				mu.Lock()
				made[id] = true
				mu.Unlock()
			}
		})
	}
	both.Wait()
	for _, node := range nodes {
		waits.Until(t, "everything", func() bool { return len(node.Rooms.Registry.Participants()) == 2*each })
	}
	if size := nodes[0].records(t); size != 2*each || len(made) != 2*each {
		t.Fatalf("%d records of %d changes", size, len(made))
	}
	last := int64(0)
	for i := range int64(2 * each) {
		e, _, err := nodes[1].journal.Entry(t.Context(), i)
		must.OK(t, err)
		if e.Change.Revision != last+1 || !made[e.Change.ID] || e.Change.Action != Create {
			t.Errorf("record %d: %+v", i, e.Change)
		}
		delete(made, e.Change.ID)
		last = e.Change.Revision
	}
}

// TestALargeSetIsSeveralTransactions of a page each, and is read back by pages.
func TestALargeSetIsSeveralTransactions(t *testing.T) {
	engines.Each(t, aLargeSetIsSeveralTransactions)
}

func aLargeSetIsSeveralTransactions(t *testing.T) {
	url := engines.URL(t)
	o := open(t, url)
	var text strings.Builder
	const many = 2*pageSize + 7
	for n := range many {
		text.WriteString(participantYAML(fmt.Sprintf("office%05d", n), n+1))
	}
	plan := o.apply(t, text.String())
	if plan.Count(Create) != many || o.records(t) != many || o.Revision() != many {
		t.Fatalf("%d planned, %d records, revision %d", plan.Count(Create), o.records(t), o.Revision())
	}
	batches, err := o.log.Read(t.Context(), 0, many)
	if err != nil || len(batches) != 3 || len(batches[2].Entries) != 7 {
		t.Errorf("%d batches, %v", len(batches), err)
	}
	again := openWith(t, url, o.keys)
	if err := again.Load(t.Context()); err != nil || len(again.Rooms.Registry.Participants()) != many || again.Revision() != many {
		t.Errorf("read back %d, revision %d, %v", len(again.Rooms.Registry.Participants()), again.Revision(), err)
	}
}

// TestWithoutAStoreNothingChanges: every way to change the country reports why not, and the rooms stay as they were.
func TestWithoutAStoreNothingChanges(t *testing.T) { engines.Each(t, withoutAStoreNothingChanges) }

func withoutAStoreNothingChanges(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	set := load(t, whole()+participantYAML("late", 9))
	must.OK(t, o.db.Close())
	ctx := t.Context()
	for name, do := range map[string]func() error{
		"apply":   func() error { _, err := o.Apply(ctx, "op", set, false); return err },
		"dry run": func() error { _, err := o.Apply(ctx, "op", set, true); return err },
		"put":     func() error { _, err := o.Put(ctx, Order{Actor: "op"}, Participant, set[0].Doc, BaseAny); return err },
		"put at":  func() error { _, err := o.Put(ctx, Order{Actor: "op"}, Participant, set[0].Doc, 1); return err },
		"remove":  func() error { return o.Remove(ctx, Order{Actor: "op"}, Agreement, "hall-person", BaseAny) },
		"load":    func() error { return o.Load(ctx) },
		"follow":  func() error { return o.Follow(ctx) },
	} {
		if code := fault.From(do()).Code; code != fault.StoreUnavailable && code != fault.RecordUnavailable {
			t.Errorf("%s: %s", name, code)
		}
	}
	if o.Revision() != 6 || o.Rooms.Agreements.Len() != 1 || len(o.Rooms.Registry.Participants()) != 2 {
		t.Error("the rooms changed")
	}
}

// TestNoRecordNoChange: a change that cannot be journalled is not made.
func TestNoRecordNoChange(t *testing.T) { engines.Each(t, noRecordNoChange) }

func noRecordNoChange(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	o.Sealer = unsealed{o.journal}
	if _, err := o.Apply(t.Context(), "op", load(t, participantYAML("late", 9)), false); !errors.Is(err, errUnsealed) {
		t.Fatalf("applied without a record: %v", err)
	}
	if err := o.Remove(t.Context(), Order{Actor: "op"}, Agreement, "hall-person", BaseAny); !errors.Is(err, errUnsealed) {
		t.Fatalf("removed without a record: %v", err)
	}
	if _, err := o.db.Resource(t.Context(), Participant, "late"); fault.From(err).Code != fault.ResourceUnknown {
		t.Errorf("it is stored: %v", err)
	}
	if o.records(t) != 6 || o.Rooms.Agreements.Len() != 1 || len(o.Rooms.Registry.Participants()) != 2 {
		t.Error("something was changed")
	}
}

var errUnsealed = errors.New("no key")

type unsealed struct{ *journal.Journal }

func (unsealed) Prove([]byte) []byte { return nil }

func (unsealed) Seal(journal.Record) (appendlog.Entry, error) { return appendlog.Entry{}, errUnsealed }

// TestAStoredResourceThatIsNoneDoesNotAct: documents of another program's version, or of an intruder, are taken out of
// the rooms, and the log says so; the rest of the country goes on.
func TestAStoredResourceThatIsNoneDoesNotAct(t *testing.T) {
	engines.Each(t, aStoredResourceThatIsNoneDoesNotAct)
}

func aStoredResourceThatIsNoneDoesNotAct(t *testing.T) {
	o := newOffice(t)
	o.apply(t, whole())
	var said bytes.Buffer
	o.Logger = slog.New(slog.NewTextHandler(&said, nil))
	spoilt := []appendlog.Resource{
		{Kind: Agreement, ID: "hall-person", Doc: []byte(`{"id":"hall-person","purposes":[{"reason":{"pattern":"("}}]}`)},
		{Kind: System, ID: "hall.desk", Doc: []byte(`{"id":`)},
		{Kind: "Planet", ID: "x", Doc: []byte(`{}`)},
	}
	for i := range spoilt {
		spoilt[i].ChangedBy, spoilt[i].ChangedAt = "intruder", time.Now().UTC()
	}
	if _, err := o.Store.Commit(t.Context(), 6, spoilt, o.recordOf(Order{Actor: "intruder"}, 6, []string{Update, Update, Create})); err != nil {
		t.Fatal(err)
	}
	if err := o.Load(t.Context()); err != nil || o.Revision() != 9 {
		t.Fatalf("revision %d, %v", o.Revision(), err)
	}
	if _, acts := o.Rooms.Registry.System("hall.desk"); acts || o.Rooms.Agreements.Len() != 0 {
		t.Error("what cannot be read acts")
	}
	if _, acts := o.Rooms.Registry.System("register.main"); !acts || len(o.Rooms.Catalog.All()) != 1 {
		t.Error("what can be read does not act")
	}
	if n := strings.Count(said.String(), "not usable"); n != 3 {
		t.Errorf("said %d times:\n%s", n, said.String())
	}
}

func TestNewNeedsEveryPart(t *testing.T) {
	o := newOffice(t)
	for name, spoil := range map[string]func(*Config){
		"store": func(c *Config) { c.Store = nil }, "sealer": func(c *Config) { c.Sealer = nil }, "clock": func(c *Config) { c.Clock = nil },
		"logger": func(c *Config) { c.Logger = nil }, "registry": func(c *Config) { c.Rooms.Registry = nil },
		"catalog": func(c *Config) { c.Rooms.Catalog = nil }, "agreements": func(c *Config) { c.Rooms.Agreements = nil },
	} {
		cfg := o.Config
		cfg.Rooms = NewImages(registry.New(nil))
		spoil(&cfg)
		if k, err := New(cfg); err == nil || k != nil {
			t.Errorf("made a keeper without %s", name)
		}
	}
}

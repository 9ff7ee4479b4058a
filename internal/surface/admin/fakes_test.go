package admin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/journal"
	"mconnect/test/must"
)

// fakeState is a small country in memory: enough state to hold the surface to its contract. What the real
// store and journal do is tested where app wires them.
type fakeState struct {
	unreadable int64 // record, 0: none
	mu         sync.Mutex
	revision   int64
	now        map[string]Resource
	history    map[string][]Resource
	readings   []journal.Record
	broken     error // what the ledger answers
	meddle     func()
	applied    [][]byte
	proposed   Erasure
	erased     []string
}

func newFakeState() *fakeState {
	return &fakeState{now: map[string]Resource{}, history: map[string][]Resource{}}
}

func (c *fakeState) Resource(_ context.Context, kind, id string) (Resource, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, ok := c.now[kind+" "+id]; ok {
		return r, nil
	}
	return Resource{}, fault.New(fault.ResourceUnknown, "kind", kind, "id", id)
}

func (c *fakeState) List(_ context.Context, kind string, after int64, limit int) ([]Resource, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []Resource
	for _, r := range c.now {
		if r.Kind == kind && r.Revision > after {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b Resource) int { return int(a.Revision - b.Revision) })
	return all[:min(limit, len(all))], len(all) > limit, nil
}

func (c *fakeState) History(_ context.Context, kind, id string) ([]Resource, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.history[kind+" "+id], nil
}

func (c *fakeState) Put(_ context.Context, by Act, kind string, document []byte, base int64) (Resource, error) {
	if c.meddle != nil {
		meddle := c.meddle
		c.meddle = nil
		meddle()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var named struct{ ID, Name, Version string }
	var loose map[string]any
	if err := json.Unmarshal(document, &loose); err != nil {
		return Resource{}, err
	}
	named.ID, _ = loose["id"].(string)
	switch kind {
	case KindEventType:
		named.ID = loose["name"].(string)
	case KindService, KindDataType:
		named.ID = loose["name"].(string) + "/" + loose["version"].(string)
	case KindClassifier:
		named.ID = loose["code"].(string) + "/" + loose["version"].(string)
	case KindCategory:
		named.ID = loose["code"].(string)
	}
	key := kind + " " + named.ID
	old, exists := c.now[key]
	if base == BaseAbsent && exists || base > 0 && old.Revision != base {
		return Resource{}, fault.New(fault.ResourceConflict, "kind", kind, "id", named.ID)
	}
	c.revision++
	r := Resource{Kind: kind, ID: named.ID, Revision: c.revision, Document: document, ChangedBy: by.Actor, Reason: by.Reason, ChangedAt: time.Unix(c.revision, 0).UTC()}
	c.now[key] = r
	c.history[key] = append([]Resource{r}, c.history[key]...)
	return r, nil
}

func (c *fakeState) Delete(_ context.Context, _ Act, kind, id string, base int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	old, exists := c.now[kind+" "+id]
	switch {
	case !exists:
		return fault.New(fault.ResourceUnknown, "kind", kind, "id", id)
	case base > 0 && old.Revision != base:
		return fault.New(fault.ResourceConflict, "kind", kind, "id", id)
	}
	delete(c.now, kind+" "+id)
	return nil
}

func (c *fakeState) Apply(_ context.Context, _ Act, manifests []byte, dryRun bool) ([]Planned, error) {
	if bytes.Contains(manifests, []byte("nonsense")) {
		return nil, fault.New(fault.ResourceInvalid)
	}
	if !dryRun {
		c.applied = append(c.applied, manifests)
	}
	return []Planned{{Kind: KindSystem, ID: "aa.bb", Action: "create"}}, nil
}

func (c *fakeState) Search(_ context.Context, q Query) (out []Found, next int64, err error) {
	for i := int64(9); i >= 0 && len(out) < q.Limit; i-- {
		if q.Before == 0 || i < q.Before {
			out = append(out, Found{Index: i, Kind: "call", Service: "GetPerson"})
		}
	}
	if len(out) == q.Limit {
		next = out[len(out)-1].Index
	}
	return out, next, nil
}

func (c *fakeState) Size(context.Context) (int64, error) { return 10, nil }

// Read gives the ten records, and with no end one more when there is one; then it waits.
func (c *fakeState) Read(ctx context.Context, from, to int64, fn func(int64, []byte) error) error {
	for i := from; i < 10 || i < to; i++ {
		if i > 0 && i == c.unreadable {
			return errSecret
		}
		if err := fn(i, []byte(`{"kind":"intent"}`)); err != nil {
			return err
		}
	}
	if to < 0 {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (c *fakeState) Export(_ context.Context, w io.Writer) error {
	_, _ = io.WriteString(w, "journal\nkey k\n")
	if c.unreadable > 0 {
		return errSecret
	}
	_, err := io.WriteString(w, "end 0\n")
	return err
}

func (c *fakeState) Record(_ context.Context, index int64) ([]byte, string, error) {
	if index > 9 {
		return nil, "", fault.New(fault.RecordUnknown)
	}
	return []byte(`{"kind":"intent"}`), "2999000006393", nil
}

func (c *fakeState) Evidence(context.Context, int64) ([]byte, error) { return []byte("bundle"), nil }

// Propose, Approve, Reject and List are the rules in short: the real ones are tested in package journal.
func (c *fakeState) Propose(_ context.Context, actor, subject, reason string) (Erasure, error) {
	c.proposed = Erasure{ID: 7, State: "pending", ProposedBy: actor, Reason: reason, Pseudonym: subject}
	return c.proposed, nil
}

func (c *fakeState) Approve(_ context.Context, actor string, id int64, subject, _ string) (Erasure, error) {
	switch {
	case id != 7:
		return Erasure{}, fault.New(fault.RecordUnknown)
	case c.proposed.ProposedBy == actor:
		return Erasure{}, fault.New(fault.ErasureOwn)
	}
	c.erased = append(c.erased, subject)
	return Erasure{ID: id, State: "approved"}, nil
}

func (c *fakeState) Report(_ context.Context, q ReportQuery, _ mconnect.Lang) ([]Reported, int64, error) {
	return []Reported{{Index: 4, Kind: "call", Official: q.Official, Reason: "DOS-1"}}, 4, nil
}

func (c *fakeState) Count(context.Context, string) (int, error) { return 3, nil }

func (c *fakeState) Reject(context.Context, string, int64, string) (Erasure, error) {
	return Erasure{State: "rejected"}, nil
}

func (c *fakeState) Checkpoint(context.Context) ([]byte, error) {
	return []byte("origin\n10\nroot\n"), nil
}

func (c *fakeState) Tile(_ context.Context, level int, index int64, width int) ([]byte, error) {
	return bytes.Repeat([]byte{byte(level), byte(index)}, 16*width), nil
}

func (c *fakeState) Entries(_ context.Context, index int64, _ int) ([]byte, error) {
	if index > 5 {
		return nil, fault.New(fault.RecordUnknown)
	}
	return []byte("entries"), nil
}

// fakeLedger shares the country's memory under a name of its own, because Records has a method
// Record too.
type fakeLedger struct{ *fakeState }

func (b fakeLedger) Record(_ context.Context, r journal.Record) (journal.Receipt, error) {
	if b.broken != nil {
		return journal.Receipt{}, b.broken
	}
	b.readings = append(b.readings, r)
	return journal.Receipt{Index: int64(len(b.readings))}, nil
}

func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// fakeErasures is the same memory under a name of its own, for Resources has a method List too.
type fakeErasures struct{ *fakeState }

func (p fakeErasures) List(context.Context, int64, int) ([]Erasure, error) {
	return []Erasure{p.proposed}, nil
}

type testAPI struct {
	t       *testing.T
	country *fakeState
	metrics *Metrics
	server  *httptest.Server
	ready   error
	guide   Guide
}

func newTestAPI(t *testing.T) *testAPI { return newTestAPIWith(t, nil) }

func newTestAPIWith(t *testing.T, g Guide) *testAPI {
	t.Helper()
	o := &testAPI{t: t, country: newFakeState(), metrics: NewMetrics(Metric{Name: "journal_size", Help: "Records.", Read: func() float64 { return 10 }}), guide: g}
	surface := must.Get(New(o.config()))(t)
	o.server = httptest.NewServer(surface.Handler())
	t.Cleanup(o.server.Close)
	return o
}

func (o *testAPI) config() Config {
	return Config{
		Administrators: []Administrator{
			{Name: "ops.duty", Roles: []Role{Operator}, TokenSHA256: digest("operator-token")},
			{Name: "audit.one", Roles: []Role{Auditor}, TokenSHA256: digest("auditor-token")},
			{Name: "dpo.one", Roles: []Role{DPO}, TokenSHA256: digest("dpo-token")},
			{Name: "board.screen", Roles: []Role{Reader}, TokenSHA256: digest("reader-token")},
		},
		Resources: o.country, Editor: o.country, Records: o.country, Tiles: o.country, Ledger: fakeLedger{o.country}, Erasures: fakeErasures{o.country}, Reports: o.country, Access: &Access{},
		Metrics: o.metrics, Ready: func(context.Context) error { return o.ready }, Version: "test", Node: "n1", Guide: o.guide,
	}
}

// reply is an answer read whole.
type reply struct {
	status int
	header http.Header
	body   string
}

func (r reply) problem(t *testing.T) Problem {
	t.Helper()
	if ct := r.header.Get("Content-Type"); ct != "application/problem+json" {
		t.Fatalf("status %d, content type %q: %s", r.status, ct, r.body)
	}
	var p Problem
	if err := json.Unmarshal([]byte(r.body), &p); err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}
	return p
}

// ask sends one request; headers are alternating names and values.
func (o *testAPI) ask(token, method, path, body string, headers ...string) reply {
	o.t.Helper()
	req, err := http.NewRequestWithContext(o.t.Context(), method, o.server.URL+path, strings.NewReader(body))
	must.OK(o.t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res := must.Get(o.server.Client().Do(req))(o.t)
	defer res.Body.Close()
	text := must.Get(io.ReadAll(res.Body))(o.t)
	return reply{res.StatusCode, res.Header, string(text)}
}

// want holds an answer to a status and, for problems, a code.
func (o *testAPI) want(r reply, status int, code fault.Code) {
	o.t.Helper()
	if r.status != status {
		o.t.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	if code != "" && r.problem(o.t).Code != code {
		o.t.Fatalf("code %s, want %s", r.problem(o.t).Code, code)
	}
}

var errSecret = errors.New("pq: password of 10.0.0.1 is hunter2")

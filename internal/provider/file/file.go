// Package file answers calls from spreadsheets that authorities hand in or drop in a folder. Each service version
// has an index, built from a file that was checked whole; the file in force is the one that index was built from.
package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/provider"
	"mconnect/internal/provider/spreadsheet"
)

// lookAgain is how long an index is used before it is asked whether another has taken its place.
const lookAgain = time.Second

// indexDir holds the indexes, in the files folder; its name keeps it out of every pattern.
const indexDir = ".index"

// Config is what a Protocol needs.
type Config struct {
	Folder string // of files that are registers; "": there are none
	// makes durable that a file takes effect; an error keeps it from doing so; nil: it is not recorded
	Taken  func(context.Context, Taken) error
	Clock  func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: slog.Default()
}

// Protocol answers from files, and takes new ones. It implements provider.Protocol.
type Protocol struct {
	cfg   Config
	mu    sync.Mutex // held while slots or tried change
	slots map[versionKey]*slot
	tried map[versionKey]attempt
}

// New makes a Protocol. It opens nothing.
func New(cfg Config) *Protocol {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	return &Protocol{cfg: cfg, slots: map[versionKey]*slot{}, tried: map[versionKey]attempt{}}
}

// Kind implements provider.Protocol.
func (*Protocol) Kind() string { return "file" }

// Close implements provider.Protocol.
func (p *Protocol) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, s := range p.slots {
		errs = append(errs, s.drop())
	}
	return errors.Join(errs...)
}

type versionKey struct {
	name    mconnect.ServiceName
	version mconnect.Version
}

// endpoint is a file endpoint made ready for use.
type endpoint struct {
	plan     *provider.Plan
	table    *spreadsheet.Table
	slot     *slot
	decl     *catalog.File
	response *provider.Mapping
	maxRows  int
	facts    []string        // answer fields that say something of the file
	dateOnly map[string]bool // those of them that are written as a day
	zone     *time.Location
	clock    func() time.Time
}

// slot is where the index of one service version stands; all its plans share it.
type slot struct {
	path  string
	mu    sync.Mutex
	index *spreadsheet.Index
	stamp string    // of the file that index was opened from
	asked time.Time // when the stamp was last looked at
}

// current opens the index that is in force. nil: there is none yet.
func (s *slot) current(ctx context.Context, now time.Time) (*spreadsheet.Index, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.index != nil && now.Sub(s.asked) < lookAgain && !now.Before(s.asked) {
		return s.index, nil
	}
	info, err := os.Stat(s.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, s.drop()
	}
	if err != nil {
		return nil, err
	}
	s.asked = now
	if stamp := fmt.Sprint(info.Size(), info.ModTime().UnixNano()); s.index == nil || stamp != s.stamp {
		index, err := spreadsheet.Open(ctx, s.path)
		if err != nil {
			return nil, err
		}
		if err := s.drop(); err != nil {
			return nil, errors.Join(err, index.Close())
		}
		s.index, s.stamp = index, stamp
	}
	return s.index, nil
}

// drop closes the index that is open; Close waits for those who are reading.
func (s *slot) drop() (err error) {
	if s.index != nil {
		err = s.index.Close()
	}
	s.index = nil
	return err
}

// forget makes the next call look at the folder again.
func (s *slot) forget() {
	s.mu.Lock()
	s.asked = time.Time{}
	s.mu.Unlock()
}

// slotOf finds the slot of a service version.
func (p *Protocol) slotOf(name mconnect.ServiceName, v mconnect.Version) *slot {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := versionKey{name, v}
	if p.slots[key] == nil {
		p.slots[key] = &slot{path: filepath.Join(p.cfg.Folder, indexDir, string(name)+"-"+v.String()+".db")}
	}
	return p.slots[key]
}

var errNoFiles = errors.New("provider: no folder of files is configured")

// Compile implements provider.Protocol.
func (p *Protocol) Compile(pl *provider.Plan) (provider.Endpoint, error) {
	e := pl.Ready.Endpoint.File
	if p.cfg.Folder == "" {
		return nil, errNoFiles
	}
	zone := civil.Zone()
	var err error
	f := &endpoint{plan: pl, slot: p.slotOf(pl.Ready.Name, pl.Ready.Version), decl: e, maxRows: e.MaxRows,
		dateOnly: map[string]bool{}, zone: zone, clock: pl.Clock}
	if f.maxRows <= 0 {
		f.maxRows = provider.DefaultRows
	}
	if f.table, err = spreadsheet.Compile(pl.Ready.Service, zone); err != nil {
		return nil, err
	}
	if f.response, err = provider.CompileMapping(e.Response); err != nil {
		return nil, err
	}
	for field := range e.Facts {
		f.facts = append(f.facts, field)
		if found := pl.Ready.Response.Lookup(field); found != nil && found.Type == schema.Date {
			f.dateOnly[field] = true
		}
	}
	slices.Sort(f.facts)
	return f, nil
}

// Address implements provider.Endpoint.
func (f *endpoint) Address() string { return "file" }

// inForce returns the index to answer from, and whether its data are older than the service allows.
func (f *endpoint) inForce(ctx context.Context) (x *spreadsheet.Index, stale bool, err error) {
	x, err = f.slot.current(ctx, f.clock())
	switch {
	case err != nil:
		return nil, false, fault.Wrap(err, fault.InternalError)
	case x == nil || !x.Of(f.table):
		return nil, false, fault.New(fault.ProviderNoFile)
	}
	limit := time.Duration(f.decl.MaxAge)
	stale = limit > 0 && f.clock().Sub(x.Statement().ValidAt) > limit
	if stale && f.decl.Stale != "answer" {
		return nil, true, fault.New(fault.ProviderStale, "limit", limit.String())
	}
	return x, stale, nil
}

// Deliver implements provider.Endpoint.
func (f *endpoint) Deliver(ctx context.Context, d provider.Request) (provider.Reply, error) {
	values := make([]string, 0, 8)
	for _, field := range f.table.Fields() {
		value, present, err := provider.Lookup(d.Input, field)
		if err != nil || !present {
			return provider.Reply{}, fault.Wrap(errors.Join(provider.ErrLookup, err), fault.InternalError)
		}
		values = append(values, value)
	}
	x, stale, err := f.inForce(ctx)
	if err != nil {
		return provider.Reply{}, err
	}
	found, err := x.Find(ctx, spreadsheet.Key(values), f.maxRows+1)
	if err != nil && ctx.Err() == nil { // another index took its place in between: ask that one
		f.slot.forget()
		if x, stale, err = f.inForce(ctx); err != nil {
			return provider.Reply{}, err
		}
		found, err = x.Find(ctx, spreadsheet.Key(values), f.maxRows+1)
	}
	switch {
	case ctx.Err() != nil:
		return provider.Reply{}, f.plan.TransportFault(ctx, ctx.Err())
	case err != nil:
		return provider.Reply{}, fault.Wrap(err, fault.InternalError)
	case len(found) == 0:
		return provider.Reply{}, fault.New(fault.ProviderNoRecord)
	case len(found) > f.maxRows:
		e := fault.New(fault.ProviderInvalid)
		e.Fields = []fault.FieldError{{Code: fault.InputLength,
			Params: map[string]string{"min": "0", "max": strconv.Itoa(f.maxRows)}}}
		return provider.Reply{}, e
	}
	body, err := f.answer(ctx, found)
	if err != nil {
		return provider.Reply{}, err
	}
	return provider.Reply{Body: f.state(body, x.Statement(), stale), MediaType: provider.JSON}, nil
}

// answer makes an object of the rows found.
func (f *endpoint) answer(ctx context.Context, found []string) ([]byte, error) {
	if f.decl.Rows == "" && f.decl.Response == "" {
		return []byte(found[0]), nil // keys are unique in such a file
	}
	list := []byte{'['}
	for i, row := range found {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, row...)
	}
	list = append(list, ']')
	if int64(len(list)) > f.plan.Answer {
		return nil, f.plan.TooLarge()
	}
	if f.response == nil {
		return append(append([]byte(strconv.AppendQuote([]byte{'{'}, f.decl.Rows)), ':'), append(list, '}')...), nil
	}
	return f.plan.Map(ctx, f.response, list)
}

// state adds what the answer says about the file behind it: from when the data are, and which file it was.
func (f *endpoint) state(body []byte, st spreadsheet.Statement, stale bool) []byte {
	end := bytes.LastIndexByte(body, '}')
	if end < 0 {
		return body // a mapping that gives no object: for the catalogue to refuse
	}
	out := append(make([]byte, 0, len(body)+256), body[:end]...)
	empty := len(bytes.TrimSpace(body[:end])) == 1
	for _, field := range f.facts {
		if !empty {
			out = append(out, ',')
		}
		empty = false
		out = append(strconv.AppendQuote(out, field), ':')
		out = append(out, st.Facts(f.dateOnly[field], stale, f.zone)[f.decl.Facts[field]]...)
	}
	return append(out, '}')
}

// Probe implements provider.Endpoint.
func (f *endpoint) Probe(ctx context.Context) error {
	_, _, err := f.inForce(ctx)
	return err
}

// Check implements provider.Protocol.
func (p *Protocol) Check(c *provider.Checker) {
	e := c.Service.Endpoint.File
	const at = "/endpoint/file"
	if p.cfg.Folder == "" {
		c.Want(at, "a configured folder of files (providers.files)")
	}
	_, err := spreadsheet.Compile(c.Service, civil.Zone())
	c.Err(at, err)
	c.JQ(at+"/response", e.Response)
	for field := range e.Keys {
		c.Scalar(at+"/keys/"+provider.Pointer(field), field, true)
	}
}

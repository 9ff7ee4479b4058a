package provider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/exchange"
	"mconnect/internal/provider/spreadsheet"
)

// civilZone is the time by which dates in files are meant.
const civilZone = "Europe/Chisinau"

// lookAgain is how long an index is used before it is asked whether another has taken its place.
const lookAgain = time.Second

// indexDir holds the indexes, in the files folder; its name keeps it out of every pattern.
const indexDir = ".index"

// fileEnd is a file endpoint made ready for use.
type fileEnd struct {
	plan     *plan
	table    *spreadsheet.Table
	shelf    *shelf
	decl     *catalog.File
	response *mapping
	maxRows  int
	facts    []string        // answer fields that say something of the file
	dateOnly map[string]bool // those of them that are written as a day
	zone     *time.Location
	clock    func() time.Time
}

// shelf is where the index of one service version stands; all its plans share it.
type shelf struct {
	path  string
	mu    sync.Mutex
	index *spreadsheet.Index
	stamp string    // of the file that index was opened from
	asked time.Time // when the stamp was last looked at
}

// current opens the index that is in force. nil: there is none yet.
func (s *shelf) current(ctx context.Context, now time.Time) (*spreadsheet.Index, error) {
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
func (s *shelf) drop() (err error) {
	if s.index != nil {
		err = s.index.Close()
	}
	s.index = nil
	return err
}

// forget makes the next call look at the folder again.
func (s *shelf) forget() {
	s.mu.Lock()
	s.asked = time.Time{}
	s.mu.Unlock()
}

// shelfOf finds the shelf of a service version; p.mu is held.
func (p *Provider) shelfOf(name mconnect.ServiceName, v mconnect.Version) *shelf {
	key := planKey{name, v}
	if p.shelves[key] == nil {
		p.shelves[key] = &shelf{path: filepath.Join(p.cfg.Files, indexDir, string(name)+"-"+v.String()+".db")}
	}
	return p.shelves[key]
}

var errNoFiles = errors.New("provider: no folder of files is configured")

func (p *Provider) compileFile(pl *plan, e *catalog.File) error {
	if p.cfg.Files == "" {
		return errNoFiles
	}
	zone, err := time.LoadLocation(civilZone)
	if err != nil {
		return err
	}
	f := &fileEnd{plan: pl, shelf: p.shelfOf(pl.ready.Name, pl.ready.Version), decl: e, maxRows: e.MaxRows, dateOnly: map[string]bool{}, zone: zone, clock: p.cfg.Clock}
	if f.maxRows <= 0 {
		f.maxRows = DefaultRows
	}
	if f.table, err = spreadsheet.Compile(pl.ready.Service, zone); err != nil {
		return err
	}
	if f.response, err = compileMapping(e.Response); err != nil {
		return err
	}
	for field := range e.Facts {
		f.facts = append(f.facts, field)
		if found := pl.ready.Response.Lookup(field); found != nil && found.Type == schema.Date {
			f.dateOnly[field] = true
		}
	}
	slices.Sort(f.facts)
	pl.breaker = &breaker{name: fmt.Sprintf("%s/%s file", pl.ready.Name, pl.ready.Version), clock: p.cfg.Clock, logger: p.cfg.Logger}
	pl.deliver, pl.probe = f.deliver, f.check
	return nil
}

// inForce returns the index to answer from, and whether its data are older than the service allows.
func (f *fileEnd) inForce(ctx context.Context) (x *spreadsheet.Index, stale bool, err error) {
	x, err = f.shelf.current(ctx, f.clock())
	switch {
	case err != nil:
		return nil, false, platformDown(err)
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

func (f *fileEnd) deliver(ctx context.Context, d exchange.Delivery) (exchange.Reply, error) {
	values := make([]string, 0, 8)
	for _, field := range f.table.Fields() {
		value, present, err := lookup(d.Input, field)
		if err != nil || !present {
			return exchange.Reply{}, fault.Wrap(errors.Join(errLookup, err), fault.InternalError)
		}
		values = append(values, value)
	}
	x, stale, err := f.inForce(ctx)
	if err != nil {
		return exchange.Reply{}, err
	}
	found, err := x.Find(ctx, spreadsheet.Key(values), f.maxRows+1)
	if err != nil && ctx.Err() == nil { // another index took its place in between: ask that one
		f.shelf.forget()
		if x, stale, err = f.inForce(ctx); err != nil {
			return exchange.Reply{}, err
		}
		found, err = x.Find(ctx, spreadsheet.Key(values), f.maxRows+1)
	}
	switch {
	case ctx.Err() != nil:
		return exchange.Reply{}, f.plan.transportFault(ctx, ctx.Err())
	case err != nil:
		return exchange.Reply{}, platformDown(err)
	case len(found) == 0:
		return exchange.Reply{}, fault.New(fault.ProviderNoRecord)
	case len(found) > f.maxRows:
		e := fault.New(fault.ProviderInvalid)
		e.Fields = []fault.FieldError{{Code: fault.InputLength, Params: map[string]string{"min": "0", "max": strconv.Itoa(f.maxRows)}}}
		return exchange.Reply{}, e
	}
	body, err := f.answer(ctx, found)
	if err != nil {
		return exchange.Reply{}, err
	}
	return exchange.Reply{Body: f.state(body, x.Statement(), stale), MediaType: jsonType}, nil
}

// answer makes an object of the rows found.
func (f *fileEnd) answer(ctx context.Context, found []string) ([]byte, error) {
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
	if int64(len(list)) > f.plan.answer {
		return nil, f.plan.tooLarge()
	}
	if f.response == nil {
		return append(append([]byte(strconv.AppendQuote([]byte{'{'}, f.decl.Rows)), ':'), append(list, '}')...), nil
	}
	value, err := decode(list)
	if err != nil {
		return nil, platformDown(err)
	}
	return mapAnswer(ctx, f.response, value, f.plan)
}

// state adds what the answer says about the file behind it: from when the data are, and which file it was.
func (f *fileEnd) state(body []byte, st spreadsheet.Statement, stale bool) []byte {
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

func (f *fileEnd) check(ctx context.Context) error {
	_, _, err := f.inForce(ctx)
	return err
}

// file lists what of a file endpoint would fail later.
func (c *checker) file(e *catalog.File) {
	const at = "/endpoint/file"
	if c.provider.cfg.Files == "" {
		c.want(at, "a configured folder of files (providers.files)")
	}
	zone, err := time.LoadLocation(civilZone)
	if err == nil {
		_, err = spreadsheet.Compile(c.service, zone)
	}
	c.err(at, err)
	c.jq(at+"/response", e.Response)
	for field := range e.Keys {
		c.scalar(at+"/keys/"+pointer(field), field, true)
	}
}

package file

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/civil"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/durable"
	"mconnect/internal/provider/spreadsheet"
)

// Upload is a file that somebody uploads for a service.
type Upload struct {
	Name    string    // as the authority calls it; fits the declared pattern
	Body    io.Reader //
	ValidAt time.Time // stated; zero: not stated
	By      string    // who
}

// Taken is a file that is about to take effect: what the journal records.
type Taken struct {
	Service catalog.Service
	spreadsheet.Statement
	Replaces string // digest of the one before; "" for the first
}

// settled is how long a dropped file must not have changed before it is read: it may still be being copied.
const settled = 2 * time.Second

// pattern is what names of files for the service look like.
func pattern(s catalog.Service) string {
	e := s.Endpoint.File
	if e.Name != "" {
		return e.Name
	}
	format := e.Format
	format = cmp.Or(format, "csv")
	return string(s.Name) + "*." + format
}

func fits(s catalog.Service, name string) bool {
	ok, err := path.Match(strings.ToLower(pattern(s)), strings.ToLower(name))
	return err == nil && ok && !strings.HasPrefix(name, ".") && filepath.IsLocal(name) &&
		!strings.ContainsAny(name, `/\`)
}

// folder is where the authority drops files for the service: one folder per provider system.
func (p *Protocol) folder(s catalog.Service) string {
	return filepath.Join(p.cfg.Folder, string(s.Provider))
}

// Put checks an uploaded file whole and puts it in force, in place of the one before. The file is kept in the folder
// of the provider system. Faults: file.invalid, with the places; resource.invalid when the service takes no files
// or the name does not fit; record.unavailable when that cannot be recorded: then the old one stays in force.
func (p *Protocol) Put(ctx context.Context, s catalog.Service, u Upload) (st spreadsheet.Statement, err error) {
	if s.Endpoint.File == nil || p.cfg.Folder == "" {
		e := fault.New(fault.ResourceInvalid, "kind", "File", "id", s.ID())
		e.Fields = []fault.FieldError{{Path: "/endpoint/file", Code: fault.InputMissing}}
		return st, e
	}
	if !fits(s, u.Name) {
		e := fault.New(fault.ResourceInvalid, "kind", "File", "id", s.ID())
		e.Fields = []fault.FieldError{{Path: "/name", Code: fault.InputPattern,
			Params: map[string]string{"pattern": pattern(s)}}}
		return st, e
	}
	dir := p.folder(s)
	if err := durable.MkdirAll(dir, 0o750); err != nil {
		return st, err
	}
	part := filepath.Join(dir, ".part-"+mark())
	defer os.Remove(part) // no longer there when it took effect
	if err := save(part, u.Body); err != nil {
		return st, err
	}
	st, err = p.take(ctx, s, spreadsheet.Source{Path: part, Name: u.Name, Stated: u.ValidAt, By: u.By})
	if err != nil {
		return st, err
	}
	if err := os.Rename(part, filepath.Join(dir, u.Name)); err != nil {
		return st, err
	}
	return st, durable.SyncDir(dir)
}

func mark() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func save(path string, body io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, io.LimitReader(body, spreadsheet.MaxFile+1))
	if err == nil && n > spreadsheet.MaxFile {
		err = fault.New(fault.MessageTooLarge, "limit", fmt.Sprint(int64(spreadsheet.MaxFile)))
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// take builds the index of a file and puts it in force. It is recorded before: a replacement that no record
// stands behind does not take effect.
func (p *Protocol) take(ctx context.Context, s catalog.Service, from spreadsheet.Source) (st spreadsheet.Statement,
	err error) {
	table, err := spreadsheet.Compile(s, civil.Zone())
	if err != nil {
		return st, err
	}
	slot := p.slotOf(s.Name, s.Version)
	if err := durable.MkdirAll(filepath.Dir(slot.path), 0o700); err != nil {
		return st, err
	}
	next := slot.path + "." + mark()
	defer os.Remove(next) // no longer there when it took effect
	if st, err = table.Build(ctx, from, next, p.cfg.Clock()); err != nil {
		return st, err
	}
	before, err := p.InForce(ctx, s)
	if err != nil {
		return st, err
	}
	if p.cfg.Taken != nil {
		if err := p.cfg.Taken(ctx, Taken{Service: s, Statement: st, Replaces: before.SHA256}); err != nil {
			return st, err
		}
	}
	if err := os.Rename(next, slot.path); err != nil {
		return st, err
	}
	slot.forget()
	if st.Short > 0 {
		// Excel leaves out delimiters behind the last value, and so does a line that was broken by mistake
		p.cfg.Logger.Warn("rows of a file end early; their last columns count as empty", "service", s.ID(), "file",
			st.Name, "count", st.Short, "rows", st.ShortRows)
	}
	return st, durable.SyncDir(filepath.Dir(slot.path))
}

// InForce reports which file the service answers from; the zero Statement when there is none.
func (p *Protocol) InForce(ctx context.Context, s catalog.Service) (spreadsheet.Statement, error) {
	slot := p.slotOf(s.Name, s.Version)
	x, err := slot.current(ctx, p.cfg.Clock())
	if err != nil || x == nil {
		return spreadsheet.Statement{}, err
	}
	return x.Statement(), nil
}

// attempt is a dropped file that was tried, so that it is not tried again until it changes.
type attempt struct {
	name, declared string
	size           int64
	modified       time.Time
}

// Sweep looks once for dropped files of the services and takes those that are new and have settled. What is
// wrong with a file is logged once and written to NAME.errors.txt in the same folder, for the authority.
func (p *Protocol) Sweep(ctx context.Context, services []catalog.Service) {
	if p.cfg.Folder != "" {
		p.tidy(filepath.Join(p.cfg.Folder, indexDir), "*.db.*")
	}
	for _, s := range services {
		if s.Endpoint.File == nil || p.cfg.Folder == "" || s.Status == catalog.Retired {
			continue
		}
		p.tidy(p.folder(s), ".part-*")
		if err := p.sweep(ctx, s); err != nil && ctx.Err() == nil {
			p.cfg.Logger.Error("cannot take a file", "service", s.ID(), "cause", err)
		}
	}
}

func (p *Protocol) sweep(ctx context.Context, s catalog.Service) error {
	name, info, err := newest(p.folder(s), func(name string) bool { return fits(s, name) })
	if err != nil || name == "" || p.cfg.Clock().Sub(info.ModTime()) < settled {
		return err
	}
	table, err := spreadsheet.Compile(s, civil.Zone())
	if err != nil {
		return err
	}
	now := attempt{name, table.Mark(), info.Size(), info.ModTime().UTC()}
	have, err := p.InForce(ctx, s)
	if err != nil {
		return err
	}
	key := versionKey{s.Name, s.Version}
	p.mu.Lock()
	tried := p.tried[key]
	p.mu.Unlock()
	if now == tried || now == (attempt{have.Name, have.Mark, have.Size, have.Modified}) {
		return nil
	}
	at := filepath.Join(p.folder(s), name)
	from := spreadsheet.Source{Path: at, Name: name, By: "folder:" + string(s.Provider)}
	if have.Name == name && have.Size == now.size && have.Modified.Equal(now.modified) {
		from.Stated, from.By = have.ValidAt, have.By // the declaration changed, not the file
	}
	st, err := p.take(ctx, s, from)
	report := at + ".errors.txt"
	if bad := fault.From(err); err == nil || bad.Code == fault.FileInvalid {
		p.mu.Lock()
		p.tried[key] = now
		p.mu.Unlock()
		if err != nil {
			p.cfg.Logger.Warn("a file was refused; the one before stays in force", "service", s.ID(), "file", name,
				"code", string(bad.Code), "wrong", bad.Params["count"])
			return leave(report, explain(bad))
		}
		p.cfg.Logger.Info("a file was taken", "service", s.ID(), "file", name, "rows", st.Rows)
		if err := os.Remove(report); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	return err
}

// leave puts a text for the authority into its folder. It replaces an entry of the same name: the folder is the
// authority's, and what it has put there is never written through, be it a link.
func leave(path string, text []byte) error {
	part := filepath.Join(filepath.Dir(path), ".part-"+mark())
	defer os.Remove(part) // no longer there when it was renamed
	if err := save(part, bytes.NewReader(text)); err != nil {
		return err
	}
	return os.Rename(part, path)
}

// abandoned is how long nobody has written to a file that somebody was writing: who did is no more.
const abandoned = time.Hour

// tidy removes what a crash left half written, which may be gigabytes.
func (p *Protocol) tidy(dir, names string) {
	left, _ := filepath.Glob(filepath.Join(dir, names)) // the pattern is well-formed
	for _, path := range left {
		info, err := os.Lstat(path)
		if err != nil || !info.Mode().IsRegular() || p.cfg.Clock().Sub(info.ModTime()) < abandoned {
			continue
		}
		if err := os.Remove(path); err != nil {
			p.cfg.Logger.Warn("cannot remove what was left half written", "file", filepath.Base(path), "cause", err)
		}
	}
}

// newest finds the file of a fitting name that was changed last; "" when there is none.
func newest(dir string, fits func(string) bool) (name string, info os.FileInfo, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil, nil
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !fits(e.Name()) || strings.HasSuffix(e.Name(), ".errors.txt") {
			continue
		}
		one, bad := e.Info()
		if bad == nil && (info == nil || one.ModTime().After(info.ModTime())) {
			name, info = e.Name(), one
		}
	}
	return name, info, err
}

// explain writes a refusal for the people at the authority: first in Romanian.
func explain(f *fault.Error) []byte {
	var b strings.Builder
	for _, lang := range []mconnect.Lang{mconnect.Romanian, mconnect.English, mconnect.Russian} {
		fmt.Fprintf(&b, "%s (%s)\r\n", f.Sentence(lang), f.Code)
		for _, one := range f.Fields {
			fmt.Fprintf(&b, "  %s: %s\r\n", one.Path, (&fault.Error{Code: one.Code, Params: one.Params}).Sentence(lang))
		}
		fmt.Fprintf(&b, "%s\r\n\r\n", f.Remedy(lang))
	}
	return []byte(b.String())
}

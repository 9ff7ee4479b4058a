package spreadsheet

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "modernc.org/sqlite" // the index is a SQLite file

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/media"
)

// Source is a file to be read.
type Source struct {
	Path   string    // where it lies
	Name   string    // as the authority calls it
	Stated time.Time // valid at, as whoever uploads it says; zero: not stated
	By     string    // who handed it in
}

// Statement is what is known about a file behind an index.
type Statement struct {
	Name       string    `json:"name"`
	SHA256     string    `json:"sha256"` // of the file
	Size       int64     `json:"size"`
	Modified   time.Time `json:"modified"`
	Rows       int       `json:"rows"`
	ValidAt    time.Time `json:"valid_at"`
	ReceivedAt time.Time `json:"received_at"`
	By         string    `json:"by"`
	// rows with fewer fields than the header has columns: their last values count as absent
	Short     int    `json:"short,omitempty"`
	ShortRows string `json:"short_rows,omitempty"` // the first of them, by number
	Mark      string `json:"mark"`                 // of the declaration
}

// MaxFile bounds a file, in bytes.
const MaxFile = 4 << 30

const tables = `PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-16000; PRAGMA temp_store=FILE;
CREATE TABLE rows (k TEXT NOT NULL, n INTEGER NOT NULL, row TEXT NOT NULL);
CREATE TABLE statement (text TEXT NOT NULL);`

// openRegular opens a file of a folder that others write to: neither a link that leads out of the folder, nor a pipe,
// which would be waited for.
func openRegular(path string) (*os.File, error) {
	dir, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	f, err := dir.OpenFile(filepath.Base(path), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, fmt.Errorf("sheet: %s is no regular file", filepath.Base(path)), f.Close())
	}
	return f, nil
}

// Build reads the whole of s, checks it, and writes its index to a new file at path, which it makes durable. Fault:
// file.invalid with the places found, "/row/17/Header", and how many rows are wrong; then there is no file at path.
func (t *Table) Build(ctx context.Context, s Source, path string, now time.Time) (st Statement, err error) {
	f, err := openRegular(s.Path)
	if err != nil {
		return st, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return st, err
	}
	st = Statement{Name: s.Name, Size: info.Size(), Modified: info.ModTime().UTC(),
		ReceivedAt: now.UTC().Truncate(time.Second), By: s.By, Mark: t.mark}
	if st.Size > MaxFile {
		return st, invalid(fault.Findings{{Code: fault.MessageTooLarge,
			Params: map[string]string{"limit": strconv.Itoa(MaxFile)}}}, 0)
	}
	sum, text := sha256.New(), &utf8Only{}
	if _, err := io.Copy(io.MultiWriter(sum, text), f); err != nil {
		return st, err
	}
	st.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return st, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return st, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(path) // half an index is none
		}
	}()
	b := &build{Table: t, ctx: ctx, utf8: text.proven()}
	if err := b.write(f, info.Size(), path); err != nil {
		return st, err
	}
	if st.Rows = b.count; st.Rows == 0 {
		return st, invalid(fault.Findings{{Path: "/row/" + strconv.Itoa(b.header+1), Code: fault.InputMissing}}, 0)
	}
	st.Short, st.ShortRows = b.short, strings.Join(b.shortRows, ", ")
	if st.ValidAt, err = t.validAt(s, st, b.newest); err != nil {
		return st, err
	}
	st.ValidAt = st.ValidAt.UTC()
	if st.ValidAt.After(now.Add(36 * time.Hour)) {
		return st, invalid(fault.Findings{{Path: "/valid_at", Code: fault.InputRange,
			Params: map[string]string{"min": "…", "max": now.Format(time.DateOnly)}}}, 0)
	}
	return st, b.finish(st, path)
}

// build is one index under way.
type build struct {
	*Table
	ctx    context.Context
	db     *sql.DB
	count  int
	wrong  int // rows
	at     int // row of the file that cannot be read
	newest string
	found  fault.Findings
	utf8   bool // the file is UTF-8 beyond ASCII, whatever is declared
	header int  // row of the header
	width  int  // of CSV: columns up to the last that has a header

	short     int
	shortRows []string
}

func invalid(found fault.Findings, wrong int) error {
	e := fault.New(fault.FileInvalid, "count", strconv.Itoa(max(wrong, len(found))))
	e.Fields = append(e.Fields, found[:min(len(found), fault.MaxFields)]...)
	return e
}

func openDB(path, query string) (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+query)
}

func (b *build) open(f *os.File, size int64) (rows, func() error, error) {
	none := func() error { return nil }
	if b.file.Format == "xlsx" {
		x, err := openXLSX(f, size, b.file.Sheet)
		if err != nil {
			return nil, none, err
		}
		return x, x.file.Close, nil
	}
	mark := func(text string, usual byte) byte {
		switch text {
		case "":
			return usual
		case "tab":
			return '\t'
		case "none":
			return 0
		}
		return text[0]
	}
	encoding, _ := media.Lookup(b.file.Encoding) // the catalogue lets no other pass
	if b.utf8 && !encoding.IsWide() {
		encoding = media.UTF8 // bytes count more than what is declared: text of another encoding is not UTF-8 by chance
	}
	return newCSV(f, encoding, mark(b.file.Delimiter, ','), mark(b.file.Quote, '"')), none, nil
}

func (b *build) write(f *os.File, size int64, path string) (err error) {
	in, closeIn, err := b.open(f, size)
	if err == nil {
		defer func() { err = errors.Join(err, closeIn()) }()
		if b.db, err = openDB(path, ""); err == nil {
			b.db.SetMaxOpenConns(1)
			defer func() { err = errors.Join(err, b.db.Close()) }()
			err = b.fill(in)
		}
	}
	var unreadable *flaw
	if errors.As(err, &unreadable) {
		return invalid(append(b.found, unreadable.at(fmt.Sprintf("/row/%d", max(b.at, 1)))), b.wrong)
	}
	if err == nil && len(b.found) > 0 {
		return invalid(b.found, b.wrong)
	}
	return err
}

func (b *build) fill(in rows) error {
	if _, err := b.db.ExecContext(b.ctx, tables); err != nil {
		return err
	}
	at, err := b.heading(in)
	if err != nil || len(b.found) > 0 {
		return err
	}
	tx, err := b.db.BeginTx(b.ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing to undo after Commit
	insert, err := tx.PrepareContext(b.ctx, `INSERT INTO rows (k, n, row) VALUES ($1, $2, $3)`)
	if err != nil {
		return err
	}
	if err := b.all(in, at, insert); err != nil {
		return err
	}
	if len(b.found) > 0 {
		return nil
	}
	if _, err := tx.ExecContext(b.ctx, `CREATE INDEX rows_k ON rows (k, n)`); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil || !b.unique {
		return err
	}
	return b.twice()
}

// heading reads up to the header and finds the columns in it.
func (b *build) heading(in rows) (at []int, err error) {
	var header []cell
	for {
		if header, b.header, err = in.next(); err != nil {
			break
		}
		if b.header >= b.file.HeaderRow {
			break
		}
	}
	switch {
	case errors.Is(err, io.EOF) && b.file.HeaderRow > 1:
		return nil, noHeader
	case errors.Is(err, io.EOF):
		return nil, emptyFile
	case err != nil:
		b.at = b.header
		return nil, err
	}
	for i, c := range header {
		if strings.TrimFunc(c.text, isSpace) != "" || c.flaw != nil {
			b.width = i + 1
		}
	}
	return b.place(header, b.header, &b.found), nil
}

// wide notes what stands beyond the header's last column, which says that the row has shifted, and counts rows that end
// early. The cells of a workbook cannot shift.
func (b *build) wide(record []cell, n int) *flaw {
	if b.file.Format == "xlsx" {
		return nil
	}
	if len(record) < b.width {
		if b.short++; len(b.shortRows) < fault.MaxFields {
			b.shortRows = append(b.shortRows, strconv.Itoa(n))
		}
	}
	for i := b.width; i < len(record); i++ {
		if strings.TrimFunc(record[i].text, isSpace) != "" {
			return surplus
		}
	}
	return nil
}

// all reads every row; once the list of places is full, it only counts.
func (b *build) all(in rows, at []int, insert *sql.Stmt) error {
	var buf []byte
	for {
		record, n, err := in.next()
		if errors.Is(err, io.EOF) {
			b.joined(in, at)
			return nil
		}
		if err != nil {
			b.at = n
			return err
		}
		b.count++
		bad := false
		wrong := func(path string, code fault.Code, params map[string]string) {
			bad = true
			if len(b.found) < fault.MaxFields {
				b.found = append(b.found, fault.FieldError{Path: "/row/" + strconv.Itoa(n) + path, Code: code,
					Params: params})
			}
		}
		if shifted := b.wide(record, n); shifted != nil {
			wrong("", shifted.code, shifted.at("").Params)
			b.wrong++
			continue
		}
		buf = b.row(buf[:0], record, at, func(c *col, code fault.Code, params map[string]string) {
			wrong("/"+pointer(c.Header), code, params)
		})
		canonical, err := b.schema.Read(buf)
		if err != nil && !bad {
			for _, one := range fault.From(err).Fields {
				wrong("/"+pointer(b.headerOf(one.Path)), one.Code, one.Params)
			}
			if !bad {
				wrong("", fault.From(err).Code, nil)
			}
		}
		if bad {
			b.wrong++
			continue
		}
		if err := b.keep(canonical, n, insert); err != nil {
			return err
		}
	}
}

// joined notes merged cells in declared columns below the header: only the first of them has the value that a person
// sees in all.
func (b *build) joined(in rows, at []int) {
	x, ok := in.(*xlsxReader)
	if !ok {
		return
	}
	for _, m := range x.merged {
		for i, c := range b.cols {
			if at[i] < m.left || at[i] > m.right || m.bottom <= b.header {
				continue
			}
			b.wrong++
			if len(b.found) < fault.MaxFields {
				b.found = append(b.found, merged.at("/row/"+strconv.Itoa(max(m.top, b.header+1))+"/"+pointer(c.Header)))
			}
			break
		}
	}
}

// headerOf is the column's name in the file, of a place in the row's type.
func (b *build) headerOf(path string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	for _, c := range b.cols {
		if c.Name == name {
			return c.Header
		}
	}
	return name
}

func (b *build) keep(canonical []byte, n int, insert *sql.Stmt) error {
	if len(b.found) > 0 {
		return nil // it will not take effect
	}
	values := make([]string, len(b.keys))
	for i, k := range b.keys {
		values[i] = b.schema.Value(canonical, b.cols[k].Name)
	}
	if c := b.file.ValidAt.Column; c != "" {
		if v := b.schema.Value(canonical, c); later(v, b.newest) {
			b.newest = v
		}
	}
	_, err := insert.ExecContext(b.ctx, Key(values), n, string(canonical))
	return err
}

// later compares dates and date-times as the catalogue writes them.
func later(a, than string) bool {
	if x, err := time.Parse(time.RFC3339, a); err == nil {
		if y, err := time.Parse(time.RFC3339, than); err == nil {
			return x.After(y)
		}
	}
	return a > than
}

// twice notes rows that have the key of another, where an answer is one row.
func (b *build) twice() error {
	found, err := b.db.QueryContext(b.ctx, `SELECT max(n) FROM rows GROUP BY k HAVING count(*) > 1 ORDER BY 1 LIMIT 20`)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var n int
		if err := found.Scan(&n); err != nil {
			return err
		}
		b.wrong++
		b.found.Add("/row/"+strconv.Itoa(n)+"/"+pointer(b.cols[b.keys[0]].Header), fault.MessageDuplicateKey)
	}
	return found.Err()
}

// finish adds the statement and makes the file survive power loss.
func (b *build) finish(st Statement, path string) (err error) {
	db, err := openDB(path, "?_pragma=journal_mode(OFF)")
	if err != nil {
		return err
	}
	text, err := json.Marshal(st)
	if err == nil {
		_, err = db.ExecContext(b.ctx, `INSERT INTO statement (text) VALUES ($1)`, string(text))
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

var dayForms = []string{time.DateOnly, "20060102", "02.01.2006", "2006_01_02"}

// validAt reports when the data were valid, from the source that is declared, else stated, else the file itself.
func (t *Table) validAt(s Source, st Statement, newest string) (time.Time, error) {
	v := t.file.ValidAt
	switch {
	case v.Column != "":
		for _, form := range []string{time.RFC3339, time.DateOnly} {
			if at, err := time.ParseInLocation(form, newest, t.zone); err == nil {
				return at, nil
			}
		}
		return time.Time{}, invalid(fault.Findings{{Path: "/valid_at/column", Code: fault.InputMissing}}, 0)
	case v.Name != "":
		re, err := regexp.Compile(v.Name)
		if err != nil {
			return time.Time{}, err
		}
		if m := re.FindStringSubmatch(s.Name); len(m) == 2 {
			for _, form := range dayForms {
				if at, err := time.ParseInLocation(form, m[1], t.zone); err == nil {
					return at, nil
				}
			}
		}
		return time.Time{}, invalid(fault.Findings{{Path: "/valid_at/name", Code: fault.InputPattern,
			Params: map[string]string{"pattern": v.Name}}}, 0)
	case !s.Stated.IsZero():
		return s.Stated, nil
	}
	return st.Modified.Truncate(time.Second), nil
}

// Facts returns what may be said about the file in an answer, by name of the fact, as JSON.
func (st Statement) Facts(dateOnly, stale bool, zone *time.Location) map[string]string {
	validAt := strconv.Quote(st.ValidAt.UTC().Format(time.RFC3339))
	if dateOnly {
		validAt = strconv.Quote(st.ValidAt.In(zone).Format(time.DateOnly))
	}
	return map[string]string{
		catalog.FactValidAt: validAt, catalog.FactDigest: strconv.Quote(st.SHA256),
		catalog.FactRows:     strconv.Itoa(st.Rows),
		catalog.FactReceived: strconv.Quote(st.ReceivedAt.UTC().Format(time.RFC3339)),
		catalog.FactStale:    strconv.FormatBool(stale),
	}
}

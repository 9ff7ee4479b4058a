package spreadsheet

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"mconnect/internal/media"
)

// Bounds of one record, so that a quote that never ends does not read the whole file into memory.
const (
	maxRecord = 1 << 20 // bytes
	maxFields = 1000
)

// cell is one value as the file has it.
type cell struct {
	text   string
	serial bool    // of XLSX: a number, which in a column of dates counts days
	era    int     // of XLSX: days between its first day and that of 1900
	format *format // of XLSX: how the number is shown; nil: as it is
	flaw   *flaw   // it cannot be taken
}

// rows reads one record after another; n is its row in the file, from 1. io.EOF ends them.
type rows interface {
	next() (record []cell, n int, err error)
}

// csvReader reads RFC 4180 with any delimiter and quote. It takes line ends of all systems, and a quote inside an
// unquoted field for itself.
type csvReader struct {
	in        *bufio.Reader
	delimiter byte
	quote     byte // 0: none
	line      int
	size      int
	begun     bool // a record came that is no hint
	field     []byte
	bad       *flaw // of the field
	record    []cell
}

// newCSV reads the text of r in the given encoding.
func newCSV(r io.Reader, encoding media.Encoding, delimiter, quote byte) *csvReader {
	c := &csvReader{in: bufio.NewReaderSize(encoding.Reader(r), 64<<10), delimiter: delimiter, quote: quote}
	if mark, err := c.in.Peek(3); err == nil && string(mark) == "\xEF\xBB\xBF" {
		_, _ = c.in.Discard(3) // it is there
	}
	return c
}

func (c *csvReader) next() ([]cell, int, error) {
	for {
		c.record, c.size = c.record[:0], 0
		first := c.line + 1
		err := c.read()
		if err != nil {
			return nil, first, err
		}
		blank := len(c.record) == 1 && strings.TrimSpace(c.record[0].text) == "" && c.record[0].flaw == nil
		hint := !c.begun && strings.HasPrefix(c.record[0].text, "sep=") // what Excel writes for itself
		if !blank && !hint {
			c.begun = true
			return c.record, first, nil
		}
	}
}

// read reads one record; io.EOF only where none begins.
func (c *csvReader) read() error {
	if _, err := c.in.Peek(1); err != nil {
		return err
	}
	for {
		ended, err := c.one()
		if err != nil {
			return err
		}
		if ended {
			c.line++
			return nil
		}
		if len(c.record) >= maxFields {
			return manyFields
		}
	}
}

// one reads one field with what ends it.
func (c *csvReader) one() (ended bool, err error) {
	c.field, c.bad = c.field[:0], nil
	b, err := c.byte()
	closed := false
	if err == nil && c.quote != 0 && b == c.quote {
		if err = c.quoted(); err != nil {
			return false, err
		}
		closed = true
		b, err = c.byte()
	}
	for ; err == nil; b, err = c.byte() {
		switch b {
		case c.delimiter:
			c.keep()
			return false, nil
		case '\r':
			if next, _ := c.in.Peek(1); len(next) == 1 && next[0] == '\n' {
				_, _ = c.in.Discard(1) // it is there
			}
			c.keep()
			return true, nil
		case '\n':
			c.keep()
			return true, nil
		}
		if closed && b != ' ' && b != '\t' {
			c.bad = quoteText
		}
		c.field = append(c.field, b)
	}
	if !errors.Is(err, io.EOF) {
		return false, err
	}
	c.keep()
	return true, nil
}

// quoted reads up to the closing quote, which inside is written twice.
func (c *csvReader) quoted() error {
	for {
		b, err := c.byte()
		switch {
		case errors.Is(err, io.EOF):
			return openQuote
		case err != nil:
			return err
		case b == c.quote:
			if next, _ := c.in.Peek(1); len(next) == 0 || next[0] != c.quote {
				return nil
			}
			_, _ = c.in.Discard(1) // it is there
		case b == '\n':
			c.line++
		case b == '\r':
			if next, _ := c.in.Peek(1); len(next) == 0 || next[0] != '\n' {
				c.line++
			}
		}
		c.field = append(c.field, b)
	}
}

func (c *csvReader) byte() (byte, error) {
	if c.size++; c.size > maxRecord {
		return 0, longRow
	}
	return c.in.ReadByte()
}

func (c *csvReader) keep() {
	one := cell{text: string(c.field), flaw: c.bad}
	if !utf8.Valid(c.field) || strings.ContainsRune(one.text, utf8.RuneError) {
		one.flaw = foreign
	}
	c.record = append(c.record, one)
}

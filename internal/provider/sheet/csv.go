package sheet

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Bounds of one record, so that a quote that never ends does not read the whole file into memory.
const (
	maxRecord = 1 << 20 // bytes
	maxFields = 1000
)

// flaw is why a file cannot be read on. It holds no value of the file.
type flaw string

func (f flaw) Error() string { return "sheet: " + string(f) }

// cell is one value as the file has it.
type cell struct {
	text   string
	serial bool // of XLSX: a number, which in a column of dates counts days
	broken bool // cannot be read: an error value, or bytes that the encoding does not have
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
	field     []byte
	record    []cell
}

// newCSV reads the text of r in the given encoding.
func newCSV(r io.Reader, encoding string, delimiter, quote byte) *csvReader {
	switch encoding {
	case "utf-16":
		r = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(r)
	case "windows-1250":
		r = charmap.Windows1250.NewDecoder().Reader(r)
	case "windows-1251":
		r = charmap.Windows1251.NewDecoder().Reader(r)
	}
	c := &csvReader{in: bufio.NewReaderSize(r, 64<<10), delimiter: delimiter, quote: quote}
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
		blank := len(c.record) == 1 && strings.TrimSpace(c.record[0].text) == ""
		hint := first == 1 && strings.HasPrefix(c.record[0].text, "sep=") // what Excel writes for itself
		if !blank && !hint {
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
			return flaw("more than 1000 fields in one row")
		}
	}
}

// one reads one field with what ends it.
func (c *csvReader) one() (ended bool, err error) {
	c.field = c.field[:0]
	b, err := c.byte()
	if err == nil && c.quote != 0 && b == c.quote {
		if err = c.quoted(); err != nil {
			return false, err
		}
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
			return flaw("a quote does not end")
		case err != nil:
			return err
		case b == c.quote:
			if next, _ := c.in.Peek(1); len(next) == 0 || next[0] != c.quote {
				return nil
			}
			_, _ = c.in.Discard(1) // it is there
		case b == '\n':
			c.line++
		}
		c.field = append(c.field, b)
	}
}

func (c *csvReader) byte() (byte, error) {
	if c.size++; c.size > maxRecord {
		return 0, flaw("a row of more than 1 MiB: is a quote missing?")
	}
	return c.in.ReadByte()
}

func (c *csvReader) keep() {
	c.record = append(c.record, cell{text: string(c.field), broken: !utf8.Valid(c.field) || strings.ContainsRune(string(c.field), utf8.RuneError)})
}

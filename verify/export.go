package verify

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ExportHeader is the first line of an export file.
const ExportHeader = "mconnect journal export v1"

// maxLine bounds a line of an export. The longest holds the hashes of a batch.
const maxLine = 64 << 20

// maxCheckpointLines bounds the checkpoint of one batch.
const maxCheckpointLines = 128

// Export reads the batches of an export file: plain UTF-8 text that needs no tool to look into.
//
//	mconnect journal export v1
//	key <the journal's public key>
//	                                  (an empty line, then for every batch:)
//	batch <first> <count>
//	<record>                          (count lines of canonical JSON)
//	hashes <base64>
//	checkpoint <number of lines>
//	<signed checkpoint>
//	                                  (and at the end:)
//	end <size>
type Export struct {
	r    *bufio.Reader
	key  Key
	next int64 // index of the record that comes next
	done bool
}

// OpenExport reads the head of an export file.
func OpenExport(r io.Reader) (*Export, error) {
	e := &Export{r: bufio.NewReaderSize(r, 1<<20)}
	header, err := e.line()
	if err != nil || header != ExportHeader {
		return nil, errors.New("export: the first line is not " + strconv.Quote(ExportHeader))
	}
	line, err := e.line()
	text, ok := strings.CutPrefix(line, "key ")
	if err != nil || !ok {
		return nil, errors.New("export: the second line does not state the key")
	}
	if e.key, err = ParseKey(text); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	if line, err := e.line(); err != nil || line != "" {
		return nil, errors.New("export: the third line is not empty")
	}
	return e, nil
}

// Key returns the key that the file itself states. A forged file states the key of its forger: compare it
// with the one that the platform published.
func (e *Export) Key() Key { return e.key }

// Next implements Source. A damaged file is a *Problem at the record where it was noticed.
func (e *Export) Next(context.Context) (Batch, error) {
	if e.done {
		return Batch{}, io.EOF
	}
	line, err := e.line()
	if err != nil {
		return Batch{}, problem(e.next, Unreadable, "the file ends without its last line")
	}
	var n int64
	if _, err := fmt.Sscanf(line, "end %d", &n); err == nil && line == fmt.Sprintf("end %d", n) {
		return Batch{}, e.end(n)
	}
	var b Batch
	if _, err := fmt.Sscanf(line, "batch %d %d", &b.First, &n); err != nil || n < 1 ||
		line != fmt.Sprintf("batch %d %d", b.First, n) {
		return Batch{}, problem(e.next, Unreadable, "no batch begins here")
	}
	for range n {
		record, err := e.line()
		if err != nil || !strings.HasPrefix(record, "{") {
			return Batch{}, problem(e.next, Unreadable, "a line that is no record")
		}
		b.Records = append(b.Records, []byte(record))
		e.next++
	}
	return b, e.seals(&b)
}

// seals reads what follows the records of a batch.
func (e *Export) seals(b *Batch) error {
	last := e.next - 1
	line, err := e.line()
	encoded, ok := strings.CutPrefix(line, "hashes ")
	if err != nil || !ok {
		return problem(last, Unreadable, "no hashes after the batch")
	}
	if b.Hashes, err = decode64(encoded); err != nil {
		return problem(last, Unreadable, "malformed hashes after the batch")
	}
	line, err = e.line()
	text, ok := strings.CutPrefix(line, "checkpoint ")
	n, err2 := strconv.Atoi(text)
	if err != nil || err2 != nil || !ok || n < 0 || n > maxCheckpointLines {
		return problem(last, Unreadable, "no checkpoint after the batch")
	}
	var note bytes.Buffer
	for range n {
		line, err := e.line()
		if err != nil {
			return problem(last, Unreadable, "the checkpoint of the batch is cut off")
		}
		note.WriteString(line)
		note.WriteByte('\n')
	}
	b.Note = note.Bytes()
	return nil
}

// end checks the last line, after which nothing may follow.
func (e *Export) end(size int64) error {
	if size != e.next {
		return problem(min(size, e.next), Unreadable, "the file says that it holds %d records, but holds %d", size,
			e.next)
	}
	if _, err := e.r.ReadByte(); !errors.Is(err, io.EOF) {
		return problem(e.next, Unreadable, "something follows the last line")
	}
	e.done = true
	return io.EOF
}

// line reads one line without its newline; a line without one is an error.
func (e *Export) line() (string, error) {
	var line []byte
	for {
		part, err := e.r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return string(line[:len(line)-1]), nil
		case !errors.Is(err, bufio.ErrBufferFull) || len(line) > maxLine:
			return "", errors.New("export: a line is cut off or too long")
		}
	}
}

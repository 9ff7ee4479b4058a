package journal

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/transparency-dev/merkle/compact"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/verify"
)

// sourceRead is how many records are read from the log at a time.
const sourceRead = 1024

// Reader is what a Source needs of a log. package store implements it, also in a store that is opened read-only.
type Reader interface {
	// Read returns whole batches from the one that holds entry from.
	Read(ctx context.Context, from int64, limit int) ([]appendlog.Batch, error)
	// Head reads the newest committed state.
	Head(ctx context.Context) (appendlog.Head, error)
	// Durable waits until no fail-over can take back the first size entries.
	Durable(ctx context.Context, size int64) (appendlog.Head, error)
}

// Source yields a log's batches for verify.Journal, from the first to the newest. A log that ends before its head or
// goes on behind it is a finding, and so is a head that does not fit the last batch.
type Source struct {
	log      Reader
	next     int64
	queue    []appendlog.Batch
	note     []byte          // of the batch yielded last
	subjects *subjects       // nil: the keys of records are not tried
	beside   *verify.Problem // found in the asides of the batch yielded last: reported once that batch has been checked

	erased  map[string]int64 // newest record whose key is erased, by pseudonym
	ordered map[string]int64 // newest erasure record, by pseudonym
}

// NewSource makes a Source that has not begun.
func NewSource(log Reader) *Source {
	return &Source{log: log, erased: map[string]int64{}, ordered: map[string]int64{}}
}

// NewSourceWithKeys makes a Source that also looks whether each sealed identifier can be opened by the key stored with
// its record, unless it was erased: what an export or tiles do not hold.
func NewSourceWithKeys(log Reader, keys Keys) (*Source, error) {
	subjects, err := newSubjects(keys)
	s := NewSource(log)
	s.subjects = subjects
	return s, err
}

// Next implements verify.Source.
func (s *Source) Next(ctx context.Context) (verify.Batch, error) {
	if s.beside != nil {
		return verify.Batch{}, s.beside
	}
	if len(s.queue) == 0 {
		if err := s.fill(ctx); err != nil {
			return verify.Batch{}, err
		}
	}
	b := s.queue[0]
	s.queue = s.queue[1:]
	s.next = b.First + int64(len(b.Entries))
	out := verify.Batch{First: b.First, Hashes: b.Hashes, Note: b.Note, Records: make([][]byte, len(b.Entries))}
	for i := range b.Entries {
		out.Records[i] = b.Entries[i].Data
		if s.beside == nil {
			s.beside = s.lookBeside(b.First+int64(i), b.Entries[i])
		}
	}
	s.note = b.Note
	return out, nil
}

// sealedMark stands in canonical records with a sealed identifier and nowhere else: quotes in texts are escaped.
var sealedMark = []byte(`"sealed":"`)

// erasureMark stands in erasure records and nowhere else.
var erasureMark = []byte(`"kind":"erasure"`)

// lookBeside checks the key stored with a record. Without keys it reports what is no wrapped key; with them, what does
// not open.
func (s *Source) lookBeside(index int64, stored appendlog.Entry) *verify.Problem {
	if bytes.Contains(stored.Data, erasureMark) {
		if e, err := Decode(stored.Data); err == nil {
			s.ordered[string(e.Pseudonym)] = index
		}
		return nil
	}
	if len(stored.Aside) == 0 && !bytes.Contains(stored.Data, sealedMark) {
		return nil
	}
	e, err := Decode(stored.Data)
	if err != nil {
		return nil // the check of the record itself says so
	}
	switch aside := stored.Aside; {
	case len(aside) == 1 && aside[0] == asideErased:
		s.erased[string(e.Pseudonym)] = index
		return nil
	case len(aside) != asideSize || aside[0] != asideWrapped:
		return &verify.Problem{Index: index, Last: index, What: verify.AsideAltered,
			Detail: "beside its sealed subject stands no key"}
	case s.subjects == nil:
		return nil
	}
	if _, err := s.subjects.open(e.Sealed, stored.Aside); err != nil {
		return &verify.Problem{Index: index, Last: index, What: verify.AsideAltered,
			Detail: "the key beside it does not open its sealed subject"}
	}
	return nil
}

// fill reads on. A batch that cannot be read while the store answers otherwise is damaged itself; since
// reading several at once fails for all, it is tried alone.
func (s *Source) fill(ctx context.Context) error {
	head, err := s.log.Head(ctx) // before the batches: what it counts must be there
	if err != nil {
		return err
	}
	queue, err := s.log.Read(ctx, s.next, sourceRead)
	if err != nil {
		queue, err = s.log.Read(ctx, s.next, 1)
	}
	if err != nil {
		if _, headErr := s.log.Head(ctx); headErr != nil || ctx.Err() != nil {
			return err
		}
		return &verify.Problem{Index: s.next, Last: s.next, What: verify.Unreadable, Detail: cause(err)}
	}
	end := head.Size
	if n := len(queue); n > 0 { // another process may have appended since the head was read
		end = max(end, queue[n-1].First+int64(len(queue[n-1].Entries)))
	}
	if _, err := s.log.Durable(ctx, end); err != nil {
		return err
	}
	if s.queue = queue; len(queue) > 0 {
		return nil
	}
	if s.next < head.Size {
		return &verify.Problem{Index: s.next, Last: head.Size - 1, What: verify.Gap,
			Detail: fmt.Sprintf("missing: the head says that there are %d records", head.Size)}
	}
	return s.ends(head)
}

// ends reports whether the head is that of the last batch: the next record is numbered and hashed by it.
func (s *Source) ends(head appendlog.Head) error {
	altered := func(from int64, detail string) error {
		return &verify.Problem{Index: from, Last: s.next - 1, What: verify.HeadAltered, Detail: detail}
	}
	switch r, at, err := parseFrontier(head.Size, head.Frontier); {
	case s.next == 0:
		return io.EOF
	case head.Size < s.next:
		return altered(head.Size, fmt.Sprintf("the head says that there are %d records only", head.Size))
	case !bytes.Equal(head.Note, s.note):
		return altered(s.next-1, "the head's checkpoint is not that of the last batch")
	case err != nil || !vouches(head.Note, r, at):
		return altered(s.next-1, "the head's frontier is not what was signed")
	}
	return s.unordered()
}

// unordered finds the first record whose key was destroyed without an erasure of its person that came after it.
func (s *Source) unordered() error {
	first := int64(-1)
	for pseudonym, index := range s.erased {
		if at, ok := s.ordered[pseudonym]; (!ok || at < index) && (first < 0 || index < first) {
			first = index
		}
	}
	if first < 0 {
		return io.EOF
	}
	return &verify.Problem{Index: first, Last: first, What: verify.ErasureUnknown,
		Detail: "the key of its subject was destroyed, and no erasure record after it is of that person"}
}

// vouches reports whether a checkpoint is over a frontier's root, made at its time.
func vouches(note []byte, r *compact.Range, at time.Time) bool {
	root, err := r.GetRootHash(nil)
	return err == nil && bytes.Contains(note, base64.StdEncoding.AppendEncode([]byte{'\n'}, root)) &&
		bytes.Contains(note, at.AppendFormat([]byte("\ntime "), timeForm))
}

// cause is the innermost reason, for an auditor.
func cause(err error) string {
	var f *fault.Error
	if errors.As(err, &f) && f.Cause != nil {
		return f.Cause.Error()
	}
	return err.Error()
}

// Export writes the journal as it stands to w, as the self-contained text file that verify.OpenExport
// reads. It holds no keys but the public one: sealed identifiers cannot be opened from it.
func (j *Journal) Export(ctx context.Context, w io.Writer) error {
	return WriteExport(ctx, w, NewSource(j.log), j.public)
}

// WriteExport writes all batches of src as an export file under the given public key. Records that would
// break the file's lines (no record of a sound journal does) end it with the *verify.Problem.
func WriteExport(ctx context.Context, w io.Writer, src verify.Source, key verify.Key) error {
	out := bufio.NewWriterSize(w, 1<<18)
	fmt.Fprintf(out, "%s\nkey %s\n\n", verify.ExportHeader, key)
	size := int64(0)
	for {
		b, err := src.Next(ctx)
		if errors.Is(err, io.EOF) {
			fmt.Fprintf(out, "end %d\n", size)
			return out.Flush()
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "batch %d %d\n", b.First, len(b.Records))
		for i, record := range b.Records {
			if bytes.IndexByte(record, '\n') >= 0 || bytes.IndexByte(record, '\r') >= 0 {
				at := b.First + int64(i)
				return &verify.Problem{Index: at, Last: at, What: verify.NotCanonical, Detail: "holds a line break"}
			}
			_, _ = out.Write(record)
			_ = out.WriteByte('\n')
		}
		fmt.Fprintf(out, "hashes %s\n", base64.StdEncoding.EncodeToString(b.Hashes))
		if _, err := fmt.Fprintf(out, "checkpoint %d\n%s", bytes.Count(b.Note, []byte("\n")), b.Note); err != nil {
			return err // bufio keeps the first error: this finds any before
		}
		size += int64(len(b.Records))
	}
}

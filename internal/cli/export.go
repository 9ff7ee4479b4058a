package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mconnect"
	"mconnect/internal/app"
	"mconnect/internal/civil"
	"mconnect/internal/domain/journal"
	"mconnect/internal/surface/admin"
)

// exportFlags are the flags of `journal export`.
type exportFlags struct {
	placeFlags
	q                   admin.Query
	since, until, why   string
	file                string
	csv, jsonl, keyOnly bool
}

func (s *session) journalExport() *cobra.Command {
	var e exportFlags
	c := &cobra.Command{
		Use:   "export",
		Short: "Write the whole journal to a file that can be checked elsewhere, or the records of a period or a person",
		Long: "Without a selection it writes to --file all records, hashes, signed checkpoints and the public key; no key that would open a\n" +
			"sealed subject. With a selection, --csv or --jsonl it writes the records that the flags select, newest first, to --file or\n" +
			"standard output: with --jsonl (the default) a line of JSON a record, with --csv a row a call, intent and outcome together,\n" +
			"and a row for any other record. Times in CSV are those of Chișinău. The export is journalled with your name and the reason,\n" +
			"a selection page by page. With --key-only it prints the public key of this installation.",
		Example: "  mconnect journal export --file journal.export\n  mconnect journal export --key-only\n" +
			"  mconnect journal export --since 2026-03-01 --until 2026-03-31 --csv --file march.csv --reason 'control 7'\n" +
			"  mconnect journal export --subject 2999000006393 --admin-url https://host:8445 --token-file auditor.token --ca ca.pem",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if e.q.From, e.q.To, err = parsePeriod(e.since, e.until); err != nil {
				return err
			}
			selected := hasFilter(e.q) || e.csv || e.jsonl
			switch {
			case e.keyOnly && (selected || e.file != ""):
				return usageError{errors.New("--key-only prints the public key: it takes neither --file nor a selection")}
			case e.keyOnly:
				return s.printKey(c.Context(), e.dir)
			case selected:
				return s.exportSelected(c.Context(), e)
			case e.file == "":
				return usageError{errors.New("want --file, --key-only, or a selection")}
			}
			return s.exportWhole(c.Context(), e)
		},
	}
	e.flags(s, c)
	queryFlags(c, &e.q, &e.since, &e.until, &e.why)
	f := c.Flags()
	f.StringVar(&e.file, "file", "", "file to write; it must not exist")
	f.BoolVar(&e.csv, "csv", false, "the selected records as CSV (RFC 4180, UTF-8)")
	f.BoolVar(&e.jsonl, "jsonl", false, "the selected records as JSON Lines")
	f.BoolVar(&e.keyOnly, "key-only", false, "print the public key only")
	c.MarkFlagsMutuallyExclusive("csv", "jsonl")
	return c
}

func (s *session) printKey(ctx context.Context, dir string) error {
	return s.withReadOnly(ctx, dir, func(i *app.Installation) error {
		if s.output == "json" {
			return s.printJSON(map[string]string{"key": i.Key.String()})
		}
		_, err := fmt.Fprintln(s.out, i.Key.String())
		return err
	})
}

// exportWhole writes the file that verify checks.
func (s *session) exportWhole(ctx context.Context, e exportFlags) error {
	key := ""
	write := func(do func(io.Writer) error) error {
		if err := newFile(e.file, do); err != nil {
			return err
		}
		return s.print(table{head: []string{"file", "key"}, rows: [][]string{{e.file, key}}})
	}
	if server := s.profiled(e.dir, e.server); server.url != "" {
		path := "/v1/journal/export?" + url.Values{"reason": {e.why}}.Encode()
		return write(func(w io.Writer) error {
			return adminAPI{s: s, server: server}.do(ctx, http.MethodGet, path, nil,
				streamed(func(body io.Reader) (err error) {
					key, err = s.copyExport(w, body)
					return err
				}))
		})
	}
	return s.withReadOnly(ctx, e.dir, func(i *app.Installation) error {
		head, err := i.Log().Head(ctx)
		if err != nil {
			return err
		}
		if err := s.recordReading(ctx, i, "export of the whole journal", e.why, int(head.Size)); err != nil {
			return err
		}
		key = i.Key.String()
		return write(func(w io.Writer) error { return i.Journal.Export(ctx, w) })
	})
}

// copyExport writes an export line by line and returns the key that it states. One without its last line is not whole.
func (s *session) copyExport(w io.Writer, body io.Reader) (key string, err error) {
	in, out := bufio.NewReaderSize(body, 1<<18), bufio.NewWriterSize(w, 1<<18)
	bar, lines, whole := s.progress("lines"), int64(0), false
	defer bar.end()
	for ; ; lines++ {
		line, err := in.ReadSlice('\n')
		for errors.Is(err, bufio.ErrBufferFull) {
			_, _ = out.Write(line) // Flush keeps the first error
			line, err = in.ReadSlice('\n')
		}
		_, _ = out.Write(line)
		if stated, ok := bytes.CutPrefix(line, []byte("key ")); ok && lines == 1 {
			key = strings.TrimSpace(string(stated))
		}
		if errors.Is(err, io.EOF) && whole {
			return key, out.Flush()
		}
		if err != nil {
			return "", unreachable{fmt.Errorf("the answer of the server is not whole: %w", err)}
		}
		whole = bytes.HasPrefix(line, []byte("end "))
		bar.show(lines, 0)
	}
}

// newFile makes a file that must not exist; one that could not be written whole does not stay.
func newFile(path string, write func(io.Writer) error) error {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return usageError{err}
	}
	if err := errors.Join(write(out), out.Sync(), out.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// exportSelected writes the records that a search finds, a page at a time.
func (s *session) exportSelected(ctx context.Context, e exportFlags) error {
	e.q.Whole = true
	write := func(w io.Writer) error {
		return s.managed(ctx, e.placeFlags, func(m adminAPI) error {
			out := recordWriter(newRecordLines(w))
			if e.csv {
				out = newRecordRows(w)
			}
			bar, count := s.progress("records"), int64(0)
			defer bar.end()
			err := searchPages(ctx, m, e.q, e.why, func(page []admin.Found) error {
				for _, one := range page {
					if err := out.write(one); err != nil {
						return err
					}
				}
				count += int64(len(page))
				bar.show(count, 0)
				return out.flush()
			})
			return err
		})
	}
	if e.file == "" {
		return write(s.out)
	}
	return newFile(e.file, write)
}

// recordWriter writes what a search found, in one form.
type recordWriter interface {
	write(one admin.Found) error
	flush() error
}

// recordLines writes JSON Lines: the stored record with its index.
type recordLines struct{ out *bufio.Writer }

func newRecordLines(w io.Writer) recordLines { return recordLines{bufio.NewWriter(w)} }

func (r recordLines) write(one admin.Found) error {
	line := func(index int64, record json.RawMessage) error {
		_, err := fmt.Fprintf(r.out, `{"index":%d,"record":%s}`+"\n", index, record)
		return err
	}
	if one.Outcome != nil && len(one.OutcomeRecord) > 0 { // newest first
		if err := line(*one.Outcome, one.OutcomeRecord); err != nil {
			return err
		}
	}
	return line(one.Index, one.Record)
}

func (r recordLines) flush() error { return r.out.Flush() }

// recordRows is CSV.
type recordRows struct{ out *csv.Writer }

func newRecordRows(w io.Writer) recordRows {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"index", "outcome_index", "time", "ended", "kind", "call", "consumer", "system", "official",
		"entity", "basis", "legal_basis",
		"reason", "purpose", "agreement", "service", "version", "provider", "fields", "verdict", "code", "actor",
		"about", "pseudonym"})
	return recordRows{out}
}

func (r recordRows) write(one admin.Found) error {
	e, err := journal.Decode(one.Record)
	if err != nil {
		return fmt.Errorf("record %d: %w", one.Index, err)
	}
	at := func(t time.Time) string { return t.In(civil.Zone()).Format("2006-01-02T15:04:05.000Z07:00") }
	outcome, ended, version, about := "", "", "", ""
	if one.Outcome != nil && len(one.OutcomeRecord) > 0 {
		o, err := journal.Decode(one.OutcomeRecord)
		if err != nil {
			return fmt.Errorf("record %d: %w", *one.Outcome, err)
		}
		outcome, ended = strconv.FormatInt(*one.Outcome, 10), at(o.Time)
	}
	if e.Version != (mconnect.Version{}) {
		version = e.Version.String()
	}
	if e.Call == "" {
		about = summary(&e)
	}
	pseudonym := ""
	if len(e.Pseudonym) > 0 {
		pseudonym = fmt.Sprintf("%x", e.Pseudonym)
	}
	return r.out.Write(escapeFormulas([]string{strconv.FormatInt(one.Index, 10), outcome, at(e.Time), ended, one.Kind,
		string(e.Call), string(e.Consumer),
		string(e.System), e.Context.User, e.Context.Entity, e.Context.Basis, e.LegalBasis, e.Context.Reason,
		string(e.Purpose), string(e.Agreement),
		string(e.Service), version, string(e.Provider), strings.Join(e.Grant, ", "), one.Verdict, one.Code, e.Actor,
		about, pseudonym}))
}

func (r recordRows) flush() error {
	r.out.Flush()
	return r.out.Error()
}

package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mconnect/internal/app"
	"mconnect/internal/config"
	"mconnect/internal/domain/journal"
	"mconnect/internal/durable"
	"mconnect/internal/store"
	"mconnect/verify"
)

// verifyFlags are the flags of `journal verify`.
type verifyFlags struct {
	dir, file, url, evidence string
	key, since, save, ca     string
	tokenFile                string
}

func (s *session) journalVerify() *cobra.Command {
	var k verifyFlags
	c := &cobra.Command{
		Use:   "verify",
		Short: "Check a journal, or one piece of evidence, without trusting the server",
		Long: "Checks every record, hash and signed checkpoint and names the first record that is wrong. One of:\n" +
			"  --dir       an installation's folder, also while it is being written (the default)\n" +
			"  --file      an export made by `mconnect journal export`\n" +
			"  --url       tiles of a running server, e.g. https://host:8445/tlog (needs an auditor's token for the records)\n" +
			"  --evidence  one record's proof, as a consumer gets it\n" +
			"Keep the newest checkpoint (--save) and give it back next time (--since): only so can a journal that was put back to an\n" +
			"older state be told from a younger one. The public key is printed by `mconnect journal export --key-only`.",
		Example: "  mconnect journal verify --dir ./mconnect-data\n" +
			"  mconnect journal verify --file journal.export --key 'mconnect.local/journal+…' --since last.checkpoint --save last.checkpoint\n" +
			"  mconnect journal verify --evidence call.proof --key 'mconnect.local/journal+…'",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return s.verify(c.Context(), k) },
	}
	f := c.Flags()
	f.StringVar(&k.dir, "dir", "", "folder of an installation")
	f.StringVar(&k.file, "file", "", "export file")
	f.StringVar(&k.url, "url", "", "address of tlog-tiles")
	f.StringVar(&k.evidence, "evidence", "", "file with one record's proof")
	f.StringVar(&k.key, "key", "", "public key of the journal (default: with --dir the installation's own, with --file the export's own)")
	f.StringVar(&k.since, "since", "", "checkpoint kept from an earlier check")
	f.StringVar(&k.save, "save", "", "file to keep the newest checkpoint in")
	f.StringVar(&k.ca, "ca", "", "with --url: PEM file of the authority that issued the server's certificate")
	f.StringVar(&k.tokenFile, "token-file", "", "with --url: file with an auditor's token (or environment MCONNECT_TOKEN)")
	c.MarkFlagsMutuallyExclusive("dir", "file", "url", "evidence")
	return c
}

func (s *session) verify(ctx context.Context, k verifyFlags) error {
	var key verify.Key
	if k.key != "" {
		var err error
		if key, err = verify.ParseKey(k.key); err != nil {
			return usageError{err}
		}
	}
	var o verify.Options
	if k.since != "" {
		known, err := os.ReadFile(k.since)
		switch {
		case err == nil:
			o.Known = append(o.Known, known)
		case k.since != k.save || !errors.Is(err, os.ErrNotExist): // a first run may save what it is to read later
			return usageError{err}
		}
	}
	began := time.Now()
	var report verify.Report
	var err error
	switch {
	case k.evidence != "":
		return s.verifyEvidence(k, key)
	case k.file != "":
		report, err = verifyExport(ctx, k.file, key, o)
	case k.url != "":
		report, err = s.verifyTiles(ctx, k, key, o)
	default:
		var lies []string
		report, lies, err = s.verifyFolder(ctx, k.dir, key, o)
		return s.report(report, lies, err, k.save, time.Since(began))
	}
	return s.report(report, nil, err, k.save, time.Since(began))
}

// report prints the result of a check. A finding is a failure, and so is a store that differs from its journal.
func (s *session) report(r verify.Report, lies []string, err error, save string, took time.Duration) error {
	var found *verify.Problem
	if err != nil && !errors.As(err, &found) {
		return err
	}
	result := map[string]any{"ok": found == nil && len(lies) == 0, "records": r.Records, "batches": r.Batches,
		"seconds": took.Seconds()}
	if found != nil {
		result["first_bad_record"], result["what"], result["detail"] = found.Index, found.What, found.Error()
	}
	if len(lies) > 0 {
		result["store"] = lies
	}
	if s.output == "json" {
		if err := s.printJSON(result); err != nil {
			return err
		}
	} else if found == nil && len(lies) > 0 {
		_ = s.printSentence(sayStoreDiffers, r.Records, r.Batches)
		for _, lie := range lies {
			fmt.Fprintf(s.out, "  %s\n", lie)
		}
	} else if found == nil {
		_ = s.printSentence(sayJournalWhole, r.Records, r.Batches,
			r.First.Format(time.RFC3339), r.Last.Format(time.RFC3339), took.Round(time.Millisecond))
	} else {
		_ = s.printSentence(sayJournalBroken, found.Error(), found.Index)
	}
	if found != nil || len(lies) > 0 {
		return errSilent
	}
	if save != "" {
		return durable.WriteFile(save, r.Checkpoint, 0o644)
	}
	return nil
}

func verifyExport(ctx context.Context, path string, key verify.Key, o verify.Options) (verify.Report, error) {
	file, err := os.Open(path)
	if err != nil {
		return verify.Report{}, usageError{err}
	}
	defer func() { _ = file.Close() }()
	export, err := verify.OpenExport(file)
	if err != nil {
		return verify.Report{}, err
	}
	if key.IsZero() {
		key = export.Key()
	}
	return verify.Journal(ctx, export, key, o)
}

// verifyFolder checks an installation's store without writing anything. What the server keeps outside the database, the
// newest checkpoint, counts as known.
func (s *session) verifyFolder(ctx context.Context, dir string, key verify.Key, o verify.Options) (report verify.Report,
	lies []string, err error) {
	cfg, err := s.configuration(dir)
	if err != nil {
		return report, nil, err
	}
	db, err := store.Open(ctx, store.Config{URL: cfg.Store.URL, ReadOnly: true, OldTables: true})
	if err != nil {
		return report, nil, err
	}
	defer func() { _ = db.Close() }()
	log, err := db.OpenLog(ctx, app.LogName, nil)
	if err != nil {
		return report, nil, err
	}
	known, err := os.ReadFile(cfg.Journal.Checkpoint) // before the store: it may only be older
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return report, nil, err
	}
	var opening *journal.Keys
	if key.IsZero() {
		origin, err := originOf(ctx, cfg, known, log)
		if err != nil {
			return report, nil, err
		}
		keys, err := journal.LoadKeys(cfg.Journal.Keys)
		if err != nil {
			return report, nil, usageError{fmt.Errorf("no public key: give --key (%w)", err)}
		}
		opening = &keys
		if key, err = keys.Public(origin); err != nil {
			return report, nil, err
		}
	}
	through, err := db.Revision(ctx)
	if err != nil {
		return report, nil, err
	}
	if len(known) > 0 {
		o.Known = append(o.Known, known)
	}
	if report, lies, err = app.CheckStore(ctx, db, log, opening, key, o); err != nil {
		return report, nil, err
	}
	if len(known) == 0 && (report.Records > 0 || through > 0) {
		lies = append(lies, "the file "+cfg.Journal.Checkpoint+" is missing or empty beside a store that is not new: whether the newest records were cut off is not known. "+
			"Give a checkpoint that you kept (--since); a server that starts writes the file anew")
	}
	return report, lies, err
}

// originOf names the journal of a folder that may be checked without its configuration: as the checkpoint kept outside
// the database does; where a restore moved that aside and no configuration was given, as the journal itself does. The
// name is not evidence: the signature by the folder's key is.
func originOf(ctx context.Context, cfg config.Config, known []byte, log *store.Log) (string, error) {
	note := known
	if len(note) == 0 && cfg.Journal.Origin == (config.Config{}).WithDefaults().Journal.Origin {
		head, err := log.Head(ctx)
		if err != nil {
			return "", err
		}
		note = head.Note
	}
	if line, _, ok := bytes.Cut(note, []byte("\n")); ok {
		return string(line), nil
	}
	return cfg.Journal.Origin, nil
}

// verifyTiles reads a running server's tiles. Progress goes to standard error.
func (s *session) verifyTiles(ctx context.Context, k verifyFlags, key verify.Key, o verify.Options) (verify.Report,
	error) {
	if key.IsZero() {
		return verify.Report{}, usageError{errors.New("--url needs --key: a server's own word is not to be trusted")}
	}
	token, err := s.token(k.tokenFile)
	if err != nil {
		return verify.Report{}, err
	}
	web, err := webClient(k.ca)
	if err != nil {
		return verify.Report{}, err
	}
	fetch := func(ctx context.Context, path string) ([]byte, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(k.url, "/")+"/"+path, nil)
		if err != nil {
			return nil, usageError{err}
		}
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		answer, err := web.Do(r)
		if err != nil {
			return nil, err
		}
		defer func() { _ = answer.Body.Close() }()
		if answer.StatusCode != http.StatusOK {
			return nil, readProblem(answer)
		}
		return io.ReadAll(io.LimitReader(answer.Body, 32<<20))
	}
	return verify.Tiles(ctx, fetch, key, o)
}

func (s *session) verifyEvidence(k verifyFlags, key verify.Key) error {
	if key.IsZero() {
		return usageError{errors.New("--evidence needs --key")}
	}
	if info, err := os.Stat(k.evidence); err == nil && info.IsDir() {
		return s.verifyProofs(k.evidence, key)
	}
	proof, err := os.ReadFile(k.evidence)
	if err != nil {
		return usageError{err}
	}
	p, err := verify.Evidence(proof, key)
	if err != nil {
		return err
	}
	if s.output == "json" {
		return s.printJSON(map[string]any{"ok": true, "index": p.Index, "tree_size": p.Checkpoint.Size,
			"record": rawJSON(p.Record)})
	}
	if err := s.printSentence(sayProven, p.Index, p.Checkpoint.Size); err != nil {
		return err
	}
	return s.printJSON(rawJSON(p.Record))
}

// verifyProofs checks every proof of a folder, as `journal report --evidence` writes them.
func (s *session) verifyProofs(folder string, key verify.Key) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.proof"))
	if err != nil || len(files) == 0 {
		return usageError{fmt.Errorf("%s: holds no *.proof", folder)}
	}
	t := table{head: []string{"file", "index", "kind", "finding"}}
	bad := 0
	for _, file := range files {
		row := []string{filepath.Base(file), "", "", "proven"}
		proof, err := os.ReadFile(file)
		var p verify.Proven
		if err == nil {
			p, err = verify.Evidence(proof, key)
		}
		if err != nil {
			bad++
			row[3] = err.Error()
		} else if e, err := journal.Decode(p.Record); err == nil {
			row[1], row[2] = strconv.FormatInt(p.Index, 10), string(e.Kind)
		}
		t.rows = append(t.rows, row)
	}
	if err := s.print(t); err != nil {
		return err
	}
	if bad > 0 {
		return errSilent
	}
	return nil
}

func (s *session) journalEvidence() *cobra.Command {
	var p placeFlags
	var file, why string
	c := &cobra.Command{
		Use:   "evidence INDEX",
		Short: "Write the proof that one record stands in the journal",
		Long: "Writes a C2SP tlog-proof with the record: anybody who has the journal's public key can check it offline with\n" +
			"`mconnect journal verify --evidence`. The reading is journalled with your name.",
		Example: "  mconnect journal evidence 42 --file record42.proof\n  mconnect journal evidence 42 --profile production > record42.proof",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			ctx := c.Context()
			index, err := parseIndex(args[0])
			if err != nil {
				return err
			}
			return s.managed(ctx, p, func(m adminAPI) error {
				proof, err := m.proof(ctx, index, why)
				if err != nil {
					return err
				}
				if file != "" {
					return durable.WriteFile(file, proof, 0o600)
				}
				_, err = s.out.Write(proof)
				return err
			})
		},
	}
	p.flags(s, c)
	c.Flags().StringVar(&file, "file", "", "file to write; default: standard output")
	c.Flags().StringVar(&why, "reason", "", "why you read the journal; kept with the reading")
	return c
}

// proof fetches the evidence of one record.
func (m adminAPI) proof(ctx context.Context, index int64, why string) (rawBytes, error) {
	var proof rawBytes
	path := fmt.Sprintf("/v1/journal/%d/evidence?%s", index, url.Values{"reason": {why}}.Encode())
	err := m.do(ctx, http.MethodGet, path, nil, &proof)
	return proof, err
}

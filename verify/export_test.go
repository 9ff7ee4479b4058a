package verify_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"mconnect/verify"
)

// checkExport checks an export file against a key, as an auditor would.
func checkExport(file []byte, key verify.Key, o verify.Options) (verify.Report, error) {
	e, err := verify.OpenExport(bytes.NewReader(file))
	if err != nil {
		return verify.Report{}, err
	}
	return verify.Journal(context.Background(), e, key, o)
}

func TestExport_OfASoundJournal(t *testing.T) {
	w := newWorld(t, 1, 300, 2)
	file := w.export(t, w.batches)
	report, err := checkExport(file, w.key, verify.Options{Known: [][]byte{w.batches[1].Note}})
	if err != nil || report.Records != 303 || report.Batches != 3 {
		t.Errorf("%+v, %v", report, err)
	}
	if n := bytes.Count(file, []byte("\n{\"")); n != 303 {
		t.Errorf("%d lines are records", n)
	}
	empty := newWorld(t)
	if report, err := checkExport(empty.export(t, nil), empty.key, verify.Options{}); err != nil || report.Records != 0 {
		t.Errorf("empty: %+v, %v", report, err)
	}
}

func TestExport_DamageIsFound(t *testing.T) {
	w := newWorld(t, 2, 3)
	file := string(w.export(t, w.batches))
	line := func(n int) string { return strings.SplitAfter(file, "\n")[n] } // 3: batch 0 2, 4 and 5: records
	edit := func(old, new string) string { return strings.Replace(file, old, new, 1) }
	for name, c := range map[string]struct {
		file  string
		index int64
		what  verify.What
	}{
		"cut after a batch":        {file[:strings.LastIndex(file, "end ")], 5, verify.Unreadable},
		"cut inside the last line": {strings.TrimSuffix(file, "\n"), 5, verify.Unreadable},
		"cut inside a record":      {file[:strings.Index(file, "nr. 000003")], 3, verify.Unreadable},
		"cut inside a checkpoint":  {file[:strings.LastIndex(file, "— ")], 4, verify.Unreadable},
		"another end":              {edit("end 5", "end 4"), 4, verify.Unreadable},
		"an end too far":           {edit("end 5", "end 6"), 5, verify.Unreadable},
		"something behind":         {file + "\n", 5, verify.Unreadable},
		"record deleted":           {edit(line(4), ""), 1, verify.Unreadable},
		"record and count reduced": {strings.Replace(edit(line(4), ""), "batch 0 2", "batch 0 1", 1), 0, verify.RecordAltered},
		"record twice":             {edit(line(4), line(4)+line(4)), 1, verify.Unreadable},
		"letter of a record":       {edit("nr. 000003", "nr. 000009"), 3, verify.RecordAltered},
		"batch numbered otherwise": {edit("batch 2 3", "batch 3 3"), 2, verify.Gap},
		"count with a zero":        {edit("batch 2 3", "batch 2 03"), 2, verify.Unreadable},
		"no count":                 {edit("batch 2 3", "batch 2 0"), 2, verify.Unreadable},
		"hashes not base64":        {edit("hashes ", "hashes !"), 1, verify.Unreadable},
		"no hashes line":           {edit("hashes ", "hash "), 1, verify.Unreadable},
		"no checkpoint":            {edit("checkpoint 6", "checkpoint 0"), 0, verify.CheckpointAbsent},
		"endless checkpoint":       {edit("checkpoint 6", "checkpoint 999"), 1, verify.Unreadable},
	} {
		_, err := checkExport([]byte(c.file), w.key, verify.Options{})
		var p *verify.Problem
		if !errors.As(err, &p) || p.What != c.what || p.Index != c.index {
			t.Errorf("%s: found %v, want %s at %d", name, err, c.what, c.index)
		}
	}
	for name, head := range map[string]string{
		"header": edit("export v1", "export v2"), "key": edit("key ", "kei "), "bad key": edit("key mconnect", "key m connect"),
		"third line": edit("\n\n", "\nx\n"), "nothing": "", "endless line": strings.Repeat("x", 3<<20),
	} {
		if e, err := verify.OpenExport(strings.NewReader(head)); err == nil || e != nil {
			t.Errorf("%s: opened", name)
		}
	}
}

// TestExport_ForgeryIsFound: a forger signs with a key of his own and states it in the file.
func TestExport_ForgeryIsFound(t *testing.T) {
	w, forger := newWorld(t, 2, 3), newWorld(t, 2, 3)
	file := forger.export(t, forger.batches)
	e, err := verify.OpenExport(bytes.NewReader(file))
	if err != nil || e.Key().String() == w.key.String() {
		t.Fatalf("%v", err)
	}
	_, err = checkExport(file, w.key, verify.Options{})
	var p *verify.Problem
	if !errors.As(err, &p) || p.What != verify.CheckpointForged || p.Index != 0 || p.Last != 1 {
		t.Errorf("found %v", err)
	}
}

func FuzzExport(f *testing.F) {
	w := newWorld(f, 2, 3)
	sound := w.export(f, w.batches)
	f.Add(sound)
	f.Add(w.export(f, w.batches[:1]))
	f.Add(w.export(f, nil))
	f.Add([]byte(verify.ExportHeader + "\nkey \n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		report, err := checkExport(data, w.key, verify.Options{})
		if err == nil && report.Records != 0 && report.Records != 2 && report.Records != 5 {
			t.Errorf("proved %d records, which nobody signed", report.Records)
		}
	})
}

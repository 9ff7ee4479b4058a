package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"mconnect"
	"mconnect/verify"
)

func evidenceScenes() []scene {
	return []scene{
		{"evidence", "a consumer proves its own call offline, with the journal's public key alone", evidence},
		{"foreign-evidence", "and gets no evidence of somebody else's", foreignEvidence},
		{"records", "every call above stands in the journal, with how it ended", recordsOfAll},
		{"subject-hidden", "no record tells in clear about whom was asked", subjectHidden},
		{"journal-verify", "the whole journal is verified: hashes, signatures, no gap", journalVerifies},
		{"tampering", "one byte changed in a copy of the store is found", tampering},
	}
}

// recordsOfAll: an answered call has its intent and its outcome, a refused one its refusal or, when it was
// refused after delivery began, both of the former.
func recordsOfAll(ctx context.Context, s *stage) error {
	kinds, codes := map[mconnect.CallID][]string{}, map[mconnect.CallID]string{}
	err := eachRecord(ctx, s.platform.store, s.from, func(_ int64, raw []byte) error {
		r, err := readRecord(raw)
		if err == nil && r.Call != "" {
			kinds[r.Call] = append(kinds[r.Call], r.Kind)
			codes[r.Call] = r.Code
		}
		return err
	})
	if err != nil {
		return err
	}
	var missing []error
	for _, c := range s.calls {
		got := kinds[c.call]
		whole := slices.Equal(got, []string{"intent", "outcome"}) ||
			(c.code != "" && slices.Equal(got, []string{"refusal"}))
		if !whole || codes[c.call] != c.code {
			missing = append(missing, fmt.Errorf("call %s ended with %q; the journal says %v with %q", c.call, c.code,
				got, codes[c.call]))
		}
	}
	if len(missing) > 3 {
		missing = append(missing[:3], fmt.Errorf("and %d more", len(missing)-3))
	}
	return errors.Join(missing...)
}

func evidence(ctx context.Context, s *stage) error {
	p := s.dataset.Persons[0]
	_, said, err := s.lawful(ctx, townHall, Request{"GetPerson", byIDNP(p.IDNP), legal(townHall, "AJUTOR-SOCIAL", 27),
		nil})
	if err != nil {
		return err
	}
	bundle, err := s.callers[townHall].Evidence(ctx, said.Call)
	if err != nil {
		return err
	}
	proven, err := verify.Evidence(bundle, s.platform.key)
	if err != nil {
		return err
	}
	r, err := readRecord(proven.Record)
	if err != nil {
		return err
	}
	if r.Call != said.Call {
		return fmt.Errorf("it proves call %s, asked for %s", r.Call, said.Call)
	}
	bundle[len(bundle)/3] ^= 1
	if _, err := verify.Evidence(bundle, s.platform.key); err == nil {
		return errors.New("a changed bundle was accepted")
	}
	return nil
}

func foreignEvidence(ctx context.Context, s *stage) error {
	_, said, err := s.lawful(ctx, townHall, Request{"GetPerson", byIDNP(s.dataset.Persons[0].IDNP),
		legal(townHall, "AJUTOR-SOCIAL", 28), nil})
	if err != nil {
		return err
	}
	if _, err := s.callers[notary].Evidence(ctx, said.Call); err == nil {
		return errors.New("the notary got evidence of the town hall's call")
	}
	return nil
}

func subjectHidden(ctx context.Context, s *stage) error {
	return eachRecord(ctx, s.platform.store, s.from, func(index int64, raw []byte) error {
		for _, run := range windows(raw, 13) {
			if _, known := s.dataset.Person(mconnect.IDNP(run)); known {
				return fmt.Errorf("record %d holds the IDNP of a person asked about", index)
			}
		}
		return nil
	})
}

// windows lists the runs of exactly n digits in raw.
func windows(raw []byte, n int) (runs []string) {
	begin := -1
	for i := 0; i <= len(raw); i++ {
		digit := i < len(raw) && raw[i] >= '0' && raw[i] <= '9'
		switch {
		case digit && begin < 0:
			begin = i
		case !digit && begin >= 0:
			if i-begin == n {
				runs = append(runs, string(raw[begin:i]))
			}
			begin = -1
		}
	}
	return runs
}

func journalVerifies(ctx context.Context, s *stage) error {
	report, err := verifyStore(ctx, s.platform.store, s.platform.key)
	if err != nil {
		return err
	}
	if want := s.from + int64(len(s.calls)); report.Records < want {
		return fmt.Errorf("verified %d records, want at least %d", report.Records, want)
	}
	return nil
}

func tampering(ctx context.Context, s *stage) error {
	dir, err := os.MkdirTemp(s.dir, "tampered-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "copy.db")
	if err := copyStore(ctx, s.platform.store, path); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	if _, err := verifyStore(ctx, path, s.platform.key); err != nil {
		return fmt.Errorf("the copy before the change: %w", err)
	}
	if err := tamper(ctx, path, s.from); err != nil {
		return fmt.Errorf("change: %w", err)
	}
	_, err = verifyStore(ctx, path, s.platform.key)
	var found *verify.Problem
	if !errors.As(err, &found) {
		return fmt.Errorf("want a finding, got %v", err)
	}
	return nil
}

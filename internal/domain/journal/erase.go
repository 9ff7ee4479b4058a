package journal

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"

	"mconnect/fault"
)

// eraseRead is how many records an erasure reads at a time.
const eraseRead = 4096

// Erase makes the sealed identifiers of one person unreadable in every record that stands in the journal,
// by overwriting the key of each (crypto-shredding). The records and all proofs do not change; what
// remains is the pseudonym. The erasure is recorded first, with who ordered it and why, and Reading.Count
// as the number of records; then it is carried out. It reads the whole journal, not the search index, so
// that nothing is missed, and returns how many records it concerned. When it fails, order it again.
// Copies of the database made before, such as backups, keep the keys until they are destroyed.
func (j *Journal) Erase(ctx context.Context, actor, subject, reason string) (int, error) {
	if subject == "" || actor == "" {
		return 0, fault.Wrap(errors.New("journal: an erasure names a subject and who orders it"), fault.QueryInvalid,
			"what", "subject")
	}
	indices, err := j.sealedOf(ctx, subject)
	if err != nil {
		return 0, err
	}
	if _, err := j.Record(ctx, Record{
		Kind: Erasure, Subject: subject, Actor: actor, Note: reason,
		Reading: &ReadingNote{Query: "erase", Count: len(indices)},
	}); err != nil {
		return 0, err
	}
	// Also with nothing to replace: a former erasure may have failed to remove the last traces.
	if err := j.log.ReplaceAsides(ctx, indices, []byte{asideErased}); err != nil {
		return 0, fault.From(err)
	}
	return len(indices), nil
}

// sealedOf finds the records whose sealed identifier is the subject's and not erased yet.
func (j *Journal) sealedOf(ctx context.Context, subject string) ([]int64, error) {
	// Canonical JSON has this sequence of bytes nowhere but in the field: quotes in texts are escaped.
	mark := []byte(`"subject":{"pseudonym":"` + hex.EncodeToString(j.Pseudonym(subject)) + `"`)
	var indices []int64
	for next := int64(0); ; {
		batches, err := j.log.Read(ctx, next, eraseRead)
		if err != nil {
			return nil, fault.From(err)
		}
		if len(batches) == 0 {
			return indices, nil
		}
		for _, b := range batches {
			for i, e := range b.Entries {
				index := b.First + int64(i)
				if index >= next && len(e.Aside) == asideSize && bytes.Contains(e.Data, mark) {
					indices = append(indices, index)
				}
			}
			next = b.First + int64(len(b.Entries))
		}
	}
}

package verify

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// evidenceHeader is the first line of a C2SP tlog-proof.
const evidenceHeader = "c2sp.org/tlog-proof@v1"

// maxEvidence bounds a piece of evidence: a record in base64, 63 hashes and a checkpoint.
const maxEvidence = 256 << 10

// Proven is what a piece of evidence proves: that Record stands at Index in the journal whose key signed
// Checkpoint.
type Proven struct {
	Index      int64
	Record     []byte // canonical JSON
	Facts      Facts
	Checkpoint Checkpoint
	Note       []byte // the signed checkpoint: may be kept for Options.Known
}

// Evidence checks a piece of evidence: a C2SP tlog-proof whose extra data is the record. It looks so,
// each line ending in a newline:
//
//	c2sp.org/tlog-proof@v1
//	extra <the record, base64>
//	index <its index>
//	<hash of a neighbour on the way to the root, base64>   (none or more)
//	                                                       (an empty line)
//	<signed checkpoint>                                    (to the end)
func Evidence(data []byte, key Key) (Proven, error) {
	if key.IsZero() {
		return Proven{}, errors.New("verify: no public key to check against")
	}
	p, path, err := parseEvidence(data)
	if err != nil {
		return Proven{}, err
	}
	if p.Facts, err = ReadFacts(p.Record); err != nil {
		return Proven{}, fmt.Errorf("evidence: %w", err)
	}
	if p.Checkpoint, err = key.Open(p.Note); err != nil {
		return Proven{}, fmt.Errorf("evidence: checkpoint: %w", err)
	}
	root, err := rootFromProof(LeafHash(p.Record), p.Index, p.Checkpoint.Size, path)
	if err != nil {
		return Proven{}, fmt.Errorf("evidence: %w", err)
	}
	if root != p.Checkpoint.Root {
		return Proven{}, errors.New("evidence: the record does not stand at this index in the signed journal")
	}
	return p, nil
}

func parseEvidence(data []byte) (Proven, []Hash, error) {
	malformed := errors.New("evidence: not a tlog-proof with a record")
	head, note, ok := bytes.Cut(data, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || len(data) > maxEvidence || len(lines) < 3 || lines[0] != evidenceHeader {
		return Proven{}, nil, malformed
	}
	extra, hasExtra := strings.CutPrefix(lines[1], "extra ")
	record, err := decode64(extra)
	index, hasIndex := strings.CutPrefix(lines[2], "index ")
	n, err2 := strconv.ParseInt(index, 10, 64)
	if !hasExtra || !hasIndex || err != nil || err2 != nil || strconv.FormatInt(n, 10) != index {
		return Proven{}, nil, malformed
	}
	var path []Hash
	for _, line := range lines[3:] {
		raw, err := decode64(line)
		if err != nil || len(raw) != len(Hash{}) {
			return Proven{}, nil, malformed
		}
		path = append(path, Hash(raw))
	}
	return Proven{Index: n, Record: record, Note: note}, path, nil
}

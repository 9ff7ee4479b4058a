package journal

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"mconnect/fault"
	"mconnect/internal/store"
	"mconnect/verify"
)

// Evidence returns what proves record index to anybody who has the public key, offline: a C2SP tlog-proof
// with the record as its extra data and the checkpoint that committed with it. It is always the same for
// the same record; check it with verify.Evidence. An index that does not exist is fault record.unknown.
func (j *Journal) Evidence(ctx context.Context, index int64) ([]byte, error) {
	b, err := j.batchWith(ctx, index)
	if err != nil {
		return nil, err
	}
	nodes, err := proof.Inclusion(uint64(index), uint64(b.First)+uint64(len(b.Entries)))
	if err != nil {
		return nil, fault.From(err)
	}
	hashes := make([][]byte, len(nodes.IDs))
	at := b // most neighbours stand in the same batch
	for i, id := range nodes.IDs {
		if hashes[i], err = j.subtree(ctx, &at, id); err != nil {
			return nil, err
		}
	}
	if hashes, err = nodes.Rehash(hashes, rfc6962.DefaultHasher.HashChildren); err != nil {
		return nil, fault.From(err)
	}
	out := []byte("c2sp.org/tlog-proof@v1\nextra ")
	out = base64.StdEncoding.AppendEncode(out, b.Entries[index-b.First].Data)
	out = append(out, "\nindex "...)
	out = strconv.AppendInt(out, index, 10)
	out = append(out, '\n')
	for _, h := range hashes {
		out = append(base64.StdEncoding.AppendEncode(out, h), '\n')
	}
	out = append(out, '\n')
	return append(out, b.Note...), nil
}

// Entry reads record index, and what is kept beside it (for Open).
func (j *Journal) Entry(ctx context.Context, index int64) (Entry, []byte, error) {
	b, err := j.batchWith(ctx, index)
	if err != nil {
		return Entry{}, nil, err
	}
	stored := b.Entries[index-b.First]
	e, err := Decode(stored.Data)
	if err != nil {
		return Entry{}, nil, fault.From(err)
	}
	return e, stored.Aside, nil
}

// Checkpoint returns the newest signed checkpoint; the journal's first record makes the first one, before
// that it is fault record.unknown.
func (j *Journal) Checkpoint(ctx context.Context) ([]byte, error) {
	head, err := j.log.Head(ctx)
	if err != nil {
		return nil, fault.From(err)
	}
	if head.Size == 0 {
		return nil, fault.New(fault.RecordUnknown)
	}
	return head.Note, nil
}

// TileBytes returns the hashes of a C2SP tlog-tiles tile: level 0 to 7, index from 0, width 1 to 256. A
// tile that the journal does not fill (yet) is fault record.unknown. A full tile above level 0 costs 256
// reads of the store; all but the widest partial ones can be cached for ever.
func (j *Journal) TileBytes(ctx context.Context, level int, index int64, width int) ([]byte, error) {
	first, err := j.span(ctx, level, index, width)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, width*hashSize)
	var b store.Batch
	for i := range int64(width) {
		hash, err := j.subtree(ctx, &b, compact.NewNodeID(uint(8*level), uint64(first+i)))
		if err != nil {
			return nil, err
		}
		out = append(out, hash...)
	}
	return out, nil
}

// EntriesBytes returns a C2SP tlog-tiles entry bundle: width records from index*256 on, each behind its
// length in 16 bits, big endian. One that the journal does not fill (yet) is fault record.unknown.
func (j *Journal) EntriesBytes(ctx context.Context, index int64, width int) ([]byte, error) {
	first, err := j.span(ctx, 0, index, width)
	if err != nil {
		return nil, err
	}
	var out []byte
	var b store.Batch
	for i := range int64(width) {
		if err := j.readTo(ctx, &b, first+i); err != nil {
			return nil, err
		}
		data := b.Entries[first+i-b.First].Data
		out = binary.BigEndian.AppendUint16(out, uint16(len(data)))
		out = append(out, data...)
	}
	return out, nil
}

// span checks that a tile exists and returns the index of its first hash on its level.
func (j *Journal) span(ctx context.Context, level int, index int64, width int) (int64, error) {
	if level < 0 || level > 7 || index < 0 || width < 1 || width > verify.TileWidth ||
		index > (1<<62)>>(8*level)/verify.TileWidth {
		return 0, fault.New(fault.RecordUnknown)
	}
	head, err := j.log.Head(ctx)
	if err != nil {
		return 0, fault.From(err)
	}
	first := index * verify.TileWidth
	if first+int64(width) > head.Size>>(8*level) {
		return 0, fault.New(fault.RecordUnknown)
	}
	return first, nil
}

// batchWith reads the batch in which entry index stands.
func (j *Journal) batchWith(ctx context.Context, index int64) (store.Batch, error) {
	var b store.Batch
	if index < 0 {
		return b, fault.New(fault.RecordUnknown)
	}
	return b, j.readTo(ctx, &b, index)
}

// readTo replaces b by the batch in which entry index stands, unless it does so already.
func (j *Journal) readTo(ctx context.Context, b *store.Batch, index int64) error {
	if index >= b.First && index < b.First+int64(len(b.Entries)) {
		return nil
	}
	batches, err := j.log.Read(ctx, index, 1)
	if err != nil {
		return fault.From(err)
	}
	for _, *b = range batches {
		if index >= b.First && index < b.First+int64(len(b.Entries)) {
			return nil
		}
	}
	return fault.New(fault.RecordUnknown)
}

// subtree reads the hash of a perfect subtree from the batch of the entry that completes it (see
// Sealer.Seal), which replaces b.
func (j *Journal) subtree(ctx context.Context, b *store.Batch, id compact.NodeID) ([]byte, error) {
	_, end := id.Coverage()
	if err := j.readTo(ctx, b, int64(end)-1); err != nil {
		return nil, err
	}
	at := (stored(end-1) - stored(uint64(b.First)) + uint64(id.Level)) * hashSize
	if at+hashSize > uint64(len(b.Hashes)) {
		return nil, fault.From(fmt.Errorf("journal: the hashes stored with the batch at %d are cut off", b.First))
	}
	return bytes.Clone(b.Hashes[at : at+hashSize]), nil
}

// stored is how many hashes are stored with the first size entries: one for each perfect subtree.
func stored(size uint64) uint64 { return 2*size - uint64(bits.OnesCount64(size)) }

package store

import (
	"encoding/binary"
	"errors"

	"mconnect/internal/appendlog"
)

var errFrame = errors.New("store: a stored batch is not framed as written")

// frame appends the data (or asides) of entries to dst as a chain of (u32 length, bytes).
func frame(dst []byte, entries []appendlog.Entry, aside bool) []byte {
	for i := range entries {
		part := entries[i].Data
		if aside {
			part = entries[i].Aside
		}
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(part)))
		dst = append(dst, part...)
	}
	return dst
}

// hasAside reports whether any entry has an aside.
func hasAside(entries []appendlog.Entry) bool {
	for i := range entries {
		if len(entries[i].Aside) > 0 {
			return true
		}
	}
	return false
}

// unframe splits a chain into exactly count parts that share chain's memory.
func unframe(chain []byte, count int64) ([][]byte, error) {
	if count < 0 || count > int64(len(chain))/4 {
		return nil, errFrame
	}
	parts := make([][]byte, count)
	for i := range parts {
		if len(chain) < 4 {
			return nil, errFrame
		}
		n := binary.BigEndian.Uint32(chain)
		chain = chain[4:]
		if uint64(n) > uint64(len(chain)) {
			return nil, errFrame
		}
		parts[i], chain = chain[:n:n], chain[n:]
	}
	if len(chain) != 0 {
		return nil, errFrame
	}
	return parts, nil
}

// row is one row of log_batch as stored.
type row struct {
	first, count                  int64
	entries, asides, hashes, note []byte
}

// batch unframes a stored row.
func (r row) batch() (appendlog.Batch, error) {
	data, err := unframe(r.entries, r.count)
	if err != nil {
		return appendlog.Batch{}, err
	}
	b := appendlog.Batch{First: r.first, Entries: make([]appendlog.Entry, len(data)), Hashes: r.hashes, Note: r.note}
	for i := range data {
		b.Entries[i].Data = data[i]
	}
	if r.asides == nil {
		return b, nil
	}
	asides, err := unframe(r.asides, r.count)
	if err != nil {
		return appendlog.Batch{}, err
	}
	for i := range asides {
		if len(asides[i]) > 0 {
			b.Entries[i].Aside = asides[i]
		}
	}
	return b, nil
}

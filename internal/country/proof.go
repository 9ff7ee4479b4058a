package country

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"

	"mconnect/fault"
	"mconnect/internal/store"
)

// Unrecorded is a stored state of a resource that was not made together with a change record: somebody wrote the database.
// It does not act. A running server goes on with the state that it had; one that starts has none.
type Unrecorded struct {
	Kind      string
	ID        string
	Revision  int64
	ChangedBy string // as the state claims
}

// Unrecorded lists the states that do not act because no change record was made with them, by kind and id.
func (k *Keeper) Unrecorded() []Unrecorded {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.SortedFunc(maps.Values(k.unrecorded), func(a, b Unrecorded) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
}

// acts reports whether a state may act, and notes one that may not. The caller holds k.mu.
func (k *Keeper) acts(r store.Resource) bool {
	key := [2]string{r.Kind, r.ID}
	if k.recorded(r) {
		delete(k.unrecorded, key)
		return true
	}
	k.unrecorded[key] = Unrecorded{Kind: r.Kind, ID: r.ID, Revision: r.Revision, ChangedBy: r.ChangedBy}
	k.Logger.Error("a stored state has no change record and does not act", "code", string(fault.ResourceUnrecorded), "kind", r.Kind, "id", r.ID,
		"revision", r.Revision, "changed_by", r.ChangedBy, "remedy", "mconnect journal verify")
	return k.Trusting
}

// recorded reports whether the state was stored together with its change record.
func (k *Keeper) recorded(r store.Resource) bool { return hmac.Equal(r.Proof, k.Proof(r)) }

// Proof makes the proof that a state was stored together with its change record: over all that is stored of it.
func (k *Keeper) Proof(r store.Resource) []byte {
	var text []byte
	for _, part := range []string{r.Kind, r.ID, r.ChangedBy, r.Reason} {
		text = binary.BigEndian.AppendUint64(text, uint64(len(part)))
		text = append(text, part...)
	}
	text = binary.BigEndian.AppendUint64(text, uint64(r.Revision))
	text = binary.BigEndian.AppendUint64(text, uint64(r.ChangedAt.UnixMicro()))
	if r.Deleted {
		text = append(text, 1)
	}
	sum := sha256.Sum256(r.Doc)
	return k.Sealer.Prove(append(text, sum[:]...))
}

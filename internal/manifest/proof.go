package manifest

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"mconnect/fault"
	"mconnect/internal/appendlog"
)

// Unrecorded is a resource whose stored state is not the newest one that the journal recorded: somebody wrote the
// database. It does not act. A running server goes on with the state that it had; one that starts has none.
type Unrecorded struct {
	Kind      string
	ID        string
	Revision  int64  // of the stored state; 0 when there is none
	ChangedBy string // as the state claims
	Recorded  int64  // revision of the newest recorded state; 0: none, or not known
}

// String describes what is wrong.
func (u Unrecorded) String() string {
	switch {
	case u.Revision == 0:
		return fmt.Sprintf("%s %s: revision %d is recorded, and no state is stored", u.Kind, u.ID, u.Recorded)
	case u.Recorded == 0:
		return fmt.Sprintf("%s %s: revision %d has no change record", u.Kind, u.ID, u.Revision)
	case u.Recorded == u.Revision:
		return fmt.Sprintf("%s %s: the stored state of revision %d is not the recorded one", u.Kind, u.ID, u.Revision)
	}
	return fmt.Sprintf("%s %s: revision %d is stored, revision %d is the newest recorded one", u.Kind, u.ID, u.Revision,
		u.Recorded)
}

// Unrecorded lists the resources that do not act because their stored state is not what was recorded, by kind and id.
func (k *Keeper) Unrecorded() []Unrecorded {
	k.noting.Lock()
	defer k.noting.Unlock()
	return slices.SortedFunc(maps.Values(k.unrecorded), func(a, b Unrecorded) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
}

// isUnrecorded returns what is wrong with a resource; nil when nothing is.
func (k *Keeper) isUnrecorded(kind, id string) *Unrecorded {
	k.noting.Lock()
	defer k.noting.Unlock()
	if u, found := k.unrecorded[[2]string{kind, id}]; found {
		return &u
	}
	return nil
}

// clearUnrecorded forgets what was wrong with a resource.
func (k *Keeper) clearUnrecorded(kind, id string) {
	k.noting.Lock()
	defer k.noting.Unlock()
	delete(k.unrecorded, [2]string{kind, id})
}

// markUnrecorded notes and logs what is wrong with a resource, once for each state.
func (k *Keeper) markUnrecorded(u Unrecorded) {
	k.noting.Lock()
	was, known := k.unrecorded[[2]string{u.Kind, u.ID}]
	k.unrecorded[[2]string{u.Kind, u.ID}] = u
	k.noting.Unlock()
	if known && was == u {
		return
	}
	k.Logger.Error("a stored state has no change record and does not act", "code", string(fault.ResourceUnrecorded),
		"kind", u.Kind, "id", u.ID,
		"revision", u.Revision, "recorded", u.Recorded, "changed_by", u.ChangedBy, "remedy", "mconnect journal verify")
}

// recorded reports whether the state was stored together with its change record.
func (k *Keeper) recorded(r appendlog.Resource) bool { return k.proves(r, sha256.Sum256(r.Doc)) }

func (k *Keeper) proves(r appendlog.Resource, digest [sha256.Size]byte) bool {
	return hmac.Equal(r.Proof, k.proof(r, digest))
}

// Proof makes the proof that a state was stored together with its change record: over all that is stored of it.
func (k *Keeper) Proof(r appendlog.Resource) []byte { return k.proof(r, sha256.Sum256(r.Doc)) }

func (k *Keeper) proof(r appendlog.Resource, digest [sha256.Size]byte) []byte {
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
	return k.Sealer.Prove(append(text, digest[:]...))
}

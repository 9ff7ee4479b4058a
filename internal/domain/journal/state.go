package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"

	"mconnect/internal/appendlog"
	"mconnect/verify"
)

// State compares what a store holds of resources with the change records of its journal. Hand See to
// verify.Options.Each, and call Compare once the journal was found whole. It holds about 200 bytes for each change.
type State struct {
	recorded map[int64]recorded // by revision
	newest   *Newest            // as recorded
	names    map[[2]string]bool // of the resources, deleted ones too
	twice    []Difference
}

// recorded is what a change record says of the state that was stored with it.
type recorded struct {
	index                                int64
	resource, id, action, digest, by, re string
}

// Difference is a place where the store is not what was recorded.
type Difference struct {
	Kind     string `json:"kind,omitempty"`
	ID       string `json:"id,omitempty"`
	Revision int64  `json:"revision"`
	Record   int64  `json:"record"` // index of the change record; -1 when there is none
	Says     string `json:"says"`
}

// String writes the difference for people.
func (d Difference) String() string {
	at := fmt.Sprintf("revision %d: %s %s: %s", d.Revision, d.Kind, d.ID, d.Says)
	if d.Record >= 0 {
		at += fmt.Sprintf(" (record %d)", d.Record)
	}
	return at
}

// NewState makes an empty comparison.
func NewState() *State {
	return &State{recorded: map[int64]recorded{}, newest: NewNewest(), names: map[[2]string]bool{}}
}

// Newest is the set of the newest states as they were recorded. It grows with what the State sees.
func (s *State) Newest() *Newest { return s.newest }

// Resources yields kind and id of every resource that was recorded, deleted ones too.
func (s *State) Resources() iter.Seq[[2]string] { return maps.Keys(s.names) }

// Unsigned reports how a signed checkpoint, made over all records seen and no others, departs from them; "" when it
// does not, or does not say what the resources were.
func (s *State) Unsigned(key verify.Key, note []byte) string {
	cp, err := key.Open(note)
	if err != nil || cp.State == (verify.Hash{}) || stateLine(cp.Revision, cp.State) == s.newest.Line() {
		return ""
	}
	return "the newest checkpoint states other resources than the change records"
}

// StatedOf is what identifies a stored state.
func StatedOf(r appendlog.Resource) Stated {
	return Stated{Kind: r.Kind, ID: r.ID, Revision: r.Revision, Deleted: r.Deleted, Digest: sha256.Sum256(r.Doc)}
}

// fileResource is what change records call the file of a register: it is no resource, and its revision is that of the
// country under which it was taken.
const fileResource = "File"

var changeMark = []byte(`"kind":"change"`)

// See takes note of a change record; others are passed over.
func (s *State) See(index int64, record []byte) error {
	if !bytes.Contains(record, changeMark) { // quotes in texts are escaped: only the field itself reads so
		return nil
	}
	var r struct {
		Actor  string
		Change struct {
			Action, Digest, ID, Reason, Resource string
			Revision                             int64
		}
	}
	if err := json.Unmarshal(record, &r); err != nil || r.Change.Revision == 0 || r.Change.Resource == fileResource {
		return nil // the check of the record itself says what is wrong
	}
	c := r.Change
	if was, known := s.recorded[c.Revision]; known {
		s.twice = append(s.twice, Difference{c.Resource, c.ID, c.Revision, index,
			fmt.Sprintf("the revision was given twice, before in record %d: the store was put back in between",
				was.index)})
	}
	var digest [sha256.Size]byte
	if raw, err := hex.DecodeString(c.Digest); err == nil { // else the check of the record itself says what is wrong
		copy(digest[:], raw)
	}
	s.newest.Put(Stated{c.Resource, c.ID, c.Revision, c.Action == "delete", digest})
	s.names[[2]string{c.Resource, c.ID}] = true
	s.recorded[c.Revision] = recorded{index, c.Resource, c.ID, c.Action, c.Digest, r.Actor, c.Reason}
	return nil
}

// Recorded reports whether a stored state is what its change record says.
func (s *State) Recorded(r appendlog.Resource) bool { return s.differs(r) == "" }

// differs reports how a stored state departs from its record; "" when it does not.
func (s *State) differs(r appendlog.Resource) string {
	c, ok := s.recorded[r.Revision]
	sum := sha256.Sum256(r.Doc)
	switch {
	case !ok:
		return "no change record made this state"
	case c.resource != r.Kind || c.id != r.ID:
		return fmt.Sprintf("the change record of this revision is of %s %s", c.resource, c.id)
	case c.digest != hex.EncodeToString(sum[:]):
		return "the document is not the recorded one"
	case (c.action == "delete") != r.Deleted:
		return "recorded as " + c.action
	case c.by != r.ChangedBy:
		return fmt.Sprintf("changed by %q as stored, by %q as recorded", r.ChangedBy, c.by)
	case c.re != r.Reason:
		return "the reason is not the recorded one"
	}
	return ""
}

// States reads the stored resources: package store implements it.
type States interface {
	// States returns every state with a revision above since, in ascending order, at most limit.
	States(ctx context.Context, since int64, limit int) ([]appendlog.Resource, error)
	// Marked returns the states that the store marks as the newest ones, likewise.
	Marked(ctx context.Context, since int64, limit int) ([]appendlog.Resource, error)
	// Revision returns the newest revision.
	Revision(ctx context.Context) (int64, error)
}

// statesRead is how many states are read at a time.
const statesRead = 1000

// Compare returns every difference between the stored states and the change records seen, by revision. through is the
// newest revision as it was before the journal was read: what a server stored meanwhile is passed over.
func (s *State) Compare(ctx context.Context, in States, through int64) ([]Difference, error) {
	found := slices.Clone(s.twice)
	newest := map[[2]string]int64{}
	stands := make(map[int64]bool, len(s.recorded))
	last := int64(0)
	err := each(ctx, in.States, func(r appendlog.Resource) {
		newest[[2]string{r.Kind, r.ID}], stands[r.Revision], last = r.Revision, true, r.Revision
		if says := s.differs(r); says != "" && r.Revision <= through {
			index := int64(-1)
			if c, ok := s.recorded[r.Revision]; ok {
				index = c.index
			}
			found = append(found, Difference{r.Kind, r.ID, r.Revision, index, says})
		}
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, in.Marked, func(r appendlog.Resource) {
		if at := newest[[2]string{r.Kind, r.ID}]; at != r.Revision && r.Revision <= through {
			found = append(found, Difference{r.Kind, r.ID, r.Revision, -1,
				fmt.Sprintf("marked as the newest although revision %d replaced it", at)})
		}
		delete(newest, [2]string{r.Kind, r.ID})
	})
	if err != nil {
		return nil, err
	}
	for key, revision := range newest {
		found = append(found, Difference{key[0], key[1], revision, -1, "the newest state is not marked as such"})
	}
	for revision, c := range s.recorded {
		if !stands[revision] {
			found = append(found, Difference{c.resource, c.id, revision, c.index, "recorded, and missing in the store"})
		}
	}
	if counter, err := in.Revision(ctx); err != nil {
		return nil, err
	} else if counter != last && counter <= through {
		found = append(found, Difference{"the counter of revisions", "", counter, -1,
			fmt.Sprintf("the newest state has revision %d", last)})
	}
	slices.SortFunc(found, func(a, b Difference) int { return int(a.Revision - b.Revision) })
	return found, nil
}

func each(ctx context.Context, read func(context.Context, int64, int) ([]appendlog.Resource, error),
	see func(appendlog.Resource)) error {
	for since := int64(0); ; {
		page, err := read(ctx, since, statesRead)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, r := range page {
			see(r)
		}
		since = page[len(page)-1].Revision
	}
}

package journal

import (
	"context"
	"fmt"
	"sync"

	"github.com/transparency-dev/merkle/compact"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/verify"
)

// StateLine returns what the newest checkpoint says of the resources, as Newest.Line writes it, and the newest revision
// in it; "" when no checkpoint of this journal says so: it holds no record, or an older program sealed the last batch.
// The checkpoint, and so each change that was visible before, is one that no fail-over takes back. Fault
// record.unavailable.
func (j *Journal) StateLine(ctx context.Context) (line string, revision int64, err error) {
	head, err := j.log.Head(ctx)
	if err != nil || head.Size == 0 {
		return "", 0, err
	}
	durable, err := j.log.Durable(ctx, head.Size)
	if err == nil && durable.Size < head.Size {
		err = fault.New(fault.RecordUnavailable)
	}
	if err != nil {
		return "", 0, err
	}
	cp, err := j.public.Open(head.Note)
	if err != nil || cp.Size != head.Size || cp.State == (verify.Hash{}) {
		return "", 0, nil //nolint:nilerr // a forged one says nothing: Changes names it
	}
	return stateLine(cp.Revision, cp.State), cp.Revision, nil
}

// changes remembers what was read of the change records, so that the next reading goes on from there.
type changes struct {
	mu    sync.Mutex
	state *State
	tree  *compact.Range
}

// Changes reads the change records of the whole journal. It proves what it read by the one root that the newest
// checkpoint signs, so it is much faster than verify.Journal; a journal that is not whole is a *verify.Problem. A later
// call reads only what was written since; the State is the same one, and grows.
func (j *Journal) Changes(ctx context.Context) (*State, error) {
	c := &j.changes
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == nil {
		c.state, c.tree = NewState(), merkle.NewEmptyRange(0)
	}
	head, err := j.log.Head(ctx)
	if err == nil {
		err = c.read(ctx, j.log, head)
	}
	if err == nil {
		err = c.proven(j.public, head)
	}
	if err != nil {
		c.state, c.tree = nil, nil
		return nil, err
	}
	return c.state, nil
}

// read takes in the records up to head.
func (c *changes) read(ctx context.Context, log Log, head appendlog.Head) error {
	for at := int64(c.tree.End()); at < head.Size; at = int64(c.tree.End()) {
		batches, err := log.Read(ctx, at, sourceRead)
		if err != nil {
			return err
		}
		for _, b := range batches {
			if b.First >= head.Size {
				break
			}
			if b.First != int64(c.tree.End()) {
				return &verify.Problem{Index: at, Last: at, What: verify.Gap,
					Detail: "missing: the next batch begins elsewhere"}
			}
			for i := range b.Entries {
				if err := c.state.See(b.First+int64(i), b.Entries[i].Data); err != nil {
					return err
				}
				leaf := verify.LeafHash(b.Entries[i].Data)
				if err := c.tree.Append(leaf[:], nil); err != nil {
					return err
				}
			}
		}
		if int64(c.tree.End()) == at {
			return &verify.Problem{Index: at, Last: head.Size - 1, What: verify.Gap,
				Detail: fmt.Sprintf("missing: the head says that there are %d records", head.Size)}
		}
	}
	return nil
}

// proven compares what was read with the signed head.
func (c *changes) proven(key verify.Key, head appendlog.Head) error {
	if head.Size == 0 {
		return nil
	}
	cp, err := key.Open(head.Note)
	if err != nil {
		return &verify.Problem{Index: head.Size - 1, Last: head.Size - 1, What: verify.CheckpointForged,
			Detail: err.Error()}
	}
	root, err := c.tree.GetRootHash(nil)
	if err != nil {
		return err
	}
	if cp.Size != head.Size || verify.Hash(root) != cp.Root {
		return &verify.Problem{Last: head.Size - 1, What: verify.CheckpointWrong,
			Detail: "one of the records is not what was signed"}
	}
	return nil
}

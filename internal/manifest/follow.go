package manifest

import (
	"context"
	"errors"
	"fmt"

	"mconnect/fault"
	"mconnect/internal/appendlog"
	"mconnect/internal/domain/journal"
	"mconnect/verify"
)

// Load brings the images up to the newest revision. A state acts when it carries its proof and the set of the newest
// states is the one that the newest checkpoint of the journal signs. Where it is not, or where the checkpoint does not
// say, the change records are read and each resource is compared with its newest one: what differs does not act, the
// others do.
func (k *Keeper) Load(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.begun {
		return k.readChanges(ctx)
	}
	err := k.begin(ctx)
	k.begun = err == nil
	return err
}

// reads is how often what was stored meanwhile is read before a checkpoint counts as one of other states.
const reads = 5

// begin fills the images. They are not in use yet, so what is not proven is removed again.
func (k *Keeper) begin(ctx context.Context) error {
	var refused, last []appendlog.Resource
	line := ""
	for again := 0; again < reads; again++ {
		err := k.pages(ctx, k.revision.Load(), func(page []appendlog.Resource, read []reading) {
			for i, r := range page {
				if read[i].proven {
					k.newest.Load().Put(read[i].stated)
				} else {
					refused = append(refused, r)
				}
				if read[i].proven || k.Trusting {
					k.update(r, read[i])
				}
				k.revision.Store(r.Revision)
			}
			last = page
			k.announce()
		})
		if err != nil {
			return err
		}
		var through int64
		if line, through, err = k.Sealer.StateLine(ctx); err != nil {
			return err
		}
		if through <= k.revision.Load() {
			break
		}
	}
	defer k.logUnusable(last)
	if agreed := line == k.newest.Load().Line(); !agreed && !k.Trusting {
		return k.verifyAll(ctx, line)
	} else if !agreed && line != "" && len(refused) == 0 {
		k.doubt = "the newest checkpoint of the journal states other resources than the store holds"
	}
	for _, r := range refused {
		k.markUnrecorded(k.unrecordedOf(r))
	}
	return nil
}

// IntegrityFault returns why a read-only program cannot confirm that the resources are as recorded; "" when they are,
// but for those of Unrecorded.
func (k *Keeper) IntegrityFault() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.doubt
}

// verifyAll compares every resource with its newest change record: those that differ are removed from the images.
// States of before proofs get theirs. line is what the newest checkpoint says.
func (k *Keeper) verifyAll(ctx context.Context, line string) error {
	state, err := k.Sealer.Changes(ctx)
	if found := (*verify.Problem)(nil); errors.As(err, &found) {
		k.Logger.Error("the journal is not whole and its newest checkpoint does not state the stored resources: they do not act",
			"cause", found.Error(), "remedy", "mconnect journal verify")
		state, err = journal.NewState(), nil
	}
	if err != nil {
		return err
	}
	k.newest.Store(state.Newest())
	proofs := map[int64][]byte{}
	stored := map[[2]string]bool{}
	err = k.pages(ctx, 0, func(page []appendlog.Resource, read []reading) {
		for i, r := range page {
			stored[[2]string{r.Kind, r.ID}] = true
			switch made := k.isRecorded(state, r, read[i]); {
			case !made:
				k.drop(r.Kind, r.ID)
				k.markUnrecorded(k.unrecordedOf(r))
			case !read[i].proven:
				proofs[r.Revision] = k.Proof(r)
				k.update(r, read[i])
			}
		}
	})
	if err != nil {
		return err
	}
	for name := range state.Resources() {
		if !stored[name] {
			k.drop(name[0], name[1])
			k.markUnrecorded(Unrecorded{Kind: name[0], ID: name[1], Recorded: k.newest.Load().At(name[0], name[1])})
		}
	}
	k.announce()
	if recorded := k.newest.Load().Revision(); len(proofs) > 0 || recorded > k.revision.Load() {
		if err := k.Store.SetProofs(ctx, proofs, recorded); err != nil {
			return err
		}
		k.revision.Store(max(k.revision.Load(), recorded))
	}
	if k.newest.Load().Len() == 0 {
		return nil
	}
	k.Logger.Info("the resources were compared with their change records", "resources", k.newest.Load().Len(), "proven",
		len(proofs),
		"unrecorded", len(k.Unrecorded()))
	return k.state(ctx, line)
}

// isRecorded reports that the state is the newest one that the journal recorded of its resource. One of before proofs
// has none.
func (k *Keeper) isRecorded(state *journal.State, r appendlog.Resource, read reading) bool {
	return state.Newest().Is(read.stated) && (read.proven || len(r.Proof) == 0 && state.Recorded(r))
}

// unrecordedOf reports what is wrong with a stored state.
func (k *Keeper) unrecordedOf(r appendlog.Resource) Unrecorded {
	return Unrecorded{Kind: r.Kind, ID: r.ID, Revision: r.Revision, ChangedBy: r.ChangedBy,
		Recorded: k.newest.Load().At(r.Kind, r.ID)}
}

// state has the next checkpoint state the recorded resources, unless the newest one does so already.
func (k *Keeper) state(ctx context.Context, line string) error {
	if line == k.newest.Load().Line() {
		return nil
	}
	_, err := k.Store.Commit(ctx, k.revision.Load(), nil,
		RecordFunc{Note: func([]appendlog.Resource) ([]appendlog.Entry, error) {
			e, err := k.Sealer.Seal(journal.Record{Kind: journal.Compared, Actor: "mconnect", Note: fmt.Sprintf(
				"%d resources, %d of them not as recorded", k.newest.Load().Len(), len(k.Unrecorded()))})
			e.State = k.newest.Load().Line()
			return []appendlog.Entry{e}, err
		}})
	if err != nil && fault.From(err).Code == fault.ResourceConflict {
		return nil // another node changed something meanwhile, and its checkpoint states all
	}
	return err
}

// readChanges reads the changes since the last revision. Calls continue meanwhile, so nothing acts before it is proven.
func (k *Keeper) readChanges(ctx context.Context) error {
	var news []appendlog.Resource
	var read []reading
	line, since := "", k.revision.Load()
	for again := 0; again < reads; again++ {
		err := k.pages(ctx, since, func(page []appendlog.Resource, r []reading) {
			news, read, since = append(news, page...), append(read, r...), page[len(page)-1].Revision
		})
		if err != nil || len(news) == 0 {
			return err
		}
		var through int64
		if line, through, err = k.Sealer.StateLine(ctx); err != nil {
			return err
		}
		if through <= since {
			break
		}
	}
	var proven []journal.Stated
	for _, r := range read {
		if r.proven {
			proven = append(proven, r.stated)
		}
	}
	acts := func(i int) bool { return read[i].proven }
	if !k.Trusting && line != k.newest.Load().Line(proven...) {
		judged, err := k.verifyChanges(ctx, news, read)
		if err != nil {
			return err
		}
		acts = judged
	} else {
		k.newest.Load().Put(proven...)
	}
	for i, r := range news {
		if acts(i) {
			k.clearUnrecorded(r.Kind, r.ID)
		} else {
			k.markUnrecorded(k.unrecordedOf(r))
		}
		if acts(i) || k.Trusting {
			k.update(r, read[i])
		}
		k.revision.Store(r.Revision)
	}
	k.announce()
	k.logUnusable(news)
	return nil
}

// verifyChanges compares states with the change records, and reports which of them may act.
func (k *Keeper) verifyChanges(ctx context.Context, news []appendlog.Resource, read []reading) (func(int) bool, error) {
	state, err := k.Sealer.Changes(ctx)
	if found := (*verify.Problem)(nil); errors.As(err, &found) {
		k.Logger.Error("the journal is not whole and its newest checkpoint does not state the stored resources: the new ones do not act",
			"cause", found.Error(), "remedy", "mconnect journal verify")
		return func(int) bool { return false }, nil
	}
	if err != nil {
		return nil, err
	}
	k.newest.Store(state.Newest())
	may := make([]bool, len(news))
	proofs := map[int64][]byte{}
	for i, r := range news {
		if may[i] = k.isRecorded(state, r, read[i]); may[i] && !read[i].proven {
			proofs[r.Revision] = k.Proof(r)
		}
	}
	if len(proofs) > 0 {
		err = k.Store.SetProofs(ctx, proofs, 0)
	}
	return func(i int) bool { return may[i] }, err
}

// pages reads the newest states above since, page by page, and passes them on with what was read of them.
func (k *Keeper) pages(ctx context.Context, since int64, see func([]appendlog.Resource, []reading)) error {
	page, err := k.Store.Resources(ctx, since, pageSize)
	for err == nil && len(page) > 0 {
		next := k.prefetch(ctx, page)
		read := k.readAll(page)
		if err = k.setBeginOfRights(ctx, page, read); err != nil {
			break
		}
		see(page, read)
		page, err = next()
	}
	return err
}

// prefetch begins to read the page behind page and returns what waits for it.
func (k *Keeper) prefetch(ctx context.Context, page []appendlog.Resource) func() ([]appendlog.Resource, error) {
	if len(page) < pageSize {
		return func() ([]appendlog.Resource, error) { return nil, nil }
	}
	var next []appendlog.Resource
	var err error
	done := make(chan struct{})
	go func() {
		next, err = k.Store.Resources(ctx, page[len(page)-1].Revision, pageSize)
		close(done)
	}()
	return func() ([]appendlog.Resource, error) { <-done; return next, err }
}

func (k *Keeper) announce() {
	if k.Announce != nil {
		k.Announce()
	}
}

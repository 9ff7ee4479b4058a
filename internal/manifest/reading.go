package manifest

import (
	"runtime"
	"sync"

	"mconnect/internal/appendlog"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/journal"
)

// reading is a stored document, decoded for its image.
type reading struct {
	value     resource
	agreement *agreement.Compiled // of an agreement
	err       error
	stated    journal.Stated
	proven    bool // it carries its proof
}

func (k *Keeper) read(r appendlog.Resource) (one reading) {
	one.stated = journal.StatedOf(r)
	one.proven = k.proves(r, one.stated.Digest)
	if r.Deleted {
		return one
	}
	if one.value, one.err = decode(r.Kind, r.Doc); one.err != nil {
		return one
	}
	if c, ok := one.value.(*agreementDocument); ok {
		one.agreement, one.err = agreement.Compile(c.Agreement)
	}
	return one
}

// piece is how many documents one processor reads at a time.
const piece = 125

// readAll reads the documents of a page with all processors: a node that starts with a hundred thousand of them spends
// most of the time until it is ready here.
func (k *Keeper) readAll(page []appendlog.Resource) []reading {
	all := make([]reading, len(page))
	if len(page) <= piece {
		for i, r := range page {
			all[i] = k.read(r)
		}
		return all
	}
	var readers sync.WaitGroup
	pieces := make(chan int, len(page)/piece+1)
	for at := 0; at < len(page); at += piece {
		pieces <- at
	}
	close(pieces)
	for range runtime.GOMAXPROCS(0) {
		readers.Go(func() {
			for at := range pieces {
				for i := at; i < min(at+piece, len(page)); i++ {
					all[i] = k.read(page[i])
				}
			}
		})
	}
	readers.Wait()
	return all
}

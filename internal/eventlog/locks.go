package eventlog

import "sync"

// The locks of an Engine in the order in which one goroutine may take them. docs/LOCKS.md says why.
type (
	leasesLock     struct{} // one look at the leases at a time
	loadingLock    struct{} // of a group whose cursors are read
	engineLock     struct{} // which groups are open
	dispatcherLock struct{} // which group gets which type
	groupLock      struct{} // the partitions, queues and deliveries of a group
	sealerLock     struct{} // one batch is compared at a time
	segmentsLock   struct{}
	dedupLock      struct{}
)

func (leasesLock) rank() int     { return 1 }
func (loadingLock) rank() int    { return 2 }
func (engineLock) rank() int     { return 3 }
func (dispatcherLock) rank() int { return 4 }
func (groupLock) rank() int      { return 5 }
func (sealerLock) rank() int     { return 6 }
func (segmentsLock) rank() int   { return 7 }
func (dedupLock) rank() int      { return 8 }

// mutex is a lock with a place in the order.
type mutex[R interface{ rank() int }] struct{ sync.Mutex }

// watchLocks hears of each lock before it is taken and after it is released. Tests set it; nil: nobody listens.
var watchLocks func(rank int, taken bool)

// Lock takes the lock.
func (m *mutex[R]) Lock() {
	if watchLocks != nil {
		var r R
		watchLocks(r.rank(), true)
	}
	m.Mutex.Lock()
}

// Unlock releases the lock.
func (m *mutex[R]) Unlock() {
	m.Mutex.Unlock()
	if watchLocks != nil {
		var r R
		watchLocks(r.rank(), false)
	}
}

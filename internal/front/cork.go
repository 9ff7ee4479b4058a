package front

import (
	"net"
	"sync"
)

// corkSize is what four full TLS records take at most.
const corkSize = 4 * (recordSize + 256)

var corks = sync.Pool{New: func() any { b := make([]byte, 0, corkSize); return &b }}

// cork is the connection below TLS. While it is closed it gathers the records that TLS would write one by one: a system
// call for four of them costs little more than for one.
type cork struct {
	net.Conn
	held *[]byte // nil: open
}

// Write implements io.Writer.
func (k *cork) Write(p []byte) (int, error) {
	if k.held == nil {
		return k.Conn.Write(p)
	}
	if len(*k.held)+len(p) > cap(*k.held) {
		if err := k.pour(); err != nil {
			return 0, err
		}
	}
	*k.held = append(*k.held, p...)
	return len(p), nil
}

func (k *cork) close() { k.held = corks.Get().(*[]byte) }

// open writes what was gathered.
func (k *cork) open() error {
	err := k.pour()
	corks.Put(k.held)
	k.held = nil
	return err
}

func (k *cork) pour() error {
	gathered := *k.held
	*k.held = gathered[:0]
	if len(gathered) == 0 {
		return nil
	}
	_, err := k.Conn.Write(gathered)
	return err
}

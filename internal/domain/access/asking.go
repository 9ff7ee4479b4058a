package access

import (
	"time"

	"mconnect"
)

// Beginning is what a new request begins with. Service may be left out; of other kinds than New, Agreement may not.
type Beginning struct {
	Kind      Kind
	Service   string // Name/1.0.0
	Agreement mconnect.AgreementID
	Copy      string // number of a request whose answers it begins with
}

// Query selects requests. Of those that a principal may not view none is returned.
type Query struct {
	States    []State
	Agreement mconnect.AgreementID
	Before    time.Time // changed before; zero: from the newest
	Limit     int       // 0: 100
}

// File is a file to attach. Field is the path of the field that it answers; it may be empty.
type File struct {
	Name, Field string
	Data        []byte
}

package appendlog

import "time"

// AccessRequest is a stored access request: Doc is its JSON, the other fields are what it is found by.
type AccessRequest struct {
	Number, Kind, State         string
	Consumer, Provider, Service string
	Agreement                   string
	Revision                    int64
	Changed                     time.Time
	Doc                         []byte
}

// AccessQuery selects access requests; empty fields select everything. Requests come with the latest change first.
type AccessQuery struct {
	Consumer  string   // or Provider, when both are stated
	Provider  string   //
	States    []string // any of them
	Agreement string
	Before    time.Time // changed before; zero: from the newest
	Limit     int       // 0: 100
}

// AccessContent is a frozen version or an attachment of a request, by the SHA-256 of its data.
type AccessContent struct {
	Request, Digest, Media string
	Data                   []byte
}

// AccessDocument is a document of a request: Doc is what is known of it, Content what was signed.
type AccessDocument struct {
	Number, Code, Request string
	Doc, Content          []byte
}

// AccessChange is what one step makes durable, all or nothing. Base is the revision that the stored request must have;
// 0: it must not be there.
type AccessChange struct {
	Base      int64
	Request   AccessRequest
	Contents  []AccessContent
	Documents []AccessDocument
}

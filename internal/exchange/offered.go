package exchange

import (
	"time"

	"mconnect"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
)

// Offered chooses among the versions of a service the one that a call without a version gets: the newest that one of
// the caller's agreements covers. Of several agreements those decide that fit the call best: in force before others,
// then those that accept its basis, its reason and the fields it asks for. A publication moves nobody whose agreements
// do not cover it, and a narrower agreement for a newer version takes no call from an older one.
//
// Without any agreement it is the newest that serves, which the decision then refuses by name. Agreements are those of
// one system for this service. Faults: those of Catalog.Resolve.
func Offered(name mconnect.ServiceName, versions []*catalog.Ready, agreements []*agreement.Compiled,
	what agreement.Asked, at time.Time) (*catalog.Ready, error) {
	var best *catalog.Ready
	var none error
	degree := -1
	for _, a := range agreements {
		ready, err := catalog.Choose(name, versions, a.Version)
		if err != nil {
			if none == nil {
				none = err
			}
			continue
		}
		fits := 0
		if len(agreements) > 1 {
			fits = a.Fits(what, at)
		}
		if fits > degree || fits == degree && ready.Version.Compare(best.Version) > 0 {
			best, degree = ready, fits
		}
	}
	switch {
	case best != nil:
		return best, nil
	case none != nil:
		return nil, none
	}
	return catalog.Choose(name, versions, mconnect.Version{})
}

package request

import (
	"net/http"

	"mconnect/fault"
)

// The headers by which a browser says for whom it sends a request (Fetch Metadata; RFC 6454).
const (
	headerSite   = "Sec-Fetch-Site"
	headerOrigin = "Origin"
)

// sites is the check of net/http. It has no settings: no other site is trusted.
var sites http.CrossOriginProtection

// SameOrigin raises origin.foreign for a request that a browser sends on behalf of a page of another site. A browser
// presents its user's client certificate by itself, so such a page would act with the rights of the certificate.
// Reading requests are judged too: some of them are recorded or change what is delivered. Programs send neither header.
func SameOrigin(r *http.Request) error {
	site, origin := r.Header[headerSite], r.Header[headerOrigin]
	if len(site) == 0 && len(origin) == 0 {
		return nil
	}
	if len(site) > 1 || len(origin) > 1 {
		return fault.New(fault.OriginForeign)
	}
	judged := &http.Request{Method: http.MethodPost, URL: r.URL, Host: r.Host, Header: r.Header}
	err := sites.Check(judged)
	if err == nil && len(site) == 1 && len(origin) == 1 { // what Sec-Fetch-Site allows, Origin must not contradict
		judged.Header = http.Header{headerOrigin: origin}
		err = sites.Check(judged)
	}
	if err != nil {
		return fault.Wrap(err, fault.OriginForeign)
	}
	return nil
}

// Ambient raises origin.foreign where the identity comes from the connection alone: a client certificate.
func Ambient(r *http.Request) error {
	if len(ChainOf(r)) == 0 {
		return nil
	}
	return SameOrigin(r)
}

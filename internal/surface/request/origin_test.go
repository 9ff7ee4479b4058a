package request

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"testing"

	"mconnect/fault"
)

func TestOrigin_Rules(t *testing.T) {
	for name, c := range map[string]struct {
		site, origin []string
		foreign      bool
	}{
		"a program":                     {},
		"the own page":                  {[]string{"same-origin"}, []string{"https://mconnect.example:8443"}, false},
		"a typed address":               {[]string{"none"}, nil, false},
		"a program that names the host": {nil, []string{"https://mconnect.example:8443"}, false},
		"another site":                  {[]string{"cross-site"}, []string{"https://evil.example"}, true},
		"a neighbour":                   {[]string{"same-site"}, nil, true},
		"another port":                  {nil, []string{"https://mconnect.example:9999"}, true},
		"an opaque origin":              {nil, []string{"null"}, true},
		"two origins":                   {nil, []string{"https://mconnect.example:8443", "https://evil.example"}, true},
		"a contradiction":               {[]string{"same-origin"}, []string{"https://evil.example"}, true},
		"two sites":                     {[]string{"none", "cross-site"}, nil, true},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
			r := &http.Request{Method: method, URL: &url.URL{Path: "/"}, Host: "mconnect.example:8443", Header: http.Header{}}
			if c.site != nil {
				r.Header["Sec-Fetch-Site"] = c.site
			}
			if c.origin != nil {
				r.Header["Origin"] = c.origin
			}
			if err := Ambient(r); err != nil {
				t.Errorf("%s without a certificate: %v", name, err)
			}
			r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{}}}
			err := Ambient(r)
			if (err != nil) != c.foreign || err != nil && fault.From(err).Code != fault.OriginForeign {
				t.Errorf("%s, %s: %v", name, method, err)
			}
		}
	}
}

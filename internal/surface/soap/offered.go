package soap

import (
	"net/http"
	"strconv"
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/agreement"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/catalog/wsdl"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/internal/domain/schema/xsd"
	"mconnect/internal/exchange"
	"mconnect/internal/surface/request"
)

// offered chooses the version that a system's call of a service means, for a SOAP message names none: see
// exchange.Offered. With a context of nothing it is the one that the WSDL shows.
func (s *Surface) offered(system mconnect.SystemID, name mconnect.ServiceName,
	legal mconnect.LegalContext) (*catalog.Ready, error) {
	return exchange.Offered(name, s.Catalog.Versions(name), s.Agreements.For(system, name),
		agreement.Asked{Context: legal}, s.Clock())
}

// services are those that a system is entitled to and that SOAP can express, in the version that its calls mean.
func (s *Surface) services(system mconnect.SystemID) []catalog.Service {
	var all []catalog.Service
	last, at := mconnect.ServiceName(""), s.Clock()
	for _, svc := range s.Catalog.All() {
		if svc.Name == last {
			continue
		}
		last = svc.Name
		for _, a := range s.Agreements.For(system, svc.Name) {
			if !a.InForce(at) {
				continue
			}
			if ready, err := s.offered(system, svc.Name, mconnect.LegalContext{}); err == nil && ready.Opaque == nil {
				all = append(all, ready.Service)
				break
			}
		}
	}
	return all
}

// cachedWSDL is a WSDL as it was for one revision of the country and one minute: agreements end by the clock.
type cachedWSDL struct {
	revision int64
	minute   int64
	text     []byte
}

// describe answers GET ?wsdl and ?xsd. Nobody is identified: what services a system may call is no secret, and clients
// fetch the description without a certificate. /soap alone is described to who presents one.
func (c *call) describe(path, query string, to mconnect.SystemID) error {
	// Gateways rewrite "?wsdl" to "?wsdl=", and clients add a number: the name decides.
	name, _, _ := strings.Cut(query, "&")
	name, _, _ = strings.Cut(name, "=")
	what := strings.ToLower(name)
	if what != "wsdl" && what != "xsd" && what != "singlewsdl" {
		return fault.New(fault.QueryInvalid, "what", "?wsdl, ?xsd")
	}
	if to == "" {
		who, err := c.s.Registry.Identify(request.ChainOf(c.r), c.at)
		if err != nil {
			return err
		}
		to = who.System.ID
	}
	text, err := c.s.description(path, what, to)
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", "text/xml; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("Cache-Control", "no-cache")
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(text) // a client gone by now asks again
	}
	return nil
}

func (s *Surface) description(path, what string, to mconnect.SystemID) ([]byte, error) {
	now := cachedWSDL{minute: s.Clock().Unix() / 60}
	if s.Revision != nil {
		now.revision = s.Revision()
	}
	key := string(to) + " " + path + " " + what
	if kept, ok := s.wsdls.Load(key); ok && s.Revision != nil {
		if k := kept.(*cachedWSDL); k.revision == now.revision && k.minute == now.minute {
			return k.text, nil
		}
	}
	var err error
	if what == "xsd" {
		now.text, err = xsd.Schema(xmlmap.Namespace, catalog.Operations(s.services(to)))
	} else {
		now.text, err = wsdl.Document(wsdl.Config{System: to, Address: s.Address() + path, Services: s.services(to)})
	}
	if err != nil {
		return nil, err
	}
	s.wsdls.Store(key, &now) // bounded: a system has three addresses at most, each with three forms
	return now.text, nil
}

// refusePlain answers a request that is no SOAP message.
func (c *call) refusePlain(err error) {
	if fault.From(err).Code == fault.MethodNotAllowed {
		c.w.Header().Set("Allow", allowed)
	}
	c.problem(err)
}

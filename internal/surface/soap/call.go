package soap

import (
	"errors"
	"net/http"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/registry"
	"mconnect/internal/exchange"
	"mconnect/internal/surface/problem"
	"mconnect/internal/surface/request"
	"mconnect/internal/xmlsec"
)

// call is one request on its way: what each step found for the next.
type call struct {
	s  *Surface
	w  http.ResponseWriter
	r  *http.Request
	at time.Time

	exchange exchange.Call
	message  message
	doc      *xmlsec.Document
	envelope *xmlsec.Envelope
	verified *xmlsec.Verified // nil without a signature
	who      *registry.Identity
	ready    *catalog.Ready
	entered  bool   // it counts among the calls in flight
	done     bool   // handed to the exchange
	release  func() // releases what a caller not yet identified had reserved; nil: nothing
}

// releaseReserved releases what the call had reserved while its caller was not identified.
func (c *call) releaseReserved() {
	if c.release != nil {
		c.release()
		c.release = nil
	}
}

// serveCall takes a POST through the exchange. trouble is what is wrong with the path already. Every step after a
// trouble that may still find out who calls is taken, so that the record says it.
func (c *call) serveCall(to mconnect.SystemID, trouble error) {
	x := &c.exchange
	x.Protocol, x.Chain, x.Address = "soap", request.ChainOf(c.r), request.AddressOf(c.r)
	x.Trace, x.Lang = request.TraceOf(c.r.Header), problem.Language(c.r.Header.Get("Accept-Language"))
	defer func() { c.s.Memory.Release(c.message.body) }()
	err := c.identify()
	if c.who == nil {
		var f *fault.Error
		if errors.As(err, &f) && (f.Code == fault.Overloaded) {
			c.overloaded()
			return
		}
		if len(x.Chain) == 0 {
			x.Unproven = fault.From(err) // with a chain, the exchange says itself what is wrong with that
		} else {
			x.Unread = fault.From(err)
		}
		c.do()
		return
	}
	c.releaseReserved()
	leave, admitted := c.s.calls.Admit(c.who.System.ID)
	defer leave()
	if !admitted { // a slow system leaves capacity to the others
		c.overloaded()
		return
	}
	switch {
	case err != nil:
	case trouble != nil:
		err = trouble
	case to != "" && to != c.who.System.ID:
		err = fault.New(fault.PathForeign)
	default:
		err = c.understand()
	}
	if err != nil {
		x.Unread = fault.From(err)
	}
	c.do()
}

// do passes the call to the exchange and answers.
func (c *call) do() {
	c.done = true
	answer, err := c.s.Exchange.Do(c.r.Context(), &c.exchange)
	if err != nil {
		c.refuse(err)
		return
	}
	defer answer.Release()
	if answer.Stream != nil { // opaque services were refused before; a catalogue that changed meanwhile ends here
		c.refuse(fault.New(fault.ServiceForm, "service", string(c.exchange.Service)))
		return
	}
	c.answer(answer)
}

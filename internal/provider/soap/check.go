package soap

import (
	"errors"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/provider"
	"mconnect/internal/provider/httpaccess"
)

// Check implements provider.Protocol.
func (p Protocol) Check(c *provider.Checker) {
	e := c.Service.Endpoint.SOAP
	const at = "/endpoint/soap"
	u, err := httpaccess.ParseBase(e.URL)
	c.Err(at+"/url", err)
	zone, err := parseZone(e.Zone)
	c.Err(at+"/zone", err)
	_, err = httpaccess.ParseEncoding(e.Encoding)
	c.Err(at+"/encoding", err)
	checkPart(c, at+"/request", e.Request, c.Service.Request, zone)
	checkPart(c, at+"/response", e.Response, c.Service.Response, zone)
	_, err = constantBlocks(e.Headers)
	c.Err(at+"/headers", err)
	httpaccess.CheckHeaders(at+"/http_headers/", e.HTTPHeaders, c.Want, provider.Pointer)
	if p.signerFor(e) == nil && (e.Signing == "always" || e.SignHeaders) {
		c.Want(at+"/signing", "a configured signing key, or another value")
	}
	_, err = newPin(e.Signer, nil)
	c.Err(at+"/signer", err)
	if u != nil {
		_, err = soapHead(u, &catalog.SOAP{Action: e.Action})
		c.Err(at+"/action", err)
		p.cfg.Access.Check(at, u, httpaccess.Entry{Credentials: e.Credentials, ServerName: e.ServerName, CA: e.CA},
			c.Want)
	}
}

func checkPart(c *provider.Checker, at string, e catalog.SOAPElement, own schema.Type, zone *time.Location) {
	_, err := compilePart(e, own, false, zone)
	var f *fault.Error
	if errors.As(err, &f) {
		for _, one := range f.Fields {
			one.Path = at + one.Path
			c.Add(one)
		}
		return
	}
	c.Err(at, err)
}

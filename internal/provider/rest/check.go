package rest

import (
	"slices"
	"strconv"

	"mconnect/fault"
	"mconnect/internal/provider"
	"mconnect/internal/provider/httpaccess"
)

// Check implements provider.Protocol.
func (p Protocol) Check(c *provider.Checker) {
	e := c.Service.Endpoint.REST
	u, err := httpaccess.ParseBase(e.URL)
	c.Err("/endpoint/rest/url", err)
	if !slices.Contains([]string{"GET", "POST", "PUT"}, e.Method) {
		c.Add(fault.FieldError{Path: "/endpoint/rest/method", Code: fault.InputEnum,
			Params: map[string]string{"values": "GET, POST, PUT"}})
	}
	t, err := parseTemplate(e.Path)
	c.Err("/endpoint/rest/path", err)
	for _, field := range t.fields {
		c.Scalar("/endpoint/rest/path", field, true)
	}
	_, err = httpaccess.ParseEncoding(e.Encoding)
	c.Err("/endpoint/rest/encoding", err)
	for name, field := range e.Query {
		c.Scalar("/endpoint/rest/query/"+provider.Pointer(name), field, false)
	}
	httpaccess.CheckHeaders("/endpoint/rest/headers/", e.Headers, c.Want, provider.Pointer)
	for i, status := range e.NotFound {
		if status < 201 || status > 599 {
			c.Want("/endpoint/rest/not_found/"+strconv.Itoa(i), "a status from 201 to 599")
		}
	}
	c.JQ("/endpoint/rest/request", e.Request)
	c.JQ("/endpoint/rest/response", e.Response)
	if e.Request != "" && e.Method == "GET" {
		c.Want("/endpoint/rest/request", "no mapping: GET has no body")
	}
	if o := c.Service.Opaque; o != nil {
		if e.Response != "" {
			c.Want("/endpoint/rest/response", "no mapping: the answer is opaque")
		}
		for i, media := range o.MediaTypes {
			if !httpaccess.IsMediaType(media) {
				c.Want("/opaque/media_types/"+strconv.Itoa(i), "a media type without parameters and wildcards")
			}
		}
	}
	if u != nil {
		p.access.Check("/endpoint/rest", u, httpaccess.Entry{Credentials: e.Credentials, ServerName: e.ServerName,
			CA: e.CA}, c.Want)
	}
}

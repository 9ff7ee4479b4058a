package xmlmap

import (
	"strconv"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
)

// tag is an element that was entered.
type tag struct {
	node   xmlsec.Node
	local  string
	space  string
	empty  bool // it holds nothing
	nilled bool // xsi:nil is true
	strays int  // attributes that mean nothing here
}

// cursor walks the nodes of one element in document order.
type cursor struct {
	at       xmlsec.Node // what comes next; the zero Node at the end of the element that is open
	limits   Limits
	depth    int
	elements int
	scratch  []byte // text
}

// open enters the element that comes next.
func (c *cursor) open(g *tag) error {
	c.elements++
	c.depth++
	switch {
	case c.elements > c.limits.Elements:
		return &flaw{fault.XMLTooLarge, strconv.Itoa(c.limits.Elements) + " elements", 0}
	case c.depth > c.limits.Depth:
		return &flaw{fault.XMLTooDeep, strconv.Itoa(c.limits.Depth), 0}
	}
	*g = tag{node: c.at, local: c.at.Local(), space: c.at.Space()}
	for a := range c.at.Attributes() {
		if err := g.weigh(a); err != nil {
			return err
		}
	}
	c.at = c.at.First()
	g.empty = c.at.IsZero()
	return nil
}

// close leaves g, whose content was read.
func (c *cursor) close(g *tag) error {
	c.at = g.node.Next()
	c.depth--
	return nil
}

// closing reports that the element that is open holds nothing more.
func (c *cursor) closing() bool { return c.at.IsZero() }

// content reads character data up to the next element or to the end; comments do not cut it. The result holds until the
// next call.
func (c *cursor) content() ([]byte, error) {
	c.scratch = c.scratch[:0]
	for ; !c.at.IsZero() && !c.at.IsElement(); c.at = c.at.Next() {
		c.scratch = append(c.scratch, c.at.Data()...)
	}
	return c.scratch, nil
}

// weigh reads xsi:nil, passes over what means nothing in any message, and counts the rest.
func (g *tag) weigh(a xmlsec.Attribute) error {
	switch {
	case a.Space == XSI:
		if a.Local == "nil" {
			return g.setNil(string(trim([]byte(a.Value))))
		}
	case a.Space == namespaceXML:
	case (a.Space == "" || a.Space == namespaceWSU) && a.Local == "Id":
	default:
		g.strays++
	}
	return nil
}

func (g *tag) setNil(value string) error {
	switch value {
	case "true", "1":
		g.nilled = true
	case "false", "0":
	default:
		return &flaw{fault.XMLMalformed, "xsi:nil is neither true nor false", 0}
	}
	return nil
}

const namespaceWSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"

func trim(b []byte) []byte {
	for len(b) > 0 && class[b[0]]&blankByte != 0 {
		b = b[1:]
	}
	for len(b) > 0 && class[b[len(b)-1]]&blankByte != 0 {
		b = b[:len(b)-1]
	}
	return b
}

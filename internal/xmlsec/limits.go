package xmlsec

import (
	"strconv"

	"mconnect/fault"
)

// Limits bound what Parse accepts. A zero field takes its default; fields are counts unless stated otherwise.
type Limits struct {
	Bytes      int // of the whole document; 10 MiB
	Depth      int // of nested elements; 100
	Nodes      int // elements, texts, comments and instructions; 500 000
	Attributes int // on one element, namespace declarations not counted; 128
	Namespaces int // declared on one element; 64. In scope at one place: four times as many
	Name       int // bytes of one name, prefix included; 512
	URI        int // bytes of one namespace name; 1 024
	// Instructions lets processing instructions pass. SOAP 1.1 §3 forbids them, so messages never set it.
	Instructions bool
	// Decoded says that the encoding is settled, by a charset or because the text was decoded: the declaration is
	// passed over.
	Decoded bool
}

func (l Limits) filled() Limits {
	for _, d := range []struct {
		field *int
		value int
	}{
		{&l.Bytes, 10 << 20}, {&l.Depth, 100}, {&l.Nodes, 500_000}, {&l.Attributes, 128},
		{&l.Namespaces, 64}, {&l.Name, 512}, {&l.URI, 1024},
	} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	l.Name, l.Attributes, l.Namespaces = min(l.Name, 1<<15), min(l.Attributes, 1<<15), min(l.Namespaces, 1<<12)
	return l
}

func tooLarge(what string, limit int) error {
	return fault.New(fault.XMLTooLarge, "what", what, "limit", strconv.Itoa(limit))
}

// shown bounds a value of the message before it goes into a fault.
func shown(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	for i := range s[:most+1] {
		if i > most-4 {
			return s[:i] + "…"
		}
	}
	return s[:most]
}

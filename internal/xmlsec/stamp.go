package xmlsec

import (
	"slices"
	"strconv"
	"strings"

	"mconnect/fault"
)

// stamp writes into a Document that is still private to its maker: n gets wsu:Id instead of the ids it had and,
// unless name is empty, that name ("prefix:local") in namespace space.
func (d *Document) stamp(n Node, id, name, space string) error {
	prefix := "wsu"
	for i := 0; ; i++ {
		if have, ok := n.Resolve(prefix); !ok || have == namespaceWSU {
			break
		}
		prefix = "wsu" + strconv.Itoa(i)
	}
	p, u := d.bind(n, prefix, namespaceWSU)
	own := make([]attr, 0, 4)
	for _, a := range d.attrsOf(n.at) {
		if !strings.EqualFold(a.name[a.local:], "id") {
			own = append(own, a)
		}
	}
	own = append(own, attr{name: prefix + ":Id", value: id, prefix: p, space: u, local: uint16(len(prefix) + 1),
		clean: true})
	d.sortAttrs(own)
	node := n.node()
	node.attrs, node.nattrs = int32(len(d.attrs)), uint16(len(own))
	d.attrs = append(d.attrs, own...)
	if name == "" {
		return nil
	}
	colon := strings.IndexByte(name, ':')
	if have, ok := n.Resolve(name[:colon]); ok && have != space {
		return fault.New(fault.XMLNamespace, "what", "xmlns:"+name[:colon])
	}
	node.prefix, node.space = d.bind(n, name[:colon], space)
	node.value, node.local = name, uint16(colon+1)
	return nil
}

// bind declares prefix on n, unless it represents space there already.
func (d *Document) bind(n Node, prefix, space string) (p, u int32) {
	_, bound := n.Resolve(prefix)
	p, u = d.prefixes.intern(prefix), d.spaces.intern(space)
	if bound {
		return p, u
	}
	own := append(slices.Clone(d.declsOf(n.at)), decl{p, u})
	slices.SortFunc(own, func(a, b decl) int {
		return strings.Compare(d.prefixes.list[a.prefix], d.prefixes.list[b.prefix])
	})
	node := n.node()
	node.decls, node.ndecls = int32(len(d.decls)), uint16(len(own))
	d.decls = append(d.decls, own...)
	return p, u
}

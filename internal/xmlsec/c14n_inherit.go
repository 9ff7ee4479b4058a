package xmlsec

import (
	"cmp"
	"strings"
)

// inherited merges into the apex's attributes those in the xml namespace that the elements around it hand down:
// all of them in Canonical XML 1.0 (§2.4), in 1.1 lang and space, with base joined, and never id (§2.4, §2.5).
func (c *canon) inherited(apex int32, own []attr) []attr {
	c.heired = append(c.heired[:0], own...)
	v11 := c.mode.algorithm() == Inclusive11
	for i := c.nodes[apex].parent; i > 0; i = c.nodes[i].parent {
		for _, a := range c.attrsOf(i) {
			if a.prefix != 1 {
				continue
			}
			local := a.name[a.local:]
			if v11 && local != "lang" && local != "space" {
				continue
			}
			if !holds(c.heired, a.name) {
				c.heired = append(c.heired, a)
			}
		}
	}
	if v11 {
		c.fixBase(apex)
	}
	c.sortAttrs(c.heired)
	return c.heired
}

func holds(attrs []attr, name string) bool {
	for i := range attrs {
		if attrs[i].prefix == 1 && attrs[i].name == name {
			return true
		}
	}
	return false
}

// fixBase replaces xml:base of the apex by what it and the elements around it amount to (Canonical XML 1.1 §2.4).
func (c *canon) fixBase(apex int32) {
	base, found := "", false
	for i := apex; i > 0; i = c.nodes[i].parent {
		for _, a := range c.attrsOf(i) {
			if a.prefix != 1 || a.name != "xml:base" {
				continue
			}
			if !found {
				base, found = a.value, true
				continue
			}
			base = joinURI(a.value, base)
		}
	}
	if !found {
		return
	}
	for i := range c.heired {
		if c.heired[i].prefix == 1 && c.heired[i].name == "xml:base" {
			c.heired = append(c.heired[:i], c.heired[i+1:]...)
			break
		}
	}
	if base != "" {
		c.heired = append(c.heired, attr{name: "xml:base", value: base, prefix: 1, space: 1, local: 4})
	}
}

// uri is a URI reference cut in five (RFC 3986, appendix B); query and authority carry their mark.
type uri struct{ scheme, authority, path, query string }

func splitURI(s string) (u uri) {
	if i := strings.IndexByte(s, '#'); i >= 0 {
		s = s[:i]
	}
	if i := strings.IndexByte(s, '?'); i >= 0 {
		s, u.query = s[:i], s[i:]
	}
	if i := strings.IndexAny(s, ":/"); i > 0 && s[i] == ':' && !relative(s) {
		u.scheme, s = s[:i+1], s[i+1:]
	}
	if strings.HasPrefix(s, "//") {
		end := strings.IndexByte(s[2:], '/')
		if end < 0 {
			end = len(s) - 2
		}
		u.authority, s = s[:2+end], s[2+end:]
	}
	u.path = s
	return u
}

// joinURI resolves ref against base where both may be relative (Canonical XML 1.1 §2.4, join-URI-References).
func joinURI(base, ref string) string {
	b, r := splitURI(base), splitURI(ref)
	if strings.HasSuffix(b.path, "..") && (len(b.path) == 2 || b.path[len(b.path)-3] == '/') {
		b.path += "/"
	}
	switch {
	case r.scheme != "":
	case r.authority != "":
		r.scheme = b.scheme
	default:
		r.scheme, r.authority = b.scheme, b.authority
		switch {
		case r.path == "":
			r.path = b.path
			r.query = cmp.Or(r.query, b.query)
		case r.path[0] != '/':
			if b.path == "" && b.authority != "" {
				r.path = "/" + r.path
			} else {
				r.path = b.path[:strings.LastIndexByte(b.path, '/')+1] + r.path
			}
		}
	}
	return r.scheme + r.authority + removeDots(r.path) + r.query
}

// removeDots resolves . and .. segments; a relative path keeps the .. that lead out of it.
func removeDots(path string) string {
	if !strings.Contains(path, ".") {
		return squeeze(path)
	}
	rooted := strings.HasPrefix(path, "/")
	var kept []string
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, s := range segments {
		last := i == len(segments)-1
		switch {
		case s == "." || s == "" && !last:
			if s == "." && last {
				kept = append(kept, "")
			}
		case s == "..":
			if len(kept) > 0 && kept[len(kept)-1] != ".." {
				kept = kept[:len(kept)-1]
			} else if !rooted {
				kept = append(kept, "..")
			}
			if last {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, s)
		}
	}
	out := strings.Join(kept, "/")
	if rooted {
		out = "/" + out
	}
	return out
}

// squeeze makes one slash of several, as join-URI-References demands.
func squeeze(path string) string {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return path
}

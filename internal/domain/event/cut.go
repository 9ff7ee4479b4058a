package event

import (
	"bytes"
	"errors"
	"strings"

	"mconnect/internal/jsonscan"
)

// Everything is the granted path that represents the whole of the data.
const Everything = "*"

// Cut reduces JSON data to granted fields. It is made once by NewCut and safe for concurrent use.
type Cut struct {
	whole bool
	root  *grantNode
}

// grantNode is one name on the way of granted paths; nil children with all set: everything below.
type grantNode struct {
	all      bool
	children map[string]*grantNode
}

// NewCut makes a Cut of granted paths: "Child.IDNP" grants that field of Child, or of every element when Child is an
// array; a parent grants its children; "*" grants all; no path at all grants nothing. Paths of attributes are not its
// matter.
func NewCut(paths []string) *Cut {
	c := &Cut{root: &grantNode{}}
	for _, path := range paths {
		if path == Everything {
			c.whole = true
			continue
		}
		if _, ok := AttributeOf(path); ok {
			continue
		}
		node := c.root
		for name := range strings.SplitSeq(path, ".") {
			if node.all {
				break
			}
			if node.children == nil {
				node.children = map[string]*grantNode{}
			}
			if node.children[name] == nil {
				node.children[name] = &grantNode{}
			}
			node = node.children[name]
		}
		node.all, node.children = true, nil
	}
	return c
}

// Whole reports that nothing is ever cut.
func (c *Cut) Whole() bool { return c.whole }

var errJSON = errors.New("the data are not JSON")

// Of returns data with everything removed that is not granted. What stays keeps its text, numbers to the last digit;
// objects keep their order. A value of which only fields are granted, but which is no object or array, is removed;
// where it is the whole of the data, null is left. One pass; data is not changed and is returned itself when all of it
// is granted.
func (c *Cut) Of(data []byte) ([]byte, error) {
	if c.whole {
		return data, nil
	}
	r := cutter{jsonscan.Scanner{In: data, MaxDepth: MaxDepth}, make([]byte, 0, len(data)/2+8)}
	kept, err := r.value(c.root, 0)
	if err == nil {
		err = r.End()
	}
	if err != nil {
		return nil, errJSON
	}
	if !kept {
		r.out = append(r.out, "null"...)
	}
	return r.out, nil
}

// cutter reads JSON text once and copies what is granted.
type cutter struct {
	jsonscan.Scanner
	out []byte
}

// value copies the granted part of the value that begins here and reports whether there is one.
func (r *cutter) value(node *grantNode, depth int) (kept bool, err error) {
	c := r.Peek()
	if c != '{' && c != '[' || depth >= MaxDepth {
		return false, r.Skip(depth)
	}
	r.Pos++
	r.out = append(r.out, c)
	first := true
	for more := !r.Eat(c + 2); more; { // '}' and ']' stand two behind '{' and '[' in ASCII
		mark := len(r.out)
		if !first {
			r.out = append(r.out, ',')
		}
		if c == '{' {
			kept, err = r.member(node, depth)
		} else {
			kept, err = r.value(node, depth+1) // every element is cut by the same grant
		}
		if err != nil {
			return false, err
		}
		if kept {
			first = false
		} else {
			r.out = r.out[:mark]
		}
		if more, err = r.Next(c + 2); err != nil {
			return false, err
		}
	}
	r.out = append(r.out, c+2)
	return true, nil
}

// member copies one member of an object as far as it is granted.
func (r *cutter) member(node *grantNode, depth int) (kept bool, err error) {
	r.Peek()
	begun := r.Pos
	name, err := r.Key()
	if err != nil {
		return false, err
	}
	granted := node.children[string(name)]
	if granted == nil {
		return false, r.Skip(depth + 1)
	}
	key := bytes.TrimRight(r.In[begun:r.Pos-1], " \t\r\n") // before the colon
	r.out = append(append(r.out, key...), ':')
	r.Peek()
	if !granted.all {
		return r.value(granted, depth+1)
	}
	begun = r.Pos
	err = r.Skip(depth + 1)
	r.out = append(r.out, r.In[begun:r.Pos]...)
	return true, err
}

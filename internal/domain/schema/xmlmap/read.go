package xmlmap

import (
	"strconv"
	"sync"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
	"mconnect/internal/xmlsec"
)

// reader is one pass from XML to JSON.
type reader struct {
	cursor
	places
	cfg     *Config
	out     []byte
	spans   []span
	spare   []byte
	dropped int
}

// span is where a field was written: out[from:to], without comma.
type span struct {
	from, to int
	seen     bool
}

var readers = sync.Pool{New: func() any { return new(reader) }}

// maxKept bounds the scratch memory that is taken back to the pool.
const maxKept = 256 << 10

// JSON reads one whole XML element of the form, as Read does.
func (f *Form) JSON(dst, xml []byte) (out []byte, dropped int, err error) {
	doc, err := f.parse(xml)
	if err != nil {
		return dst, 0, err
	}
	return f.Read(dst, doc.Root())
}

// parse reads xml as a document within the limits of the form.
func (f *Form) parse(xml []byte) (*xmlsec.Document, error) {
	l := f.cfg.Limits
	if len(xml) > l.Bytes {
		return nil, f.raise(xml, &flaw{fault.MessageTooLarge, strconv.Itoa(l.Bytes), 0}, nil)
	}
	doc, err := xmlsec.Parse(xml, xmlsec.Limits{Bytes: l.Bytes, Depth: l.Depth, Nodes: 4 * l.Elements,
		Attributes: l.Attributes})
	if err != nil {
		return nil, f.refuse(err)
	}
	return doc, nil
}

// Read reads an element of the form from the tree that xmlsec has parsed, and verified where it is signed. It appends
// to dst the element as neutral JSON, its fields in declared order. dropped counts undeclared elements and attributes
// left out by policy. What is wrong in single places comes as Fields of input.invalid (of an answer: provider.invalid);
// what cannot be read at all as xml.* or message.tooLarge (of an answer: provider.malformed, provider.tooLarge); dst is
// then returned at its old length. The values are for Schema.Read or Schema.Cut to check.
func (f *Form) Read(dst []byte, element xmlsec.Node) (out []byte, dropped int, err error) {
	r := readers.Get().(*reader)
	defer r.release()
	r.cfg, r.limits, r.out, r.at = &f.cfg, f.cfg.Limits, dst, element
	err = r.message(f.root)
	if err := f.raise(nil, err, r.faults); err != nil {
		return dst, r.dropped, err
	}
	return r.out, r.dropped, nil
}

func (r *reader) release() {
	*r = reader{
		cursor: cursor{scratch: emptied(r.scratch)}, places: places{stack: r.stack[:0]},
		spans: r.spans[:0], spare: emptied(r.spare),
	}
	readers.Put(r)
}

// emptied returns b without what it held, or nothing when b is too large to keep.
func emptied(b []byte) []byte {
	if cap(b) > maxKept {
		return nil
	}
	clear(b[:cap(b)])
	return b[:0]
}

func (r *reader) message(root *node) error {
	var g tag
	if err := r.open(&g); err != nil {
		return err
	}
	if g.local != root.local || !r.cfg.AnyRoot && g.space != root.space {
		return &flaw{fault.XMLNamespace, "the element is not " + root.local + " of " + root.space, 0}
	}
	if g.nilled {
		r.wrong(fault.InputType, "want", string(schema.Object))
	}
	return r.value(root, &g)
}

// value reads the rest of the element g as the value of n.
func (r *reader) value(n *node, g *tag) error {
	if g.strays > 0 {
		if r.cfg.Attributes == Refuse {
			r.wrong(fault.InputFormat, "want", "no attributes")
		}
		r.dropped += g.strays
	}
	switch {
	case g.nilled:
		return r.null(n, g)
	case n.base == schema.Object:
		return r.object(n, g)
	case n.base == schema.Array:
		return r.array(n, g)
	}
	return r.scalar(n, g)
}

// null reads an element that says xsi:nil. Whether null may stand here is for the schema to say, but for an optional
// value that is not nullable and in a provider's answer counts as absent there.
func (r *reader) null(n *node, g *tag) error {
	if !g.empty {
		text, err := r.content()
		if err != nil {
			return err
		}
		if len(trim(text)) > 0 || !r.closing() {
			r.wrong(fault.InputFormat, "want", "no content where xsi:nil is true")
			return r.skipRest(g)
		}
	}
	r.out = append(r.out, "null"...)
	return r.close(g)
}

// gap reads over character data between the children of g, which may be white space only.
func (r *reader) gap(want schema.Base) error {
	text, err := r.content()
	if err != nil {
		return err
	}
	if len(trim(text)) > 0 {
		r.wrong(fault.InputType, "want", string(want))
	}
	return nil
}

func (r *reader) object(n *node, g *tag) error {
	o := object{node: n, first: len(r.spans), start: len(r.out), last: -1, flat: -1, ordered: true}
	for range n.fields {
		r.spans = append(r.spans, span{})
	}
	r.out = append(r.out, '{')
	if !g.empty {
		for {
			if err := r.gap(schema.Object); err != nil {
				return err
			}
			if r.closing() {
				break
			}
			if err := r.child(&o); err != nil {
				return err
			}
		}
	}
	r.finish(&o)
	return r.close(g)
}

// object is one under way.
type object struct {
	*node
	first   int // its fields' spans
	start   int // where its '{' stands
	last    int // field read last
	flat    int // field whose flat array is not yet closed, or -1
	count   int // of that array's items
	ordered bool
}

// child reads one element inside an object.
func (r *reader) child(o *object) error {
	var g tag
	if err := r.open(&g); err != nil {
		return err
	}
	i, ok := r.match(o, &g)
	if !ok {
		return r.skipRest(&g)
	}
	if i == o.flat {
		return r.another(o, &g)
	}
	r.endFlat(o)
	n, s := o.fields[i], &r.spans[o.first+i]
	if s.seen {
		r.enter(n.name)
		r.wrong(fault.MessageDuplicateKey)
		r.leave()
		return r.skipRest(&g)
	}
	if i < o.last {
		o.ordered = false
		if r.cfg.Ordered {
			r.enter(n.name)
			r.wrong(fault.InputFormat, "want", "the declared order of elements")
			r.leave()
		}
	}
	o.last = max(i, o.last)
	if r.cfg.BlankIsNo && !n.mandatory && !g.nilled && n.scalar() && n.base != schema.String {
		if blank, err := r.blank(&g); blank || err != nil {
			return err
		}
	}
	if len(r.out) > o.start+1 {
		r.out = append(r.out, ',')
	}
	s.from, s.seen = len(r.out), true
	r.out = append(r.out, n.quoted...)
	if n.flat {
		r.out = append(r.out, '[')
		o.flat, o.count = i, 0
		return r.another(o, &g)
	}
	r.enter(n.name)
	err := r.value(n, &g)
	r.leave()
	r.spans[o.first+i].to = len(r.out)
	return err
}

func (n *node) scalar() bool { return n.base != schema.Object && n.base != schema.Array }

// blank reads g if it is empty or white space only.
func (r *reader) blank(g *tag) (bool, error) {
	if !g.empty {
		first := r.at
		text, err := r.content()
		if err != nil {
			return false, err
		}
		if len(trim(text)) > 0 || !r.closing() {
			r.at = first
			return false, nil
		}
	}
	return true, r.close(g)
}

// another reads one more item of the flat array that is open.
func (r *reader) another(o *object, g *tag) error {
	n := o.fields[o.flat]
	if o.count > 0 {
		r.out = append(r.out, ',')
	}
	r.enter(n.name)
	r.enterItem(o.count)
	err := r.value(n.item, g)
	r.leave()
	r.leave()
	o.count++
	return err
}

func (r *reader) endFlat(o *object) {
	if o.flat >= 0 {
		r.out = append(r.out, ']')
		r.spans[o.first+o.flat].to = len(r.out)
		o.flat = -1
	}
}

// match finds the field that g names. Elements mostly arrive declared order, so what follows the last one
// is tried first.
func (r *reader) match(o *object, g *tag) (int, bool) {
	i := -1
	if o.flat >= 0 && g.local == o.fields[o.flat].local {
		i = o.flat
	} else if next := o.last + 1; next < len(o.fields) && g.local == o.fields[next].local {
		i = next
	} else if found, ok := o.byLocal[g.local]; ok {
		i = found
	}
	if i >= 0 && (r.cfg.AnySpace || g.space == o.fields[i].space) {
		return i, true
	}
	switch {
	case r.cfg.Elements == Drop:
		r.dropped++
	case i >= 0:
		r.undeclared([]byte(o.fields[i].name), fault.XMLNamespace, "what", "want "+orNone(o.fields[i].space))
	default:
		r.undeclared([]byte(g.local), fault.InputUnknownField)
	}
	return 0, false
}

func orNone(space string) string {
	if space == "" {
		return "—"
	}
	return space
}

// finish closes the object: empty flat arrays that must be there, declared order.
func (r *reader) finish(o *object) {
	r.endFlat(o)
	for i, n := range o.fields {
		if s := &r.spans[o.first+i]; n.flat && n.mandatory && !s.seen {
			if len(r.out) > o.start+1 {
				r.out = append(r.out, ',')
			}
			s.from, s.seen = len(r.out), true
			r.out = append(append(r.out, n.quoted...), '[', ']')
			s.to = len(r.out)
			o.ordered = o.ordered && i > o.last
			o.last = max(i, o.last)
		}
	}
	if !o.ordered {
		r.out, r.spare = reorder(r.out, r.spare, o.start+1, r.spans[o.first:], ',')
	}
	r.out = append(r.out, '}')
	r.spans = r.spans[:o.first]
}

// reorder puts what was written behind start into the order of fields, with the separator between, if there is one.
func reorder(out, spare []byte, start int, fields []span, separator byte) (ordered, scratch []byte) {
	spare = append(spare[:0], out[start:]...)
	out = out[:start]
	for _, f := range fields {
		if f.to == f.from {
			continue
		}
		if len(out) > start && separator != 0 {
			out = append(out, separator)
		}
		out = append(out, spare[f.from-start:f.to-start]...)
	}
	return out, spare
}

// array reads an array that has an element of its own.
func (r *reader) array(n *node, g *tag) error {
	r.out = append(r.out, '[')
	for count := 0; !g.empty; {
		if err := r.gap(schema.Array); err != nil {
			return err
		}
		if r.closing() {
			break
		}
		if err := r.element(n.item, &count); err != nil {
			return err
		}
	}
	r.out = append(r.out, ']')
	return r.close(g)
}

// element reads one element inside an array, which should be an item.
func (r *reader) element(n *node, count *int) error {
	var g tag
	if err := r.open(&g); err != nil {
		return err
	}
	if g.local != n.local || (!r.cfg.AnySpace && g.space != n.space) {
		if r.cfg.Elements == Refuse {
			r.undeclared([]byte(g.local), fault.InputUnknownField)
		} else {
			r.dropped++
		}
		return r.skipRest(&g)
	}
	if *count > 0 {
		r.out = append(r.out, ',')
	}
	r.enterItem(*count)
	err := r.value(n, &g)
	r.leave()
	*count++
	return err
}

// skipRest reads over the rest of an element of any shape.
func (r *reader) skipRest(g *tag) error {
	for !g.empty {
		if _, err := r.content(); err != nil {
			return err
		}
		if r.closing() {
			break
		}
		var inner tag
		if err := r.open(&inner); err != nil {
			return err
		}
		if err := r.skipRest(&inner); err != nil {
			return err
		}
	}
	return r.close(g)
}

// scalar reads an element that holds text only.
func (r *reader) scalar(n *node, g *tag) error {
	var text []byte
	if !g.empty {
		var err error
		if text, err = r.content(); err != nil {
			return err
		}
		if !r.closing() {
			r.wrong(fault.InputType, "want", string(n.base))
			return r.skipRest(g)
		}
	}
	if n.base == schema.String {
		r.out = appendQuoted(r.out, text)
	} else {
		r.typed(n, trim(text))
	}
	return r.close(g)
}

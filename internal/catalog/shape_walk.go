package catalog

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"mconnect/fault"
)

// walk is one pass over one message. It reads tokens, checks each against the shape and writes what is
// granted; memory beyond the output is bounded by depth, not by the message.
type walk struct {
	in      bytes.Buffer
	dec     *jsontext.Decoder
	out     []byte
	answer  bool    // a provider's answer: undeclared fields are dropped and not refused
	grants  []grant // by node id; looked at only below a place of which some may leave
	faults  []fault.FieldError
	dropped int
	stack   []step
	spans   []span
	plain   []byte // the last string read, without its quotes and escapes
	spare   []byte // for putting fields into declared order
}

// step is one level of the way from the root: a field's name or, when that is "", an item's index.
type step struct {
	name  string
	index int
}

// span is where a field was written: out[from:to], without comma. seen is set even when nothing was.
type span struct {
	from, to int
	seen     bool
}

var (
	errTooDeep  = errors.New("nested too deep")
	errTrailing = errors.New("text after the end of the object")
)

var walks = sync.Pool{New: func() any { return &walk{dec: jsontext.NewDecoder(bytes.NewReader(nil))} }}

// maxKept bounds the scratch memory that a walk takes back to the pool.
const maxKept = 256 << 10

func borrowWalk(message []byte) *walk {
	w := walks.Get().(*walk)
	w.in = *bytes.NewBuffer(message)
	w.dec.Reset(&w.in)
	return w
}

func (w *walk) giveBack() {
	w.in = bytes.Buffer{}
	w.dec.Reset(&w.in)
	w.out, w.grants, w.faults, w.dropped, w.answer = nil, nil, nil, 0, false
	clear(w.plain)
	clear(w.spare)
	w.stack, w.spans, w.plain, w.spare = w.stack[:0], w.spans[:0], w.plain[:0], w.spare[:0]
	if cap(w.plain)+cap(w.spare) > maxKept {
		w.plain, w.spare = nil, nil
	}
	walks.Put(w)
}

// run walks the whole message, which must be one value of the shape root and nothing behind it.
func (w *walk) run(root *node, dst []byte, g grant) ([]byte, error) {
	w.out = dst
	if _, err := w.value(root, g); err != nil {
		return nil, err
	}
	if _, err := w.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errTrailing
	}
	if g == nothing {
		w.out = append(w.out, '{', '}')
	}
	return w.out, nil
}

// value reads one value of shape n. It reports false when the value counts as absent.
func (w *walk) value(n *node, g grant) (present bool, err error) {
	kind := w.dec.PeekKind()
	switch {
	case kind == 'n':
		return w.null(n, g)
	case n.base == Object && kind == '{':
		return true, w.object(n, g)
	case n.base == Array && kind == '[':
		return true, w.array(n, g)
	case n.base == Object, n.base == Array, kind == '{', kind == '[':
		if err := w.skip(); err != nil {
			return false, err
		}
		w.wrong(fault.InputType, "want", string(n.base))
		return true, nil
	}
	raw, err := w.dec.ReadValue()
	if err != nil {
		return false, err
	}
	text := []byte(raw)
	if kind == '"' {
		if text, err = w.unquote(raw); err != nil {
			return false, err
		}
	}
	if w.scalar(n, kind, text) && g != nothing {
		if kind == '"' && len(text)+2 != len(raw) { // it had escapes: write it in the one canonical way
			w.out, err = jsontext.AppendQuote(w.out, text)
			return true, err
		}
		w.out = append(w.out, raw...)
	}
	return true, nil
}

// null: allowed where the field is nullable. In an answer it also stands for an absent optional value,
// for that is how registers write one (a NULL column).
func (w *walk) null(n *node, g grant) (present bool, err error) {
	if _, err := w.dec.ReadToken(); err != nil {
		return false, err
	}
	switch {
	case n.nullable:
		if g != nothing {
			w.out = append(w.out, "null"...)
		}
		return true, nil
	case w.answer && !n.mandatory && n.parent != nil && n.parent.base == Object:
		return false, nil
	}
	w.wrong(fault.InputType, "want", string(n.base))
	return true, nil
}

func (w *walk) object(n *node, g grant) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	first, start := len(w.spans), len(w.out)
	for range n.fields {
		w.spans = append(w.spans, span{})
	}
	if g != nothing {
		w.out = append(w.out, '{')
	}
	last, ordered, written := -1, true, false
	for w.dec.PeekKind() != '}' {
		i, err := w.name(n, last+1)
		if err != nil {
			return err
		}
		if i < 0 {
			if err := w.undeclared(); err != nil {
				return err
			}
			continue
		}
		wrote, err := w.member(n.fields[i], g, first+i, written)
		if err != nil {
			return err
		}
		ordered = ordered && i > last
		last, written = i, written || wrote
	}
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	w.complete(n, w.spans[first:])
	if g != nothing {
		if !ordered {
			w.reorder(start, w.spans[first:])
		}
		w.out = append(w.out, '}')
	}
	w.spans = w.spans[:first]
	return nil
}

// member reads the value of a declared field and notes in w.spans[slot] where it was written.
func (w *walk) member(n *node, g grant, slot int, comma bool) (wrote bool, err error) {
	if g == some {
		g = w.grants[n.id]
	}
	before := len(w.out)
	from := before
	if g != nothing {
		if comma {
			w.out = append(w.out, ',')
			from++
		}
		w.out = append(w.out, n.quoted...)
	}
	w.stack = append(w.stack, step{name: n.name})
	present, err := w.value(n, g)
	w.stack = w.stack[:len(w.stack)-1]
	if err != nil || !present {
		w.out = w.out[:before]
		return false, err
	}
	w.spans[slot] = span{from, len(w.out), true}
	return g != nothing, nil
}

// name reads a field's name and finds its number; -1 when it is not declared. Fields mostly come in
// declared order, so the expected one is tried first.
func (w *walk) name(n *node, expected int) (int, error) {
	raw, err := w.dec.ReadValue()
	if err != nil {
		return 0, err
	}
	text, err := w.unquote(raw)
	if err != nil {
		return 0, err
	}
	if expected < len(n.fields) && string(text) == n.fields[expected].name {
		return expected, nil
	}
	if i, ok := n.index[string(text)]; ok {
		return i, nil
	}
	if !w.answer && len(w.faults) < fault.MaxFields {
		w.refuseName(text)
	}
	return -1, nil
}

// refuseName notes an undeclared field of a request. The name is repeated only when it looks like one:
// it could be personal data sent in the wrong place.
func (w *walk) refuseName(name []byte) {
	if !isFieldName(name) {
		w.wrong(fault.InputUnknownField)
		return
	}
	w.stack = append(w.stack, step{name: string(name)})
	w.wrong(fault.InputUnknownField)
	w.stack = w.stack[:len(w.stack)-1]
}

func (w *walk) undeclared() error {
	w.dropped++
	return w.skip()
}

func (w *walk) complete(n *node, seen []span) {
	for i, f := range n.fields {
		if f.mandatory && !seen[i].seen {
			w.stack = append(w.stack, step{name: f.name})
			w.wrong(fault.InputMissing)
			w.stack = w.stack[:len(w.stack)-1]
		}
	}
}

// reorder puts the fields of the object that begins at start into declared order.
func (w *walk) reorder(start int, fields []span) {
	w.spare = append(w.spare[:0], w.out[start:]...)
	w.out = w.out[:start+1]
	for _, f := range fields {
		if f.to == f.from {
			continue
		}
		if len(w.out) > start+1 {
			w.out = append(w.out, ',')
		}
		w.out = append(w.out, w.spare[f.from-start:f.to-start]...)
	}
}

func (w *walk) array(n *node, g grant) error {
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	if g == some {
		g = w.grants[n.item.id]
	}
	if g != nothing {
		w.out = append(w.out, '[')
	}
	count := 0
	for ; w.dec.PeekKind() != ']'; count++ {
		if g != nothing && count > 0 {
			w.out = append(w.out, ',')
		}
		w.stack = append(w.stack, step{index: count})
		_, err := w.value(n.item, g)
		w.stack = w.stack[:len(w.stack)-1]
		if err != nil {
			return err
		}
	}
	if _, err := w.dec.ReadToken(); err != nil {
		return err
	}
	if g != nothing {
		w.out = append(w.out, ']')
	}
	w.length(n, count)
	return nil
}

// skip reads over one value of any shape, within MaxDepth.
func (w *walk) skip() error {
	depth := w.dec.StackDepth()
	for {
		if _, err := w.dec.ReadToken(); err != nil {
			return err
		}
		switch d := w.dec.StackDepth(); {
		case d > MaxDepth:
			return errTooDeep
		case d <= depth:
			return nil
		}
	}
}

// unquote returns the content of a JSON string; the result holds until the next call.
func (w *walk) unquote(raw []byte) ([]byte, error) {
	if len(raw) >= 2 && bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], nil
	}
	var err error
	w.plain, err = jsontext.AppendUnquote(w.plain[:0], raw)
	return w.plain, err
}

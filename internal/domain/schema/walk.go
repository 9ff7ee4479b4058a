package schema

import (
	"bytes"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"mconnect/fault"
	"mconnect/internal/jsonscan"
)

// walk is one pass over one message. It reads tokens, checks each against the shape and writes what is
// granted; memory beyond the output is bounded by depth, not by the message.
type walk struct {
	jsonscan.Scanner
	depth   int // objects and arrays around the place
	out     []byte
	answer  bool    // a provider's answer: undeclared fields are dropped and not refused
	grants  []grant // by node id; looked at only below a place of which some may leave
	faults  []fault.FieldError
	dropped int
	stack   []pathStep
	spans   []span
	spare   []byte // for putting fields into declared order
	plainly []byte // the last number that was written with an exponent, without it
}

// pathStep is one level of the path from the root: a field's name or, when that is "", an item's index.
type pathStep struct {
	name  string
	index int
}

// span is where a field was written: out[from:to], without comma.
type span struct {
	from, to int
	named    bool // its name came
	seen     bool // and a value that does not count as absent
}

var walks = sync.Pool{New: func() any { return new(walk) }}

// maxKept bounds the scratch memory that a walk takes back to the pool.
const maxKept = 128 << 10

func acquireWalk(message []byte) *walk {
	w := walks.Get().(*walk)
	w.Reset(message)
	w.MaxDepth = MaxDepth
	return w
}

func (w *walk) release() {
	w.Reset(nil)
	w.out, w.grants, w.faults, w.dropped, w.answer, w.depth = nil, nil, nil, 0, false, 0
	clear(w.spare)
	w.stack, w.spans, w.spare = w.stack[:0], w.spans[:0], w.spare[:0]
	if cap(w.spare) > maxKept {
		w.spare = nil
	}
	walks.Put(w)
}

// run walks the whole message, which must be one value of the shape root and nothing behind it.
func (w *walk) run(root *node, dst []byte, g grant) ([]byte, error) {
	w.out = dst
	if _, err := w.value(root, g); err != nil {
		return nil, err
	}
	if err := w.End(); err != nil {
		return nil, err
	}
	if g == grantNone {
		w.out = append(w.out, '{', '}')
	}
	return w.out, nil
}

// value reads one value of shape n. It reports false when the value counts as absent.
func (w *walk) value(n *node, g grant) (present bool, err error) {
	c := w.Peek()
	switch {
	case c == 'n':
		return w.null(n, g)
	case n.base == Object && c == '{':
		return true, w.object(n, g)
	case n.base == Array && c == '[':
		return true, w.array(n, g)
	case n.base == Object, n.base == Array, c == '{', c == '[':
		if err := w.Skip(w.depth); err != nil {
			return false, err
		}
		w.wrong(fault.InputType, "want", string(n.base))
		return true, nil
	}
	kind, raw, text, err := w.Scalar()
	if err != nil {
		return false, err
	}
	plain := false
	if n.base == Decimal || n.base == Integer && kind == '0' {
		text, plain = w.withoutExponent(n, text)
	}
	if !w.scalar(n, kind, text) || g == grantNone {
		return true, nil
	}
	if plain && kind == '0' {
		w.out = append(w.out, text...)
		return true, nil
	}
	if kind == '"' && (plain || len(text)+2 != len(raw)) { // it had escapes: write it in the one canonical way
		w.out, err = jsontext.AppendQuote(w.out, text)
		return true, err
	}
	w.out = append(w.out, raw...)
	return true, nil
}

// withoutExponent gives a number that is written with an exponent, as many programs write larger ones, in the form of
// all others. The value is the same exactly; what would become too long, or is no whole number where one is wanted,
// stays for scalar to refuse.
func (w *walk) withoutExponent(n *node, text []byte) (out []byte, changed bool) {
	if !jsonscan.Exponent(text) {
		return text, false
	}
	if end, ok := jsonscan.Number(text, 0); !ok || end != len(text) {
		return text, false
	}
	plain, ok := jsonscan.Plain(w.plainly[:0], text, MaxNumber)
	w.plainly = plain[:0]
	if ok && n.base == Integer {
		whole, fraction, _ := bytes.Cut(plain, []byte("."))
		if plain = whole; len(bytes.Trim(fraction, "0")) > 0 {
			return text, false
		}
	}
	if !ok {
		return text, false
	}
	return plain, true
}

// null: allowed where the field is nullable. In an answer it also represents an absent optional value,
// for that is how registers write one (a NULL column).
func (w *walk) null(n *node, g grant) (present bool, err error) {
	if _, err := w.Literal('n'); err != nil {
		return false, err
	}
	switch {
	case n.nullable:
		if g != grantNone {
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
	w.Pos++
	w.depth++
	first, start := len(w.spans), len(w.out)
	for range n.fields {
		w.spans = append(w.spans, span{})
	}
	if g != grantNone {
		w.out = append(w.out, '{')
	}
	ordered, err := w.members(n, g, first)
	if err != nil {
		return err
	}
	w.complete(n, w.spans[first:])
	if g != grantNone {
		if !ordered {
			w.reorder(start, w.spans[first:])
		}
		w.out = append(w.out, '}')
	}
	w.spans = w.spans[:first]
	w.depth--
	return nil
}

// members reads an object behind its brace; the spans of its fields begin at first. It reports whether the fields
// arrived declared order.
func (w *walk) members(n *node, g grant, first int) (ordered bool, err error) {
	last, ordered, written := -1, true, false
	if w.Eat('}') {
		return true, nil
	}
	for more := true; more; {
		w.Peek()
		at := w.Pos
		i, err := w.name(n, last+1)
		if err != nil {
			return false, err
		}
		if i < 0 {
			w.dropped++
			if err := w.Skip(w.depth); err != nil {
				return false, err
			}
		} else {
			if w.spans[first+i].named {
				return false, jsonscan.ErrDuplicate
			}
			w.spans[first+i].named = true
			wrote, done, err := w.verbatim(n.fields[i], g, first+i, at, written)
			if err == nil && !done {
				wrote, err = w.member(n.fields[i], g, first+i, written)
			}
			if err != nil {
				return false, err
			}
			ordered = ordered && i > last
			last, written = i, written || wrote
		}
		if more, err = w.Next('}'); err != nil {
			return false, err
		}
	}
	return ordered, nil
}

// verbatim is member for the most frequent case: a string that its length alone judges, stands in the message in the
// canonical form, name and comma included, and so goes over in one copy. The name begins at start; it has been read,
// and whatever else it could be written as is longer. Not done: nothing was read, and member must do it.
func (w *walk) verbatim(n *node, g grant, slot, start int, comma bool) (wrote, done bool, err error) {
	if !n.free || w.Pos-start != len(n.quoted) || w.Pos >= len(w.In) || w.In[w.Pos] != '"' {
		return false, false, nil
	}
	end, escaped, high := jsonscan.EndOfText(w.In, w.Pos+1)
	if end < 0 || escaped {
		return false, false, nil
	}
	content := w.In[w.Pos+1 : end]
	if !n.fits(len(content)) || high && !utf8.Valid(content) {
		return false, false, nil
	}
	w.Pos = end + 1
	if g == grantSome {
		g = w.grants[n.id]
	}
	from := len(w.out)
	if g != grantNone {
		if comma {
			from++
			if w.In[start-1] == ',' {
				start--
			} else {
				w.out = append(w.out, ',')
			}
		}
		w.out = append(w.out, w.In[start:w.Pos]...)
	}
	w.spans[slot] = span{from, len(w.out), true, true}
	return g != grantNone, true, nil
}

// member reads the value of a declared field and notes in w.spans[slot] where it was written.
func (w *walk) member(n *node, g grant, slot int, comma bool) (wrote bool, err error) {
	if g == grantSome {
		g = w.grants[n.id]
	}
	before := len(w.out)
	from := before
	if g != grantNone {
		if comma {
			w.out = append(w.out, ',')
			from++
		}
		w.out = append(w.out, n.quoted...)
	}
	w.stack = append(w.stack, pathStep{name: n.name})
	present, err := w.value(n, g)
	w.stack = w.stack[:len(w.stack)-1]
	if err != nil || !present {
		w.out = w.out[:before]
		return false, err
	}
	w.spans[slot] = span{from, len(w.out), true, true}
	return g != grantNone, nil
}

// name reads a field's name and finds its number; -1 when it is not declared. Fields mostly arrive
// declared order, so the expected one is tried first.
func (w *walk) name(n *node, expected int) (int, error) {
	if w.Peek() == '"' && expected < len(n.fields) && bytes.HasPrefix(w.In[w.Pos:], n.fields[expected].quoted) {
		w.Pos += len(n.fields[expected].quoted)
		return expected, nil
	}
	text, err := w.Key()
	if err != nil {
		return 0, err
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
	w.stack = append(w.stack, pathStep{name: string(name)})
	w.wrong(fault.InputUnknownField)
	w.stack = w.stack[:len(w.stack)-1]
}

func (w *walk) complete(n *node, seen []span) {
	for i, f := range n.fields {
		if f.mandatory && !seen[i].seen {
			w.stack = append(w.stack, pathStep{name: f.name})
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
	w.Pos++
	w.depth++
	if g == grantSome {
		g = w.grants[n.item.id]
	}
	if g != grantNone {
		w.out = append(w.out, '[')
	}
	count := 0
	for more := !w.Eat(']'); more; count++ {
		if g != grantNone && count > 0 {
			w.out = append(w.out, ',')
		}
		w.stack = append(w.stack, pathStep{index: count})
		_, err := w.value(n.item, g)
		w.stack = w.stack[:len(w.stack)-1]
		if err != nil {
			return err
		}
		if more, err = w.Next(']'); err != nil {
			return err
		}
	}
	if g != grantNone {
		w.out = append(w.out, ']')
	}
	w.length(n, count)
	w.depth--
	return nil
}

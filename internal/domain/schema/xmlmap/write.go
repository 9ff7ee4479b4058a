package xmlmap

import (
	"bytes"
	"errors"
	"strconv"
	"sync"
	"unicode/utf8"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
	"mconnect/internal/jsonscan"
)

// writer is one pass from JSON to XML.
type writer struct {
	jsonscan.Scanner
	places
	cfg     *Config
	out     []byte
	spans   []span
	spare   []byte
	dropped int
	depth   int
	count   int
}

var writers = sync.Pool{New: func() any { return new(writer) }}

// XML reads one whole JSON object of the form and appends it to dst as its XML element, children in declared order.
// dropped counts undeclared members left out by policy. What XML cannot hold (control characters, an undeclared member,
// a value of another kind than declared) comes as Fields of input.invalid (of an answer: provider.invalid); what is no
// JSON as message.malformed, message.duplicateKey, message.tooDeep or message.tooLarge (of an answer:
// provider.malformed, provider.tooLarge); dst is then returned at its old length.
func (f *Form) XML(dst, json []byte) (out []byte, dropped int, err error) {
	w := writers.Get().(*writer)
	defer w.release()
	w.cfg, w.out = &f.cfg, dst
	err = unread(w.message(f.root, json))
	if err := f.raise(json, err, w.faults); err != nil {
		return dst, w.dropped, err
	}
	return w.out, w.dropped, nil
}

func (w *writer) release() {
	w.Reset(nil)
	*w = writer{Scanner: w.Scanner, places: places{stack: w.stack[:0]}, spans: w.spans[:0], spare: emptied(w.spare)}
	writers.Put(w)
}

func (w *writer) message(root *node, json []byte) error {
	if len(json) > w.cfg.Limits.Bytes {
		return &flaw{fault.MessageTooLarge, strconv.Itoa(w.cfg.Limits.Bytes), 0}
	}
	w.Reset(json)
	w.MaxDepth = schema.MaxDepth
	if w.Peek() != '{' {
		return w.Bad()
	}
	if err := w.object(root); err != nil {
		return err
	}
	return w.End()
}

// unread turns what the scanner refuses into a flaw.
func unread(err error) error {
	if err == nil {
		return nil
	}
	var at jsonscan.SyntaxError
	switch {
	case errors.As(err, &at):
		return &flaw{fault.MessageMalformed, "JSON", int(at)}
	case errors.Is(err, jsonscan.ErrTooDeep):
		return &flaw{code: fault.MessageTooDeep, what: strconv.Itoa(schema.MaxDepth)}
	}
	return err
}

// begin reads over the bracket that stands here, and over end where it follows at once; it reports whether something
// stands between.
func (w *writer) begin(end byte) bool {
	w.Pos++
	return !w.Eat(end)
}

// value writes one value, which is not null, with its element around it.
func (w *writer) value(n *node) error {
	c := w.Peek()
	switch {
	case n.base == schema.Object && c == '{':
		return w.object(n)
	case n.base == schema.Array && c == '[':
		return w.array(n)
	case n.base == schema.Object, n.base == schema.Array, c == '{', c == '[':
		w.wrong(fault.InputType, "want", string(n.base))
		return w.Skip(0)
	}
	w.out = append(w.out, n.open...)
	if err := w.scalar(n); err != nil {
		return err
	}
	w.out = append(w.out, n.closed...)
	return nil
}

// down counts one level and one value more.
func (w *writer) down() error {
	w.depth++
	if w.depth > schema.MaxDepth {
		return &flaw{fault.MessageTooDeep, strconv.Itoa(schema.MaxDepth), w.Pos}
	}
	return w.tick()
}

func (w *writer) tick() error {
	w.count++
	if w.count > w.cfg.Limits.Elements {
		return &flaw{fault.MessageTooLarge, strconv.Itoa(w.cfg.Limits.Elements), w.Pos}
	}
	return nil
}

func (w *writer) object(n *node) error {
	if err := w.down(); err != nil {
		return err
	}
	w.out = append(w.out, n.open...)
	first, start, last, ordered := len(w.spans), len(w.out), -1, true
	for range n.fields {
		w.spans = append(w.spans, span{})
	}
	for more := w.begin('}'); more; {
		name, err := w.Key()
		if err != nil {
			return err
		}
		if i, ok := n.field(name, last+1); !ok {
			err = w.stray(name)
		} else {
			ordered = ordered && i > last
			last = max(i, last)
			err = w.member(n.fields[i], first+i)
		}
		if err != nil {
			return err
		}
		if more, err = w.Next('}'); err != nil {
			return err
		}
	}
	if !ordered {
		w.out, w.spare = reorder(w.out, w.spare, start, w.spans[first:], 0)
	}
	w.spans = w.spans[:first]
	w.out = append(w.out, n.closed...)
	w.depth--
	return nil
}

// field finds a name among those of the object; the expected one is tried first.
func (n *node) field(name []byte, expected int) (int, bool) {
	if expected < len(n.fields) && string(name) == n.fields[expected].name {
		return expected, true
	}
	i, ok := n.byName[string(name)]
	return i, ok
}

func (w *writer) stray(name []byte) error {
	if w.cfg.Elements == Drop {
		w.dropped++
	} else {
		w.undeclared(name, fault.InputUnknownField)
	}
	return w.Skip(0)
}

// member writes the value of a declared field.
func (w *writer) member(n *node, slot int) error {
	if w.spans[slot].seen {
		return &flaw{code: fault.MessageDuplicateKey, at: w.Pos}
	}
	if err := w.tick(); err != nil {
		return err
	}
	from := len(w.out)
	w.enter(n.name)
	err := w.present(n, !n.mandatory)
	w.leave()
	w.spans[slot] = span{from, len(w.out), true}
	return err
}

// present writes a value or what represents null.
func (w *writer) present(n *node, optional bool) error {
	switch {
	case w.Peek() == 'n':
		switch {
		case n.nullable:
			w.out = append(w.out, n.void...)
		case !optional:
			w.wrong(fault.InputType, "want", string(n.base))
		}
		_, err := w.Literal('n')
		return err
	case n.flat && w.Peek() == '[':
		return w.items(n)
	}
	return w.value(n)
}

func (w *writer) array(n *node) error {
	w.out = append(w.out, n.open...)
	if err := w.items(n); err != nil {
		return err
	}
	w.out = append(w.out, n.closed...)
	return nil
}

func (w *writer) items(n *node) error {
	if err := w.down(); err != nil {
		return err
	}
	count := 0
	for more := w.begin(']'); more; count++ {
		if err := w.tick(); err != nil {
			return err
		}
		w.enterItem(count)
		err := w.present(n.item, false)
		w.leave()
		if err != nil {
			return err
		}
		if more, err = w.Next(']'); err != nil {
			return err
		}
	}
	w.depth--
	return nil
}

// scalar writes the text of one string, number or boolean.
func (w *writer) scalar(n *node) error {
	kind, raw, content, err := w.Scalar()
	switch {
	case err != nil:
		return err
	case kind == 't' || kind == 'f':
		if n.base != schema.Boolean {
			w.wrong(fault.InputType, "want", string(n.base))
		}
		w.out = append(w.out, raw...)
		return nil
	case kind == '0':
		if jsonscan.Exponent(raw) || (n.base != schema.Decimal &&
			(n.base != schema.Integer || bytes.IndexByte(raw, '.') >= 0)) {
			w.wrong(fault.InputType, "want", string(n.base))
		}
		w.out = append(w.out, raw...)
		return nil
	case n.base == schema.Integer, n.base == schema.Boolean:
		w.wrong(fault.InputType, "want", string(n.base))
	}
	from := len(w.out)
	w.text(content)
	if n.base == schema.Decimal {
		if _, _, _, ok := digits(w.out[from:]); !ok {
			w.wrong(fault.InputFormat, "want", "-?digits[.digits]")
		}
	}
	return nil
}

// text writes the content of a string as character data in the form of Canonical XML.
func (w *writer) text(content []byte) {
	for len(content) > 0 {
		i := 0
		for i < len(content) && class[content[i]]&plainXML != 0 {
			i++
		}
		w.out = append(w.out, content[:i]...)
		if content = content[i:]; len(content) > 0 {
			r, size := utf8.DecodeRune(content)
			w.char(r)
			content = content[size:]
		}
	}
}

func (w *writer) char(r rune) {
	switch {
	case r == '&':
		w.out = append(w.out, "&amp;"...)
	case r == '<':
		w.out = append(w.out, "&lt;"...)
	case r == '>':
		w.out = append(w.out, "&gt;"...)
	case r == '\r':
		w.out = append(w.out, "&#xD;"...)
	case !isXMLRune(r):
		w.wrong(fault.InputFormat, "want", "characters that XML 1.0 allows")
	default:
		w.out = utf8.AppendRune(w.out, r)
	}
}

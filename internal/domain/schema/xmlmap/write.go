package xmlmap

import (
	"strconv"
	"sync"
	"unicode/utf8"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
)

// writer is one pass from JSON to XML.
type writer struct {
	scanner
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
// dropped counts undeclared members left out by policy. What XML cannot hold (control characters, an undeclared
// member, a value of another kind than declared) comes as Fields of input.invalid (of an answer: provider.invalid); what is
// no JSON as message.malformed, message.duplicateKey, message.tooDeep or message.tooLarge (of an answer:
// provider.malformed, provider.tooLarge); dst is then returned at its old length.
func (f *Form) XML(dst, json []byte) (out []byte, dropped int, err error) {
	w := writers.Get().(*writer)
	defer w.giveBack()
	w.cfg, w.out = &f.cfg, dst
	err = w.message(f.root, json)
	if err := f.raise(json, err, w.faults); err != nil {
		return dst, w.dropped, err
	}
	return w.out, w.dropped, nil
}

func (w *writer) giveBack() {
	*w = writer{
		scanner: scanner{plain: emptied(w.plain)}, places: places{stack: w.stack[:0]},
		spans: w.spans[:0], spare: emptied(w.spare),
	}
	writers.Put(w)
}

func (w *writer) message(root *node, json []byte) error {
	switch {
	case len(json) > w.cfg.Limits.Bytes:
		return &flaw{fault.MessageTooLarge, strconv.Itoa(w.cfg.Limits.Bytes), 0}
	case !utf8.Valid(json):
		return &flaw{fault.MessageMalformed, "JSON", 0}
	}
	w.in = json
	if w.peek() != '{' {
		return w.malformed()
	}
	if err := w.object(root); err != nil {
		return err
	}
	if w.blank(); w.pos != len(w.in) {
		return w.malformed()
	}
	return nil
}

// value writes one value, which is not null, with its element around it.
func (w *writer) value(n *node) error {
	c := w.peek()
	switch {
	case n.base == schema.Object && c == '{':
		return w.object(n)
	case n.base == schema.Array && c == '[':
		return w.array(n)
	case n.base == schema.Object, n.base == schema.Array, c == '{', c == '[':
		w.wrong(fault.InputType, "want", string(n.base))
		return w.skip()
	}
	w.out = append(w.out, n.open...)
	if err := w.scalar(n, c); err != nil {
		return err
	}
	w.out = append(w.out, n.closed...)
	return nil
}

// down counts one level and one value more.
func (w *writer) down() error {
	w.depth++
	if w.depth > schema.MaxDepth {
		return &flaw{fault.MessageTooDeep, strconv.Itoa(schema.MaxDepth), w.pos}
	}
	return w.tick()
}

func (w *writer) tick() error {
	w.count++
	if w.count > w.cfg.Limits.Elements {
		return &flaw{fault.MessageTooLarge, strconv.Itoa(w.cfg.Limits.Elements), w.pos}
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
		name, err := w.name()
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
		if more, err = w.more('}'); err != nil {
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
	return w.skip()
}

// member writes the value of a declared field.
func (w *writer) member(n *node, slot int) error {
	if w.spans[slot].seen {
		return &flaw{code: fault.MessageDuplicateKey, at: w.pos}
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

// present writes a value or what stands for null.
func (w *writer) present(n *node, optional bool) error {
	switch {
	case w.peek() == 'n':
		switch {
		case n.nullable:
			w.out = append(w.out, n.void...)
		case !optional:
			w.wrong(fault.InputType, "want", string(n.base))
		}
		return w.literal("null")
	case n.flat && w.peek() == '[':
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
		if more, err = w.more(']'); err != nil {
			return err
		}
	}
	w.depth--
	return nil
}

// scalar writes the text of one string, number or boolean.
func (w *writer) scalar(n *node, c byte) error {
	switch {
	case c == 't' || c == 'f':
		word := "true"
		if c == 'f' {
			word = "false"
		}
		if n.base != schema.Boolean {
			w.wrong(fault.InputType, "want", string(n.base))
		}
		w.out = append(w.out, word...)
		return w.literal(word)
	case c == '-' || (c >= '0' && c <= '9'):
		text, whole, exponent, err := w.number()
		if err != nil {
			return err
		}
		if exponent || (n.base != schema.Decimal && (n.base != schema.Integer || !whole)) {
			w.wrong(fault.InputType, "want", string(n.base))
		}
		w.out = append(w.out, text...)
		return nil
	case c != '"':
		return w.malformed()
	case n.base == schema.Integer, n.base == schema.Boolean:
		w.wrong(fault.InputType, "want", string(n.base))
	}
	from := len(w.out)
	if err := w.text(); err != nil {
		return err
	}
	if n.base == schema.Decimal {
		if _, _, _, ok := digits(w.out[from:]); !ok {
			w.wrong(fault.InputFormat, "want", "-?digits[.digits]")
		}
	}
	return nil
}

// text writes a JSON string as character data in the form of Canonical XML.
func (w *writer) text() error {
	w.pos++
	for {
		from := w.pos
		for w.pos < len(w.in) && class[w.in[w.pos]]&plainXML != 0 {
			w.pos++
		}
		w.out = append(w.out, w.in[from:w.pos]...)
		if w.pos >= len(w.in) {
			return w.malformed()
		}
		switch c := w.in[w.pos]; c {
		case '"':
			w.pos++
			return nil
		case '\\':
			r, err := w.escape()
			if err != nil {
				return err
			}
			w.char(r)
		case 0xEF:
			r, size := utf8.DecodeRune(w.in[w.pos:])
			w.pos += size
			w.char(r)
		default:
			if c < 0x20 {
				return w.malformed()
			}
			w.pos++
			w.char(rune(c))
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

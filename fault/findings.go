package fault

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mconnect"
)

// Findings gathers what is wrong with one resource or message while it is examined. The zero value is
// ready. It is not safe for concurrent use.
type Findings []FieldError

// Add notes that the place path (JSON pointer, RFC 6901) is against code. Params are alternating names
// and values; a Near without a value is left out.
func (f *Findings) Add(path string, code Code, params ...string) {
	e := FieldError{Path: path, Code: code}
	if len(params) > 1 {
		e.Params = make(map[string]string, len(params)/2)
		for i := 0; i+1 < len(params); i += 2 {
			if params[i] != Near || params[i+1] != "" {
				e.Params[params[i]] = params[i+1]
			}
		}
	}
	*f = append(*f, e)
}

// Under adds others with their paths prefixed by path.
func (f *Findings) Under(path string, others []FieldError) {
	for _, o := range others {
		o.Path = path + o.Path
		*f = append(*f, o)
	}
}

// Length notes a text that is shorter or longer, in characters, than min to max, or that holds control
// characters other than line feed and tab. A text missing where min > 0 is noted as missing.
func (f *Findings) Length(path, text string, min, max int) {
	n := utf8.RuneCountInString(text)
	switch {
	case min > 0 && strings.TrimSpace(text) == "":
		f.Add(path, InputMissing)
	case n < min || n > max:
		f.Add(path, InputLength, "min", strconv.Itoa(min), "max", strconv.Itoa(max))
	case !utf8.ValidString(text) || strings.ContainsFunc(text, forbidden):
		f.Add(path, InputFormat, "want", "text without control characters")
	}
}

// AtMost notes a list of n items that is longer than max.
func (f *Findings) AtMost(path string, n, max int) {
	if n > max {
		f.Add(path, InputLength, "min", "0", "max", strconv.Itoa(max))
	}
}

func forbidden(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

// Text notes what is wrong with a text in three languages: Romanian is mandatory when mandatory is set
// or another language is given, and none exceeds max characters.
func (f *Findings) Text(path string, t mconnect.Text, mandatory bool, max int) {
	min := 0
	if mandatory || t.EN != "" || t.RU != "" {
		min = 1
	}
	f.Length(path+"/ro", t.RO, min, max)
	f.Length(path+"/en", t.EN, 0, max)
	f.Length(path+"/ru", t.RU, 0, max)
}

// OneOf notes a value that is none of allowed; "" in allowed makes it optional.
func (f *Findings) OneOf(path, value string, allowed ...string) {
	var shown []string
	for _, a := range allowed {
		if a == value {
			return
		}
		if a != "" {
			shown = append(shown, a)
		}
	}
	if value == "" {
		f.Add(path, InputMissing)
		return
	}
	f.Add(path, InputEnum, "values", strings.Join(shown, ", "), Near, Nearest(value, shown))
}

// Parsed notes an identifier whose Parse failed with err; a nil err notes nothing.
func (f *Findings) Parsed(path, value string, err error) {
	switch {
	case value == "":
		f.Add(path, InputMissing)
	case err != nil:
		f.Add(path, InputFormat, "want", wanted(err))
	}
}

func wanted(err error) string {
	if p, ok := err.(*mconnect.ParseError); ok {
		return p.Want
	}
	return "a valid value"
}

// Err returns nil when nothing was found, else an *Error of code with at most MaxFields findings.
func (f Findings) Err(code Code, params ...string) error {
	return f.Bounded(MaxFields, code, params...)
}

// Bounded is Err for at most n findings; Error.More counts those that are left out.
func (f Findings) Bounded(n int, code Code, params ...string) error {
	if len(f) == 0 {
		return nil
	}
	e := New(code, params...)
	e.Fields = f[:min(len(f), n)]
	e.More = len(f) - len(e.Fields)
	return e
}

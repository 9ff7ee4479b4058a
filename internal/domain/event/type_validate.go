package event

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"mconnect"
	"mconnect/fault"
)

// Limits of a type, in items, characters or bytes.
const (
	MaxSchema     = 256 << 10
	MaxExample    = 64 << 10
	MaxProducers  = 100
	MaxSources    = 100
	maxTitle      = 300
	maxAbout      = 4000
	maxCategories = 20
	maxSource     = 1024
)

// Retention of a type lies between these.
const (
	MinRetention = time.Hour
	MaxRetention = 90 * 24 * time.Hour
)

// Validate says everything that is wrong with the type by itself, its schema and example included; whether owner and
// producers exist is for country to say.
func (t Type) Validate() []fault.FieldError {
	_, found := t.compile()
	return found
}

// compile validates t and makes it ready: nothing is compiled twice.
func (t Type) compile() (*ReadyType, fault.Findings) {
	var f fault.Findings
	_, err := mconnect.ParseEventType(string(t.Name))
	f.Parsed("/name", string(t.Name), err)
	if t.Version.Major == 0 {
		f.Add("/version", fault.InputMissing)
	}
	_, err = mconnect.ParseParticipantID(string(t.Owner))
	f.Parsed("/owner", string(t.Owner), err)
	f.Text("/title", t.Title, true, maxTitle)
	f.Text("/description", t.Description, true, maxAbout)
	if len(t.Categories) > maxCategories {
		f.Add("/categories", fault.InputLength, "min", "0", "max", fmt.Sprint(maxCategories))
	}
	for i, c := range t.Categories {
		f.Length(fmt.Sprintf("/categories/%d", i), c, 1, 40)
	}
	f.OneOf("/status", string(t.Status), string(Draft), string(Published), string(Deprecated), string(Retired))
	if t.Successor != "" {
		_, err := mconnect.ParseEventType(string(t.Successor))
		f.Parsed("/successor", string(t.Successor), err)
	}
	t.validateContent(&f)
	if r := time.Duration(t.Retention); r != 0 && (r < MinRetention || r > MaxRetention) {
		f.Add("/retention", fault.InputRange, "min", MinRetention.String(), "max", MaxRetention.String())
	}
	if t.Partition != "" && t.Partition != "free" {
		if _, err := ParsePath(t.Partition); err != nil {
			f.Add("/partition", fault.EventPath)
		}
	}
	t.validateAttributes(&f)
	t.validateProducers(&f)
	ready := &ReadyType{Type: t}
	t.validateSchema(&f, ready)
	return ready, f
}

func (t Type) validateContent(f *fault.Findings) {
	for i, c := range t.Content {
		path := fmt.Sprintf("/content/%d", i)
		f.OneOf(path, string(c), string(JSON), string(Text), string(Binary))
		if slices.Contains(t.Content[:i], c) {
			f.Add(path, fault.ResourceDuplicate, "kind", "Content", "id", string(c))
		}
	}
}

func (t Type) validateAttributes(f *fault.Findings) {
	if len(t.Attributes) > MaxExtensions {
		f.Add("/attributes", fault.InputLength, "min", "0", "max", fmt.Sprint(MaxExtensions))
	}
	for i, name := range t.Attributes {
		path := fmt.Sprintf("/attributes/%d", i)
		switch {
		case !isName(name) || slices.Contains(attributes, name) || name == "data" || name == "offset":
			f.Add(path, fault.InputFormat, "want",
				"an extension attribute: 1 to 40 letters a-z and digits, no attribute of CloudEvents itself")
		case slices.Contains(t.Attributes[:i], name):
			f.Add(path, fault.ResourceDuplicate, "kind", "Attribute", "id", name)
		}
	}
}

func (t Type) validateProducers(f *fault.Findings) {
	if len(t.Producers) == 0 && t.Live() {
		f.Add("/producers", fault.InputMissing)
	}
	if len(t.Producers) > MaxProducers {
		f.Add("/producers", fault.InputLength, "min", "1", "max", fmt.Sprint(MaxProducers))
	}
	seen := map[mconnect.SystemID]bool{}
	for i, p := range t.Producers {
		path := fmt.Sprintf("/producers/%d", i)
		_, err := mconnect.ParseSystemID(string(p.System))
		f.Parsed(path+"/system", string(p.System), err)
		if seen[p.System] {
			f.Add(path+"/system", fault.ResourceDuplicate, "kind", "Producer", "id", string(p.System))
		}
		seen[p.System] = true
		if n := len(p.Sources); n == 0 {
			f.Add(path+"/sources", fault.InputMissing)
		} else if n > MaxSources {
			f.Add(path+"/sources", fault.InputLength, "min", "1", "max", fmt.Sprint(MaxSources))
		}
		for j, s := range p.Sources {
			if !isSourcePattern(s) {
				f.Add(fmt.Sprintf("%s/sources/%d", path, j), fault.InputFormat, "want",
					`a URI-reference such as "urn:asp:rsc", with "*" at most at its end`)
			}
		}
	}
}

// isSourcePattern: CloudEvents 1.0 wants a non-empty URI-reference; RFC 3986 lets it hold no space, no control
// character and no angle bracket or quote.
func isSourcePattern(s string) bool {
	if s == "" || len(s) > maxSource || !utf8.ValidString(s) || strings.ContainsAny(s, " <>\"{}|\\^`") {
		return false
	}
	for _, r := range s {
		if r < 0x20 || r == 0x7f {
			return false
		}
	}
	return !strings.Contains(s[:len(s)-1], "*")
}

// validateSchema compiles the schema and holds the example to it.
func (t Type) validateSchema(f *fault.Findings, ready *ReadyType) {
	json := len(t.Content) == 0 || slices.Contains(t.Content, JSON)
	switch {
	case !json && len(t.Schema) > 0:
		f.Add("/schema", fault.EventSchema, "what", "the content is not json")
		return
	case !json:
		return
	case len(t.Schema) == 0:
		f.Add("/schema", fault.InputMissing)
		return
	case len(t.Schema) > MaxSchema:
		f.Add("/schema", fault.InputLength, "min", "1", "max", fmt.Sprint(MaxSchema))
		return
	}
	schema, err := CompileSchema(t.Schema)
	if err != nil {
		f.Add("/schema", fault.EventSchema, inWords(err)...)
		return
	}
	ready.schema = schema
	switch {
	case len(t.Example) == 0 && t.Live():
		f.Add("/example", fault.InputMissing)
	case len(t.Example) > MaxExample:
		f.Add("/example", fault.InputLength, "min", "1", "max", fmt.Sprint(MaxExample))
	case len(t.Example) > 0:
		f.Under("/example", schema.Check(t.Example))
	}
	if t.Partition != "" && t.Partition != "free" && len(t.Example) > 0 && len(*f) == 0 {
		if p, err := ParsePath(t.Partition); err == nil {
			if _, ok := p.In(t.Example); !ok {
				f.Add("/partition", fault.EventPath)
			}
		}
	}
}

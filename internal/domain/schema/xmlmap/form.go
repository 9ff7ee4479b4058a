package xmlmap

import (
	"strings"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
)

// Namespace is that of all elements of the platform; XSI that of nil.
const (
	Namespace = "https://mconnect.gov.md"
	XSI       = "http://www.w3.org/2001/XMLSchema-instance"

	namespaceXML   = "http://www.w3.org/XML/1998/namespace"
	namespaceXMLNS = "http://www.w3.org/2000/xmlns/"
)

// Policy reports what becomes of something that the type does not declare.
type Policy uint8

// The policies.
const (
	Refuse Policy = iota // it makes the message invalid
	Drop                 // it is left out and counted
)

// Limits bound one message; zero values take the defaults.
type Limits struct {
	Bytes      int // of either form; 64 MiB
	Depth      int // of XML elements inside one another; 64
	Elements   int // XML elements, or JSON values, of one message; 1 000 000
	Attributes int // of one element, namespace declarations included; 32
}

// Defaults of Limits.
const (
	DefaultBytes      = 64 << 20
	DefaultDepth      = 2 * schema.MaxDepth
	DefaultElements   = 1_000_000
	DefaultAttributes = 32
)

// Config reports how a type looks in XML. The zero value of all but Type is the platform's own form.
type Config struct {
	Type      schema.Type
	Answer    bool   // faults are the provider's (provider.*) and not the caller's (input.*, xml.*)
	Element   string // local name of the root element; default: the type's name
	Namespace string // of all elements; default Namespace
	NoSpace   bool   // elements stand in no namespace at all
	BareChild bool   // elements below the root stand in no namespace (elementFormDefault unqualified)

	// Names gives places of the type other element names, as a provider wants them: "Address.Street" →
	// "strada" or "{urn:x}strada". The items of an array are named by its path and "[]": "Owners[]" →
	// "proprietar", or "" where the array's own element repeats.
	Names map[string]string

	Elements   Policy         // undeclared elements (of XML) and members (of JSON)
	Attributes Policy         // attributes other than those of xsi, xml: and WS-Security ids, which never count
	AnySpace   bool           // reading, an element below the root is known by its local name alone
	AnyRoot    bool           // reading, the root too: whoever found it has judged its namespace
	Ordered    bool           // reading XML, elements out of declared order are refused
	BlankIsNo  bool           // reading XML, an empty element of an optional non-string value counts as absent
	Zone       *time.Location // reading XML, of date-times that state none; nil: they are refused
	Numbers    bool           // reading XML, decimals become JSON numbers and not strings
	Limits     Limits
}

// Form is a compiled Config. It is never changed once made; any number of messages may use it at once.
type Form struct {
	cfg  Config
	root *node
}

// node is one place of a type with the bytes it is written with.
type node struct {
	path               string // of the type, "" for the root
	name               string // in JSON
	base               schema.Base
	mandatory          bool
	nullable           bool
	quoted             []byte // `"Name":`
	local, space       string // in XML
	open, closed, void []byte // `<Name xmlns="…">`, `</Name>`, and the whole element that is nil
	fields             []*node
	byName             map[string]int // of fields, in JSON
	byLocal            map[string]int // of fields, in XML
	item               *node
	flat               bool // an array without an element of its own
}

// Compile checks cfg and prepares it. The fault is resource.invalid with Fields: what CompileType says of
// the type, or a place under /names or /element that cannot be an element's name.
func Compile(cfg Config) (*Form, error) {
	if _, err := schema.CompileType(cfg.Type); err != nil {
		return nil, err
	}
	fill(&cfg.Element, cfg.Type.Name)
	fill(&cfg.Namespace, Namespace)
	if cfg.NoSpace {
		cfg.Namespace = ""
	}
	fill(&cfg.Limits.Bytes, DefaultBytes)
	fill(&cfg.Limits.Depth, DefaultDepth)
	fill(&cfg.Limits.Elements, DefaultElements)
	fill(&cfg.Limits.Attributes, DefaultAttributes)
	c := compiler{cfg: &cfg, used: map[string]bool{}}
	root := c.node(schema.Field{Name: cfg.Type.Name, Type: schema.Object, Fields: cfg.Type.Fields}, nil, "",
		cfg.Element)
	for path := range cfg.Names {
		if !c.used[path] {
			c.found.Add("/names/"+strings.ReplaceAll(path, "/", "~1"), fault.InputUnknownField)
		}
	}
	if len(c.found) > 0 {
		return nil, c.found.Err(fault.ResourceInvalid, "kind", "XML", "id", cfg.Type.Name)
	}
	return &Form{cfg: cfg, root: root}, nil
}

func fill[T comparable](at *T, value T) {
	var zero T
	if *at == zero {
		*at = value
	}
}

type compiler struct {
	cfg   *Config
	used  map[string]bool // paths of Names that exist
	found fault.Findings
}

func (c *compiler) node(f schema.Field, parent *node, path, element string) *node {
	n := &node{
		path: path, name: f.Name, base: f.Type, mandatory: f.Mandatory, nullable: f.Nullable,
		quoted: []byte(`"` + f.Name + `":`),
	}
	c.name(n, parent, element)
	switch f.Type {
	case schema.Object:
		c.object(n, f)
	case schema.Array:
		c.array(n, f, parent, strings.HasSuffix(path, "[]"))
	}
	return n
}

// name settles the element's name and namespace and the bytes it is written with.
func (c *compiler) name(n, parent *node, element string) {
	n.space = c.cfg.Namespace
	if parent != nil && c.cfg.BareChild {
		n.space = ""
	}
	n.local = element
	if rest, ok := strings.CutPrefix(element, "{"); ok {
		n.space, n.local, _ = strings.Cut(rest, "}")
	}
	if !isNCName(n.local) || n.space == XSI || n.space == namespaceXML || n.space == namespaceXMLNS ||
		!isSpace(n.space) {
		c.found.Add("/names/"+n.path, fault.InputFormat, "want", "an XML name, or {namespace}name")
	}
	outer := ""
	if parent != nil {
		outer = parent.space
	}
	declared := ""
	if n.space != outer {
		declared = ` xmlns="` + attributeText(n.space) + `"`
	}
	n.open = []byte("<" + n.local + declared + ">")
	n.closed = []byte("</" + n.local + ">")
	n.void = []byte("<" + n.local + declared + ` xmlns:xsi="` + XSI + `" xsi:nil="true"></` + n.local + ">")
}

func (c *compiler) object(n *node, f schema.Field) {
	n.byName, n.byLocal = make(map[string]int, len(f.Fields)), make(map[string]int, len(f.Fields))
	base := strings.ReplaceAll(n.path, "[]", "") // arrays are stepped through
	if base != "" {
		base += "."
	}
	for i, child := range f.Fields {
		path := base + child.Name
		made := c.node(child, n, path, c.named(path, child.Name))
		if _, twice := n.byLocal[made.local]; twice {
			c.found.Add("/names/"+path, fault.MessageDuplicateKey)
		}
		n.fields = append(n.fields, made)
		n.byName[made.name], n.byLocal[made.local] = i, i
	}
}

func (c *compiler) array(n *node, f schema.Field, parent *node, isItem bool) {
	path := n.path + "[]"
	element, flat := Item(f, isItem)
	if given, ok := c.cfg.Names[path]; ok {
		element, c.used[path] = given, true
		flat = given == "" && !f.Nullable && !isItem
	}
	n.flat = flat
	outer := n
	switch {
	case n.flat:
		outer, element = parent, n.local
		if c.qualified(n, parent) {
			element = "{" + n.space + "}" + n.local
		}
	case element == "":
		element = schema.UsualItem
	}
	n.item = c.node(*f.Items, outer, path, element)
}

// Item is catalog.ItemElement.
func Item(f schema.Field, inArray bool) (name string, flat bool) { return f.ItemElement(inArray) }

// qualified: n's namespace is another than name would choose.
func (c *compiler) qualified(n, parent *node) bool {
	usual := c.cfg.Namespace
	if parent != nil && c.cfg.BareChild {
		usual = ""
	}
	return n.space != usual
}

func (c *compiler) named(path, usual string) string {
	if given, ok := c.cfg.Names[path]; ok {
		c.used[path] = true
		return given
	}
	return usual
}

// Element returns the namespace and local name of the root element.
func (f *Form) Element() (space, local string) { return f.root.space, f.root.local }

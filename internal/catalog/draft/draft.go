package draft

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"path"
	"reflect"
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/catalog"
)

// Bounds of what one import reads.
const (
	MaxBytes    = 16 << 20 // of one file
	MaxFiles    = 64       // that one description consists of
	MaxElements = 500_000  // of all files together
	MaxNested   = 200      // elements, or values, inside one another
	MaxServices = 1000     // operations of one description
	MaxNotes    = 200      // of one draft; the last one says how many more there were
)

// Form is how a description is written.
type Form string

// The forms.
const (
	WSDL       Form = "wsdl"
	XSD        Form = "xsd"
	OpenAPI    Form = "openapi"
	JSONSchema Form = "jsonschema"
)

// Policy says what becomes of XML attributes, which the catalogue's types do not have.
type Policy string

// The policies.
const (
	Drop   Policy = "drop"   // leave them out and say so
	Refuse Policy = "refuse" // leave the operation out
)

// Source is a description: a file, and the folder in which the files that it refers to are looked for.
type Source struct {
	Folder fs.FS
	Name   string // of the file, inside Folder
}

// Options say how drafts are made. The zero value is useful.
type Options struct {
	Form       Form              // "": as the file looks
	Provider   mconnect.SystemID // default: a placeholder, to be decided
	Operation  string            // make a draft of this operation only
	Lang       mconnect.Lang     // of words whose language the description does not state; default Romanian
	Attributes Policy            // default Drop
}

// Result is what a description gave.
type Result struct {
	Form   Form
	Drafts []Draft // in the order of the description
	Left   []Note  // operations that the platform cannot carry, each with the reason
}

// Draft is one service to be, with what is to be known about how it was made.
type Draft struct {
	catalog.Service
	SOAP  *SOAP // how its provider is called, when the description is a WSDL
	From  string
	Notes []Note
}

// SOAP is how an operation of a WSDL is called.
type SOAP struct {
	URL      string
	Version  string // "1.1" or "1.2"
	Action   string
	Request  Wire
	Response Wire
}

// Wire is how a message looks in the provider's XML, as package xmljson is told it.
type Wire struct {
	Element   string            `yaml:"element"`
	Namespace string            `yaml:"namespace"`
	Form      string            `yaml:"form,omitempty"`  // "unqualified": elements below the root stand in no namespace
	Names     map[string]string `yaml:"names,omitempty"` // field path → "name" or "{namespace}name", where it is not the field's own name in Namespace
}

// Kind says what a note asks of its reader.
type Kind string

// The kinds of note.
const (
	Decide  Kind = "decide"  // a person must decide
	Changed Kind = "changed" // carried over in another form
	Lost    Kind = "lost"    // not carried over
)

// Note is one thing that a person must know about a draft.
type Note struct {
	Kind  Kind   `json:"kind"`
	Field string `json:"field,omitempty"` // "response.Address.City"; "" for the service as a whole
	Where string `json:"where"`           // "register.wsdl:120"
	Text  string `json:"text"`
}

// Placeholder is the provider of drafts for which none was named.
const Placeholder mconnect.SystemID = "decide.provider"

// Read reads a description. Faults: import.malformed, import.unsupported, import.reference, import.limit, each with the
// place; import.empty when no operation could be carried, with Left set all the same.
func Read(src Source, opt Options) (Result, error) {
	opt.Lang = cmp.Or(opt.Lang, mconnect.Romanian)
	opt.Attributes = cmp.Or(opt.Attributes, Drop)
	r := &reader{src: src, opt: opt, seen: map[string]bool{}}
	text, err := r.file(src.Name)
	if err != nil {
		return Result{}, err
	}
	if opt.Form == "" {
		opt.Form = looksLike(text)
		r.opt.Form = opt.Form
	}
	r.result.Form = opt.Form
	switch opt.Form {
	case WSDL:
		err = r.wsdl(text)
	case XSD:
		err = r.xsd(text)
	case OpenAPI, JSONSchema:
		err = r.document(text)
	default:
		err = unsupported(src.Name, "a description in the form "+string(opt.Form))
	}
	if err != nil {
		return r.result, err
	}
	r.settle()
	if len(r.result.Drafts) == 0 {
		return r.result, fault.New(fault.ImportEmpty, "where", src.Name)
	}
	return r.result, nil
}

// reader is one import under way.
type reader struct {
	src      Source
	opt      Options
	seen     map[string]bool // files read
	elements int
	result   Result
}

// file reads one file of the folder. A name that leads out of it is refused before the file system is asked.
func (r *reader) file(name string) ([]byte, error) {
	name = path.Clean(name)
	if !fs.ValidPath(name) {
		return nil, fault.New(fault.ImportReference, "ref", name, "where", r.src.Name)
	}
	if r.seen[name] = true; len(r.seen) > MaxFiles {
		return nil, fault.New(fault.ImportLimit, "where", name, "limit", fmt.Sprint(MaxFiles)+" files")
	}
	f, err := r.src.Folder.Open(name)
	if err != nil {
		return nil, fault.Wrap(err, fault.ImportReference, "ref", name, "where", r.src.Name)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err != nil {
		return nil, fault.Wrap(err, fault.ImportReference, "ref", name, "where", r.src.Name)
	}
	if len(text) > MaxBytes {
		return nil, fault.New(fault.ImportLimit, "where", name, "limit", fmt.Sprint(MaxBytes)+" bytes")
	}
	return text, nil
}

func malformed(where, what string) error {
	return fault.New(fault.ImportMalformed, "where", where, "what", what)
}

func unsupported(where, what string) error {
	return fault.New(fault.ImportUnsupported, "where", where, "what", what)
}

// looksLike tells the form of a description by what stands in it.
func looksLike(text []byte) Form {
	head := string(text[:min(len(text), 64<<10)])
	trimmed := strings.TrimLeft(head, "\ufeff \t\r\n")
	switch {
	case strings.HasPrefix(trimmed, "<") && strings.Contains(head, spaceWSDL):
		return WSDL
	case strings.HasPrefix(trimmed, "<"):
		return XSD
	case strings.Contains(head, "openapi") || strings.Contains(head, "swagger"):
		return OpenAPI
	}
	return JSONSchema
}

// wanted reports whether an operation was asked for.
func (r *reader) wanted(operation string) bool {
	return r.opt.Operation == "" || r.opt.Operation == operation || r.opt.Operation == serviceName(operation)
}

// left notes an operation that cannot be carried. A fault that is not about the operation is returned.
func (r *reader) left(operation string, err error) error {
	f := fault.From(err)
	switch f.Code {
	case fault.ImportUnsupported, fault.ImportReference, fault.ImportLimit:
	default:
		return err
	}
	r.result.Left = append(r.result.Left, Note{Kind: Lost, Field: operation, Where: f.Params["where"], Text: f.Sentence(mconnect.English)})
	return nil
}

// add completes a draft and takes it in.
func (r *reader) add(d Draft, operation string) error {
	if len(r.result.Drafts)+len(r.result.Left) >= MaxServices {
		return fault.New(fault.ImportLimit, "where", r.src.Name, "limit", fmt.Sprint(MaxServices)+" operations")
	}
	d.Name = mconnect.ServiceName(serviceName(operation))
	if d.Version.IsZero() {
		d.Version = mconnect.Version{Major: 1}
	}
	d.Status, d.Provider = catalog.Draft, cmp.Or(r.opt.Provider, Placeholder)
	d.From = operation
	if d.Title.RO == "" {
		d.Title.RO = spaced(operation)
	}
	if d.Request.Name = fieldName(d.Request.Name); d.Request.Name == "" {
		d.Request.Name = string(d.Name)
	}
	if d.Opaque == nil {
		if d.Response.Name = fieldName(d.Response.Name); d.Response.Name == "" {
			d.Response.Name = string(d.Name) + "Answer"
		}
	}
	if _, err := catalog.CompileType(d.Request); err != nil {
		return r.left(operation, uncompiled(d, "request", err))
	}
	if _, err := catalog.CompileType(d.Response); err != nil && d.Opaque == nil {
		return r.left(operation, uncompiled(d, "response", err))
	}
	guess(&d)
	r.result.Drafts = append(r.result.Drafts, d)
	return nil
}

// uncompiled says why the catalogue would not take a type.
func uncompiled(d Draft, side string, err error) error {
	what := "the " + side + " of " + string(d.Name)
	for _, f := range fault.From(err).Fields {
		what += " " + f.Path + ": " + (&fault.Error{Code: f.Code, Params: f.Params}).Sentence(mconnect.English)
		break
	}
	return fault.Wrap(err, fault.ImportUnsupported, "where", d.From, "what", what)
}

// reserved are names that the platform's own messages use.
var reserved = map[string]bool{"CallingUser": true, "CallingEntity": true, "CallBasis": true, "CallReason": true}

// settle gives names that may stand together in one WSDL of a consumer: services are unique, answers of different
// shapes differ in name from one another and from every service.
func (r *reader) settle() {
	services, answers := map[string]bool{}, map[string]catalog.Type{}
	for i := range r.result.Drafts {
		d := &r.result.Drafts[i]
		name := string(d.Name)
		for n := 2; services[name] || reserved[name]; n++ {
			name = fmt.Sprint(d.Name, n)
		}
		if name != string(d.Name) {
			d.note(Changed, "", d.From, "another operation has the same name: called "+name)
			d.Name = mconnect.ServiceName(name)
		}
		services[name] = true
	}
	for i := range r.result.Drafts {
		d := &r.result.Drafts[i]
		if d.Opaque != nil {
			continue
		}
		before, known := answers[d.Response.Name]
		taken := services[d.Response.Name] || reserved[d.Response.Name] || known && !reflect.DeepEqual(before, d.Response)
		if taken {
			was := d.Response.Name
			d.Response.Name = string(d.Name) + "Answer"
			d.note(Changed, "response", d.From, "the name "+was+" stands for something else already")
		}
		answers[d.Response.Name] = d.Response
	}
}

// note adds a note, up to MaxNotes.
func (d *Draft) note(kind Kind, field, where, text string) {
	d.Notes = noted(d.Notes, Note{kind, field, where, text})
}

// noted appends n, once; what goes beyond MaxNotes is summed up by the last note.
func noted(notes []Note, n Note) []Note {
	for _, other := range notes {
		if other == n {
			return notes
		}
	}
	if len(notes) < MaxNotes {
		return append(notes, n)
	}
	notes[MaxNotes-1] = Note{Kind: Lost, Where: n.Where, Text: fmt.Sprintf("more than %d notes: the rest is not listed", MaxNotes-1)}
	return notes
}

package importer

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
)

// Bounds of what one import reads.
const (
	MaxBytes    = 16 << 20 // of one file
	MaxFiles    = 64       // that one description consists of
	MaxElements = 500_000  // of all files together
	MaxNested   = 200      // elements, or values, inside one another
	MaxServices = 1000     // operations of one description
	MaxNotes    = 1000     // of one draft; the last one says what the others are about
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

// Policy reports what becomes of XML attributes, which the catalogue's types do not have.
type Policy string

// The policies.
const (
	Fields Policy = "fields" // make fields of them, which the endpoint's attributes name
	Drop   Policy = "drop"   // leave them out and say so
	Refuse Policy = "refuse" // leave the operation out
)

// Source is a description: a file, and the folder in which the files that it refers to are looked for.
type Source struct {
	Folder fs.FS
	Name   string            // of the file, inside Folder
	Map    map[string]string // address or XML namespace → file of Folder that is read in its place
}

// Options say how drafts are made. The zero value is useful.
type Options struct {
	Form       Form              // "": as the file looks
	Provider   mconnect.SystemID // default: a placeholder, to be decided
	Operation  string            // make a draft of this operation only
	Lang       mconnect.Lang     // of words whose language the description does not state; default Romanian
	Attributes Policy            // default Fields
}

// Result is what a description gave.
type Result struct {
	Form   Form
	Drafts []Draft // in the order of the description
	Left   []Note  // operations that the platform cannot carry, each with the reason
	Notes  []Note  // on the description as a whole: what was not fetched, what was read in its place
}

// Draft is one service to be, with what is to be known about how it was made.
type Draft struct {
	catalog.Service
	From  string
	Notes []Note

	beyond []string // fields of notes for which there was no room
}

// Placeholder is the provider of drafts for which none was named.
const Placeholder mconnect.SystemID = "decide.provider"

// Read reads a description. Faults: import.malformed, import.encoding, import.unsupported, import.reference,
// import.outside, import.remote, import.limit, each with the place; import.empty when no operation could be carried,
// with Left set all the same.
func Read(src Source, opt Options) (Result, error) {
	opt.Lang = cmp.Or(opt.Lang, mconnect.Romanian)
	opt.Attributes = cmp.Or(opt.Attributes, Fields)
	r := &reader{
		src: src, opt: opt, seen: map[string]bool{}, mapped: map[string]bool{}, docs: map[string]*document{},
		derived: map[*document]map[*yaml.Node][]member{}, reached: map[any]bool{}, result: Result{Form: opt.Form},
	}
	text, err := r.file(src.Name)
	if err != nil {
		return Result{}, err
	}
	markup := strings.HasPrefix(strings.TrimLeft(string(text[:min(len(text), 1000)]), " \t\r\n"), "<")
	switch form := opt.Form; {
	case form == WSDL, form == XSD, form == "" && markup:
		err = r.markup(text)
	case form == OpenAPI, form == JSONSchema, form == "":
		err = r.document(text)
	default:
		err = unsupported(src.Name, "a description in the form "+clip(string(opt.Form), 40))
	}
	if err != nil {
		return r.result, err
	}
	for key, to := range src.Map {
		if !r.mapped[key] {
			r.remark(Decide, src.Name, "nothing refers to %s, which was to be read from %s", clip(key, 200), to)
		}
	}
	slices.SortFunc(r.result.Notes, func(a, b Note) int { return cmp.Compare(a.Where+a.Text, b.Where+b.Text) })
	r.rename()
	if len(r.result.Drafts)+len(r.result.Left) == 0 && len(r.unfetched) > 0 {
		first := r.unfetched[0]
		return r.result, r.absent(path.Base(first.ref), first.space, first.where)
	}
	if len(r.result.Drafts) == 0 {
		return r.result, fault.New(fault.ImportEmpty, "where", src.Name)
	}
	return r.result, nil
}

// markup reads a description in XML by its root element.
func (r *reader) markup(text []byte) error {
	root, err := r.tree(r.src.Name, text)
	if err != nil {
		return err
	}
	if r.opt.Form == "" {
		r.opt.Form = XSD
		if root.is(spaceWSDL, "definitions") {
			r.opt.Form = WSDL
		}
		r.result.Form = r.opt.Form
	}
	if r.opt.Form == WSDL {
		return r.wsdl(root)
	}
	return r.xsd(root)
}

// reader is one import under way.
type reader struct {
	src       Source
	opt       Options
	seen      map[string]bool // files read
	mapped    map[string]bool // entries of Source.Map that were of use
	unfetched []location
	docs      map[string]*document
	derived   map[*document]map[*yaml.Node][]member // schema → those that are derived from it
	elements  int
	reached   map[any]bool // declarations, as nodes, that a draft was made of
	result    Result
}

func malformed(where, what string) error {
	return fault.New(fault.ImportMalformed, "where", where, "what", what)
}

func unsupported(where, what string) error {
	return fault.New(fault.ImportUnsupported, "where", where, "what", what)
}

// unused names the declarations of which no draft was made: they are not lost, for no operation that was carried refers
// to them.
func (r *reader) unused(where string, all []string) {
	if len(all) > 0 && r.opt.Operation == "" {
		r.remark(Lost, where, "declared, and used by no draft: %s", names(all))
	}
}

// wanted reports whether an operation was asked for.
func (r *reader) wanted(operation string) bool {
	return r.opt.Operation == "" || r.opt.Operation == operation || r.opt.Operation == serviceName(operation)
}

// left notes an operation that cannot be carried. A fault that is not about the operation is returned.
func (r *reader) left(operation string, err error) error {
	f := fault.From(err)
	switch f.Code {
	case fault.ImportUnsupported, fault.ImportReference, fault.ImportOutside, fault.ImportRemote, fault.ImportLimit:
	default:
		return err
	}
	r.result.Left = append(r.result.Left, Note{Kind: Lost, Field: operation, Where: f.Params["where"],
		Text: f.Sentence(mconnect.English)})
	return nil
}

// add completes a draft and takes it in.
func (r *reader) add(d Draft, operation string) error {
	if len(r.result.Drafts)+len(r.result.Left) >= MaxServices {
		return fault.New(fault.ImportLimit, "where", r.src.Name, "limit", fmt.Sprint(MaxServices)+" operations")
	}
	d.Name, d.From = mconnect.ServiceName(serviceName(operation)), operation
	d.Version = cmp.Or(d.Version, mconnect.Version{Major: 1})
	d.Status, d.Provider = catalog.Draft, cmp.Or(r.opt.Provider, Placeholder)
	d.Title.RO = cmp.Or(d.Title.RO, spaced(operation))
	d.Request.Name = cmp.Or(fieldName(d.Request.Name), string(d.Name))
	if d.Opaque == nil {
		d.Response.Name = cmp.Or(fieldName(d.Response.Name), string(d.Name)+"Answer")
	}
	if _, err := schema.CompileType(d.Request); err != nil {
		return r.left(operation, uncompiled(d, "request", err))
	}
	if _, err := schema.CompileType(d.Response); err != nil && d.Opaque == nil {
		return r.left(operation, uncompiled(d, "response", err))
	}
	guess(&d)
	r.result.Drafts = append(r.result.Drafts, d)
	return nil
}

// uncompiled reports why the catalogue would not take a type.
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

// rename gives names that fit into one WSDL of a consumer: services are unique, answers of different forms differ in
// name from one another and from every service.
func (r *reader) rename() {
	services, answers := map[string]bool{}, map[string]schema.Type{}
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
		if services[d.Response.Name] || reserved[d.Response.Name] || known && !reflect.DeepEqual(before, d.Response) {
			was := d.Response.Name
			d.Response.Name = string(d.Name) + "Answer"
			d.note(Changed, "response", d.From, "the name "+was+" stands for something else already")
		}
		answers[d.Response.Name] = d.Response
	}
}

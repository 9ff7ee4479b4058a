package importer

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/media"
)

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
	return decoded(name, text)
}

// decoded gives a text in UTF-8: XML in the encoding that it declares, anything else in Unicode.
func decoded(name string, text []byte) ([]byte, error) {
	plain, err := media.XML(text, "", media.UTF8)
	var wrong *media.EncodingError
	switch {
	case errors.As(err, &wrong):
		return nil, fault.Wrap(err, fault.ImportEncoding, "where", name, "encoding", clip(wrong.Stated, 40))
	case err != nil:
		return nil, err
	case !utf8.Valid(plain):
		line := 1 + bytes.Count(plain[:invalid(plain)], []byte("\n"))
		return nil, fault.New(fault.ImportEncoding, "where", fmt.Sprintf("%s:%d", name, line), "encoding", "UTF-8")
	}
	return bytes.TrimPrefix(plain, []byte("\ufeff")), nil
}

// invalid is where the first bytes that are not UTF-8 stand.
func invalid(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(text)
}

// location is one reference to another file, as it is written.
type location struct {
	ref   string // "../xsd/types.xsd", "https://example.md/types.xsd"
	file  string // that the reference stands in
	where string // with its line
	space string // XML namespace that the file must declare; "" for any
	why   error  // it is missing; nil for a remote one
}

// remote reports that a location names no file of a folder.
func (l location) remote() bool {
	scheme, _, found := strings.Cut(l.ref, ":")
	return found && len(scheme) > 1 && !strings.ContainsAny(scheme, "/.\\")
}

// locate reports which file of the folder a location means. Nothing is fetched: what stands on the network is looked
// for by Source.Map, then by the last part of its address next to the file that refers to it. missing is true when a
// remote one is not there.
func (r *reader) locate(l location) (name string, missing bool, err error) {
	for _, key := range []string{l.ref, l.space} {
		if to := r.src.Map[key]; to != "" && key != "" {
			r.mapped[key] = true
			return path.Clean(to), false, nil
		}
	}
	if l.remote() {
		for _, base := range bases(l.ref) {
			name := path.Join(path.Dir(l.file), base)
			if info, err := fs.Stat(r.src.Folder, name); err == nil && info.Mode().IsRegular() &&
				r.fits(name, l.space) {
				r.remark(Changed, l.where, "%s was not fetched: %s, which lies beside, was read in its place",
					clip(l.ref, 200), name)
				return name, false, nil
			}
		}
		r.unfetched = append(r.unfetched, l)
		r.remark(Lost, l.where, "%s was not fetched, and no file in its place: lay it beside as %s, or state --map %s=FILE",
			clip(l.ref, 200), bases(l.ref)[0], clip(l.ref, 200))
		return "", true, nil
	}
	unescaped, err := url.PathUnescape(l.ref)
	if err != nil {
		unescaped = l.ref
	}
	if l.ref == "" || path.IsAbs(unescaped) || strings.ContainsAny(unescaped, ":\x00") {
		return "", false, fault.New(fault.ImportReference, "ref", clip(l.ref, 200), "where", l.where)
	}
	name = path.Join(path.Dir(l.file), strings.ReplaceAll(unescaped, `\`, "/"))
	if name == ".." || strings.HasPrefix(name, "../") {
		return "", false, fault.New(fault.ImportOutside, "ref", clip(l.ref, 200), "where", l.where)
	}
	return name, false, nil
}

// bases are the names under which people save an address.
func bases(ref string) []string {
	whole := ref[strings.LastIndexByte(ref, '/')+1:]
	base, query, _ := strings.Cut(whole, "?")
	if i := strings.LastIndexByte(base, ':'); i >= 0 {
		base = base[i+1:]
	}
	var all []string
	for _, name := range []string{base, whole, base + ".xsd", base + ".wsdl", query + ".xsd"} {
		if fs.ValidPath(name) && name != "." && !strings.HasPrefix(name, ".") {
			all = append(all, name)
		}
	}
	if len(all) == 0 {
		return []string{"schema.xsd"}
	}
	return all
}

// fits reports that a file of the same folder is the one that an address means: its target namespace is the one asked
// for.
func (r *reader) fits(name, space string) bool {
	f, err := r.src.Folder.Open(name)
	if err != nil || space == "" {
		return err == nil
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, MaxBytes))
	if err == nil {
		text, err = decoded(name, text)
	}
	if err != nil {
		return false
	}
	d := decoder(text)
	for {
		token, err := d.Token()
		if err != nil {
			return false
		}
		if start, ok := token.(xml.StartElement); ok {
			for _, a := range start.Attr {
				if a.Name.Local == "targetNamespace" && a.Name.Space == "" {
					return strings.TrimSpace(a.Value) == space
				}
			}
			return true
		}
	}
}

// missing takes note of a file that is not there: what it declares is missing only where it is referred to.
func (r *reader) missing(l location, why error) {
	f := fault.From(why)
	l.why = fault.Wrap(why, f.Code, "ref", clip(l.ref, 200), "where", l.where)
	r.unfetched = append(r.unfetched, l)
	r.remark(Lost, l.where, "%s %s", fault.From(l.why).Sentence(mconnect.English),
		f.Code.Entry().Remedy.In(mconnect.English))
}

// absent gives the fault of a reference that leads to nothing. Where a file of that namespace is missing, that is the
// reason.
func (r *reader) absent(ref, space, where string) error {
	for _, l := range r.unfetched {
		switch {
		case l.space != space && l.space != "":
		case l.why != nil:
			return l.why
		default:
			return fault.New(fault.ImportRemote, "ref", clip(ref, 200), "where", where, "url", clip(l.ref, 300), "file",
				bases(l.ref)[0])
		}
	}
	return fault.New(fault.ImportReference, "ref", clip(ref, 200), "where", where)
}

// gone reports a fault about a reference, which leaves one operation out and not the description.
func gone(err error) bool {
	var f *fault.Error
	return errors.As(err, &f) && (f.Code == fault.ImportReference || f.Code == fault.ImportRemote ||
		f.Code == fault.ImportOutside)
}

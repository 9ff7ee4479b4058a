package portal

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"mconnect/fault"
	"mconnect/internal/domain/access"
	"mconnect/internal/surface/portal/text"
)

// buttons are the steps that a button on the page of a request does.
var buttons = []access.Verb{access.Submit, access.Recall, access.Withdraw, access.Test, access.Start, access.Say,
	access.Note, access.Extend}

// revisionOf is the revision of the request that a page showed.
func revisionOf(r *http.Request) int64 {
	n, err := strconv.ParseInt(r.PostForm.Get("revision"), 10, 64)
	if err != nil || n < 1 {
		return -1 // no page of ours: the step is stale
	}
	return n
}

// requestStep does one step that needs no page of its own.
func (s *Surface) requestStep(w http.ResponseWriter, r *http.Request, v *view) error {
	one, err := s.opened(r, v)
	if err != nil {
		return err
	}
	if err := readForm(w, r); err != nil {
		return err
	}
	verb := access.Verb(r.PostForm.Get("verb"))
	if !slices.Contains(buttons, verb) {
		return fault.New(fault.PathUnknown)
	}
	step := access.Step{Verb: verb, Revision: revisionOf(r), Reason: plainText(r.PostForm.Get("reason"))}
	if verb == access.Say || verb == access.Note { // which nothing makes stale
		step.Revision = 0
	}
	if verb == access.Test {
		_, err = s.cfg.Requests.Test(r.Context(), *v.who, one.Number, step.Revision)
	} else {
		_, err = s.cfg.Requests.Step(r.Context(), *v.who, one.Number, step)
	}
	return s.stepped(w, r, v, one, verb, err)
}

// stepped leads back to the page of a request after a step, or shows there why it was not done.
func (s *Surface) stepped(w http.ResponseWriter, r *http.Request, v *view, one access.Request, verb access.Verb,
	err error) error {
	if err == nil {
		fragment := ""
		if verb == access.Say || verb == access.Note {
			fragment = "#messages"
		}
		http.Redirect(w, r, string(addressOfRequest(one.Number, ""))+fragment, http.StatusSeeOther)
		return nil
	}
	f := fault.From(err)
	status, here := answerable(f)
	if !here {
		return err
	}
	if now, err := s.cfg.Requests.Open(r.Context(), *v.who, one.Number); err == nil {
		one = now
	}
	return s.showRequest(w, r, v, status, requestView{Request: one, problem: f, failed: verb,
		typed: r.PostForm.Get("reason")})
}

// answerable reports whether a fault is answered by the page with the form that raised it, and with which status.
func answerable(f *fault.Error) (status int, ok bool) {
	switch f.Kind() {
	case fault.Invalid, fault.Malformed:
		return http.StatusUnprocessableEntity, true
	case fault.Conflict:
		return http.StatusConflict, true
	case fault.Refused:
		return http.StatusUnprocessableEntity, strings.HasPrefix(string(f.Code), "request.") ||
			strings.HasPrefix(string(f.Code), "attachment.")
	}
	return 0, false
}

// maxUpload bounds a form with an attachment: the service refuses what is over 10 MB with a sentence of its own.
const maxUpload = 11 << 20

// readUpload reads the file of a form. Faults: message.tooLarge, message.malformed.
func readUpload(w http.ResponseWriter, r *http.Request) (name string, data []byte, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	var large *http.MaxBytesError
	if err := r.ParseMultipartForm(maxForm); errors.As(err, &large) {
		return "", nil, fault.New(fault.MessageTooLarge, "limit", strconv.Itoa(10<<20))
	} else if err != nil {
		return "", nil, fault.Wrap(err, fault.MessageMalformed, "what", "form")
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }() // temporary files
	file, header, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, fault.Wrap(err, fault.MessageMalformed, "what", "file")
	}
	defer func() { _ = file.Close() }() // read only
	data, err = io.ReadAll(file)
	return header.Filename, data, err
}

// attach attaches a file.
func (s *Surface) attach(w http.ResponseWriter, r *http.Request, v *view) error {
	one, err := s.opened(r, v)
	if err != nil {
		return err
	}
	name, data, err := readUpload(w, r)
	if err != nil {
		return err
	}
	r.PostForm = r.MultipartForm.Value
	if name == "" {
		err = fault.New(fault.AttachmentRefused, "what", v.say(text.NoFileChosen))
	} else {
		file := RequestFile{Name: name, Data: data}
		_, err = s.cfg.Requests.Attach(r.Context(), *v.who, one.Number, revisionOf(r), file)
	}
	return s.stepped(w, r, v, one, access.Attach, err)
}

// attachment sends a file to be kept, never to be shown.
func (s *Surface) attachment(w http.ResponseWriter, r *http.Request, v *view) error {
	one, err := s.opened(r, v)
	if err != nil {
		return err
	}
	a, data, err := s.cfg.Requests.Attachment(r.Context(), *v.who, one.Number, r.PathValue("digest"))
	if codeOf(err) == fault.DocumentUnknown {
		return fault.New(fault.PathUnknown)
	}
	if err != nil {
		return err
	}
	return download(w, a.Name, a.Media, data)
}

// download sends a file that a browser keeps.
func download(w http.ResponseWriter, name, media string, data []byte) error {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data) // the browser went away
	return nil
}

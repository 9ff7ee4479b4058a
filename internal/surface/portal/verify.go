package portal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/access"
	"mconnect/internal/surface/portal/paper"
	"mconnect/internal/surface/request"
)

// Documents finds a document by its verification code; *requests.Requests does. Fault document.unknown.
type Documents interface {
	Document(ctx context.Context, code string) (access.Document, error)
}

// maxCompared bounds a document that is handed in to be compared, in bytes.
const maxCompared = 10 << 20

// maxIssued is above the size of every document: a larger file is none.
const maxIssued = 4 << 20

// codeForm is a verification code. The number of a document is not accepted: numbers can be guessed.
var codeForm = regexp.MustCompile(`^[A-Z2-7]{5}(-[A-Z2-7]{5}){3}$`)

// verification is what the page of a document shows.
type verification struct {
	code     string
	document *access.Document // nil: none was asked for
	unknown  bool             // no document has the code
	intact   bool             // the stored content has its digest
	compared bool             // a file was handed in
	same     bool             // it is the document
}

// verifyRoutes registers the check of documents, where there are any.
func (s *Surface) verifyRoutes() {
	if s.cfg.Documents == nil {
		return
	}
	s.page("GET /verify", s.verify)
	s.page("POST /verify", s.compare)
	s.page("GET /verify/{code}/document.json", s.verified)
	s.page("GET /verify/{code}/document.pdf", s.printed)
	s.page("GET /verify/{code}/document.jws", s.signature)
}

// verify says whether a code belongs to a document. A code may be written without hyphens and in small letters.
func (s *Surface) verify(w http.ResponseWriter, r *http.Request, v *view) error {
	found, err := s.lookUp(r, v.query.Get("code"))
	if err != nil {
		return err
	}
	status := http.StatusOK
	if found.unknown {
		status = http.StatusNotFound
	}
	return s.render(w, r, v, status, verifyPage(v, found))
}

// compare says whether a file is the document of a code, octet by octet: its content, its signature or its PDF.
func (s *Surface) compare(w http.ResponseWriter, r *http.Request, v *view) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxCompared+1<<16)
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return fault.New(fault.MessageTooLarge, "limit", "10485760")
		}
		return fault.Wrap(err, fault.MessageMalformed, "what", "form")
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }()
	found, err := s.lookUp(r, r.PostFormValue("code"))
	if err != nil {
		return err
	}
	file, head, err := r.FormFile("file")
	if err == nil && found.document != nil {
		defer func() { _ = file.Close() }()
		content, err := io.ReadAll(io.LimitReader(file, maxIssued+1))
		if err != nil {
			return fault.Wrap(err, fault.MessageMalformed, "what", "form")
		}
		found.compared, found.same = true, head.Size <= maxIssued && s.isDocument(*found.document, content)
	}
	return s.render(w, r, v, http.StatusOK, verifyPage(v, found))
}

// isDocument reports whether a file is a document in one of its forms. A PDF is one in any language, with the names and
// the address as they are now.
func (s *Surface) isDocument(d access.Document, file []byte) bool {
	if sum := sha256.Sum256(file); hex.EncodeToString(sum[:]) == d.Digest {
		return true
	}
	if d.Signature != "" && string(bytes.TrimSpace(file)) == d.Signature {
		return true
	}
	if !bytes.HasPrefix(file, []byte("%PDF-")) {
		return false
	}
	return slices.ContainsFunc([]mconnect.Lang{"ro", "en", "ru"}, func(lang mconnect.Lang) bool {
		own, err := paper.PDF(d, paper.Names{Participant: s.cfg.Participant, Portal: s.cfg.URL}, lang)
		return err == nil && bytes.Equal(own, file)
	})
}

// lookUp finds the document of a code as a person wrote it. Fault document.throttled: too many were not found.
func (s *Surface) lookUp(r *http.Request, written string) (verification, error) {
	found := verification{code: strings.TrimSpace(written)}
	if found.code == "" {
		return found, nil
	}
	code := canonicalCode(found.code)
	found.unknown = true
	if !codeForm.MatchString(code) {
		return found, nil
	}
	right, err := s.guesses.try(request.AddressOf(r), s.cfg.Clock())
	if err != nil {
		return found, err
	}
	d, err := s.cfg.Documents.Document(r.Context(), code)
	switch {
	case err != nil && fault.From(err).Code == fault.DocumentUnknown:
		return found, nil
	case err != nil:
		return found, err
	case d.Code != code:
		return found, nil
	}
	right()
	sum := sha256.Sum256(d.Content)
	found.document, found.unknown = &d, false
	found.intact = hex.EncodeToString(sum[:]) == d.Digest
	return found, nil
}

// canonicalCode writes a code in capitals and groups of five.
func canonicalCode(written string) string {
	plain := strings.ToUpper(strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' || r == '\u00a0' {
			return -1
		}
		return r
	}, written))
	if len(plain) != 20 {
		return plain
	}
	return plain[:5] + "-" + plain[5:10] + "-" + plain[10:15] + "-" + plain[15:]
}

// verified is the content of a document, as the platform signed it.
func (s *Surface) verified(w http.ResponseWriter, r *http.Request, _ *view) error {
	found, err := s.lookUp(r, r.PathValue("code"))
	if err != nil {
		return err
	}
	if found.document == nil {
		return fault.New(fault.PathUnknown)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="`+found.document.Number+`.json"`)
	_, _ = w.Write(found.document.Content) // the browser went away
	return nil
}

// printed is a document as a PDF in the language of the reader.
func (s *Surface) printed(w http.ResponseWriter, r *http.Request, v *view) error {
	found, err := s.lookUp(r, r.PathValue("code"))
	if err != nil {
		return err
	}
	if found.document == nil || !found.intact {
		return fault.New(fault.PathUnknown)
	}
	file, err := paper.PDF(*found.document, paper.Names{Participant: s.cfg.Participant, Portal: s.cfg.URL}, v.lang)
	if err != nil {
		return err
	}
	return download(w, found.document.Number+".pdf", "application/pdf", file)
}

// signature is a document with the platform's signature, as a compact JWS.
func (s *Surface) signature(w http.ResponseWriter, r *http.Request, _ *view) error {
	found, err := s.lookUp(r, r.PathValue("code"))
	if err != nil {
		return err
	}
	if found.document == nil || found.document.Signature == "" {
		return fault.New(fault.PathUnknown)
	}
	return download(w, found.document.Number+".jws", "application/jose", []byte(found.document.Signature))
}

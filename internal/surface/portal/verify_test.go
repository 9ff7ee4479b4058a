package portal_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/internal/domain/access"
	"mconnect/internal/surface/portal"
	"mconnect/test/must"
	"mconnect/test/pdfs"
)

// oneDocument is found by its code and by its number, as those of the real store are.
type oneDocument struct{ held access.Document }

func (d oneDocument) Document(_ context.Context, name string) (access.Document, error) {
	if name != d.held.Code && name != d.held.Number {
		return access.Document{}, fault.New(fault.DocumentUnknown)
	}
	return d.held, nil
}

func documents(t *testing.T, damaged bool) (http.Handler, access.Document) {
	t.Helper()
	d := access.Document{DocumentRef: access.DocumentRef{Number: "C-2026-0001", Kind: access.ConnectionDocument,
		Code: "ABCDE-FGHIJ-KLMNO-PQRST", At: time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)}, Request: "D-2026-0001",
		Content: []byte(`{"number":"C-2026-0001"}`), Signature: "head.payload.signature"}
	sum := sha256.Sum256(d.Content)
	d.Digest = hex.EncodeToString(sum[:])
	if damaged {
		d.Content = []byte(`{"number":"C-2026-0002"}`)
	}
	s := must.Get(portal.New(portal.Config{Guide: &catalogue{}, Agreements: book(t, 0), Revision: func() int64 { return 1 },
		Documents: oneDocument{d}}))(t)
	return s.Handler(), d
}

// TestVerify_ByCodeOnly: a code finds its document however it is written; a number, which can be guessed, does not.
func TestVerify_ByCodeOnly(t *testing.T) {
	h, _ := documents(t, false)
	const genuine = "Document autentic, emis de platformă la 27 noiembrie 2026."
	for code, want := range map[string]bool{"ABCDE-FGHIJ-KLMNO-PQRST": true, "abcdefghijklmnopqrst": true,
		"abcde fghij klmno pqrst": true, "C-2026-0001": false, "ABCDE-FGHIJ-KLMNO-PQRSA": false, "x": false,
		strings.Repeat("A", 5000): false, "<script>": false} {
		r, body := get(t, h, "/verify?code="+strings.NewReplacer(" ", "+", "<", "%3C", ">", "%3E").Replace(code),
			"Accept-Language", "ro")
		if found := strings.Contains(body, genuine); found != want || want != (r.StatusCode == http.StatusOK) {
			t.Errorf("%.30q: found %v, status %d", code, found, r.StatusCode)
		}
		if strings.Contains(body, "<script>") {
			t.Errorf("%q is written as markup", code)
		}
	}
	r, body := get(t, h, "/verify/ABCDE-FGHIJ-KLMNO-PQRST/document.json")
	if body != `{"number":"C-2026-0001"}` || !strings.HasPrefix(r.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the document: %q, %s", body, r.Header.Get("Content-Disposition"))
	}
	if r, _ := get(t, h, "/verify/C-2026-0001/document.json"); r.StatusCode != http.StatusNotFound {
		t.Errorf("by number: %d", r.StatusCode)
	}
	damaged, _ := documents(t, true)
	if _, body := get(t, damaged, "/verify?code=ABCDE-FGHIJ-KLMNO-PQRST", "Accept-Language", "ro"); strings.Contains(body, genuine) {
		t.Error("a content that was changed in the store counts as genuine")
	}
}

func TestVerify_ComparesAFile(t *testing.T) {
	h, d := documents(t, false)
	post := func(content []byte) (int, string) { return compared(t, h, d.Code, content) }
	for content, want := range map[string]string{string(d.Content): "Fișierul este acest document, neschimbat.",
		string(d.Content) + " ": "Fișierul nu este acest document", strings.Repeat("a", 5<<20): "Fișierul nu este acest document"} {
		if code, body := post([]byte(content)); code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%.40q: %d, not %q", content, code, want)
		}
	}
	if _, body := post(d.Content); !strings.Contains(body, "Fișierul este acest document, neschimbat.") {
		t.Error("the document itself is not recognised")
	}
	if _, body := post([]byte("{}")); !strings.Contains(body, "Fișierul nu este acest document") {
		t.Error("another file is recognised")
	}
	if code, _ := post(bytes.Repeat([]byte("a"), 11<<20)); code != http.StatusRequestEntityTooLarge {
		t.Errorf("11 MiB: %d", code)
	}
}

// TestVerify_OnPaper: a person who has the code of a document gets it as a PDF in the language of the page. A number,
// another code and a content that was changed give none.
func TestVerify_OnPaper(t *testing.T) {
	h, d := documents(t, false)
	for lang, want := range map[string]string{"ro": "Decizia de conectare", "en": "Connection Decision",
		"ru": "Решение о подключении"} {
		r, body := get(t, h, "/verify/"+d.Code+"/document.pdf?lang="+lang)
		if text := pdfs.Text(t, []byte(body)); !strings.Contains(text, want) || !strings.Contains(text, d.Code) {
			t.Errorf("%s: %q", lang, text)
		}
		if r.Header.Get("Content-Type") != "application/pdf" ||
			r.Header.Get("Content-Disposition") != `attachment; filename=C-2026-0001.pdf` {
			t.Errorf("%s: %v", lang, r.Header)
		}
	}
	damaged, _ := documents(t, true)
	for _, c := range []struct {
		handler http.Handler
		name    string
	}{{h, d.Number}, {h, "ABCDE-FGHIJ-KLMNO-PQRSA"}, {damaged, d.Code}} {
		if r, _ := get(t, c.handler, "/verify/"+c.name+"/document.pdf"); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", c.name, r.StatusCode)
		}
	}
	link := "/verify/" + d.Code + "/document.pdf"
	if _, body := get(t, h, "/verify?code="+d.Code); !strings.Contains(body, link) {
		t.Error("the page does not lead to the PDF")
	}
	if _, body := get(t, damaged, "/verify?code="+d.Code); strings.Contains(body, link) {
		t.Error("the page leads to the PDF of a damaged document")
	}
}

// TestVerify_ComparesEachForm: the content, the signature and the PDF of each language are the document; each of them
// with an octet more, or cut short, is not.
func TestVerify_ComparesEachForm(t *testing.T) {
	h, d := documents(t, false)
	base := "/verify/" + d.Code + "/document."
	forms := map[string]string{}
	for _, form := range []string{"json", "jws", "pdf?lang=ro", "pdf?lang=en", "pdf?lang=ru"} {
		r, body := get(t, h, base+form)
		if r.StatusCode != http.StatusOK || body == "" {
			t.Fatalf("%s: %d", form, r.StatusCode)
		}
		forms[form] = body
	}
	if forms["jws"] != d.Signature {
		t.Errorf("the signature: %q", forms["jws"])
	}
	for form, file := range forms {
		for what, c := range map[string]struct {
			file string
			same bool
		}{"as issued": {file, true}, "with more": {file + "x", false}, "cut": {file[:len(file)-2], false},
			"an update after its end": {file + "1 0 obj\n<<>>\nendobj\n%%EOF\n", false}, "empty": {"", false}} {
			if status, body := compared(t, h, d.Code, []byte(c.file)); status != http.StatusOK ||
				strings.Contains(body, "Fișierul este acest document") != c.same {
				t.Errorf("%s, %s: %d, want same %v", form, what, status, c.same)
			}
		}
	}
	for _, name := range []string{d.Number, "ABCDE-FGHIJ-KLMNO-PQRSA"} {
		if r, _ := get(t, h, "/verify/"+name+"/document.jws"); r.StatusCode != http.StatusNotFound {
			t.Errorf("the signature by %s: %d", name, r.StatusCode)
		}
	}
}

// compared hands in a file on the page of a code.
func compared(t *testing.T, h http.Handler, code string, content []byte) (int, string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	must.OK(t, form.WriteField("code", code))
	file := must.Get(form.CreateFormFile("file", "x.json"))(t)
	must.Get(file.Write(content))(t)
	must.OK(t, form.Close())
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/verify", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept-Language", "ro")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

package soap_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/config"
)

// packed makes a multipart/related request of a root and one attachment.
func packed(root, rootType, id, attachment, encoding string) (body, contentType string) {
	body = "--MIME_b\r\nContent-Type: " + rootType + "\r\nContent-ID: <root@x>\r\n\r\n" + root + "\r\n--MIME_b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: " +
		encoding + "\r\nContent-ID: <" + id + ">\r\n\r\n" + attachment + "\r\n--MIME_b--\r\n"
	if strings.HasPrefix(rootType, "application/xop+xml") {
		return body, `multipart/related; type="application/xop+xml"; start="<root@x>"; start-info="text/xml"; boundary="MIME_b"`
	}
	return body, `multipart/related; type="text/xml"; boundary="MIME_b"`
}

const (
	xop = `application/xop+xml; charset=UTF-8; type="text/xml"`
	pdf = "%PDF-1.7 \x00\x01\xff \r\n--no boundary"
)

func document(content string) string {
	return `<m:PutDocument xmlns:m="https://mconnect.gov.md"><m:Title>&gt; "titlu" &lt;</m:Title><m:Content>` + content + `</m:Content></m:PutDocument>`
}

const stored = `<Stored xmlns="https://mconnect.gov.md"><Number>D-1</Number></Stored>`

// TestAttachments_MTOM: content travels next to the envelope, the signature was made over the message with its content
// inside.
func TestAttachments_MTOM(t *testing.T) {
	w := newTestPlatform(t)
	hall, c := w.parties["hall.app"], w.client("")
	inside := base64.StdEncoding.EncodeToString([]byte(pdf))
	include := `<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:doc%40x"/>`
	optimise := func() string {
		return swap(t, sealed(t, safe("sha256"), document(inside), blocks, hall), inside, include)
	}
	body, media := packed(optimise(), xop, "doc@x", pdf, "binary")
	g := w.post(c, "/soap", body, map[string]string{"Content-Type": media})
	if g.status != 200 || !strings.HasPrefix(g.header.Get("Content-Type"), `multipart/related; type="application/xop+xml"`) {
		t.Fatalf("%d %s", g.status, g.body)
	}
	answer := between(t, g.body, "<soapenv:Envelope", "</soapenv:Envelope>")
	if got := bodyOf(t, answer, w.signing); got != stored {
		t.Error(got)
	}
	_, first, _ := strings.Cut(g.header.Get("Content-Type"), "boundary=")
	again, againMedia := packed(optimise(), xop, "doc@x", pdf, "binary")
	if second := w.post(c, "/soap", again, map[string]string{"Content-Type": againMedia}).header.Get("Content-Type"); strings.HasSuffix(second, first) {
		t.Errorf("the boundary can be guessed: %s", second)
	}
	if asked := <-w.asked; asked != `{"Title":"> \"titlu\" <","Content":"`+inside+`"}` {
		t.Errorf("the register was asked %s", asked)
	}
	body, media = packed(optimise(), xop, "doc@x", "another", "binary")
	w.post(c, "/soap", body, map[string]string{"Content-Type": media})
	body, media = packed(optimise(), xop, "doc@x", strings.Replace(pdf, "1.7", "1.6", 1), "binary")
	w.mtomRefused(body, media, fault.SignatureDigest)
	body, media = packed(optimise(), xop, "other@x", pdf, "binary")
	w.mtomRefused(body, media, fault.AttachmentUnknown)
	twice := swap(t, optimise(), include, include+include)
	body, media = packed(twice, xop, "doc@x", pdf, "binary")
	w.mtomRefused(body, media, fault.AttachmentUnknown)
	body, media = packed(optimise(), xop, "doc@x", pdf, "quoted-printable")
	w.mtomRefused(body, media, fault.MessageMalformed)
	w.mtomRefused(body, strings.Replace(media, "MIME_b", "other", 1), fault.MessageMalformed)
	w.mtomRefused(body, `multipart/related; type="text/xml"`, fault.MessageMalformed)
	w.mtomRefused(strings.Replace(body, `type="text/xml"`, `type="image/png"`, 1), media, fault.MessageMediaType)
}

func (w *testPlatform) mtomRefused(body, media string, code fault.Code) {
	w.t.Helper()
	g := w.post(w.client(""), "/soap", body, map[string]string{"Content-Type": media})
	if g.status < 400 || !strings.Contains(g.body, "<Code>"+string(code)+"</Code>") {
		w.t.Errorf("want %s, got %d %s", code, g.status, g.body)
	}
	if _, e := w.newest(); e.Code != code {
		w.t.Errorf("recorded as %s", e.Code)
	}
}

// TestAttachments_OutsideTheMessage: they are not covered by a signature, so TLS has to prove who sends them.
func TestAttachments_OutsideTheMessage(t *testing.T) {
	w := newTestPlatform(t)
	hall := w.parties["hall.app"]
	inside := base64.StdEncoding.EncodeToString([]byte(pdf))
	for _, content := range []string{document("cid:doc@x"), strings.Replace(document(""), "<m:Content>", `<m:Content href="cid:doc@x">`, 1)} {
		for encoding, part := range map[string]string{"binary": pdf, "base64": inside} {
			body, media := packed(sealed(t, safe("sha256"), content, blocks, hall), "text/xml; charset=utf-8", "doc@x", part, encoding)
			g := w.post(w.client(""), "/soap", body, map[string]string{"Content-Type": media})
			w.refused(g, fault.AttachmentUnsigned, true)
			body, media = packed(sealed(t, safe("sha256"), content, blocks, hall), "text/xml; charset=utf-8", "doc@x", part, encoding)
			g = w.post(w.client("hall.tls"), "/soap", body, map[string]string{"Content-Type": media})
			if g.status != 200 || g.header.Get("Content-Type") != "text/xml; charset=utf-8" || bodyOf(t, g.body, w.signing) != stored {
				t.Errorf("%s: %d %s", encoding, g.status, g.body)
			}
			if asked := <-w.asked; !strings.Contains(asked, inside) {
				t.Errorf("%s: the register was asked %s", encoding, asked)
			}
		}
	}
}

// TestAttachments_PackageIsBounded: whole, in its parts, and its envelope as any other.
func TestAttachments_PackageIsBounded(t *testing.T) {
	w := newTestPlatform(t, func(c *config.Config) { c.Limits.Request, c.Limits.Attachments = 16<<10, 64<<10 })
	hall := w.client("hall.tls")
	plain := envelope + `<soap:Header>` + blocks + `</soap:Header><soap:Body>` + document("cid:doc@x") + `</soap:Body></soap:Envelope>`
	send := func(root, part string) got {
		body, media := packed(root, "text/xml", "doc@x", part, "binary")
		return w.post(hall, "/soap", body, map[string]string{"Content-Type": media})
	}
	if g := send(plain, strings.Repeat("x", 40<<10)); g.status != 200 {
		t.Errorf("40 KiB: %d %s", g.status, g.body)
	}
	w.refused(send(plain, strings.Repeat("x", 65<<10)), fault.MessageTooLarge, true)
	w.refused(send(plain+strings.Repeat(" ", 17<<10), "x"), fault.MessageTooLarge, true)
	many := "--MIME_b\r\nContent-Type: text/xml\r\n\r\n" + plain + strings.Repeat("\r\n--MIME_b\r\nContent-ID: <x>\r\n\r\n", 2) + "\r\n--MIME_b--"
	w.refused(w.post(hall, "/soap", many, map[string]string{"Content-Type": `multipart/related; boundary=MIME_b`}), fault.AttachmentUnknown, true)
	nameless := "--MIME_b\r\nContent-Type: text/xml\r\n\r\n" + plain + "\r\n--MIME_b\r\n\r\nx\r\n--MIME_b--"
	w.refused(w.post(hall, "/soap", nameless, map[string]string{"Content-Type": `multipart/related; boundary=MIME_b`}), fault.MessageMalformed, true)
}

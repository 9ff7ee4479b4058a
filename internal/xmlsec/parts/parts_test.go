package parts

import (
	"errors"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
)

const (
	root    = "--b\r\nContent-Type: application/xop+xml; type=\"text/xml\"\r\nContent-ID: <r>\r\n\r\n"
	include = `<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:`
)

var errHTML = errors.New("HTML")

func accept(media string, _ map[string]string) error {
	if media == "text/html" {
		return errHTML
	}
	return nil
}

func part(head, content string) string { return "\r\n--b\r\n" + head + "\r\n\r\n" + content }

func TestOpen(t *testing.T) {
	params := map[string]string{"boundary": "b", "start": "<r>"}
	for name, c := range map[string]struct {
		body string
		code fault.Code
		left int
	}{
		"one attachment":      {root + "<a/>" + part("Content-ID: <x>", "1") + "\r\n--b--", "", 1},
		"in base64":           {root + "<a/>" + part("Content-ID: x\r\nContent-Transfer-Encoding: BASE64", "MQ==") + "\r\n--b--", "", 1},
		"the root later":      {"--b\r\nContent-ID: x\r\n\r\n1\r\n" + root + "<a/>\r\n--b--", "", 1},
		"twice":               {root + "<a/>" + part("Content-ID: x", "1") + part("Content-ID: <x>", "2") + "\r\n--b--", fault.AttachmentUnknown, 0},
		"without an id":       {root + "<a/>" + part("X: y", "1") + "\r\n--b--", fault.MessageMalformed, 0},
		"quoted-printable":    {root + "<a/>" + part("Content-ID: x\r\nContent-Transfer-Encoding: quoted-printable", "1") + "\r\n--b--", fault.MessageMalformed, 0},
		"base64 that is none": {root + "<a/>" + part("Content-ID: x\r\nContent-Transfer-Encoding: base64", "!") + "\r\n--b--", fault.MessageMalformed, 0},
		"no end":              {root + "<a/>" + part("Content-ID: x", "1"), fault.MessageMalformed, 0},
		"no root":             {"--b\r\nContent-ID: x\r\n\r\n1\r\n--b--", fault.MessageMalformed, 0},
		"too many":            {root + "<a/>" + strings.Repeat(part("Content-ID: x", "1"), 1) + manyParts(70) + "\r\n--b--", fault.MessageMalformed, 0},
		"empty":               {"", fault.MessageMalformed, 0},
	} {
		p, err := Open([]byte(c.body), params, accept)
		switch {
		case c.code != "":
			if f := fault.From(err); f == nil || f.Code != c.code {
				t.Errorf("%s: %v", name, err)
			}
		case err != nil || string(p.Root) != "<a/>" || p.Left() != c.left || !p.MTOM:
			t.Errorf("%s: %v %+v", name, err, p)
		}
	}
	if _, err := Open([]byte(strings.Replace(root, `type="text/xml"`, `type="text/html"`, 1)+"<a/>\r\n--b--"), params, accept); !errors.Is(err, errHTML) {
		t.Errorf("a root that is not accepted: %v", err)
	}
	if _, err := Open([]byte(root+"<a/>\r\n--b--"), nil, accept); fault.From(err) == nil || fault.From(err).Code != fault.MessageMalformed {
		t.Errorf("without a boundary: %v", err)
	}
}

func manyParts(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(part("Content-ID: p"+strings.Repeat("i", i), ""))
	}
	return b.String()
}

// FuzzOpen: any input is read within bounds: a package is taken apart or refused with a code, and putting it together
// is bounded.
func FuzzOpen(f *testing.F) {
	f.Add(root+"<a>"+include+`x"/></a>`+part("Content-ID: <x>", "1")+"\r\n--b--", "b")
	f.Add(root+"<a>cid:x</a>"+part("Content-ID: <x>", "1")+"\r\n--b--", "b")
	f.Add("--b--", "b")
	f.Fuzz(func(t *testing.T, body, boundary string) {
		p, err := Open([]byte(body), map[string]string{"boundary": boundary}, accept)
		if err != nil {
			if !fault.From(err).Code.Known() || fault.From(err).Code == fault.InternalError {
				t.Fatal(err)
			}
			return
		}
		doc, err := xmlsec.Parse(p.Root, xmlsec.Limits{Bytes: len(p.Root) + 1})
		if err != nil {
			return
		}
		if whole, err := p.Reconstitute(doc, 1<<20); err == nil && strings.Contains(string(body), include) && whole.Root().IsZero() {
			t.Fatal("nothing is left")
		}
		if _, err := p.Attach(doc.Root()); err != nil && fault.From(err).Code == fault.InternalError {
			t.Fatal(err)
		}
	})
}

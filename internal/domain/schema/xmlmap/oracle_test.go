//go:build whole

package xmlmap_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/test/must"
)

// pieces are put into documents at any place.
var pieces = []string{
	"", "<", ">", "/", "&", "\"", "'", "=", " ", "\n", "]]>", "<!--", "-->", "--", "<![CDATA[", "<x/>", "<x></x>", " a='1'", " a=\"1\"", "&#0;", "&#9;", "&#xFFFE;",
	"&#x10FFFF;", "&lt;", "&apos;", "&amp", "&nope;", "\x01", "\x7f", "\u0085", "\ufffe", "\ufffd", "ș", "\xff", "\xc0\x80", " xmlns:p='urn:p'", " xmlns:p=''", " p:a='1'", "p:", ":", "<p:y xmlns:p='urn:q'/>",
	"<A>", "</A>", "<é/>", "<\u00d7/>", "<-a/>", "<a\u0300/>", " xml:lang='ro'", "<?xml version='1.0'?>", " xmlns='urn:z'", " a='<'", " a='&gt;'", "\r", "\t",
}

// Of three thousand mutilated documents, libxml2 takes as well-formed the same as we do. A prefix that is not
// declared is an error for both.
func TestRead_AgreesWithLibxml2(t *testing.T) {
	form := sample(t, xmlmap.Config{Elements: xmlmap.Drop, Attributes: xmlmap.Drop})
	base, _, err := form.XML(nil, []byte(sampleJSON))
	must.OK(t, err)
	random := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	ours := map[string]error{}
	var files []string
	for i := range 3000 {
		doc := bytes.Clone(base)
		for range 1 + random.IntN(3) {
			at := random.IntN(len(doc))
			to := at
			if random.IntN(2) == 0 {
				to = min(len(doc), at+random.IntN(10))
			}
			doc = append(append(bytes.Clone(doc[:at]), pieces[random.IntN(len(pieces))]...), doc[to:]...)
		}
		file := filepath.Join(dir, fmt.Sprintf("%04d.xml", i))
		must.OK(t, os.WriteFile(file, doc, 0o600))
		_, _, ours[file] = form.JSON(nil, doc)
		files = append(files, file)
	}
	complaints := lint(files)
	accepted := 0
	for _, file := range files {
		theirs := complaints[file]
		refused := false
		switch code := codeOf(ours[file]); {
		case code == "", code == fault.InputInvalid:
			accepted++
		case code == fault.XMLInstruction, ownRule(ours[file]):
			continue // XML, but not for us
		default:
			refused = true
		}
		if refused != (theirs != "") {
			doc, _ := os.ReadFile(file)
			t.Errorf("%s\nwe say %v, libxml2 says %q", doc, ours[file], theirs)
		}
	}
	if accepted < 300 {
		t.Errorf("only %d of the documents were accepted by anybody: the test proves little", accepted)
	}
}

// ownRule: the refusal is not about XML.
func ownRule(err error) bool {
	return strings.Contains(err.Error(), "the element is not") || strings.Contains(err.Error(), "xsi:nil is neither")
}

// lint returns what libxml2 says about each file.
func lint(files []string) map[string]string {
	said := map[string]string{}
	for len(files) > 0 {
		some := files[:min(500, len(files))]
		files = files[len(some):]
		out, _ := exec.Command("xmllint", append([]string{"--noout", "--nonet"}, some...)...).CombinedOutput()
		for line := range strings.Lines(string(out)) {
			file, rest, ok := strings.Cut(line, ".xml:")
			if ok && strings.Contains(rest, "error") && !strings.Contains(rest, "is not a valid URI") {
				said[file+".xml"] += rest
			}
		}
	}
	return said
}

func codeOf(err error) fault.Code {
	code, _ := found(err)
	return code
}

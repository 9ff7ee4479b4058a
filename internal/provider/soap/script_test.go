package soap

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/xmlsec"
	"mconnect/test/must"
	"mconnect/test/registers"
)

// exchanged is one question of a script and what is expected of it.
type exchanged struct {
	registers.Section
	status                         int
	sent, body, answer, code, says string
}

func exchanges(t *testing.T, all []registers.Section) (list []exchanged) {
	t.Helper()
	for _, s := range all {
		if s.Name == "ask" {
			list = append(list, exchanged{Section: s, status: 200})
			continue
		}
		if len(list) == 0 {
			continue
		}
		one := &list[len(list)-1]
		switch s.Name {
		case "status":
			n := must.Get(strconv.Atoi(s.Text))(t)
			one.status = n
		case "sent":
			one.sent = s.Text
		case "body":
			one.body = s.Text
		case "answer":
			one.answer = s.Text
		case "code":
			one.code = s.Text
		case "says":
			one.says = s.Text
		default:
			t.Fatalf("section %q", s.Name)
		}
	}
	return list
}

// TestSOAP_Scripts plays testdata/soap: how services of several makes are asked and answer.
func TestSOAP_Scripts(t *testing.T) {
	paths, err := filepath.Glob("testdata/soap/*.txt")
	if err != nil || len(paths) < 4 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		all := registers.Script(t, path)
		for i, one := range exchanges(t, all) {
			t.Run(fmt.Sprintf("%s/%d", strings.TrimSuffix(filepath.Base(path), ".txt"), i+1), func(t *testing.T) { playSOAP(t, all[0].Text, one) })
		}
	}
}

func playSOAP(t *testing.T, manifest string, one exchanged) {
	var got string
	space, media := xmlsec.NamespaceSOAP11, "text/xml; charset=utf-8"
	if strings.Contains(manifest, `version: "1.2"`) {
		space, media = xmlsec.NamespaceSOAP12, "application/soap+xml; charset=utf-8"
	}
	s := registers.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		_, rest, _ := strings.Cut(string(raw), "<soapenv:Body>")
		got, _, _ = strings.Cut(rest, "</soapenv:Body>")
		w.Header().Set("Content-Type", media)
		w.WriteHeader(one.status)
		io.WriteString(w, `<S:Envelope xmlns:S="`+space+`"><S:Header/><S:Body>`+one.body+`</S:Body></S:Envelope>`)
	})
	pl := registers.Declared(t, manifest, "http://REGISTER", s.URL)
	p := newProvider(t, config{})
	if found := p.Check(pl.Service); len(found) > 0 {
		t.Fatal(found)
	}
	reply, err := registers.Deliver(t, p, pl, one.Text)
	if err == nil {
		if _, _, bad := pl.ResponseSchema.Cut(nil, reply.Body, pl.ResponseSchema.Mask([]string{"*"})); bad != nil {
			err = bad
		}
	}
	if one.sent != "" && got != one.sent {
		t.Errorf("sent %s\nwant %s", got, one.sent)
	}
	if one.code == "" {
		if err != nil || string(reply.Body) != one.answer {
			t.Errorf("%v\n%s\nwant\n%s", err, reply.Body, one.answer)
		}
		return
	}
	if e := registers.WantFault(t, err, fault.Code(one.code), ""); e.Provider != one.says {
		t.Errorf("its words: %q, want %q", e.Provider, one.says)
	}
}

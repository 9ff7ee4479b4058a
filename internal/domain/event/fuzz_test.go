package event

import (
	"strings"
	"testing"

	sdk "github.com/cloudevents/sdk-go/v2/event"
	"github.com/google/go-cmp/cmp"
)

// FuzzRead holds what is accepted to the judgement of the CloudEvents SDK, and what is written to what was read.
func FuzzRead(f *testing.F) {
	f.Add([]byte(invalidated))
	f.Add([]byte(`{"specversion":"1.0","id":"1","source":"urn:x:y","type":"A.B.C.D","data_base64":"AP8=","datacontenttype":"text/plain"}`))
	f.Add([]byte(`{"specversion":"1.0","id":"\"\\","source":"//h:8/p?q#f","type":"A.B.C.D","data":null,"dataschema":"https://x/y","x":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := Read(text, Delivered)
		if err != nil {
			return
		}
		again, err := Read(e.AppendJSON(nil), Delivered)
		if err != nil {
			t.Fatalf("%q is written as %q, which is refused: %v", text, e.AppendJSON(nil), err)
		}
		if d := cmp.Diff(e, again); d != "" {
			t.Errorf("%q is written otherwise: %s", text, d)
		}
		judged(t, e.AppendJSON(nil), &e)
	})
}

// FuzzBinary reads headers made of the text's lines.
func FuzzBinary(f *testing.F) {
	f.Add("Ce-Specversion=1.0\nCe-Id=1\nCe-Source=/s\nCe-Type=A.B.C.D\nCe-Subject=%C8%98\nContent-Type=text/plain", []byte("x"))
	f.Fuzz(func(t *testing.T, lines string, body []byte) {
		header := map[string][]string{}
		for _, line := range strings.Split(lines, "\n") {
			name, value, _ := strings.Cut(line, "=")
			header[name] = append(header[name], value)
		}
		e, err := ReadBinary(header, body, Delivered)
		if err != nil {
			return
		}
		again, err := ReadBinary(headers(&e), e.Data, Delivered)
		if err != nil {
			t.Fatalf("%q: %v", lines, err)
		}
		e.Extensions, again.Extensions = nil, nil
		if d := cmp.Diff(e, again); d != "" {
			t.Errorf("%q: %s", lines, d)
		}
		judged(t, e.AppendJSON(nil), &e)
	})
}

// judged has the SDK read text, which must say what e does.
func judged(t *testing.T, text []byte, e *Event) {
	t.Helper()
	var theirs sdk.Event
	if err := theirs.UnmarshalJSON(text); err != nil {
		t.Fatalf("the SDK refuses %q: %v", text, err)
	}
	if err := theirs.Validate(); err != nil {
		t.Fatalf("the SDK judges %q: %v", text, err)
	}
	ours := [...]string{e.ID, e.Source, string(e.Type), e.Subject, e.ContentType, e.DataSchema}
	if got := [...]string{theirs.ID(), theirs.Source(), theirs.Type(), theirs.Subject(), theirs.DataContentType(), theirs.DataSchema()}; got != ours {
		t.Errorf("%q: the SDK reads %q, we %q", text, got, ours)
	}
	if !theirs.Time().Equal(e.Time) {
		t.Errorf("%q: the SDK reads the time %s, we %s", text, theirs.Time(), e.Time)
	}
	if key, _ := theirs.Extensions()["partitionkey"].(string); key != e.PartitionKey {
		t.Errorf("%q: the SDK reads the key %q, we %q", text, key, e.PartitionKey)
	}
}

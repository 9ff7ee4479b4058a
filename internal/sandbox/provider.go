package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
	"mconnect/internal/exchange"
)

// Provider answers in the place of every provider. The zero value is ready; it is safe for concurrent use.
type Provider struct {
	People *People // whom examples tell of; nil: nobody
}

// Deliver makes an answer up. The faults are those of a register: subject.notFound for numbers that belong to nobody.
func (p Provider) Deliver(_ context.Context, d exchange.Delivery) (exchange.Reply, error) {
	if answer, ok, err := example(d); ok || err != nil {
		return exchange.Reply{Body: answer, MediaType: "application/json"}, err
	}
	s := d.Service
	path := keyOf(s)
	key, base := "", schema.String
	if path != "" {
		key = s.RequestSchema.Value(d.Input, path)
		base = s.Request.Lookup(path).Type
	}
	if prefix, numbered := ranges[base]; numbered && key != "" &&
		(!strings.HasPrefix(key, prefix) || key == Nobody[base]) {
		f := fault.New(fault.ProviderNoRecord)
		f.Leg = fault.Provider
		return exchange.Reply{}, f
	}
	if s.Opaque != nil {
		return paper(s.Opaque.MediaTypes[0], key), nil
	}
	m := &maker{people: p.People, request: scalars(d), known: key != "" && key == exampleOf(s.Request, path)}
	about := subject{idnp: key}
	switch {
	case key != "" && base == schema.IDNP:
		m.asked = key
	case key != "" && base == schema.IDNO:
		about = subject{idno: key}
	case key != "" && base == schema.IDNV:
		about = subject{idnv: key}
	default:
		about = subject{idnp: number("2999", dice("input", string(s.Name), string(d.Input)).Uint64N(80_000_000))}
	}
	body, err := json.Marshal(m.object(s.Response.Fields, about, "", 0))
	if err != nil {
		return exchange.Reply{}, err
	}
	return exchange.Reply{Body: body, MediaType: "application/json"}, nil
}

// keyOf is the field of the request that says about whom or what is asked: the data subject, else the first
// identification number, else none.
func keyOf(s *catalog.Ready) string {
	if s.Subject != "" {
		return s.Subject
	}
	for _, f := range s.Request.Fields {
		if _, numbered := ranges[f.Type]; numbered {
			return f.Name
		}
	}
	return ""
}

// scalars are the single values of a request by the names of their fields: an answer that has the same fields repeats
// them.
func scalars(d exchange.Delivery) map[string]any {
	var all map[string]any
	decoder := json.NewDecoder(bytes.NewReader(d.Input))
	decoder.UseNumber()
	if decoder.Decode(&all) != nil {
		return nil
	}
	for name, v := range all {
		switch v.(type) {
		case map[string]any, []any, nil:
			delete(all, name)
		}
	}
	return all
}

// exampleOf is the example that a type gives for a field, as text.
func exampleOf(t schema.Type, path string) string {
	if f := t.Lookup(path); f != nil && f.Example != nil {
		return fmt.Sprint(f.Example)
	}
	return ""
}

// example looks for an example whose request is this one. Those of the service come first: an answer given there is
// used as it is.
func example(d exchange.Delivery) (answer []byte, ok bool, err error) {
	for _, e := range d.Service.Examples {
		asked, err := json.Marshal(e.Request)
		if err != nil {
			return nil, false, err
		}
		if canonical, err := d.Service.RequestSchema.Read(asked); err != nil || !bytes.Equal(canonical, d.Input) ||
			e.Answer == nil {
			continue
		}
		answer, err = json.Marshal(e.Answer)
		return answer, err == nil, err
	}
	return nil, false, nil
}

// paper is an invented document of a media type.
func paper(mediaType, key string) exchange.Reply {
	text := "MConnect sandbox: document inventat, fără valoare juridică."
	if key != "" {
		text += " " + key
	}
	switch mediaType {
	case "application/pdf":
		text = pdf("MConnect sandbox: invented document, no legal value. " + key)
	case "application/json":
		text = `{"sandbox":true}`
	case "application/xml", "text/xml":
		text = "<sandbox/>"
	}
	return exchange.Reply{Stream: io.NopCloser(strings.NewReader(text)), MediaType: mediaType, Length: int64(len(text))}
}

// pdf is a page with one line of ASCII text.
func pdf(line string) string {
	content := "BT /F1 12 Tf 60 760 Td (" + strings.NewReplacer("(", "", ")", "", `\`, "").Replace(line) + ") Tj ET"
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var b strings.Builder
	b.WriteString("%PDF-1.4\n")
	var places []int
	for i, o := range objects {
		places = append(places, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range places {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.String()
}

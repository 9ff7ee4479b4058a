package xmlmap_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/xmlmap"
	"mconnect/test/must"
)

// A form is shared by all calls at once, and what one leaves behind never shows in another.
func TestForm_ConcurrentUse(t *testing.T) {
	form := sample(t, xmlmap.Config{Type: one(text, flats, inner)})
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 200 {
				doc := fmt.Sprintf(`{"S":"%d \u003c%d","F":[%d],"O":{"S":"%s"}}`, worker, i, i, strings.Repeat("x", i))
				want := strings.ReplaceAll(doc, `\u003c`, "<")
				element, _, err := form.XML(nil, []byte(doc))
				if err != nil {
					t.Error(err)
					return
				}
				if i%3 == 0 { // a refused message in between
					if _, _, err := form.JSON(nil, element[:len(element)/2]); err == nil {
						t.Error("half a message was accepted")
					}
				}
				back, _, err := form.JSON(nil, element)
				if err != nil || string(back) != want {
					t.Errorf("%s came back as %s, %v", doc, back, err)
					return
				}
			}
		})
	}
	all.Wait()
}

// The two sides of SOAP→SOAP: a consumer's request in the platform's form becomes the provider's, the provider's answer
// the platform's, through the neutral JSON alone.
func TestForm_FromOneDialectToAnother(t *testing.T) {
	request := one(text, list)
	consumer := sample(t, xmlmap.Config{Type: request, Element: "GetThing"})
	provider := sample(t, xmlmap.Config{
		Type: request, Element: "{urn:exemplu}cerere", Namespace: "urn:exemplu", BareChild: true,
		Names: map[string]string{"S": "cheie", "L": "feluri", "L[]": "fel"},
	})
	neutral, _, err := consumer.JSON(nil, []byte(`<m:GetThing xmlns:m="https://mconnect.gov.md"><m:L><m:I>a</m:I></m:L><m:S>k</m:S></m:GetThing>`))
	must.OK(t, err)
	asked, _, err := provider.XML(nil, neutral)
	want := `<cerere xmlns="urn:exemplu"><cheie xmlns="">k</cheie><feluri xmlns=""><fel>a</fel></feluri></cerere>`
	if err != nil || string(asked) != want {
		t.Errorf("%s %v", asked, err)
	}
	answer := sample(t, xmlmap.Config{Type: one(decimal, day), Answer: true, Element: "raspuns", Namespace: "urn:exemplu", Elements: xmlmap.Drop, BlankIsNo: true})
	neutral, dropped, err := answer.JSON(nil, []byte(`<raspuns xmlns="urn:exemplu"><D>1.10</D><Day/><intern>secret</intern></raspuns>`))
	if err != nil || string(neutral) != `{"D":"1.10"}` || dropped != 1 {
		t.Errorf("%s, %d dropped, %v", neutral, dropped, err)
	}
}

// Of very many faults the first ones are told, and the place of a nil message is the root.
func TestRead_Faults(t *testing.T) {
	form := sample(t, xmlmap.Config{Type: one(flats)})
	_, _, err := form.JSON(nil, []byte(in(strings.Repeat("<F>x</F>", 100))))
	if f := fault.From(err); len(f.Fields) != fault.MaxFields || f.Fields[19].Path != "/F/19" || f.Leg != fault.Caller {
		t.Errorf("%d faults, %v", len(f.Fields), f)
	}
	_, _, err = form.JSON(nil, []byte(`<T xmlns="https://mconnect.gov.md" xmlns:i="`+xmlmap.XSI+`" i:nil="true"/>`))
	if code, where := found(err); code != fault.InputInvalid || where != "input.type " {
		t.Errorf("a nil message: %v", err)
	}
	_, _, err = form.JSON(nil, []byte("<T xmlns=\"https://mconnect.gov.md\">\n\n<F>1</G></T>"))
	if f := fault.From(err); f.Code != fault.XMLMalformed || f.Params["line"] != "3" {
		t.Errorf("the line is not told: %v %v", err, f.Params)
	}
}

// The largest text goes through both ways, and memory kept for reuse stays bounded.
func TestForm_LargeText(t *testing.T) {
	form := sample(t, xmlmap.Config{Type: one(text)})
	doc := []byte(`{"S":"` + strings.Repeat(`é&<\n\"`, 300_000) + `"}`)
	element, _, err := form.XML(nil, doc)
	must.OK(t, err)
	back, _, err := form.JSON(nil, element)
	if err != nil || !bytes.Equal(back, doc) {
		t.Errorf("%d bytes came back as %d, %v", len(doc), len(back), err)
	}
}

func TestForm_Item(t *testing.T) {
	for _, c := range []struct {
		field, item string
		nullable    bool
		inArray     bool
		name        string
		flat        bool
	}{
		{"Owners", "Owner", false, false, "Owner", false},
		{"Estate", "Estate", false, false, "Estate", true},
		{"Estate", "", false, false, "Estate", true},
		{"Estate", "", true, false, "Item", false},
		{"Estate", "Estate", true, false, "Estate", false},
		{"Row", "", false, true, "Item", false},
		{"", "Cell", false, true, "Cell", false},
	} {
		f := schema.Field{Name: c.field, Type: schema.Array, Nullable: c.nullable, Items: &schema.Field{Name: c.item}}
		if name, flat := xmlmap.Item(f, c.inArray); name != c.name || flat != c.flat {
			t.Errorf("%+v gave %q %v", c, name, flat)
		}
	}
}

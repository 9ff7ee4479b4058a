package xmlmap_test

import (
	"encoding/json"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
	"mconnect/internal/domain/schema/xmlmap"
)

func TestWrite_Values(t *testing.T) {
	must := schema.Field{Name: "M", Type: schema.String, Nullable: true, Mandatory: true}
	for _, c := range []struct {
		field     schema.Field
		doc, want string
	}{
		{text, `{}`, ``},
		{text, `{"S":null}`, ``},
		{text, ` { "S" : "a" } `, `<S>a</S>`},
		{text, `{"S":"<&>\"']]>\r\n\tă\ud83d\ude00\/\u0041"}`, "<S>&lt;&amp;&gt;\"']]&gt;&#xD;\n\tă😀/A</S>"},
		{text, `{"\u0053":"a"}`, `<S>a</S>`},
		{must, `{"M":null}`, `<M xmlns:xsi="` + xmlmap.XSI + `" xsi:nil="true"></M>`},
		{number, `{"N":-12}`, `<N>-12</N>`},
		{decimal, `{"D":1.50}`, `<D>1.50</D>`},
		{decimal, `{"D":"1.50"}`, `<D>1.50</D>`},
		{flag, `{"B":false}`, `<B>false</B>`},
		{flats, `{"F":[]}`, ``},
		{flats, `{"F":[1,2]}`, `<F>1</F><F>2</F>`},
		{list, `{"L":[]}`, `<L></L>`},
		{list, `{"L":["a",null]}`, `<L><I>a</I><I xmlns:xsi="` + xmlmap.XSI + `" xsi:nil="true"></I></L>`},
		{inner, `{"O":{"N":1,"S":"x"}}`, `<O><S>x</S><N>1</N></O>`},
	} {
		form := sample(t, xmlmap.Config{Type: one(c.field)})
		out, _, err := form.XML(nil, []byte(c.doc))
		if err != nil || string(out) != in(c.want) {
			t.Errorf("%s\ngave %s, %v\nwant %s", c.doc, out, err, in(c.want))
		}
	}
}

func TestWrite_RefusedValues(t *testing.T) {
	for _, c := range []struct {
		field     schema.Field
		doc, want string
	}{
		{text, `{"S":1}`, "input.type /S"},
		{text, `{"S":true}`, "input.type /S"},
		{text, `{"S":{"a":[1,"x",null,{}]}}`, "input.type /S"},
		{text, `{"S":"\u0000"}`, "input.format /S"},
		{text, `{"S":"\ufffe"}`, "input.format /S"},
		{text, "{\"S\":\"\uffff\"}", "input.format /S"},
		{text, `{"X":1}`, "input.unknownField /X"},
		{number, `{"N":"1"}`, "input.type /N"},
		{number, `{"N":1.0}`, "input.type /N"},
		{number, `{"N":1e2}`, "input.type /N"},
		{decimal, `{"D":1e2}`, "input.type /D"},
		{decimal, `{"D":"1e2"}`, "input.format /D"},
		{flag, `{"B":"true"}`, "input.type /B"},
		{flats, `{"F":null}`, "input.type /F"},
		{flats, `{"F":[null]}`, "input.type /F/0"},
		{list, `{"L":{}}`, "input.type /L"},
		{inner, `{"O":[]}`, "input.type /O"},
	} {
		form := sample(t, xmlmap.Config{Type: one(c.field)})
		out, _, err := form.XML([]byte("kept"), []byte(c.doc))
		if code, where := found(err); code != fault.InputInvalid || where != c.want || string(out) != "kept" {
			t.Errorf("%s\ngave %q %s %q, want %q", c.doc, out, code, where, c.want)
		}
	}
	form := sample(t, xmlmap.Config{Type: one(text), Elements: xmlmap.Drop})
	out, dropped, err := form.XML(nil, []byte(`{"X":[{"S":"y"}],"S":"x"}`))
	if err != nil || dropped != 1 || string(out) != in(`<S>x</S>`) {
		t.Errorf("%s, %d dropped, %v", out, dropped, err)
	}
}

func TestWrite_RefusesOtherThanJSON(t *testing.T) {
	form := sample(t, xmlmap.Config{Type: one(text, number, flag, inner), Elements: xmlmap.Drop})
	for doc, want := range map[string]fault.Code{
		``: fault.MessageMalformed, `[]`: fault.MessageMalformed, `{`: fault.MessageMalformed, `{}x`: fault.MessageMalformed,
		`{"S"}`: fault.MessageMalformed, `{"S":}`: fault.MessageMalformed, `{"S":"a",}`: fault.MessageMalformed,
		`{"S":"a" "N":1}`: fault.MessageMalformed, `{"S":'a'}`: fault.MessageMalformed, `{"S":"a`: fault.MessageMalformed,
		"{\"S\":\"\n\"}": fault.MessageMalformed, `{"S":"\x"}`: fault.MessageMalformed, `{"S":"\ud83d"}`: fault.MessageMalformed,
		`{"S":"\ud83d\u0041"}`: fault.MessageMalformed, `{"S":"\u12"}`: fault.MessageMalformed, "{\"S\":\"\xff\"}": fault.MessageMalformed,
		`{"N":01}`: fault.MessageMalformed, `{"N":-}`: fault.MessageMalformed, `{"N":1.}`: fault.MessageMalformed, `{"N":1e}`: fault.MessageMalformed,
		`{"N":nul}`: fault.MessageMalformed, `{"B":truex}`: fault.MessageMalformed, `{"B":fals}`: fault.MessageMalformed,
		`{"X":tru}`: fault.MessageMalformed, `{"X":[1,]}`: fault.MessageMalformed, `{"X":{"a":1,}}`: fault.MessageMalformed,
		`{"S":"a","S":"b"}`: fault.MessageDuplicateKey, `{"S":"a","\u0053":null}`: fault.MessageDuplicateKey,
		`{"X":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`: fault.MessageTooDeep,
	} {
		if want != fault.MessageDuplicateKey && want != fault.MessageTooDeep && json.Valid([]byte(doc)) && doc != "[]" && !strings.Contains(doc, `\ud83d`) && !strings.Contains(doc, "\xff") {
			t.Errorf("%q is JSON", doc)
		}
		if _, _, err := form.XML(nil, []byte(doc)); fault.From(err).Code != want {
			t.Errorf("%q gave %v, want %s", doc, err, want)
		}
	}
	form = sample(t, xmlmap.Config{Type: one(flats), Answer: true, Limits: xmlmap.Limits{Bytes: 20, Elements: 4}})
	for doc, want := range map[string]fault.Code{
		`{"F":[1,2,3]}`: fault.ProviderTooLarge, `{"F":[1,                2]}`: fault.ProviderTooLarge, `{`: fault.ProviderMalformed, `{"F":1}`: fault.ProviderInvalid,
	} {
		if _, _, err := form.XML(nil, []byte(doc)); fault.From(err).Code != want || fault.From(err).Leg != fault.Provider {
			t.Errorf("%q gave %v, want %s", doc, err, want)
		}
	}
}

func TestCompile_Refuses(t *testing.T) {
	twin := schema.Field{Name: "U", Type: schema.String}
	for name, cfg := range map[string]xmlmap.Config{
		"/names/X":   {Type: one(text), Names: map[string]string{"X": "y"}},
		"/names/S":   {Type: one(text), Names: map[string]string{"S": "1x"}},
		"/names/U":   {Type: one(text, twin), Names: map[string]string{"U": "S"}},
		"/names/":    {Type: one(text), Element: "a b"},
		"/names/L[]": {Type: one(list), Names: map[string]string{"L[]": "{" + xmlmap.XSI + "}x"}},
	} {
		_, err := xmlmap.Compile(cfg)
		if code, where := found(err); code != fault.ResourceInvalid || !strings.HasSuffix(strings.Split(where, ",")[0], " "+name) {
			t.Errorf("%s: %s %q", name, code, where)
		}
	}
	if _, err := xmlmap.Compile(xmlmap.Config{Type: one(schema.Field{Name: "?", Type: schema.String})}); fault.From(err).Code != fault.ResourceInvalid {
		t.Error(err)
	}
	form := sample(t, xmlmap.Config{Type: one(text), Element: "GetT"})
	if space, local := form.Element(); space != xmlmap.Namespace || local != "GetT" {
		t.Error(space, local)
	}
}

func FuzzXML(f *testing.F) {
	form := sample(f, xmlmap.Config{Elements: xmlmap.Drop})
	f.Add([]byte(sampleJSON))
	f.Add([]byte(`{"X":[1e5,{"a":"\ud83d\ude00"}],"Income":1.5}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		out, _, err := form.XML(nil, doc)
		if err != nil {
			return
		}
		if !json.Valid(doc) {
			t.Fatalf("%q is no JSON", doc)
		}
		if err := standard(out); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		if _, _, err := form.JSON(nil, out); err != nil {
			t.Fatalf("%s cannot be read back: %v", out, err)
		}
	})
}

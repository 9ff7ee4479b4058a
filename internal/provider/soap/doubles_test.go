package soap

import (
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/schema"
	"mconnect/test/must"
	"mconnect/test/registers"
)

// doubles are values of xs:double as registers write them, and what they are as a decimal; "": refused, with the place.
var doubles = map[string]string{
	"1.5E3": "1500", "1.23456789E7": "12345678.9", "1.0E-4": "0.00010", "-2.5e+2": "-250", "+1E0": "1", "0E0": "0", "-0.0": "-0.0", "7": "7", " 7.25\n": "7.25",
	".5E1": "5", "5.E1": "50", "1E64": "",
	"INF": "", "-INF": "", "+INF": "", "NaN": "", "Infinity": "", "1.5E": "", "E3": "", "1.5E3.0": "", "1,5E3": "", "1.5E99999": "", "0x1p3": "",
}

// TestProvider_DoublesOfSOAPRegisters: a number with an exponent is the number that it is, digit by digit; what is no
// number is an answer that breaks the declaration, and the field is named. Fails on 331cb78, which refused every
// exponent.
func TestProvider_DoublesOfSOAPRegisters(t *testing.T) {
	for written, want := range doubles {
		svc := vehicles(registers.Replying(t, 200, "text/xml", envelope(strings.Replace(car, "<r:masa/>", "<r:masa>"+written+"</r:masa>", 1))))
		pl := registers.Ready(t, svc)
		reply, err := registers.Deliver(t, newProvider(t, config{}), pl, question)
		if want == "" {
			e := registers.WantFault(t, err, fault.ProviderInvalid, fault.Provider)
			if len(e.Fields) != 1 || e.Fields[0].Path != "/Weight" || e.Fields[0].Code != fault.InputFormat {
				t.Errorf("%q: %v", written, e.Fields)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", written, err)
			continue
		}
		cut, _, err := pl.ResponseSchema.Cut(nil, reply.Body, pl.ResponseSchema.Mask([]string{"Weight"}))
		if err != nil || string(cut) != `{"Weight":`+want+`}` && string(cut) != `{"Weight":"`+want+`"}` {
			t.Errorf("%q: %s %v, want %s", written, cut, err, want)
		}
	}
}

// TestProvider_DoublesOfRESTRegisters: what Jackson writes from ten million upward, within the bounds of a number.
func TestProvider_DoublesOfRESTRegisters(t *testing.T) {
	compiled := must.Get(schema.CompileType(schema.Type{Name: "Debt", Fields: []schema.Field{
		{Name: "Amount", Type: schema.Decimal}, {Name: "Count", Type: schema.Integer},
	}}))(t)
	for written, want := range map[string]string{
		`{"Amount":1.23456789E7}`: `{"Amount":12345678.9}`, `{"Amount":1E7,"Count":1E3}`: `{"Amount":10000000,"Count":1000}`,
		`{"Amount":-1.0e-2}`: `{"Amount":-0.010}`, `{"Count":1.5E1}`: `{"Count":15}`,
		`{"Count":1.5E0}`: "", `{"Amount":1E999}`: "", `{"Amount":NaN}`: "", `{"Amount":Infinity}`: "", `{"Amount":1E}`: "", `{"Amount":"INF"}`: "",
	} {
		s := registers.Post(registers.Replying(t, 200, "application/json", written))
		reply, err := registers.Deliver(t, newProvider(t, config{}), s, input)
		var cut []byte
		if err == nil {
			cut, _, err = compiled.Cut(nil, reply.Body, compiled.Mask([]string{"*"}))
		}
		if want == "" && err == nil || want != "" && (err != nil || string(cut) != want) {
			t.Errorf("%s: %s %v, want %q", written, cut, err, want)
		}
	}
}

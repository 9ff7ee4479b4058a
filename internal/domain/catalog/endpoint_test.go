package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"mconnect/internal/domain/catalog"
	"mconnect/internal/domain/schema"
)

// soap makes a SOAP endpoint of the sample service, spoiled.
func soapEndpoint(spoil func(*catalog.SOAP)) func(*catalog.Service) {
	return func(s *catalog.Service) {
		e := &catalog.SOAP{URL: "https://register.md/ws", Request: catalog.SOAPElement{Namespace: "urn:r"}}
		if spoil != nil {
			spoil(e)
		}
		s.Endpoint = catalog.Endpoint{SOAP: e}
	}
}

func TestValidate_SOAP(t *testing.T) {
	own := []schema.Field{{Name: "a", Type: schema.String}}
	spoiled{
		"good":           {soapEndpoint(nil), nil},
		"no address":     {soapEndpoint(func(e *catalog.SOAP) { e.URL = "" }), []string{"/endpoint/soap/url input.missing"}},
		"a query":        {soapEndpoint(func(e *catalog.SOAP) { e.URL += "?wsdl" }), []string{"/endpoint/soap/url input.format"}},
		"a version":      {soapEndpoint(func(e *catalog.SOAP) { e.Version = "2" }), []string{"/endpoint/soap/version input.enum"}},
		"two lines":      {soapEndpoint(func(e *catalog.SOAP) { e.Action = "a\r\nX: y" }), []string{"/endpoint/soap/action input.format"}},
		"a form":         {soapEndpoint(func(e *catalog.SOAP) { e.Response.Form = "rpc" }), []string{"/endpoint/soap/response/form input.enum"}},
		"too far inside": {soapEndpoint(func(e *catalog.SOAP) { e.Request.Inside = strings.Split("abcde", "") }), []string{"/endpoint/soap/request/inside input.length"}},
		"fields without a way to them": {soapEndpoint(func(e *catalog.SOAP) { e.Request.Fields = own }),
			[]string{"/endpoint/soap/request/mapping input.missing"}},
		"fields with one": {soapEndpoint(func(e *catalog.SOAP) { e.Request.Fields, e.Request.Mapping = own, "{a: .IDNP}" }), nil},
		"fields that are none": {soapEndpoint(func(e *catalog.SOAP) {
			e.Response.Fields, e.Response.Mapping = []schema.Field{{Name: "a", Type: "text"}}, "."
		}), []string{"/endpoint/soap/response/fields/0/type input.enum"}},
		"a fault of nothing": {soapEndpoint(func(e *catalog.SOAP) { e.NotFound = []catalog.SOAPFault{{}} }), []string{"/endpoint/soap/not_found/0 input.missing"}},
		"signing":            {soapEndpoint(func(e *catalog.SOAP) { e.Signing = "sometimes" }), []string{"/endpoint/soap/signing input.enum"}},
		"signed and not":     {soapEndpoint(func(e *catalog.SOAP) { e.Signing, e.SignHeaders = "never", true }), []string{"/endpoint/soap/sign_headers input.unknownField"}},
		"a signer of nobody": {soapEndpoint(func(e *catalog.SOAP) { e.Signer = &catalog.SOAPSigner{} }), []string{"/endpoint/soap/signer input.missing"}},
		"a block without a name": {soapEndpoint(func(e *catalog.SOAP) { e.Headers = []catalog.SOAPHeader{{Namespace: "urn:a"}} }),
			[]string{"/endpoint/soap/headers/0/name input.missing"}},
		"a header of the platform": {soapEndpoint(func(e *catalog.SOAP) { e.HTTPHeaders = map[string]string{"Authorization": "x"} }),
			[]string{"/endpoint/soap/http_headers/Authorization input.format"}},
		"credentials": {soapEndpoint(func(e *catalog.SOAP) { e.Credentials.Kind = "basic" }),
			[]string{"/endpoint/soap/credentials/user input.missing", "/endpoint/soap/credentials/secret input.missing"}},
	}.run(t)
}

func TestValidate_OneKindOfEndpoint(t *testing.T) {
	spoiled{
		"none": {func(s *catalog.Service) { s.Endpoint = catalog.Endpoint{} }, []string{"/endpoint input.missing"}},
		"two": {func(s *catalog.Service) {
			soapEndpoint(nil)(s)
			s.Endpoint.SQL = &catalog.SQL{}
		}, []string{"/endpoint/sql input.unknownField"}},
	}.run(t)
	all := catalog.Endpoint{REST: &catalog.REST{}, SOAP: &catalog.SOAP{}, SQL: &catalog.SQL{}, File: &catalog.File{}}
	if got := all.Kinds(); !slices.Equal(got, []string{"rest", "soap", "sql", "file"}) {
		t.Errorf("%v", got)
	}
}

func TestEndpoint_FormsOfDates(t *testing.T) {
	for format, want := range map[string]string{
		"DD.MM.YYYY": "02.01.2006", "YYYY-MM-DD": "2006-01-02", "MM/DD/YYYY": "01/02/2006", "YYYYMMDD": "20060102",
		"DD.MM.YYYY hh:mm:ss": "02.01.2006 15:04:05", "YYYY-MM-DDThh:mm": "2006-01-02T15:04",
		"": "", "DD.MM": "", "DD.MM.YY": "02.01.06", "YYMMDD": "060102", "DD.DD.YYYY": "", "D.M.YYYY": "2.1.2006", "D/M/YY hh:mm": "2/1/06 15:04", "YYYYYY": "", "DD MMM YYYY": "", "DD.MM.YYYY Z": "", "DD.MM.YYYY 2": "",
	} {
		if got := (catalog.Column{Format: format}).Layout(); got != want {
			t.Errorf("%q: %q, want %q", format, got, want)
		}
	}
}

func TestEndpoint_TypeAtTheProvider(t *testing.T) {
	own := schema.Type{Name: "Person", Fields: []schema.Field{{Name: "IDNP", Type: schema.IDNP}}}
	if got := (catalog.SOAPElement{}).TypeOf(own); got.Fields[0].Name != "IDNP" {
		t.Errorf("%+v", got)
	}
	other := catalog.SOAPElement{Fields: []schema.Field{{Name: "cod", Type: schema.String}}}
	if got := other.TypeOf(own); got.Name != "Person" || got.Fields[0].Name != "cod" {
		t.Errorf("%+v", got)
	}
	row := (&catalog.File{Columns: []catalog.Column{{Field: own.Fields[0], Header: "Cod"}}}).RowType()
	if len(row.Fields) != 1 || row.Fields[0].Type != schema.IDNP {
		t.Errorf("%+v", row)
	}
}

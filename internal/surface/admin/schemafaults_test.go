package admin

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2/validation"

	"mconnect"
	"mconnect/fault"
)

// english are words of huma's messages that no Romanian or Russian sentence has.
var english = regexp.MustCompile(`(?i)\b(expected|string|boolean|integer|number|array|object|length|value|values|unique|pattern|match|required|invalid|form|once|schema|be|to|by|of|the)\b`)

// TestMistakes_AreSaidInTheReadersLanguage: each message that huma's check can give becomes a code, and its sentence no
// English.
func TestMistakes_AreSaidInTheReadersLanguage(t *testing.T) {
	for message, want := range map[string]fault.FieldError{
		validation.MsgUnexpectedProperty:                                       {Code: fault.InputUnknownField},
		fmt.Sprintf(validation.MsgExpectedOneOf, "active, suspended"):          {Code: fault.InputEnum, Params: map[string]string{"values": "active, suspended"}},
		fmt.Sprintf(validation.MsgExpectedMinimumNumber, 1):                    {Code: fault.InputRange, Params: map[string]string{"min": "1"}},
		fmt.Sprintf(validation.MsgExpectedMaximumNumber, 1000):                 {Code: fault.InputRange, Params: map[string]string{"max": "1000"}},
		fmt.Sprintf(validation.MsgExpectedExclusiveMinimumNumber, 0):           {Code: fault.InputRange, Params: map[string]string{"min": "0"}},
		fmt.Sprintf(validation.MsgExpectedExclusiveMaximumNumber, 7):           {Code: fault.InputRange, Params: map[string]string{"max": "7"}},
		fmt.Sprintf(validation.MsgExpectedMinLength, 1):                        {Code: fault.InputLength, Params: map[string]string{"min": "1"}},
		fmt.Sprintf(validation.MsgExpectedMaxLength, 64):                       {Code: fault.InputLength, Params: map[string]string{"max": "64"}},
		fmt.Sprintf(validation.MsgExpectedMinItems, 1):                         {Code: fault.InputLength, Params: map[string]string{"min": "1"}},
		fmt.Sprintf(validation.MsgExpectedMaxItems, 9):                         {Code: fault.InputLength, Params: map[string]string{"max": "9"}},
		fmt.Sprintf(validation.MsgExpectedMatchPattern, "^[a-z]+$"):            {Code: fault.InputPattern, Params: map[string]string{"pattern": "^[a-z]+$"}},
		validation.MsgExpectedRFC3339DateTime:                                  {Code: fault.InputFormat, Params: map[string]string{"want": "date-time by RFC 3339"}},
		validation.MsgExpectedRFC3339Date:                                      {Code: fault.InputFormat, Params: map[string]string{"want": "date by RFC 3339"}},
		validation.MsgExpectedArrayItemsUnique:                                 {Code: fault.InputFormat, Params: map[string]string{"want": "each value once"}},
		validation.MsgExpectedBoolean:                                          {Code: fault.InputType, Params: map[string]string{"want": "boolean"}},
		validation.MsgExpectedInteger:                                          {Code: fault.InputType, Params: map[string]string{"want": "integer"}},
		validation.MsgExpectedNumber:                                           {Code: fault.InputType, Params: map[string]string{"want": "number"}},
		validation.MsgExpectedString:                                           {Code: fault.InputType, Params: map[string]string{"want": "string"}},
		validation.MsgExpectedArray:                                            {Code: fault.InputType, Params: map[string]string{"want": "array"}},
		validation.MsgExpectedObject:                                           {Code: fault.InputType, Params: map[string]string{"want": "object"}},
		fmt.Sprintf(validation.MsgExpectedRequiredProperty, "owner"):           {Path: "/owner", Code: fault.InputMissing},
		fmt.Sprintf(validation.MsgExpectedDependentRequiredProperty, "a", "b"): {Path: "/a", Code: fault.InputMissing},
		fmt.Sprintf(validation.MsgExpectedNumberBeMultipleOf, 5):               {Code: fault.InputFormat, Params: map[string]string{"want": "form of the description"}},
		fmt.Sprintf(validation.MsgExpectedMinProperties, 1):                    {Code: fault.InputFormat, Params: map[string]string{"want": "form of the description"}},
		validation.MsgExpectedMatchExactlyOneSchema:                            {Code: fault.InputFormat, Params: map[string]string{"want": "form of the description"}},
		fmt.Sprintf(validation.MsgExpectedRFC3986URI, "parse error"):           {Code: fault.InputFormat, Params: map[string]string{"want": "form of the description"}},
		validation.MsgExpectedBase64String:                                     {Code: fault.InputFormat, Params: map[string]string{"want": "form of the description"}},
		"a message that is not known":                                          {Code: fault.InputFormat, Params: map[string]string{"want": "form of the description"}},
		"invalid integer":                                                      {Code: fault.InputType, Params: map[string]string{"want": "integer"}},
		"required query parameter is missing":                                  {Code: fault.InputMissing},
	} {
		got := fieldErrorAt("", message)
		if got.Code != want.Code || got.Path != want.Path || fmt.Sprint(got.Params) != fmt.Sprint(want.Params) {
			t.Errorf("%s: %+v; want %+v", message, got, want)
		}
		for _, lang := range []mconnect.Lang{mconnect.Romanian, mconnect.Russian} {
			sentence := got.Code.Sentence(lang, got.Params)
			if found := english.FindString(strings.ReplaceAll(sentence, "true", "")); found != "" || strings.Contains(sentence, "{") {
				t.Errorf("%s in %s: %q has %q", message, lang, sentence, found)
			}
		}
	}
}

// TestMistakes_OfRequests are said so by the API itself, in a body and in a query.
func TestMistakes_OfRequests(t *testing.T) {
	o := newTestAPI(t)
	for _, c := range []struct {
		method, path, body string
		status             int
		at                 string
		code               fault.Code
	}{
		{"POST", "/v1/journal/search", `{"limit":0}`, 422, "/limit", fault.InputRange},
		{"POST", "/v1/journal/search", `{"limit":"many"}`, 422, "/limit", fault.InputType},
		{"POST", "/v1/journal/search", `{"participant":"` + strings.Repeat("p", 41) + `"}`, 422, "/participant", fault.InputLength},
		{"POST", "/v1/journal/search", `{"colour":"red"}`, 422, "/colour", fault.InputUnknownField},
		{"POST", "/v1/journal/report", `{"verdict":"maybe"}`, 422, "/verdict", fault.InputEnum},
		{"POST", "/v1/journal/readings", `{"count":1}`, 422, "/query", fault.InputMissing},
		{"POST", "/v1/journal/report?lang=de", `{}`, 400, "query.lang", fault.InputEnum},
		{"GET", "/v1/journal/4?reveal=perhaps", "", 400, "query.reveal", fault.InputType},
	} {
		for _, lang := range []string{"ro", "ru"} {
			r := o.ask("auditor-token", c.method, c.path, c.body, "Accept-Language", lang)
			if r.status != c.status {
				t.Errorf("%s %s: %d; want %d: %s", c.path, c.body, r.status, c.status, r.body)
				continue
			}
			p := r.problem(t)
			if len(p.Fields) != 1 || p.Fields[0].Path != c.at || p.Fields[0].Code != c.code || english.MatchString(p.Fields[0].Detail) || strings.Contains(p.Detail, "expected") {
				t.Errorf("%s %s in %s: %s, %+v", c.path, c.body, lang, p.Detail, p.Fields)
			}
		}
	}
	if r := o.ask("auditor-token", http.MethodPost, "/v1/journal/search", `[`); r.problem(t).Code != fault.MessageMalformed {
		t.Errorf("%s", r.body)
	}
}

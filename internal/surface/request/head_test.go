package request

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"mconnect"
	"mconnect/fault"
	"mconnect/test/must"
)

func TestHead_Decode(t *testing.T) {
	for raw, want := range map[string]string{
		"DOS-2026-00017":                       "DOS-2026-00017",
		"  spaces around \t":                   "spaces around",
		"Legea nr. 133 din 08.07.2011, șăîțâ":  "Legea nr. 133 din 08.07.2011, șăîțâ",
		"Legea%20nr.%20133%20%C8%99%C4%83":     "Legea nr. 133 șă",
		"UTF-8'ro'Legea%20%C8%99i%20ordin":     "Legea și ordin",
		"utf-8''Legea%20%C8%99i":               "Legea și",
		"50 % din cota":                        "50 % din cota",
		"100%":                                 "100%",
		"a+b":                                  "a+b",
		"UTF-8'no second mark":                 "UTF-8'no second mark",
		"Закон №%20133":                        "Закон № 133",
		"":                                     "",
		"%D0%97%D0%B0%D0%BA%D0%BE%D0%BD%20133": "Закон 133",
	} {
		if got, ok := Decode(raw); !ok || got != want {
			t.Errorf("%q: %q %t; want %q", raw, got, ok, want)
		}
	}
	for name, raw := range map[string]string{
		"not UTF-8": "Legea \xff", "a line break": "DOS%0AX-Injected: 1", "NUL": "DOS%00", "an escape sequence": "DOS%1B[31m",
		"a control character of the second block": "DOS\u009b1m",
		"escapes that are no UTF-8":               "%FF%FE", "half of a letter": "Hot%C4r", "a zero-width space": "DOS\u200b-1",
		"a zero-width space, escaped": "DOS%E2%80%8B-1", "a word joiner": "DOS\u2060", "a byte order mark inside": "DOS\ufeff1",
		"a soft hyphen": "DO\u00adS", "a mark of direction": "DOS\u202e1",
	} {
		if got, ok := Decode(raw); ok {
			t.Errorf("%s is read as %q", name, got)
		}
	}
}

func TestHead_ContextHeaders(t *testing.T) {
	long := strings.Repeat("ș", mconnect.MaxCallBasis)
	for name, c := range map[string]struct {
		header http.Header
		want   mconnect.LegalContext
		code   fault.Code
		params map[string]string
	}{
		"all four": {
			header: http.Header{"Callinguser": {"2999900000262"}, "Callingentity": {"1999900000014"}, "Callbasis": {"Legea%20exemplu"}, "Callreason": {"DOS-1"}},
			want:   mconnect.LegalContext{User: "2999900000262", Entity: "1999900000014", Basis: "Legea exemplu", Reason: "DOS-1"},
		},
		"the same twice, written differently": {
			header: http.Header{"Callbasis": {"Legea exemplu", "Legea%20exemplu"}}, want: mconnect.LegalContext{Basis: "Legea exemplu"},
		},
		"two reasons":        {header: http.Header{"Callreason": {"DOS-1", "DOS-2"}}, code: fault.ContextConflict, params: map[string]string{"name": "CallReason"}},
		"an empty second":    {header: http.Header{"Callinguser": {"2999900000262", ""}}, code: fault.ContextConflict, params: map[string]string{"name": "CallingUser"}},
		"not readable":       {header: http.Header{"Callingentity": {"\xc3\x28"}}, code: fault.ContextMalformed, params: map[string]string{"name": "CallingEntity"}},
		"as long as allowed": {header: http.Header{"Callbasis": {long}}, want: mconnect.LegalContext{Basis: long}},
		"one too long":       {header: http.Header{"Callbasis": {long + "ă"}}, code: fault.ContextTooLong, params: map[string]string{"name": "CallBasis"}},
		"long when decoded": {
			header: http.Header{"Callreason": {strings.Repeat("%C8%99", mconnect.MaxCallReason+1)}}, code: fault.ContextTooLong,
			params: map[string]string{"name": "CallReason"},
		},
	} {
		stated, err := ContextOf(c.header)
		got := stated.Context
		if c.code == "" {
			if err != nil || got != c.want {
				t.Errorf("%s: %+v %v", name, got, err)
			}
			continue
		}
		f := fault.From(err)
		if f.Code != c.code || f.Params["name"] != c.params["name"] {
			t.Errorf("%s: %v; want %s about %s", name, err, c.code, c.params["name"])
		}
	}
}

// requestOf reads a request line as net/http does.
func requestOf(t testing.TB, target string, major int) *http.Request {
	t.Helper()
	u := must.Get(url.ParseRequestURI(target))(t)
	return &http.Request{Method: http.MethodPost, RequestURI: target, URL: u, ProtoMajor: major}
}

func TestHead_TargetOf(t *testing.T) {
	for _, c := range []struct {
		target string
		major  int
		want   string
	}{
		{"/api/v1/GetPerson?fields=A", 1, "/api/v1/GetPerson?fields=A"},
		{"/api/v1/GetPerson%2F..", 1, "/api/v1/GetPerson%2F.."}, // refused later, as it stands
		{"https://exchange.example/api/v1/GetPerson", 1, "/api/v1/GetPerson"},
		{"HTTPS://exchange.example:8443/api/v1/GetPerson/1.0.0?fields=A", 1, "/api/v1/GetPerson/1.0.0?fields=A"},
		{"https://exchange.example/api/v1/%47etPerson", 1, ""},
		{"https://exchange.example/api/v1/services%2f..%2fGetPerson", 1, ""},
		{"https://exchange.example//api/v1/GetPerson", 1, "//api/v1/GetPerson"},
		{"https://exchange.example", 1, ""},
		{"https:///api/v1/GetPerson", 1, ""},
		{"https:/api/v1/GetPerson", 1, ""},
		{"http://exchange.example/api/v1/GetPerson", 1, ""},
		{"https://someone@exchange.example/api/v1/GetPerson", 1, ""},
		{"https://exchange.example/api/v1/GetPerson", 2, ""}, // HTTP/2 has no absolute form
		{"*", 1, ""},
	} {
		if got := TargetOf(requestOf(t, c.target, c.major)); got != c.want {
			t.Errorf("%s: %q; want %q", c.target, got, c.want)
		}
	}
}

const aTrace = "0af7651916cd43dd8448eb211c80319c"

func TestHead_TraceOf(t *testing.T) {
	for value, want := range map[string]string{
		"00-" + aTrace + "-b7ad6b7169203331-01":                  aTrace,
		"00-" + aTrace + "-b7ad6b7169203331-00":                  aTrace,
		"01-" + aTrace + "-b7ad6b7169203331-01":                  aTrace,
		"cc-" + aTrace + "-b7ad6b7169203331-01-later":            aTrace,
		"00-" + aTrace + "-b7ad6b7169203331-01-later":            "",
		"cc-" + aTrace + "-b7ad6b7169203331-01.later":            "",
		"ff-" + aTrace + "-b7ad6b7169203331-01":                  "",
		"zz-" + aTrace + "-b7ad6b7169203331-01":                  "",
		"00-" + strings.ToUpper(aTrace) + "-b7ad6b7169203331-01": "",
		"00-" + strings.Repeat("0", 32) + "-b7ad6b7169203331-01": "",
		"00-" + aTrace + "-0000000000000000-01":                  "",
		"00-" + aTrace + "-b7ad6b71692033zz-01":                  "",
		"00-" + aTrace + "-b7ad6b7169203331-0x":                  "",
		"00-" + aTrace + "_b7ad6b7169203331-01":                  "",
		"00-" + aTrace[:31] + "\"-b7ad6b7169203331-01":           "",
		"":   "",
		"00": "",
	} {
		if got := TraceOf(http.Header{"Traceparent": {value}}); got != want {
			t.Errorf("%q: %q; want %q", value, got, want)
		}
	}
}

func TestHead_AddressOf(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:4711": "192.0.2.7", "[2001:db8::7]:4711": "2001:db8::7", "[::ffff:192.0.2.7]:4711": "192.0.2.7", "@": "invalid IP",
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.RemoteAddr = remote
		if got := AddressOf(r).String(); got != want {
			t.Errorf("%s: %s; want %s", remote, got, want)
		}
	}
}

// FuzzDecode: what is read is clean text, and encoding it again leads to the same text.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"Legea 133", "UTF-8'ro'%C8%99", "50 % din", "%FF", "\xff", "%0d%0a", " x ", "UTF-8''UTF-8''x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		value, ok := Decode(raw)
		if !ok {
			return
		}
		if !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) || value != strings.TrimSpace(value) {
			t.Fatalf("%q is read as %q", raw, value)
		}
		if again, ok := Decode("UTF-8''" + url.PathEscape(value)); !ok || again != value {
			t.Fatalf("%q, encoded, is read as %q", value, again)
		}
	})
}

// FuzzTraceOf: a trace id is 32 hexadecimal digits that stood in the header, not all zero.
func FuzzTraceOf(f *testing.F) {
	f.Add("00-" + aTrace + "-b7ad6b7169203331-01")
	f.Add("cc-" + aTrace + "-b7ad6b7169203331-01-x")
	f.Add("")
	f.Fuzz(func(t *testing.T, value string) {
		trace := TraceOf(http.Header{"Traceparent": {value}})
		if trace == "" {
			return
		}
		if len(trace) != 32 || !isHex(trace) || strings.Trim(trace, "0") == "" || value[3:35] != trace {
			t.Fatalf("%q gives %q", value, trace)
		}
	})
}

// TestStatement_TwoMustAgree: a value that only one of them states is a difference too.
func TestStatement_TwoMustAgree(t *testing.T) {
	stating := func(values ...string) *Statement {
		var s Statement
		for n, v := range values {
			if v != "" {
				must.OK(t, s.Add(n, v, true))
			}
		}
		return &s
	}
	for want, pair := range map[string][2]*Statement{
		"":            {stating("u", "e", "b", "r"), stating("u", "e", "b", "r")},
		"CallReason":  {stating("u", "e", "b", "r"), stating("u", "e", "b", "q")},
		"CallBasis":   {stating("u", "e", "b", "r"), stating("u", "e")},
		"CallingUser": {stating("u"), stating()},
	} {
		if got := pair[0].Conflict(pair[1]); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if !stating("u").Any() || stating().Any() || ContextName("CallBasis") != 2 || ContextName("callbasis") != -1 {
		t.Error("names are exact, and a carrier knows whether it says anything")
	}
}

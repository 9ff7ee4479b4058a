package rest

import (
	"crypto/tls"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"mconnect/fault"
	"mconnect/internal/domain/catalog"
	"mconnect/internal/provider"
	"mconnect/internal/provider/httpaccess"
	"mconnect/test/registers"
)

func TestCheck_NamesEveryPlace(t *testing.T) {
	p := newProvider(t, config{Certificate: func() *tls.Certificate { return nil }, Secrets: func(_, name string) ([]byte, error) {
		if name == "key" {
			return []byte("s3"), nil
		}
		return nil, errors.New("absent")
	}})
	const at = "/endpoint/rest/"
	for name, c := range map[string]struct {
		change func(*catalog.REST)
		want   []string
	}{
		"good":             {func(*catalog.REST) {}, nil},
		"template":         {func(e *catalog.REST) { e.Path = "/p/{IDNP}/{Owner.IDNP}" }, nil},
		"ftp":              {func(e *catalog.REST) { e.URL = "ftp://register.test" }, []string{at + "url"}},
		"userinfo":         {func(e *catalog.REST) { e.URL = "https://a:b@register.test" }, []string{at + "url"}},
		"query":            {func(e *catalog.REST) { e.URL = "https://register.test/?a=1" }, []string{at + "url"}},
		"empty query":      {func(e *catalog.REST) { e.URL = "https://register.test/?" }, []string{at + "url"}},
		"fragment":         {func(e *catalog.REST) { e.URL = "https://register.test/#" }, []string{at + "url"}},
		"no host":          {func(e *catalog.REST) { e.URL = "https:///x" }, []string{at + "url"}},
		"odd host":         {func(e *catalog.REST) { e.URL = "https://re%0d%0agister.test" }, []string{at + "url"}},
		"port":             {func(e *catalog.REST) { e.URL = "https://register.test:99999" }, []string{at + "url"}},
		"dot segments":     {func(e *catalog.REST) { e.URL = "https://register.test/a/../b" }, []string{at + "url"}},
		"escaped path":     {func(e *catalog.REST) { e.URL = "https://register.test/a%2fb" }, []string{at + "url"}},
		"method":           {func(e *catalog.REST) { e.Method = "DELETE" }, []string{at + "method"}},
		"bad template":     {func(e *catalog.REST) { e.Path = "/p/{IDNP" }, []string{at + "path"}},
		"unknown field":    {func(e *catalog.REST) { e.Path = "/p/{Name}" }, []string{at + "path"}},
		"optional in path": {func(e *catalog.REST) { e.Path = "/p/{Page}" }, []string{at + "path"}},
		"object in path":   {func(e *catalog.REST) { e.Path = "/p/{Owner}" }, []string{at + "path"}},
		"below a scalar":   {func(e *catalog.REST) { e.Path = "/p/{IDNP.X}" }, []string{at + "path"}},
		"query fields":     {func(e *catalog.REST) { e.Query = map[string]string{"a": "Page", "b/~": "Nope", "c": "Tags"} }, []string{at + "query/b~1~0", at + "query/c"}},
		"headers": {func(e *catalog.REST) {
			e.Headers = map[string]string{"X-Ok": "1", "Host": "x", "MConnect-Call-Id": "x", "X Y": "1", "X-Bad": "a\r\nb", "Content-Length": "1"}
		}, []string{at + "headers/Content-Length", at + "headers/Host", at + "headers/MConnect-Call-Id", at + "headers/X Y", at + "headers/X-Bad"}},
		"jq syntax":      {func(e *catalog.REST) { e.Request = "{" }, []string{at + "request"}},
		"jq function":    {func(e *catalog.REST) { e.Response = "exec(1)" }, []string{at + "response"}},
		"jq input":       {func(e *catalog.REST) { e.Response = "input" }, []string{at + "response"}},
		"jq import":      {func(e *catalog.REST) { e.Response = `import "x" as x; .` }, []string{at + "response"}},
		"body of a GET":  {func(e *catalog.REST) { e.Method, e.Request = "GET", "." }, []string{at + "request"}},
		"not found":      {func(e *catalog.REST) { e.NotFound = []int{404, 200, 700} }, []string{at + "not_found/1", at + "not_found/2"}},
		"ca":             {func(e *catalog.REST) { e.CA = "x" }, []string{at + "ca"}},
		"server name":    {func(e *catalog.REST) { e.ServerName = "a b" }, []string{at + "server_name"}},
		"mtls":           {func(e *catalog.REST) { e.Credentials.Kind = "mtls" }, nil},
		"mtls in clear":  {func(e *catalog.REST) { e.URL, e.Credentials.Kind = "http://register.test", "mtls" }, []string{at + "credentials/kind"}},
		"basic":          {func(e *catalog.REST) { e.Credentials = catalog.Credentials{Kind: "basic", User: "u", Secret: "key"} }, nil},
		"basic, colon":   {func(e *catalog.REST) { e.Credentials = catalog.Credentials{Kind: "basic", User: "u:x", Secret: "key"} }, []string{at + "credentials/user"}},
		"no such secret": {func(e *catalog.REST) { e.Credentials = catalog.Credentials{Kind: "bearer", Secret: "lock"} }, []string{at + "credentials/secret"}},
		"secret in clear": {func(e *catalog.REST) {
			e.URL, e.Credentials = "http://register.test", catalog.Credentials{Kind: "bearer", Secret: "key"}
		}, []string{at + "credentials/kind"}},
		"kind": {func(e *catalog.REST) { e.Credentials.Kind = "oauth" }, []string{at + "credentials"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := catalog.REST{URL: "https://register.test/api", Method: "POST"}
			c.change(&e)
			s := registers.Service(catalog.Endpoint{REST: &e}).Service
			if got := registers.Paths(p.Check(s)); !slices.Equal(got, c.want) {
				t.Errorf("found %v, want %v", got, c.want)
			}
			if _, err := compiles(s); c.want == nil && err != nil {
				t.Errorf("Check finds nothing, and yet: %v", err)
			}
		})
	}
}

// TestCheck_NamesTheFileOfASecret: where it has to be, and nothing of what is in it.
func TestCheck_NamesTheFileOfASecret(t *testing.T) {
	for name, secrets := range map[string]func(host, name string) ([]byte, error){
		"missing":   func(string, string) ([]byte, error) { return nil, os.ErrNotExist },
		"two lines": func(string, string) ([]byte, error) { return []byte("s3cret\nmore"), nil },
		"empty":     func(string, string) ([]byte, error) { return []byte("\n"), nil },
	} {
		p := newProvider(t, config{Secrets: secrets})
		e := catalog.REST{URL: "https://register.test/api", Method: "POST", Credentials: catalog.Credentials{Kind: "bearer", Secret: "lock"}}
		found := p.Check(registers.Service(catalog.Endpoint{REST: &e}).Service)
		if len(found) != 1 || found[0].Path != "/endpoint/rest/credentials/secret" || found[0].Code != fault.InputFormat {
			t.Fatalf("%s: %+v", name, found)
		}
		if says := found[0].Params["want"]; !strings.Contains(says, "register.test/lock") || strings.Contains(says, "s3cret") {
			t.Errorf("%s: %s", name, says)
		}
	}
}

func TestCheck_Opaque(t *testing.T) {
	p := newProvider(t, config{})
	s := registers.Service(catalog.Endpoint{REST: &catalog.REST{URL: "https://register.test", Method: "POST", Response: "."}}).Service
	s.Opaque = &catalog.Opaque{MediaTypes: []string{"application/pdf", "text/plain\r\nX: y", "application/*"}}
	want := []string{"/endpoint/rest/response", "/opaque/media_types/1", "/opaque/media_types/2"}
	if got := registers.Paths(p.Check(s)); !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
	if _, err := compiles(s); err == nil {
		t.Error("a media type with a line break was taken")
	}
}

// compiles makes the endpoint as a delivery would.
func compiles(s catalog.Service) (provider.Endpoint, error) {
	access := httpaccess.New(httpaccess.Config{Certificate: func() *tls.Certificate { return nil }, Secrets: func(_, name string) ([]byte, error) { return []byte("s3"), nil }})
	return New(access).Compile(&provider.Plan{Ready: &catalog.Ready{Service: s}})
}

package cli

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/test/must"
)

// desk is the management listener of a platform. It answers lists without items and keeps how it was asked last.
type desk struct {
	*httptest.Server
	asked []*http.Request
}

func deskOf(t *testing.T) *desk {
	t.Helper()
	d := &desk{}
	d.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.asked = append(d.asked, r)
		_, _ = io.WriteString(w, `{"items":[]}`)
	}))
	d.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	d.StartTLS()
	t.Cleanup(d.Close)
	return d
}

// homeOf is a home folder with a file of profiles; the other files are put next to it. DESK and OTHER are the
// addresses.
func homeOf(t *testing.T, text string, d, other *desk) (home string) {
	t.Helper()
	home = t.TempDir()
	folder := filepath.Join(home, ".config", "mconnect")
	check(t, os.MkdirAll(folder, 0o700))
	text = strings.NewReplacer("DESK", d.URL, "OTHER", other.URL).Replace(text)
	certificate, key := identity(t)
	for name, content := range map[string][]byte{
		"config.yaml": []byte(text), "near.token": []byte("token-of-near\n"), "flag.token": []byte("token-of-flag"),
		"ca.pem":   pemOf("CERTIFICATE", d.Certificate().Raw, other.Certificate().Raw),
		"cert.pem": certificate, "key.pem": key, "both.pem": append(bytes.Clone(certificate), key...), "no.pem": []byte("no PEM"),
	} {
		check(t, os.WriteFile(filepath.Join(folder, name), content, 0o600))
	}
	return home
}

func check(t *testing.T, err error) {
	t.Helper()
	must.OK(t, err)
}

func pemOf(kind string, blocks ...[]byte) (out []byte) {
	for _, b := range blocks {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b})...)
	}
	return out
}

// identity is a certificate of an administrator, and its key.
func identity(t *testing.T) (certificate, key []byte) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "admin.exemplu"}, NotAfter: time.Now().AddDate(1, 0, 0)}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, secret.Public(), secret)
	check(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(secret)
	check(t, err)
	return pemOf("CERTIFICATE", raw), pemOf("PRIVATE KEY", der)
}

// run runs a command line for the person of a home folder. HOME in an argument or a variable is that folder.
func run(t *testing.T, home string, environment []string, line string) (code int, out, said string) {
	t.Helper()
	own := func(text string) string { return strings.ReplaceAll(text, "HOME/", home+"/.config/mconnect/") }
	p := Process{In: strings.NewReader(""), Environment: []string{"HOME=" + home, "USER=ana"}}
	for _, variable := range environment {
		p.Environment = append(p.Environment, own(variable))
	}
	var o, e bytes.Buffer
	p.Args, p.Out, p.Err = strings.Fields(own(line)), &o, &e
	code = Main(t.Context(), p, nil)
	return code, o.String(), e.String()
}

const profilesOfTest = `current: near
profiles:
  near:
    admin_url: DESK
    token_file: near.token
    ca: ca.pem
    lang: ru
  other: { admin_url: OTHER, ca: ca.pem }
  certified: { admin_url: DESK, ca: ca.pem, cert: cert.pem, key: key.pem }
  onefile: { admin_url: DESK, ca: ca.pem, cert: both.pem }
  wrongcert: { admin_url: DESK, ca: ca.pem, cert: no.pem, key: key.pem }
  wrongca: { admin_url: DESK, ca: no.pem }
  stranger: { admin_url: DESK }
`

// TestProfile_Precedence: a flag counts more than the environment, and that more than the profile; the profile named by
// the flag more than the one named by the environment, and that more than the current one.
func TestProfile_Precedence(t *testing.T) {
	for name, c := range map[string]struct {
		line        string
		environment []string
		other       bool // the other platform is asked
		token       string
		lang        string
		certificate string
	}{
		"the current profile":                {line: "list systems", token: "token-of-near", lang: "ru"},
		"a language flag":                    {line: "list systems --lang ro", token: "token-of-near", lang: "ro"},
		"a profile named by the environment": {line: "list systems", environment: []string{"MCONNECT_PROFILE=other"}, other: true, lang: "en"},
		"a profile named by the flag":        {line: "list systems --profile near", environment: []string{"MCONNECT_PROFILE=other"}, token: "token-of-near", lang: "ru"},
		"an address of the environment": {
			line: "list systems --profile near", environment: []string{"MCONNECT_ADMIN_URL=OTHER"}, other: true, lang: "ru",
		},
		"an address flag": {
			line: "list systems --profile other --admin-url DESK", environment: []string{"MCONNECT_ADMIN_URL=https://127.0.0.1:1"}, lang: "en",
		},
		"a token of the environment":    {line: "list systems", environment: []string{"MCONNECT_ADMIN_TOKEN=of-environment"}, token: "of-environment", lang: "ru"},
		"its older name":                {line: "list systems", environment: []string{"MCONNECT_TOKEN=older"}, token: "older", lang: "ru"},
		"both names":                    {line: "list systems", environment: []string{"MCONNECT_TOKEN=older", "MCONNECT_ADMIN_TOKEN=newer"}, token: "newer", lang: "ru"},
		"a token flag":                  {line: "list systems --token-file HOME/flag.token", environment: []string{"MCONNECT_ADMIN_TOKEN=x"}, token: "token-of-flag", lang: "ru"},
		"a client certificate":          {line: "list systems --profile certified", lang: "en", certificate: "admin.exemplu"},
		"a certificate and key in one":  {line: "list systems --profile onefile", lang: "en", certificate: "admin.exemplu"},
		"a certificate beside a token":  {line: "list systems --profile certified --token-file HOME/flag.token", token: "token-of-flag", lang: "en", certificate: "admin.exemplu"},
		"an authority in the flag only": {line: "list systems --profile stranger --ca HOME/ca.pem", lang: "en"},
	} {
		t.Run(name, func(t *testing.T) {
			d, other := deskOf(t), deskOf(t)
			home := homeOf(t, profilesOfTest, d, other)
			addresses := strings.NewReplacer("DESK", d.URL, "OTHER", other.URL)
			for i := range c.environment {
				c.environment[i] = addresses.Replace(c.environment[i])
			}
			code, out, said := run(t, home, c.environment, addresses.Replace(c.line))
			asked, silent := d, other
			if c.other {
				asked, silent = other, d
			}
			if code != exitDone || len(asked.asked) != 1 || len(silent.asked) != 0 || out != noResource.In(mconnect.Lang(c.lang))+"\n" {
				t.Fatalf("%d, asked %d and %d: %s %s", code, len(asked.asked), len(silent.asked), out, said)
			}
			r := asked.asked[0]
			if token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); token != c.token || r.Header.Get("Accept-Language") != c.lang {
				t.Errorf("token %q, language %q", token, r.Header.Get("Accept-Language"))
			}
			shown := ""
			for _, one := range r.TLS.PeerCertificates {
				shown = one.Subject.CommonName
			}
			if shown != c.certificate {
				t.Errorf("certificate of %q; want %q", shown, c.certificate)
			}
		})
	}
}

// TestProfile_WrongFilesAreNamed: nothing is asked before the profile is right, and the sentence names file, line and
// key.
func TestProfile_WrongFilesAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		file, line string
		code       int
		says       []string
	}{
		"no YAML":             {"current: [", "list systems", exitUsage, []string{"config.yaml", "line 1"}},
		"an unknown key":      {"profiles:\n  near:\n    admin_ulr: x\n", "list systems", exitUsage, []string{"config.yaml", "line 3", "admin_ulr"}},
		"a key of the wrong":  {"profiles:\n  near:\n    admin_url: [a]\n", "list systems", exitUsage, []string{"config.yaml", "line 3"}},
		"an unknown language": {"current: near\nprofiles: { near: { lang: de } }", "list systems", exitUsage, []string{"config.yaml", "near", `"de"`, "ro, en or ru"}},
		"no such current":     {"current: far\nprofiles: { near: {}, also: {} }", "list systems", exitUsage, []string{"config.yaml", `"far"`, "also, near"}},
		"no such profile":     {profilesOfTest, "list systems --profile nera", exitUsage, []string{`"nera"`, "certified, near, onefile"}},
		"no such certificate": {profilesOfTest, "list systems --profile wrongcert", exitUsage, []string{"PEM"}},
		"no such authority":   {profilesOfTest, "list systems --profile wrongca", exitUsage, []string{"no.pem", "PEM"}},
		"no token file":       {profilesOfTest, "list systems --token-file HOME/absent.token", exitUsage, []string{"absent.token"}},
		"another authority":   {profilesOfTest, "list systems --profile stranger", exitUnreachable, []string{"certificate"}},
		"nobody there":        {profilesOfTest, "list systems --admin-url https://127.0.0.1:1", exitUnreachable, []string{"127.0.0.1:1"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := deskOf(t)
			code, out, said := run(t, homeOf(t, c.file, d, d), nil, c.line)
			if code != c.code || out != "" || len(d.asked) != 0 {
				t.Errorf("exit code %d, want %d; asked %d; %s", code, c.code, len(d.asked), out)
			}
			for _, text := range c.says {
				if !strings.Contains(said, text) {
					t.Errorf("no %q in %s", text, said)
				}
			}
			if strings.Contains(said, "token-of") {
				t.Errorf("a token is shown: %s", said)
			}
		})
	}
	d := deskOf(t)
	if code, _, said := run(t, t.TempDir(), nil, "version --profile near"); code != exitUsage || !strings.Contains(said, "config.yaml") {
		t.Errorf("a profile without a file: %d %s", code, said)
	}
	if code, _, said := run(t, t.TempDir(), nil, "version"); code != exitDone {
		t.Errorf("no file and no profile: %d %s", code, said)
	}
	home := homeOf(t, profilesOfTest, d, d)
	moved := []string{"XDG_CONFIG_HOME=" + filepath.Join(home, ".config")}
	if code, _, said := run(t, t.TempDir(), moved, "list systems"); code != exitDone || len(d.asked) != 1 {
		t.Errorf("XDG_CONFIG_HOME: %d %s", code, said)
	}
}

// TestProfile_FolderGoesFirst: a command that names an installation works on it, although a profile is current.
func TestProfile_FolderGoesFirst(t *testing.T) {
	d := deskOf(t)
	home := homeOf(t, profilesOfTest, d, d)
	dir := filepath.Join(home, "data")
	if code, _, said := run(t, home, nil, "pki init --dir "+dir); code != exitDone {
		t.Fatal(said)
	}
	for _, line := range []string{"list systems", "catalog list"} {
		if code, _, said := run(t, home, nil, line+" --dir "+dir); code != exitDone || len(d.asked) != 0 {
			t.Errorf("%s: %d %s, asked %d", line, code, said, len(d.asked))
		}
	}
}

// TestProfile_EveryCommandThatTakesAServer asks it, and none opens a store of its own.
func TestProfile_EveryCommandThatTakesAServer(t *testing.T) {
	manifest := "kind: Category\ncode: exemplu\ntitle: { ro: Exemplu, en: Example, ru: Пример }\n"
	for line, want := range map[string]string{
		"list participants":                         "GET /v1/participants",
		"get system hall.app":                       "GET /v1/systems/hall.app",
		"get services":                              "GET /v1/services",
		"get service GetPerson/1.0.0":               "GET /v1/services/GetPerson/1.0.0",
		"describe agreement hall.person":            "GET /v1/agreements/hall.person",
		"suspend system hall.app --reason incident": "POST /v1/systems/hall.app/suspend",
		"resume subscription s-1":                   "POST /v1/subscriptions/s-1/resume",
		"pause Subscription s-1":                    "POST /v1/subscriptions/s-1/pause",
		"revoke certificate ab12":                   "POST /v1/certificates/ab12/revoke",
		"terminate agreement hall.person":           "POST /v1/agreements/hall.person/terminate",
		"publish eventtype A.B.C.D":                 "POST /v1/event-types/A.B.C.D/publish",
		"deprecate service GetPerson/1.0.0 --sunset 2027-01-01T00:00:00Z": "POST /v1/services/GetPerson/1.0.0/deprecate",
		"retire event-type A.B.C.D":                                       "POST /v1/event-types/A.B.C.D/retire",
		"apply -f MANIFEST":                                               "POST /v1/apply",
		"diff -f MANIFEST":                                                "POST /v1/apply",
		"diff -f MANIFEST --prune":                                        "POST /v1/apply",
		"journal report --service GetPerson":                              "POST /v1/journal/report",
		"journal search --service GetPerson":                              "POST /v1/journal/search",
		"journal show 42 --reason control":                                "GET /v1/journal/42",
		"journal evidence 42":                                             "GET /v1/journal/42/evidence",
		"journal erase list":                                              "GET /v1/journal/erase",
		"journal erase --subject 2999000006393 --reason decizia --yes":    "POST /v1/journal/erase",
		"journal erase approve 7 --subject 2999000006393 --yes":           "POST /v1/journal/erase/7/approve",
		"journal erase reject 7 --note anulat":                            "POST /v1/journal/erase/7/reject",
		"catalog list":                                                    "GET /v1/catalog",
		"catalog search persoana":                                         "GET /v1/catalog",
		"catalog show GetPerson/1.0.0":                                    "GET /v1/catalog",
		"catalog history GetPerson":                                       "GET /v1/catalog",
		"catalog compare GetPerson/1.0.0 GetPerson/2.0.0":                 "POST /v1/catalog/compare",
		"events lag":                               "GET /v1/events/",
		"events dead list":                         "GET /v1/events/dead",
		"file show GetHousehold/1.0.0":             "GET /v1/files/GetHousehold/1.0.0",
		"describe type Person/1.0.0 --output json": "GET /v1/types/Person/1.0.0",
	} {
		t.Run(line, func(t *testing.T) {
			d := deskOf(t)
			home := homeOf(t, profilesOfTest, d, d)
			path := filepath.Join(home, "one.yaml")
			check(t, os.WriteFile(path, []byte(manifest), 0o600))
			t.Chdir(t.TempDir())
			_, _, said := run(t, home, nil, strings.ReplaceAll(line, "MANIFEST", path)) // the answer is that of a list
			if len(d.asked) == 0 {
				t.Fatalf("the server was not asked: %s", said)
			}
			if r := d.asked[0]; !strings.HasPrefix(r.Method+" "+r.URL.Path, want) || r.Header.Get("Authorization") != "Bearer token-of-near" {
				t.Errorf("%s %s with %q; want %s", r.Method, r.URL, r.Header.Get("Authorization"), want)
			}
			if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
				t.Errorf("the command left %v here, %v", left, err)
			}
		})
	}
}

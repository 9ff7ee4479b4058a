package demo

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mconnect/internal/pki/authority"
	"mconnect/test/must"
)

// certificates makes an authority and a certificate for loopback under it.
func certificates(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	dir := t.TempDir()
	ca := must.Get(authority.Create(filepath.Join(dir, "pki"), authority.Config{}))(t)
	issued, err := ca.Issue(authority.Request{Use: authority.ForPlatform, Name: "test", Hosts: []string{"127.0.0.1"}})
	must.OK(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(ca.Certificate())
	return tls.Certificate{Certificate: [][]byte{issued.Certificate.Raw}, PrivateKey: issued.Key}, pool
}

// signingCertificates are RSA certificates of the civil status register and of the platform, made once a run.
var signingCertificates = sync.OnceValue(func() (out [2]tls.Certificate) {
	dir, err := os.MkdirTemp("", "signing")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ca, err := authority.Create(filepath.Join(dir, "pki"), authority.Config{})
	if err != nil {
		panic(err)
	}
	for i := range out {
		issued, err := ca.Issue(authority.Request{Use: authority.ForSystem, Name: "signing", RSA: true})
		if err != nil {
			panic(err)
		}
		out[i] = tls.Certificate{Certificate: [][]byte{issued.Certificate.Raw}, PrivateKey: issued.Key, Leaf: issued.Certificate}
	}
	return out
})

type bench struct {
	*Registers
	dataset *Dataset
	client  *http.Client // shows the certificate
	bare    *http.Client // shows none
}

func startRegisters(t *testing.T) bench {
	t.Helper()
	cert, pool := certificates(t)
	w := Generate(0)
	signing := signingCertificates()
	r := must.Get(StartRegisters(t.Context(), RegistersConfig{Dataset: w, Dir: t.TempDir(), Certificate: cert, Anchors: pool,
		Signing: signing[0], Platform: signing[1].Leaf, Pushes: signing[1].Leaf}))(t)
	bare := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	full := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{cert}}}
	t.Cleanup(func() {
		bare.CloseIdleConnections()
		full.CloseIdleConnections()
		r.Close()
	})
	return bench{r, w, &http.Client{Transport: full}, &http.Client{Transport: bare}}
}

func post(t *testing.T, c *http.Client, url, body string, set func(*http.Request)) (int, map[string]any) {
	t.Helper()
	req := must.Get(http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body)))(t)
	if set != nil {
		set(req)
	}
	res := must.Get(c.Do(req))(t)
	defer res.Body.Close()
	raw := must.Get(io.ReadAll(res.Body))(t)
	var v map[string]any
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&v); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return res.StatusCode, v
}

func TestRegisters_PopulationNeedsThePlatformsCertificate(t *testing.T) {
	b := startRegisters(t)
	url := b.Vars()[Population] + "/v2/cautare/persoana"
	p := b.dataset.Persons[0]
	body := `{"criteriu":{"cod_personal":"` + string(p.IDNP) + `"}}`
	status, v := post(t, b.client, url, body, nil)
	person, _ := v["persoana"].(map[string]any)
	if status != 200 || person["nume"] != p.FamilyName || person["data_nasterii"] != p.Born.Format("02.01.2006") {
		t.Errorf("%d %v", status, v)
	}
	if person["grupa_sanguina"] != p.Blood {
		t.Error("the register must tell more than the service declares")
	}
	if _, err := b.bare.Post(url, "application/json", strings.NewReader(body)); err == nil {
		t.Error("answered somebody without a certificate")
	}
	if status, _ := post(t, b.client, url, `{"criteriu":{"cod_personal":"2000000000000"}}`, nil); status != 404 {
		t.Errorf("nobody's IDNP: %d", status)
	}
	if status, _ := post(t, b.client, url, `{`, nil); status != 400 {
		t.Errorf("half a question: %d", status)
	}
	garbled := `{"criteriu":{"cod_personal":"` + string(b.dataset.Garbled()) + `"}}`
	if _, v := post(t, b.client, url, garbled, nil); v["persoana"].(map[string]any)["data_nasterii"] != "necunoscut" {
		t.Errorf("the garbled person: %v", v)
	}
	if b.Requests(Population) != 4 {
		t.Errorf("asked %d times, want 4", b.Requests(Population))
	}
}

func TestRegisters_EntityAnswersMoreThanDeclared(t *testing.T) {
	b := startRegisters(t)
	e := b.dataset.Entities[0]
	status, v := post(t, b.bare, b.Vars()[Entities]+"/entitati/cautare", `{"IDNO":"`+string(e.IDNO)+`"}`, nil)
	if status != 200 || v["Name"] != e.Name || v["InternalRisk"] != e.Risk {
		t.Errorf("%d %v", status, v)
	}
	founder := v["Founders"].([]any)[0].(map[string]any)
	if founder["IDNP"] != string(e.Founders[0].IDNP) || founder["Phone"] == nil {
		t.Errorf("founder %v", founder)
	}
}

func TestRegisters_VehicleNeedsItsPassword(t *testing.T) {
	b := startRegisters(t)
	url := b.Vars()[Vehicles] + "/api/vehicul"
	v := b.dataset.Vehicles[0]
	body := `{"vin_state":"` + string(v.IDNV) + `"}`
	if status, _ := post(t, b.bare, url, body, nil); status != 401 {
		t.Errorf("without a password: %d", status)
	}
	right := func(r *http.Request) { r.SetBasicAuth(vehiclesUser, registerSecrets["registru-transport"]) }
	status, got := post(t, b.bare, url, body, right)
	if status != 200 || got["plate"] != v.Plate || got["owner"].(map[string]any)["idnp"] != string(v.Owner) {
		t.Errorf("%d %v", status, got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(`{"vin_state":"`+string(b.dataset.Slow())+`"}`))
	right(req)
	if _, err := b.bare.Do(req); err == nil {
		t.Error("the slow vehicle was answered at once")
	}
}

func TestRegisters_InsuranceNeedsItsToken(t *testing.T) {
	b := startRegisters(t)
	url := b.Vars()[Insurance] + "/prestatii"
	id := string(b.dataset.Benefits[0].IDNP)
	if status, _ := post(t, b.bare, url, `{"IDNP":"`+id+`"}`, nil); status != 401 {
		t.Errorf("without a token: %d", status)
	}
	right := func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+registerSecrets["asigurari-sociale"])
	}
	status, v := post(t, b.bare, url, `{"IDNP":"`+id+`"}`, right)
	if want := len(b.dataset.BenefitsOf(b.dataset.Benefits[0].IDNP)); status != 200 || len(v["prestatii"].([]any)) != want {
		t.Errorf("%d %v", status, v)
	}
	if status, _ := post(t, b.bare, url, `{"IDNP":"2000000000000"}`, right); status != 404 {
		t.Errorf("nobody's IDNP: %d", status)
	}
}

func TestDatabases_HoldTheSamePersons(t *testing.T) {
	b := startRegisters(t)
	count := func(name, query string, arg any) (n int) {
		t.Helper()
		db := must.Get(sql.Open("sqlite", strings.TrimPrefix(b.Databases[name], "sqlite:")))(t)
		defer db.Close()
		must.OK(t, db.QueryRow(query, arg).Scan(&n))
		return n
	}
	owner := b.dataset.Estates[0].Owners[0].IDNP
	if got, want := count(CadastreDB, `SELECT count(*) FROM proprietari WHERE idnp = $1`, string(owner)), len(b.dataset.EstatesOf(owner)); got != want {
		t.Errorf("cadastre: %d estates, want %d", got, want)
	}
	debtor := b.dataset.Debts[0].Subject
	if got, want := count(TaxDB, `SELECT count(*) FROM datorii WHERE cod_fiscal = $1`, debtor), len(b.dataset.DebtsOf(debtor)); got != want {
		t.Errorf("tax: %d debts, want %d", got, want)
	}
	if got := count(TaxDB, `SELECT count(*) FROM contribuabili WHERE cod_fiscal <> $1`, ""); got != personCount+entityCount {
		t.Errorf("tax knows %d payers", got)
	}
}

func TestRegisters_StopAndReturnOnTheirAddress(t *testing.T) {
	b := startRegisters(t)
	url := b.Vars()[Entities] + "/entitati/cautare"
	body := `{"IDNO":"` + string(b.dataset.Entities[0].IDNO) + `"}`
	must.OK(t, b.Stop(Entities))
	if _, err := b.bare.Post(url, "application/json", strings.NewReader(body)); err == nil {
		t.Fatal("a stopped register answered")
	}
	must.OK(t, b.Restart(t.Context(), Entities))
	if status, _ := post(t, b.bare, url, body, nil); status != 200 {
		t.Errorf("after its return: %d", status)
	}
}

func TestRegisters_KeepTheirAddresses(t *testing.T) {
	cert, pool := certificates(t)
	signing := signingCertificates()
	cfg := RegistersConfig{Dataset: Generate(0), Dir: t.TempDir(), Certificate: cert, Anchors: pool, Signing: signing[0], Platform: signing[1].Leaf, Pushes: signing[1].Leaf}
	first := must.Get(StartRegisters(t.Context(), cfg))(t)
	was := first.Addresses()
	first.Close()
	cfg.Addresses = was
	second := must.Get(StartRegisters(t.Context(), cfg))(t)
	defer second.Close()
	for name, address := range second.Addresses() {
		if address != was[name] {
			t.Errorf("%s moved from %s to %s", name, was[name], address)
		}
	}
}

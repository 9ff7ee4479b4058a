package demo

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/internal/domain/registry"
	"mconnect/internal/manifest"
	"mconnect/internal/pki/authority"
	"mconnect/test/must"
)

func newAuthority(t *testing.T) *authority.Authority {
	t.Helper()
	a := must.Get(authority.Create(filepath.Join(t.TempDir(), "pki"), authority.Config{}))(t)
	return a
}

func TestFolder_IsUsedAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b")
	a := newAuthority(t)
	systems := []registry.System{{ID: townHall}, {ID: notary}}
	serials := func() map[mconnect.SystemID]string {
		f := must.Get(openFolder(dir))(t)
		got := must.Get(f.identities(a, systems))(t)
		out := map[mconnect.SystemID]string{}
		for id, c := range got {
			out[id] = c.Leaf.SerialNumber.String()
		}
		return out
	}
	first := serials()
	if len(first) != 3 || first[oldPaper] == first[townHall] {
		t.Fatalf("got %v", first)
	}
	for id, serial := range serials() {
		if serial != first[id] {
			t.Errorf("%s got a new certificate at the second start", id)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "data", "secrets", registersHost, "registru-transport"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("secret: %v %v", info, err)
	}
}

func TestFolder_ExpiredCertificateIsExpired(t *testing.T) {
	f := must.Get(openFolder(t.TempDir()))(t)
	ids := must.Get(f.identities(newAuthority(t), []registry.System{{ID: townHall}}))(t)
	if end := ids[oldPaper].Leaf.NotAfter; !end.Before(time.Now()) {
		t.Errorf("ends %s", end)
	}
	if end := ids[townHall].Leaf.NotAfter; time.Until(end) < renewBefore {
		t.Errorf("the town hall's own ends %s", end)
	}
}

func TestFolder_NewAuthorityReplacesCertificates(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	req := authority.Request{Use: authority.ForSystem, Name: "asp.rsp"}
	first := must.Get(issue(newAuthority(t), cert, key, req))(t)
	second := must.Get(issue(newAuthority(t), cert, key, req))(t)
	if first.Leaf.Equal(second.Leaf) {
		t.Error("a certificate of another authority was kept")
	}
}

func TestFolder_CertificateManifestIsRead(t *testing.T) {
	f := must.Get(openFolder(t.TempDir()))(t)
	systems := []registry.System{{ID: townHall}, {ID: bank}}
	certs := must.Get(f.identities(newAuthority(t), systems))(t)
	must.OK(t, f.writeCertificates(systems, certs))
	set := must.Get(manifest.Load(os.DirFS(f.country()), nil))(t)
	if len(set) != 3 {
		t.Fatalf("%d documents, want 3", len(set))
	}
	for _, item := range set {
		if item.Kind != manifest.Certificate || len(item.ID) != 64 {
			t.Errorf("%s %q", item.Kind, item.ID)
		}
	}
}

func TestFolder_AddressesAreKept(t *testing.T) {
	f := must.Get(openFolder(t.TempDir()))(t)
	if got, err := f.addresses(); err != nil || len(got) != 0 {
		t.Errorf("at first: %v %v", got, err)
	}
	must.OK(t, f.writeAddresses(map[string]string{Population: "127.0.0.1:1"}))
	if got, err := f.addresses(); err != nil || got[Population] != "127.0.0.1:1" {
		t.Errorf("later: %v %v", got, err)
	}
}

func TestAccount_SaysWhoMayDoWhat(t *testing.T) {
	vars := somewhere()
	d := must.Get(declaredIn(sample(t, vars)))(t)
	path := filepath.Join(t.TempDir(), "demo.json")
	a := account(folder("/demo"), Generate(0), d, map[string]string{"exchange": "https://127.0.0.1:1"})
	must.OK(t, a.write(path))
	text := must.Get(os.ReadFile(path))(t)
	var back map[string]any
	must.OK(t, json.Unmarshal(text, &back))
	for _, key := range []string{"urls", "ca", "platform_certificate", "systems", "people"} {
		if back[key] == nil {
			t.Errorf("demo.json lacks %s", key)
		}
	}
	if len(a.People) != personCount {
		t.Errorf("%d people", len(a.People))
	}
	found := 0
	for _, s := range a.Systems {
		if _, err := mconnect.ParseIDNO(string(s.IDNO)); err != nil {
			t.Errorf("%s: %v", s.ID, err)
		}
		switch s.ID {
		case townHall:
			found++
			if len(s.Consumes) != 6 || s.Consumes[0] != "GetPerson" || !strings.HasPrefix(s.Consumes[4], "ASP.RSC.") || s.Cert != "/demo/systems/primaria-exemplu.asistenta.pem" {
				t.Errorf("town hall: %+v", s)
			}
		case "asp.rsp":
			found++
			if len(s.Provides) != 1 || s.Provides[0] != "GetPerson" {
				t.Errorf("population register: %+v", s)
			}
		}
	}
	if found != 2 {
		t.Errorf("%d of 2 systems found", found)
	}
}

func TestHints_AreForAShell(t *testing.T) {
	list := hints(folder("/a b/demo"), Generate(0), "https://127.0.0.1:8443", "/bin/mconnect")
	if len(list) < 4 {
		t.Fatalf("%d hints", len(list))
	}
	if !strings.Contains(list[0].command, "'/a b/demo/data/pki/ca.pem'") || !strings.Contains(list[0].command, "CallBasis: Legea nr. 133/2008") {
		t.Errorf("got %s", list[0].command)
	}
	for in, want := range map[string]string{"a/b.c": "a/b.c", "": "''", "a b": "'a b'", "it's": `'it'\''s'`} {
		if got := quote(in); got != want {
			t.Errorf("quote(%q) = %s, want %s", in, got, want)
		}
	}
}

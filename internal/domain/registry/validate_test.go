package registry_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/registry"
)

func places(found []fault.FieldError) (all []string) {
	for _, f := range found {
		all = append(all, f.Path+" "+string(f.Code))
	}
	return all
}

func TestValidate_Participant(t *testing.T) {
	type participant = registry.Participant
	for name, c := range map[string]struct {
		spoil func(*participant)
		want  []string
	}{
		"good":                   {func(*participant) {}, nil},
		"an empty one":           {func(p *participant) { *p = participant{} }, []string{"/id input.missing", "/idno input.missing", "/name/ro input.missing", "/sector input.missing"}},
		"a malformed id":         {func(p *participant) { p.ID = "A" }, []string{"/id input.format"}},
		"a wrong check digit":    {func(p *participant) { p.IDNO = "1999900000015" }, []string{"/idno input.checkDigit"}},
		"an IDNP":                {func(p *participant) { p.IDNO = "2999000006393" }, []string{"/idno input.format"}},
		"a short number":         {func(p *participant) { p.IDNO = "199990000001" }, []string{"/idno input.format"}},
		"letters for digits":     {func(p *participant) { p.IDNO = "199990000001x" }, []string{"/idno input.format"}},
		"a long name":            {func(p *participant) { p.Name.RU = strings.Repeat("ж", 301) }, []string{"/name/ru input.length"}},
		"an unknown kind":        {func(p *participant) { p.Sector = "mixed" }, []string{"/sector input.enum"}},
		"a public one, no level": {func(p *participant) { p.Level = "" }, []string{"/level input.missing"}},
		"a private one's level":  {func(p *participant) { p.Sector = registry.Private }, []string{"/level input.enum"}},
		"an unknown status":      {func(p *participant) { p.Status = "off" }, []string{"/status input.enum"}},
		"contacts": {func(p *participant) {
			p.Contacts = []registry.Contact{{Role: "legal", Email: "birou@exemplu.invalid"}, {Role: "boss", Email: "Birou <birou@exemplu.invalid>"}, {Email: "x"}}
		}, []string{"/contacts/1/role input.enum", "/contacts/1/email input.format", "/contacts/2/role input.missing", "/contacts/2/email input.format"}},
		"too many contacts": {func(p *participant) { p.Contacts = slices.Repeat([]registry.Contact{{Role: "legal"}}, 21) }, []string{"/contacts input.length"}},
	} {
		p := townHall
		c.spoil(&p)
		if got := places(p.Validate()); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
		if err := registry.New(nil).PutParticipant(p); (err != nil) != (len(c.want) > 0) {
			t.Errorf("%s: Put says %v", name, err)
		}
	}
}

func TestValidate_System(t *testing.T) {
	type system = registry.System
	network := netip.MustParsePrefix
	for name, c := range map[string]struct {
		spoil func(*system)
		want  []string
	}{
		"good":          {func(s *system) { s.Networks = []netip.Prefix{network("10.0.0.0/8"), network("2001:db8::/32")} }, nil},
		"an empty one":  {func(s *system) { *s = system{} }, []string{"/id input.missing", "/name/ro input.missing", "/roles input.missing"}},
		"no owner":      {func(s *system) { s.ID = "asistenta" }, []string{"/id input.format"}},
		"unknown role":  {func(s *system) { s.Roles = []registry.Role{"reader"} }, []string{"/roles/0 input.enum"}},
		"a role twice":  {func(s *system) { s.Roles = []registry.Role{"consumer", "consumer"} }, []string{"/roles/1 resource.duplicate"}},
		"bits behind":   {func(s *system) { s.Networks = []netip.Prefix{network("10.1.2.3/8")} }, []string{"/networks/0 input.format"}},
		"no network":    {func(s *system) { s.Networks = []netip.Prefix{{}} }, []string{"/networks/0 input.format"}},
		"mapped IPv4":   {func(s *system) { s.Networks = []netip.Prefix{network("::ffff:10.0.0.0/104")} }, []string{"/networks/0 input.format"}},
		"many networks": {func(s *system) { s.Networks = slices.Repeat([]netip.Prefix{network("10.0.0.0/8")}, 101) }, []string{"/networks input.length"}},
		"a wrong IDNO":  {func(s *system) { s.Represents = []mconnect.IDNO{"1999900000014", "1999900000024"} }, []string{"/represents/1 input.checkDigit"}},
		"many entities": {func(s *system) { s.Represents = slices.Repeat([]mconnect.IDNO{"1999900000014"}, 1001) }, []string{"/represents input.length"}},
		"a SOAP client": {func(s *system) {
			s.Gateway, s.Signature = "hall.gov.md/App-1", registry.Signature{AllowSHA1: true, Algorithms: []registry.Algorithm{registry.RSASHA256}, Answer: registry.AnswerP256}
		}, nil},
		"unknown keys": {func(s *system) {
			s.Signature = registry.Signature{Answer: "dsa", Algorithms: []registry.Algorithm{"md5", registry.RSASHA256}}
		}, []string{"/signature/answer input.enum", "/signature/algorithms/0 input.enum"}},
		"SHA-1 without RSA": {func(s *system) {
			s.Signature = registry.Signature{AllowSHA1: true, Algorithms: []registry.Algorithm{registry.ECDSASHA256}}
		}, []string{"/signature/allow_sha1 input.format"}},
		"three of two": {func(s *system) { s.Signature.Algorithms = slices.Repeat([]registry.Algorithm{registry.RSASHA256}, 3) }, []string{"/signature/algorithms input.length"}},
		"no gateway":   {func(s *system) { s.Gateway = "a/b/c" }, []string{"/gateway input.format"}},
		"a way out":    {func(s *system) { s.Gateway = "../b" }, []string{"/gateway input.format"}},
		"status":       {func(s *system) { s.Status = "x" }, []string{"/status input.enum"}},
	} {
		s := aid
		c.spoil(&s)
		if got := places(s.Validate()); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
		if err := registry.New(nil).PutSystem(s); (err != nil) != (len(c.want) > 0) {
			t.Errorf("%s: Put says %v", name, err)
		}
	}
}

func TestValidate_Certificate(t *testing.T) {
	ca := newAuthority(t)
	leaf := ca.issue(t, now, now.AddDate(1, 0, 0))
	good := registry.Certificate{System: aid.ID, PEM: text(leaf)}
	for name, c := range map[string]struct {
		spoil func(*registry.Certificate)
		want  []string
	}{
		"good":              {func(*registry.Certificate) {}, nil},
		"its own id":        {func(c *registry.Certificate) { c.ID = string(registry.FingerprintOf(leaf)) }, nil},
		"another id":        {func(c *registry.Certificate) { c.ID = strings.Repeat("0", 64) }, []string{"/id input.format"}},
		"no PEM":            {func(c *registry.Certificate) { c.PEM = " " }, []string{"/pem input.missing"}},
		"garbage":           {func(c *registry.Certificate) { c.PEM = "garbage" }, []string{"/pem input.format"}},
		"a key":             {func(c *registry.Certificate) { c.PEM = strings.ReplaceAll(c.PEM, "CERTIFICATE", "PRIVATE KEY") }, []string{"/pem input.format"}},
		"two":               {func(c *registry.Certificate) { c.PEM += c.PEM }, []string{"/pem input.format"}},
		"an authority":      {func(c *registry.Certificate) { c.PEM = text(ca.cert) }, []string{"/pem input.format"}},
		"far too long":      {func(c *registry.Certificate) { c.PEM = strings.Repeat("x", 20_001) }, []string{"/pem input.length"}},
		"no system":         {func(c *registry.Certificate) { c.System = "" }, []string{"/system input.missing"}},
		"a long reason":     {func(c *registry.Certificate) { c.Reason = strings.Repeat("x", 501) }, []string{"/reason input.length"}},
		"expired is not it": {func(c *registry.Certificate) { c.PEM = text(ca.issue(t, now.AddDate(-2, 0, 0), now.AddDate(-1, 0, 0))) }, nil},
	} {
		cert := good
		c.spoil(&cert)
		if got := places(cert.Validate()); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
		if err := registry.New(nil).PutCertificate(cert); (err != nil) != (len(c.want) > 0) {
			t.Errorf("%s: Put says %v", name, err)
		}
	}
}

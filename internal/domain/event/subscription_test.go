package event_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/domain/event"
)

func pushing(url string) event.Subscription {
	return event.Subscription{
		ID: "bank.invalidated", System: "bank.clients", Group: "core",
		Delivery: event.Delivery{Mode: event.Push, Webhook: &event.Webhook{URL: url}},
	}
}

func TestSubscription_Validate(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*event.Subscription)
		want  []string
	}{
		"good":             {func(*event.Subscription) {}, nil},
		"no id":            {func(s *event.Subscription) { s.ID = "" }, []string{"/id input.missing"}},
		"malformed id":     {func(s *event.Subscription) { s.ID = "A" }, []string{"/id input.format"}},
		"malformed system": {func(s *event.Subscription) { s.System = "bank" }, []string{"/system input.format"}},
		"malformed group":  {func(s *event.Subscription) { s.Group = "a/b" }, []string{"/group input.format"}},
		"a dotted group":   {func(s *event.Subscription) { s.Group = ".." }, []string{"/group input.format"}},
		"a long group":     {func(s *event.Subscription) { s.Group = strings.Repeat("x", 65) }, []string{"/group input.format"}},
		"the default":      {func(s *event.Subscription) { s.Group = "~default" }, nil},
		"a long note":      {func(s *event.Subscription) { s.Note = strings.Repeat("x", 4001) }, []string{"/note input.length"}},
		"malformed type":   {func(s *event.Subscription) { s.Types = []mconnect.EventType{"a"} }, []string{"/types/0 input.format"}},
		"a type twice":     {func(s *event.Subscription) { s.Types = []mconnect.EventType{"A.B.C.D", "A.B.C.D"} }, []string{"/types/1 resource.duplicate"}},
		"too many types":   {func(s *event.Subscription) { s.Types = slices.Repeat([]mconnect.EventType{""}, 1001) }, nil},
		"unknown mode":     {func(s *event.Subscription) { s.Delivery = event.Delivery{Mode: "mail"} }, []string{"/delivery/mode input.enum"}},
		"pull":             {func(s *event.Subscription) { s.Delivery = event.Delivery{Mode: event.Pull} }, nil},
		"a webhook not used": {func(s *event.Subscription) { s.Delivery.Mode = "" },
			[]string{"/delivery/webhook input.unknownField"}},
		"a webhook missing": {func(s *event.Subscription) { s.Delivery.Webhook = nil }, []string{"/delivery/webhook input.missing"}},
		"signing":           {func(s *event.Subscription) { s.Delivery.Webhook.Signing = event.JWS }, nil},
		"unknown signing":   {func(s *event.Subscription) { s.Delivery.Webhook.Signing = "pgp" }, []string{"/delivery/webhook/signing input.enum"}},
		"a long secret":     {func(s *event.Subscription) { s.Delivery.Webhook.Secret = strings.Repeat("x", 101) }, []string{"/delivery/webhook/secret input.length"}},
		"too many at once":  {func(s *event.Subscription) { s.Delivery.Webhook.MaxInFlight = 65 }, []string{"/delivery/webhook/max_in_flight input.range"}},
		"too fast":          {func(s *event.Subscription) { s.Delivery.Webhook.PerMinute = -1 }, []string{"/delivery/webhook/per_minute input.range"}},
		"a good schedule": {func(s *event.Subscription) {
			s.Delivery.Webhook.Schedule = event.Schedule{First: event.Duration(time.Second), Max: event.Duration(time.Minute), GiveUp: event.Duration(time.Hour)}
		}, nil},
		"a wrong schedule": {func(s *event.Subscription) {
			s.Delivery.Webhook.Schedule = event.Schedule{First: 1, Max: event.Duration(48 * time.Hour), GiveUp: -1}
		}, []string{"/delivery/webhook/schedule/first input.range", "/delivery/webhook/schedule/max input.range", "/delivery/webhook/schedule/give_up input.range"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := pushing("https://events.bank.example/mconnect")
			c.spoil(&s)
			got := s.Validate()
			if name == "too many types" {
				if lines := found(got); lines[0] != "/types input.length" {
					t.Errorf("%q", lines[:2])
				}
				return
			}
			sameLines(t, got, c.want...)
		})
	}
}

func TestSubscription_WebhookTargets(t *testing.T) {
	for url, host := range map[string]string{
		"https://events.bank.example/x": "events.bank.example", "https://Events.Bank.Example:8443/x?y=1": "events.bank.example",
		"https://10.1.2.3/": "10.1.2.3", "https://[2001:db8::1]:9/x": "2001:db8::1", "http://127.0.0.1:9/x": "127.0.0.1", "http://localhost/x": "localhost",
		"http://[::1]:8/": "::1",
		// refused
		"": "", "x": "", "http://events.bank.example/": "", "http://10.1.2.3/": "", "ftp://a/": "", "https:///x": "", "https://u:p@a/": "", "https://a/#f": "", "https:a": "",
		"https://a/" + strings.Repeat("x", 2000): "", "http://127.0.0.1.example/": "", "https://a b/": "",
	} {
		s := pushing(url)
		_, got, err := s.Delivery.Webhook.Target()
		if got != host || (err == nil) != (host != "") || (len(s.Validate()) == 0) != (host != "") {
			t.Errorf("%.60s: %q %v %q", url, got, err, found(s.Validate()))
		}
	}
	s := pushing("https://a/")
	if !s.Pushes() || s.GroupName() != "core" || (&event.Subscription{}).GroupName() != event.DefaultGroup || (&event.Subscription{}).Pushes() {
		t.Error("the nature of a subscription is wrong")
	}
}

// TestTarget_SaysWhatIsWrong with an address, so that the author of a manifest need not guess.
func TestTarget_SaysWhatIsWrong(t *testing.T) {
	for url, want := range map[string]string{
		"events.bank.example/x": "it must begin with https://", "ftp://a/": "it must begin with https://", "": "it must begin with https://",
		"http://events.bank.example/x": "http without TLS is for this machine only", "http://10.1.2.3/": "http without TLS is for this machine only",
		"https://u:p@a/": "it holds a user or password", "https://a/#f": "it holds a fragment", "https://a/#": "it holds a fragment",
		"https:///x": "it names no host", "https:a": "it names no host", "https://a/x y": "it holds a space or a control character",
		"https://a/x\n": "it holds a space or a control character", "https://a/x\u00a0": "it holds a space or a control character",
		"https://evenimente-bancă.example/": "it holds characters beyond ASCII; encode them as %XX, the host as xn--",
		"https://a:0/":                      "the port is not between 1 and 65535", "https://a:65536/": "the port is not between 1 and 65535",
		"https://a:/": "the port is not between 1 and 65535", "https://a:http/": "the port is not between 1 and 65535", "https://a/%zz": "it is no URL",
		"https://0.0.0.0/": "no receiver can have this address", "https://[::]/x": "no receiver can have this address",
		"https://169.254.169.254/latest": "no receiver can have this address", "https://[fe80::1]/": "no receiver can have this address",
		"https://[::ffff:169.254.169.254]/": "no receiver can have this address", "https://224.0.0.1/": "no receiver can have this address",
		"https://a/" + strings.Repeat("x", 2000): "it is longer than 2000 characters",
	} {
		s := pushing(url)
		found := s.Validate()
		if len(found) != 1 || found[0].Path != "/delivery/webhook/url" || found[0].Code != fault.WebhookAddress || found[0].Params["what"] != want {
			t.Errorf("%.60q: %+v, want %q", url, found, want)
			continue
		}
		for _, lang := range []mconnect.Lang{"ro", "ru"} {
			if said := found[0].Sentence(lang); strings.Contains(said, want) {
				t.Errorf("%s: %s is not translated", lang, said)
			}
		}
	}
}

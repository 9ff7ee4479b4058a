package provider_test

import (
	"testing"

	"mconnect/internal/provider"
	"mconnect/internal/provider/httpaccess"
	"mconnect/internal/provider/rest"
	"mconnect/test/registers"
)

func TestProvider_ReplacedVersionIsCompiledAgain(t *testing.T) {
	first, second := registers.Serve(t, registers.Answer("application/json", `1`)), registers.Serve(t, registers.Answer("application/json", `2`))
	p := registers.New(t, provider.Config{}, rest.New(httpaccess.New(httpaccess.Config{})))
	for _, c := range []struct{ url, want string }{{first.URL, "1"}, {second.URL, "2"}, {second.URL, "2"}} {
		reply, err := registers.Deliver(t, p, registers.Post(c.url), registers.Input)
		if err != nil || string(reply.Body) != c.want {
			t.Errorf("got %s, %v, want %s", reply.Body, err, c.want)
		}
	}
	if n := p.Plans(); n != 1 {
		t.Errorf("%d plans for one service version", n)
	}
}

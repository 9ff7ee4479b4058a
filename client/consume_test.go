package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"mconnect/fault"
	"mconnect/test/must"
	"mconnect/test/waits"
)

// take consumes up to n events of group g, as s has it, and returns their ids.
func take(t *testing.T, c *Client, s Subscription, n int) (ids []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waits.Limit)
	defer cancel()
	s.Group = "g"
	must.OK(t, c.Consume(ctx, s, func(_ context.Context, d *Delivery) error {
		if ids = append(ids, d.ID); len(ids) == n {
			return fmt.Errorf("that was the last: %w", ErrEnough)
		}
		return nil
	}))
	return ids
}

// TestConsume_EnoughConfirmsAndPeekDoesNot: who only looks leaves everything to the next reader; who has enough has
// confirmed it.
func TestConsume_EnoughConfirmsAndPeekDoesNot(t *testing.T) {
	p, _ := newEvents(t)
	c := p.client(t, nil)
	began := time.Now()
	must.OK(t, c.Produce(t.Context(), birthOf("1", `{}`), birthOf("2", `{}`), birthOf("3", `{}`)))
	for i, step := range []struct {
		s    Subscription
		n    int
		want string
	}{
		{Subscription{From: began.Add(-time.Minute), Peek: true}, 2, "[1 2]"},
		{Subscription{Peek: true}, 3, "[1 2 3]"},
		{Subscription{}, 2, "[1 2]"},
		{Subscription{}, 1, "[3]"},
	} {
		if got := fmt.Sprint(take(t, c, step.s, step.n)); got != step.want {
			t.Errorf("step %d: %s, want %s", i, got, step.want)
		}
	}
}

func TestConsume_DeliveryHoldsTheMessageAsItCame(t *testing.T) {
	p, s := newEvents(t)
	c := p.client(t, nil)
	heard := make(chan []byte, 1)
	defer consume(t, c, s, func(_ context.Context, d *Delivery) error {
		heard <- d.Message
		return nil
	})()
	const text = `{"specversion":"1.0","source":"` + urn + `","id":"1","type":"ASP.RSP.Birth.Registered","office":"7","datacontenttype":"application/json","data":{"N":1}}`
	must.OK(t, c.ProduceText(t.Context(), []byte(text)))
	select {
	case got := <-heard:
		var e struct{ Office, Offset string }
		if err := json.Unmarshal(got, &e); err != nil || e.Office != "7" || e.Offset != "1" {
			t.Errorf("%s: %v", got, err)
		}
	case <-time.After(waits.Limit):
		t.Fatal("never heard it")
	}
}

func TestConsume_TextsAreOneOrABatch(t *testing.T) {
	p, _ := newEvents(t)
	c := p.client(t, nil)
	one := func(id, data string) string {
		return fmt.Sprintf(`{"specversion":"1.0","source":%q,"id":%q,"type":"ASP.RSP.Birth.Registered","datacontenttype":"application/json","data":%s}`, urn, id, data)
	}
	must.OK(t, c.ProduceText(t.Context(), []byte(" ["+one("1", "{}")+","+one("2", "{}")+"]")))
	for name, r := range map[string]struct {
		text, index string
		code        fault.Code
	}{
		"a batch with a bad one": {"[" + one("3", "{}") + "," + one("4", `"wrong"`) + "]", "1", fault.EventInvalid},
		"one bad":                {one("3", `"wrong"`), "", fault.EventInvalid},
		"no JSON":                {"{", "", fault.MessageMalformed},
	} {
		f, ok := errors.AsType[*fault.Error](c.ProduceText(t.Context(), []byte(r.text)))
		if !ok || f.Code != r.code || f.Params["index"] != r.index {
			t.Errorf("%s: %v", name, f)
		}
	}
	if got := fmt.Sprint(take(t, c, Subscription{From: time.Now().Add(-time.Minute)}, 2)); got != "[1 2]" {
		t.Errorf("consumed %s", got)
	}
}

// TestConsume_LostGetsTheReason: what it returns ends the wait for a platform that is not there.
func TestConsume_LostGetsTheReason(t *testing.T) {
	p, _ := newEvents(t)
	c := p.client(t, func(cfg *Config) { cfg.URL = "https://127.0.0.1:1" })
	given, told := errors.New("given up"), 0
	err := c.Consume(t.Context(), Subscription{Pause: time.Millisecond, Lost: func(err error) error {
		if told++; err == nil {
			t.Error("no reason")
		}
		if told == 3 {
			return given
		}
		return nil
	}}, func(context.Context, *Delivery) error { return nil })
	if !errors.Is(err, given) || told != 3 {
		t.Errorf("%v after %d", err, told)
	}
}

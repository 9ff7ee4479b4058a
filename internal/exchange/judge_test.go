package exchange_test

import (
	"context"
	"testing"

	"mconnect/fault"
	"mconnect/internal/exchange"
	"mconnect/test/must"
)

// TestJudge_DecidesAsDoAndLeavesNothing: the same verdict as a real call, without record, delivery or use of the quota.
func TestJudge_DecidesAsDoAndLeavesNothing(t *testing.T) {
	w := newPlatform(t)
	w.deliver = func(context.Context, exchange.Delivery) (exchange.Reply, error) {
		t.Error("a judged call was delivered")
		return exchange.Reply{}, nil
	}
	call := *w.call()
	call.Chain = nil
	for range 3 {
		v := must.Get(w.Judge("town.desk", call))(t)
		if !v.Allowed || v.Agreement != "town-person" || len(v.Checks) == 0 {
			t.Errorf("verdict %+v", v)
		}
	}
	wrong := call
	wrong.Context.Reason = "because"
	if v := must.Get(w.Judge("town.desk", wrong))(t); v.Allowed || v.Fault.Code != fault.PurposeReason {
		t.Errorf("verdict %+v", v)
	}
	if _, err := w.Judge("town.nothing", call); fault.From(err).Code != fault.ResourceUnknown {
		t.Errorf("an unknown system: %v", err)
	}
	call.Service = "GetNothing"
	if _, err := w.Judge("town.desk", call); fault.From(err).Code != fault.ServiceUnknown {
		t.Errorf("an unknown service: %v", err)
	}
	w.wantKinds(t)
}

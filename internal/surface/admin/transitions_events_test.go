package admin

import (
	"strings"
	"testing"

	"mconnect/fault"
)

func TestTransitions_EventTypeLifeGoesForwardOnly(t *testing.T) {
	o := newTestAPI(t)
	const path = "/v1/event-types/ASP.RSC.Birth.Registered"
	o.want(o.ask("operator-token", "POST", path+"/publish", ""), 404, fault.ResourceUnknown)
	o.want(o.ask("operator-token", "PUT", path, strings.Replace(eventBody, `"published"`, `"draft"`, 1)), 200, "")
	o.want(o.ask("reader-token", "POST", path+"/publish", ""), 403, fault.RoleMissing)
	for _, step := range []struct {
		verb, status string
		code         int
		want         fault.Code
	}{
		{"publish", "published", 200, ""}, {"publish", "published", 200, ""}, {"deprecate", "deprecated", 200, ""},
		{"publish", "", 422, fault.ResourceInvalid}, {"retire", "retired", 200, ""}, {"deprecate", "", 422, fault.ResourceInvalid},
	} {
		r := o.ask("operator-token", "POST", path+"/"+step.verb, "")
		o.want(r, step.code, step.want)
		if step.status != "" && !strings.Contains(r.body, `"status":"`+step.status+`"`) {
			t.Errorf("%s: %s", step.verb, r.body)
		}
		if step.status != "" && !strings.Contains(r.body, "9007199254740993") {
			t.Errorf("%s changed a number of the schema: %s", step.verb, r.body)
		}
	}
}

func TestTransitions_SubscriptionIsPausedAndResumed(t *testing.T) {
	o := newTestAPI(t)
	const path = "/v1/subscriptions/hall.births"
	o.want(o.ask("operator-token", "PUT", path, subscribed), 200, "")
	paused := o.ask("operator-token", "POST", path+"/pause", "")
	o.want(paused, 200, "")
	if !strings.Contains(paused.body, `"paused":true`) {
		t.Error(paused.body)
	}
	resumed := o.ask("operator-token", "POST", path+"/resume", "")
	o.want(resumed, 200, "")
	if strings.Contains(resumed.body, `"paused"`) {
		t.Error(resumed.body)
	}
}

func TestTransitions_AgreementForEventsIsSuspended(t *testing.T) {
	o := newTestAPI(t)
	o.want(o.ask("operator-token", "PUT", "/v1/agreements/a.2", agreeEvent), 200, "")
	r := o.ask("operator-token", "POST", "/v1/agreements/a.2/suspend", "")
	o.want(r, 200, "")
	if !strings.Contains(r.body, `"suspended"`) || !strings.Contains(r.body, `"$.R"`) || strings.Contains(r.body, `"service"`) || strings.Contains(r.body, `"version"`) {
		t.Error(r.body)
	}
}

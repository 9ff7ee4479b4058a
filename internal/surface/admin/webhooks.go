package admin

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"mconnect"
	"mconnect/fault"
)

// Trouble says to people why something does not work. Said fills it in.
type Trouble struct {
	Fault   *fault.Error `json:"-"`
	Code    fault.Code   `json:"code,omitempty"`
	Problem string       `json:"problem,omitempty" doc:"what is wrong"`
	Remedy  string       `json:"remedy,omitempty" doc:"what has to be done"`
}

func (t *Trouble) say(lang mconnect.Lang) {
	if t.Fault != nil {
		t.Code, t.Problem, t.Remedy = t.Fault.Code, t.Fault.Sentence(lang), t.Fault.Remedy(lang)
	}
}

// WebhookState is how the webhook of a subscription fares on one node.
type WebhookState struct {
	Subscription string     `json:"subscription"`
	System       string     `json:"system"`
	Group        string     `json:"group"`
	Node         string     `json:"node"`
	URL          string     `json:"url"`
	State        string     `json:"state" doc:"handshake, refused, pushing, failing, gone, ended, paused, suspended or starting"`
	Since        *time.Time `json:"since,omitempty"`
	Until        *time.Time `json:"until,omitempty" doc:"while failing: when the next attempt may be made"`
	LastAttempt  *time.Time `json:"last_attempt,omitempty"`
	LastAnswer   int        `json:"last_answer,omitempty" doc:"status; absent when there was no answer"`
	LastSuccess  *time.Time `json:"last_success,omitempty"`
	Attempts     int        `json:"attempts,omitempty" doc:"made for the oldest event that is tried again"`
	FirstAttempt *time.Time `json:"first_attempt,omitempty" doc:"the first of them"`
	Next         *time.Time `json:"next_attempt,omitempty"`
	Retried      int        `json:"retried" doc:"events that were attempted in vain and are tried again"`
	Held         int        `json:"held" doc:"events taken from the log and not acknowledged"`
	Delivered    int64      `json:"delivered"`
	Dead         int64      `json:"dead"`
	Seen         *time.Time `json:"seen,omitempty" doc:"when the node said so"`
	Trouble
	Waiting []WebhookWaiting `json:"waiting,omitempty" doc:"the first events that are tried again; only where attempts are listed"`
	Recent  []WebhookAttempt `json:"recent,omitempty" doc:"the last attempts, newest first; only where attempts are listed"`
}

// WebhookWaiting is an event that was attempted in vain and is tried again.
type WebhookWaiting struct {
	Source   string           `json:"source"`
	ID       string           `json:"id"`
	Type     string           `json:"type"`
	Attempts int              `json:"attempts"`
	First    time.Time        `json:"first_attempt"`
	Next     time.Time        `json:"next_attempt"`
	Last     []WebhookAttempt `json:"last" doc:"newest first"`
}

// WebhookAttempt is one request to a webhook.
type WebhookAttempt struct {
	At      time.Time `json:"at"`
	For     string    `json:"for" doc:"handshake, event or test"`
	Source  string    `json:"source,omitempty"`
	ID      string    `json:"id,omitempty"`
	Number  int       `json:"number,omitempty" doc:"which attempt for this event"`
	Status  int       `json:"status,omitempty" doc:"absent when there was no answer"`
	Seconds float64   `json:"seconds"`
	Trouble
}

// WebhookTest is what a test of a webhook showed. Texts of the receiver are bounded and escaped.
type WebhookTest struct {
	Subscription string        `json:"subscription"`
	Node         string        `json:"node" doc:"from which it was made"`
	Event        string        `json:"event" doc:"id of the test event"`
	Record       int64         `json:"record" doc:"index in the journal"`
	Passed       bool          `json:"passed"`
	Steps        []WebhookStep `json:"steps" doc:"the handshake, then the event"`
}

// WebhookStep is one request of a test and its answer.
type WebhookStep struct {
	WebhookAttempt
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Address string            `json:"address,omitempty" doc:"connected to"`
	TLS     string            `json:"tls,omitempty"`
	Peer    string            `json:"peer,omitempty" doc:"name in the receiver's certificate"`
	Issuer  string            `json:"issuer,omitempty"`
	Until   *time.Time        `json:"until,omitempty" doc:"end of that certificate"`
	Header  map[string]string `json:"header,omitempty" doc:"headers that say something about a webhook"`
	Body    string            `json:"body,omitempty" doc:"its beginning"`
	More    bool              `json:"more,omitempty" doc:"the body goes on"`
}

// Webhooks shows how webhooks fare and tries one out. A test is journalled before it is made, and delivers nothing;
// faults webhook.unknown, webhook.busy.
type Webhooks interface {
	States(ctx context.Context) ([]WebhookState, error)
	Test(ctx context.Context, actor, system, group, reason string) (WebhookTest, error)
}

type webhookPath struct {
	System string        `path:"system" maxLength:"81"`
	Group  string        `path:"group" maxLength:"64" doc:"~default where the subscription names none"`
	Lang   mconnect.Lang `query:"lang" enum:"ro,en,ru" default:"ro" doc:"of what is said"`
}

type attemptsOut struct {
	Body struct {
		Items []WebhookState `json:"items" doc:"one for each node"`
	}
}

type testWebhookIn struct {
	System string        `path:"system" maxLength:"81"`
	Group  string        `path:"group" maxLength:"64" doc:"~default where the subscription names none"`
	Lang   mconnect.Lang `query:"lang" enum:"ro,en,ru" default:"ro" doc:"of what is said"`
	Body   struct {
		Reason string `json:"reason" minLength:"1" maxLength:"512" doc:"why; journalled"`
	}
}

type testWebhookOut struct{ Body WebhookTest }

func (s *Surface) webhooks() {
	if s.cfg.Webhooks == nil {
		return
	}
	const path = "/webhooks/{system}/{group}"
	handle(s, Operator, eventsOperation(http.MethodGet, path+"/attempts", "webhook-attempts",
		"The last attempts to push to a webhook, and those for events that are tried again"), s.webhookAttempts)
	handle(s, Operator, eventsOperation(http.MethodPost, path+"/test", "test-webhook",
		"Send a signed test event to a webhook. It counts as no delivery"), s.testWebhook)
}

// withWebhooks adds to the lags how webhooks fare, also of those whose group has never read.
func (s *Surface) withWebhooks(ctx context.Context, in *lagIn, lags []EventLag) ([]EventLag, error) {
	if s.cfg.Webhooks == nil {
		return lags, nil
	}
	states, err := s.cfg.Webhooks.States(ctx)
	if err != nil {
		return nil, err
	}
	for _, w := range states {
		if in.System != "" && in.System != w.System || in.Group != "" && in.Group != w.Group {
			continue
		}
		w.say(in.Lang)
		w.Waiting, w.Recent = nil, nil
		at := slices.IndexFunc(lags, func(l EventLag) bool { return l.System == w.System && l.Group == w.Group })
		if at < 0 {
			at, lags = len(lags), append(lags, EventLag{System: w.System, Group: w.Group, Parts: []EventPartition{}})
		}
		lags[at].Webhooks = append(lags[at].Webhooks, w)
	}
	slices.SortFunc(lags, func(a, b EventLag) int {
		return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Group, b.Group))
	})
	return lags, nil
}

func (s *Surface) webhookAttempts(ctx context.Context, in *webhookPath) (*attemptsOut, error) {
	states, err := s.cfg.Webhooks.States(ctx)
	if err != nil {
		return nil, err
	}
	out := &attemptsOut{}
	for _, w := range states {
		if w.System != in.System || w.Group != in.Group {
			continue
		}
		w.say(in.Lang)
		for i := range w.Recent {
			w.Recent[i].say(in.Lang)
		}
		for _, waiting := range w.Waiting {
			for i := range waiting.Last {
				waiting.Last[i].say(in.Lang)
			}
		}
		out.Body.Items = append(out.Body.Items, w)
	}
	if len(out.Body.Items) == 0 {
		return nil, fault.New(fault.WebhookUnknown, "system", in.System, "group", in.Group)
	}
	return out, nil
}

func (s *Surface) testWebhook(ctx context.Context, in *testWebhookIn) (*testWebhookOut, error) {
	done, err := s.cfg.Webhooks.Test(ctx, actor(ctx).Name, in.System, in.Group, in.Body.Reason)
	for i := range done.Steps {
		done.Steps[i].say(in.Lang)
	}
	return &testWebhookOut{Body: done}, err
}

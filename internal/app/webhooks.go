package app

import (
	"crypto"
	"crypto/tls"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"time"

	"mconnect"
	"mconnect/fault"
	"mconnect/internal/broker"
	"mconnect/internal/domain/event"
	"mconnect/internal/pki"
	"mconnect/internal/surface/admin"
	"mconnect/internal/webhook"
)

// wireWebhooks makes what pushes events to consumers that declare so.
func (a *App) wireWebhooks() (err error) {
	secrets := secretsOf(a.Config.Providers.Secrets)
	a.webhooks, err = webhook.New(webhook.Config{
		Broker: a.engine, Targets: webhookTargets{a.Installation}, Signer: a.signer, Origin: a.Config.Exchange.Names[0],
		Clock: time.Now, Logger: a.logger,
		Secrets: func(host, name string) (string, error) {
			text, err := secrets(host, name)
			return string(text), err
		},
		TLS: a.towardsWebhooks(), Keeper: a.Store, Node: a.Config.Node,
	})
	return err
}

// towardsWebhooks makes TLS configurations by the present anchors, the same one until they change.
func (a *App) towardsWebhooks() func() *tls.Config {
	var mu sync.Mutex
	var made *tls.Config
	return func() *tls.Config {
		mu.Lock()
		defer mu.Unlock()
		if pool := a.Trust.Pool(); made == nil || made.RootCAs != pool {
			made = &tls.Config{
				MinVersion: tls.VersionTLS12, RootCAs: pool, VerifyConnection: a.Trust.Server,
				GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate,
					error) {
					return a.Identity.Certificate(), nil
				},
			}
		}
		return made
	}
}

// signer signs with the platform's key, named by its certificate.
func (i *Installation) signer() (*webhook.Signer, error) {
	identity := i.Identity.Certificate()
	key, ok := identity.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, errors.New("app: the platform's key does not sign")
	}
	return webhook.NewSigner(key, string(pki.Fingerprint(identity.Leaf)))
}

// webhookTargets implements webhook.Targets by what is declared.
type webhookTargets struct{ *Installation }

// Changed implements webhook.Targets.
func (t webhookTargets) Changed() <-chan struct{} { return t.Rights.Changed() }

// Targets implements webhook.Targets.
func (t webhookTargets) Targets() []webhook.Target {
	var all []webhook.Target
	for _, s := range t.Rooms.Events.Subscriptions() {
		if !s.Pushes() || s.Paused {
			continue
		}
		if standing, ok := t.Rooms.Registry.System(s.System); ok && standing.Active() {
			all = append(all, t.of(s))
		}
	}
	return all
}

// of is the target of a subscription that is delivered by webhook.
func (t webhookTargets) of(s *event.ReadySubscription) webhook.Target {
	return webhook.Target{
		ID: s.ID, Group: s.GroupName(), Webhook: *s.Delivery.Webhook, Reaches: t.reaches(s.System),
		Caller: broker.Caller{System: s.System, Participant: s.System.Participant(), Address: s.Delivery.Webhook.URL},
	}
}

// reaches judges addresses by the networks that the system has registered when it is asked.
func (t webhookTargets) reaches(system mconnect.SystemID) webhook.Reaches {
	return func(a netip.Addr) bool {
		standing, ok := t.Rooms.Registry.System(system)
		return ok && standing.System.Reaches(a)
	}
}

// webhookMetrics are what metrics show of pushing.
func (a *App) webhookMetrics() []admin.Metric {
	of := func(name, help string, read func(webhook.State) float64) admin.Metric {
		return admin.Metric{Name: "events_webhooks_" + name, Help: help, Read: func() (sum float64) {
			if a.webhooks == nil {
				return 0
			}
			for _, s := range a.webhooks.States() {
				sum += read(s)
			}
			return sum
		}}
	}
	in := func(c webhook.Condition) func(webhook.State) float64 {
		return func(s webhook.State) float64 {
			if s.Condition == c {
				return 1
			}
			return 0
		}
	}
	return []admin.Metric{
		of("pushing", "Subscriptions pushed to now.", in(webhook.Pushing)),
		of("failing", "Subscriptions whose target fails again and again.", in(webhook.Failing)),
		of("asking", "Subscriptions whose target has not permitted pushing.", in(webhook.Asking)),
		of("gone", "Subscriptions whose target is retired.", in(webhook.Gone)),
		of("held", "Events under way to webhooks.", func(s webhook.State) float64 { return float64(s.Held) }),
	}
}

// checkWebhook reports what a webhook needs and this installation lacks: the bearer token, and a key that signs.
func (i *Installation) checkWebhook(w event.Webhook) (found []fault.FieldError) {
	if _, host, err := w.Target(); err == nil && w.Secret != "" {
		if text, err := secretsOf(i.Config.Providers.Secrets)(host, w.Secret); err != nil || !isHeaderValue(text) {
			found = append(found, fault.FieldError{
				Path: "/secret", Code: fault.WebhookSecret, Params: map[string]string{"name": w.Secret, "host": host},
			})
		}
	}
	if _, err := i.signer(); err != nil {
		found = append(found, fault.FieldError{Path: "/signing", Code: fault.WebhookSigning})
	}
	return found
}

// isHeaderValue reports a text that can stand in a header: something, in one line of visible ASCII.
func isHeaderValue(text []byte) bool {
	return len(text) > 0 && !slices.ContainsFunc(text, func(c byte) bool { return c <= ' ' || c > '~' })
}

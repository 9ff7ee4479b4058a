package app

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"mconnect/internal/doctor"
	"mconnect/internal/pki"
	"mconnect/internal/surface/admin"
	"mconnect/internal/surface/listener"
)

// metricFuncs are read when metrics are.
func (a *App) metricFuncs() []admin.Metric {
	read := func(f func(context.Context) (float64, error)) func() float64 {
		return func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			v, err := f(ctx)
			if err != nil {
				return math.NaN()
			}
			return v
		}
	}
	return slices.Concat(a.eventMetrics(), a.connectionMetrics(), a.machineMetrics(read), []admin.Metric{
		admin.BuildInfo(Version, a.Config.Node, a.Store.Dialect()),
		{Name: "ready", Help: "Whether calls can be served: 1 or 0, as /readyz says.",
			Read: read(func(ctx context.Context) (float64, error) {
				if a.Ready(ctx) != nil {
					return 0, nil
				}
				return 1, nil
			})},
		{Name: "journal_records", Help: "Records in the journal.",
			Read: read(func(ctx context.Context) (float64, error) {
				head, err := a.log.Head(ctx)
				return float64(head.Size), err
			})},
		{Name: "journal_index_lag_records", Help: "Records not yet in the search index.",
			Read: read(func(ctx context.Context) (float64, error) {
				head, err := a.log.Head(ctx)
				if err != nil {
					return 0, err
				}
				at, err := a.Store.IndexPosition(ctx)
				return float64(head.Size - at), err
			})},
		{Name: "journal_forked", Help: "1 when the store was found not to continue what was acknowledged before: nothing is appended any more.", Read: func() float64 {
			if a.log.Forked() != nil {
				return 1
			}
			return 0
		}},
		{Name: "calls_in_flight", Help: "Calls being answered now.",
			Read: func() float64 { return float64(a.rest.InFlight() + a.soap.InFlight()) }},
		{Name: "bodies_bytes", Help: "Memory that the bodies of requests take now, 64 KiB of each not counted.",
			Read: func() float64 { return float64(a.memory.Held()) }},
		{Name: "resources_unrecorded", Help: "Stored states of resources without a change record: somebody wrote the database. They do not act.", Read: func() float64 {
			return float64(len(a.Country.Unrecorded()))
		}},
		{Name: "country_revision", Help: "Revision of the state by which calls are decided.",
			Read: func() float64 { return float64(a.Country.Revision()) }},
		{Name: "certificate_expiry_timestamp_seconds", Help: "When the platform's certificate ends, Unix time.",
			Labels: map[string]string{"use": "platform"}, Read: func() float64 {
				return float64(a.Identity.Certificate().Leaf.NotAfter.Unix())
			}},
		{Name: "certificate_expiry_timestamp_seconds", Help: "When the platform's certificate ends, Unix time.",
			Labels: map[string]string{"use": "signing"}, Read: func() float64 {
				return float64(a.signingCertificate().Leaf.NotAfter.Unix())
			}},
	})
}

// connectionMetrics are what metrics show of the listeners.
func (a *App) connectionMetrics() (all []admin.Metric) {
	for n, name := range []string{"exchange", "events", "admin"} {
		of := func(read func(*listener.Connections) float64) func() float64 {
			return func() float64 {
				if a.listeners[n] == nil { // read while the platform starts
					return 0
				}
				return read(a.listeners[n])
			}
		}
		all = append(all,
			admin.Metric{Name: "connections", Help: "Connections open now, by listener.",
				Labels: map[string]string{"listener": name},
				Read:   of(func(c *listener.Connections) float64 { return float64(c.Open()) })},
			admin.Metric{Name: "connections_refused_total",
				Help:    "Connections reset because limits.connections or limits.per_address were reached, by listener.",
				Counter: true, Labels: map[string]string{"listener": name},
				Read: of(func(c *listener.Connections) float64 { return float64(c.Refused()) })})
	}
	for _, name := range a.listenerNames() {
		for _, reason := range listener.HandshakeReasons {
			all = append(all, admin.Metric{Name: "tls_handshakes_failed_total",
				Help:    "TLS handshakes that failed, by listener and reason.",
				Counter: true, Labels: map[string]string{"listener": name, "reason": reason},
				Read: func() float64 { return float64(a.handshakes[name].Failed(reason)) }})
		}
	}
	return all
}

// certificateEndings are the horizons within which certificates of systems that end are counted, in days.
var certificateEndings = []int{0, 3, 14, 30}

// machineMetrics are what metrics show of disk, store and trust.
func (a *App) machineMetrics(read func(func(context.Context) (float64, error)) func() float64) []admin.Metric {
	space := func(of func(doctor.Space) uint64) func() float64 {
		return read(func(context.Context) (float64, error) {
			s, err := doctor.SpaceOf(a.Config.DataDir)
			return float64(of(s)), err
		})
	}
	levels := []admin.Metric{
		{Name: "disk_free_bytes", Help: "Room left on the file system of data_dir.",
			Read: space(func(s doctor.Space) uint64 { return s.Free })},
		{Name: "disk_size_bytes", Help: "Size of the file system of data_dir.",
			Read: space(func(s doctor.Space) uint64 { return s.Size })},
		{Name: "store_size_bytes", Help: "Size of the store's files or database.",
			Read: read(func(ctx context.Context) (float64, error) {
				n, err := a.Store.Size(ctx)
				return float64(n), err
			})},
		{Name: "revocation_list_age_seconds", Help: "Age of the oldest revocation list in force; 0 where there is none.", Read: func() float64 {
			return a.listAge(time.Now()).Seconds()
		}},
		{Name: "revocation_lists_overdue", Help: "Revocation lists in force that are past their next update.",
			Read: func() float64 {
				return float64(a.listsOverdue(time.Now()))
			}},
	}
	for _, days := range certificateEndings {
		levels = append(levels, admin.Metric{
			Name: "system_certificates_ending", Help: "Registered certificates of systems, not revoked, that end within so many days; 0: that have ended.",
			Labels: map[string]string{"days": strconv.Itoa(days)},
			Read:   func() float64 { return float64(a.certificatesEnding(time.Now().AddDate(0, 0, days))) },
		})
	}
	return levels
}

func (a *App) listAge(now time.Time) (age time.Duration) {
	for _, l := range a.Trust.Lists() {
		age = max(age, now.Sub(l.ThisUpdate))
	}
	return age
}

func (a *App) listsOverdue(now time.Time) (n int) {
	for _, l := range a.Trust.Lists() {
		if !l.NextUpdate.IsZero() && now.After(l.NextUpdate) {
			n++
		}
	}
	return n
}

// certificatesEnding counts the registered certificates in use that end before a moment.
func (a *App) certificatesEnding(before time.Time) (n int) {
	for _, c := range a.Rooms.Registry.Certificates() {
		if chain, err := pki.ParseCertificates([]byte(c.PEM)); err == nil && c.RevokedAt.IsZero() &&
			chain[0].NotAfter.Before(before) {
			n++
		}
	}
	return n
}

package store_test

import (
	"strings"
	"testing"
)

// TestSettings_AsInForce: what each session asks for is in force on a direct connection, and a setting of the server
// that endangers the store shows.
func TestSettings_AsInForce(t *testing.T) {
	onEach(t, func(t *testing.T, url string) {
		s, ok, err := open(t, url).Settings(t.Context())
		if err != nil || ok != strings.HasPrefix(url, "postgres:") {
			t.Fatalf("%v, %v", ok, err)
		}
		if !ok {
			return
		}
		for name, want := range map[string]string{
			"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "lock_timeout": "4s", "statement_timeout": "0",
			"idle_in_transaction_session_timeout": "3s", "default_transaction_isolation": "read committed", "timezone": "UTC",
			"synchronous_standby_names": "", "max_connections": "200",
		} {
			if has, there := s.InForce[name]; !there || has != want {
				t.Errorf("%s is %q, want %q", name, has, want)
			}
		}
		for name := range s.Demanded {
			if _, there := s.InForce[name]; !there {
				t.Errorf("%s is asked for and not shown", name)
			}
		}
		if s.Pool != 8 || s.Standbys != 0 {
			t.Errorf("%d connections, %d standbys", s.Pool, s.Standbys)
		}
	})
}

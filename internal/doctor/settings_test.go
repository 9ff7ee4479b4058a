package doctor

import (
	"context"
	"errors"
	"maps"
	"testing"
)

// TestSettings_InForce: each setting that durability or recovery rests on is named when another value is in force, and
// only then.
func TestSettings_InForce(t *testing.T) {
	demanded := map[string]string{"synchronous_commit": "on", "lock_timeout": "4000", "statement_timeout": "0", "timezone": "UTC"}
	good := map[string]string{
		"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "synchronous_standby_names": "ANY 1 (*)",
		"lock_timeout": "4s", "statement_timeout": "0", "timezone": "UTC", "max_connections": "100",
	}
	for _, c := range []struct {
		name, value string
		level       Level
	}{
		{"fsync", "off", Problem}, {"full_page_writes", "off", Problem},
		{"synchronous_commit", "off", Problem}, {"synchronous_commit", "local", Problem}, {"synchronous_commit", "remote_write", Problem},
		{"synchronous_commit", "remote_apply", Well},
		{"synchronous_standby_names", "", Warning},
		{"lock_timeout", "0", Problem}, {"lock_timeout", "4000ms", Problem}, {"statement_timeout", "30s", Problem},
		{"timezone", "utc", Well}, {"timezone", "Europe/Chisinau", Problem},
		{"max_connections", "13", Problem}, {"max_connections", "14", Well},
	} {
		in := maps.Clone(good)
		in[c.name] = c.value
		found := Settings(func(context.Context) (Database, bool, error) {
			return Database{InForce: in, Demanded: demanded, Standbys: 2, Pool: 8}, true, nil
		}).Run(t.Context())
		complete(t, found)
		if len(found) != 1 || found[0].Level != c.level || c.level != Well && found[0].About != c.name {
			t.Errorf("%s is %q: %+v", c.name, c.value, found)
		}
	}
}

// TestSettings_OtherStores: a single server needs no standby, an embedded store no settings, and what cannot be read is
// said.
func TestSettings_OtherStores(t *testing.T) {
	alone := map[string]string{"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "max_connections": "100"}
	for _, c := range []struct {
		d     Database
		ok    bool
		err   error
		level Level
	}{
		{Database{InForce: alone}, true, nil, Well},
		{Database{}, false, nil, Well},
		{Database{}, true, errors.New("gone"), Warning},
	} {
		found := Settings(func(context.Context) (Database, bool, error) { return c.d, c.ok, c.err }).Run(t.Context())
		complete(t, found)
		if len(found) != 1 || found[0].Level != c.level {
			t.Errorf("%+v: %+v", c, found)
		}
	}
}

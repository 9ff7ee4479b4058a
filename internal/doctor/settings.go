package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Database is what a database server has in force for the sessions of the platform.
type Database struct {
	InForce  map[string]string // by name
	Demanded map[string]string // what the platform asks for with each session
	Standbys int               // servers that stream from this one now
	Pool     int               // connections that one node may open
}

// own is how many connections a node opens next to its pool: for long work, and for the search index.
const own = 6

// Settings examines what PostgreSQL has in force: what durability rests on, what a pooler between dropped, and whether
// there is room for the connections of the nodes. ask says ok false when the store is another engine.
func Settings(ask func(context.Context) (d Database, ok bool, err error)) Check {
	return Check{"database", func(ctx context.Context) []Finding {
		d, ok, err := ask(ctx)
		switch {
		case err != nil:
			return one(Warning, "", "its settings cannot be read: "+err.Error(), "see the findings about the store")
		case !ok:
			return one(Well, "", "embedded; nothing to be set", "")
		}
		found := slices.Concat(d.durable(), d.dropped(), d.room())
		if len(found) == 0 {
			return one(Well, "", fmt.Sprintf("its settings are as they should be; %d standbys stream from it",
				d.Standbys), "")
		}
		return found
	}}
}

func (d Database) durable() (found []Finding) {
	for _, name := range []string{"fsync", "full_page_writes"} {
		if v := d.InForce[name]; v != "on" {
			found = append(found, one(Problem, name, fmt.Sprintf("is %q: a loss of power can destroy the journal", v),
				"set it to on in postgresql.conf")...)
		}
	}
	if v := d.InForce["synchronous_commit"]; v != "on" && v != "remote_apply" {
		found = append(found, one(Problem, "synchronous_commit", fmt.Sprintf("is %q: acknowledged records can be lost",
			v),
			"set it to on; see docs/OPERATIONS.md about poolers")...)
	}
	if d.Standbys > 0 && strings.TrimSpace(d.InForce["synchronous_standby_names"]) == "" {
		found = append(found, one(Warning, "synchronous_standby_names",
			fmt.Sprintf("is empty beside %d standbys: a fail-over can lose acknowledged records, and the nodes then stop", d.Standbys),
			"set it to ANY 1 (…), or synchronous_mode and synchronous_mode_strict in Patroni")...)
	}
	return found
}

// dropped finds what sessions ask for and do not get, as behind a pooler in transaction mode.
func (d Database) dropped() (found []Finding) {
	for _, name := range slices.Sorted(maps.Keys(d.Demanded)) {
		want, has := d.Demanded[name], d.InForce[name]
		if name == "synchronous_commit" || same(want, has) {
			continue
		}
		found = append(found, one(Problem, name, fmt.Sprintf("is %q, though each session asks for %q: something between drops it", has, want),
			"connect without a pooler, or with one in session mode")...)
	}
	return found
}

// same compares a setting as it was asked for with how the server writes it: times in milliseconds as "4s".
func same(want, has string) bool {
	if strings.EqualFold(want, has) {
		return true
	}
	ms, err := strconv.Atoi(want)
	return err == nil && ms%1000 == 0 && has == strconv.Itoa(ms/1000)+"s"
}

func (d Database) room() []Finding {
	most, err := strconv.Atoi(d.InForce["max_connections"])
	if need := d.Pool + own; err == nil && most < need {
		return one(Problem, "max_connections", fmt.Sprintf("is %d, and one node may open %d", most, need),
			"raise it, or lower store.max_conns")
	}
	return nil
}

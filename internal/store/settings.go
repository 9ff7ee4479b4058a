package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
)

// Settings are what PostgreSQL has in force for a session of this process, by name, as `SHOW` writes them.
type Settings struct {
	InForce  map[string]string
	Demanded map[string]string // those that each session sets when it connects
	Standbys int               // servers that stream from this one now
	Pool     int               // connections that this process may open
}

// shown are the settings that durability and recovery depend on, besides those that sessions set.
var shown = []string{"fsync", "full_page_writes", "max_connections", "synchronous_standby_names"}

const sqlSetting = `SELECT name, current_setting(name) FROM pg_settings WHERE lower(name) = ANY($1)`

// Settings reads the settings of PostgreSQL; ok is false for another engine. A pooler between this process and the
// server may drop what the session sets: InForce shows it.
func (db *DB) Settings(ctx context.Context) (s Settings, ok bool, err error) {
	if db.d.oneWriter {
		return s, false, nil
	}
	s = Settings{InForce: map[string]string{}, Demanded: sessionSettings(db.links), Pool: db.cfg.MaxConns}
	names := slices.Concat(shown, slices.Collect(maps.Keys(s.Demanded)))
	err = eachRow(ctx, db.pool, func(rows *sql.Rows) error {
		var name, value string
		err := rows.Scan(&name, &value)
		s.InForce[strings.ToLower(name)] = value
		return err
	}, sqlSetting, "{"+strings.Join(names, ",")+"}")
	if err != nil {
		return s, true, unavailable(err)
	}
	var standbys sql.NullInt64 // a role without the right sees none of them
	err = db.pool.QueryRowContext(ctx, "SELECT count(*) FROM pg_stat_replication").Scan(&standbys)
	s.Standbys = int(standbys.Int64)
	return s, true, unavailable(err)
}

package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// RenewNow renews the lease now instead of at the next tick.
func (l *Lease) RenewNow(ctx context.Context) error { return l.renew(ctx, false) }

// HostsTried lists the hosts of a URL in the order in which a new connection tries them, after some addresses fell
// silent.
func HostsTried(url string, names map[string][]string, silent ...string) (hosts []string, err error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	l := &links{}
	for name, addresses := range names {
		l.names.Store(name, addresses)
	}
	for _, address := range silent {
		l.silent.Store(address, time.Now())
	}
	l.suspectsLast(cfg)
	for _, at := range append([]*pgconn.FallbackConfig{{Host: cfg.Host}}, cfg.Fallbacks...) {
		if len(hosts) == 0 || hosts[len(hosts)-1] != at.Host {
			hosts = append(hosts, at.Host)
		}
	}
	return hosts, nil
}

// Vanished is how errors of a socket are judged.
var Vanished = vanished

// PlanOfDead is how the engine finds dead events by source and id, when it has the choice.
func (db *DB) PlanOfDead(ctx context.Context) (plan string, err error) {
	conn, err := db.pool.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	explain, columns := "EXPLAIN QUERY PLAN ", 4
	if db.d.name == "postgres" {
		if _, err := conn.ExecContext(ctx, "SET enable_seqscan = off"); err != nil {
			return "", err
		}
		explain, columns = "EXPLAIN ", 1
	}
	rows, err := conn.QueryContext(ctx, explain+sqlDeadNamed, "", "", "", "src", "e1", 0, 100)
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		row := make([]any, columns)
		for i := range row {
			row[i] = new(any)
		}
		if err := rows.Scan(row...); err != nil {
			return "", err
		}
		plan += fmt.Sprintln(*row[columns-1].(*any))
	}
	return plan, rows.Err()
}

package store

import (
	"context"
	"database/sql"
	"time"

	"mconnect/fault"
	"mconnect/internal/appendlog"
)

const (
	personColumns = `id, pseudonym, sealed, name, email, verified, language, created, blocked`
	sqlPutPerson  = `INSERT INTO person (` + personColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO UPDATE SET pseudonym = excluded.pseudonym, sealed = excluded.sealed, name = excluded.name,
		email = excluded.email, verified = excluded.verified, language = excluded.language, blocked = excluded.blocked`
	sqlPerson     = `SELECT ` + personColumns + ` FROM person WHERE id = $1`
	sqlPersonKnow = `SELECT ` + personColumns + ` FROM person WHERE pseudonym = $1`
	sqlPersons    = `SELECT ` + personColumns + ` FROM person WHERE id > $1 ORDER BY id LIMIT $2`

	membershipColumns = `id, person, participant, role, state, since, until, proposed_by, granted_by`
	sqlPutMembership  = `INSERT INTO membership (` + membershipColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, since = excluded.since, until = excluded.until,
		granted_by = excluded.granted_by`
	sqlMembership    = `SELECT ` + membershipColumns + ` FROM membership WHERE id = $1`
	sqlMembershipsOf = `SELECT ` + membershipColumns + ` FROM membership WHERE person = $1 ORDER BY id`
	sqlMembershipsAt = `SELECT ` + membershipColumns + ` FROM membership WHERE participant = $1 ORDER BY id`
)

// micros is a time as a column holds it: 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment is the reverse of micros.
func moment(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.UnixMicro(at).UTC()
}

// one returns the only row of a query, or a fault.
func one[T any](all []T, err error, none fault.Code) (T, error) {
	var zero T
	switch {
	case err != nil:
		return zero, err
	case len(all) == 0:
		return zero, fault.New(none)
	}
	return all[0], nil
}

// inside runs one statement in a transaction of AppendWith.
func inside(in appendlog.Tx, text string, args ...any) error {
	_, err := sqlTx(in).ExecContext(context.Background(), text, args...) // the transaction has its own context
	return unavailable(err)
}

// PutPerson stores a person, new or changed. The time of creation never changes.
func (db *DB) PutPerson(in appendlog.Tx, p appendlog.Person) error {
	return inside(in, sqlPutPerson, p.ID, p.Pseudonym, p.Sealed, p.Name, p.Email, number(p.EmailVerified), p.Language,
		micros(p.CreatedAt), number(p.Blocked))
}

// Person returns one person; fault person.unknown.
func (db *DB) Person(ctx context.Context, id string) (appendlog.Person, error) {
	all, err := db.persons(ctx, db.pool, sqlPerson, id)
	return one(all, err, fault.PersonUnknown)
}

// PersonByPseudonym returns the person with an identification number; fault person.unknown.
func (db *DB) PersonByPseudonym(ctx context.Context, pseudonym []byte) (appendlog.Person, error) {
	all, err := db.persons(ctx, db.pool, sqlPersonKnow, pseudonym)
	return one(all, err, fault.PersonUnknown)
}

// Persons returns at most limit persons with an id above after, in the order of their ids.
func (db *DB) Persons(ctx context.Context, after string, limit int) ([]appendlog.Person, error) {
	return db.persons(ctx, db.pool, sqlPersons, after, limit)
}

func (db *DB) persons(ctx context.Context, q rowser, text string, args ...any) ([]appendlog.Person, error) {
	all, err := collect(ctx, q, func(rows *sql.Rows, p *appendlog.Person) error {
		var verified, created, blocked int64
		err := rows.Scan(&p.ID, &p.Pseudonym, &p.Sealed, &p.Name, &p.Email, &verified, &p.Language, &created, &blocked)
		p.EmailVerified, p.CreatedAt, p.Blocked = verified != 0, moment(created), blocked != 0
		return err
	}, text, args...)
	return all, unavailable(err)
}

// PutMembership stores a membership, new or changed. Person, participant, role and who proposed it never change.
func (db *DB) PutMembership(in appendlog.Tx, m appendlog.Membership) error {
	return inside(in, sqlPutMembership, m.ID, m.Person, m.Participant, m.Role, m.State, micros(m.From), micros(m.Until),
		m.ProposedBy, m.GrantedBy)
}

// Membership returns one membership; fault membership.unknown.
func (db *DB) Membership(ctx context.Context, id string) (appendlog.Membership, error) {
	all, err := db.memberships(ctx, db.pool, sqlMembership, id)
	return one(all, err, fault.MembershipUnknown)
}

// MembershipsOf returns all memberships of a person, ended and proposed ones included, oldest first.
func (db *DB) MembershipsOf(ctx context.Context, person string) ([]appendlog.Membership, error) {
	return db.memberships(ctx, db.pool, sqlMembershipsOf, person)
}

// MembershipsAt returns those at a participant, or of the platform's staff for "", likewise.
func (db *DB) MembershipsAt(ctx context.Context, participant string) ([]appendlog.Membership, error) {
	return db.memberships(ctx, db.pool, sqlMembershipsAt, participant)
}

// MembershipsIn is MembershipsAt within the transaction of an AppendWith: nobody changes them before it ends.
func (db *DB) MembershipsIn(in appendlog.Tx, participant string) ([]appendlog.Membership, error) {
	return db.memberships(context.Background(), sqlTx(in), sqlMembershipsAt, participant)
}

func (db *DB) memberships(ctx context.Context, q rowser, text string, args ...any) ([]appendlog.Membership, error) {
	all, err := collect(ctx, q, func(rows *sql.Rows, m *appendlog.Membership) error {
		var from, until int64
		err := rows.Scan(&m.ID, &m.Person, &m.Participant, &m.Role, &m.State, &from, &until, &m.ProposedBy,
			&m.GrantedBy)
		m.From, m.Until = moment(from), moment(until)
		return err
	}, text, args...)
	return all, unavailable(err)
}

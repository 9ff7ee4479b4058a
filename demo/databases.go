package demo

import (
	"context"
	"database/sql"
	"errors"
	"os"

	_ "modernc.org/sqlite" // the registers without an API are SQLite files
)

// dump is a database about to be written: its tables and their rows.
type dump struct {
	schema string
	rows   []row
}

type row struct {
	insert string
	values []any
}

const cadastreSchema = `
CREATE TABLE bunuri (
  nr_cadastral TEXT PRIMARY KEY, tip TEXT NOT NULL, suprafata REAL NOT NULL,
  raion TEXT NOT NULL, localitate TEXT NOT NULL, strada TEXT NOT NULL, casa TEXT NOT NULL, apartament TEXT NOT NULL,
  ipoteca INTEGER NOT NULL
);
CREATE TABLE proprietari (
  nr_cadastral TEXT NOT NULL REFERENCES bunuri, idnp TEXT NOT NULL, nume TEXT NOT NULL, cota TEXT NOT NULL,
  PRIMARY KEY (nr_cadastral, idnp)
);
CREATE INDEX proprietari_idnp ON proprietari (idnp);`

func cadastreTables(w *Dataset) dump {
	d := dump{schema: cadastreSchema}
	for _, e := range w.Estates {
		a := e.Address
		d.rows = append(d.rows, row{`INSERT INTO bunuri VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`,
			[]any{e.Number, e.Kind, e.Area, a.District, a.Locality, a.Street, a.House, a.Apartment, e.Mortgage}})
		for _, o := range e.Owners {
			p, _ := w.Person(o.IDNP)
			d.rows = append(d.rows, row{`INSERT INTO proprietari VALUES ($1,$2,$3,$4)`,
				[]any{e.Number, string(o.IDNP), p.FamilyName + " " + p.GivenName, o.Share}})
		}
	}
	return d
}

const taxSchema = `
CREATE TABLE contribuabili (cod_fiscal TEXT PRIMARY KEY, denumire TEXT NOT NULL);
CREATE TABLE datorii (
  cod_fiscal TEXT NOT NULL REFERENCES contribuabili, fel TEXT NOT NULL, suma_bani INTEGER NOT NULL, scadenta TEXT NOT NULL
);
CREATE INDEX datorii_cod ON datorii (cod_fiscal);`

func taxTables(w *Dataset) dump {
	d := dump{schema: taxSchema}
	const payer = `INSERT INTO contribuabili VALUES ($1,$2)`
	for _, p := range w.Persons {
		d.rows = append(d.rows, row{payer, []any{string(p.IDNP), p.FamilyName + " " + p.GivenName}})
	}
	for _, e := range w.Entities {
		d.rows = append(d.rows, row{payer, []any{string(e.IDNO), e.Name}})
	}
	for _, o := range w.Debts {
		d.rows = append(d.rows, row{`INSERT INTO datorii VALUES ($1,$2,$3,$4)`,
			[]any{o.Subject, o.Kind, o.Bani, o.Due.Format(isoDay)}})
	}
	return d
}

// writeDatabase replaces the SQLite file at path by one with the dump's content. It is derived from the
// seed and written at each start, so it need not survive power loss.
func writeDatabase(ctx context.Context, path string, d dump) error {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=synchronous(0)&_pragma=journal_mode(memory)")
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, d.schema); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	statements := map[string]*sql.Stmt{}
	for _, r := range d.rows {
		st, ok := statements[r.insert]
		if !ok {
			if st, err = tx.PrepareContext(ctx, r.insert); err != nil {
				return err
			}
			statements[r.insert] = st
		}
		if _, err := st.ExecContext(ctx, r.values...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

package store

// The one SQL text of logs, resources and bodies, for both engines.
const (
	sqlHead        = `SELECT size, frontier, note FROM log_head WHERE log = $1`
	sqlNewHead     = `INSERT INTO log_head (log, size) VALUES ($1, 0) ON CONFLICT (log) DO NOTHING`
	sqlMoveHead    = `UPDATE log_head SET size = $1, frontier = $2, note = $3 WHERE log = $4 AND size = $5`
	sqlPutBatch    = `INSERT INTO log_batch (log, first, count, entries, asides, hashes, note) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	sqlBatchesOf   = `SELECT first, count, entries, asides, hashes, note FROM log_batch`
	sqlRead        = sqlBatchesOf + ` WHERE log = $1 AND first < $3 AND first >= COALESCE((SELECT MAX(first) FROM log_batch WHERE log = $1 AND first <= $2), 0) ORDER BY first`
	sqlAfter       = `SELECT COALESCE((SELECT first FROM (SELECT first, count FROM log_batch WHERE log = $1 AND first <= $2 ORDER BY first DESC LIMIT 1) AS nearest WHERE first + count > $2), (SELECT MIN(first) FROM log_batch WHERE log = $1 AND first > $2))`
	sqlAsidesOf    = `SELECT first, count, asides FROM log_batch WHERE log = $1 AND first <= $2 ORDER BY first DESC LIMIT 1`
	sqlHashesOf    = `SELECT first, hashes FROM log_batch WHERE log = $1 AND first <= $2 ORDER BY first DESC LIMIT 1`
	sqlPutAsides   = `UPDATE log_batch SET asides = $1 WHERE log = $2 AND first = $3`
	sqlNextAsides  = `UPDATE aside_generation SET value = value + 1 WHERE id = 1 RETURNING value`
	sqlAsideChange = `INSERT INTO aside_change (log, first, generation) VALUES ($1, $2, $3) ON CONFLICT (log, first) DO UPDATE SET generation = excluded.generation`
	sqlNews        = `SELECT log, size FROM log_head UNION ALL SELECT '', value FROM revision`
	sqlBorders     = `SELECT first, count FROM log_batch WHERE log = $1 AND first < $2 AND first >= $3 ORDER BY first`
	sqlLogs        = `SELECT log, size FROM log_head ORDER BY log`
	sqlRevision    = `SELECT value FROM revision WHERE id = 1`
	sqlLastRev     = `SELECT COALESCE(MAX(revision), 0) FROM resource`
	sqlSetRev      = `UPDATE revision SET value = $1 WHERE id = 1`
	sqlAged        = `UPDATE resource SET newest = 0 WHERE kind = $1 AND id = $2 AND newest = 1`
	sqlPutRes      = `INSERT INTO resource (revision, kind, id, newest, deleted, doc, changed_by, changed_at, reason, proof) VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9)`
	sqlResourceOf  = `SELECT kind, id, revision, doc, deleted, changed_by, changed_at, reason, proof FROM resource`
	sqlResSince    = sqlResourceOf + ` AS r WHERE revision > $1 AND NOT EXISTS (SELECT 1 FROM resource AS n WHERE n.kind = r.kind AND n.id = r.id AND n.revision > r.revision) ORDER BY revision LIMIT $2`
	sqlResOne      = sqlResourceOf + ` WHERE kind = $1 AND id = $2 ORDER BY revision DESC LIMIT 1`
	sqlResEvery    = sqlResourceOf + ` WHERE revision > $1 ORDER BY revision LIMIT $2`
	sqlResMarked   = sqlResourceOf + ` WHERE newest = 1 AND revision > $1 ORDER BY revision LIMIT $2`
	sqlRaiseRev    = `UPDATE revision SET value = $1 WHERE id = 1 AND value < $1`
	sqlSetProof    = `UPDATE resource SET proof = $1 WHERE revision = $2 AND COALESCE(length(proof), 0) = 0`
	sqlHistory     = sqlResourceOf + ` WHERE kind = $1 AND id = $2 ORDER BY revision`
	sqlKeepBody    = `INSERT INTO body (call, part, expires, sealed) VALUES ($1, $2, $3, $4) ON CONFLICT (call, part) DO UPDATE SET expires = excluded.expires, sealed = excluded.sealed`
	sqlBody        = `SELECT sealed FROM body WHERE call = $1 AND part = $2 AND expires > $3`
	sqlExpired     = `DELETE FROM body WHERE expires <= $1`
)

// Package spreadsheet makes a register of a spreadsheet: it reads a CSV or XLSX file row by row, checks every value
// against the declared columns, and writes an index from which rows are looked up by equality.
//
// It owns the readers (bounded by record, part and cell; a file of a million rows takes no more memory than one of
// ten), the conversion of what people write in tables (dates with points, decimals with commas) into the
// catalogue's values, and the index, a SQLite file of its own that never changes once made: another file takes its
// place. Rules of values are catalog.Schema's.
//
// It does not own where files come from, which of them is in force and what is recorded: that is package file's.
//
// Flow: Compile a declaration → Build (open → header → rows → Schema → index, or a fault that lists row and column) →
// Open → Find.
package spreadsheet

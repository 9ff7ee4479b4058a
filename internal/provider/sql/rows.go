package sql

import (
	"database/sql"
	"encoding/base64"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// errValue is a column whose value cannot be written as JSON.
var errValue = errors.New("provider: a column holds no readable value")

// rowWriter writes rows as JSON objects, one member per column, in the query's order.
//
// Values are exact: NUMERIC keeps its digits, dates are YYYY-MM-DD, times RFC 3339 in UTC, NULL is null,
// bytes are base64, json and jsonb stand as they are. Everything else that the driver gives as text,
// arrays and intervals among it, stays text.
type rowWriter struct {
	names  [][]byte // `"name":`
	types  []string // the database's name of the type, in upper case
	values []any
	into   []any // pointers to values, for Scan
}

func newRowWriter(rows *sql.Rows) (*rowWriter, error) {
	columns, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	w := &rowWriter{values: make([]any, len(columns)), into: make([]any, len(columns))}
	for i, c := range columns {
		name, err := jsontext.AppendQuote(nil, c.Name())
		if err != nil {
			return nil, errValue
		}
		kind, _, _ := strings.Cut(strings.ToUpper(c.DatabaseTypeName()), "(")
		w.names = append(w.names, append(name, ':'))
		w.types = append(w.types, strings.TrimSpace(kind))
		w.into[i] = &w.values[i]
	}
	return w, nil
}

func (w *rowWriter) append(dst []byte, rows *sql.Rows) ([]byte, error) {
	clear(w.values)
	if err := rows.Scan(w.into...); err != nil {
		return dst, err
	}
	dst = append(dst, '{')
	for i, v := range w.values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, w.names[i]...)
		var err error
		if dst, err = appendValue(dst, v, w.types[i]); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func appendValue(dst []byte, v any, kind string) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case int64:
		if isBoolean(kind) && (v == 0 || v == 1) { // SQLite has no boolean of its own
			return strconv.AppendBool(dst, v == 1), nil
		}
		return strconv.AppendInt(dst, v, 10), nil
	case float64:
		return appendFloat(dst, v)
	case time.Time:
		if kind == "DATE" {
			return append(v.AppendFormat(append(dst, '"'), time.DateOnly), '"'), nil
		}
		return append(v.UTC().AppendFormat(append(dst, '"'), time.RFC3339Nano), '"'), nil
	case []byte:
		return appendBytes(dst, v, kind)
	case string:
		if isDecimal(kind) && isNumber(v) {
			return append(dst, v...), nil
		}
		out, err := jsontext.AppendQuote(dst, v)
		if err != nil {
			return dst, errValue
		}
		return out, nil
	}
	return dst, errValue
}

func isBoolean(kind string) bool { return kind == "BOOLEAN" || kind == "BOOL" }

func isDecimal(kind string) bool { return kind == "NUMERIC" || kind == "DECIMAL" }

// isNumber reports a JSON number (RFC 8259, 6); NaN and Infinity are none.
func isNumber(s string) bool {
	isDigit := func(c byte) bool { return '0' <= c && c <= '9' }
	return s != "" && (s[0] == '-' || isDigit(s[0])) && isDigit(s[len(s)-1]) && jsontext.Value(s).IsValid()
}

func appendFloat(dst []byte, v float64) ([]byte, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return dst, errValue
	}
	if abs := math.Abs(v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		return strconv.AppendFloat(dst, v, 'e', -1, 64), nil
	}
	return strconv.AppendFloat(dst, v, 'f', -1, 64), nil
}

func appendBytes(dst, v []byte, kind string) ([]byte, error) {
	switch kind {
	case "JSON", "JSONB":
		if !jsontext.Value(v).IsValid() {
			return dst, errValue
		}
		return append(dst, v...), nil
	case "XML":
		return appendValue(dst, string(v), kind)
	}
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, v)
	return append(dst, '"'), nil
}

// parseInteger reads a JSON integer, also when written 1e3 or 10.0, as the catalogue allows.
func parseInteger(text string) (int64, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, errValue
	}
	return int64(f), nil
}

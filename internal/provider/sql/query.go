package sql

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// checkQuery reads a query as both engines would and refuses what is not plainly one reading statement
// with the parameters $1 … $params, each used. It is the first guard and tells an author early; what
// keeps the register unharmed is the read-only connection and, above it, the rights of its account.
//
// Where the engines disagree on what is text and what is statement (nested comments, backslashes), the
// query is refused instead of guessed at.
func checkQuery(query string, params int) error {
	l := lexer{text: query, used: map[int]bool{}}
	for l.pos < len(l.text) {
		if err := l.next(); err != nil {
			return err
		}
	}
	switch {
	case l.first != "select" && l.first != "with":
		return errors.New("a query begins with SELECT or WITH")
	case l.depth != 0:
		return errors.New("parentheses do not match")
	}
	for n := 1; n <= params; n++ {
		if !l.used[n] {
			return fmt.Errorf("parameter $%d is not used", n)
		}
	}
	if len(l.used) > params {
		return fmt.Errorf("more parameters in the query than the %d declared", params)
	}
	return nil
}

// writing are the words by which a statement that begins with SELECT or WITH can write.
var writing = map[string]bool{"insert": true, "update": true, "delete": true, "merge": true, "into": true}

// meddling are functions that write, lock, wait, run other statements or reach beyond the database; their names may be
// quoted. An entry that ends in '*' represents all names that begin so.
var meddling = []string{"nextval", "setval", "set_config", "load_extension", "dblink*", "query_to_xml*",
	"cursor_to_xml*",
	"pg_read_*", "pg_ls_*", "pg_sleep*", "pg_advisory_*", "pg_try_advisory_*", "pg_terminate_backend",
	"pg_cancel_backend", "pg_notify",
	"pg_logical_*", "lo_import", "lo_export", "lo_put", "lo_create", "lo_creat", "lo_unlink", "lo_from_bytea",
	"lo_open", "lowrite"}

func meddles(name string) bool {
	return slices.ContainsFunc(meddling, func(m string) bool {
		prefix, open := strings.CutSuffix(m, "*")
		return name == m || open && strings.HasPrefix(name, prefix)
	})
}

type lexer struct {
	text  string
	pos   int
	first string // first word
	last  string // the word before
	ended bool   // a semicolon has been seen
	depth int    // of parentheses
	used  map[int]bool
}

// next steps over one token.
func (l *lexer) next() error {
	rest := l.text[l.pos:]
	c := rest[0]
	switch {
	case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		l.pos++
		return nil
	case strings.HasPrefix(rest, "--"):
		return l.comment()
	case strings.HasPrefix(rest, "/*"):
		return l.block()
	case l.ended:
		return errors.New("a query is one statement")
	case c == 0 || c < ' ':
		return errors.New("control characters may not stand in a query")
	case c == ';':
		l.ended = true
	case c == '\'' || c == '"' || c == '`':
		return l.quoted(c)
	case c == '[':
		return l.bracket()
	case c == '$':
		return l.dollar()
	case c == '?' || c == '@' || c == ':' && !strings.HasPrefix(rest, "::"):
		return fmt.Errorf("%q: parameters are written $1, $2 …", c)
	case c == ':':
		l.pos++
	case c == '(':
		l.depth++
	case c == ')':
		if l.depth--; l.depth < 0 {
			return errors.New("parentheses do not match")
		}
	case isWord(c):
		return l.word()
	}
	l.pos++
	return nil
}

func (l *lexer) comment() error {
	end := strings.IndexAny(l.text[l.pos:], "\r\n")
	if end < 0 {
		end = len(l.text) - l.pos
	}
	l.pos += end
	return nil
}

func (l *lexer) block() error {
	inner, _, found := strings.Cut(l.text[l.pos+2:], "*/")
	if !found || strings.Contains(inner, "/*") || strings.HasSuffix(inner, "/") &&
		strings.HasPrefix(l.text[l.pos+2+len(inner):], "*/*") {
		return errors.New("a comment is nested or does not end")
	}
	l.pos += len(inner) + 4
	return nil
}

// quoted steps over 'text' or "name"; the quote is doubled inside.
func (l *lexer) quoted(quote byte) error {
	start := l.pos
	for l.pos++; l.pos < len(l.text); l.pos++ {
		if l.text[l.pos] != quote {
			continue
		}
		if l.pos+1 < len(l.text) && l.text[l.pos+1] == quote {
			l.pos++
			continue
		}
		l.pos++
		escapes := start > 0 && (l.text[start-1] == 'e' || l.text[start-1] == 'E' || l.text[start-1] == '&')
		if escapes && strings.Contains(l.text[start:l.pos], `\`) {
			return errors.New("a text with backslash escapes may not stand in a query")
		}
		if name := strings.ToLower(l.text[start+1 : l.pos-1]); quote != '\'' && meddles(name) {
			return fmt.Errorf("%s may not stand in a query that only reads", strings.ToUpper(name))
		}
		return nil
	}
	return errors.New("a quote does not end")
}

// bracket steps over PostgreSQL's subscripts: digits, colons and constructors are read on as usual.
// SQLite takes [name] for a name, so a quote or semicolon inside would be read differently: refused.
func (l *lexer) bracket() error {
	inner, _, found := strings.Cut(l.text[l.pos+1:], "]")
	if !found || strings.ContainsAny(inner, "'\"`;$-/*([") {
		return errors.New("brackets hold a plain subscript or name only")
	}
	l.pos += len(inner) + 2
	return nil
}

// dollar reads $n; PostgreSQL's $tag$ texts are refused.
func (l *lexer) dollar() error {
	end := l.pos + 1
	for end < len(l.text) && l.text[end] >= '0' && l.text[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(l.text[l.pos+1 : end])
	if err != nil || n < 1 || n > 100 || end < len(l.text) && (isWord(l.text[end]) || l.text[end] == '$') {
		return errors.New("parameters are written $1, $2 …; $$ texts may not stand in a query")
	}
	l.used[n] = true
	l.pos = end
	return nil
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c >= 0x80
}

func (l *lexer) word() error {
	start := l.pos
	for l.pos < len(l.text) && (isWord(l.text[l.pos]) || l.text[l.pos] == '$') {
		l.pos++
	}
	word := strings.ToLower(l.text[start:l.pos])
	l.first = cmp.Or(l.first, word)
	locks := word == "share" && (l.last == "for" || l.last == "key") // else a column's name
	l.last = word
	if writing[word] || locks || meddles(word) {
		return fmt.Errorf("%s may not stand in a query that only reads", strings.ToUpper(word))
	}
	return nil
}

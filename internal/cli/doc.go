// Package cli is the command line: one cobra command a file. Commands read flags, call the rooms through app
// or the management API, and print a table or JSON.
//
// It holds no rules of its own. Exit codes: 0 done, 1 failed or refused, 2 wrong usage, 3 not reachable.
package cli

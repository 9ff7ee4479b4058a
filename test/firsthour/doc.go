// Package firsthour types what README.md and docs/INTEGRATION.md tell a newcomer to type, against a running demo, in
// the order of the pages: their commands work, or this fails.
package firsthour
